//! Times as people read them: to the minute, in the report's zone.

use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// The clock on a reader's wall.
#[derive(Debug, Clone)]
pub struct WallClock {
    zone: TimeZone,
    now: Timestamp,
}

impl WallClock {
    pub fn new(zone: TimeZone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    /// The first whole minute that is not before `at`, such as "16:31 (Europe/Berlin)"; with its day
    /// unless that is today.
    pub fn not_before(&self, at: Timestamp) -> String {
        let up = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
        self.say(at.round(up).unwrap_or(at))
    }

    /// When something happened, such as "today at 07:00 (Europe/Berlin)".
    pub fn happened(&self, at: Timestamp) -> String {
        let when = if self.is_today(at) { "today at" } else { "on" };
        format!("{when} {}", self.say(at))
    }

    fn say(&self, at: Timestamp) -> String {
        let form = if self.is_today(at) { "%H:%M" } else { "%-d %B %Y at %H:%M" };
        let zone = self.zone.iana_name().unwrap_or("UTC");
        format!("{} ({zone})", at.to_zoned(self.zone.clone()).strftime(form))
    }

    fn is_today(&self, at: Timestamp) -> bool {
        let day = |at: Timestamp| at.to_zoned(self.zone.clone()).date();
        day(at) == day(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_minute_in_the_zone_and_with_its_day_unless_that_is_today() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let clock = WallClock::new(berlin, at("2026-11-28T12:00:00Z"));
        let retry = at("2026-11-28T15:30:58.179952297Z");
        assert_eq!(clock.not_before(retry), "16:31 (Europe/Berlin)");
        assert_eq!(clock.happened(retry), "today at 16:30 (Europe/Berlin)");
        let monday = at("2026-11-23T06:00:04Z");
        assert_eq!(clock.happened(monday), "on 23 November 2026 at 07:00 (Europe/Berlin)");
    }
}
