//! Schedules of integrations and flows.

mod input;
mod rules;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use crate::models::open_enum::open_enum;
use crate::models::reply_macro::reply;

pub use input::*;

open_enum! {
    /// How a schedule recurs.
    pub enum ScheduleType {
        /// Every few hours within a window of the day.
        Hourly = "hourly",
        /// Once a day.
        Daily = "daily",
        /// On some days of the week.
        Weekly = "weekly",
        /// On one day of the month.
        MonthlySpecificDay = "monthly_specific_day",
        /// On the n-th of a day of the week in the month.
        MonthlyRelativeWeekday = "monthly_relative_weekday",
    }
}

open_enum! {
    /// Whether a schedule is on, as it is read back.
    pub enum ScheduleState {
        /// It is on.
        Active = "Active",
        /// It is off.
        Inactive = "Inactive",
    }
}

/// What a schedule can be switched to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleStatus {
    /// On.
    Enabled,
    /// Off.
    Disabled,
}

impl ScheduleStatus {
    /// The word in the call's path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl std::fmt::Display for ScheduleStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

reply! {
    /// A schedule, as it is read back. Which fields there are depends on its type.
    ///
    /// Dates and times of day are in the schedule's time zone; the service anchors them in UTC,
    /// so that they shift with daylight saving.
    pub struct Schedule {
        /// Its name.
        name: Option<String>,
        /// How it recurs.
        schedule_type: Option<ScheduleType> as "type",
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: Option<String>,
        /// The first day.
        start_date: Option<Date>,
        /// The last day.
        end_date: Option<Date>,
        /// The time of day, unless hourly.
        #[serde(serialize_with = "optional_hours_minutes")]
        time: Option<Time>,
        /// Hourly: the start of the window.
        #[serde(serialize_with = "optional_hours_minutes")]
        from_time: Option<Time>,
        /// Hourly: the end of the window.
        #[serde(serialize_with = "optional_hours_minutes")]
        to_time: Option<Time>,
        /// Hourly and weekly: the days of the week, 0 = Sunday … 6 = Saturday.
        days_of_week: Vec<i64>,
        /// Monthly on a specific day: the day, 1–31.
        day_of_month: Option<i64>,
        /// Monthly on a relative weekday: the day of the week, 0 = Sunday … 6 = Saturday.
        day_of_week: Option<i64>,
        /// Hourly: the hours between runs. Monthly on a relative weekday: which of its kind in
        /// the month.
        repeat_every: Option<i64>,
        /// Whether it is on.
        status: Option<ScheduleState>,
        /// The day on which it is due next, as far as the service tells.
        next_schedule_date: Option<Date>,
    }
}

fn optional_hours_minutes<S: serde::Serializer>(
    time: &Option<Time>,
    s: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => input::hours_minutes::serialize(time, s),
        None => s.serialize_none(),
    }
}

/// Whether the service starts no scheduled runs at this instant: Saturdays from 13:00 to 17:00, US
/// Pacific time; where a machine has no time zones, 8 hours behind UTC.
pub(crate) fn is_in_maintenance(instant: Timestamp) -> bool {
    let pacific = TimeZone::get("America/Los_Angeles")
        .unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(-8)));
    let there = pacific.to_datetime(instant);
    there.date().weekday() == Weekday::Saturday && (13..17).contains(&there.hour())
}
