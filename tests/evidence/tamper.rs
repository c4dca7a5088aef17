//! Whatever is altered, cut or taken away is found, and named.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;
use weekledger::embedded::{Access, DataDir};
use weekledger::evidence::{
    AuditBase, Auditor, Checked, FigureAudit, Verdict, verify_archive, verify_week,
};
use weekledger_events::StreamId;

use crate::world::{NEWEST, Plan, World, now, producer, report, store, stream};

fn small() -> Plan {
    Plan { backfilled: 1, ..Plan::default() }
}

/// Everything that a verification of all weeks names as corrupt.
async fn corrupt(data: &Path) -> Vec<String> {
    let store = store(data);
    let mut named = Vec::new();
    match weekledger::evidence::Store::streams(&store).await {
        Ok(streams) => {
            for stream in streams {
                let answer = verify_week(&store, &stream, &producer()).await.unwrap();
                assert_eq!(answer.verdict == Verdict::Corrupt, !answer.corrupt.is_empty());
                let name = |what: &str| format!("{stream}: {what}");
                named.extend(answer.corrupt.iter().map(|one| name(&one.what)));
            }
            let archive = verify_archive(&store).await.unwrap();
            named.extend(archive.into_iter().map(|one| one.what));
        }
        Err(error) => named.push(error.to_string()),
    }
    named
}

/// A place in `length` bytes that depends on `salt` only.
fn somewhere(length: usize, salt: usize) -> usize {
    (salt.wrapping_mul(2_654_435_761) >> 3) % length
}

fn overwrite(path: &Path, bytes: &[u8]) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file in a test's own folder")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn an_untouched_world_is_the_same() {
    let world = World::new(small()).await;
    assert_eq!(corrupt(&world.data()).await, Vec::<String>::new());
    let answer = world.verify().await;
    assert_eq!(answer.verdict, Verdict::Same);
    assert_eq!(answer.anchored_to.unwrap().get() as usize, answer.events);
    assert_eq!(answer.anchors, answer.events);
    assert!(answer.figures_recomputed > 500 && answer.mails_recomputed == 1);
    assert!(answer.notes.is_empty() && answer.other_versions.is_empty(), "{answer:?}");
}

#[tokio::test]
async fn any_flipped_byte_of_any_archived_object_is_named() {
    let world = World::new(small()).await;
    let objects = world.objects();
    assert!(objects.len() > 40);
    for area in ["raw/", "evidence/", "anchors/"] {
        assert!(objects.iter().any(|(name, _)| name.starts_with(area)), "{area}");
    }
    for (salt, (name, path)) in objects.iter().enumerate() {
        // Pages are all alike here, and by far the most.
        if name.starts_with("raw/") && salt % 3 != 0 {
            continue;
        }
        let whole = fs::read(path).unwrap();
        let mut bytes = whole.clone();
        let place = somewhere(bytes.len(), salt);
        bytes[place] ^= 1 << (salt % 8);
        overwrite(path, &bytes);
        let named = corrupt(&world.data()).await;
        let event = name.rsplit('/').next().unwrap().trim_start_matches('0');
        let is_named = |one: &String| {
            one.contains(name)
                || (name.starts_with("anchors/") && one.ends_with(&format!("event {event}")))
        };
        assert!(named.iter().any(is_named), "byte {place} of {name}: {named:?}");
        overwrite(path, &whole);
    }
    assert_eq!(corrupt(&world.data()).await, Vec::<String>::new());
}

#[tokio::test]
async fn evidence_anchors_and_single_pages_that_are_gone_are_named() {
    let world = World::new(small()).await;
    for (salt, (name, path)) in world.objects().into_iter().enumerate() {
        // Pages are all alike here, and by far the most.
        if name.starts_with("raw/") && salt % 8 != 0 {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        overwrite(&path, &bytes);
        fs::remove_file(&path).unwrap();
        let named = corrupt(&world.data()).await;
        if name.contains("/steps/") {
            // A working note that nothing refers to.
            assert_eq!(named, Vec::<String>::new(), "{name}");
        } else if name.ends_with("/000003") && !name.contains(NEWEST)
            || is_head(&world, &name).await
        {
            // The newest event's anchor may not have been written yet.
            assert_eq!(named, Vec::<String>::new(), "{name}");
        } else {
            assert!(named.iter().any(|one| one.contains(&name)), "{name}: {named:?}");
        }
        fs::write(&path, &bytes).unwrap();
    }
}

async fn is_head(world: &World, name: &str) -> bool {
    let head = world.week().await.events.len();
    name == format!("anchors/weekly/{NEWEST}/{head:06}")
}

/// Opens a copy's ledger without its guards.
fn unguarded(data: &Path) -> Connection {
    let ledger = Connection::open(data.join("ledger.sqlite3")).unwrap();
    ledger
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON;
             DROP TRIGGER events_append_only;
             DROP TRIGGER events_never_change;
             DROP TRIGGER events_never_vanish;",
        )
        .unwrap();
    ledger
}

