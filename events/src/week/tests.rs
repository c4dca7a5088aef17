use jiff::civil::date;
use jiff::tz::TimeZone;

use super::Week;

fn week(text: &str) -> Week {
    text.parse().unwrap()
}

#[test]
fn a_week_runs_from_monday_to_sunday() {
    assert_eq!(week("2026-W47").monday(), date(2026, 11, 16));
    assert_eq!(week("2026-W47").sunday(), date(2026, 11, 22));
}

#[test]
fn week_53_exists_only_in_long_years() {
    assert_eq!(week("2026-W53").next(), week("2027-W01"));
    assert!("2025-W53".parse::<Week>().is_err());
}

#[test]
fn what_is_not_a_week_is_refused_with_the_rule() {
    for text in ["2026-47", "2026-W00", "2026-W54", "26-W47", "2026-W7", "2026-W+7", "9999-W01", ""]
    {
        let error = text.parse::<Week>().unwrap_err().to_string();
        assert!(error.contains("2026-W47"), "{error}");
    }
}

#[test]
fn the_spring_week_is_an_hour_short_and_the_autumn_week_an_hour_long() {
    let vienna = TimeZone::get("Europe/Vienna").unwrap();
    let hours = |text: &str| {
        let (start, end) = week(text).bounds(&vienna);
        (end.as_second() - start.as_second()) / 3600
    };
    assert_eq!(hours("2026-W12"), 168);
    assert_eq!(hours("2026-W13"), 167);
    assert_eq!(hours("2026-W43"), 169);
}

#[test]
fn the_last_complete_week_depends_on_the_zone() {
    let now = "2026-11-22T23:30:00Z".parse().unwrap();
    let vienna = TimeZone::get("Europe/Vienna").unwrap();
    assert_eq!(Week::last_complete(now, &vienna), week("2026-W47"));
    assert_eq!(Week::last_complete(now, &TimeZone::UTC), week("2026-W46"));
}
