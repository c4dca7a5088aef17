//! The time for which contacts are asked: every week, as cut in every zone that a contact may be
//! counted in.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use weekledger_events::Week;

/// No civil time is further ahead of UTC (Kiritimati) or behind it (Baker Island).
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(14);
const BEHIND_MAX: SignedDuration = SignedDuration::from_hours(12);

/// From the beginning of the first week to the end of the last, where they begin first and end last.
/// `None` stands for an account that does not say its zone now: its contacts may be of any. A zone
/// that is not known is none. `None` without a week.
pub fn contact_span<'a>(
    zones: impl IntoIterator<Item = Option<&'a str>>,
    weeks: &[Week],
) -> Option<(Timestamp, Timestamp)> {
    let mut spans = Vec::new();
    for zone in zones {
        let bounds = weeks.iter().filter_map(|week| match zone {
            Some(name) => Some(week.bounds(&TimeZone::get(name).ok()?)),
            None => {
                let (from, until) = week.bounds(&TimeZone::UTC);
                Some((from.checked_sub(AHEAD_MAX).ok()?, until.checked_add(BEHIND_MAX).ok()?))
            }
        });
        spans.extend(bounds);
    }
    let from = spans.iter().map(|(from, _)| *from).min()?;
    Some((from, spans.iter().map(|(_, until)| *until).max()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_zone_is_any_zone() {
        // Worked by hand: Monday of W47 begins at 10:00 UTC on Sunday in Kiritimati and ends at
        // 12:00 UTC on the next Monday on Baker Island.
        let week = ["2026-W47".parse().unwrap()];
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let widest = (at("2026-11-15T10:00:00Z"), at("2026-11-23T12:00:00Z"));
        assert_eq!(contact_span([Some("Europe/Berlin"), None], &week), Some(widest));
        let of = |zone| contact_span([Some(zone)], &week).unwrap();
        assert_eq!((of("Pacific/Kiritimati").0, of("Etc/GMT+12").1), widest);
        let berlin = (at("2026-11-15T23:00:00Z"), at("2026-11-22T23:00:00Z"));
        assert_eq!(contact_span([Some("Europe/Berlin"), Some("no/zone")], &week), Some(berlin));
        assert_eq!(contact_span([None], &[]), None);
    }
}
