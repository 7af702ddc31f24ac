//! Starting, cancelling and ending runs, and making up old ones.

use serde_json::Value;

use crate::state::clock::{Millis, millis};
use crate::state::dump::Dump;
use crate::state::integration::Integration;
use crate::state::job;
use crate::state::log::Done;
use crate::state::outcome::{Ending, Outcome};
use crate::state::refusal::Refusal;
use crate::state::run::{ActionError, MANUAL, Rows, Run, SCHEDULED};
use crate::state::world::World;

/// The beginning of a run.
pub(crate) struct Started {
    pub(crate) id: String,
    pub(crate) integration: String,
    pub(crate) by: String,
    pub(crate) trigger: &'static str,
    pub(crate) flow_group: Option<String>,
    pub(crate) at: Millis,
}

impl World {
    /// The last run of the integration, if it is queued or running.
    pub(crate) fn active_run(&self, integration: &str) -> Option<&Run> {
        let last = self.integration(integration)?.runs.last()?;
        self.runs.get(last).filter(|run| run.is_active(self.now()))
    }

    pub(crate) fn is_busy(&self, integration: &str) -> bool {
        self.active_run(integration).is_some()
    }

    /// Starts a run at this time, to go as planned.
    pub(crate) fn start(
        &mut self,
        integration: &str,
        by: &str,
        trigger: &'static str,
        flow_group: Option<String>,
        at: Millis,
    ) -> String {
        let outcome = self
            .plans
            .get_mut(integration)
            .and_then(std::collections::VecDeque::pop_front)
            .or_else(|| self.obstacle(integration))
            .unwrap_or_else(Outcome::success);
        let id = self.chance.hex();
        self.note(
            Done::new(at, "started", "run", &id)
                .of(integration)
                .named(trigger),
        );
        let started = Started {
            id: id.clone(),
            integration: integration.into(),
            by: by.into(),
            trigger,
            flow_group,
            at,
        };
        self.play(started, outcome);
        if let Some(integration) = self.integration_mut(integration) {
            integration.runs.push(id.clone());
        }
        id
    }

    /// Settles how a run goes and adds it, though not yet to its integration's list.
    pub(crate) fn play(&mut self, started: Started, outcome: Outcome) {
        let start = started.at + millis(outcome.queued);
        let lasting = millis(outcome.lasting.unwrap_or(self.settings.run_duration));
        let mut run = Run {
            id: started.id,
            integration: started.integration,
            trace: self.chance.hex(),
            by: started.by,
            trigger: started.trigger,
            flow_group: started.flow_group,
            created: started.at,
            start,
            end: (outcome.ending != Ending::Never).then_some(start + lasting),
            lag: millis(outcome.lag),
            success: true,
            message: "Success".into(),
            code: None,
            phases: outcome.phases.clone(),
            refuses_cancel: outcome.refuses_cancel,
            errors: Vec::new(),
            dump: None,
        };
        if let Some(integration) = self.integration(&run.integration) {
            settle(&mut run, integration, outcome);
        }
        self.runs.insert(run.id.clone(), run);
    }

    /// Cancels the integration's run. A run that still waits in the queue cannot be found.
    pub(crate) fn cancel(&mut self, integration: &str) -> Result<(), Refusal> {
        let now = self.now();
        let not_running = || {
            Refusal::new(
                409,
                format!("Integration {integration} is not in running state"),
            )
        };
        let run = self.active_run(integration).ok_or_else(not_running)?;
        if run.is_queued(now) {
            return Err(Refusal::new(
                404,
                format!("No running job was found for integration {integration}"),
            ));
        }
        if run.refuses_cancel {
            return Err(not_running());
        }
        let run = run.id.clone();
        if let Some(run) = self.runs.get_mut(&run) {
            run.end = Some(now);
            run.lag = 0;
            run.success = false;
            run.message = "Cancelled".into();
            run.code = None;
            run.errors.clear();
            run.dump = None;
        }
        self.note(Done::new(now, "cancelled", "run", &run).of(integration));
        Ok(())
    }

    /// Ends at once all that runs or waits, the steps of flows that have not begun included.
    pub(crate) fn finish_runs(&mut self) {
        loop {
            let now = self.now();
            for run in self.runs.values_mut() {
                if run.is_active(now) {
                    run.start = run.start.min(now);
                    run.end = Some(now);
                }
                if run.end.is_some_and(|end| end + run.lag > now) {
                    run.lag = 0;
                }
            }
            for flow in &mut self.flows {
                flow.drop_lag();
            }
            self.advance();
            if !self.flows.iter().any(|flow| flow.is_running(now)) {
                return;
            }
        }
    }

