//! The rule for lost answers, run against random histories of a service.
//!
//! The clocks of hosts are apart, dates are cut or missing, the history lags without bound, other
//! people and schedules start runs, and answers are lost before or after the request was processed.
//! Whatever happens: never two runs of one call, and never another's run for ours.
//!
//! `MODEL_HISTORIES=1000000 cargo test --release --lib model -- --nocapture` draws more of them.

#![cfg(test)]

use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::error::{ApiError, TransportError, TransportErrorKind as Kind};
use crate::http::request::Safety;
use crate::http::retry::{Attempt, AttemptOutcome, Decision, decide};
use crate::models::cloud_works::RunSummary;
use crate::runs::{Baseline, Caller, OwnRun, own_run};

/// Milliseconds since the call began.
type Time = i64;

const NEVER: Time = i64::MAX;

fn histories() -> u64 {
    let asked = std::env::var("MODEL_HISTORIES").ok();
    asked.map_or(100_000, |n| n.parse().expect("a number of histories"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Starter {
    /// This call.
    Call,
    /// The same user by hand, elsewhere; or another person of that name.
    Namesake,
    Bob,
    Schedule,
    Flow,
}

/// A run as it really was, and how the history shows it.
#[derive(Debug)]
struct Run {
    id: String,
    starter: Starter,
    shown_from: Time,
    shown: RunSummary,
}

struct World {
    rng: Rng,
    /// How far the service's dates are from the true time.
    skew: Time,
    cut_to_seconds: bool,
    /// Of a hundred runs: how many have no date, no source, no name.
    undated: u8,
    sourceless: u8,
    nameless: u8,
    page: usize,
    newest_first: bool,
    runs: Vec<Run>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rare = |rng: &mut Rng| if rng.bool() { 0 } else { rng.u8(0..40) };
        let mut world = Self {
            skew: rng.i64(-300_000..300_000),
            cut_to_seconds: rng.bool(),
            undated: rare(&mut rng),
            sourceless: rare(&mut rng),
            nameless: rare(&mut rng),
            page: *rng.choice(&[2, 5, 250]).unwrap(),
            newest_first: rng.bool(),
            runs: Vec::new(),
            rng,
        };
        for _ in 0..world.rng.usize(0..8) {
            let starter = world.somebody();
            let begun = -world.rng.i64(1..600_000);
            world.begin(starter, begun);
        }
        if world.rng.u8(0..4) == 0 {
            // A predecessor of the same second, by hand and by the same user.
            world.begin(Starter::Namesake, -1);
        }
        world
    }

    fn somebody(&mut self) -> Starter {
        use Starter::{Bob, Flow, Namesake, Schedule};
        *self.rng.choice(&[Namesake, Bob, Schedule, Flow]).unwrap()
    }

    fn is_rare(&mut self, of_a_hundred: u8) -> bool {
        self.rng.u8(0..100) < of_a_hundred
    }

    fn begin(&mut self, starter: Starter, begun: Time) -> String {
        let id = format!("{}{starter:?}", self.runs.len());
        let lag = match self.rng.u8(0..10) {
            0..=4 => 0,
            5..=7 => self.rng.i64(0..5_000),
            8 => self.rng.i64(0..120_000),
            _ => NEVER,
        };
        let date = 1_781_832_616_000 + self.skew + begun;
        let date = if self.cut_to_seconds {
            date - date.rem_euclid(1000)
        } else {
            date
        };
        let (source, name) = match starter {
            Starter::Call | Starter::Namesake => ("manual", "Ada Planner"),
            Starter::Bob => ("manual", "Bob Byron"),
            Starter::Schedule => ("scheduled", "Ada Planner"),
            Starter::Flow => ("manual_inf", "Ada Planner"),
        };
        let source = match self.rng.u8(0..40) {
            0 => "robot",
            _ => source,
        };
        let name = match self.rng.u8(0..40) {
            0 => "Internal (Full Access)",
            _ => name,
        };
        let mut shown = json!({"id": id, "message": "Running"});
        if !self.is_rare(self.undated) {
            shown["startDate"] = json!(Timestamp::from_millisecond(date).unwrap().to_string());
        }
        if !self.is_rare(self.sourceless) {
            shown["triggerSource"] = json!(source);
        }
        if !self.is_rare(self.nameless) {
            shown["triggeredBy"] = json!(name);
        }
        self.runs.push(Run {
            id: id.clone(),
            starter,
            shown_from: begun.saturating_add(lag),
            shown: serde_json::from_value(shown).unwrap(),
        });
        id
    }

    /// The first and the last page at this time, and whether these are all.
    fn newest(&self, now: Time) -> (Vec<RunSummary>, bool) {
        let visible = self.runs.iter().filter(|run| run.shown_from <= now);
        let mut shown: Vec<_> = visible.map(|run| run.shown.clone()).collect();
        if self.newest_first {
            shown.reverse();
        }
        let is_whole = shown.len() <= 2 * self.page;
        if !is_whole {
            shown.drain(self.page..shown.len() - self.page);
        }
        (shown, is_whole)
    }

    fn of_the_call(&self) -> usize {
        let runs = self.runs.iter();
        runs.filter(|run| run.starter == Starter::Call).count()
    }
}

fn caller() -> Caller {
    let ada = json!({"id": "u", "firstName": "Ada", "lastName": "Planner"});
    Caller::of(&serde_json::from_value(ada).unwrap()).unwrap()
}

fn error_of(outcome: AttemptOutcome, may_have_been_applied: bool) -> Error {
    const OPERATION: &str = "run_integration";
    match outcome {
        AttemptOutcome::Failed(kind) => Error::Transport(Box::new(TransportError {
            may_have_been_applied,
            ..TransportError::bare(OPERATION, kind)
        })),
        AttemptOutcome::Answer { status, .. } => Error::Api(Box::new(ApiError {
            may_have_been_applied,
            ..ApiError::bare(OPERATION, status)
        })),
        other => panic!("not an error of the model: {other:?}"),
    }
}

fn answer(status: u16) -> AttemptOutcome {
    AttemptOutcome::Answer {
        status,
        retry_after: None,
        permanent: false,
        not_authorized: false,
    }
}

/// One call of `run_integration` that waits for its run: as the session sends it, by the policy.
///
/// Gives the answer, and whether an answer was lost after the request was processed.
struct Call<'w> {
    world: &'w mut World,
    now: Time,
    lost: bool,
}

impl Call<'_> {
    fn send(&mut self, policy: &RetryPolicy) -> Result<String> {
        let mut attempt = Attempt {
            safety: Safety::NotIdempotent,
            deletes: false,
            number: 0,
            elapsed: Duration::ZERO,
            may_have_been_applied: false,
            may_renew: true,
            token_is_old: false,
        };
        loop {
            attempt.number += 1;
            self.now += self.world.rng.i64(1..2_000);
            let (outcome, id) = self.attempt();
            if let (Some(id), AttemptOutcome::Answer { status: 200, .. }) = (&id, outcome) {
                return Ok(id.clone());
            }
            self.lost |= id.is_some();
            match decide(policy, attempt, outcome, self.world.rng.f64()) {
                Decision::SendAgain {
                    after,
                    may_have_been_applied,
                } => {
                    attempt.may_have_been_applied = may_have_been_applied;
                    self.now += i64::try_from(after.as_millis()).unwrap();
                }
                Decision::Renew => attempt.may_renew = false,
                Decision::Stop {
                    may_have_been_applied,
                } => {
                    return Err(error_of(outcome, may_have_been_applied));
                }
                verdict => panic!("{verdict:?} of {outcome:?}"),
            }
        }
    }

    /// What the caller sees of an attempt, and the run that it began.
    fn attempt(&mut self) -> (AttemptOutcome, Option<String>) {
        // Nothing was processed, and the caller knows.
        match self.world.rng.u8(0..12) {
            0 => return (AttemptOutcome::Failed(Kind::NotConnected), None),
            1 => return (answer(429), None),
            2 => return (answer(401), None),
            3 => return (answer(409), None),
            _ => {}
        }
        let is_processed = self.world.rng.bool();
        let id = is_processed.then(|| self.world.begin(Starter::Call, self.now));
        let outcome = match self.world.rng.u8(0..9) {
            0 => AttemptOutcome::Failed(Kind::Broken),
            1 => AttemptOutcome::Failed(Kind::Timeout),
            n @ 2..=5 => answer([500, 502, 503, 504][usize::from(n) - 2]),
            _ if is_processed => answer(200),
            _ => answer(500),
        };
        (outcome, id)
    }
}

