//! A model so slow that its three passes do not fit one invocation. In this process, by a clock
//! that the model itself moves on.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger::aws::functions::{Function, Invocation, Open, StageFunction};
use weekledger::embedded::SetClock;
use weekledger::ports::Clock;
use weekledger::stages::read_evidence;
use weekledger_events::Payload;

use super::stack::{Stack, schedule, scheduled, stream, week};
use crate::model::{Script, answer};
use crate::place::run;
use crate::server::{Asked, Server};

/// An exchange may take 240 s.
const EXCHANGE: SignedDuration = SignedDuration::from_secs(210);

/// One exchange fits in; a second one, with what it may take, does not.
const INVOCATION: Duration = Duration::from_secs(420);

/// A model that takes its time, and says nothing that could be wrong.
fn slow_model(clock: Arc<SetClock>) -> Server {
    let words = json!([{ "text": "An ordinary week." }]);
    let script = Script { headline: words, moved: json!([]), actions: json!([]) };
    Server::start(move |_, asked: &Asked| {
        clock.set(clock.now() + EXCHANGE);
        answer(&script.answer(asked))
    })
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

async fn outcome(function: &dyn Function, clock: &SetClock, input: &Value) -> String {
    let now = clock.now();
    let invocation = Invocation::new("r-1".to_owned(), now, now + INVOCATION);
    let answer = function.handle(input.clone(), invocation).await.unwrap();
    answer[0]["outcome"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn three_passes_that_do_not_fit_one_invocation_are_each_paid_once_and_make_one_report() {
    let stack = Stack::new();
    let opens: Timestamp = scheduled(week()).parse().unwrap();
    let clock = Arc::new(SetClock::new(opens));
    let model = slow_model(clock.clone());
    let analyst = format!(
        "[analyst]\nprovider = \"anthropic\"\nmodel = \"claude-opus-5-5\"\nbase_url = \"{}\"\n",
        model.base_url
    );
    stack.push_configuration(&(analyst + &stack.configuration()));
    run(async {
        let world = stack.world(clock.clone()).await;
        let open = Open::new(&world).unwrap();
        outcome(&open, &clock, &schedule("open", week())).await;
        for (name, function) in [
            ("fetch", StageFunction::fetch(&world).unwrap()),
            ("compute", StageFunction::compute(&world).unwrap()),
        ] {
            let message = next(&stack, name).await;
            assert_eq!(outcome(&function, &clock, &message).await, "done", "{name}");
        }

        // Each invocation is a process of its own: what it knows is what was archived.
        let mut outcomes = Vec::new();
        let mut message = next(&stack, "analyze").await;
        for _ in 0..3 {
            let analyze = StageFunction::analyze(&world).unwrap();
            outcomes.push((outcome(&analyze, &clock, &message).await, model.count()));
            if model.count() < 3 {
                message = next(&stack, "analyze").await;
            }
        }
        let expected = [("continues", 1), ("continues", 2), ("done", 3)];
        assert_eq!(outcomes, expected.map(|(outcome, paid)| (outcome.to_owned(), paid)));
        // The same message once more finds everything done, and asks nobody.
        let analyze = StageFunction::analyze(&world).unwrap();
        assert_eq!(outcome(&analyze, &clock, &message).await, "done");
        assert_eq!(model.count(), 3, "no pass is paid twice");

        let ports = stack.ports().await;
        let loaded = stack.load_with(&ports, &stream()).await;
        let analysis = loaded.events.iter().find_map(|event| match &event.payload {
            Payload::AnalysisGenerated(analysis) => Some(analysis),
            _ => None,
        });
        let analysis = analysis.unwrap();
        assert_eq!(analysis.analyst.provider, "anthropic", "{:?}", analysis.analyst.fallback);
        let passes: Vec<&str> = analysis.exchanges.iter().map(|one| one.pass.as_str()).collect();
        assert_eq!(passes, ["read", "patterns", "recommend"]);
        for (exchange, asked) in analysis.exchanges.iter().zip(model.asked()) {
            let archived = read_evidence(&*ports.archive, &exchange.request).await.unwrap();
            assert_eq!(archived, asked.body.as_bytes(), "{}", exchange.pass);
        }

        let deliver = StageFunction::deliver(&world).unwrap();
        clock.set(opens + SignedDuration::from_hours(2));
        let message = next(&stack, "deliver").await;
        assert_eq!(outcome(&deliver, &clock, &message).await, "done");
    });
    stack.expect_sent(&stream());
}
