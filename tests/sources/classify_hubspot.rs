//! Every documented error of HubSpot, to class, remedy and sentence.

use std::time::Duration;

use serde_json::{Value, json};
use weekledger::sources::fault::Remedy;
use weekledger::sources::hubspot::error::classify;

use crate::parse_contacts::recorded_body;

fn wait(seconds: u64) -> Remedy {
    Remedy::Wait { at_least: Duration::from_secs(seconds) }
}

const RETRY: Remedy = Remedy::Retry { after: None };

#[test]
fn each_documented_answer_has_its_class_and_remedy() {
    let policy =
        |name: &str| json!({"status": "error", "errorType": "RATE_LIMIT", "policyName": name});
    let said = |message: &str| json!({"status": "error", "message": message});
    let category = |name: &str| json!({"status": "error", "category": name});
    let table: Vec<(u16, Value, &str, Remedy)> = vec![
        (429, policy("SECONDLY"), "rate_limited", wait(1)),
        (429, policy("TEN_SECONDLY_ROLLING"), "rate_limited", wait(10)),
        (429, policy("DAILY"), "daily_limit", Remedy::Pull),
        (429, said("You have reached your secondly limit."), "rate_limited", wait(1)),
        (429, said("You have reached your ten_secondly_rolling limit."), "rate_limited", wait(10)),
        (429, said("You have reached your daily limit."), "daily_limit", Remedy::Pull),
        (429, category("RATE_LIMITS"), "rate_limited", wait(10)),
        (401, said("Authentication credentials not found."), "token_invalid", Remedy::NewToken),
        (401, category("EXPIRED_AUTHENTICATION"), "token_expired", Remedy::NewToken),
        (403, category("MISSING_SCOPES"), "permission_missing", Remedy::Pull),
        (403, json!({}), "forbidden", Remedy::Pull),
        (400, said("Invalid input JSON"), "request_refused", Remedy::Pull),
        (404, said("not found"), "address_wrong", Remedy::Pull),
        (414, json!({}), "request_refused", Remedy::Pull),
        (423, json!({}), "locked", wait(2)),
        (477, json!({}), "account_moving", wait(60)),
        (500, json!({}), "provider_unavailable", RETRY),
        (502, json!({}), "provider_unavailable", RETRY),
        (503, json!({}), "provider_unavailable", RETRY),
        (504, json!({}), "provider_unavailable", RETRY),
        (521, json!({}), "provider_unavailable", RETRY),
        (522, json!({}), "provider_unavailable", RETRY),
        (523, json!({}), "provider_unavailable", RETRY),
        (400, category("VALIDATION_ERROR"), "request_refused", Remedy::Pull),
        (524, json!({}), "provider_unavailable", RETRY),
        (530, json!({}), "token_malformed", Remedy::NewToken),
        (301, json!({}), "address_wrong", Remedy::Pull),
        (200, said("internal error"), "provider_unavailable", RETRY),
    ];
    let mut words = std::collections::BTreeMap::new();
    for (status, body, class, remedy) in table {
        let fault = classify(status, body.to_string().as_bytes()).unwrap();
        assert_eq!((fault.class, fault.remedy), (class, remedy), "{status} {body}");
        assert!(fault.sentence.contains(&status.to_string()), "{}", fault.sentence);
        assert!(!fault.action.is_empty());
        let own = fault.sentence.split(" HubSpot's own words").next().unwrap();
        let own = own.split(" (HTTP").next().unwrap();
        words.insert((class, own.to_owned()), fault.action);
    }
    let words: Vec<String> = words
        .into_iter()
        .map(|((class, sentence), action)| format!("{class}\n  {sentence}\n  {action}"))
        .collect();
    insta::assert_snapshot!("words_of_hubspot", words.join("\n\n"));
}

#[test]
fn recorded_errors_are_classified() {
    let recorded: Value =
        serde_json::from_str(include_str!("../specimens/errors_from_github_issues.json")).unwrap();
    let hubspot = recorded.as_array().unwrap().iter().filter(|error| error["api"] == "hubspot");
    let remedies: Vec<_> = hubspot
        .map(|error| classify(429, error["body"].to_string().as_bytes()).unwrap().remedy)
        .collect();
    assert_eq!(remedies, [wait(10), wait(1), wait(1)]);

    let scope = recorded_body(include_str!(
        "../specimens/hubspot/ruby_hubspot_api__contacts__find_by_id_no_scope.yml"
    ));
    let fault = classify(403, scope.as_bytes()).unwrap();
    assert_eq!(fault.class, "permission_missing");
    assert!(
        fault.sentence.contains("This app hasn't been granted all required scopes"),
        "{}",
        fault.sentence
    );
    let rights = recorded_body(include_str!(
        "../specimens/hubspot/ruby_hubspot_api__contacts__properties_no_scope.yml"
    ));
    assert_eq!(classify(403, rights.as_bytes()).unwrap().class, "permission_missing");
}

#[test]
fn a_page_is_no_error() {
    assert_eq!(classify(200, br#"{"total":0,"results":[]}"#), None);
    assert_eq!(classify(200, b"<html>"), None, "the page parser says what is wrong with it");
}
