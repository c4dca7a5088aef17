//! A week that is prepared early and sent at its time. In this process, by a clock that is set.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger::aws::functions::{Function, Invocation, Open, StageFunction};
use weekledger::embedded::SetClock;
use weekledger::ports::Clock;

use super::stack::{Stack, schedule, scheduled, stream, week};
use crate::place::run;

/// One invocation that may take so many seconds; answers with what became of each pointer.
async fn outcomes(
    function: &dyn Function,
    clock: &SetClock,
    input: &Value,
    seconds: u64,
) -> Vec<String> {
    let now = clock.now();
    let ends = now + Duration::from_secs(seconds);
    let invocation = Invocation::new("r-1".to_owned(), now, ends);
    let answer = function.handle(input.clone(), invocation).await.unwrap();
    let outcome = |one: &Value| one["outcome"].as_str().unwrap().to_owned();
    answer.as_array().into_iter().flatten().map(outcome).collect()
}

async fn next(stack: &Stack, function: &str) -> Value {
    for _ in 0..100 {
        if let Some(message) = stack.take(function).pop() {
            return message;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no message for {function}");
}

#[test]
fn a_week_is_prepared_early_and_sent_on_the_second() {
    let stack = Stack::new();
    let opens: Timestamp = scheduled(week()).parse().unwrap();
    let delivers = opens + SignedDuration::from_hours(2);
    run(async {
        let clock = Arc::new(SetClock::new(opens));
        let world = stack.world(clock.clone()).await;
        let open = Open::new(&world).unwrap();
        let fetch = StageFunction::fetch(&world).unwrap();
        let deliver = StageFunction::deliver(&world).unwrap();
        outcomes(&open, &clock, &schedule("open", week()), 300).await;
        let ready = outcomes(&deliver, &clock, &schedule("deliver", week()), 300).await;
        assert!(ready.is_empty(), "nothing is ready: {ready:?}");

        // A request may take a minute, more than this invocation has: it calls itself again, but
        // not at once, or it would do so without end.
        let message = next(&stack, "fetch").await;
        assert_eq!(outcomes(&fetch, &clock, &message, 50).await, ["continues"]);
        assert!(clock.now() >= opens + SignedDuration::from_secs(40), "{}", clock.now());
        let message = next(&stack, "fetch").await;
        assert_eq!(outcomes(&fetch, &clock, &message, 300).await, ["done"]);
        for (name, function) in [
            ("compute", StageFunction::compute(&world).unwrap()),
            ("analyze", StageFunction::analyze(&world).unwrap()),
        ] {
            let message = next(&stack, name).await;
            assert_eq!(outcomes(&function, &clock, &message, 300).await, ["done"], "{name}");
        }

        let message = next(&stack, "deliver").await;
        let waits = [format!("waits until {delivers}")];
        assert_eq!(outcomes(&deliver, &clock, &message, 300).await, waits);
        assert_eq!(stack.mailed(), Vec::<String>::new());
        // The schedule fires; this machine's clock is some seconds behind.
        clock.set(delivers - SignedDuration::from_secs(20));
        let input = json!({ "schedule": "deliver", "report": "weekly", "scheduled": delivers });
        assert_eq!(outcomes(&deliver, &clock, &input, 300).await, ["done"]);
        assert!(clock.now() >= delivers);
    });
    stack.expect_sent(&stream());
}
