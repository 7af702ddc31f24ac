//! The five kinds of schedules, as days of a month and times of a day.

use jiff::civil::{Date, Time, Weekday};

use super::{MIDNIGHT, TimetableError};
use crate::models::cloud_works::{Recurrence, Schedule, ScheduleType};

#[derive(Clone, Debug)]
pub(super) struct RecurrenceRule {
    days: Days,
    /// In order, each once.
    times: Vec<Time>,
}

#[derive(Clone, Debug)]
enum Days {
    All,
    OfWeek(Vec<Weekday>),
    OfMonth(i8),
    /// The n-th such day.
    Relative(Weekday, i8),
}

impl RecurrenceRule {
    pub(super) fn first_time(&self) -> Time {
        self.times.first().copied().unwrap_or(MIDNIGHT)
    }

    pub(super) fn times(&self) -> &[Time] {
        &self.times
    }

    /// The days of this month on which it is due, in order.
    pub(super) fn days_of_month(&self, first: Date) -> Vec<Date> {
        let month = || {
            first
                .series(jiff::ToSpan::days(1))
                .take(first.days_in_month() as usize)
        };
        match &self.days {
            Days::All => month().collect(),
            Days::OfWeek(days) => month()
                .filter(|day| days.contains(&day.weekday()))
                .collect(),
            Days::OfMonth(day) if *day <= first.days_in_month() => {
                Date::new(first.year(), first.month(), *day)
                    .into_iter()
                    .collect()
            }
            Days::OfMonth(_) => Vec::new(),
            Days::Relative(day, which) => first
                .nth_weekday_of_month(*which, *day)
                .into_iter()
                .collect(),
        }
    }

    fn hourly(
        hours: i64,
        from: Time,
        to: Time,
        days: Vec<Weekday>,
    ) -> Result<Self, TimetableError> {
        let step = u32::try_from(hours)
            .ok()
            .filter(|hours| (1..=24).contains(hours));
        let step = step.ok_or(TimetableError::OutOfRange("repeatEvery"))?;
        // A window of one instant has one run; one that ends before it begins has none.
        let times = std::iter::successors(Some(from), |time| {
            time.checked_add(jiff::Span::new().hours(step)).ok()
        });
        Ok(Self {
            days: Days::OfWeek(days),
            times: times.take_while(|time| *time <= to).collect(),
        })
    }

    fn at(time: Time, days: Days) -> Self {
        Self {
            days,
            times: vec![time],
        }
    }

    fn of_month(time: Time, day: i64) -> Result<Self, TimetableError> {
        let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day));
        let day = day.ok_or(TimetableError::OutOfRange("dayOfMonth"))?;
        Ok(Self::at(time, Days::OfMonth(day)))
    }

    fn relative(time: Time, day: Weekday, which: i64) -> Result<Self, TimetableError> {
        let which = i8::try_from(which)
            .ok()
            .filter(|which| (1..=5).contains(which));
        let which = which.ok_or(TimetableError::OutOfRange("repeatEvery"))?;
        Ok(Self::at(time, Days::Relative(day, which)))
    }
}

impl TryFrom<&Recurrence> for RecurrenceRule {
    type Error = TimetableError;

    fn try_from(recurrence: &Recurrence) -> Result<Self, TimetableError> {
        match recurrence {
            Recurrence::Hourly {
                repeat_every,
                from_time,
                to_time,
                days_of_week,
            } => Self::hourly(
                (*repeat_every).into(),
                *from_time,
                *to_time,
                days_of_week.clone(),
            ),
            Recurrence::Daily { time } => Ok(Self::at(*time, Days::All)),
            Recurrence::Weekly { time, days_of_week } => {
                Ok(Self::at(*time, Days::OfWeek(days_of_week.clone())))
            }
            Recurrence::MonthlySpecificDay { time, day_of_month } => {
                Self::of_month(*time, (*day_of_month).into())
            }
            Recurrence::MonthlyRelativeWeekday {
                time,
                day_of_week,
                repeat_every,
            } => Self::relative(*time, *day_of_week, (*repeat_every).into()),
        }
    }
}

impl TryFrom<&Schedule> for RecurrenceRule {
    type Error = TimetableError;

    fn try_from(schedule: &Schedule) -> Result<Self, TimetableError> {
        use TimetableError::Missing;
        let kind = schedule.schedule_type.as_ref().ok_or(Missing("type"))?;
        let time = || schedule.time.ok_or(Missing("time"));
        let days = || {
            let days = schedule
                .days_of_week
                .iter()
                .map(|day| weekday("daysOfWeek", *day));
            let days: Vec<Weekday> = days.collect::<Result<_, _>>()?;
            if days.is_empty() {
                Err(Missing("daysOfWeek"))
            } else {
                Ok(days)
            }
        };
        let repeat_every = || schedule.repeat_every.ok_or(Missing("repeatEvery"));
        match kind {
            ScheduleType::Hourly => {
                let from = schedule.from_time.ok_or(Missing("fromTime"))?;
                let to = schedule.to_time.ok_or(Missing("toTime"))?;
                Self::hourly(repeat_every()?, from, to, days()?)
            }
            ScheduleType::Daily => Ok(Self::at(time()?, Days::All)),
            ScheduleType::Weekly => Ok(Self::at(time()?, Days::OfWeek(days()?))),
            ScheduleType::MonthlySpecificDay => {
                Self::of_month(time()?, schedule.day_of_month.ok_or(Missing("dayOfMonth"))?)
            }
            ScheduleType::MonthlyRelativeWeekday => {
                // The service's documents write it in two ways.
                let day = schedule
                    .day_of_week
                    .or(schedule.days_of_week.first().copied());
                let day = weekday("dayOfWeek", day.ok_or(Missing("dayOfWeek"))?)?;
                Self::relative(time()?, day, repeat_every()?)
            }
            kind => Err(TimetableError::Kind(kind.to_string())),
        }
    }
}

fn weekday(field: &'static str, day: i64) -> Result<Weekday, TimetableError> {
    i8::try_from(day)
        .ok()
        .and_then(|day| Weekday::from_sunday_zero_offset(day).ok())
        .ok_or(TimetableError::OutOfRange(field))
}