    /// Makes up runs of the past, an hour apart: most went well, some did not.
    pub(crate) fn add_history(&mut self, integration: &str, count: usize) {
        let Some(known) = self.integration(integration).cloned() else {
            return;
        };
        let oldest = known
            .runs
            .first()
            .and_then(|run| self.runs.get(run))
            .map_or(self.now(), |run| run.created);
        let mut ids = Vec::with_capacity(count + known.runs.len());
        for back in (1..=i64::try_from(count).unwrap_or(i64::MAX)).rev() {
            let outcome = match back {
                n if n % 25 == 0 => Outcome::failure(),
                n if n % 10 == 0 => Outcome::partial(1000, 3),
                _ => Outcome::success(),
            };
            let lasting = std::time::Duration::from_secs(30 + self.chance.next() % 90);
            let id = self.chance.hex();
            let trigger = if back % 2 == 0 { SCHEDULED } else { MANUAL };
            let at = oldest - back * 3_600_000;
            let started = Started {
                id: id.clone(),
                integration: integration.into(),
                by: known.created_by.clone(),
                trigger,
                flow_group: None,
                at,
            };
            self.play(started, outcome.lasting(lasting));
            ids.push(id);
        }
        ids.extend(known.runs);
        if let Some(integration) = self.integration_mut(integration) {
            integration.runs = ids;
        }
    }

    /// The run's dump becomes a file of this size, made up while it is read.
    pub(crate) fn set_dump_size(&mut self, run: &str, bytes: u64) -> bool {
        let Some(run) = self.runs.get_mut(run) else {
            return false;
        };
        match run.errors.iter_mut().find(|error| error.dump.is_some()) {
            Some(error) => error.dump = Some(Dump::Size(bytes)),
            None => run.dump = Some(Dump::Size(bytes)),
        }
        true
    }
}

/// How an outcome looks on an integration of this kind.
fn settle(run: &mut Run, integration: &Integration, outcome: Outcome) {
    let kind = integration.kind();
    let action = action_of(integration);
    let name = match kind {
        "Export" => format!("Export {action}"),
        _ => format!("Import {action}"),
    };
    let mut counts = None;
    let (message, code, rows) = match outcome.ending {
        Ending::Success | Ending::Never => ("Success".to_owned(), None, 0),
        Ending::Cancelled => ("Cancelled".to_owned(), None, 0),
        Ending::Partial { total, failed } => {
            let rows = Rows { total, failed };
            counts = Some(rows);
            (rows.sentence(&name), Some(38), failed)
        }
        Ending::Failure => match kind {
            "Import" => ("Import failed".to_owned(), Some(12), 3),
            "Export" => ("Export failed".to_owned(), Some(35), 0),
            _ => ("Process failed".to_owned(), Some(39), 3),
        },
    };
    let bad = matches!(outcome.ending, Ending::Partial { .. } | Ending::Failure);
    run.success = !matches!(outcome.ending, Ending::Failure | Ending::Cancelled);
    run.message = outcome.message.unwrap_or(message);
    run.code = outcome.code.or(code);
    if !bad {
        return;
    }
    let dump = outcome
        .dump
        .map(Dump::bytes)
        .or_else(|| (rows > 0).then_some(Dump::Rows(rows)));
    let dump = dump.filter(|_| !outcome.without_dump);
    let text = outcome.error.unwrap_or_else(|| match kind {
        "Export" => "The file could not be written to the target".into(),
        _ => "Value is not of the expected data type".into(),
    });
    run.errors.push(ActionError {
        name,
        action,
        text,
        rows: counts,
        occurrences: rows.max(1),
        has_dump: dump.is_some(),
        dump: dump.clone().filter(|_| kind == "Process"),
    });
    run.dump = dump.filter(|_| kind != "Process");
}

/// The action that went wrong: the first import, or else the first job's, or else one that bears the process's number.
fn action_of(integration: &Integration) -> String {
    let jobs = integration.jobs();
    jobs.iter()
        .find(|job| job::is_import(job))
        .or_else(|| jobs.first())
        .and_then(job::action)
        .map(str::to_owned)
        .or_else(|| {
            let process = integration.body.get("processId").and_then(Value::as_str)?;
            process.strip_prefix("118").map(|rest| format!("112{rest}"))
        })
        .unwrap_or_else(|| "112000000001".into())
}
