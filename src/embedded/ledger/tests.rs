//! A disk that is full, which only a limit on the connection itself can imitate.

use weekledger_events::Digest;

use super::SqliteLedger;
use crate::embedded::Access;
use crate::ports::{Append, Ledger, LedgerError, LedgerItem};

#[tokio::test]
async fn a_full_disk_refuses_with_a_sentence_and_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite3"), Access::Write).unwrap();
    let stream =
        weekledger_events::StreamId::new("hotels".parse().unwrap(), "2026-W47".parse().unwrap());
    let first = LedgerItem { envelope: b"{}".to_vec(), payload: Some(vec![7; 100_000]) };
    let sequence = weekledger_events::Sequence::FIRST;

    let limit = |pages: i64| {
        ledger.connection().pragma_update(None, "max_page_count", pages).unwrap();
    };
    limit(10);
    let error = ledger.append(&stream, sequence, None, &first).await.unwrap_err();
    assert!(matches!(error, LedgerError::Refused { .. }), "{error:?}");
    let text = crate::ports::with_causes(&error);
    assert!(text.contains("ledger.sqlite3 is full: ") && text.contains("KiB are free"), "{text}");
    assert_eq!(ledger.load(&stream).await.unwrap(), []);

    limit(1_000);
    let stored = ledger.append(&stream, sequence, None, &first).await.unwrap();
    assert_eq!(stored, Append::Stored);
    let previous = Some(Digest::of(b"{}"));
    let second = LedgerItem { envelope: b"[]".to_vec(), payload: None };
    let stored = ledger.append(&stream, sequence.next(), previous, &second).await.unwrap();
    assert_eq!(stored, Append::Stored);
}
