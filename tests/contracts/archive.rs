//! What every archive promises: a name is given bytes once, whole, and for ever.

use weekledger::ports::{Archive, ArchiveError, ArtifactName, Created, READ_LIMIT, StepName};
use weekledger_events::Digest;

use crate::place::{ArchivePlace, race};
use crate::samples::{event_id, noise, run_id, sequence, stream};

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! archive_contract {
    ($place:expr) => {
        cases! { archive, $place;
            a_missing_name_is_none
            created_bytes_come_back
            no_bytes_are_bytes_too
            the_same_bytes_again_are_the_same
            other_bytes_under_a_taken_name_are_refused_and_the_first_stay
            a_large_object_comes_back
            an_object_beyond_the_limit_is_refused
            an_empty_archive_lists_nothing
            a_listing_holds_every_name_with_the_prefix_sorted
            more_than_a_thousand_names_are_listed
            what_was_created_is_there_for_the_next_handle
            of_many_creators_exactly_one_is_the_first
            many_creators_of_the_same_bytes_agree
        }
    };
}

fn evidence(text: &str) -> ArtifactName {
    ArtifactName::evidence(&Digest::of(text.as_bytes()))
}

pub async fn a_missing_name_is_none(place: &impl ArchivePlace) {
    let archive = place.open().await;
    assert_eq!(archive.read(&evidence("a")).await.unwrap(), None);
    assert!(!archive.exists(&evidence("a")).await.unwrap());
}

pub async fn created_bytes_come_back(place: &impl ArchivePlace) {
    let archive = place.open().await;
    let bytes = b"\x00\xff\r\n\n";
    assert_eq!(archive.create(&evidence("a"), bytes).await.unwrap(), Created::New);
    assert_eq!(archive.read(&evidence("a")).await.unwrap().unwrap(), bytes);
    assert!(archive.exists(&evidence("a")).await.unwrap());
    assert!(!archive.exists(&evidence("b")).await.unwrap());
}

pub async fn no_bytes_are_bytes_too(place: &impl ArchivePlace) {
    let archive = place.open().await;
    assert_eq!(archive.create(&evidence("a"), b"").await.unwrap(), Created::New);
    assert_eq!(archive.read(&evidence("a")).await.unwrap(), Some(Vec::new()));
    assert_eq!(archive.create(&evidence("a"), b"x").await.unwrap(), Created::Other(Vec::new()));
}

pub async fn the_same_bytes_again_are_the_same(place: &impl ArchivePlace) {
    let archive = place.open().await;
    archive.create(&evidence("a"), b"bytes").await.unwrap();
    assert_eq!(archive.create(&evidence("a"), b"bytes").await.unwrap(), Created::Same);
}

/// Also if the new bytes only continue the old, or break off earlier.
pub async fn other_bytes_under_a_taken_name_are_refused_and_the_first_stay(
    place: &impl ArchivePlace,
) {
    let archive = place.open().await;
    archive.create(&evidence("a"), b"first").await.unwrap();
    for other in [&b"second"[..], b"first!", b"firs", b""] {
        let created = archive.create(&evidence("a"), other).await.unwrap();
        assert_eq!(created, Created::Other(b"first".to_vec()));
    }
    assert_eq!(archive.read(&evidence("a")).await.unwrap().unwrap(), b"first");
}

pub async fn a_large_object_comes_back(place: &impl ArchivePlace) {
    let archive = place.open().await;
    let bytes = noise(12 << 20, 1);
    assert_eq!(archive.create(&evidence("a"), &bytes).await.unwrap(), Created::New);
    assert!(archive.read(&evidence("a")).await.unwrap().unwrap() == bytes);
    assert_eq!(archive.create(&evidence("a"), &bytes).await.unwrap(), Created::Same);
}

pub async fn an_object_beyond_the_limit_is_refused(place: &impl ArchivePlace) {
    let archive = place.open().await;
    let bytes = vec![0; READ_LIMIT as usize + 1];
    let error = archive.create(&evidence("a"), &bytes).await.unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { length, .. } if length == READ_LIMIT + 1));
    assert!(!archive.exists(&evidence("a")).await.unwrap());
}

pub async fn an_empty_archive_lists_nothing(place: &impl ArchivePlace) {
    let archive = place.open().await;
    for prefix in ["", "raw/", "raw/hotels/2026-W47/", "evidence/", "anchors/hotels"] {
        assert_eq!(archive.list(prefix).await.unwrap(), [], "{prefix}");
    }
}

