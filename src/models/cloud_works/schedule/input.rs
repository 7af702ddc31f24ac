//! Schedules, as they are created and changed.

use bon::bon;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

/// When an integration runs.
///
/// There is a builder for each way to recur, and each asks for what that way needs:
///
/// ```
/// use anaplan_sdk::models::cloud_works::ScheduleInput;
/// use jiff::civil::{Weekday, date, time};
///
/// let schedule = ScheduleInput::hourly()
///     .name("Office hours")
///     .timezone("UTC")
///     .start_date(date(2026, 1, 1))
///     .repeat_every(2)
///     .from_time(time(8, 0, 0, 0))
///     .to_time(time(18, 0, 0, 0))
///     .days_of_week([Weekday::Monday, Weekday::Friday])
///     .build();
/// assert_eq!(schedule.validate()?, []);
/// # Ok::<(), anaplan_sdk::validation::ValidationError>(())
/// ```
///
/// An hourly schedule without a window does not exist:
///
/// ```compile_fail,E0277
/// use anaplan_sdk::models::cloud_works::ScheduleInput;
/// use jiff::civil::{Weekday, date, time};
///
/// ScheduleInput::hourly()
///     .name("Office hours")
///     .timezone("Europe/Paris")
///     .start_date(date(2026, 1, 1))
///     .repeat_every(2)
///     .from_time(time(8, 0, 0, 0))
///     .days_of_week([Weekday::Monday])
///     .build();
/// ```
///
/// nor a monthly one without its day:
///
/// ```compile_fail,E0277
/// use anaplan_sdk::models::cloud_works::ScheduleInput;
/// use jiff::civil::{date, time};
///
/// ScheduleInput::monthly_specific_day()
///     .name("Closing")
///     .timezone("Europe/Paris")
///     .start_date(date(2026, 1, 1))
///     .time(time(4, 0, 0, 0))
///     .build();
/// ```
///
/// The service starts runs within 15 minutes after their time, none in its maintenance window
/// (Saturdays, 13:00 to 17:00 US Pacific), and anchors a schedule in UTC, so that its local times
/// shift with daylight saving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduleInput {
    /// Its name.
    pub name: String,
    /// Its time zone, an IANA name such as `Europe/Paris`.
    pub timezone: String,
    /// The first day.
    pub start_date: Date,
    /// The last day. Defaults to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Date>,
    /// How it recurs.
    #[serde(flatten)]
    pub recurrence: Recurrence,
}

/// How a schedule recurs. Times are whole minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Recurrence {
    /// Every few hours within a window of some days of the week.
    Hourly {
        /// The hours between runs.
        repeat_every: u32,
        /// The start of the window.
        #[serde(with = "hours_minutes")]
        from_time: Time,
        /// The end of the window.
        #[serde(with = "hours_minutes")]
        to_time: Time,
        /// The days of the week.
        #[serde(with = "weekdays")]
        days_of_week: Vec<Weekday>,
    },
    /// Once a day.
    Daily {
        /// The time of day.
        #[serde(with = "hours_minutes")]
        time: Time,
    },
    /// On some days of the week.
    Weekly {
        /// The time of day.
        #[serde(with = "hours_minutes")]
        time: Time,
        /// The days of the week.
        #[serde(with = "weekdays")]
        days_of_week: Vec<Weekday>,
    },
    /// On one day of the month.
    MonthlySpecificDay {
        /// The time of day.
        #[serde(with = "hours_minutes")]
        time: Time,
        /// The day, 1–31.
        day_of_month: u32,
    },
    /// On the n-th of a day of the week in the month.
    MonthlyRelativeWeekday {
        /// The time of day.
        #[serde(with = "hours_minutes")]
        time: Time,
        /// The day of the week.
        #[serde(with = "weekday")]
        day_of_week: Weekday,
        /// Which of its kind in the month, 1–5.
        repeat_every: u32,
    },
}

