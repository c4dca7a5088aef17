//! A week whose own record is damaged stops alone: other reports, other weeks and `status` go on.

use rusqlite::Connection;
use serde_json::Value;

use crate::desk::Desk;

/// Before the delivery time of a report in London, an hour behind Vienna; both weeks are opened.
const PREPARED: &str = "2026-11-23T05:30:00Z";
const DELIVERED: &str = "2026-11-23T07:05:00Z";

/// Two reports over the same accounts: `weekly` in Vienna and `second` in London.
async fn two_reports() -> Desk {
    let desk = Desk::new().await;
    let account = desk.accounts().remove(0);
    desk.edit(|text| {
        format!(
            "{text}[[report]]\nid = \"second\"\ntitle = \"Second\"\ntimezone = \
             \"Europe/London\"\n[[report.account]]\nname = \"Only\"\nmeta_account = \
             \"{account}\"\n[[report.recipient]]\nname = \"Cleo\"\nemail = \
             \"cleo@example.com\"\ndepartment = \"Marketing\"\n"
        )
    });
    desk
}

fn ledger(desk: &Desk) -> Connection {
    Connection::open(desk.data().join("ledger.sqlite3")).unwrap()
}

/// Alters the payload of the newest event of a week, behind the ledger's back.
fn alter(desk: &Desk, stream: (&str, &str)) {
    let ledger = ledger(desk);
    ledger.execute("DROP TRIGGER IF EXISTS events_never_change", ()).unwrap();
    let alter = "UPDATE events SET payload = CAST(replace(payload, '2', '3') AS BLOB) WHERE id = (SELECT max(id) \
                 FROM events WHERE pk LIKE ?1)";
    assert_eq!(ledger.execute(alter, [key(stream)]).unwrap(), 1);
}

fn key((report, week): (&str, &str)) -> String {
    format!("%{report}%{week}")
}

fn told(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.starts_with("to the owner: ")).collect()
}

#[tokio::test]
async fn a_damaged_newest_week_stops_its_own_report_and_the_owner_is_told_once() {
    let desk = two_reports().await;
    assert_eq!(desk.say_at(PREPARED, &["watch"]).await.exit, 0);
    alter(&desk, ("weekly", "2026-W47"));

    let first = desk.say_at(DELIVERED, &["watch"]).await;
    assert_eq!(first.exit, 5, "{}", first.stderr);
    assert_eq!(desk.mails_of("second", "2026-W47").len(), 1, "{}", first.stderr);
    assert!(desk.mails("2026-W47").is_empty(), "a damaged week sends nothing");
    let notices = told(&first.stderr);
    assert_eq!(notices.len(), 1, "{}", first.stderr);
    assert!(notices[0].starts_with("to the owner: weekly/2026-W47: event "), "{notices:?}");
    assert!(first.stderr.contains("was changed after it was written"), "{}", first.stderr);

    let second = desk.say_at(DELIVERED, &["watch"]).await;
    assert_eq!(second.exit, 5);
    assert_eq!(told(&second.stderr), Vec::<&str>::new());
    assert_eq!(desk.mails_of("second", "2026-W47").len(), 1);
}

#[tokio::test]
async fn run_answers_a_line_for_each_report_though_one_is_damaged() {
    let desk = two_reports().await;
    let whole = desk.say(&["run", "--json"]).await;
    assert_eq!(whole.exit, 0, "{}", whole.stderr);
    let outcomes = |stdout: &str| -> Vec<(Value, Value, Value)> {
        let answer = |line| serde_json::from_str::<Value>(line).unwrap();
        let of = |answer: Value| {
            (answer["report"].clone(), answer["outcome"].clone(), answer["revision"].clone())
        };
        stdout.lines().map(answer).map(of).collect()
    };
    assert_eq!(
        outcomes(&whole.stdout),
        [("weekly".into(), "sent".into(), 1.into()), ("second".into(), "sent".into(), 1.into())]
    );

    let desk = two_reports().await;
    assert_eq!(desk.say_at(PREPARED, &["watch"]).await.exit, 0);
    alter(&desk, ("weekly", "2026-W47"));
    let run = desk.say_at(DELIVERED, &["run", "--json"]).await;
    assert_eq!(run.exit, 5, "{}", run.stderr);
    assert_eq!(
        outcomes(&run.stdout),
        [
            ("weekly".into(), "failed".into(), Value::Null),
            ("second".into(), "sent".into(), 1.into())
        ]
    );
    let damaged: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert!(damaged["action"].as_str().unwrap().contains("weekledger verify"), "{damaged}");
    assert_eq!(told(&run.stderr).len(), 1, "{}", run.stderr);
    assert_eq!(desk.mails_of("second", "2026-W47").len(), 1);
}

