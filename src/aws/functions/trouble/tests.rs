//! Both envelopes of a failure, and which failures time may mend.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger_events::payload::{FailureClass, Stage};

use super::Trouble;

fn message(body: Value, attributes: Value) -> Value {
    json!({
        "messageId": "m-1",
        "body": body.to_string(),
        "attributes": { "SentTimestamp": "1795410000000" },
        "messageAttributes": attributes,
    })
}

/// As Lambda writes it after the last retry.
fn record(error: Value) -> Trouble {
    let body = json!({
        "version": "1.0",
        "timestamp": "2026-11-23T05:00:00.000Z",
        "requestContext": {
            "requestId": "r-1", "functionArn": "arn", "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": { "schedule": "watch" },
        "responseContext": { "statusCode": 200, "functionError": "Unhandled" },
        "responsePayload": error,
    });
    Trouble::read(&message(body, json!({}))).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

#[test]
fn an_error_of_ours_is_told_in_its_words_without_what_differs_each_time() {
    let error =
        "the bus failed: EventBridge PutEvents failed with X: y (request a-1): z (request b)";
    let trouble = record(json!({ "errorType": "Weekledger.Retryable", "errorMessage": error }));
    assert_eq!(trouble.input, json!({ "schedule": "watch" }));
    let given_up = trouble.given_up(Stage::Compute, now());
    assert_eq!(
        given_up.sentence,
        "compute was given up after 3 attempts: the bus failed: EventBridge PutEvents failed with \
         X: y: z"
    );
    assert_eq!(given_up.class, FailureClass::Waiting);
    assert_eq!(given_up.retry_at, now() + SignedDuration::from_mins(15));
    assert_eq!(given_up.at, Timestamp::from_millisecond(1_795_410_000_000).unwrap());
}

#[test]
fn a_time_out_passes_and_a_killed_process_needs_a_person() {
    let out =
        record(json!({ "errorMessage": "2026-11-23T05:00:00Z r-1 Task timed out after 3.00 s" }));
    assert_eq!(out.sentence("fetch"), "fetch was given up after 3 attempts: its time was used up");
    assert_eq!(out.given_up(Stage::Fetch, now()).class, FailureClass::Waiting);
    let killed = record(json!({
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r-1 Error: Runtime exited with error: signal: killed",
    }));
    let given_up = killed.given_up(Stage::Fetch, now());
    assert_eq!(
        given_up.sentence,
        "fetch was given up after 3 attempts: its process ended with Runtime.ExitError"
    );
    assert_eq!(given_up.class, FailureClass::Fatal);
    let panicked =
        json!({ "errorType": "alloc::boxed::Box<dyn core::any::Any>", "errorMessage": "x" });
    assert_eq!(
        record(panicked).sentence("fetch"),
        "fetch was given up after 3 attempts: it panicked"
    );
    let damaged = json!({ "errorType": "Weekledger.Damaged", "errorMessage": "broken" });
    assert_eq!(record(damaged).given_up(Stage::Fetch, now()).class, FailureClass::Fatal);
}

#[test]
fn an_event_that_was_never_handed_over_comes_plain_with_the_reason_beside_it() {
    let event = json!({ "source": "weekledger", "detail-type": "RawFetched", "detail": {} });
    let attributes =
        json!({ "ERROR_CODE": { "stringValue": "NO_PERMISSIONS", "dataType": "String" } });
    let trouble = Trouble::read(&message(event.clone(), attributes)).unwrap();
    assert_eq!(trouble.input, event);
    assert_eq!(trouble.sentence("compute"), "compute could not be called: NO_PERMISSIONS");
    assert_eq!(trouble.given_up(Stage::Compute, now()).class, FailureClass::Waiting);
}

#[test]
fn a_message_without_time_or_json_is_refused() {
    let untimed = json!({ "body": "{}" });
    let text = json!({ "body": "x", "attributes": { "SentTimestamp": "1" } });
    for message in [untimed, text, json!(null)] {
        assert!(Trouble::read(&message).is_err(), "{message}");
    }
}
