//! `watch`: what it opens, wakes, records and tells. In this process, by a clock that is set.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger::aws::functions::{Function, FunctionError, Invocation, Watch};
use weekledger::embedded::SetClock;
use weekledger_events::payload::{FailureClass, Stage};
use weekledger_events::{Payload, StreamId, Week};

use super::platform::{batch, failure_batch};
use super::stack::{Stack, schedule, stream};
use crate::place::run;

/// A Monday, 05:00 in Vienna: the hour at which the newest week is opened.
const OPENS: &str = "2026-11-23T04:00:00Z";

struct Desk<'s> {
    stack: &'s Stack,
    clock: Arc<SetClock>,
    watch: Watch,
}

impl<'s> Desk<'s> {
    fn new(stack: &'s Stack) -> Self {
        let clock = Arc::new(SetClock::new(at(0)));
        let world = run(stack.world(clock.clone()));
        Self { stack, clock, watch: Watch::new(&world).unwrap() }
    }

    fn handle(&self, input: &Value) -> Result<Value, FunctionError> {
        let now = weekledger::ports::Clock::now(&*self.clock);
        let ends = now + Duration::from_secs(60);
        run(self.watch.handle(input.clone(), Invocation::new("r-1".to_owned(), now, ends)))
    }

    /// A pass so many minutes after the opening: looked at, opened, overdue.
    fn pass(&self, minutes: i64) -> [u64; 3] {
        self.clock.set(at(minutes));
        let pass = self.handle(&json!({ "schedule": "watch" })).unwrap();
        assert_eq!((&pass["failed"], &pass["skipped"]), (&json!(0), &json!(0)), "{pass}");
        ["looked_at", "opened", "overdue"].map(|name| pass[name].as_u64().unwrap())
    }

    /// How many messages wait for a function; they are taken out.
    fn messages(&self, function: &str) -> Vec<Value> {
        std::thread::sleep(Duration::from_millis(400));
        self.stack.take(function)
    }
}

fn at(minutes: i64) -> Timestamp {
    OPENS.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn newest() -> StreamId {
    StreamId::new(stream().report, Week::parse("2026-W47").unwrap())
}

#[test]
fn a_missing_week_is_opened_woken_when_it_stalls_and_told_once() {
    let stack = Stack::new();
    let desk = Desk::new(&stack);
    assert_eq!(desk.pass(1), [1, 1, 0]);
    assert_eq!(desk.messages("fetch").len(), 1);
    assert_eq!(desk.pass(6), [1, 0, 0]);
    assert_eq!(desk.messages("fetch").len(), 0, "it may be at work");
    // Nobody fetches: woken after half an hour, and again every half hour.
    assert_eq!(desk.pass(32), [1, 0, 0]);
    assert_eq!(desk.messages("fetch").len(), 1);
    assert_eq!(desk.pass(42), [1, 0, 0]);
    assert_eq!(desk.messages("fetch").len(), 0);
    assert_eq!(stack.told(), Vec::<String>::new());
    // After two hours the owner is told, once; past the delivery time it is overdue.
    for minutes in [122, 127, 132] {
        assert_eq!(desk.pass(minutes), [1, 0, 0], "{minutes}");
    }
    let told = stack.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("stage fetch has not finished since"), "{told:?}");
    assert_eq!(desk.pass(142), [1, 0, 1], "22 minutes after the mail was due");
    assert_eq!(stack.types(&newest()), ["RunRequested", "StageFailed"]);
}

#[test]
fn what_was_given_up_is_recorded_once_told_once_and_woken_when_its_time_has_come() {
    let stack = Stack::new();
    let desk = Desk::new(&stack);
    desk.pass(1);
    let event = desk.messages("fetch").remove(0);
    let error = |request: &str| {
        let message = format!("fetch failed: S3 PutObject failed with X: y (request {request})");
        json!({ "errorType": "Weekledger.Retryable", "errorMessage": message })
    };
    // The platform's clock, which the queue's times come from, is not the one that is set here.
    let with_time = |mut batch: Value, minutes: i64| {
        let sent = at(minutes).as_millisecond().to_string();
        batch["Records"][0]["attributes"]["SentTimestamp"] = json!(sent);
        batch
    };
    desk.clock.set(at(4));
    let given_up = with_time(failure_batch(&event, &error("a")), 4);
    for _ in 0..2 {
        desk.handle(&given_up).unwrap();
    }
    let failures = |count: usize| {
        let events = stack.load(&newest()).events;
        let failures: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event.payload {
                Payload::StageFailed(failed) => Some(*failed),
                _ => None,
            })
            .collect();
        assert_eq!(failures.len(), count, "{failures:?}");
        failures
    };
    let failed = failures(1).remove(0);
    assert_eq!((failed.stage, failed.class), (Stage::Fetch, FailureClass::Waiting));
    let sentence =
        "fetch was given up after 3 attempts: fetch failed: S3 PutObject failed with X: y";
    assert_eq!(failed.sentence, sentence);
    assert_eq!(failed.retry_at, Some(at(19)));
    assert_eq!(stack.told(), [sentence]);

    // Nothing before its time, then woken; given up again, it is the same trouble.
    desk.pass(14);
    assert_eq!(desk.messages("fetch").len(), 0);
    desk.pass(20);
    assert_eq!(desk.messages("fetch").len(), 1);
    desk.clock.set(at(24));
    desk.handle(&with_time(failure_batch(&event, &error("b")), 24)).unwrap();
    assert_eq!(failures(2)[1].ordinal, 2);
    assert_eq!(stack.told(), Vec::<String>::new());

    // The bus's own dead letter: the plain event, with the reason in the message's attributes.
    desk.clock.set(at(50));
    let reason = json!({ "ERROR_CODE": { "stringValue": "NO_PERMISSIONS", "dataType": "String" } });
    desk.handle(&with_time(batch(&event, &reason), 50)).unwrap();
    let sentence = "fetch could not be called: NO_PERMISSIONS";
    assert_eq!(failures(3)[2].sentence, sentence);
    assert_eq!(stack.told(), [sentence]);

    // A schedule's: there is no stage to record it for, so the owner hears of it.
    let open = schedule("open", newest().week);
    desk.handle(&with_time(failure_batch(&open, &error("c")), 51)).unwrap();
    let told = stack.told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("open was given up after 3 attempts"), "{told:?}");

    // Nothing is lost in silence: what cannot be understood stays in its queue.
    let unreadable = with_time(batch(&json!({ "x": 1 }), &json!({})), 52);
    let mut both = with_time(failure_batch(&open, &error("d")), 53);
    let mut poison = unreadable["Records"][0].clone();
    poison["messageId"] = json!("m-2");
    both["Records"].as_array_mut().unwrap().push(poison);
    let answer = desk.handle(&both).unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] }));
}

#[test]
fn on_the_day_before_a_report_the_owner_hears_once_of_what_its_stack_lacks() {
    let stack = Stack::new();
    let desk = Desk::new(&stack);
    let hours_before = |hours: i64| desk.pass(-60 * hours);
    // Sunday, 08:00 in Vienna: nobody is woken.
    hours_before(21);
    assert_eq!(stack.told(), Vec::<String>::new());
    // 10:00. Nothing protects this stack, and nothing calls its functions.
    hours_before(19);
    let told = stack.told();
    let first = "the next report is at risk: watch: watch has no schedule";
    assert!(told.iter().any(|one| one.starts_with(first)), "{told:#?}");
    assert!(told.iter().any(|one| one.contains("The ledger has no backups")), "{told:#?}");
    hours_before(18);
    assert_eq!(stack.told(), Vec::<String>::new(), "once");
}
