//! The commands from the outside: names of the JSON, exit codes, and data on stdout alone.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use weekledger_events::{EventType, Payload};

use crate::world::{NEWEST, Plan, World, producer};

fn weekledger(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    // No configuration: evidence outlives it.
    command.current_dir(data.parent().unwrap()).arg("--data-dir").arg(data).args(args);
    command.stdin(Stdio::null()).env_clear().output().unwrap()
}

#[track_caller]
fn json(data: &Path, args: &[&str], code: i32) -> Value {
    let output = weekledger(data, &[args, &["--json"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}"))
}

/// Every name in a JSON value, with what kind of value stands there.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => Value::Array(items.first().map(shape).into_iter().collect()),
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "text".into(),
    }
}

async fn world() -> World {
    let plan = Plan { backfilled: 1, ..Plan::default() };
    let world = World::new(plan.clone()).await;
    world.again(EventType::MetricsComputed, plan).await;
    world
}

#[tokio::test]
async fn the_foot_of_the_mail_quotes_what_backtest_says_and_audit_says_it_again() {
    // Fifteen weeks: three of each series have the twelve before them that a verdict needs.
    let world = World::new(Plan::default()).await;
    let data = world.data();
    let told = json(&data, &["backtest"], 0);
    let series = told[0]["series"].as_array().unwrap();
    let weeks: u64 = series.iter().map(|one| one["judged_weeks"].as_u64().unwrap()).sum();
    let alerts = series
        .iter()
        .flat_map(|one| one["openings"].as_array().unwrap())
        .filter(|spoken| spoken["alert"] == true)
        .count();
    assert!(weeks > 0 && weeks <= 3 * series.len() as u64, "{weeks} of {} series", series.len());
    let mail = weekledger(&data, &["show", NEWEST, "--text"]);
    let mail = String::from_utf8(mail.stdout).unwrap();
    let mail = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    let times = if alerts == 1 { "time" } else { "times" };
    // Tenths of 52 weeks, halves upwards.
    let tenths = (weeks * 20 + 52) / 104;
    let said = format!(
        "would have spoken {alerts} {times} in {}.{} series-years",
        tenths / 10,
        tenths % 10
    );
    assert!(mail.contains(&said), "{said}: {mail}");
    for id in ["backtest:alerts", "backtest:series_years", "backtest:years_per_false_alert"] {
        let audit = json(&data, &["audit", NEWEST, "--figure", id], 0);
        assert_eq!(audit["agrees"], true, "{audit}");
    }
}

#[tokio::test]
async fn the_json_of_every_reading_command_keeps_its_names() {
    let world = world().await;
    let data = world.data();
    let spend = "report:weekly/spend/week/EUR";
    let out = data.with_file_name("week.tar");
    let out = out.to_str().unwrap();
    for (name, args) in [
        ("figures", &["figures", NEWEST, "--metric", "spend", "--window", "week"][..]),
        ("show", &["show", NEWEST]),
        ("audit", &["audit", NEWEST]),
        ("audit_figure", &["audit", NEWEST, "--figure", spend]),
        ("verify", &["verify", NEWEST]),
        ("diff", &["diff", NEWEST, "--revisions", "1", "2"]),
        ("export", &["export", NEWEST, "--out", out]),
        ("expire", &["expire", "--older-than", "3650"]),
        ("rebuild", &["rebuild"]),
    ] {
        let answer = shape(&json(&data, args, 0));
        insta::assert_snapshot!(name, serde_json::to_string_pretty(&answer).unwrap());
    }
}

