//! What the SQLite ledger promises beyond the contract: no change by hand, and no misreading.

use std::fs;

use rusqlite::Connection;
use weekledger::embedded::{Access, SqliteLedger};
use weekledger::ports::{Append, Ledger, LedgerError, LedgerItem};
use weekledger_events::Digest;

use super::places::LedgerFile;
use crate::place::run;
use crate::samples::{item, noise, sequence, stream};

/// A ledger with two events in `hotels/2026-W47`, and a connection as a person would open it.
fn two_events() -> (LedgerFile, [LedgerItem; 2], Connection) {
    let place = LedgerFile::new();
    let ledger = place.handle(Access::Write);
    let stream = stream("hotels/2026-W47");
    let first = item(&stream, 1, None, 1, Some(b"one"));
    let previous = Some(Digest::of(&first.envelope));
    let second = item(&stream, 2, previous, 2, Some(b"two"));
    run(async {
        assert_eq!(
            ledger.append(&stream, sequence(1), None, &first).await.unwrap(),
            Append::Stored
        );
        let stored = ledger.append(&stream, sequence(2), previous, &second).await.unwrap();
        assert_eq!(stored, Append::Stored);
    });
    let hand = Connection::open(place.path()).unwrap();
    (place, [first, second], hand)
}

fn load(place: &LedgerFile) -> Result<Vec<LedgerItem>, LedgerError> {
    run(place.handle(Access::Read).load(&stream("hotels/2026-W47")))
}

/// The refusal of a statement typed by hand.
fn refusal(hand: &Connection, sql: &str) -> String {
    hand.execute_batch(sql).expect_err(sql).to_string()
}

#[test]
fn update_and_delete_by_hand_are_refused() {
    let (place, items, hand) = two_events();
    for sql in [
        "UPDATE events SET payload = x'00'",
        "UPDATE events SET payload = payload WHERE sk = '000002'",
        "UPDATE OR REPLACE events SET sk = '000001' WHERE sk = '000002'",
        "DELETE FROM events",
        "DELETE FROM events WHERE sk = '000002'",
    ] {
        assert!(refusal(&hand, sql).contains("append-only"), "{sql}");
    }
    assert_eq!(load(&place).unwrap(), items);
}

#[test]
fn an_insert_by_hand_needs_the_right_predecessor_and_a_free_slot() {
    let (place, items, hand) = two_events();
    let digests = items.each_ref().map(|item| Digest::of(&item.envelope).to_string());
    let stranger = Digest::of(b"nobody").to_string();
    let insert = |verb: &str, id: &str, sk: &str, previous: Option<&str>| {
        let previous = previous.map_or("NULL".to_owned(), |digest| format!("'{digest}'"));
        format!(
            "{verb} INTO events (id, pk, sk, prev_digest, digest, envelope) VALUES \
             ({id}, 'WEEK#hotels#2026-W47', '{sk}', {previous}, '{stranger}', x'7b7d')"
        )
    };
    for verb in ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "REPLACE"] {
        let refused = |id, sk, previous| refusal(&hand, &insert(verb, id, sk, previous));
        assert!(refused("NULL", "000003", Some(&stranger)).contains("predecessor"), "{verb}");
        assert!(refused("NULL", "000003", None).contains("predecessor"), "{verb}");
        assert!(refused("NULL", "000004", Some(&digests[1])).contains("predecessor"), "{verb}");
        assert!(refused("NULL", "000002", Some(&digests[0])).contains("slot is taken"), "{verb}");
        assert!(refused("NULL", "000001", None).contains("slot is taken"), "{verb}");
        // A replaced row leaves without any DELETE trigger, also by its row id.
        assert!(refused("1", "000003", Some(&digests[1])).contains("this id is taken"), "{verb}");
    }
    for sk in ["3", "00003", "0000003", "000000", "00000x"] {
        refusal(&hand, &insert("INSERT", "NULL", sk, Some(&digests[1])));
    }
    refusal(&hand, &insert("INSERT", "-1", "000003", Some(&digests[1])));
    let upsert = insert("INSERT", "NULL", "000002", Some(&digests[0]));
    refusal(&hand, &format!("{upsert} ON CONFLICT (pk, sk) DO UPDATE SET payload = x'00'"));
    assert_eq!(load(&place).unwrap(), items);
}

#[test]
fn what_was_changed_behind_the_triggers_is_damage() {
    let stranger = Digest::of(b"nobody").to_string();
    for (change, complaint) in [
        ("envelope = x'7b7d' WHERE sk = '000001'".to_owned(), "000001 is damaged"),
        (format!("digest = '{stranger}' WHERE sk = '000002'"), "000002 is damaged"),
        (format!("prev_digest = '{stranger}' WHERE sk = '000002'"), "predecessor"),
        ("prev_digest = NULL WHERE sk = '000002'".to_owned(), "predecessor"),
        ("sk = '000003' WHERE sk = '000002'".to_owned(), "slot 000003 stands in its place"),
        ("sk = '000004' WHERE sk = '000001'".to_owned(), "slot 000002 stands in its place"),
    ] {
        let (place, _, hand) = two_events();
        hand.execute_batch(&format!(
            "DROP TRIGGER events_never_change; UPDATE events SET {change}"
        ))
        .unwrap();
        let error = load(&place).expect_err(&change);
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains(complaint), "{error}");
        assert!(error.to_string().starts_with("hotels/2026-W47: "), "{error}");
    }
}

#[test]
fn an_event_that_was_cut_off_behind_the_triggers_leaves_a_shorter_stream() {
    // The chain cannot show this; anchors do. The ledger must not invent an error either.
    let (place, items, hand) = two_events();
    hand.execute_batch("DROP TRIGGER events_never_vanish; DELETE FROM events WHERE sk = '000002'")
        .unwrap();
    assert_eq!(load(&place).unwrap(), items[..1]);
}

