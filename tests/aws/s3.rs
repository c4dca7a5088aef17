//! What the S3 archive promises beyond the contract: create-only on the wire, two buckets, and
//! answers that are lost.

use weekledger::aws::S3Archive;
use weekledger::ports::{Archive, ArchiveError, ArtifactName, Created};
use weekledger_events::Digest;

use crate::emulator::{cloud_at, impatient, patient, send};
use crate::place::run;
use crate::places::Buckets;
use crate::samples::{noise, run_id, sequence, stream};
use crate::wire::{Act, Proxy, Request, nobody};

const RACED: &str =
    "<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
const SLOW: &str = "<Error><Code>SlowDown</Code><Message>reduce your rate</Message></Error>";

fn evidence() -> ArtifactName {
    ArtifactName::evidence(&Digest::of(b"a"))
}

fn raw() -> ArtifactName {
    ArtifactName::raw(&stream("hotels/2026-W47"), run_id(1), &Digest::of(b"page"))
}

fn is_put(request: &Request) -> bool {
    request.head.starts_with("PUT ")
}

fn is_get(request: &Request) -> bool {
    request.head.starts_with("GET ")
}

async fn behind(proxy: &Proxy, buckets: &Buckets) -> S3Archive {
    cloud_at(&proxy.endpoint(), impatient()).await.archive(&buckets.raw, &buckets.kept)
}

#[test]
fn raw_pages_lie_in_one_bucket_and_what_is_kept_in_the_other() {
    let buckets = Buckets::new();
    let anchor = ArtifactName::anchor(&stream("hotels/2026-W47"), sequence(1));
    run(async {
        let archive = buckets.handle().await;
        for name in [raw(), evidence(), anchor.clone()] {
            archive.create(&name, b"bytes").await.unwrap();
        }
    });
    let there = |bucket: &str, name: &ArtifactName| {
        send("s3", &format!("GET /{bucket}/{name}"), "", b"");
    };
    there(&buckets.raw, &raw());
    there(&buckets.kept, &evidence());
    there(&buckets.kept, &anchor);
}

#[test]
fn every_write_demands_that_the_name_is_free() {
    let buckets = Buckets::new();
    let proxy = Proxy::start(|_, _| Act::Pass);
    run(async {
        let archive = cloud_at(&proxy.endpoint(), patient()).await;
        let archive = archive.archive(&buckets.raw, &buckets.kept);
        archive.create(&evidence(), b"bytes").await.unwrap();
        archive.create(&evidence(), b"others").await.unwrap();
        archive.create(&raw(), &noise(3 << 20, 1)).await.unwrap();
    });
    let seen = proxy.seen();
    let writes: Vec<_> = seen.iter().filter(|(request, _)| !is_get(request)).collect();
    assert_eq!(writes.len(), 3);
    for (request, _) in writes {
        assert!(is_put(request), "{}", request.head);
        assert_eq!(request.header("if-none-match"), Some("*"), "{}", request.head);
    }
}

#[test]
fn a_write_that_happened_without_an_answer_is_found_to_be_the_same() {
    for lost in [Act::PassAndDrop, Act::PassAndHang] {
        let buckets = Buckets::new();
        let act = lost.clone();
        let proxy =
            Proxy::start(move |number, _| if number == 0 { act.clone() } else { Act::Pass });
        let created =
            run(async { behind(&proxy, &buckets).await.create(&evidence(), b"bytes").await });
        assert_eq!(created.unwrap(), Created::Same, "{lost:?}");
    }
}

#[test]
fn a_race_on_a_name_is_tried_again_and_gives_up_as_unavailable() {
    let buckets = Buckets::new();
    let twice = Proxy::start(|number, _| match number {
        0 | 1 => Act::Answer(409, RACED),
        _ => Act::Pass,
    });
    let created = run(async { behind(&twice, &buckets).await.create(&evidence(), b"bytes").await });
    assert_eq!(created.unwrap(), Created::New);
    assert_eq!(twice.seen().len(), 3);

    let always = Proxy::start(|_, _| Act::Answer(409, RACED));
    let created = run(async { behind(&always, &buckets).await.create(&raw(), b"bytes").await });
    assert!(matches!(created, Err(ArchiveError::Unavailable(_))), "{created:?}");
    assert_eq!(always.seen().len(), 5);
}

#[test]
fn a_body_that_breaks_off_is_read_again() {
    let buckets = Buckets::new();
    let bytes = noise(200_000, 1);
    run(async { buckets.handle().await.create(&evidence(), &bytes).await }).unwrap();
    let proxy = Proxy::start(|number, _| match number {
        0 | 1 => Act::PassAndCut(100_000),
        _ => Act::Pass,
    });
    let read = run(async { behind(&proxy, &buckets).await.read(&evidence()).await });
    assert!(read.unwrap().unwrap() == bytes);
    assert_eq!(proxy.seen().len(), 3);
}

#[test]
fn a_missing_permission_is_refused_with_the_code_and_the_name() {
    let buckets = Buckets::new();
    let proxy = Proxy::start(|_, _| Act::Answer(403, DENIED));
    run(async {
        let archive = behind(&proxy, &buckets).await;
        for error in [
            archive.create(&evidence(), b"bytes").await.unwrap_err(),
            archive.read(&evidence()).await.unwrap_err(),
            archive.exists(&evidence()).await.unwrap_err(),
            archive.list("evidence/").await.unwrap_err(),
        ] {
            let ArchiveError::Refused { name, source } = &error else { panic!("{error:?}") };
            assert!(name.starts_with("evidence/"), "{error:?}");
            // A HEAD has no body, and so no code but its status.
            let source = source.to_string();
            assert!(source.contains("AccessDenied") || source.contains("403"), "{source}");
        }
    });
}

#[test]
fn throttling_and_an_unreachable_service_are_unavailable() {
    let buckets = Buckets::new();
    let proxy = Proxy::start(|_, _| Act::Answer(503, SLOW));
    run(async {
        let error = behind(&proxy, &buckets).await.read(&evidence()).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Unavailable(_)), "{error:?}");
        assert_eq!(proxy.seen().len(), 3, "the SDK tries three times");
        let archive = cloud_at(&nobody(), impatient()).await.archive("raw", "kept");
        let error = archive.create(&evidence(), b"bytes").await.unwrap_err();
        assert!(matches!(error, ArchiveError::Unavailable(_)), "{error:?}");
    });
}

#[test]
fn a_bucket_that_does_not_exist_is_refused_and_never_empty() {
    let buckets = Buckets { raw: "no-such-raw".to_owned(), kept: "no-such-kept".to_owned() };
    run(async {
        let archive = buckets.handle().await;
        for error in [
            archive.read(&evidence()).await.unwrap_err(),
            archive.create(&raw(), b"bytes").await.unwrap_err(),
            archive.list("anchors/hotels/2026-W47/").await.unwrap_err(),
        ] {
            assert!(matches!(error, ArchiveError::Refused { .. }), "{error:?}");
        }
    });
}

#[test]
fn keys_that_are_no_names_are_not_listed() {
    let buckets = Buckets::new();
    run(async { buckets.handle().await.create(&evidence(), b"bytes").await }).unwrap();
    for stray in ["notes", "evidence/", "evidence/.hidden", "raw/in-the-wrong-bucket"] {
        send("s3", &format!("PUT /{}/{stray}", buckets.kept), "", b"stray");
    }
    let listed = run(async { buckets.handle().await.list("").await }).unwrap();
    assert_eq!(listed, [evidence()]);
}
