//! How a run is to end, said before it starts.

use std::time::Duration;

use serde_json::Value;

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    Success,
    Partial { total: u64, failed: u64 },
    Failure,
    Cancelled,
    Never,
}

/// How a run is to go, for [`Simulator::next_run`](crate::Simulator::next_run).
///
/// ```
/// use cloudworks_sim::Outcome;
/// use std::time::Duration;
///
/// let outcome = Outcome::failure()
///     .code(12)
///     .dump("Product,Amount,_Line_,_Error_1_\r\nApples,x,2,Not a number\r\n")
///     .queued_for(Duration::from_secs(1))
///     .lasting(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub(crate) ending: Ending,
    pub(crate) code: Option<i64>,
    pub(crate) message: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) dump: Option<Vec<u8>>,
    pub(crate) lasting: Option<Duration>,
    pub(crate) queued: Duration,
    pub(crate) lag: Duration,
    pub(crate) phases: Vec<String>,
    pub(crate) without_dump: bool,
}

impl Outcome {
    fn new(ending: Ending) -> Self {
        Self {
            ending,
            code: None,
            message: None,
            error: None,
            dump: None,
            lasting: None,
            queued: Duration::ZERO,
            lag: Duration::ZERO,
            phases: Vec::new(),
            without_dump: false,
        }
    }

    /// All went well: `success: true`, message `Success`.
    #[must_use]
    pub fn success() -> Self {
        Self::new(Ending::Success)
    }

    /// Some rows were rejected: `success: true`, code 38, counts in the message, and a dump.
    #[must_use]
    pub fn partial(total: u64, failed: u64) -> Self {
        Self::new(Ending::Partial { total, failed })
    }

    /// The run fails, with a run error and a dump.
    #[must_use]
    pub fn failure() -> Self {
        Self::new(Ending::Failure)
    }

    /// Somebody cancels the run: `success: false`, message `Cancelled`.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(Ending::Cancelled)
    }

    /// The run goes on until it is cancelled or [`Simulator::finish_runs`](crate::Simulator::finish_runs) is called.
    #[must_use]
    pub fn never_ends() -> Self {
        Self::new(Ending::Never)
    }

    /// The `executionErrorCode`. Defaults to what the kind of the outcome has.
    #[must_use]
    pub fn code(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }

    /// The `message` at the end. Defaults to what the kind of the outcome has.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The `localMessageText` in the run error. Defaults to a believable one.
    #[must_use]
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// The dump's bytes. Defaults to a small CSV file for partial successes and failures of imports.
    #[must_use]
    pub fn dump(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.dump = Some(bytes.into());
        self
    }

    /// No dump, whatever the ending.
    #[must_use]
    pub fn without_dump(mut self) -> Self {
        self.without_dump = true;
        self
    }

    /// How long it runs. Defaults to the simulator's run duration.
    #[must_use]
    pub fn lasting(mut self, duration: Duration) -> Self {
        self.lasting = Some(duration);
        self
    }

    /// How long it waits in the queue before it runs: to cancel it then is a 404. Defaults to nothing.
    #[must_use]
    pub fn queued_for(mut self, duration: Duration) -> Self {
        self.queued = duration;
        self
    }

    /// For how long after its end the service still says that it runs. Defaults to nothing.
    #[must_use]
    pub fn status_lag(mut self, duration: Duration) -> Self {
        self.lag = duration;
        self
    }

    /// The messages that it shows while it runs, each for an equal part of the time. Defaults to `Running`.
    #[must_use]
    pub fn phases<I, S>(mut self, messages: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.phases = messages.into_iter().map(Into::into).collect();
        self
    }

    /// Reads `{"kind": "failure", "code": 12, "duration_ms": 500, …}`.
    pub(crate) fn from_json(value: &Value) -> Result<Self, String> {
        let kind = value
            .get("kind")
            .and_then(Value::as_str)
            .or_else(|| value.as_str())
            .unwrap_or("success");
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let span = |name: &str| number(name).map(Duration::from_millis);
        let mut outcome = match kind {
            "success" => Self::success(),
            "partial" => Self::partial(
                number("total").unwrap_or(100),
                number("failed").unwrap_or(2),
            ),
            "failure" => Self::failure(),
            "cancelled" => Self::cancelled(),
            "never_ends" => Self::never_ends(),
            other => {
                return Err(format!(
                    "no such outcome: {other}; try success, partial, failure, cancelled or never_ends"
                ));
            }
        };
        outcome.code = value.get("code").and_then(Value::as_i64);
        outcome.message = text("message");
        outcome.error = text("error");
        outcome.dump = text("dump").map(String::into_bytes);
        outcome.without_dump = value
            .get("without_dump")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        outcome.lasting = span("duration_ms");
        outcome.queued = span("queued_ms").unwrap_or_default();
        outcome.lag = span("lag_ms").unwrap_or_default();
        if let Some(phases) = value.get("phases").and_then(Value::as_array) {
            outcome.phases = phases
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
        }
        Ok(outcome)
    }
}