#[tokio::test]
async fn any_flipped_byte_of_any_ledger_row_is_named() {
    let world = World::new(small()).await;
    let copy = world.copy();
    let ledger = unguarded(&copy.data());
    let mut rows: Vec<(i64, String, String)> = Vec::new();
    {
        let mut statement = ledger.prepare("SELECT id, pk, sk FROM events ORDER BY id").unwrap();
        let mut found = statement.query(()).unwrap();
        while let Some(row) = found.next().unwrap() {
            rows.push((row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap()));
        }
    }
    assert!(rows.len() >= 10);
    let mut flipped = 0;
    for (salt, (id, pk, sk)) in rows.iter().enumerate() {
        for (column, place) in
            ["pk", "sk", "prev_digest", "digest", "envelope", "payload"].iter().zip(salt..)
        {
            let select = format!("SELECT {column} FROM events WHERE id = ?1");
            let whole: Value = ledger.query_row(&select, (id,), |row| row.get(0)).unwrap();
            let Some(changed) = flip(&whole, place) else { continue };
            let update = format!("UPDATE events SET {column} = ?1 WHERE id = ?2");
            // A slot that is taken is refused by the index, guards or not.
            if ledger.execute(&update, (&changed, id)).is_err() {
                continue;
            }
            let named = corrupt(&copy.data()).await;
            let week = pk.rsplit('#').next().unwrap();
            let number = sk.trim_start_matches('0');
            let is_named =
                |one: &String| one.contains(week) || one.contains(&format!("event {number}"));
            assert!(named.iter().any(is_named), "{column} of {pk} {sk}: {named:?}");
            ledger.execute(&update, (&whole, id)).unwrap();
            flipped += 1;
        }
    }
    assert!(flipped > rows.len() * 4, "{flipped}");
    assert_eq!(corrupt(&copy.data()).await, Vec::<String>::new());
}

/// The lowest bit of one byte; `None` for a value that has none.
fn flip(value: &Value, salt: usize) -> Option<Value> {
    match value {
        Value::Text(text) if !text.is_empty() => {
            let mut bytes = text.clone().into_bytes();
            let place = somewhere(bytes.len(), salt);
            bytes[place] ^= 1;
            Some(Value::Text(String::from_utf8(bytes).unwrap()))
        }
        Value::Blob(blob) if !blob.is_empty() => {
            let mut bytes = blob.clone();
            let place = somewhere(bytes.len(), salt);
            bytes[place] ^= 1;
            Some(Value::Blob(bytes))
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_ledger_that_was_cut_is_found_by_its_anchors() {
    let world = World::new(small()).await;
    let events = world.week().await.events.len();
    let key = format!("WEEK#weekly#{NEWEST}");
    for kept in [events - 1, 3, 0] {
        let copy = world.copy();
        let delete = "DELETE FROM events WHERE pk = ?1 AND CAST(sk AS INTEGER) > ?2";
        unguarded(&copy.data()).execute(delete, (&key, i64::try_from(kept).unwrap())).unwrap();
        let named = corrupt(&copy.data()).await;
        if kept == 0 {
            // The whole week is gone: its anchors say that it was there.
            assert_eq!(named, [stream().to_string()]);
        } else {
            let lost = format!("{}: event {events}", stream());
            assert!(named.contains(&lost), "{named:?}");
        }
    }
}

#[tokio::test]
async fn a_week_that_others_rest_on_is_missed_by_them() {
    let world = World::new(small()).await;
    let copy = world.copy();
    let earlier = StreamId::new(report(), stream().week.previous());
    let delete = "DELETE FROM events WHERE pk = ?1 AND sk = '000003'";
    unguarded(&copy.data()).execute(delete, (format!("WEEK#weekly#{}", earlier.week),)).unwrap();
    let answer = copy.verify().await;
    assert_eq!(answer.verdict, Verdict::Corrupt);
    assert_eq!(answer.corrupt[0].what, format!("event 3 of {earlier}"));
    assert!(answer.corrupt[0].why.starts_with("it is missing; event 3 (MetricsComputed) names "));
}

#[tokio::test]
async fn expired_pages_leave_the_figures_verified_from_their_rows() {
    let world = World::new(small()).await;
    let archive = DataDir::open(&world.data(), Access::Write).unwrap().archive().unwrap();
    let later = now().checked_add(jiff::SignedDuration::from_hours(24 * 400)).unwrap();
    let far = jiff::Timestamp::MAX
        .min(later.checked_add(jiff::SignedDuration::from_hours(24 * 3650)).unwrap());
    assert!(archive.expire_raw(far, 90).unwrap().objects > 10);
    let answer = world.verify().await;
    assert_eq!(answer.verdict, Verdict::Same, "{answer:?}");
    assert!(answer.expired > 5 && answer.notes.len() == 2, "{:?}", answer.notes);
    assert_eq!(answer.mails_recomputed, 1);

    let audit = clicks(&world).await;
    assert!(audit.agrees && audit.verdict.contains("have expired"), "{}", audit.verdict);
    let json = serde_json::to_value(&audit).unwrap();
    let inputs = json["inputs"].as_array().unwrap();
    assert!(!inputs.is_empty() && inputs.iter().all(|input| input["checked"] == "expired"));
    assert!(inputs.iter().all(|input| input["object"].is_null() && input["artifact"].is_string()));
}

async fn clicks(world: &World) -> FigureAudit {
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    Auditor::new(&store, &base).figure("report:weekly/clicks/week").await.unwrap()
}

#[tokio::test]
async fn an_audit_differs_where_a_page_was_altered() {
    let world = World::new(small()).await;
    let before = clicks(&world).await;
    assert!(before.agrees);
    let object = before.inputs[0].object.clone().unwrap();
    let path = world.data().join("archive").join(&object);
    // Another campaign's name: the figure's own values stay.
    let text = fs::read_to_string(&path).unwrap().replacen("campaign_name", "campaign_Name", 1);
    overwrite(&path, text.as_bytes());
    let after = clicks(&world).await;
    assert!(!after.agrees && after.verdict.starts_with("DIFFERS"), "{}", after.verdict);
    let differ = after.inputs.iter().filter(|input| input.checked == Checked::Differs);
    let from_it = before.inputs.iter().filter(|input| input.object.as_ref() == Some(&object));
    assert_eq!(differ.count(), from_it.count());
}
