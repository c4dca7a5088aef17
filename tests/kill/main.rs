//! The process is killed at random moments of `run`, again and again, and started again: one
//! report, one chain without gaps, no second mail.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use weekledger::embedded::{Access, DataDir};
use weekledger::ports::{Archive, ArtifactName, Ledger};
use weekledger::simulator::{self, Options, Running};
use weekledger_events::payload::Origin;
use weekledger_events::verify::check_chain;
use weekledger_events::{Event, Payload, StoredEvent, StreamId, Week};

/// SplitMix64, so that a failing series of moments can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

const NOW: &str = "2026-11-23T06:00:00Z";
const WEEK: &str = "2026-W47";

fn configuration(running: &Running) -> String {
    let mut text = format!(
        "[sources.meta]\nbase_url = \"{}\"\npage_size = 25\n[sources.hubspot]\nbase_url = \"{}\"\n\
         [mail]\nfrom = \"reports@example.com\"\n\
         [[report]]\nid = \"weekly\"\ntitle = \"Weekly\"\ntimezone = \"Europe/Vienna\"\n",
        running.meta_base_url(),
        running.hubspot_base_url(),
    );
    for property in running.properties() {
        text.push_str(&format!(
            "[[report.account]]\nname = \"{}\"\nmeta_account = \"{}\"\n",
            property.name, property.meta_account
        ));
    }
    for key in ["one", "two", "three"] {
        text.push_str(&format!(
            "[[report.recipient]]\nkey = \"{key}\"\nname = \"{key}\"\nemail = \"{key}@example.com\"\n\
             department = \"Marketing\"\n"
        ));
    }
    text
}

fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_weekledger"))
        .args(["run", "--week", WEEK, "--now", NOW, "--json"])
        .arg("--config")
        .arg(folder.join("weekledger.toml"))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("WEEKLEDGER_META_TOKEN", "token-of-the-test")
        .env("WEEKLEDGER_HUBSPOT_TOKEN", "token-of-the-test")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_moment_ends_in_one_report() {
    for seed in 0..5 {
        killed_again_and_again(seed).await;
    }
}

async fn killed_again_and_again(seed: u64) {
    let now: Timestamp = NOW.parse().unwrap();
    let running = simulator::start(Options {
        seed,
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        listen: "127.0.0.1:0".parse().unwrap(),
        replay: None,
        faults: Vec::new(),
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weekledger.toml"), configuration(&running)).unwrap();
    let mut dice = Dice(seed);
    let mut killed = 0;
    for round in 1..=14 {
        let mut child = start(folder.path());
        tokio::time::sleep(Duration::from_millis(dice.below(40 * round))).await;
        if child.try_wait().unwrap().is_none() {
            killed += 1;
            child.kill().unwrap();
        }
        child.wait().unwrap();
    }
    assert!(killed > 0, "no process was killed in time; the test tests nothing");
    let output = tokio::task::spawn_blocking({
        let child = start(folder.path());
        move || child.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["outcome"], "sent", "seed {seed}: {answer}");
    assert!(output.status.success());
    one_chain_one_report(folder.path(), seed).await;
    running.stop().await;
}

async fn one_chain_one_report(folder: &Path, seed: u64) {
    let data = DataDir::open(&folder.join("data"), Access::Read).unwrap();
    let stream = StreamId::new("weekly".parse().unwrap(), Week::parse(WEEK).unwrap());
    let (ledger, archive) = (data.ledger().unwrap(), data.archive().unwrap());
    let mut stored = Vec::new();
    for item in ledger.load(&stream).await.unwrap() {
        let envelope = weekledger_events::envelope::read_envelope(&item.envelope).unwrap();
        let payload = match item.payload {
            Some(payload) => payload,
            None => {
                let name = ArtifactName::evidence(&envelope.payload.digest);
                archive.read(&name).await.unwrap().unwrap()
            }
        };
        stored.push(StoredEvent { envelope: item.envelope, payload });
    }
    check_chain(&stream, &stored).unwrap();
    let events: Vec<Event> = stored.iter().map(|event| event.read().unwrap()).collect();
    let count = |wanted: &dyn Fn(&Payload) -> bool| {
        events.iter().filter(|event| wanted(&event.payload)).count()
    };
    let by_hand = |payload: &Payload| matches!(payload, Payload::RunRequested(run) if run.origin == Origin::Hand);
    assert_eq!(count(&by_hand), 1, "seed {seed}: a killed run resumes, it never opens a second");
    assert_eq!(count(&|payload| matches!(payload, Payload::RawFetched(_))), 1);
    assert_eq!(count(&|payload| matches!(payload, Payload::ReportSent(_))), 1);
    let mails = std::fs::read_dir(folder.join(format!("data/outbox/weekly/{WEEK}"))).unwrap();
    let mails: Vec<String> = mails
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".eml"))
        .collect();
    assert_eq!(mails.len(), 3, "seed {seed}: one mail for each recipient, not {mails:?}");
    for key in ["one", "two", "three"] {
        assert_eq!(mails.iter().filter(|name| name.starts_with(&format!("r1-{key}-"))).count(), 1);
    }
    let anchors = archive.list(&ArtifactName::anchor_prefix(&stream)).await.unwrap();
    let head = events.last().unwrap().sequence();
    assert!(
        anchors.contains(&ArtifactName::anchor(&stream, head)),
        "seed {seed}: the head, event {head}, is not anchored: {anchors:?}"
    );
}
