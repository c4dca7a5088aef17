//! What the EventBridge bus promises beyond the contract. The emulator accepts whatever it is
//! sent, so refusals are scripted.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use weekledger::aws::{EventBus, read_message};
use weekledger::embedded::SetClock;
use weekledger::ports::{Bus, BusError, Entry, Message};

use crate::bus::{notice, pointer};
use crate::emulator::{cloud_at, cloud_with, impatient, patient};
use crate::place::run;
use crate::places::BusWithQueue;
use crate::wire::{Act, Proxy, nobody};

fn messages(count: u32) -> Vec<Message> {
    (1..=count).map(pointer).collect()
}

/// The pauses cost no time.
async fn behind(proxy: &Proxy) -> EventBus {
    let clock = SetClock::new(Timestamp::UNIX_EPOCH);
    cloud_with(&proxy.endpoint(), impatient(), Arc::new(clock)).await.bus("bus")
}

/// The sequence numbers of the pointers in each request.
fn sent(proxy: &Proxy) -> Vec<Vec<u64>> {
    let number = |entry: &Value| {
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        detail["sequence"].as_u64().unwrap()
    };
    let numbers = |body: Value| body["Entries"].as_array().unwrap().iter().map(number).collect();
    proxy.seen().iter().map(|(request, _)| numbers(request.json())).collect()
}

#[test]
fn only_the_entries_that_failed_are_sent_again_and_each_has_its_own_answer() {
    let proxy = Proxy::start(|number, _| match number {
        0 => Act::Answer(
            200,
            r#"{"FailedEntryCount":2,"Entries":[{"EventId":"a"},
                {"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"},
                {"ErrorCode":"InternalFailure","ErrorMessage":"?"},{"EventId":"d"}]}"#,
        ),
        1 => Act::Answer(
            200,
            r#"{"FailedEntryCount":1,"Entries":[{"EventId":"b"},
                {"ErrorCode":"InternalFailure","ErrorMessage":"?"}]}"#,
        ),
        _ => Act::Answer(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"c"}]}"#),
    });
    let entries = run(async { behind(&proxy).await.publish(&messages(4)).await }).unwrap();
    assert_eq!(entries, vec![Entry::Accepted; 4]);
    assert_eq!(sent(&proxy), [vec![1, 2, 3, 4], vec![2, 3], vec![3]]);
}

#[test]
fn an_entry_that_is_refused_is_not_sent_again_and_the_others_are_taken() {
    let proxy = Proxy::start(|_, _| {
        Act::Answer(
            200,
            r#"{"FailedEntryCount":1,"Entries":[{"EventId":"a"},
                {"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}]}"#,
        )
    });
    let entries = run(async { behind(&proxy).await.publish(&messages(2)).await }).unwrap();
    let why = "EventBridge answered MalformedDetail: Detail is malformed.".to_owned();
    assert_eq!(entries, [Entry::Accepted, Entry::Refused(why)]);
    assert_eq!(sent(&proxy), [vec![1, 2]]);
}

#[test]
fn an_entry_that_fails_for_ever_is_refused_after_five_attempts() {
    let proxy = Proxy::start(|_, _| {
        Act::Answer(
            200,
            r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"slow"}]}"#,
        )
    });
    let entries = run(async { behind(&proxy).await.publish(&messages(1)).await }).unwrap();
    assert!(matches!(&entries[0], Entry::Refused(why) if why.contains("5 times")), "{entries:?}");
    assert_eq!(sent(&proxy).len(), 5);
}

#[test]
fn an_entry_without_an_answer_is_sent_again() {
    let proxy = Proxy::start(|number, _| match number {
        0 => Act::Answer(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"a"}]}"#),
        _ => Act::Answer(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"b"}]}"#),
    });
    let entries = run(async { behind(&proxy).await.publish(&messages(2)).await }).unwrap();
    assert_eq!(entries, vec![Entry::Accepted; 2]);
    assert_eq!(sent(&proxy), [vec![1, 2], vec![2]]);
}

#[test]
fn ten_entries_make_a_request() {
    let place = BusWithQueue::new();
    let proxy = Proxy::start(|_, _| Act::Pass);
    let bus = run(cloud_at(&proxy.endpoint(), patient())).bus(&place.bus);
    run(bus.publish(&messages(25))).unwrap();
    assert_eq!(sent(&proxy).iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
}

#[test]
fn a_request_that_was_not_answered_is_sent_again() {
    let place = BusWithQueue::new();
    let proxy = Proxy::start(|number, _| if number == 0 { Act::PassAndDrop } else { Act::Pass });
    let bus = run(cloud_at(&proxy.endpoint(), impatient())).bus(&place.bus);
    assert_eq!(run(bus.publish(&messages(1))).unwrap(), [Entry::Accepted]);
    assert_eq!(sent(&proxy), [vec![1], vec![1]]);
}

#[test]
fn a_missing_permission_refuses_every_message_with_the_code() {
    let denied = r#"{"__type":"AccessDeniedException","Message":"not authorized to perform: events:PutEvents"}"#;
    let proxy = Proxy::start(move |_, _| Act::Answer(400, denied));
    let entries = run(async { behind(&proxy).await.publish(&messages(2)).await }).unwrap();
    for entry in entries {
        let Entry::Refused(why) = entry else { panic!("{entry:?}") };
        assert!(why.contains("AccessDeniedException"), "{why}");
    }
    assert_eq!(proxy.seen().len(), 1);
}

#[test]
fn a_service_that_cannot_be_reached_is_unavailable() {
    let error = run(async {
        let bus = cloud_at(&nobody(), impatient()).await.bus("bus");
        bus.publish(&messages(1)).await.unwrap_err()
    });
    assert!(matches!(error, BusError::Unavailable(_)), "{error:?}");
}

#[test]
fn an_event_has_source_type_and_bus_that_rules_can_match() {
    let proxy = Proxy::start(|_, _| {
        Act::Answer(200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"a"},{"EventId":"b"}]}"#)
    });
    let published = [pointer(7), notice("the token expired", Some("make one"))];
    run(async { behind(&proxy).await.publish(&published).await }).unwrap();
    let body = proxy.seen()[0].0.json();
    let entries = body["Entries"].as_array().unwrap();
    for (entry, detail_type) in entries.iter().zip(["RawFetched", "OwnerNotice"]) {
        assert_eq!(entry["EventBusName"], "bus");
        assert_eq!(entry["Source"], "weekledger");
        assert_eq!(entry["DetailType"], detail_type);
    }
    // A pointer and nothing more.
    let detail: Value = serde_json::from_str(entries[0]["Detail"].as_str().unwrap()).unwrap();
    let fields: Vec<_> = detail.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["event", "event_type", "run", "sequence", "stream"]);
    for (entry, message) in entries.iter().zip(published) {
        let parts = (entry["DetailType"].as_str().unwrap(), entry["Detail"].as_str().unwrap());
        assert_eq!(read_message(parts.0, parts.1).unwrap(), message);
    }
}

#[test]
fn an_event_of_another_program_is_an_error_that_names_its_type() {
    let error = read_message("EC2 Instance State-change Notification", "{}").unwrap_err();
    assert!(error.to_string().contains("EC2 Instance"), "{error}");
}
