//! One time at which a schedule is due, and all of them in order.

use std::collections::VecDeque;
use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::Timetable;
use super::maintenance::is_maintenance;

/// A time at which a schedule is due, in both readings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occurrence {
    /// Date and time as the schedule writes them.
    pub civil: DateTime,
    /// Read as local time: what the clocks of the schedule's time zone show then is
    /// [`civil`](Self::civil).
    pub by_local_time: Due,
    /// Read as the service anchors it: at the same time of day in UTC as on the first day.
    pub anchored_in_utc: Due,
    /// Whether the clocks of the time zone show that time once on that day.
    pub local_time: LocalTime,
    zone: TimeZone,
}

/// One reading of when a schedule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// Whether that is in the service's maintenance window, in which no scheduled run starts.
    pub in_maintenance: bool,
}

impl Due {
    fn new(at: Timestamp) -> Self {
        Self {
            at,
            in_maintenance: is_maintenance(at),
        }
    }
}

/// How often the clocks of a time zone show a time on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalTime {
    /// Once, as nearly always.
    Once,
    /// Not at all: the clocks are put forward past it. It is taken to be due as long after the
    /// change as the time is into the gap, 02:30 at 03:30.
    Skipped,
    /// Twice: the clocks are put back over it. It is taken to be due the first time.
    Twice,
}

impl Occurrence {
    fn new(timetable: &Timetable, civil: DateTime) -> Option<Self> {
        let local = timetable.zone.to_ambiguous_timestamp(civil);
        let local_time = match local.offset() {
            AmbiguousOffset::Unambiguous { .. } => LocalTime::Once,
            AmbiguousOffset::Gap { .. } => LocalTime::Skipped,
            AmbiguousOffset::Fold { .. } => LocalTime::Twice,
        };
        Some(Self {
            civil,
            by_local_time: Due::new(local.compatible().ok()?),
            anchored_in_utc: Due::new(timetable.anchor.to_timestamp(civil).ok()?),
            local_time,
            zone: timetable.zone.clone(),
        })
    }

    /// Whether the two readings differ: daylight saving is not what it was on the first day.
    pub fn readings_differ(&self) -> bool {
        self.by_local_time.at != self.anchored_in_utc.at
    }

    fn last_reading(&self) -> Timestamp {
        self.by_local_time.at.max(self.anchored_in_utc.at)
    }
}

/// `2026-07-01T06:30:00+02:00[Europe/Paris]; by the service's anchoring in UTC
/// 2026-07-01T07:30:00+02:00[Europe/Paris]`, with what there is to note.
impl fmt::Display for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |f: &mut fmt::Formatter<'_>, due: Due| {
            write!(f, "{}", due.at.to_zoned_datetime(self.zone.clone()))?;
            if due.in_maintenance {
                f.write_str(" (in the maintenance window)")?;
            }
            Ok(())
        };
        show(f, self.by_local_time)?;
        match self.local_time {
            LocalTime::Once => {}
            LocalTime::Skipped => write!(f, " (the clocks skip {})", self.civil.time())?,
            LocalTime::Twice => write!(f, " (the clocks show {} twice)", self.civil.time())?,
        }
        if self.readings_differ() {
            f.write_str("; by the service's anchoring in UTC ")?;
            show(f, self.anchored_in_utc)?;
        }
        Ok(())
    }
}

/// All times at which a schedule is due, in order. From [`Timetable::after`].
#[derive(Clone, Debug)]
pub struct Occurrences<'t> {
    timetable: &'t Timetable,
    after: Timestamp,
    /// The first day of the month that comes next; `None` at the end of time.
    month: Option<Date>,
    /// For how many months nothing was due.
    barren: u32,
    ready: VecDeque<DateTime>,
}

/// Once in eight years there is no 29th of February for so long.
const MAX_EMPTY_MONTHS: u32 = 12 * 10;

impl<'t> Occurrences<'t> {
    pub(super) fn new(timetable: &'t Timetable, after: Timestamp) -> Self {
        // Neither reading is more than two days off the date in UTC.
        let from = TimeZone::UTC.to_datetime(after).date();
        let from = from.checked_sub(2.days()).unwrap_or(from);
        let from = from.max(timetable.first_day);
        Self {
            timetable,
            after,
            month: timetable.active.then(|| from.first_of_month()),
            barren: 0,
            ready: VecDeque::new(),
        }
    }

    /// Lays out another month; says whether there was one.
    fn next_month(&mut self) -> bool {
        let Some(month) = self.month else {
            return false;
        };
        let (first, last) = (self.timetable.first_day, self.timetable.last_day);
        if last.is_some_and(|last| last < month) || self.barren > MAX_EMPTY_MONTHS {
            self.month = None;
            return false;
        }
        let rule = &self.timetable.rule;
        let days = rule.days_of_month(month).into_iter();
        let days = days.filter(|day| first <= *day && last.is_none_or(|last| *day <= last));
        for day in days {
            let times = rule.times().iter().map(|time| day.to_datetime(*time));
            self.ready.extend(times);
        }
        self.barren = if self.ready.is_empty() {
            self.barren + 1
        } else {
            0
        };
        self.month = month.checked_add(1.month()).ok();
        true
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            while let Some(civil) = self.ready.pop_front() {
                let occurrence = Occurrence::new(self.timetable, civil)?;
                if occurrence.last_reading() > self.after {
                    return Some(occurrence);
                }
            }
            if !self.next_month() {
                return None;
            }
        }
    }
}
