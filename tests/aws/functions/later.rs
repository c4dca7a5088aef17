//! A mail service that is busy, away or forbids for a while, and a sending that reached some: nobody
//! loses the mail, and nobody gets it twice.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger::aws::functions::{Function, Invocation, StageFunction, Watch};
use weekledger::embedded::SetClock;
use weekledger::ports::Clock;
use weekledger_events::payload::{FailureClass, StageFailed};
use weekledger_events::{Payload, RecipientKey};
use weekledger_projections::week_state::Outcome;

use super::commands::Shell;
use super::kills::{next, told_by_ses};
use super::platform::Platform;
use super::runtime::{Answer, Process};
use super::stack::{Stack, is_mail, now, schedule, scheduled, stream, week};
use crate::place::run;
use crate::wire::{Act, nobody};

const BUSY: Act = Act::Answer(
    429,
    r#"{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}"#,
);

const PAUSED: Act =
    Act::Answer(400, r#"{"__type":"SendingPausedException","message":"Sending is paused."}"#);

const REJECTED: Act =
    Act::Answer(400, r#"{"__type":"MessageRejected","message":"Invalid address."}"#);

/// Carries the week to the verge of its delivery; answers with the message that sends it.
fn ready(platform: &mut Platform<'_>, stack: &Stack) -> Value {
    platform.call("open", &schedule("open", week()));
    let mut input = next(stack, "fetch");
    for (function, following) in
        [("fetch", "compute"), ("compute", "analyze"), ("analyze", "deliver")]
    {
        platform.call(function, &input);
        input = next(stack, following);
    }
    input
}

fn outcome(stack: &Stack) -> Outcome {
    let state = stack.load(&stream()).state;
    state.outcome(&state.runs[0])
}

fn status(shell: &Shell<'_>) -> Value {
    let output = shell.output(&["status", "--json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{stderr}"))
}

fn failures(stack: &Stack) -> Vec<StageFailed> {
    let events = stack.load(&stream()).events.into_iter();
    events
        .filter_map(|event| match event.payload {
            Payload::StageFailed(failed) => Some(*failed),
            _ => None,
        })
        .collect()
}

#[test]
fn an_ses_that_is_busy_for_some_seconds_costs_pauses_and_nobody_the_mail() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    let mut asked = 0;
    stack.script_mails(move |_| {
        asked += 1;
        if asked <= 2 { BUSY } else { Act::Pass }
    });
    let began = now();
    platform.call("deliver", &input);
    assert!(now().duration_since(began).as_secs() >= 3, "1 s, then 2 s");
    stack.expect_sent(&stream());
    assert!(failures(&stack).is_empty());
}

#[test]
fn an_ses_that_cannot_be_reached_keeps_the_week_waiting_until_it_can() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    let mut environment = stack.environment();
    environment.push(("AWS_ENDPOINT_URL_SESV2".to_owned(), nobody()));
    let away = Process::start("deliver", &environment);
    let Answer::Done(answer) = away.invoke(&input, Duration::from_secs(10)) else {
        panic!("it failed")
    };
    let said = answer[0]["outcome"].as_str().unwrap();
    assert!(said.starts_with("failed: the mail to ada, bob has not gone out yet: "), "{said}");
    assert_eq!(outcome(&stack), Outcome::Waiting);
    let failed = failures(&stack).remove(0);
    assert_eq!(failed.class, FailureClass::Waiting);
    assert!(stack.told().is_empty(), "it may pass by itself");
    // A person who looks is told the truth, and does no harm.
    let week = week().to_string();
    let shell = Shell::new(&stack);
    let status = status(&shell);
    assert_eq!(status[0]["outcome"], "waiting", "{status}");
    let send = shell.output(&["send", &week, "--revision", "1"]);
    assert_eq!(send.status.code(), Some(4), "{}", String::from_utf8_lossy(&send.stderr));
    assert!(!String::from_utf8_lossy(&send.stderr).contains("sent already"));
    // It waits for its time in place, and then everybody gets it.
    platform.time = Duration::from_secs(90);
    platform.call("deliver", &input);
    stack.expect_sent(&stream());
}