pub async fn a_listing_holds_every_name_with_the_prefix_sorted(place: &impl ArchivePlace) {
    let archive = place.open().await;
    let (w46, w47) = (stream("hotels/2026-W46"), stream("hotels/2026-W47"));
    let step = StepName::new(event_id(3), "meta/act_1/page 2", 1);
    let names = [
        ArtifactName::anchor(&w46, sequence(1)),
        ArtifactName::anchor(&w47, sequence(1)),
        ArtifactName::anchor(&w47, sequence(2)),
        ArtifactName::anchor(&w47, sequence(10)),
        ArtifactName::anchor(&stream("hotels-b/2026-W47"), sequence(1)),
        evidence("a"),
        ArtifactName::evidence_step(run_id(1), &step),
        ArtifactName::raw(&w47, run_id(1), &Digest::of(b"page")),
        ArtifactName::raw_step(&w47, run_id(1), &step),
        ArtifactName::raw(&w47, run_id(2), &Digest::of(b"page")),
    ];
    // Neither written in order nor once each.
    for name in names.iter().rev().chain(&names[3..5]) {
        archive.create(name, name.as_str().as_bytes()).await.unwrap();
    }

    let list = async |prefix: &str| archive.list(prefix).await.unwrap();
    assert_eq!(list(&ArtifactName::anchor_prefix(&w47)).await, names[1..4]);
    assert_eq!(list("anchors/hotels/2026-W4").await, names[0..4]);
    assert_eq!(list("anchors/hotels").await.len(), 5);
    assert_eq!(list("raw/").await.len(), 3);
    assert_eq!(list(&ArtifactName::raw_prefix(&w47, run_id(1))).await.len(), 2);
    assert_eq!(list(&ArtifactName::raw_prefix(&w47, run_id(3))).await, []);
    assert_eq!(list("evidence/steps/").await, names[6..7]);
    assert_eq!(list(names[5].as_str()).await, names[5..6]);

    let mut all = names.to_vec();
    all.sort();
    assert_eq!(list("").await, all);
    for outside in ["/", "../", "raw/../evidence/", "./raw/"] {
        assert_eq!(list(outside).await, [], "{outside}");
    }
}

pub async fn more_than_a_thousand_names_are_listed(place: &impl ArchivePlace) {
    let archive = place.open().await;
    let names: Vec<_> = (1..=1_050)
        .map(|n| ArtifactName::anchor(&stream("hotels/2026-W47"), sequence(n)))
        .collect();
    for name in &names {
        archive.create(name, b"anchor").await.unwrap();
    }
    assert!(archive.list("anchors/").await.unwrap() == names);
}

pub async fn what_was_created_is_there_for_the_next_handle(place: &impl ArchivePlace) {
    place.open().await.create(&evidence("a"), b"bytes").await.unwrap();
    let archive = place.open().await;
    assert_eq!(archive.read(&evidence("a")).await.unwrap().unwrap(), b"bytes");
    assert_eq!(archive.list("evidence/").await.unwrap(), [evidence("a")]);
    assert_eq!(archive.create(&evidence("a"), b"bytes").await.unwrap(), Created::Same);
}

/// The losers are told what the winner wrote, whole.
pub async fn of_many_creators_exactly_one_is_the_first(place: &impl ArchivePlace) {
    drop(place.open().await);
    let bytes = |number: usize| noise(200_000, number as u32);
    let outcomes = race(place, 12, async |number, archive: Box<dyn Archive>| {
        archive.create(&evidence("a"), &bytes(number)).await.unwrap()
    });
    let winners: Vec<_> =
        (0..outcomes.len()).filter(|&number| outcomes[number] == Created::New).collect();
    assert_eq!(winners.len(), 1);
    let first = bytes(winners[0]);
    for (number, outcome) in outcomes.iter().enumerate() {
        let told = matches!(outcome, Created::Other(found) if *found == first);
        assert!(told || number == winners[0], "creator {number} was told something else");
    }
    assert!(place.open().await.read(&evidence("a")).await.unwrap().unwrap() == first);
}

pub async fn many_creators_of_the_same_bytes_agree(place: &impl ArchivePlace) {
    drop(place.open().await);
    let outcomes = race(place, 12, async |_, archive: Box<dyn Archive>| {
        archive.create(&evidence("a"), b"bytes").await.unwrap()
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Created::New).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Created::Same).count(), 11);
}
