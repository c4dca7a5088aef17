//! Every shape of input, and what is refused.

use serde_json::{Value, json};
use weekledger_events::EventType;

use super::{Input, Scheduled};

fn pointer(event_type: &str) -> Value {
    let id = "00000001-0000-5000-8000-000000000000";
    json!({
        "stream": { "report": "weekly", "week": "2026-W47" },
        "sequence": 1, "event": id, "event_type": event_type, "run": id,
    })
}

fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "e-1", "account": "1", "region": "eu-west-1", "resources": [],
        "time": "2026-11-23T04:00:00Z",
        "source": source, "detail-type": detail_type, "detail": detail,
    })
}

fn refusal(input: Value) -> String {
    match Input::read(input) {
        Ok(read) => panic!("{read:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_schedule_names_report_and_its_own_time() {
    let input =
        json!({ "schedule": "open", "report": "weekly", "scheduled": "2026-11-23T04:00:00Z" });
    let Ok(Input::Scheduled(Scheduled::Open(time))) = Input::read(input) else { panic!() };
    assert_eq!(time.report.as_str(), "weekly");
    assert_eq!(time.scheduled.to_string(), "2026-11-23T04:00:00Z");
    let watch = Input::read(json!({ "schedule": "watch", "scheduled": "2026-11-23T04:00:00Z" }));
    assert!(matches!(watch, Ok(Input::Scheduled(Scheduled::Watch {}))));
}

#[test]
fn a_time_that_the_scheduler_did_not_fill_in_is_refused() {
    let input = json!({
        "schedule": "open", "report": "weekly", "scheduled": "<aws.scheduler.scheduled-time>",
    });
    assert!(refusal(input).contains("a schedule's input"));
}

#[test]
fn a_pointer_comes_in_the_envelope_of_the_bus() {
    let read = Input::read(event("weekledger", "RawFetched", pointer("RawFetched")));
    let Ok(Input::Pointer(pointer)) = read else { panic!("{read:?}") };
    assert_eq!(pointer.event_type, EventType::RawFetched);
    assert_eq!(pointer.stream.to_string(), "weekly/2026-W47");
}

#[test]
fn a_pointer_under_another_name_a_notice_and_a_foreign_event_are_refused() {
    let wrong = refusal(event("weekledger", "RawFetched", pointer("ReportSent")));
    assert!(wrong.contains("a pointer to ReportSent as RawFetched"), "{wrong}");
    let notice = json!({
        "stream": { "report": "weekly", "week": "2026-W47" }, "sentence": "s", "action": null,
    });
    assert!(refusal(event("weekledger", "OwnerNotice", notice)).contains("a notice"));
    assert!(refusal(event("aws.ec2", "State", json!({}))).contains("aws.ec2"));
    for other in [json!(null), json!([]), json!({}), json!({ "Records": 1 }), json!("x")] {
        assert!(refusal(other.clone()).contains("cannot be understood"), "{other}");
    }
}