/// The functions of this process, by a clock that is set.
struct Desk<'s> {
    stack: &'s Stack,
    clock: Arc<SetClock>,
    watch: Watch,
    deliver: StageFunction,
}

impl<'s> Desk<'s> {
    fn new(stack: &'s Stack) -> Self {
        let clock = Arc::new(SetClock::new(scheduled(week()).parse().unwrap()));
        let world = run(stack.world(clock.clone()));
        let (watch, deliver) =
            (Watch::new(&world).unwrap(), StageFunction::deliver(&world).unwrap());
        Self { stack, clock, watch, deliver }
    }

    fn call(&self, function: &dyn Function, input: &Value) -> Value {
        let now = self.clock.now();
        let invocation = Invocation::new("r-1".to_owned(), now, now + Duration::from_secs(600));
        run(function.handle(input.clone(), invocation)).unwrap()
    }

    fn deliver(&self, input: &Value) -> String {
        self.call(&self.deliver, input)[0]["outcome"].as_str().unwrap().to_owned()
    }

    /// A pass of `watch`: overdue weeks of this stack, and what it woke.
    fn pass(&self, at: Timestamp) -> (u64, Option<Value>) {
        self.clock.set(at);
        let pass = self.call(&self.watch, &json!({ "schedule": "watch" }));
        std::thread::sleep(Duration::from_millis(400));
        (pass["overdue"].as_u64().unwrap(), self.stack.take("deliver").pop())
    }

    /// Passes every five minutes, and delivers what is woken, until the end of `minutes`.
    fn go_on(&self, from: Timestamp, minutes: i64) -> u64 {
        let mut overdue = 0;
        for minute in (5..=minutes).step_by(5) {
            let (late, woken) = self.pass(from + SignedDuration::from_mins(minute));
            overdue = late;
            if let Some(message) = woken {
                self.deliver(&message);
            }
        }
        overdue
    }
}

#[test]
fn an_ses_that_is_busy_for_an_hour_makes_the_week_overdue_and_late_and_is_not_asked_all_the_time() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    let desk = Desk::new(&stack);
    // The run was opened by the machine's clock; that of the desk goes on from there.
    let began = now() + SignedDuration::from_hours(2);
    desk.clock.set(began);
    stack.script_mails(|_| BUSY);
    assert!(desk.deliver(&input).starts_with("failed: the mail to ada, bob has not gone out yet"));
    let requests = stack.seen(is_mail);
    assert_eq!(requests, 6, "after 1, 2, 4, 8 and 16 s");
    assert_eq!(desk.go_on(began, 60), 1, "overdue");
    let all = failures(&stack);
    let told: Vec<FailureClass> =
        all.iter().filter(|one| one.retry_at.is_none()).map(|one| one.class).collect();
    assert_eq!(told, [FailureClass::Stalled], "once past its time");
    let waits: Vec<Timestamp> = all.iter().filter_map(|one| one.retry_at).collect();
    assert_eq!(waits.len(), 4, "at once, and at the passes after 1, 5 and 15 minutes: {waits:?}");
    assert_eq!(outcome(&stack), Outcome::Waiting);
    assert!(stack.mailed().is_empty());

    stack.script_mails(|_| Act::Pass);
    let later = began + SignedDuration::from_mins(60);
    assert_eq!(desk.go_on(later, 15), 0);
    stack.expect_sent(&stream());
}

