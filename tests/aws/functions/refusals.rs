//! What a function says when it cannot work at all: a stable name, and what to do, without secrets.

use std::time::Duration;

use serde_json::{Value, json};

use super::runtime::{Answer, Process};
use super::stack::{Stack, schedule, week};

const TIME: Duration = Duration::from_secs(60);

#[track_caller]
fn refused(process: &Process, input: &Value) -> (String, String) {
    let Answer::Failed(error) = process.invoke(input, TIME) else { panic!("{input}") };
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (text("errorType"), text("errorMessage"))
}

#[test]
fn a_function_says_which_variable_is_missing_which_input_it_refuses_and_which_field_is_wrong() {
    let stack = Stack::new();
    let bare: Vec<_> = stack
        .environment()
        .into_iter()
        .filter(|(name, _)| name != "WEEKLEDGER_HISTORY_TABLE")
        .collect();
    let (kind, message) = refused(&Process::start("compute", &bare), &json!({}));
    assert_eq!(kind, "Weekledger.Environment");
    assert_eq!(message, "the environment variable WEEKLEDGER_HISTORY_TABLE is not set");

    let open = stack.start("open");
    let pointer = json!({
        "stream": { "report": "weekly", "week": "2026-W47" }, "sequence": 1,
        "event": "00000001-0000-5000-8000-000000000000",
        "event_type": "RawFetched", "run": "00000001-0000-5000-8000-000000000000",
    });
    let event = json!({
        "source": "weekledger", "detail-type": "RawFetched", "detail": pointer,
    });
    for input in [&event, &json!({ "schedule": "watch" }), &json!({ "x": 1 })] {
        assert_eq!(refused(&open, input).0, "Weekledger.Input", "{input}");
    }
    let fetch = stack.start("fetch");
    let (kind, message) = refused(&fetch, &event);
    assert_eq!(kind, "Weekledger.Input");
    assert!(message.contains("fetch does not work on RawFetched"), "{message}");

    let mut stranger = schedule("open", week());
    stranger["report"] = json!("monthly");
    let (kind, message) = refused(&open, &stranger);
    assert_eq!(kind, "Weekledger.Configuration");
    assert_eq!(message, "the configuration has no report monthly");

    let broken = stack.configuration().replace("email = \"ada", "email = \"@ada");
    stack.push_configuration(&broken);
    let (kind, message) = refused(&open, &schedule("open", week()));
    assert_eq!(kind, "Weekledger.Configuration");
    assert!(message.contains("email (line "), "{message}");
    for process in [&open, &fetch] {
        let log = process.log();
        let said = log.iter().any(|line| line["error_type"].as_str().is_some());
        assert!(said, "{log:?}");
        assert!(!format!("{log:?}{message}").contains("@ada"), "an address was logged");
    }

    // The process lives on: what is mended works at once.
    stack.push_configuration(&stack.configuration());
    let Answer::Done(opened) = open.invoke(&schedule("open", week()), TIME) else { panic!() };
    assert_eq!(opened["new"], true);
}
