//! Many integrations at once: how, what happens meanwhile, and which may start now.

use std::fmt;

use serde::Serialize;

use super::event::RunEvent;
use super::outcome::RunOutcome;
use super::wait::WaitOptions;
use crate::models::cloud_works::{IntegrationId, RunId};

/// How to run many integrations.
///
/// # Default
/// Eight at once, one at a time per model, each waited for as [`WaitOptions::default`] says, except
/// that a run that is already under way is joined.
///
/// ```
/// use std::time::Duration;
/// use anaplan_sdk::runs::{RunManyOptions, WaitOptions};
///
/// let wait = WaitOptions::default().deadline(Duration::from_secs(4 * 3600)).join_running(true);
/// let options = RunManyOptions::default().at_once(20).wait(wait);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunManyOptions {
    at_once: usize,
    one_per_model: bool,
    wait: WaitOptions,
    resumed: Vec<(IntegrationId, RunId)>,
}

impl Default for RunManyOptions {
    fn default() -> Self {
        Self {
            at_once: 8,
            one_per_model: true,
            wait: WaitOptions::default().join_running(true),
            resumed: Vec::new(),
        }
    }
}

impl RunManyOptions {
    /// How many runs may be under way at once; 0 is taken for 1. Defaults to 8.
    #[must_use]
    pub const fn at_once(mut self, runs: usize) -> Self {
        self.at_once = runs;
        self
    }

    /// Whether integrations of the same model wait for each other: an import locks its model, and
    /// the service lets the others wait. The model of each is read from the list of integrations;
    /// one for which the list names no model waits for none. Defaults to `true`.
    #[must_use]
    pub const fn one_per_model(mut self, yes: bool) -> Self {
        self.one_per_model = yes;
        self
    }

    /// How to wait for each run. The deadline is that of each run by itself. Defaults to
    /// [`WaitOptions::default`] with [`join_running(true)`](WaitOptions::join_running).
    #[must_use]
    pub const fn wait(mut self, wait: WaitOptions) -> Self {
        self.wait = wait;
        self
    }

    /// Runs that were started before, such as by a service that has been restarted since: they are
    /// followed, and their integrations are not started. Each integration has to be among the ids.
    #[must_use]
    pub fn resume<I, R>(mut self, runs: impl IntoIterator<Item = (I, R)>) -> Self
    where
        I: Into<IntegrationId>,
        R: Into<RunId>,
    {
        let runs = runs.into_iter().map(|(of, run)| (of.into(), run.into()));
        self.resumed.extend(runs);
        self
    }
}

#[cfg(feature = "_client")]
impl RunManyOptions {
    pub(crate) const fn is_one_per_model(&self) -> bool {
        self.one_per_model
    }

    pub(crate) const fn wait_options(&self) -> &WaitOptions {
        &self.wait
    }

    pub(crate) const fn limit(&self) -> usize {
        self.at_once
    }

    pub(crate) fn resumed(&self) -> &[(IntegrationId, RunId)] {
        &self.resumed
    }
}

/// What happens while many integrations run.
///
/// Serialised, it is flat: `{"event": "started", "integration": …, "run": …, "joined": …}`; what
/// happens with a run is within: `{"event": "progress", "integration": …, "run": {"event":
/// "running", …}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunManyEvent {
    /// A run is followed from here on. Whoever stores this pair can take it up again after a
    /// restart, by [`RunManyOptions::resume`].
    #[non_exhaustive]
    Started {
        /// The integration.
        integration: IntegrationId,
        /// Its run.
        run: RunId,
        /// Whether it was under way already: it was joined, or resumed.
        joined: bool,
    },
    /// A run goes on, or could not be looked at.
    #[non_exhaustive]
    Progress {
        /// The integration.
        integration: IntegrationId,
        /// What happens with its run.
        #[serde(rename = "run")]
        event: RunEvent,
    },
    /// A run has ended, or its deadline has come.
    #[non_exhaustive]
    Ended {
        /// The integration.
        integration: IntegrationId,
        /// What it came to.
        outcome: Box<RunOutcome>,
    },
    /// An integration could not be started, or its run not be followed. The others go on.
    #[non_exhaustive]
    Failed {
        /// The integration.
        integration: IntegrationId,
        /// Why. The error itself is among the outcomes.
        fault: String,
    },
}

impl RunManyEvent {
    /// The integration that it happened to.
    pub fn integration(&self) -> &IntegrationId {
        match self {
            Self::Started { integration, .. }
            | Self::Progress { integration, .. }
            | Self::Ended { integration, .. }
            | Self::Failed { integration, .. } => integration,
        }
    }
}

impl fmt::Display for RunManyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.integration())?;
        match self {
            Self::Started { run, joined, .. } => {
                let (run, joined) = (run.clone(), *joined);
                RunEvent::Following { run, joined }.fmt(f)
            }
            Self::Progress { event, .. } => event.fmt(f),
            Self::Ended { outcome, .. } => outcome.fmt(f),
            Self::Failed { fault, .. } => f.write_str(fault),
        }
    }
}

#[cfg(any(feature = "_client", test))]
mod start_order {
    use std::collections::HashMap;

    use crate::models::cloud_works::ModelId;

    /// Which of many integrations may start now. They are known by their places, from 0.
    #[derive(Debug)]
    pub(crate) struct StartOrder {
        at_once: usize,
        under_way: usize,
        /// How many are under way in each model.
        busy: HashMap<ModelId, usize>,
        /// Those that have not started, the next one first.
        waiting: Vec<usize>,
        /// The model that each has to itself.
        models: Vec<Option<ModelId>>,
    }

