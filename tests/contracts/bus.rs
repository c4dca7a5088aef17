//! What every bus promises: whatever it accepts arrives, at least once, and it answers for each
//! message. Neither order nor number is promised.

use weekledger::ports::{Bus, Entry, Message, OwnerNotice};
use weekledger_events::{EventType, Pointer};

use crate::place::{Place, race};
use crate::samples::{event_id, run_id, sequence, stream};

/// A place for a bus.
pub trait BusPlace: Place<Port = dyn Bus> {
    /// What arrived at the other end so far.
    async fn received(&self) -> Vec<Message>;
}

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! bus_contract {
    ($place:expr) => {
        cases! { bus, $place;
            an_empty_batch_has_no_answers
            pointers_and_notices_arrive_whole
            a_batch_of_any_size_is_answered_message_by_message_and_arrives
            a_message_published_twice_arrives_at_least_once
            a_message_that_is_too_large_is_refused_alone
            many_publishers_at_once_lose_nothing
        }
    };
}

pub fn pointer(number: u32) -> Message {
    Message::Pointer(Pointer {
        stream: stream("hotels/2026-W47"),
        sequence: sequence(number),
        event: event_id(number),
        event_type: EventType::RawFetched,
        run: run_id(1),
    })
}

pub fn notice(sentence: &str, action: Option<&str>) -> Message {
    Message::Notice(OwnerNotice {
        stream: stream("hotels/2026-W47"),
        sentence: sentence.to_owned(),
        action: action.map(str::to_owned),
    })
}

/// Fails unless exactly these arrived, each at least once.
#[track_caller]
fn expect_arrived(received: &[Message], published: &[Message]) {
    for message in published {
        assert!(received.contains(message), "{message:?} did not arrive");
    }
    for message in received {
        assert!(published.contains(message), "{message:?} was never published");
    }
}

pub async fn an_empty_batch_has_no_answers(place: &impl BusPlace) {
    assert_eq!(place.open().await.publish(&[]).await.unwrap(), []);
    expect_arrived(&place.received().await, &[]);
}

pub async fn pointers_and_notices_arrive_whole(place: &impl BusPlace) {
    let messages =
        [pointer(1), notice("the token \"x\" expired ▲\n", Some("make one")), notice("", None)];
    let entries = place.open().await.publish(&messages).await.unwrap();
    assert_eq!(entries, vec![Entry::Accepted; 3]);
    expect_arrived(&place.received().await, &messages);
}

/// Managed buses take ten a request; that is their adapter's business.
pub async fn a_batch_of_any_size_is_answered_message_by_message_and_arrives(place: &impl BusPlace) {
    let messages: Vec<_> = (1..=25).map(pointer).collect();
    let entries = place.open().await.publish(&messages).await.unwrap();
    assert_eq!(entries, vec![Entry::Accepted; 25]);
    expect_arrived(&place.received().await, &messages);
}

pub async fn a_message_published_twice_arrives_at_least_once(place: &impl BusPlace) {
    let bus = place.open().await;
    bus.publish(&[pointer(1), pointer(1)]).await.unwrap();
    bus.publish(&[pointer(1)]).await.unwrap();
    expect_arrived(&place.received().await, &[pointer(1)]);
}

pub async fn a_message_that_is_too_large_is_refused_alone(place: &impl BusPlace) {
    let large = notice(&"x".repeat(300_000), None);
    let messages = [pointer(1), large, pointer(3)];
    let entries = place.open().await.publish(&messages).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!((&entries[0], &entries[2]), (&Entry::Accepted, &Entry::Accepted));
    assert!(matches!(&entries[1], Entry::Refused(why) if !why.is_empty()));
    expect_arrived(&place.received().await, &[pointer(1), pointer(3)]);
}

pub async fn many_publishers_at_once_lose_nothing(place: &impl BusPlace) {
    drop(place.open().await);
    race(place, 8, async |number, bus: Box<dyn Bus>| {
        for message in 0..5 {
            let message = pointer(number as u32 * 5 + message + 1);
            assert_eq!(bus.publish(&[message]).await.unwrap(), [Entry::Accepted]);
        }
    });
    let all: Vec<_> = (1..=40).map(pointer).collect();
    expect_arrived(&place.received().await, &all);
}
