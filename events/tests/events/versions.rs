//! Schema versions: older payloads are upcast step by step, newer ones refused with a remedy.

use serde_json::{Value, json};
use weekledger_events::envelope::{ReadError, read_envelope};
use weekledger_events::payload::{ReleaseGranted, SendResult};
use weekledger_events::schema::{SchemaError, Upcasters};
use weekledger_events::{EventType, Payload};

use crate::sample_week;

fn rename(mut payload: Value) -> Result<Value, String> {
    let fields = payload.as_object_mut().ok_or("not an object")?;
    let value = fields.remove("why").ok_or("the field why is missing")?;
    fields.insert("reason".to_owned(), value);
    Ok(payload)
}

fn add(mut payload: Value) -> Result<Value, String> {
    payload["granted_by"] = json!("unknown");
    Ok(payload)
}

fn two_steps() -> Upcasters {
    Upcasters::default().with(EventType::ReleaseGranted, 1, rename).with(
        EventType::ReleaseGranted,
        2,
        add,
    )
}

#[test]
fn a_payload_of_version_1_passes_every_step_to_version_3() {
    let old = json!({ "why": "looked at" });
    let new = two_steps().upcast(EventType::ReleaseGranted, 1, 3, old).unwrap();
    assert_eq!(new, json!({ "reason": "looked at", "granted_by": "unknown" }));
}

#[test]
fn a_payload_of_the_newest_version_is_left_alone() {
    let payload = json!({ "anything": true });
    let same = two_steps().upcast(EventType::ReleaseGranted, 3, 3, payload.clone()).unwrap();
    assert_eq!(same, payload);
}

#[test]
fn a_newer_payload_is_refused_and_the_remedy_named() {
    let payload = &sample_week::stored()[0].payload;
    let error = Payload::read(EventType::RunRequested, 2, payload).unwrap_err();
    assert!(matches!(error, SchemaError::Newer { found: 2, newest: 1, .. }));
    assert!(error.to_string().contains("install a newer weekledger"));
}

#[test]
fn a_step_that_fails_says_what_was_unexpected() {
    let error = two_steps().upcast(EventType::ReleaseGranted, 1, 3, json!({})).unwrap_err();
    assert!(error.to_string().contains("the field why is missing"), "{error}");
}

#[test]
fn a_version_without_an_upcaster_is_an_error_and_never_skipped() {
    let error = two_steps().upcast(EventType::ReportSent, 1, 2, json!({})).unwrap_err();
    assert!(matches!(error, SchemaError::NoUpcaster { found: 1, .. }));
}

#[test]
fn an_envelope_of_a_newer_format_is_refused_even_if_its_fields_are_unknown() {
    let error = read_envelope(br#"{"format":2,"new":"field"}"#).unwrap_err();
    assert!(matches!(error, ReadError::NewerEnvelope { found: 2 }));
}

#[test]
fn an_envelope_that_is_not_canonical_is_refused() {
    let event = &sample_week::stored()[0];
    let spaced = String::from_utf8(event.envelope.clone()).unwrap().replacen(':', ": ", 1);
    assert!(matches!(read_envelope(spaced.as_bytes()).unwrap_err(), ReadError::NotCanonical));
}

#[test]
fn what_was_recorded_before_refusals_could_pass_reads_as_before_and_keeps_its_bytes() {
    let refused = json!({ "result": "refused", "sentence": "no" });
    let read: SendResult = serde_json::from_value(refused.clone()).unwrap();
    assert_eq!(read, SendResult::refused("no"));
    assert_eq!(serde_json::to_value(&read).unwrap(), refused);
    let analysis = "00000abc-0000-5000-8000-000000000000";
    let release = json!({ "analysis": analysis, "granted_by": "you", "reason": "looked at" });
    let read: ReleaseGranted = serde_json::from_value(release.clone()).unwrap();
    assert_eq!(read.again, None);
    assert_eq!(serde_json::to_value(&read).unwrap(), release);
}
