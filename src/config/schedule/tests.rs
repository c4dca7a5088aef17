//! Tests of the schedule. Expected instants are worked by hand from the zones' offsets.

use std::path::Path;

use jiff::Timestamp;
use weekledger_events::Week;

use super::super::{Config, Report};

fn report(zone: &str, open_at: &str, deliver_at: &str, account_zones: &[&str]) -> Report {
    let accounts: String = account_zones
        .iter()
        .enumerate()
        .map(|(at, zone)| {
            let zone =
                if zone.is_empty() { String::new() } else { format!("timezone = \"{zone}\"") };
            format!(
                "[[report.account]]\nname = \"Property {at}\"\nmeta_account = \"{at}\"\n{zone}\n"
            )
        })
        .collect();
    let text = format!(
        "[mail]\nfrom = \"a@example.com\"\n[[report]]\nid = \"weekly\"\ntitle = \"T\"\n\
         timezone = \"{zone}\"\nopen_at = \"{open_at}\"\ndeliver_at = \"{deliver_at}\"\n{accounts}\
         [[report.recipient]]\nname = \"A\"\nemail = \"a@example.com\"\ndepartment = \"Digital\"\n"
    );
    let config = Config::parse(&text, Path::new("w.toml")).unwrap_or_else(|e| panic!("{e}"));
    config.reports.into_iter().next().expect("one report")
}

fn week(text: &str) -> Week {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn an_ordinary_monday_opens_at_five_and_delivers_at_seven() {
    // Amsterdam is at +1 on Monday 2026-11-23.
    let schedule = report("Europe/Amsterdam", "05:00", "07:00", &[""]).schedule(week("2026-W47"));
    assert_eq!(schedule.opens_at, at("2026-11-23T04:00:00Z"));
    assert_eq!(schedule.starts_at, at("2026-11-23T04:00:00Z"));
    assert_eq!(schedule.analysis_due, at("2026-11-23T05:45:00Z"));
    assert_eq!(schedule.deliver_at, at("2026-11-23T06:00:00Z"));
}

#[test]
fn seven_stays_seven_when_the_clocks_change() {
    // Summer time ends on Sunday 2026-10-25 and begins on Sunday 2026-03-29.
    let report = report("Europe/Amsterdam", "05:00", "07:00", &[""]);
    assert_eq!(report.schedule(week("2026-W42")).deliver_at, at("2026-10-19T05:00:00Z"));
    assert_eq!(report.schedule(week("2026-W43")).deliver_at, at("2026-10-26T06:00:00Z"));
    assert_eq!(report.schedule(week("2026-W12")).deliver_at, at("2026-03-23T06:00:00Z"));
    assert_eq!(report.schedule(week("2026-W13")).deliver_at, at("2026-03-30T05:00:00Z"));
}

#[test]
fn a_skipped_time_moves_on_by_the_gap() {
    // Istanbul went from 03:00 (+2) to 04:00 (+3) on Monday 2014-03-31: 03:30 becomes 04:30.
    let report = report("Europe/Istanbul", "03:30", "07:00", &[""]);
    assert_eq!(report.schedule(week("2014-W13")).opens_at, at("2014-03-31T01:30:00Z"));
}

#[test]
fn a_time_that_occurs_twice_counts_as_the_first() {
    // Baghdad went from 04:00 (+4) back to 03:00 (+3) on Monday 2007-10-01.
    let report = report("Asia/Baghdad", "03:30", "07:00", &[""]);
    assert_eq!(report.schedule(week("2007-W39")).opens_at, at("2007-09-30T23:30:00Z"));
}

#[test]
fn the_start_waits_for_the_last_zone_to_settle() {
    // The week ends in Los Angeles on Monday 2026-11-23 08:00 UTC; three hours later it may start,
    // long after 05:00 and 07:00 in Amsterdam.
    let report = report("Europe/Amsterdam", "05:00", "07:00", &["", "America/Los_Angeles"]);
    let schedule = report.schedule(week("2026-W47"));
    assert_eq!(schedule.opens_at, at("2026-11-23T04:00:00Z"));
    assert_eq!(schedule.starts_at, at("2026-11-23T11:00:00Z"));
    assert_eq!(schedule.deliver_at, at("2026-11-23T06:00:00Z"));
    assert_eq!(schedule.analysis_due, at("2026-11-23T11:45:00Z"));
}

#[test]
fn a_zone_further_east_puts_nothing_off() {
    let report = report("Europe/Amsterdam", "05:00", "07:00", &["Asia/Tokyo"]);
    assert_eq!(report.schedule(week("2026-W47")).starts_at, at("2026-11-23T04:00:00Z"));
    assert_eq!(report.start_delay(week("2026-W47")), None);
}

#[test]
fn opening_before_the_day_has_settled_is_a_delay_too() {
    let report = report("Europe/Amsterdam", "01:30", "07:00", &[""]);
    let delay = report.start_delay(week("2026-W47")).expect("a delay");
    assert_eq!(delay.time_zone, "Europe/Amsterdam");
    // 03:00 instead of 01:30, in winter and in summer.
    assert_eq!(delay.opens_at.duration_until(delay.starts_at).as_mins(), 90);
}

#[test]
fn the_worst_delay_of_a_year_is_found() {
    // New York is five hours behind London, but four between the two changes of March: the week
    // settles there at 08:00 London time, and at 07:00 in those weeks.
    let report = report("Europe/London", "07:30", "09:00", &["America/New_York"]);
    let delay = report.start_delay(week("2026-W10")).expect("a delay");
    assert_eq!(delay.account, "Property 0");
    assert_eq!(delay.time_zone, "America/New_York");
    assert_eq!(delay.opens_at.duration_until(delay.starts_at).as_mins(), 30);
    // The weeks that end on 2026-03-15 and 2026-03-22.
    assert_eq!(report.schedule(week("2026-W11")).starts_at, at("2026-03-16T07:30:00Z"));
}

#[test]
fn a_week_is_complete_when_it_has_ended_everywhere() {
    let report = report("Europe/Amsterdam", "05:00", "07:00", &["America/Los_Angeles"]);
    let (before, after) = (at("2026-11-23T07:59:59Z"), at("2026-11-23T08:00:00Z"));
    assert_eq!(report.last_complete_week(before), week("2026-W46"));
    assert_eq!(report.last_complete_week(after), week("2026-W47"));
}

#[test]
fn a_week_is_due_when_its_pull_may_begin() {
    let report = report("Europe/Amsterdam", "05:00", "07:00", &[""]);
    assert_eq!(report.newest_due_week(at("2026-11-23T03:59:59Z")), week("2026-W46"));
    assert_eq!(report.newest_due_week(at("2026-11-23T04:00:00Z")), week("2026-W47"));
}
