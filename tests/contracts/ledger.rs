//! What every ledger promises: streams that only grow, at one place, by one writer at a time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use weekledger::ports::{Append, Ledger, LedgerItem};
use weekledger_events::{Digest, StreamId};

use crate::place::{LedgerPlace, race};
use crate::samples::{item, noise, sequence, stream};

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! ledger_contract {
    ($place:expr) => {
        cases! { ledger, $place;
            an_unknown_stream_is_empty
            an_appended_event_comes_back_byte_for_byte
            an_empty_payload_is_not_a_missing_one
            a_large_payload_comes_back_byte_for_byte
            a_first_event_that_names_a_predecessor_conflicts
            a_second_event_that_names_none_conflicts
            a_wrong_predecessor_conflicts
            a_predecessor_of_another_stream_conflicts
            a_gap_conflicts
            a_taken_slot_conflicts_even_for_the_same_bytes
            a_conflict_stores_nothing
            streams_do_not_touch_each_other
            streams_are_listed_once_and_sorted
            more_than_a_thousand_events_come_back_in_order
            what_was_stored_is_there_for_the_next_handle
            of_many_handles_racing_for_a_slot_exactly_one_wins
            of_many_calls_on_one_handle_exactly_one_wins
            handles_that_take_turns_fill_every_slot_once
        }

        #[test]
        fn any_sequence_of_appends_agrees_with_a_model() {
            $crate::ledger::agrees_with_a_model(|| $place);
        }
    };
}

fn week_47() -> StreamId {
    stream("hotels/2026-W47")
}

fn digest(item: &LedgerItem) -> Digest {
    Digest::of(&item.envelope)
}

/// Appends `count` events to an empty stream and returns them.
async fn fill(ledger: &dyn Ledger, stream: &StreamId, count: u32) -> Vec<LedgerItem> {
    let mut items: Vec<LedgerItem> = Vec::new();
    for number in 1..=count {
        let previous = items.last().map(digest);
        let item = item(stream, number, previous, number, Some(b"{}"));
        let stored = ledger.append(stream, sequence(number), previous, &item).await.unwrap();
        assert_eq!(stored, Append::Stored, "event {number}");
        items.push(item);
    }
    items
}

pub async fn an_unknown_stream_is_empty(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    assert_eq!(ledger.load(&week_47()).await.unwrap(), []);
    assert_eq!(ledger.streams().await.unwrap(), []);
}

pub async fn an_appended_event_comes_back_byte_for_byte(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let first = item(&week_47(), 1, None, 1, Some(b"\x00\xff{\"caf\xc3\xa9\": \r\n1}"));
    let stored = ledger.append(&week_47(), sequence(1), None, &first).await.unwrap();
    assert_eq!(stored, Append::Stored);
    assert_eq!(ledger.load(&week_47()).await.unwrap(), [first]);
}

pub async fn an_empty_payload_is_not_a_missing_one(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let empty = item(&week_47(), 1, None, 1, Some(b""));
    let missing = item(&week_47(), 2, Some(digest(&empty)), 2, None);
    ledger.append(&week_47(), sequence(1), None, &empty).await.unwrap();
    ledger.append(&week_47(), sequence(2), Some(digest(&empty)), &missing).await.unwrap();
    let payloads: Vec<_> =
        ledger.load(&week_47()).await.unwrap().into_iter().map(|item| item.payload).collect();
    assert_eq!(payloads, [Some(Vec::new()), None]);
}

/// The largest payload that is kept in an item.
pub async fn a_large_payload_comes_back_byte_for_byte(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let large = item(&week_47(), 1, None, 1, Some(&noise(64 << 10, 1)));
    ledger.append(&week_47(), sequence(1), None, &large).await.unwrap();
    assert_eq!(ledger.load(&week_47()).await.unwrap(), [large]);
}

pub async fn a_first_event_that_names_a_predecessor_conflicts(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let previous = Some(Digest::of(b"nobody"));
    let first = item(&week_47(), 1, previous, 1, None);
    let stored = ledger.append(&week_47(), sequence(1), previous, &first).await.unwrap();
    assert_eq!(stored, Append::Conflict);
    assert_eq!(ledger.load(&week_47()).await.unwrap(), []);
}

pub async fn a_second_event_that_names_none_conflicts(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let items = fill(&*ledger, &week_47(), 1).await;
    let second = item(&week_47(), 2, None, 2, None);
    let stored = ledger.append(&week_47(), sequence(2), None, &second).await.unwrap();
    assert_eq!(stored, Append::Conflict);
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
}

/// Neither a stranger nor the event before the one before.
pub async fn a_wrong_predecessor_conflicts(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let items = fill(&*ledger, &week_47(), 2).await;
    for previous in [Digest::of(b"nobody"), digest(&items[0])] {
        let third = item(&week_47(), 3, Some(previous), 3, None);
        let stored = ledger.append(&week_47(), sequence(3), Some(previous), &third).await.unwrap();
        assert_eq!(stored, Append::Conflict);
    }
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
}

