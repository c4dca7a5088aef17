//! What the file archive promises beyond the contract: whole files, an age for raw pages.

use std::fs::{self, File};
use std::time::Duration;

use jiff::Timestamp;
use weekledger::embedded::{Access, Expired};
use weekledger::ports::{Archive, ArchiveError, ArtifactName, Created, READ_LIMIT, StepName};
use weekledger_events::Digest;

use super::places::ArchiveFolder;
use crate::place::run;
use crate::samples::{event_id, run_id, sequence, stream};

fn evidence(text: &str) -> ArtifactName {
    ArtifactName::evidence(&Digest::of(text.as_bytes()))
}

#[test]
fn an_object_is_the_file_of_its_name_and_cannot_be_written() {
    let place = ArchiveFolder::new();
    let name = evidence("a");
    run(place.handle(Access::Write).create(&name, b"bytes")).unwrap();
    let path = place.path().join(name.as_str());
    assert_eq!(fs::read(&path).unwrap(), b"bytes");
    assert!(fs::metadata(&path).unwrap().permissions().readonly());
}

#[test]
fn what_a_kill_left_unfinished_is_not_listed_and_goes_with_the_next_open() {
    let place = ArchiveFolder::new();
    let staging = place.path().join(".staging");
    fs::create_dir_all(&staging).unwrap();
    fs::write(staging.join("4711-0"), b"half").unwrap();

    let reader = place.handle(Access::Read);
    assert_eq!(run(reader.list("")).unwrap(), []);
    assert!(staging.join("4711-0").exists(), "a reader must not touch what a run is writing");

    let writer = place.handle(Access::Write);
    assert!(!staging.join("4711-0").exists());
    assert_eq!(run(writer.create(&evidence("a"), b"bytes")).unwrap(), Created::New);
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 0);
}

#[test]
fn files_that_are_no_objects_are_not_listed() {
    let place = ArchiveFolder::new();
    let archive = place.handle(Access::Write);
    run(archive.create(&evidence("a"), b"bytes")).unwrap();
    for stray in [".DS_Store", "evidence/.DS_Store", "evidence/a file", "notes"] {
        fs::write(place.path().join(stray), b"stray").unwrap();
    }
    assert_eq!(run(archive.list("")).unwrap(), [evidence("a")]);
}

#[test]
fn a_reader_cannot_create() {
    let place = ArchiveFolder::new();
    let error = run(place.handle(Access::Read).create(&evidence("a"), b"bytes")).unwrap_err();
    assert!(matches!(error, ArchiveError::Refused { .. }), "{error:?}");
    assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), 0);
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let place = ArchiveFolder::new();
    let archive = place.handle(Access::Write);
    run(archive.create(&evidence("a"), b"bytes")).unwrap();
    let path = place.path().join(evidence("b").as_str());
    File::create(&path).unwrap().set_len(READ_LIMIT + 1).unwrap();
    let error = run(archive.read(&evidence("b"))).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { length, .. } if length == READ_LIMIT + 1));
}

/// Gives every file of a run the age of `days` days before `NOW`.
fn age(place: &ArchiveFolder, name: &ArtifactName, days: i64) {
    let written = now() - Duration::from_secs(days as u64 * 86_400);
    let file = File::open(place.path().join(name.as_str())).unwrap();
    file.set_modified(written.into()).unwrap();
}

fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

#[test]
fn raw_pages_and_their_steps_expire_run_by_run_and_nothing_else_does() {
    let place = ArchiveFolder::new();
    let archive = place.handle(Access::Write);
    let (old, new) = (stream("hotels/2026-W30"), stream("hotels/2026-W47"));
    let step = StepName::new(event_id(9), "page", 1);
    let expected_gone = [
        (ArtifactName::raw(&old, run_id(1), &Digest::of(b"1")), 91),
        (ArtifactName::raw(&old, run_id(1), &Digest::of(b"2")), 120),
        (ArtifactName::raw_step(&old, run_id(1), &step), 91),
    ];
    let expected_kept = [
        // One young file keeps its whole run.
        (ArtifactName::raw(&old, run_id(2), &Digest::of(b"1")), 91),
        (ArtifactName::raw_step(&old, run_id(2), &step), 89),
        // To the second at the limit.
        (ArtifactName::raw(&new, run_id(3), &Digest::of(b"1")), 90),
        (ArtifactName::anchor(&old, sequence(1)), 500),
        (evidence("a"), 500),
        (ArtifactName::evidence_step(run_id(1), &step), 500),
    ];
    for (name, days) in expected_gone.iter().chain(&expected_kept) {
        run(archive.create(name, b"seven b")).unwrap();
        age(&place, name, *days);
    }

    assert_eq!(archive.expire_raw(now(), 90).unwrap(), Expired { objects: 3, bytes: 21 });
    let mut kept = expected_kept.map(|(name, _)| name);
    kept.sort();
    assert_eq!(run(archive.list("")).unwrap(), kept);
    assert_eq!(archive.expire_raw(now(), 90).unwrap(), Expired::default());

    assert_eq!(archive.expire_raw(now(), 10).unwrap(), Expired { objects: 3, bytes: 21 });
    assert_eq!(run(archive.list("raw/")).unwrap(), []);
    assert_eq!(run(archive.list("")).unwrap().len(), 3);
    assert_eq!(fs::read_dir(place.path().join("raw")).unwrap().count(), 0);
}

#[test]
fn a_name_that_expired_can_be_created_again() {
    let place = ArchiveFolder::new();
    let archive = place.handle(Access::Write);
    let name = ArtifactName::raw(&stream("hotels/2026-W30"), run_id(1), &Digest::of(b"1"));
    run(archive.create(&name, b"1")).unwrap();
    age(&place, &name, 100);
    archive.expire_raw(now(), 90).unwrap();
    assert_eq!(run(archive.create(&name, b"1")).unwrap(), Created::New);
}

#[test]
fn an_archive_that_was_never_written_has_nothing_to_expire() {
    let place = ArchiveFolder::new();
    let archive = place.handle(Access::Write);
    assert_eq!(archive.expire_raw(now(), 90).unwrap(), Expired::default());
}