#[derive(Default)]
struct Counts {
    /// Our run did begin, its answer was lost, and it can be told by the rule.
    decidable: u32,
    found: u32,
    uncertain: u32,
    undecidable: u32,
}

fn one_history(seed: u64, counts: &mut Counts) {
    let mut world = World::new(seed);
    let knows_itself = world.rng.u8(0..10) > 0;
    let caller = knows_itself.then(caller);
    let (shown, is_whole) = world.newest(0);
    let baseline = (world.rng.u8(0..10) > 0).then(|| Baseline::of(&shown, is_whole));
    let held = |run: &Run| shown.iter().any(|old| old.id == run.id.as_str());
    // Others begin runs beside the call.
    let mut others = 0;
    if world.rng.bool() {
        for _ in 0..world.rng.usize(0..4) {
            let starter = world.somebody();
            let begun = world.rng.i64(0..120_000);
            world.begin(starter, begun);
            others += u32::from(starter != Starter::Schedule);
        }
    }
    others += world
        .runs
        .iter()
        .filter(|run| !held(run) && !matches!(run.starter, Starter::Schedule))
        .count() as u32;
    let policy = RetryPolicy::default();
    let deadline = Duration::from_secs(world.rng.u64(1..100));
    let search = SearchPolicy::by_policy(&policy).for_time(deadline);
    let mut write = Reconciliation::new(search, policy);
    let mut call = Call {
        world: &mut world,
        now: 0,
        lost: false,
    };
    let mut lost_at = 0;
    let mut next = NextStep::Send;
    let result = loop {
        next = match next {
            NextStep::Return(result) => break result,
            NextStep::Send => {
                let answer = call.send(&policy);
                lost_at = call.now;
                write.answered(answer)
            }
            NextStep::Look(after) => {
                call.now += i64::try_from(after.as_millis()).unwrap();
                let (runs, _) = call.world.newest(call.now);
                let seen = match own_run(&runs, baseline.as_ref(), caller.as_ref()) {
                    OwnRun::NotSeen => LookResult::Nothing,
                    OwnRun::Found(run) => LookResult::Done(run.to_string()),
                    OwnRun::Undecided {
                        candidates,
                        may_change,
                    } => LookResult::Undecided {
                        found: String::new(),
                        candidates,
                        may_change,
                    },
                };
                let elapsed = Duration::from_millis((call.now - lost_at).unsigned_abs());
                write.looked(Ok(seen), elapsed, None)
            }
        };
    };
    let lost = call.lost;
    let begun = world.of_the_call();
    assert!(begun <= 1, "history {seed}: started {begun} times");

    // What no rule can tell: the same user, or a namesake, started it by hand elsewhere, and the
    // baseline did not show that run yet.
    let runs = world.runs.iter();
    let is_undecidable = runs
        .clone()
        .any(|run| run.starter == Starter::Namesake && !held(run));
    match &result {
        Ok(id) => {
            let run = runs.clone().find(|run| run.id == *id).unwrap();
            let is_ours = run.starter == Starter::Call;
            let is_excused = is_undecidable && run.starter == Starter::Namesake && !held(run);
            assert!(is_ours || is_excused, "history {seed}: took {id}");
            counts.undecidable += u32::from(!is_ours);
        }
        Err(error) if error.may_have_been_applied() => counts.uncertain += 1,
        Err(error) => assert_eq!(begun, 0, "history {seed}: {error}"),
    }
    let ours = runs.clone().find(|run| run.starter == Starter::Call);
    let Some(ours) = ours.filter(|_| lost) else {
        return;
    };
    let told = ours.shown.start_date.is_some()
        && ours
            .shown
            .trigger_source
            .as_ref()
            .is_some_and(|source| source.as_str() == "manual")
        && ours.shown.triggered_by.as_deref() == Some("Ada Planner");
    let last_look = lost_at.saturating_add(i64::try_from(deadline.as_millis()).unwrap());
    let others_are_told = runs
        .filter(|run| run.starter == Starter::Schedule && !held(run))
        .all(|run| {
            run.shown
                .trigger_source
                .as_ref()
                .is_some_and(|source| source.as_str() == "scheduled")
        });
    if told
        && caller.is_some()
        && baseline.is_some()
        && is_whole
        && ours.shown_from <= last_look
        && others == 0
        && others_are_told
    {
        counts.decidable += 1;
        counts.found += u32::from(result.is_ok_and(|id| id == ours.id));
    }
}