#[test]
fn a_sender_that_is_forbidden_is_told_at_once_tried_again_and_told_no_more() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    let desk = Desk::new(&stack);
    let began = now() + SignedDuration::from_mins(1);
    desk.clock.set(began);
    stack.script_mails(|_| PAUSED);
    assert!(desk.deliver(&input).starts_with("failed: the mail to ada, bob"));
    assert_eq!(stack.seen(is_mail), 2, "each once");
    let told = stack.told();
    assert_eq!(told.len(), 1, "{told:?}");
    let failed = failures(&stack).remove(0);
    assert_eq!(failed.class, FailureClass::Fatal);
    assert!(failed.action.as_ref().unwrap().contains("resume it there"), "{failed:?}");
    desk.go_on(began, 15);
    assert_eq!(failures(&stack).len(), 3);
    assert!(stack.told().is_empty(), "the same trouble");
    stack.script_mails(|_| Act::Pass);
    desk.go_on(began + SignedDuration::from_mins(15), 40);
    stack.expect_sent(&stream());
}

#[test]
fn a_week_that_reached_nobody_is_overdue_until_it_is_sent_again() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    stack.script_mails(|_| REJECTED);
    platform.call("deliver", &input);
    assert_eq!(outcome(&stack), Outcome::Partial);
    let told = stack.told();
    assert!(told[0].starts_with("nobody got the report: ada: "), "{told:?}");
    let desk = Desk::new(&stack);
    let (overdue, woken) = desk.pass(now() + SignedDuration::from_hours(2));
    assert_eq!((overdue, woken), (1, None));
    stack.script_mails(|_| Act::Pass);
    let week = week().to_string();
    assert_eq!(
        Shell::new(&stack).output(&["send", &week, "--revision", "1"]).status.code(),
        Some(0)
    );
    platform.call("deliver", &next(&stack, "deliver"));
    assert_eq!(stack.mailed(), ["ada", "bob"]);
    let (overdue, _) = desk.pass(now() + SignedDuration::from_hours(2));
    assert_eq!(overdue, 0);
}

#[test]
fn a_sending_that_reached_some_goes_to_the_others_alone_and_so_does_a_mail_that_came_back() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let input = ready(&mut platform, &stack);
    stack.script_mails(|recipient| if recipient == "bob" { REJECTED } else { Act::Pass });
    platform.call("deliver", &input);
    assert_eq!(outcome(&stack), Outcome::Partial);
    assert_eq!(stack.mailed(), ["ada"]);
    let week = week().to_string();
    let shell = Shell::new(&stack);
    let status = status(&shell);
    let action = status[0]["needs"][0]["action"].as_str().unwrap();
    let command = format!("`weekledger send {week} --report weekly --revision 1`");
    assert!(action.contains(&command) && !action.contains("re-emit"), "{action}");

    stack.script_mails(|_| Act::Pass);
    let send = shell.output(&["send", &week, "--report", "weekly", "--revision", "1"]);
    let stderr = String::from_utf8_lossy(&send.stderr);
    assert_eq!(send.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("again to bob"), "{stderr}");
    platform.carry();
    assert_eq!(stack.mailed(), ["ada", "bob"]);
    assert_eq!(outcome(&stack), Outcome::Sent);
    let again = shell.output(&["send", &week, "--revision", "1"]);
    assert_eq!(again.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(stderr.contains("was sent already, to everybody"), "{stderr}");
    assert!(stderr.contains("sends it to all of them once more"), "{stderr}");

    // A bounce for good: the mail did not arrive, and `send` knows.
    let ada = RecipientKey::parse("ada").unwrap();
    let state = stack.load(&stream()).state;
    let intent = state.intents().find(|one| one.intended.recipient == ada).unwrap().id.to_string();
    let bounce = json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "General" } });
    let heard = platform.invoke("watch", &told_by_ses("Bounce", "ada", &intent, &bounce)).done();
    assert_eq!(heard, json!({ "heard": true, "resolved": true }));
    assert_eq!(outcome(&stack), Outcome::Partial);
    assert_eq!(shell.output(&["send", &week, "--revision", "1"]).status.code(), Some(0));
    platform.carry();
    assert_eq!(stack.mailed(), ["ada", "ada", "bob"]);
    assert_eq!(outcome(&stack), Outcome::Sent);
}