pub async fn a_predecessor_of_another_stream_conflicts(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let other = stream("hotels/2026-W46");
    let strangers = fill(&*ledger, &other, 1).await;
    let items = fill(&*ledger, &week_47(), 1).await;
    let previous = Some(digest(&strangers[0]));
    let second = item(&week_47(), 2, previous, 2, None);
    let stored = ledger.append(&week_47(), sequence(2), previous, &second).await.unwrap();
    assert_eq!(stored, Append::Conflict);
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
}

/// Also where the named predecessor is the head of the stream, and on an empty stream.
pub async fn a_gap_conflicts(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let second = item(&week_47(), 2, None, 2, None);
    let stored = ledger.append(&week_47(), sequence(2), None, &second).await.unwrap();
    assert_eq!(stored, Append::Conflict);

    let items = fill(&*ledger, &week_47(), 1).await;
    for previous in [Some(digest(&items[0])), None] {
        let third = item(&week_47(), 3, previous, 3, None);
        let stored = ledger.append(&week_47(), sequence(3), previous, &third).await.unwrap();
        assert_eq!(stored, Append::Conflict);
    }
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
}

/// The driver, not the ledger, recognises its own event; the ledger never says "stored" twice.
pub async fn a_taken_slot_conflicts_even_for_the_same_bytes(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let items = fill(&*ledger, &week_47(), 2).await;
    let previous = Some(digest(&items[0]));
    for second in [items[1].clone(), item(&week_47(), 2, previous, 9, None)] {
        let stored = ledger.append(&week_47(), sequence(2), previous, &second).await.unwrap();
        assert_eq!(stored, Append::Conflict);
    }
    let stored = ledger.append(&week_47(), sequence(1), None, &items[0]).await.unwrap();
    assert_eq!(stored, Append::Conflict);
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
}

pub async fn a_conflict_stores_nothing(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let previous = Some(Digest::of(b"nobody"));
    let second = item(&week_47(), 2, previous, 2, None);
    ledger.append(&week_47(), sequence(2), previous, &second).await.unwrap();
    assert_eq!(ledger.streams().await.unwrap(), []);
    assert_eq!(fill(&*ledger, &week_47(), 3).await, ledger.load(&week_47()).await.unwrap());
}

pub async fn streams_do_not_touch_each_other(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let streams = ["a/2026-W47", "a-b/2026-W47", "a/2026-W04", "a/2027-W47"].map(stream);
    let mut filled = Vec::new();
    for (stream, count) in streams.iter().zip(1..) {
        filled.push(fill(&*ledger, stream, count).await);
    }
    for (stream, items) in streams.iter().zip(filled) {
        assert_eq!(ledger.load(stream).await.unwrap(), items, "{stream}");
    }
}

pub async fn streams_are_listed_once_and_sorted(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    for text in ["b/2026-W47", "a-b/2026-W01", "a/2026-W47", "a/2025-W52", "a1/2026-W02"] {
        fill(&*ledger, &stream(text), 2).await;
    }
    let sorted =
        ["a/2025-W52", "a/2026-W47", "a-b/2026-W01", "a1/2026-W02", "b/2026-W47"].map(stream);
    assert_eq!(ledger.streams().await.unwrap(), sorted);
}

pub async fn more_than_a_thousand_events_come_back_in_order(place: &impl LedgerPlace) {
    let ledger = place.open().await;
    let items = fill(&*ledger, &week_47(), 1_100).await;
    assert!(ledger.load(&week_47()).await.unwrap() == items);
}

pub async fn what_was_stored_is_there_for_the_next_handle(place: &impl LedgerPlace) {
    let items = {
        let ledger = place.open().await;
        fill(&*ledger, &week_47(), 2).await
    };
    let ledger = place.open().await;
    assert_eq!(ledger.load(&week_47()).await.unwrap(), items);
    assert_eq!(ledger.streams().await.unwrap(), [week_47()]);
    let previous = Some(digest(&items[1]));
    let third = item(&week_47(), 3, previous, 3, None);
    let stored = ledger.append(&week_47(), sequence(3), previous, &third).await.unwrap();
    assert_eq!(stored, Append::Stored);
}

pub async fn of_many_handles_racing_for_a_slot_exactly_one_wins(place: &impl LedgerPlace) {
    let items = fill(&*place.open().await, &week_47(), 1).await;
    let previous = Some(digest(&items[0]));
    let contender = |number: usize| item(&week_47(), 2, previous, number as u32, None);
    let outcomes = race(place, 12, async |number, ledger| {
        ledger.append(&week_47(), sequence(2), previous, &contender(number)).await.unwrap()
    });
    let winners: Vec<_> =
        (0..outcomes.len()).filter(|&number| outcomes[number] == Append::Stored).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let stored = place.open().await.load(&week_47()).await.unwrap();
    assert_eq!(stored, [items[0].clone(), contender(winners[0])]);
}

