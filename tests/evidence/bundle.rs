//! A bundle says everything by itself, and no byte of it can be altered unseen.

use weekledger::evidence::bundle::{Bundle, BundleError, collect};
use weekledger::evidence::{AuditBase, Auditor, Verdict, read_week, verify_week};

use crate::world::{Plan, World, producer, stream};

async fn exported(world: &World) -> Vec<u8> {
    collect(&world.store(), &stream()).await.unwrap().to_bytes().unwrap()
}

#[tokio::test]
async fn an_exported_week_is_verified_without_its_ledger() {
    let world = World::new(Plan { backfilled: 3, ..Plan::default() }).await;
    let bytes = exported(&world).await;
    let here = world.verify().await;
    drop(world);
    let bundle = Bundle::from_bytes(&bytes).unwrap();
    let there = verify_week(&bundle, bundle.stream(), &producer()).await.unwrap();
    assert_eq!(there.verdict, Verdict::Same, "{there:?}");
    assert_eq!(
        serde_json::to_value(&there).unwrap(),
        serde_json::to_value(&here).unwrap(),
        "it says the same as the ledger did"
    );
}

#[tokio::test]
async fn a_mailed_week_is_restated_as_reported_and_the_bundle_knows_that_too() {
    let plan = Plan { backfilled: 3, mailed: 1, seeds: (7, 8), ..Plan::default() };
    let world = World::new(plan).await;
    let loaded = world.week().await;
    let metrics = weekledger::evidence::computed(&loaded, None).unwrap().metrics.clone();
    let mailed: Vec<String> =
        metrics.reported.iter().map(|event| event.stream.week.to_string()).collect();
    assert_eq!(mailed, ["2026-W46"]);
    let told = |text: &str| -> Vec<String> {
        let restated = metrics.findings.iter().filter(|one| one.message.contains(text));
        let mut weeks: Vec<String> =
            restated.filter_map(|one| one.week).map(|week| week.to_string()).collect();
        weeks.dedup();
        weeks
    };
    assert_eq!(told("as reported"), ["2026-W46"]);
    // Week 43 was pulled with the mailed one and has no mail of its own, nor have the backfilled.
    assert_eq!(told("as known before"), ["2026-W43", "2026-W44", "2026-W45"]);

    let bundle = Bundle::from_bytes(&exported(&world).await).unwrap();
    let there = verify_week(&bundle, bundle.stream(), &producer()).await.unwrap();
    assert_eq!(there.verdict, Verdict::Same, "{there:?}");
}

#[tokio::test]
async fn the_same_week_gives_the_same_bytes() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let bytes = exported(&world).await;
    assert_eq!(exported(&world).await, bytes);
    assert_eq!(Bundle::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
}

#[tokio::test]
async fn any_flipped_byte_fails() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let whole = exported(&world).await;
    // Headers, names, contents, padding and the end: a stride that meets all of them.
    for place in (0..whole.len()).step_by(4_999).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        let read = Bundle::from_bytes(&bytes);
        assert!(read.is_err(), "byte {place} of {}", whole.len());
    }
    for length in [0, 511, whole.len() / 2, whole.len() - 512] {
        assert!(Bundle::from_bytes(&whole[..length]).is_err(), "cut at {length}");
    }
    let longer = [&whole[..], &[0; 512]].concat();
    assert!(matches!(Bundle::from_bytes(&longer), Err(BundleError::Form { .. })));
}

#[tokio::test]
async fn a_figure_is_followed_within_the_bundle() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let bundle = Bundle::from_bytes(&exported(&world).await).unwrap();
    let loaded = read_week(&bundle, &stream()).await.unwrap();
    let base = AuditBase::read(&bundle, &loaded, None).await.unwrap();
    let audit = Auditor::new(&bundle, &base).figure("report:weekly/meta_leads/week").await.unwrap();
    assert!(audit.agrees && audit.verdict.contains("stand in the archived pages"));
}

/// A tar of one entry.
fn tar_of(name: &str, kind: tar::EntryType, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    // Set directly, since the library refuses to write such names itself.
    let field = &mut header.as_old_mut().name;
    field[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, content).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn entries_that_no_export_writes_are_refused() {
    let regular = tar::EntryType::Regular;
    for name in ["../x", "/etc/passwd", "archive/../../x", "events/./a", "archive//x", "a\\b"] {
        let error = Bundle::from_bytes(&tar_of(name, regular, b"x")).unwrap_err();
        assert!(matches!(error, BundleError::Foreign { .. }), "{name}: {error}");
    }
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Directory] {
        let error = Bundle::from_bytes(&tar_of("manifest.json", kind, b"")).unwrap_err();
        assert!(matches!(error, BundleError::Foreign { .. }), "{error}");
    }
    let of_manifest = |text: &str| {
        Bundle::from_bytes(&tar_of("manifest.json", regular, text.as_bytes())).unwrap_err()
    };
    assert!(matches!(of_manifest("{}"), BundleError::Manifest(_)));
    assert!(matches!(of_manifest("{\"format\":2}"), BundleError::Newer { found: 2 }));
    assert!(matches!(Bundle::from_bytes(b""), Err(BundleError::NoManifest)));
    assert!(Bundle::from_bytes(b"no tar at all, but long enough to be looked at").is_err());
}
