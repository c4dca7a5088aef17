//! Every function is killed before its append, after it, and after it has told the next one: the
//! chain goes on as if nothing had happened, and no mail is sent twice.

use std::time::Duration;

use serde_json::{Value, json};
use weekledger::config::Config;
use weekledger::ports::MailFate;
use weekledger_events::payload::{ResolvedBy, SendResult};
use weekledger_events::{Payload, RecipientKey, StreamId};
use weekledger_projections::week_state::Outcome;

use super::platform::Platform;
use super::runtime::Answer;
use super::stack::{Fault, Stack, is_append, is_emit, is_mail, now, schedule, stream, week};
use crate::place::run;
use crate::places::decode;
use crate::wire::{Act, Request};

fn killed(
    platform: &mut Platform<'_>,
    stack: &Stack,
    function: &'static str,
    input: &Value,
    on: fn(&Request) -> bool,
    act: Act,
) {
    let before = stack.seen(on);
    stack.strike(Fault { on, kills: true, act });
    assert_eq!(platform.invoke(function, input), Answer::Died, "{function}");
    assert!(stack.has_struck(), "{function} was not killed where it should be");
    // What was under way arrives, although its sender is dead.
    for _ in 0..300 {
        if stack.seen(on) > before {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the last request of {function} got lost");
}

/// The next message for a function; rules deliver within moments.
pub fn next(stack: &Stack, function: &str) -> Value {
    for _ in 0..100 {
        let mut messages = stack.take(function);
        if !messages.is_empty() {
            return messages.swap_remove(0);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no message for {function}");
}

/// An event of SES on the default bus.
pub fn told_by_ses(event_type: &str, recipient: &str, intent: &str, more: &Value) -> Value {
    let mut event = json!({
        "version": "0", "id": "e-1", "source": "aws.ses", "detail-type": "Email Event",
        "account": "1", "region": "us-east-1", "time": now().to_string(), "resources": [],
        "detail": {
            "eventType": event_type,
            "mail": {
                "timestamp": now().to_string(),
                "messageId": "ses-1",
                "destination": ["somebody@example.com"],
                "tags": {
                    "report": ["weekly"], "week": [week().to_string()], "revision": ["1"],
                    "recipient": [recipient], "intent": [intent],
                },
            },
        },
    });
    for (name, value) in more.as_object().unwrap() {
        event["detail"][name] = value.clone();
    }
    event
}

fn key(text: &str) -> RecipientKey {
    RecipientKey::parse(text).unwrap()
}

#[test]
fn killed_anywhere_a_week_ends_in_one_chain_and_one_mail_or_a_recorded_unknown() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let mut input = schedule("open", week());
    for (function, following) in
        [("open", "fetch"), ("fetch", "compute"), ("compute", "analyze"), ("analyze", "deliver")]
    {
        killed(&mut platform, &stack, function, &input, is_append, Act::Drop);
        killed(&mut platform, &stack, function, &input, is_append, Act::PassAndDrop);
        killed(&mut platform, &stack, function, &input, is_emit, Act::PassAndDrop);
        platform.call(function, &input);
        input = next(&stack, following);
    }
    let events = ["RunRequested", "RawFetched", "MetricsComputed", "AnalysisGenerated"];
    assert_eq!(stack.types(&stream()), events);

    platform.time = Duration::from_secs(40);
    killed(&mut platform, &stack, "deliver", &input, is_append, Act::Drop);
    assert_eq!(stack.types(&stream()).len(), 4, "not even intended");
    // Intended, and killed before the mail: nobody can know.
    killed(&mut platform, &stack, "deliver", &input, is_append, Act::PassAndDrop);
    // The next one leaves that intent alone, and is killed after SES has taken the other mail.
    killed(&mut platform, &stack, "deliver", &input, is_mail, Act::PassAndDrop);
    assert_eq!(stack.mailed(), ["bob"]);
    let intent = stack.mails()[0].1.clone();
    let heard = platform.invoke("watch", &told_by_ses("Send", "bob", &intent, &json!({}))).done();
    assert_eq!(heard, json!({ "heard": true, "resolved": false }), "its sender may be at work");

    // This one waits until both are certainly over.
    platform.time = Duration::from_secs(90);
    platform.call("deliver", &input);
    let loaded = stack.load(&stream());
    let sent = loaded.state.runs[0].sent.clone().unwrap();
    let result = |name: &str| {
        sent.recipients.iter().find(|one| one.recipient == key(name)).unwrap().result.clone()
    };
    assert!(matches!(result("ada"), SendResult::Unknown { .. }), "{:?}", result("ada"));
    assert_eq!(result("bob"), SendResult::Accepted { message_id: "ses-1".to_owned() });
    assert_eq!(stack.mailed(), ["bob"], "nobody is mailed twice");

    assert_eq!(loaded.state.outcome(&loaded.state.runs[0]), Outcome::Partial);
    let told = stack.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("the report did not certainly reach ada: "), "{told:?}");

    // What SES tells later resolves what was unknown, and what it tells again does nothing.
    let ada = loaded.state.intents().find(|one| one.intended.recipient == key("ada")).unwrap().id;
    let delivered = told_by_ses("Delivery", "ada", &ada.to_string(), &json!({}));
    for resolved in [true, false] {
        let heard = platform.invoke("watch", &delivered).done();
        assert_eq!(heard, json!({ "heard": true, "resolved": resolved }));
    }
    let mut resolved = stack.load(&stream());
    assert_eq!(resolved.state.outcome(&resolved.state.runs[0]), Outcome::Sent);
    let told = stack.told();
    let known = "the mail to ada, of which nothing was known, was sent: the mail service has told \
                 of it";
    assert_eq!(told, [known], "the owner hears of it once");
    let last = resolved.events.pop().unwrap().payload;
    let Payload::SendResolved(last) = last else { panic!("{last:?}") };
    assert_eq!((last.intent, last.resolved_by), (ada, ResolvedBy::ServiceEvent));
    assert!(matches!(last.result, SendResult::Accepted { .. }));

    // A bounce is told to the owner once, without an address, and kept for `status`.
    let bounce = json!({ "bounce": {
        "bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [{ "emailAddress": "somebody@example.com" }],
    } });
    for _ in 0..2 {
        platform.invoke("watch", &told_by_ses("Bounce", "bob", &intent, &bounce)).done();
    }
    assert_eq!(stack.told(), ["the mail to bob came back: bounced (Permanent/General)"]);
    let kept = run(async { stack.mail_log().await.of_week(&stream()).await.unwrap() });
    let mut fates: Vec<_> =
        kept.iter().map(|event| (event.recipient.as_str(), event.fate)).collect();
    fates.sort();
    assert_eq!(
        fates,
        [("ada", MailFate::Delivery), ("bob", MailFate::Send), ("bob", MailFate::Bounce)]
    );
    // A mail of another stack in the same account.
    let foreign = told_by_ses("Bounce", "bob", "00000abc-0000-5000-8000-000000000000", &bounce);
    assert_eq!(platform.invoke("watch", &foreign).done(), json!({ "heard": false }));
}

#[test]
fn watch_killed_anywhere_opens_a_missing_week_once() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let pass = json!({ "schedule": "watch" });
    killed(&mut platform, &stack, "watch", &pass, is_append, Act::Drop);
    killed(&mut platform, &stack, "watch", &pass, is_append, Act::PassAndDrop);
    // The opening is in the ledger and nobody was told of it: that is what the due table is for.
    let config = Config::parse(&stack.configuration(), "weekledger.toml".as_ref()).unwrap();
    let stream = StreamId::new(stream().report, config.reports[0].newest_due_week(now()));
    assert_eq!(stack.types(&stream), ["RunRequested"]);
    assert_eq!(platform.invoke("watch", &pass).done()["opened"], 0);
    assert_eq!(stack.types(&stream), ["RunRequested"], "opened once");
}

#[test]
fn watch_killed_after_it_has_told_the_next_opens_the_week_once_and_it_goes_out_once() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let pass = json!({ "schedule": "watch" });
    killed(&mut platform, &stack, "watch", &pass, is_emit, Act::PassAndDrop);
    assert_eq!(platform.invoke("watch", &pass).done()["opened"], 0);
    platform.carry();
    let config = Config::parse(&stack.configuration(), "weekledger.toml".as_ref()).unwrap();
    stack.expect_sent(&StreamId::new(stream().report, config.reports[0].newest_due_week(now())));
}

#[test]
fn deliver_killed_after_its_last_append_has_sent_and_sends_no_more() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    platform.call("open", &schedule("open", week()));
    let mut input = next(&stack, "fetch");
    for (function, following) in
        [("fetch", "compute"), ("compute", "analyze"), ("analyze", "deliver")]
    {
        platform.call(function, &input);
        input = next(&stack, following);
    }
    // Two intents, two answers, and the end.
    killed(&mut platform, &stack, "deliver", &input, is_end, Act::PassAndDrop);
    assert_eq!(stack.mailed(), ["ada", "bob"]);
    platform.call("deliver", &input);
    stack.expect_sent(&stream());
}

/// The append of `ReportSent`.
fn is_end(request: &Request) -> bool {
    if !is_append(request) {
        return false;
    }
    let transaction = request.json();
    let puts = transaction["TransactItems"].as_array().into_iter().flatten();
    let items = puts.filter_map(|item| item["Put"]["Item"].as_object());
    let mut bytes = items.flat_map(|item| item.values()).filter_map(|value| value["B"].as_str());
    bytes.any(|bytes| String::from_utf8_lossy(&decode(bytes)).contains("ReportSent"))
}
