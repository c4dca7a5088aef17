//! Every documented error of Meta, to class, remedy and sentence.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use weekledger::sources::fault::{Fault, Remedy};
use weekledger::sources::meta::error::classify;
use weekledger::sources::meta::usage::Usage;

fn fault(http: u16, body: &Value) -> Fault {
    classify(http, &Usage::default(), body.to_string().as_bytes()).unwrap()
}

/// The remedy in a word, as the tables below write it.
fn word(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Retry { .. } => "retry",
        Remedy::RetryThenJob => "retry, then job",
        Remedy::Wait { .. } => "wait",
        Remedy::Shrink { page: true } => "smaller page",
        Remedy::Shrink { page: false } => "shorter range",
        Remedy::Restart => "restart",
        Remedy::NewToken => "token",
        Remedy::Pull => "account",
        Remedy::Report => "report",
    }
}

/// HTTP status, code, subcode or 0, is_transient, message; class, remedy.
type Documented = (u16, i64, i64, Option<bool>, &'static str, &'static str, &'static str);

#[test]
fn each_documented_code_has_its_class_and_remedy() {
    let none = None;
    #[rustfmt::skip]
    let table: &[Documented] = &[
        (500, -2, 2_490_547, none, "", "provider_unavailable", "retry"),
        (400, -3, 1_504_045, none, "", "too_much_data", "shorter range"),
        (400, 2, 1_504_038, none, "", "too_much_data", "shorter range"),
        (400, 2, 1_504_041, none, "", "request_invalid", "account"),
        (400, 2, 1_504_042, none, "", "request_invalid", "account"),
        (400, 2, 1_504_043, none, "", "provider_unavailable", "retry"),
        (400, 2, 1_504_044, none, "", "provider_unavailable", "retry, then job"),
        (400, 4, 1_504_022, none, "", "rate_limited", "wait"),
        (400, 4, 1_504_039, none, "", "rate_limited", "wait"),
        (400, 100, 1_504_018, none, "", "too_much_data", "shorter range"),
        (400, 100, 1_487_534, none, "", "too_much_data", "shorter range"),
        (400, 100, 3_191_001, none, "", "permission_missing", "account"),
        (500, 1, 0, none, "An unknown error occurred", "provider_unavailable", "retry"),
        (500, 1, 0, none, "Please reduce the amount of data you're asking for, then retry your request", "too_much_data", "smaller page"),
        (400, 1, 99, none, "", "provider_unavailable", "retry"),
        (400, 1, 2_853_001, none, "", "profile_not_linked", "account"),
        (503, 2, 0, none, "Service temporarily unavailable", "provider_unavailable", "retry"),
        (400, 3, 0, none, "", "capability_missing", "account"),
        (403, 4, 0, Some(true), "Application request limit reached", "rate_limited", "wait"),
        (403, 10, 0, none, "", "permission_missing", "account"),
        (400, 17, 0, Some(true), "User request limit reached", "rate_limited", "wait"),
        (400, 17, 2_446_079, none, "", "rate_limited", "wait"),
        (400, 32, 0, none, "", "rate_limited", "wait"),
        (400, 100, 0, none, "Invalid parameter", "request_invalid", "account"),
        (400, 100, 0, none, "(#100) Missing permissions", "permission_missing", "account"),
        (400, 100, 33, none, "Unsupported get request. Object with ID 'act_9' does not exist", "account_not_found", "account"),
        (400, 100, 0, none, "Cannot include spend in summary param because they weren't there while creating the report run", "provider_unavailable", "retry"),
        (400, 102, 0, none, "", "token_session_ended", "token"),
        (400, 104, 0, none, "Incorrect signature", "proof_required", "report"),
        (400, 190, 458, none, "", "token_app_removed", "token"),
        (400, 190, 460, none, "", "token_password_changed", "token"),
        (400, 190, 463, none, "", "token_expired", "token"),
        (400, 190, 467, none, "", "token_invalid", "token"),
        (400, 190, 493, none, "", "token_unused", "token"),
        (401, 190, 0, Some(true), "Invalid OAuth access token.", "token_invalid", "token"),
        (400, 200, 0, none, "(#200) Requires ads_management permission", "permission_missing", "account"),
        (400, 200, 0, none, "API access blocked.", "app_blocked", "report"),
        (400, 200, 0, none, "API access deactivated. To reactivate, go to the app dashboard", "app_blocked", "report"),
        (400, 200, 0, none, "(#200) App is in Development mode", "app_in_development", "report"),
        (401, 190, 0, none, "Error validating access token: Session has expired on Friday", "token_expired", "token"),
        (400, 190, 459, none, "", "token_user_blocked", "token"),
        (400, 270, 0, none, "", "access_tier_too_low", "report"),
        (400, 294, 0, none, "Managing advertisements requires an extended permission", "access_tier_too_low", "report"),
        (400, 341, 0, none, "", "rate_limited", "wait"),
        (400, 368, 0, none, "", "temporarily_blocked", "report"),
        (400, 613, 0, none, "", "rate_limited", "wait"),
        (400, 613, 1_487_742, none, "", "rate_limited", "wait"),
        (400, 960, 0, none, "", "provider_unavailable", "retry"),
        (400, 1150, 0, none, "", "provider_unavailable", "retry"),
        (400, 2500, 0, none, "", "request_invalid", "account"),
        (400, 2601, 1_815_107, none, "Error accessing adreport job", "provider_unavailable", "retry"),
        (400, 2635, 0, none, "", "api_version_retired", "report"),
        (400, 2642, 0, none, "Invalid cursors values", "cursor_expired", "restart"),
        (400, 3018, 0, none, "", "range_too_old", "account"),
        (400, 80_000, 2_446_079, none, "", "rate_limited", "wait"),
        (400, 80_001, 0, none, "", "rate_limited", "wait"),
        (400, 80_002, 0, none, "", "rate_limited", "wait"),
        (400, 80_003, 0, none, "", "rate_limited", "wait"),
        (400, 80_004, 0, none, "", "rate_limited", "wait"),
        (400, 80_005, 0, none, "", "rate_limited", "wait"),
        (400, 80_006, 0, none, "", "rate_limited", "wait"),
        (400, 80_009, 0, none, "", "rate_limited", "wait"),
        (400, 80_008, 0, none, "", "rate_limited", "wait"),
        (400, 80_014, 0, none, "", "rate_limited", "wait"),
        (400, 77_777, 0, Some(true), "", "provider_unavailable", "retry"),
        (400, 100, 0, Some(true), "", "provider_unavailable", "retry"),
        (400, 77_777, 0, Some(false), "", "request_refused", "account"),
        (500, 77_777, 0, none, "", "provider_unavailable", "retry"),
    ];
    let mut words = BTreeMap::new();
    for (http, code, subcode, transient, message, class, remedy) in table {
        let mut error = json!({"message": message, "type": "OAuthException", "code": code});
        if *subcode != 0 {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(transient) = transient {
            error["is_transient"] = json!(transient);
        }
        let fault = fault(*http, &json!({ "error": error }));
        assert_eq!(
            (fault.class, word(fault.remedy)),
            (*class, *remedy),
            "{http} {code} {subcode:?} {message}"
        );
        assert!(!fault.sentence.is_empty() && !fault.action.is_empty());
        assert!(fault.sentence.contains(&format!("code {code}")), "{}", fault.sentence);
        assert!(fault.sentence.contains(message), "{}", fault.sentence);
        let own = fault.sentence.split(" Meta's own words").next().unwrap();
        let own = own.split(" (code").next().unwrap();
        words.insert((*class, own.to_owned()), format!("{remedy}; {}", fault.action));
    }
    let words: Vec<String> = words
        .into_iter()
        .map(|((class, sentence), action)| format!("{class}\n  {sentence}\n  {action}"))
        .collect();
    insta::assert_snapshot!("words_of_meta", words.join("\n\n"));
}

#[test]
fn recorded_errors_are_classified() {
    let recorded: Value =
        serde_json::from_str(include_str!("../specimens/errors_from_github_issues.json")).unwrap();
    let meta = recorded.as_array().unwrap().iter().filter(|error| error["api"] == "meta");
    let found: Vec<_> = meta
        .map(|error| {
            let http = u16::try_from(error["http"].as_u64().unwrap()).unwrap();
            let fault = fault(http, &error["body"]);
            (fault.class, word(fault.remedy))
        })
        .collect();
    let expected = [
        ("rate_limited", "wait"),
        ("rate_limited", "wait"),
        ("token_expired", "token"),
        ("token_expired", "token"),
        ("token_unused", "token"),
        ("permission_missing", "account"),
        ("permission_missing", "account"),
        ("permission_missing", "account"),
        ("too_much_data", "smaller page"),
        ("provider_unavailable", "retry"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn answers_without_an_error_body_are_classified_by_status() {
    let class =
        |http: u16| classify(http, &Usage::default(), b"<html>").map(|f| (f.class, word(f.remedy)));
    assert_eq!(class(200), None, "the page parser says what is wrong with it");
    assert_eq!(class(302), Some(("address_wrong", "report")));
    assert_eq!(class(401), Some(("token_invalid", "token")));
    assert_eq!(class(403), Some(("permission_missing", "account")));
    assert_eq!(class(404), Some(("address_wrong", "report")));
    assert_eq!(class(418), Some(("request_refused", "account")));
    assert_eq!(class(429), Some(("rate_limited", "wait")));
    assert_eq!(class(500), Some(("provider_unavailable", "retry")));
    assert_eq!(class(503), Some(("provider_unavailable", "retry")));
}

#[test]
fn an_error_counts_even_under_status_200_and_in_odd_shapes() {
    assert_eq!(
        fault(200, &json!({"error": {"code": "190", "error_subcode": "463"}})).class,
        "token_expired"
    );
    assert_eq!(fault(200, &json!({"error": "API access blocked."})).class, "app_blocked");
    assert_eq!(fault(400, &json!({"error": {}})).class, "request_refused");
    let page = br#"{"data":[]}"#;
    assert_eq!(classify(200, &Usage::default(), page), None);
}

#[test]
fn sentences_are_for_people_and_hold_no_control_characters() {
    let message = format!("line\nbreak\u{202e} {}", "x".repeat(500));
    let fault = fault(400, &json!({"error": {"code": 200, "message": message}}));
    assert!(fault.sentence.starts_with("Meta does not let the token read this ad account."));
    assert!(!fault.sentence.contains('\n') && !fault.sentence.contains('\u{202e}'));
    assert!(fault.sentence.chars().count() < 400);
    assert!(fault.action.contains("Business Settings"));
}

fn usage(headers: &[(&str, &str)]) -> Usage {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    Usage::read(&map)
}

#[test]
fn the_wait_is_the_longest_over_every_id_and_item_in_minutes() {
    let header =
        r#"{"11":[{"type":"ads_insights","call_count":12,"estimated_time_to_regain_access":0},
        {"type":"ads_management","call_count":100,"estimated_time_to_regain_access":7}],
        "22":[{"type":"ads_insights","total_time":"101","estimated_time_to_regain_access":19}]}"#
            .replace('\n', " ");
    let usage = usage(&[("X-Business-Use-Case-Usage", &header)]);
    assert_eq!(usage.regain_access(), Some(Duration::from_secs(19 * 60)));
    assert_eq!(usage.percent(), 101);
    let body = json!({"error": {"code": 80_000}}).to_string();
    let fault = classify(400, &usage, body.as_bytes()).unwrap();
    assert_eq!(fault.remedy, Remedy::Wait { at_least: Duration::from_secs(19 * 60) });
}

#[test]
fn an_account_limit_names_seconds_and_counts_only_when_it_is_reached() {
    let header = |percent| format!(r#"{{"acc_id_util_pct":{percent},"reset_time_duration":90}}"#);
    assert_eq!(usage(&[("x-ad-account-usage", &header(40))]).regain_access(), None);
    let reached = usage(&[("x-ad-account-usage", &header(100))]);
    assert_eq!(reached.regain_access(), Some(Duration::from_secs(90)));
}

#[test]
fn without_a_header_the_wait_depends_on_the_access_tier() {
    let body = json!({"error": {"code": 17}}).to_string();
    let wait = |usage: &Usage| classify(400, usage, body.as_bytes()).unwrap().remedy;
    let full = usage(&[(
        "x-fb-ads-insights-throttle",
        r#"{"app_id_util_pct":10.5,"ads_api_access_tier":"standard_access"}"#,
    )]);
    assert_eq!(wait(&full), Remedy::Wait { at_least: Duration::from_secs(60) });
    let tier = |name: &str| {
        let header = format!(r#"{{"app_id_util_pct":10,"ads_api_access_tier":"{name}"}}"#);
        usage(&[("x-fb-ads-insights-throttle", &header)])
    };
    assert!(tier("full_access").full_access, "as the tiers are named since May 2026");
    assert!(!tier("limited_access").full_access && !tier("development_access").full_access);
    assert_eq!(wait(&Usage::default()), Remedy::Wait { at_least: Duration::from_secs(300) });
}

#[test]
fn every_limit_says_how_long_to_wait_in_the_unit_of_its_header() {
    let business = |minutes| json!({"7": [{"type": "ads_insights", "estimated_time_to_regain_access": minutes}]});
    let account = json!({"acc_id_util_pct": 100, "reset_time_duration": 90, "ads_api_access_tier": "standard_access"});
    let app = json!({"call_count": 100, "total_time": 25, "total_cputime": 25});
    let throttle = json!({"app_id_util_pct": 100, "acc_id_util_pct": 10, "ads_api_access_tier": "development_access"});
    let table = [
        (80_000, "x-business-use-case-usage", business(3), 180),
        (80_004, "x-business-use-case-usage", business(0), 300),
        (613, "x-ad-account-usage", account, 90),
        (4, "x-app-usage", app, 300),
        (17, "x-fb-ads-insights-throttle", throttle.clone(), 300),
        (17, "x-fb-ads-insights-reach-throttle", throttle, 300),
        (32, "x-unknown", json!({}), 300),
        // Nothing is believed beyond a day.
        (80_000, "x-business-use-case-usage", business(10_000_000), 86_400),
    ];
    for (code, header, value, seconds) in table {
        let usage = usage(&[(header, &value.to_string())]);
        let body = json!({"error": {"code": code}}).to_string();
        let fault = classify(400, &usage, body.as_bytes()).unwrap();
        let wait = Remedy::Wait { at_least: Duration::from_secs(seconds) };
        assert_eq!(fault.remedy, wait, "{code} {header} {value}");
    }
}

#[test]
fn broken_headers_say_nothing() {
    let broken =
        usage(&[("x-app-usage", "not json"), ("x-ad-account-usage", r#"{"acc_id_util_pct":[]}"#)]);
    assert_eq!(broken, Usage::default());
}
