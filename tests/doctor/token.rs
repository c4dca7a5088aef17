//! What the facts about a token mean.

use jiff::Timestamp;
use serde_json::{Value, json};
use weekledger::doctor::{Check, Expected, Grade, account_checks, token_checks};

const NOW: &str = "2026-11-22T09:00:00Z";
const DAY: i64 = 86_400;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn facts(change: impl Fn(&mut Value)) -> Vec<Check> {
    let mut facts = json!({"is_valid": true, "type": "SYSTEM_USER", "application": "Reports", "user_id": "7",
        "scopes": ["ads_read"], "expires_at": 0, "data_access_expires_at": 0});
    change(&mut facts);
    token_checks(&facts, now(), Some("2026-11-23T06:00:00Z".parse().unwrap()))
}

fn grade(checks: &[Check], name: &str) -> Grade {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("{checks:?}")).grade
}

#[test]
fn a_valid_token_names_its_owner_and_its_end() {
    let checks = facts(|_| {});
    assert!(checks.iter().all(|check| check.grade == Grade::Pass), "{checks:?}");
    assert!(checks[0].sentence.contains("system user 7 of the app \"Reports\""));
    assert!(checks.last().unwrap().sentence.contains("no end"));
}

#[test]
fn the_nearer_of_both_ends_counts_and_two_weeks_are_the_least() {
    let ends = |token: i64, data: i64| {
        let at = |days: i64| if days == 0 { 0 } else { now().as_second() + days * DAY + 60 };
        facts(|facts| {
            facts["expires_at"] = json!(at(token));
            facts["data_access_expires_at"] = json!(at(data));
        })
    };
    assert_eq!(grade(&ends(0, 14), "days_left"), Grade::Pass);
    assert_eq!(grade(&ends(0, 13), "days_left"), Grade::Warn);
    assert_eq!(grade(&ends(60, 3), "days_left"), Grade::Warn);
    assert_eq!(grade(&ends(3, 60), "days_left"), Grade::Warn);
    assert_eq!(grade(&ends(60, -1), "days_left"), Grade::Fail);
    let sentence = ends(0, 5).last().unwrap().sentence.clone();
    assert_eq!(sentence, "Its access to data ends on 2026-11-27, in 5 days.");
}

#[test]
fn a_token_that_ends_before_the_next_report_fails() {
    // It is Sunday, 09:00 UTC; the report goes out on Monday at 06:00 UTC, in 21 hours.
    let ends_in = |hours: i64| {
        facts(|facts| facts["data_access_expires_at"] = json!(now().as_second() + hours * 3600))
    };
    for (hours, expected) in [(20, Grade::Fail), (22, Grade::Warn), (25, Grade::Warn)] {
        assert_eq!(grade(&ends_in(hours), "days_left"), expected, "{hours}");
    }
    let said = |hours| ends_in(hours).last().unwrap().sentence.clone();
    let before = "Its access to data ends on 2026-11-23, in less than a day: before the next report \
                  is sent.";
    assert_eq!(said(20), before);
    assert_eq!(said(25), "Its access to data ends on 2026-11-23, in 1 day.");
}

#[test]
fn a_person_behind_the_token_is_a_warning_and_a_missing_scope_fails() {
    let checks = facts(|facts| facts["type"] = json!("USER"));
    assert_eq!(grade(&checks, "token_owner"), Grade::Warn);
    let checks = facts(|facts| facts["scopes"] = json!(["public_profile"]));
    assert_eq!(grade(&checks, "scopes"), Grade::Fail);
    let checks = facts(|facts| facts["scopes"] = json!(["ads_management"]));
    assert_eq!(grade(&checks, "scopes"), Grade::Pass);
}

#[test]
fn an_invalid_token_fails_with_what_the_provider_says() {
    let checks = facts(|facts| {
        facts["is_valid"] = json!(false);
        facts["error"] = json!({"code": 190, "message": "Session has expired on Friday"});
    });
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].grade, Grade::Fail);
    assert!(
        checks[0].sentence.ends_with("Session has expired on Friday"),
        "{}",
        checks[0].sentence
    );
    assert!(checks[0].action.as_deref().unwrap().contains("Generate new token"));
}

#[test]
fn a_disabled_account_says_why_and_what_to_do() {
    let body = json!({"id": "act_1", "account_id": "1", "account_status": 2, "disable_reason": 3,
        "currency": "EUR", "timezone_name": "Europe/Vienna"});
    let expected = Expected { zone: "Europe/Vienna", of_account: false, currency: None };
    let checks = account_checks(body.to_string().as_bytes(), "Hotel", &expected);
    assert_eq!(grade(&checks, "account"), Grade::Warn);
    assert!(checks[0].sentence.contains("disabled") && checks[0].sentence.contains("payments"));
    assert_eq!(grade(&checks, "time_zone"), Grade::Pass);
}
