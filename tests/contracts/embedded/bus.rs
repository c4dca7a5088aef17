//! What the local bus promises its runner: nothing is lost by a kill, and nothing spins.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use weekledger::embedded::{ATTEMPTS_MAX, Access, LocalBus, Retry};
use weekledger::ports::{Bus, BusError, Message};

use super::places::BusFile;
use crate::bus::{notice, pointer};
use crate::place::run;

fn now() -> Timestamp {
    "2026-11-23T05:00:00Z".parse().unwrap()
}

fn in_seconds(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A bus with the pointers 1, 2 … `count`.
fn bus_with(count: u32) -> (BusFile, LocalBus) {
    let place = BusFile::new();
    let bus = place.handle(Access::Write);
    let messages: Vec<_> = (1..=count).map(pointer).collect();
    run(bus.publish(&messages)).unwrap();
    (place, bus)
}

fn taken(bus: &LocalBus, at: Timestamp) -> Option<Message> {
    bus.take(at).unwrap().map(|delivery| delivery.message)
}

#[test]
fn messages_are_taken_oldest_first_and_not_again_while_somebody_works_on_them() {
    let (_place, bus) = bus_with(2);
    assert_eq!(taken(&bus, now()), Some(pointer(1)));
    assert_eq!(taken(&bus, now()), Some(pointer(2)));
    assert_eq!(taken(&bus, now()), None);
}

#[test]
fn an_acknowledged_message_is_gone_for_good() {
    let (place, bus) = bus_with(1);
    let delivery = bus.take(now()).unwrap().unwrap();
    bus.acknowledge(delivery.id).unwrap();
    bus.acknowledge(delivery.id).unwrap();
    assert_eq!(taken(&bus, in_seconds(1_000_000)), None);
    drop(bus);
    assert_eq!(taken(&place.handle(Access::Write), in_seconds(1_000_000)), None);
}

#[test]
fn a_kill_before_the_acknowledgement_delivers_again_however_often() {
    let (place, bus) = bus_with(1);
    assert_eq!(taken(&bus, now()), Some(pointer(1)));
    drop(bus);
    for _kill in 0..2 * ATTEMPTS_MAX {
        let bus = place.handle(Access::Write);
        let delivery = bus.take(now()).unwrap().unwrap();
        assert_eq!((delivery.message, delivery.attempts), (pointer(1), 1));
    }
    assert_eq!(place.handle(Access::Read).dead_letters().unwrap(), []);
}

#[test]
fn a_message_given_back_waits_for_its_time_and_lets_others_pass() {
    let (place, bus) = bus_with(2);
    let first = bus.take(now()).unwrap().unwrap();
    assert_eq!(first.attempts, 1);
    assert_eq!(bus.retry_later(first.id, in_seconds(60)).unwrap(), Retry::Later);
    assert_eq!(taken(&bus, now()), Some(pointer(2)));
    assert_eq!(taken(&bus, in_seconds(59)), None);
    drop(bus);

    let bus = place.handle(Access::Write);
    assert_eq!(taken(&bus, in_seconds(59)), Some(pointer(2)));
    assert_eq!(taken(&bus, in_seconds(59)), None);
    let again = bus.take(in_seconds(60)).unwrap().unwrap();
    assert_eq!((again.message, again.attempts), (pointer(1), 2));
}

#[test]
fn the_next_visible_time_ignores_what_is_being_worked_on() {
    let (_place, bus) = bus_with(2);
    assert_eq!(bus.next_visible_at().unwrap(), Some(Timestamp::UNIX_EPOCH));
    let first = bus.take(now()).unwrap().unwrap();
    let second = bus.take(now()).unwrap().unwrap();
    assert_eq!(bus.next_visible_at().unwrap(), None);
    bus.retry_later(second.id, in_seconds(90)).unwrap();
    assert_eq!(bus.next_visible_at().unwrap(), Some(in_seconds(90)));
    let exact = in_seconds(60) + SignedDuration::from_nanos(1);
    bus.retry_later(first.id, exact).unwrap();
    assert_eq!(bus.next_visible_at().unwrap(), Some(exact));
    assert_eq!(taken(&bus, in_seconds(60)), None);
    assert_eq!(taken(&bus, exact), Some(pointer(1)));
}

#[test]
fn after_the_last_attempt_a_message_is_a_dead_letter_until_it_is_discarded() {
    let (place, bus) = bus_with(1);
    for attempt in 1..ATTEMPTS_MAX {
        let delivery = bus.take(now()).unwrap().unwrap();
        assert_eq!(delivery.attempts, attempt);
        assert_eq!(bus.retry_later(delivery.id, now()).unwrap(), Retry::Later);
    }
    let delivery = bus.take(now()).unwrap().unwrap();
    assert_eq!(bus.retry_later(delivery.id, now()).unwrap(), Retry::Parked);
    assert_eq!(taken(&bus, in_seconds(1_000_000)), None);
    assert_eq!(bus.next_visible_at().unwrap(), None);
    drop(bus);

    let bus = place.handle(Access::Write);
    let letters = bus.dead_letters().unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].message, Some(pointer(1)));
    assert_eq!(letters[0].attempts, ATTEMPTS_MAX);
    assert_eq!(letters[0].why, "it was tried 10 times");
    bus.discard(letters[0].id).unwrap();
    assert_eq!(bus.dead_letters().unwrap(), []);
}