#[test]
fn never_two_runs_of_one_call_and_never_anothers() {
    let mut counts = Counts::default();
    let histories = histories();
    for seed in 0..histories {
        one_history(seed, &mut counts);
    }
    let Counts {
        decidable,
        found,
        uncertain,
        undecidable,
    } = counts;
    let share = f64::from(found) / f64::from(decidable);
    println!(
        "{histories} histories: {uncertain} uncertain; of {decidable} whose run can be told, \
         {found} found ({:.2} %); {undecidable} took the run that the same user began elsewhere",
        100.0 * share
    );
    assert!(decidable > 1_000, "{decidable}");
    assert!(share >= 0.99, "{share}");
}

/// A creation whose name has to be unique: the service refuses a second one.
fn one_creation(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let skew = rng.i64(-300_000..300_000);
    let date = |at: Time| Timestamp::from_millisecond(1_781_832_616_000 + skew + at).ok();
    // What has the name before: nothing, something old, or something of a moment ago.
    let before: Option<(Time, &str)> = match rng.u8(0..6) {
        0 => Some((-rng.i64(1_800_000..90_000_000), "Ada Planner")),
        1 => Some((-rng.i64(0..600_000), "Bob Byron")),
        _ => None,
    };
    let is_before_hidden = rng.u8(0..4) == 0;
    let lag = *rng.choice(&[0, 0, 200, 5_000, NEVER]).unwrap();
    let mut created: Vec<Time> = Vec::new();
    let mut now = 0;
    let policy = RetryPolicy::default();
    let mut write = Reconciliation::new(SearchPolicy::RefusedWhenDoubled, policy);
    let mut next = NextStep::Send;
    let result = loop {
        next = match next {
            NextStep::Return(result) => break result,
            NextStep::Send => {
                now += rng.i64(1..2_000);
                let is_taken = before.is_some() || !created.is_empty();
                let is_processed = rng.bool();
                if is_processed && !is_taken {
                    created.push(now);
                }
                let is_heard = rng.u8(0..3) == 0;
                write.answered(match (is_heard, is_processed) {
                    (true, true) if is_taken => Err(Error::Api(Box::new(ApiError {
                        message: "Duplicate resource name not allowed".to_owned(),
                        ..ApiError::bare("create_integration", 400)
                    }))),
                    (true, true) => Ok("ours"),
                    (true, false) => Err(error_of(answer(503), true)),
                    (false, _) => Err(error_of(AttemptOutcome::Failed(Kind::Broken), true)),
                })
            }
            NextStep::Look(after) => {
                now += i64::try_from(after.as_millis()).unwrap();
                let one = |id, at, by: &str| CreatedItem {
                    id,
                    name: "New".to_owned(),
                    date: date(at),
                    by: Some(by.to_owned()),
                    is_as_sent: true,
                };
                let shown = before.filter(|_| !is_before_hidden);
                let mut all: Vec<_> = shown
                    .map(|(at, by)| one("before", at, by))
                    .into_iter()
                    .collect();
                let visible = created.iter().filter(|at| now >= at.saturating_add(lag));
                all.extend(visible.map(|at| one("ours", *at, "Ada Planner")));
                let call = Timestamp::from_millisecond(1_781_832_616_000).unwrap();
                let seen = find_created(all, call, |name| name == "Ada Planner");
                write.looked(Ok(seen), Duration::ZERO, None)
            }
        };
    };
    assert!(created.len() <= 1, "creation {seed}: {created:?}");
    match result {
        Ok(id) => assert!(id == "ours" && created.len() == 1, "creation {seed}: {id}"),
        Err(error) if error.may_have_been_applied() => {}
        Err(error) => assert!(created.is_empty(), "creation {seed}: {error}"),
    }
}

#[test]
fn what_has_a_unique_name_is_created_once() {
    for seed in 0..histories() {
        one_creation(seed);
    }
}