#[bon]
impl ScheduleInput {
    /// Starts a schedule of every few hours within a window of some days of the week.
    #[builder(on(String, into), finish_fn = build)]
    pub fn hourly(
        /// Its name.
        name: String,
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: String,
        /// The first day.
        start_date: Date,
        /// The last day. Defaults to none.
        end_date: Option<Date>,
        /// The hours between runs.
        repeat_every: u32,
        /// The start of the window.
        from_time: Time,
        /// The end of the window.
        to_time: Time,
        /// The days of the week.
        #[builder(with = |days: impl IntoIterator<Item = Weekday>| days.into_iter().collect())]
        days_of_week: Vec<Weekday>,
    ) -> Self {
        let recurrence = Recurrence::Hourly {
            repeat_every,
            from_time,
            to_time,
            days_of_week,
        };
        Self {
            name,
            timezone,
            start_date,
            end_date,
            recurrence,
        }
    }

    /// Starts a schedule of once a day.
    #[builder(on(String, into), finish_fn = build)]
    pub fn daily(
        /// Its name.
        name: String,
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: String,
        /// The first day.
        start_date: Date,
        /// The last day. Defaults to none.
        end_date: Option<Date>,
        /// The time of day.
        time: Time,
    ) -> Self {
        Self {
            name,
            timezone,
            start_date,
            end_date,
            recurrence: Recurrence::Daily { time },
        }
    }

    /// Starts a schedule of some days of the week.
    #[builder(on(String, into), finish_fn = build)]
    pub fn weekly(
        /// Its name.
        name: String,
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: String,
        /// The first day.
        start_date: Date,
        /// The last day. Defaults to none.
        end_date: Option<Date>,
        /// The time of day.
        time: Time,
        /// The days of the week.
        #[builder(with = |days: impl IntoIterator<Item = Weekday>| days.into_iter().collect())]
        days_of_week: Vec<Weekday>,
    ) -> Self {
        let recurrence = Recurrence::Weekly { time, days_of_week };
        Self {
            name,
            timezone,
            start_date,
            end_date,
            recurrence,
        }
    }

    /// Starts a schedule of one day of the month.
    #[builder(on(String, into), finish_fn = build)]
    pub fn monthly_specific_day(
        /// Its name.
        name: String,
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: String,
        /// The first day.
        start_date: Date,
        /// The last day. Defaults to none.
        end_date: Option<Date>,
        /// The time of day.
        time: Time,
        /// The day, 1–31.
        day_of_month: u32,
    ) -> Self {
        let recurrence = Recurrence::MonthlySpecificDay { time, day_of_month };
        Self {
            name,
            timezone,
            start_date,
            end_date,
            recurrence,
        }
    }

    /// Starts a schedule of the n-th of a day of the week in the month.
    #[builder(on(String, into), finish_fn = build)]
    pub fn monthly_relative_weekday(
        /// Its name.
        name: String,
        /// Its time zone, an IANA name such as `Europe/Paris`.
        timezone: String,
        /// The first day.
        start_date: Date,
        /// The last day. Defaults to none.
        end_date: Option<Date>,
        /// The time of day.
        time: Time,
        /// The day of the week.
        day_of_week: Weekday,
        /// Which of its kind in the month, 1–5.
        repeat_every: u32,
    ) -> Self {
        let recurrence = Recurrence::MonthlyRelativeWeekday {
            time,
            day_of_week,
            repeat_every,
        };
        Self {
            name,
            timezone,
            start_date,
            end_date,
            recurrence,
        }
    }
}

/// `HH:MM`; seconds are written, too, if there are any, and then refused by the rules.
pub(super) mod hours_minutes {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        if time.second() == 0 && time.subsec_nanosecond() == 0 {
            serializer.collect_str(&format_args!("{:02}:{:02}", time.hour(), time.minute()))
        } else {
            serializer.collect_str(time)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Time, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// 0 for Sunday to 6 for Saturday.
mod weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        day: &Weekday,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(day.to_sunday_zero_offset())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Weekday, D::Error> {
        Weekday::from_sunday_zero_offset(i8::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

mod weekdays {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(days.iter().map(|day| day.to_sunday_zero_offset()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Weekday>, D::Error> {
        let days = Vec::<i8>::deserialize(d)?;
        let days = days.into_iter().map(Weekday::from_sunday_zero_offset);
        days.collect::<Result<_, _>>()
            .map_err(serde::de::Error::custom)
    }
}
