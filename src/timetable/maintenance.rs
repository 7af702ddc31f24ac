//! The service's maintenance window.

use jiff::Timestamp;

use crate::models::cloud_works::is_in_maintenance;

/// Whether the service starts no scheduled runs at this instant: Saturdays from 13:00 to 17:00,
/// US Pacific time.
///
/// On a machine without time zones, US Pacific time is taken to be 8 hours behind UTC.
///
/// ```
/// use anaplan_sdk::timetable::is_maintenance;
///
/// assert!(is_maintenance("2026-07-04T20:00:00Z".parse()?));
/// assert!(!is_maintenance("2026-07-05T00:00:00Z".parse()?));
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn is_maintenance(instant: Timestamp) -> bool {
    is_in_maintenance(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_with_daylight_saving() {
        for (instant, expected) in [
            // Summer: seven hours behind.
            ("2026-07-04T19:59:59Z", false),
            ("2026-07-04T20:00:00Z", true),
            ("2026-07-04T23:59:59Z", true),
            ("2026-07-05T00:00:00Z", false),
            // Winter: eight.
            ("2026-01-10T20:59:59Z", false),
            ("2026-01-10T21:00:00Z", true),
            ("2026-01-11T00:59:59Z", true),
            ("2026-01-11T01:00:00Z", false),
            // Another day.
            ("2026-07-03T20:00:00Z", false),
        ] {
            assert_eq!(
                is_maintenance(instant.parse().unwrap()),
                expected,
                "{instant}"
            );
        }
    }
}