    impl StartOrder {
        /// `models` says for each integration which model it has to itself.
        pub(crate) fn new(at_once: usize, models: Vec<Option<ModelId>>) -> Self {
            Self {
                at_once: at_once.max(1),
                under_way: 0,
                busy: HashMap::new(),
                waiting: (0..models.len()).collect(),
                models,
            }
        }

        /// This one is under way from here on, whatever the limits say.
        pub(crate) fn begin(&mut self, place: usize) {
            self.waiting.retain(|waiting| *waiting != place);
            self.under_way += 1;
            if let Some(model) = self.models[place].clone() {
                *self.busy.entry(model).or_default() += 1;
            }
        }

        /// The next one that may start, which is taken for under way from here on: the first whose
        /// model is free.
        pub(crate) fn next(&mut self) -> Option<usize> {
            if self.under_way >= self.at_once {
                return None;
            }
            let is_free = |place: &&usize| {
                let model = self.models[**place].as_ref();
                model.is_none_or(|model| !self.busy.contains_key(model))
            };
            let place = *self.waiting.iter().find(is_free)?;
            self.begin(place);
            Some(place)
        }

        /// This one is not under way any more.
        pub(crate) fn end(&mut self, place: usize) {
            self.under_way -= 1;
            let Some(model) = &self.models[place] else {
                return;
            };
            // Of a model that was resumed, more than one may be under way.
            if let Some(runs) = self.busy.get_mut(model) {
                *runs -= 1;
                if *runs == 0 {
                    self.busy.remove(model);
                }
            }
        }
    }
}

#[cfg(feature = "_client")]
pub(crate) use start_order::StartOrder;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{json, to_value};

    use super::start_order::StartOrder;
    use super::*;
    use crate::models::cloud_works::ModelId;

    fn models(names: &[&str]) -> Vec<Option<ModelId>> {
        let model = |name: &&str| (!name.is_empty()).then(|| ModelId::from(*name));
        names.iter().map(model).collect()
    }

    fn all_that_may_start(order: &mut StartOrder) -> Vec<usize> {
        std::iter::from_fn(|| order.next()).collect()
    }

    #[test]
    fn the_first_whose_model_is_free_starts() {
        let mut order = StartOrder::new(3, models(&["A", "A", "", "B", ""]));
        assert_eq!(all_that_may_start(&mut order), [0, 2, 3]);
        order.end(2);
        assert_eq!(all_that_may_start(&mut order), [4]);
        order.end(0);
        assert_eq!(all_that_may_start(&mut order), [1]);
        for place in [1, 3, 4] {
            order.end(place);
        }
        assert_eq!(order.next(), None);
    }

    #[test]
    fn what_is_resumed_counts() {
        let mut order = StartOrder::new(2, models(&["A", "A", "A", "B", "B"]));
        order.begin(0);
        order.begin(1);
        order.begin(4);
        assert_eq!(order.next(), None);
        order.end(0);
        order.end(4);
        // Place 1 has the model A, still.
        assert_eq!(all_that_may_start(&mut order), [3]);
        order.end(1);
        assert_eq!(all_that_may_start(&mut order), [2]);
    }

    #[test]
    fn none_at_once_would_never_end() {
        let mut order = StartOrder::new(0, models(&["", ""]));
        assert_eq!(all_that_may_start(&mut order), [0]);
    }

    proptest! {
        #[test]
        fn all_start_once_within_the_limits_and_none_waits_in_vain(
            at_once in 0..6_usize,
            of in proptest::collection::vec(0..4_usize, 0..40),
            resumed in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
            ends in proptest::collection::vec(any::<proptest::sample::Index>(), 40),
        ) {
            let names = ["", "A", "B", "C"];
            let of: Vec<_> = of.into_iter().map(|n| names[n]).collect();
            let mut order = StartOrder::new(at_once, models(&of));
            let mut under_way = Vec::new();
            let mut begun = Vec::new();
            for place in resumed.iter().filter(|_| !of.is_empty()).map(|at| at.index(of.len())) {
                if !begun.contains(&place) {
                    order.begin(place);
                    under_way.push(place);
                    begun.push(place);
                }
            }
            let mut ends = ends.into_iter();
            loop {
                while let Some(place) = order.next() {
                    prop_assert!(under_way.len() < at_once.max(1));
                    let shares = |other: &usize| !of[place].is_empty() && of[*other] == of[place];
                    prop_assert!(!under_way.iter().any(shares), "{under_way:?} {place}");
                    under_way.push(place);
                    begun.push(place);
                }
                let Some(at) = ends.next().filter(|_| !under_way.is_empty()) else {
                    break;
                };
                order.end(under_way.remove(at.index(under_way.len())));
            }
            begun.sort_unstable();
            prop_assert_eq!(begun, (0..of.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn events_are_flat_in_json() {
        let (integration, run) = (IntegrationId::from("i"), RunId::from("r"));
        let started = RunManyEvent::Started {
            integration: integration.clone(),
            run: run.clone(),
            joined: false,
        };
        assert_eq!(started.to_string(), "i: run r started");
        assert_eq!(
            to_value(started).unwrap(),
            json!({"event": "started", "integration": "i", "run": "r", "joined": false})
        );
        let event = RunEvent::Following { run, joined: true };
        let progress = RunManyEvent::Progress { integration, event };
        assert_eq!(
            to_value(progress).unwrap(),
            json!({
                "event": "progress", "integration": "i",
                "run": {"event": "following", "run": "r", "joined": true},
            })
        );
    }
}