#[tokio::test]
async fn a_damaged_past_week_is_left_out_of_a_later_report_that_says_so() {
    let desk = two_reports().await;
    let past = desk.say(&["run", "--week", "2026-W45"]).await;
    assert_eq!(past.exit, 0, "{}", past.stderr);
    alter(&desk, ("weekly", "2026-W45"));

    let watch = desk.say_at(DELIVERED, &["watch"]).await;
    assert_eq!(watch.exit, 5, "{}", watch.stderr);
    assert_eq!(told(&watch.stderr).len(), 1, "{}", watch.stderr);
    assert_eq!(desk.mails("2026-W47").len(), 2, "{}", watch.stderr);
    assert_eq!(desk.mails_of("second", "2026-W47").len(), 1);
    let show = ["show", "2026-W47", "--report", "weekly", "--text"];
    let text = desk.say(&show).await.stdout;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "What was recorded of week 45 cannot be read and is left out";
    assert!(text.contains(said), "{text}");
    assert!(!text.contains("backfill --from 2026-W45"), "{text}");
    assert!(desk.say(&["show", "2026-W47", "--report", "second", "--text"]).await.exit == 0);

    // The report that was made without the damaged week can be made anew, byte for byte.
    let verify = ["verify", "2026-W47", "--report", "weekly", "--json"];
    let verified = desk.say(&verify).await;
    assert_eq!((verified.exit, &verified.json()["verdict"]), (0, &"same".into()), "{verified:?}");

    let run = desk.say_at(DELIVERED, &["run", "--json"]).await;
    assert_eq!(run.exit, 0, "both went out, which is what was asked: {}", run.stderr);
}

#[tokio::test]
async fn status_shows_the_other_weeks_beside_a_damaged_one_and_what_to_do() {
    let desk = two_reports().await;
    assert_eq!(desk.say_at(DELIVERED, &["run"]).await.exit, 0);
    alter(&desk, ("weekly", "2026-W47"));
    let status = desk.say(&["status", "--json"]).await;
    assert_eq!(status.exit, 5, "{}", status.stderr);
    let lines = status.json();
    assert_eq!(lines[0]["outcome"], "damaged");
    assert!(lines[0]["revision"].is_null() && lines[0]["at"].is_null(), "{lines}");
    assert_eq!(lines[0]["needs"][0]["class"], "damaged");
    let action = lines[0]["needs"][0]["action"].as_str().unwrap();
    assert!(action.contains("verify") && action.contains("backup"), "{action}");
    assert_eq!((&lines[1]["report"], &lines[1]["outcome"]), (&"second".into(), &"sent".into()));
    let shown = desk.say(&["status"]).await;
    assert_eq!(shown.exit, 5);
    assert!(shown.stdout.contains("weekly 2026-W47:\n  ledger: event "), "{}", shown.stdout);
    assert!(shown.stdout.contains("what to do: the ledger was changed"), "{}", shown.stdout);
}

#[tokio::test]
async fn an_event_of_a_newer_program_asks_for_that_program_and_for_no_backup() {
    let desk = two_reports().await;
    assert_eq!(desk.say_at(DELIVERED, &["run"]).await.exit, 0);
    append_from_the_future(&desk, ("weekly", "2026-W47"));
    let status = desk.say(&["status", "--json"]).await.json();
    let action = status[0]["needs"][0]["action"].as_str().unwrap();
    assert!(action.starts_with("install the newest weekledger"), "{action}");
    assert!(!action.contains("backup"), "{action}");
}

/// An event of a schema that this program does not know, on the head of a week.
fn append_from_the_future(desk: &Desk, stream: (&str, &str)) {
    use weekledger_events::{ArtifactRef, Digest, canonical};
    let ledger = ledger(desk);
    let head = "SELECT pk, digest, envelope FROM events WHERE pk LIKE ?1 ORDER BY id DESC LIMIT 1";
    let (pk, digest, envelope): (String, String, Vec<u8>) = ledger
        .query_row(head, [key(stream)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let mut envelope: Value = serde_json::from_slice(&envelope).unwrap();
    let payload = b"{}".to_vec();
    let sequence = envelope["sequence"].as_u64().unwrap() + 1;
    envelope["id"] = "00000000-0000-5000-8000-000000000001".into();
    envelope["sequence"] = sequence.into();
    envelope["prev_digest"] = digest.clone().into();
    envelope["schema_version"] = 99.into();
    envelope["payload"] = serde_json::to_value(ArtifactRef::of(&payload)).unwrap();
    let envelope = canonical::to_bytes(&envelope).unwrap();
    let insert = "INSERT INTO events (pk, sk, prev_digest, digest, envelope, payload) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (sk, own) = (format!("{sequence:06}"), Digest::of(&envelope).to_string());
    ledger.execute(insert, rusqlite::params![pk, sk, digest, own, envelope, payload]).unwrap();
}
