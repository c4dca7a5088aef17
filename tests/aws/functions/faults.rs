//! Services that throttle, lose answers and refuse entries; copies of a stage at once; a ledger
//! that was restored from an older backup.

use std::thread;

use serde_json::{Value, json};
use weekledger_events::StreamId;

use super::platform::Platform;
use super::runtime::Answer;
use super::stack::{Fault, ROUTES, Stack, is_append, is_emit, schedule, stream, week};
use crate::emulator::call;
use crate::wire::{Act, Request};

fn fault(on: fn(&Request) -> bool, act: Act) -> Fault {
    Fault { on, kills: false, act }
}

const THROTTLED: Act = Act::Answer(
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#,
);
const REFUSED_ENTRY: Act = Act::Answer(
    200,
    r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForSource","ErrorMessage":"no"}]}"#,
);

/// Takes the newest events out of the table, as a restore of an older backup would.
fn forget_newest(stack: &Stack, stream: &StreamId, count: usize) {
    let events = stack.load(stream).events.len();
    for sequence in events - count + 1..=events {
        let key = json!({
            "pk": { "S": format!("WEEK#{}#{}", stream.report, stream.week) },
            "sk": { "S": format!("{sequence:06}") },
        });
        let body = json!({ "TableName": stack.table, "Key": key });
        call("dynamodb", "DynamoDB_20120810.DeleteItem", &body);
    }
}

#[test]
fn throttling_lost_answers_and_refused_entries_cost_nothing_and_a_restored_ledger_stops_all() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    stack.strike(fault(is_append, THROTTLED));
    let open = schedule("open", week());
    platform.invoke("open", &open).done();
    assert!(stack.has_struck());
    // The append happens, and its answer is lost.
    stack.strike(fault(is_append, Act::PassAndDrop));
    platform.carry();
    assert!(stack.has_struck());
    stack.expect_sent(&stream());

    // The event is in the ledger; only its pointer is refused: the retry emits it.
    let message = platform.delivered.iter().find(|(function, _)| *function == "compute").unwrap();
    let message = message.1.clone();
    stack.strike(fault(is_emit, REFUSED_ENTRY));
    let Answer::Failed(error) = platform.invoke("compute", &message) else { panic!() };
    assert_eq!(error["errorType"], "Weekledger.Retryable");
    assert!(error["errorMessage"].as_str().unwrap().contains("NotAuthorizedForSource"), "{error}");
    platform.call("compute", &message);
    platform.carry();
    stack.expect_sent(&stream());

    stack.told();
    let deliver = platform.delivered.iter().find(|(function, _)| *function == "deliver").unwrap();
    let deliver = deliver.1.clone();
    forget_newest(&stack, &stream(), 6);
    for input in [&deliver, &schedule("deliver", week())] {
        let Answer::Failed(error) = platform.invoke("deliver", input) else { panic!() };
        assert_eq!(error["errorType"], "Weekledger.Damaged", "{error}");
    }
    let pass = platform.invoke("watch", &json!({ "schedule": "watch" })).done();
    assert_eq!(pass["overdue"], 1, "a week that cannot be read is overdue: {pass}");
    assert_eq!(stack.mailed(), ["ada", "bob"], "nothing is sent from such a ledger");
    let told = stack.told();
    assert_eq!(told.len(), 1, "the owner is told once: {told:?}");
    assert!(told[0].contains("was anchored"), "{told:?}");
}

#[test]
fn two_copies_of_every_function_at_once_make_one_chain() {
    let stack = Stack::new();
    let twice = |function: &'static str, input: &Value| {
        let processes = [stack.start(function), stack.start(function)];
        let time = std::time::Duration::from_secs(300);
        thread::scope(|scope| {
            let answers = processes.map(|process| scope.spawn(move || process.invoke(input, time)));
            for answer in answers {
                answer.join().unwrap().done();
            }
        });
    };
    twice("open", &schedule("open", week()));
    for (function, _) in ROUTES {
        let mut messages = Vec::new();
        while messages.is_empty() {
            messages = stack.take(function);
            thread::sleep(std::time::Duration::from_millis(100));
        }
        twice(function, &messages[0]);
    }
    stack.expect_sent(&stream());
}
