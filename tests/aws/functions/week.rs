//! A whole week through the six functions, each a process under the Runtime API.

use serde_json::json;
use weekledger::evidence::LedgerStore;
use weekledger::history;
use weekledger::ports::HistoryTable;
use weekledger_events::StreamId;

use super::platform::Platform;
use super::stack::{Stack, schedule, stream, week};
use crate::place::run;

#[test]
fn a_scheduled_week_goes_from_the_opening_to_one_mail_for_each_recipient() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    platform.call("open", &schedule("open", week()));
    platform.carry();
    stack.expect_sent(&stream());
    assert_eq!(stack.told(), Vec::<String>::new());

    // What comes again, or at its own time, finds everything done.
    platform.call("open", &schedule("open", week()));
    platform.call("deliver", &schedule("deliver", week()));
    platform.carry();
    stack.expect_sent(&stream());

    // The history table says what the ledger says.
    run(async {
        let ports = stack.ports().await;
        let store = LedgerStore::new(ports.ledger, ports.archive);
        let table = stack.cloud().await.history(&stack.history);
        let rows = table.rows(&stream().report).await.unwrap();
        assert!(!rows.is_empty() && rows.iter().any(|row| row.week == week()));
        assert!(history::check(&store, &table, &stream().report).await.unwrap().is_empty());
    });

    platform.call("watch", &json!({ "schedule": "watch" }));
    for name in ["open", "fetch", "compute", "analyze", "deliver", "watch"] {
        let peak = platform.process(name).peak_mib();
        let log = platform.process(name).log();
        let longest = log.iter().filter_map(|line| line["duration_ms"].as_u64()).max();
        println!("{name}: {peak} MiB, {} ms at most", longest.unwrap_or_default());
        assert!(peak < 60, "{name} took {peak} MiB");
    }

    // Every line of the log is JSON and says what it is about; no address and no secret is in it.
    let log = platform.process("deliver").log();
    let handled = log.iter().find(|line| line["message"] == "handled").unwrap();
    assert_eq!(handled["span"]["stage"], "deliver");
    assert_eq!(handled["span"]["report"], "weekly");
    assert_eq!(handled["span"]["week"], json!(week()));
    assert_eq!(handled["span"]["revision"], 1);
    assert!(handled["duration_ms"].is_u64() && handled["span"]["event"].is_string());
    let metrics = log.iter().find(|line| line["StageFailed"].is_u64()).unwrap();
    assert_eq!((&metrics["StageFailed"], &metrics["Stage"]), (&json!(0), &json!("deliver")));
    let names = ["open", "fetch", "compute", "analyze", "deliver"];
    for line in names.iter().flat_map(|name| platform.process(name).log()) {
        let text = line.to_string();
        assert!(!text.contains("@example.com") && !text.contains("token-of-the-test"), "{text}");
    }
}

#[test]
fn a_week_late_with_every_message_twice_and_once_more_in_reverse_changes_nothing() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let late = StreamId::new(stream().report, week().previous());
    platform.copies = 2;
    for _ in 0..2 {
        platform.call("open", &schedule("open", late.week));
    }
    platform.carry();
    stack.expect_sent(&late);
    assert!(stack.load(&stream()).events.is_empty(), "the week comes from the schedule");
    let events = stack.types(&late);
    platform.copies = 1;
    for (function, message) in platform.delivered.clone().into_iter().rev() {
        platform.call(function, &message);
    }
    platform.carry();
    assert_eq!(stack.types(&late), events, "nothing is added");
    stack.expect_sent(&late);
}