pub async fn of_many_calls_on_one_handle_exactly_one_wins(place: &impl LedgerPlace) {
    let ledger: Arc<dyn Ledger> = Arc::from(place.open().await);
    let calls: Vec<_> = (1..=8)
        .map(|mark| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                let first = item(&week_47(), 1, None, mark, None);
                ledger.append(&week_47(), sequence(1), None, &first).await.unwrap()
            })
        })
        .collect();
    let mut stored = 0;
    for call in calls {
        stored += u32::from(call.await.unwrap() == Append::Stored);
    }
    assert_eq!(stored, 1);
    assert_eq!(ledger.load(&week_47()).await.unwrap().len(), 1);
}

/// Each handle loads, appends, and does so again after a conflict, as the driver does.
pub async fn handles_that_take_turns_fill_every_slot_once(place: &impl LedgerPlace) {
    const EACH: u32 = 5;
    drop(place.open().await);
    race(place, 8, async |number, ledger| {
        let mut stored = 0;
        while stored < EACH {
            let items = ledger.load(&week_47()).await.unwrap();
            let (slot, previous) = (items.len() as u32 + 1, items.last().map(digest));
            let mark = number as u32 * EACH + stored;
            let next = item(&week_47(), slot, previous, mark, None);
            let append = ledger.append(&week_47(), sequence(slot), previous, &next).await.unwrap();
            stored += u32::from(append == Append::Stored);
        }
    });
    let items = place.open().await.load(&week_47()).await.unwrap();
    assert_eq!(items.len(), 40);
    let mut previous = None;
    for (found, number) in items.iter().zip(1..) {
        let made = (0..40).any(|mark| *found == item(&week_47(), number, previous, mark, None));
        assert!(made, "slot {number} does not follow the slot before");
        previous = Some(digest(found));
    }
}

/// One append of a random history, seen from the head of its stream.
#[derive(Debug, Clone)]
struct Step {
    stream: usize,
    /// How far the slot lies from the next free one: behind, exact or beyond.
    off: i64,
    /// How many slots before its own the named predecessor stands; 0 names none.
    back: i64,
    mark: u32,
    payload: Option<Vec<u8>>,
}

fn step() -> impl Strategy<Value = Step> {
    let off = prop_oneof![6 => Just(0_i64), 1 => -2..=2_i64];
    let back = prop_oneof![6 => Just(1_i64), 1 => 0..=3_i64];
    let payload = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..8));
    (0..2_usize, off, back, 0..3_u32, payload).prop_map(|(stream, off, back, mark, payload)| Step {
        stream,
        off,
        back,
        mark,
        payload,
    })
}

/// The model: vectors that grow by one exactly if slot and predecessor fit.
#[derive(Default)]
struct Model(BTreeMap<StreamId, Vec<LedgerItem>>);

impl Model {
    /// The append that a step stands for, and what must become of it.
    fn resolve(&self, stream: &StreamId, step: &Step) -> (u32, LedgerItem, Option<Digest>, Append) {
        let events = self.0.get(stream).map_or(&[][..], Vec::as_slice);
        let slot = (events.len() as i64 + 1 + step.off).max(1);
        let named = usize::try_from(slot - step.back - 1).ok().filter(|_| step.back > 0);
        let previous = named.and_then(|index| events.get(index)).map(digest);
        let fits = slot == events.len() as i64 + 1 && previous == events.last().map(digest);
        let item = item(stream, slot as u32, previous, step.mark, step.payload.as_deref());
        (slot as u32, item, previous, if fits { Append::Stored } else { Append::Conflict })
    }
}

pub fn agrees_with_a_model<P: LedgerPlace>(fresh: impl Fn() -> P) {
    let streams = ["a/2026-W47", "a/2026-W48"].map(stream);
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let (stored, refused) = (Cell::new(0), Cell::new(0));
    let history = proptest::collection::vec(step(), 1..60);
    let outcome = TestRunner::new(config).run(&history, |history| {
        let place = fresh();
        crate::place::run(async {
            let ledger = place.open().await;
            let mut model = Model::default();
            for step in &history {
                let stream = &streams[step.stream];
                let (slot, item, previous, expected) = model.resolve(stream, step);
                let found = ledger.append(stream, sequence(slot), previous, &item).await.unwrap();
                prop_assert_eq!(found, expected, "{:?}", step);
                if expected == Append::Stored {
                    model.0.entry(stream.clone()).or_default().push(item);
                    stored.set(stored.get() + 1);
                } else {
                    refused.set(refused.get() + 1);
                }
            }
            for stream in &streams {
                let expected = model.0.get(stream).cloned().unwrap_or_default();
                prop_assert_eq!(ledger.load(stream).await.unwrap(), expected);
            }
            let listed: Vec<_> = model.0.into_keys().collect();
            prop_assert_eq!(ledger.streams().await.unwrap(), listed);
            Ok(())
        })
    });
    outcome.unwrap();
    // Otherwise the histories would show little.
    assert!(stored.get() > 150 && refused.get() > 50, "{stored:?} stored, {refused:?} refused");
}