#[tokio::test]
async fn figures_are_the_documented_ones_and_can_be_narrowed() {
    let world = world().await;
    let data = world.data();
    let all = json(&data, &["figures"], 0);
    let all = all.as_array().unwrap();
    assert!(all.len() > 500 && all.iter().all(|one| one["week"] == NEWEST));
    let narrowed = ["figures", NEWEST, "--level", "report", "--metric", "cpm", "--window", "week"];
    let narrowed = json(&data, &narrowed, 0);
    let ids: Vec<&str> =
        narrowed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["report:weekly/cpm/week/EUR", "report:weekly/cpm/week/GBP"]);
    let csv = weekledger(&data, &["figures", "--csv", "--level", "account", "--metric", "spend"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("id,report,week,level,") && csv.lines().count() > 20);
    for wrong in [&["figures", "2026-W01"][..], &["figures", "--level", "planet"]] {
        let output = weekledger(&data, wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[tokio::test]
async fn the_mail_is_shown_byte_for_byte() {
    let world = world().await;
    let data = world.data();
    let parts = json(&data, &["show", NEWEST, "--revision", "1"], 0);
    for (part, args) in [("html", &["show", NEWEST][..]), ("text", &["show", NEWEST, "--text"])] {
        let newest = json(&data, &["show", NEWEST], 0);
        let path = data.parent().unwrap().join(newest[part]["path"].as_str().unwrap());
        assert_eq!(weekledger(&data, args).stdout, std::fs::read(path).unwrap());
    }
    // The second revision was held, and is shown all the same.
    assert_eq!(parts["outcome"], "sent");
    assert_eq!(json(&data, &["show", NEWEST], 0)["outcome"], "held");
    assert_eq!(json(&data, &["show", NEWEST], 0)["revision"], 2);
}

#[tokio::test]
async fn an_audit_tells_the_way_back_in_the_documented_names() {
    let world = world().await;
    let data = world.data();
    let audit = json(&data, &["audit", NEWEST, "--figure", "report:weekly/clicks/week"], 0);
    assert_eq!(audit["figure"], "report:weekly/clicks/week");
    let inputs = audit["inputs"].as_array().unwrap();
    let sum: u64 =
        inputs.iter().map(|one| one["value"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(Some(sum.to_string().as_str()), audit["value"].as_str());
    assert!(inputs.iter().all(|one| one["checked"] == true && one["artifact"].is_string()));
    assert!(inputs.iter().all(|one| one["pointer"].as_str().unwrap().starts_with("/data/")));
    let trail = json(&data, &["audit", NEWEST], 0);
    assert_eq!((&trail["revision"], &trail["outcome"]), (&1.into(), &"sent".into()));
    assert_eq!(trail["recipients"][0]["result"], "accepted");
    let pages = trail["raw"]["pages"].as_array().unwrap();
    assert!(pages.iter().all(|page| page["url"].as_str().unwrap().starts_with("http://127.0.0.1")));
    assert!(
        !String::from_utf8_lossy(&weekledger(&data, &["audit", NEWEST]).stdout).contains("a-token")
    );
    let unknown = weekledger(&data, &["audit", NEWEST, "--figure", "report:weekly/click/week"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("report:weekly/clicks/week"));
}

#[tokio::test]
async fn a_damaged_ledger_ends_with_five_and_a_bundle_answers_elsewhere() {
    let world = world().await;
    let data = world.data();
    let file = data.with_file_name("week.tar");
    let out = file.to_str().unwrap();
    assert_eq!(json(&data, &["export", NEWEST, "--out", out], 0)["week"], NEWEST);
    // Never overwritten.
    assert_eq!(weekledger(&data, &["export", NEWEST, "--out", out]).status.code(), Some(2));
    let elsewhere = tempfile::tempdir().unwrap();
    let nowhere = elsewhere.path().join("data");
    let answer = json(&nowhere, &["verify", "--bundle", out], 0);
    assert_eq!(answer["verdict"], "same");
    assert_eq!(answer["checked_by"], format!("weekledger {}", producer().version));
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = elsewhere.path().join("altered.tar");
    std::fs::write(&altered, bytes).unwrap();
    let output = weekledger(&nowhere, &["verify", "--bundle", altered.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(5));

    // The mail itself: other evidence may belong to an earlier week.
    let html = world.week().await.events.iter().find_map(|event| match &event.payload {
        Payload::AnalysisGenerated(analysis) => Some(analysis.html.digest),
        _ => None,
    });
    let name = format!("evidence/{}", html.unwrap());
    std::fs::remove_file(data.join("archive").join(&name)).unwrap();
    let answer = json(&data, &["verify"], 5);
    assert_eq!(answer["verdict"], "corrupt");
    assert!(answer.to_string().contains(&name));
}

#[tokio::test]
async fn rebuild_check_ends_with_one_while_something_differs() {
    let world = world().await;
    let data = world.data();
    assert_eq!(json(&data, &["rebuild", "--check"], 1)["written"], false);
    assert!(!data.join("history").exists(), "a check writes nothing");
    json(&data, &["rebuild"], 0);
    json(&data, &["rebuild", "--check"], 0);
    let table = rusqlite::Connection::open(data.join("history/history.sqlite3")).unwrap();
    let delete = "DELETE FROM campaign_weeks WHERE rowid = (SELECT min(rowid) FROM campaign_weeks)";
    assert_eq!(table.execute(delete, ()).unwrap(), 1);
    let answer = json(&data, &["rebuild", "--check"], 1);
    assert_eq!(answer["reports"][0]["missing"].as_array().unwrap().len(), 1);
    json(&data, &["rebuild"], 0);
    json(&data, &["rebuild", "--check"], 0);
}

#[tokio::test]
async fn rebuild_makes_a_table_anew_that_cannot_be_read_and_a_check_names_the_row() {
    let world = world().await;
    let data = world.data();
    json(&data, &["rebuild"], 0);
    let path = data.join("history/history.sqlite3");
    let table = rusqlite::Connection::open(&path).unwrap();
    let harm = "UPDATE campaign_weeks SET spend = 'much' WHERE rowid = 1";
    assert_eq!(table.execute(harm, ()).unwrap(), 1);
    let campaign: String = table
        .query_row("SELECT campaign_id FROM campaign_weeks WHERE rowid = 1", (), |row| row.get(0))
        .unwrap();
    drop(table);
    let answer = json(&data, &["rebuild", "--check"], 1);
    let named = answer["reports"][0]["unreadable"].as_str().unwrap();
    assert!(named.contains(&campaign), "{named}");
    json(&data, &["rebuild"], 0);
    json(&data, &["rebuild", "--check"], 0);

    std::fs::write(&path, "not a database".repeat(100)).unwrap();
    json(&data, &["rebuild"], 0);
    json(&data, &["rebuild", "--check"], 0);
}

#[tokio::test]
async fn commands_say_so_where_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("data");
    for args in [
        &["figures"][..],
        &["show", NEWEST],
        &["audit", NEWEST],
        &["verify"],
        &["diff", NEWEST, "--revisions", "1", "2"],
        &["export", NEWEST, "--out", "x.tar"],
        &["expire", "--older-than", "90"],
        &["rebuild"],
    ] {
        let output = weekledger(&nowhere, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !nowhere.exists(), "{args:?}");
    }
}

#[tokio::test]
async fn a_page_that_was_taken_away_alone_is_named_and_one_that_expired_is_not() {
    let world = world().await;
    let data = world.data();
    let spend = ["audit", NEWEST, "--figure", "report:weekly/spend/week/EUR"];
    let audit = json(&data, &spend, 0);
    let digest = audit["inputs"][0]["artifact"].as_str().unwrap().to_owned();
    let is_page = |name: &str| name.starts_with("raw/") && name.ends_with(&digest);
    let (name, path) = world.objects().into_iter().find(|(name, _)| is_page(name)).unwrap();
    std::fs::remove_file(&path).unwrap();
    for args in [&spend[..], &["audit", NEWEST], &["verify", NEWEST]] {
        let output = weekledger(&data, args);
        let told = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(5), "{args:?}");
        assert!(String::from_utf8_lossy(&told).contains(&name), "{args:?} names no {name}");
    }
    // An expiry takes the whole pull.
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    for args in [&spend[..], &["audit", NEWEST], &["verify", NEWEST]] {
        let output = weekledger(&data, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("expired"), "{args:?}");
    }
}
