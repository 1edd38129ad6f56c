//! When a run is due: declared beforehand, so that a missing one is a fact.

use std::fmt;
use std::str::FromStr;

use assay_core::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The days of a week, from the one on which Unix time begins.
const WEEKDAYS: [&str; 7] =
    ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];

/// A run that starts so much before its time still is the one that was due: clocks differ.
pub const EARLY: i64 = 10 * MINUTE;

/// A schedule, in UTC: `hourly :15`, `daily 02:00`, `weekly monday 02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds from one slot to the next.
    every: i64,
    /// Seconds from a multiple of `every` to the slot.
    offset: i64,
}

/// What is wrong with the text of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write `daily 02:00`, `weekly monday 02:00` or `hourly :15`, in UTC")]
pub struct BadSchedule(String);

impl FromStr for Schedule {
    type Err = BadSchedule;

    fn from_str(text: &str) -> Result<Self, BadSchedule> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["hourly"] => Ok(Self { every: HOUR, offset: 0 }),
            ["hourly", at] => Ok(Self { every: HOUR, offset: clock(at, true)? }),
            ["daily", at] => Ok(Self { every: DAY, offset: clock(at, false)? }),
            ["weekly", day, at] => {
                let name = day.to_ascii_lowercase();
                let fits = |w: &str| w == name || (name.len() == 3 && w.starts_with(&name));
                let place = WEEKDAYS
                    .iter()
                    .position(|w| fits(w))
                    .ok_or_else(|| BadSchedule(format!("`{day}` is no day of the week")))?;
                let days = i64::try_from(place).unwrap_or_default() * DAY;
                Ok(Self { every: WEEK, offset: days + clock(at, false)? })
            }
            ["daily" | "weekly", ..] => Err(BadSchedule(format!("`{text}` does not say when"))),
            [] => Err(BadSchedule("it is empty".to_owned())),
            [first, ..] => Err(BadSchedule(format!("`{first}` is no schedule"))),
        }
    }
}

/// Seconds of `02:00`, or of `:15` where the hour is left out.
fn clock(text: &str, minutes_only: bool) -> Result<i64, BadSchedule> {
    let bad = || BadSchedule(format!("`{text}` is no time of day"));
    let number = |digits: &str, below: i64| {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        let value: i64 = digits.parse().map_err(|_| bad())?;
        if two && value < below { Ok(value) } else { Err(bad()) }
    };
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    match (minutes_only, hour.is_empty()) {
        (true, true) => Ok(number(minute, 60)? * MINUTE),
        (false, false) => Ok(number(hour, 24)? * HOUR + number(minute, 60)? * MINUTE),
        _ => Err(bad()),
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.offset % DAY / HOUR, self.offset % HOUR / MINUTE);
        match self.every {
            HOUR => write!(f, "hourly :{minute:02}"),
            DAY => write!(f, "daily {hour:02}:{minute:02}"),
            _ => {
                let day = usize::try_from(self.offset / DAY).unwrap_or_default();
                let day = WEEKDAYS.get(day).copied().unwrap_or_default();
                write!(f, "weekly {day} {hour:02}:{minute:02}")
            }
        }
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Schedule {
    /// The slots after `after` and up to `until`, in order.
    pub(crate) fn slots(self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = Slot> {
        let first = (after.as_second() - self.offset).div_euclid(self.every) + 1;
        (first..)
            .map(move |n| n * self.every + self.offset)
            .take_while(move |at| *at <= until.as_second())
            .filter_map(move |at| {
                Some(Slot {
                    at: Timestamp::from_second(at).ok()?,
                    opens: Timestamp::from_second(at - EARLY).ok()?,
                    closes: Timestamp::from_second(at + self.every - EARLY).ok()?,
                })
            })
    }
}

/// A moment at which a run was due. A run belongs to it that started while it was open: from ten
/// minutes before, until ten minutes before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) at: Timestamp,
    pub(crate) opens: Timestamp,
    pub(crate) closes: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(text: &str, after: &str, until: &str) -> Vec<String> {
        let schedule: Schedule = text.parse().unwrap();
        let (after, until) = (after.parse().unwrap(), until.parse().unwrap());
        schedule.slots(after, until).map(|s| s.at.to_string()).collect()
    }

    #[test]
    fn slots_follow_the_schedule() {
        assert_eq!(
            slots("daily 02:00", "2026-11-01T02:00:00Z", "2026-11-03T02:00:00Z"),
            ["2026-11-02T02:00:00Z", "2026-11-03T02:00:00Z"]
        );
        // 2026-11-02 is a Monday.
        assert_eq!(
            slots("weekly Mon 23:30", "2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z"),
            ["2026-11-02T23:30:00Z", "2026-11-09T23:30:00Z"]
        );
        assert_eq!(
            slots("hourly :15", "2026-11-01T22:20:00Z", "2026-11-02T00:15:00Z"),
            ["2026-11-01T23:15:00Z", "2026-11-02T00:15:00Z"]
        );
    }

    #[test]
    fn a_schedule_is_written_as_it_is_read() {
        for text in ["daily 02:00", "weekly sunday 23:59", "hourly :00", "hourly :45"] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        assert_eq!("hourly".parse::<Schedule>().unwrap().to_string(), "hourly :00");
    }

    #[test]
    fn what_is_none_says_what_is_wrong() {
        for (text, why) in [
            ("", "it is empty"),
            ("dayly 02:00", "`dayly` is no schedule"),
            ("daily", "does not say when"),
            ("daily 2:00", "`2:00` is no time of day"),
            ("daily 24:00", "`24:00` is no time of day"),
            ("daily 02:60", "`02:60` is no time of day"),
            ("daily +2:00", "`+2:00` is no time of day"),
            ("daily :15", "`:15` is no time of day"),
            ("hourly 02:15", "`02:15` is no time of day"),
            ("weekly m 02:00", "`m` is no day of the week"),
            ("weekly 02:00", "does not say when"),
            ("daily 02:00 CET", "does not say when"),
        ] {
            let e = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(e.contains(why) && e.contains("in UTC"), "{text}: {e}");
        }
    }
}
