//! Two programs for one task, measured side by side: in turn, so that whatever else the machine
//! does meets both, and by the ratio within each round.

use std::fmt;
use std::time::{Duration, Instant};

/// One way to do the task.
pub(crate) struct Side<'a> {
    name: String,
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Side<'a> {
    /// One whose every run is measured from its start to its end.
    pub(crate) fn new(name: impl Into<String>, mut run: impl FnMut() + 'a) -> Self {
        Self::timed(name, move || time(&mut run))
    }

    /// One that measures itself.
    pub(crate) fn timed(name: impl Into<String>, run: impl FnMut() -> Duration + 'a) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }
}

/// How long this thread was on a processor in the meantime, which hardly depends on what else the
/// machine does. Where the system does not say so (other than Linux), how long it took.
pub(crate) fn processor_time(run: impl FnOnce()) -> Duration {
    let spent = || {
        let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let nanoseconds = said.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    };
    let before = spent();
    let elapsed = time(run);
    match (before, spent()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => elapsed,
    }
}

pub(crate) fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// Runs the sides in turn, so many rounds, and prints the median of each, for one of `per`
/// things, and how it compares with the first: the median of the rounds' ratios, and between
/// which two half of them lie.
pub(crate) fn compare(task: &str, per: usize, rounds: usize, mut sides: Vec<Side<'_>>) {
    let mut times = vec![Vec::with_capacity(rounds); sides.len()];
    for side in &mut sides {
        // Connections are made, answers are at hand.
        (side.run)();
    }
    for round in 0..rounds {
        for i in 0..sides.len() {
            let i = (i + round) % sides.len();
            times[i].push((sides[i].run)());
        }
    }
    println!("\n{task}, {rounds} rounds");
    let first = times[0].clone();
    for (side, times) in sides.iter().zip(&times) {
        let ratios = times.iter().zip(&first);
        let mut ratios: Vec<f64> = ratios
            .map(|(own, first)| own.as_secs_f64() / first.as_secs_f64())
            .collect();
        let median = quantile(&mut times.clone(), 0.5) / per.try_into().unwrap_or(u32::MAX);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|part| quantile(&mut ratios, part));
        println!(
            "  {:24}{:>12}   {middle:.3}  ({low:.3} to {high:.3})",
            side.name,
            Short(median).to_string()
        );
    }
}

fn quantile<T: Copy + PartialOrd>(values: &mut [T], part: f64) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("times are no NaN"));
    values[((values.len() - 1) as f64 * part).round() as usize]
}

/// A duration with four digits.
struct Short(Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let (value, unit) = match seconds {
            s if s < 1e-6 => (s * 1e9, "ns"),
            s if s < 1e-3 => (s * 1e6, "µs"),
            s if s < 1.0 => (s * 1e3, "ms"),
            s => (s, "s"),
        };
        let digits = 3_usize.saturating_sub(value.log10().max(0.0) as usize);
        write!(f, "{value:.digits$} {unit}")
    }
}
