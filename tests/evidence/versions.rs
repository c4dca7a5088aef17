//! Another version's mail is named as such, and not called corrupt.

use serde_json::Value;
use tempfile::TempDir;
use weekledger::embedded::{Access, DataDir};
use weekledger::evidence::{Verdict, WeekVerdict, verify_week};
use weekledger::ports::{Append, Archive, ArtifactName, Ledger, LedgerItem};
use weekledger_events::{ArtifactRef, Digest, EventId, EventType, Producer, Sequence, canonical};

use crate::world::{Plan, World, newest, producer, report, store, stream};

fn version(version: &str) -> Producer {
    Producer { version: version.to_owned(), ..producer() }
}

fn made_by(producer: Producer, altered: bool) -> Plan {
    Plan { backfilled: 1, producer, altered, ..Plan::default() }
}

#[tokio::test]
async fn what_another_version_made_differently_names_both() {
    // The last is a program that was changed and kept its number.
    let changed = concat!(env!("CARGO_PKG_VERSION"), "+0123456789abcdef");
    for other in ["0.0.9", "9.0.0", changed] {
        let world = World::new(made_by(version(other), true)).await;
        let answer = world.verify().await;
        assert_eq!(answer.verdict, Verdict::OtherVersion, "{answer:?}");
        assert!(answer.corrupt.is_empty());
        let note = &answer.other_versions[0];
        assert_eq!(note.what, "event 4 (AnalysisGenerated)");
        assert_eq!(note.made_by, format!("weekledger {other}"));
        assert_eq!(note.checked_by, format!("weekledger {}", producer().version));
        assert_eq!(note.why, "the HTML part came out differently");
    }
}

#[test]
fn a_build_is_named_by_its_number_and_the_digest_of_its_sources() {
    let version = producer().version;
    let (number, digest) = version.split_once('+').unwrap();
    assert_eq!(number, env!("CARGO_PKG_VERSION"));
    assert!(digest.len() == 16 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
}

#[tokio::test]
async fn what_another_version_made_alike_is_the_same() {
    let world = World::new(made_by(version("0.0.9"), false)).await;
    assert_eq!(world.verify().await.verdict, Verdict::Same);
}

#[tokio::test]
async fn what_this_version_would_not_have_made_is_corrupt() {
    let world = World::new(made_by(producer(), true)).await;
    let answer = world.verify().await;
    assert_eq!(answer.verdict, Verdict::Corrupt);
    assert_eq!(answer.corrupt[0].what, "event 4 (AnalysisGenerated)");
}

/// A ledger of one event that a program of the future wrote.
async fn of_the_future(change: impl Fn(&mut Value)) -> (TempDir, WeekVerdict) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::open(&folder.path().join("data"), Access::Write).unwrap();
    let payload = br#"{"tomorrow":true}"#.to_vec();
    let mut envelope = serde_json::json!({
        "format": 1, "id": EventId::report_run(&report(), newest()), "report": report(),
        "week": newest(), "sequence": 1, "prev_digest": null, "type": "RunRequested",
        "schema_version": 1, "run": EventId::report_run(&report(), newest()), "cause": null,
        "recorded_at": "2026-11-23T06:00:00Z",
        "producer": { "name": "weekledger", "version": "9.0.0" },
        "payload": ArtifactRef::of(&payload),
    });
    change(&mut envelope);
    let envelope = canonical::to_bytes(&envelope).unwrap();
    let anchor = format!("{}\n", Digest::of(&envelope));
    let item = LedgerItem { envelope, payload: Some(payload) };
    let stored = data.ledger().unwrap().append(&stream(), Sequence::FIRST, None, &item).await;
    assert_eq!(stored.unwrap(), Append::Stored);
    let name = ArtifactName::anchor(&stream(), Sequence::FIRST);
    data.archive().unwrap().create(&name, anchor.as_bytes()).await.unwrap();
    let store = store(data.root());
    (folder, verify_week(&store, &stream(), &producer()).await.unwrap())
}

#[tokio::test]
async fn what_only_a_newer_version_can_read_is_named_and_not_recomputed() {
    let (_folder, answer) = of_the_future(|envelope| envelope["schema_version"] = 2.into()).await;
    assert_eq!(answer.verdict, Verdict::OtherVersion, "{answer:?}");
    assert_eq!(answer.other_versions[0].made_by, "weekledger 9.0.0");
    assert!(answer.other_versions[0].why.contains("install a newer weekledger"));
    assert_eq!(answer.notes.len(), 1);

    let (_folder, answer) = of_the_future(|envelope| envelope["format"] = 2.into()).await;
    assert_eq!(answer.verdict, Verdict::OtherVersion, "{answer:?}");
    assert_eq!(answer.other_versions[0].made_by, "a newer version");
}

#[tokio::test]
async fn an_event_that_no_version_could_have_written_is_corrupt() {
    let (_folder, answer) = of_the_future(|_| {}).await;
    assert_eq!(answer.verdict, Verdict::Corrupt, "{answer:?}");
    assert_eq!(answer.corrupt[0].what, "event 1");
}

#[tokio::test]
async fn a_second_revision_is_verified_beside_the_first() {
    let world = World::new(made_by(producer(), false)).await;
    world.again(EventType::RawFetched, made_by(producer(), false)).await;
    let loaded = world.week().await;
    assert_eq!(loaded.state.runs.len(), 2);
    let answer = world.verify().await;
    assert_eq!(answer.verdict, Verdict::Same, "{answer:?}");
    assert_eq!(answer.mails_recomputed, 2);
    assert!(world.week().await.state.is_revised(&loaded.state.runs[1]));
}
