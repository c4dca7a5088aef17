//! ISO weeks, and where they begin and end in a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::InvalidId;

/// An ISO week such as `2026-W47`: Monday 00:00 to Sunday 24:00 in an account's own zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Week {
    year: i16,
    number: i8,
}

/// Years outside of this range are typing errors, and date arithmetic inside it cannot overflow.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2200;

impl Week {
    const RULE: &'static str = "write year and ISO week such as 2026-W47";

    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new("a week", text, Self::RULE);
        let (year, number) = text.split_once("-W").ok_or_else(invalid)?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || number.len() != 2 || !digits(year) || !digits(number) {
            return Err(invalid());
        }
        let year: i16 = year.parse().map_err(|_| invalid())?;
        let number: i8 = number.parse().map_err(|_| invalid())?;
        if !YEARS.contains(&year) || ISOWeekDate::new(year, number, Weekday::Monday).is_err() {
            return Err(invalid());
        }
        Ok(Self { year, number })
    }

    /// The week that a calendar day lies in.
    pub fn containing(day: Date) -> Self {
        let iso = day.iso_week_date();
        Self { year: iso.year(), number: iso.week() }
    }

    /// The newest week that has ended at `now` in `zone`.
    pub fn last_complete(now: Timestamp, zone: &TimeZone) -> Self {
        Self::containing(now.to_zoned(zone.clone()).date()).previous()
    }

    pub fn monday(self) -> Date {
        ISOWeekDate::new(self.year, self.number, Weekday::Monday)
            .map_or(Date::MIN, ISOWeekDate::date)
    }

    pub fn sunday(self) -> Date {
        self.monday().saturating_add(6.days())
    }

    /// Monday to Sunday.
    pub fn days(self) -> impl Iterator<Item = Date> {
        let monday = self.monday();
        (0..7).map(move |n| monday.saturating_add(i64::from(n).days()))
    }

    pub fn contains(self, day: Date) -> bool {
        Self::containing(day) == self
    }

    pub fn next(self) -> Self {
        self.plus(1)
    }

    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// The week `count` weeks later, or earlier if negative.
    pub fn plus(self, count: i32) -> Self {
        Self::containing(self.monday().saturating_add(i64::from(count).weeks()))
    }

    /// How many weeks `self` lies after `earlier`.
    pub fn weeks_since(self, earlier: Self) -> i32 {
        let days = (self.monday() - earlier.monday()).get_days();
        days / 7
    }

    /// First instant of the week, and first instant after it, in `zone`.
    /// Where a zone skips midnight, the day begins at its first existing instant.
    pub fn bounds(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        (start_of_day(self.monday(), zone), start_of_day(self.next().monday(), zone))
    }

    /// The four weeks that end with this one, oldest first.
    pub fn four_ending(self) -> [Self; 4] {
        [self.plus(-3), self.plus(-2), self.plus(-1), self]
    }
}

/// The first instant of a calendar day in `zone`.
fn start_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone())
        .and_then(|zoned| zoned.start_of_day())
        .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-W{:02}", self.year, self.number))
    }
}

impl FromStr for Week {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Week {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<Week> for String {
    fn from(week: Week) -> Self {
        week.to_string()
    }
}

#[cfg(test)]
mod tests;