#[test]
fn a_message_can_be_parked_with_a_reason() {
    let (_place, bus) = bus_with(2);
    let first = bus.take(now()).unwrap().unwrap();
    bus.park(first.id, "its event is not in the ledger").unwrap();
    let letters = bus.dead_letters().unwrap();
    assert_eq!(letters[0].why, "its event is not in the ledger");
    assert_eq!(taken(&bus, now()), Some(pointer(2)));
    assert_eq!(taken(&bus, now()), None);
}

#[test]
fn a_message_that_cannot_be_read_is_put_aside_and_kept() {
    let (place, bus) = bus_with(2);
    let hand = Connection::open(place.path()).unwrap();
    hand.execute_batch("UPDATE messages SET body = '{\"postcard\": 1}' WHERE id = 1").unwrap();
    assert_eq!(taken(&bus, now()), Some(pointer(2)));
    let letters = bus.dead_letters().unwrap();
    assert_eq!(letters[0].message, None);
    assert!(letters[0].why.contains("cannot be read"), "{}", letters[0].why);
}

#[test]
fn notices_are_kept_until_they_are_dismissed_and_never_taken() {
    let place = BusFile::new();
    let bus = place.handle(Access::Write);
    run(bus.publish(&[notice("one", None), pointer(1), notice("two", Some("look"))])).unwrap();
    assert_eq!(taken(&bus, now()), Some(pointer(1)));
    assert_eq!(taken(&bus, now()), None);
    drop(bus);

    let kept = place.handle(Access::Read).notices().unwrap();
    let sentences: Vec<_> = kept.iter().map(|kept| kept.notice.sentence.as_str()).collect();
    assert_eq!(sentences, ["one", "two"]);
    let bus = place.handle(Access::Write);
    bus.dismiss(kept[0].id).unwrap();
    assert_eq!(bus.notices().unwrap(), kept[1..]);
}

#[test]
fn what_lies_there_already_is_made_visible_and_not_doubled() {
    let (_place, bus) = bus_with(1);
    let first = bus.take(now()).unwrap().unwrap();
    bus.retry_later(first.id, in_seconds(60)).unwrap();
    run(bus.publish(&[pointer(1), pointer(1)])).unwrap();
    let again = bus.take(now()).unwrap().unwrap();
    assert_eq!((again.id, again.message), (first.id, pointer(1)));
    assert_eq!(taken(&bus, in_seconds(1_000_000)), None);

    // A copy that somebody works on goes with the work; this one is asked for on top.
    run(bus.publish(&[pointer(1)])).unwrap();
    bus.acknowledge(again.id).unwrap();
    assert_eq!(taken(&bus, now()), Some(pointer(1)));
    assert_eq!(taken(&bus, now()), None);
}

#[test]
fn a_notice_is_kept_once_until_it_is_dismissed() {
    let place = BusFile::new();
    let bus = place.handle(Access::Write);
    run(bus.publish(&[notice("one", None), notice("one", None), notice("one", Some("do"))]))
        .unwrap();
    let kept = bus.notices().unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    bus.dismiss(kept[0].id).unwrap();
    run(bus.publish(&[notice("one", None)])).unwrap();
    assert_eq!(bus.notices().unwrap().len(), 2);
}

#[test]
fn a_late_acknowledgement_never_hits_another_message() {
    let (_place, bus) = bus_with(1);
    let first = bus.take(now()).unwrap().unwrap();
    bus.acknowledge(first.id).unwrap();
    run(bus.publish(&[pointer(2)])).unwrap();
    bus.acknowledge(first.id).unwrap();
    assert_eq!(taken(&bus, now()), Some(pointer(2)));
}

#[test]
fn a_bus_of_a_newer_version_is_refused() {
    let (place, bus) = bus_with(1);
    drop(bus);
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let error = LocalBus::open(&place.path(), Access::Write).err().unwrap();
    let BusError::Unavailable(cause) = error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("install a newer weekledger"), "{cause}");
}

#[test]
fn a_ledger_is_no_bus() {
    let place = super::places::LedgerFile::new();
    drop(place.handle(Access::Write));
    let error = LocalBus::open(&place.path(), Access::Write).err().unwrap();
    let BusError::Unavailable(cause) = error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("another program"), "{cause}");
}
