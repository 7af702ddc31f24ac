//! Schedules in time: when the next runs are due, and which of the past ones did not come.
//!
//! A schedule's times can be read in two ways, and they differ where daylight saving comes and
//! goes. Both are told, side by side:
//!
//! - **by local time**: 06:30 in Paris stays 06:30 in Paris, all year;
//! - **anchored in UTC**: the service fixes the time in UTC, as it was at the schedule's first
//!   day; a run of 06:30 in Paris, set up in winter, comes at 07:30 in summer. That is how the
//!   service is documented to behave.
//!
//! Runs start within [`START_WINDOW`] after they are due, and none starts by a schedule in the
//! service's [maintenance window](Occurrence::by_local_time).

mod maintenance;
mod missed;
mod occurrence;
mod recurrence;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::models::cloud_works::{Schedule, ScheduleInput, ScheduleState};

pub use maintenance::is_maintenance;
pub use missed::{DueRun, DueRuns, DueState, MissedReason, START_WINDOW, missed_runs};
pub use occurrence::{Due, LocalTime, Occurrence, Occurrences};

use recurrence::RecurrenceRule;

/// When a schedule runs: its rule, its time zone, its first and last day.
///
/// From a [`Schedule`] that was read back, or from a [`ScheduleInput`].
///
/// ```
/// use anaplan_sdk::models::cloud_works::ScheduleInput;
/// use anaplan_sdk::timetable::Timetable;
/// use jiff::civil::{date, time};
///
/// let schedule = ScheduleInput::monthly_specific_day()
///     .name("Closing")
///     .timezone("Europe/Paris")
///     .start_date(date(2026, 1, 1))
///     .time(time(4, 0, 0, 0))
///     .day_of_month(31)
///     .build();
/// let timetable = Timetable::try_from(&schedule)?;
/// let due: Vec<String> = timetable
///     .after("2026-01-15T00:00:00Z".parse()?)
///     .take(3)
///     .map(|occurrence| occurrence.civil.to_string())
///     .collect();
/// assert_eq!(due, ["2026-01-31T04:00:00", "2026-03-31T04:00:00", "2026-05-31T04:00:00"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Timetable {
    rule: RecurrenceRule,
    zone: TimeZone,
    /// What the service is taken to have fixed: the offset of the first day.
    anchor: TimeZone,
    first_day: Date,
    last_day: Option<Date>,
    active: bool,
}

impl Timetable {
    fn new(
        rule: RecurrenceRule,
        zone: &str,
        first_day: Date,
        last_day: Option<Date>,
    ) -> Result<Self, TimetableError> {
        let zone = TimeZone::get(zone).map_err(|_| TimetableError::TimeZone(zone.to_owned()))?;
        let first = DateTime::from_parts(first_day, rule.first_time());
        let anchor = zone
            .to_ambiguous_timestamp(first)
            .compatible()
            .map(|instant| zone.to_offset(instant).to_time_zone())
            .map_err(|_| TimetableError::OutOfRange("startDate"))?;
        Ok(Self {
            rule,
            zone,
            anchor,
            first_day,
            last_day,
            active: true,
        })
    }

    /// Whether the schedule is on. One that is off is never due.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// When it is due after `instant`, in order, by either reading; without an end unless the
    /// schedule has one.
    pub fn after(&self, instant: Timestamp) -> Occurrences<'_> {
        Occurrences::new(self, instant)
    }
}

/// When a schedule is due next, `count` times at most; fewer when it ends, none when it is off.
///
/// ```
/// use anaplan_sdk::models::cloud_works::ScheduleInput;
/// use anaplan_sdk::timetable::next_runs;
/// use jiff::civil::{date, time};
///
/// let nightly = ScheduleInput::daily()
///     .name("Nightly")
///     .timezone("America/New_York")
///     .start_date(date(2026, 1, 1))
///     .time(time(2, 30, 0, 0))
///     .build();
/// for occurrence in next_runs(&nightly, 5)? {
///     println!("{occurrence}");
/// }
/// # Ok::<(), anaplan_sdk::timetable::TimetableError>(())
/// ```
///
/// # Errors
/// When the schedule does not say enough, or something unknown.
pub fn next_runs<S>(schedule: S, count: usize) -> Result<Vec<Occurrence>, TimetableError>
where
    S: TryInto<Timetable, Error = TimetableError>,
{
    let timetable = schedule.try_into()?;
    Ok(timetable.after(Timestamp::now()).take(count).collect())
}

impl TryFrom<&ScheduleInput> for Timetable {
    type Error = TimetableError;

    fn try_from(schedule: &ScheduleInput) -> Result<Self, TimetableError> {
        let rule = RecurrenceRule::try_from(&schedule.recurrence)?;
        Self::new(
            rule,
            &schedule.timezone,
            schedule.start_date,
            schedule.end_date,
        )
    }
}

impl TryFrom<&Schedule> for Timetable {
    type Error = TimetableError;

    fn try_from(schedule: &Schedule) -> Result<Self, TimetableError> {
        let rule = RecurrenceRule::try_from(schedule)?;
        let zone = schedule.timezone.as_deref();
        let zone = zone.ok_or(TimetableError::Missing("timezone"))?;
        let first_day = schedule
            .start_date
            .ok_or(TimetableError::Missing("startDate"))?;
        Ok(Self {
            active: schedule.status != Some(ScheduleState::Inactive),
            ..Self::new(rule, zone, first_day, schedule.end_date)?
        })
    }
}

/// Why a schedule cannot be laid out in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimetableError {
    /// A field that its kind needs is missing.
    Missing(&'static str),
    /// A field holds a number that means nothing there.
    OutOfRange(&'static str),
    /// Its kind is not known to this version of the library.
    Kind(String),
    /// This machine does not know its time zone.
    TimeZone(String),
}

impl fmt::Display for TimetableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "the schedule has no `{field}`"),
            Self::OutOfRange(field) => write!(f, "the schedule's `{field}` is out of range"),
            Self::Kind(kind) => write!(f, "a schedule of the unknown kind `{kind}`"),
            Self::TimeZone(zone) => write!(f, "the time zone `{zone}` is not known here"),
        }
    }
}

impl std::error::Error for TimetableError {}

/// Midnight, for what has no time of its own.
const MIDNIGHT: Time = Time::constant(0, 0, 0, 0);