#[test]
fn a_key_that_names_no_stream_is_damage() {
    let (place, _, hand) = two_events();
    let digest = Digest::of(b"{}");
    hand.execute_batch(&format!(
        "INSERT INTO events (pk, sk, digest, envelope) \
         VALUES ('WEEK#Hotels#2026-W99', '000001', '{digest}', x'7b7d')"
    ))
    .unwrap();
    let error = run(place.handle(Access::Read).streams()).unwrap_err();
    assert!(error.to_string().contains("WEEK#Hotels#2026-W99"), "{error}");
}

#[test]
fn a_ledger_of_a_newer_version_is_refused_and_left_alone() {
    let (place, items, hand) = two_events();
    hand.pragma_update(None, "user_version", 2).unwrap();
    for access in [Access::Write, Access::Read] {
        let path = place.path();
        let error = SqliteLedger::open(&path, access).err().unwrap();
        assert!(matches!(error, LedgerError::Newer { .. }), "{error:?}");
        assert!(error.to_string().contains("install a newer weekledger"), "{error}");
    }
    hand.pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(load(&place).unwrap(), items);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let place = LedgerFile::new();
    let path = place.path();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = SqliteLedger::open(&path, Access::Write).err().unwrap();
    let LedgerError::Unavailable(cause) = error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("another program"), "{cause}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let place = LedgerFile::new();
    let path = place.path();
    fs::write(&path, noise(8192, 7)).unwrap();
    assert!(SqliteLedger::open(&path, Access::Write).is_err());
    assert_eq!(fs::read(&path).unwrap(), noise(8192, 7));
}

#[test]
fn a_reader_sees_each_append_of_an_open_writer_and_cannot_write() {
    let place = LedgerFile::new();
    let (writer, stream) = (place.handle(Access::Write), stream("hotels/2026-W47"));
    let reader = place.handle(Access::Read);
    let first = item(&stream, 1, None, 1, None);
    run(async {
        assert_eq!(reader.load(&stream).await.unwrap(), []);
        writer.append(&stream, sequence(1), None, &first).await.unwrap();
        let previous = Some(Digest::of(&first.envelope));
        assert_eq!(reader.load(&stream).await.unwrap(), [first]);
        let other = item(&stream, 2, previous, 2, None);
        let error = reader.append(&stream, sequence(2), previous, &other).await.unwrap_err();
        assert!(matches!(error, LedgerError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains("for reading only"), "{error}");
    });
}

#[test]
fn there_is_nothing_to_read_before_the_first_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite3");
    assert!(SqliteLedger::open(&path, Access::Read).is_err());
    assert!(!path.exists());
}

/// The copy is what a kill leaves: database and write-ahead log, nothing closed.
#[test]
fn events_of_a_killed_writer_are_there() {
    let (place, items, hand) = two_events();
    let writer = place.handle(Access::Write);
    let stream = stream("hotels/2026-W47");
    let previous = Some(Digest::of(&items[1].envelope));
    let third = item(&stream, 3, previous, 3, None);
    run(writer.append(&stream, sequence(3), previous, &third)).unwrap();
    drop(hand);
    let copy = LedgerFile::new();
    for name in ["ledger.sqlite3", "ledger.sqlite3-wal"] {
        fs::copy(place.0.path().join(name), copy.0.path().join(name)).unwrap();
    }
    drop(writer);
    let [first, second] = items;
    assert_eq!(load(&copy).unwrap(), [first, second, third]);
}

#[test]
fn a_busy_database_is_unavailable_and_stores_nothing() {
    let (place, items, hand) = two_events();
    let ledger = place.handle(Access::Write);
    hand.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (stream, previous) = (stream("hotels/2026-W47"), Some(Digest::of(&items[1].envelope)));
    let third = item(&stream, 3, previous, 3, None);
    let append = || run(ledger.append(&stream, sequence(3), previous, &third));
    let error = append().unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable(_)), "{error:?}");
    hand.execute_batch("ROLLBACK").unwrap();
    assert_eq!(append().unwrap(), Append::Stored);
}

#[test]
fn a_number_beyond_the_key_and_an_item_beyond_the_limit_are_refused() {
    let place = LedgerFile::new();
    let (ledger, stream) = (place.handle(Access::Write), stream("hotels/2026-W47"));
    let previous = Some(Digest::of(b"nobody"));
    let late = item(&stream, 1_000_000, previous, 1, None);
    let large = item(&stream, 1, None, 1, Some(&vec![0; 16 << 20]));
    for (number, previous, item) in [(1_000_000, previous, late), (1, None, large)] {
        let error = run(ledger.append(&stream, sequence(number), previous, &item)).unwrap_err();
        assert!(matches!(error, LedgerError::Refused { .. }), "{error:?}");
    }
}

#[test]
fn the_streams_of_the_newest_events_are_found_without_reading_the_others() {
    let place = LedgerFile::new();
    let ledger = place.handle(Access::Write);
    for week in ["hotels/2026-W45", "hotels/2026-W47", "hotels/2026-W46"] {
        let week = stream(week);
        let first = item(&week, 1, None, 1, Some(b"one"));
        run(ledger.append(&week, sequence(1), None, &first)).unwrap();
    }
    let recent = |events| ledger.recent_streams(events).unwrap();
    assert_eq!(recent(1), [stream("hotels/2026-W46")]);
    assert_eq!(recent(2), [stream("hotels/2026-W46"), stream("hotels/2026-W47")]);
    assert_eq!(recent(200).len(), 3);
    assert_eq!(ledger.position().unwrap(), 3);
}
