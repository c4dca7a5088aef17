//! A provider with every fault that there is: the report goes out, says what happened, and the
//! exchange is archived.

use std::time::Duration;

use serde_json::{Value, json};
use weekledger::analyst::anthropic::{Anthropic, Limits};
use weekledger::analyst::{Analyst, AnalystError, Brief};
use weekledger::stages::{StageContext, read_evidence};
use weekledger_events::{EventId, RunId, StreamId};
use weekledger_projections::claim::ClaimSet;

use super::double::{Script, answer, overloaded_in_the_middle, pass, reply, stream};
use super::fixture::{World, report, week};
use super::server::{Manner, Reply, Server};
use super::stage::Bench;

fn error(status: u16, kind: &str) -> Reply {
    let body = json!({"type": "error", "error": {"type": kind, "message": "no"}});
    Reply::new(status, body.to_string())
}

/// A way to fail, and what the mail says of it.
struct Fault {
    name: &'static str,
    reply: fn() -> Reply,
    says: &'static str,
    /// How often the provider is asked before the rules write.
    asked: usize,
    /// How the exchange ended, as the event records it.
    ended: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "overloaded",
        reply: || error(529, "overloaded_error"),
        says: "the provider was overloaded",
        asked: 7,
        ended: "http_529",
    },
    Fault {
        name: "rate limit for an hour",
        reply: || error(429, "rate_limit_error").header("retry-after", "3600"),
        says: "rate limit",
        asked: 1,
        ended: "http_429",
    },
    Fault {
        name: "told not to retry",
        reply: || error(500, "api_error").header("x-should-retry", "false"),
        says: "the provider had a fault",
        asked: 1,
        ended: "http_500",
    },
    Fault {
        name: "spending limit",
        reply: || {
            let body = json!({"type": "error", "error": {"type": "rate_limit_error",
                "message": "no", "details": {"error_code": "enforced_spend_limit_reached"}}});
            Reply::new(429, body.to_string())
        },
        says: "the spending limit is reached",
        asked: 1,
        ended: "http_429",
    },
    Fault {
        name: "error in the middle of the stream",
        reply: || reply(overloaded_in_the_middle()),
        says: "broke off in the middle",
        asked: 7,
        ended: "overloaded_error",
    },
    Fault {
        name: "stream that ends early",
        reply: || {
            let whole = stream("{\"notes\":[]}", "end_turn");
            let end = whole.find("event: message_stop").unwrap();
            reply(whole[..end].to_owned())
        },
        says: "was cut off",
        asked: 3,
        ended: "cut",
    },
    Fault {
        name: "connection that breaks in the stream",
        reply: || reply(stream("{\"notes\":[]}", "end_turn")).manner(Manner::Half),
        says: "broke off in its answer",
        asked: 7,
        ended: "broken_off",
    },
    Fault {
        name: "no answer at all",
        reply: || Reply::new(200, "").manner(Manner::Silent),
        says: "could not be reached",
        asked: 7,
        ended: "cut",
    },
    Fault {
        name: "refusal",
        reply: || reply(stream("{\"notes\":[]}", "refusal")),
        says: "refused to answer",
        asked: 1,
        ended: "refusal",
    },
    Fault {
        name: "too long an answer",
        reply: || reply(stream("{\"notes\":[", "max_tokens")),
        says: "answer was too long",
        asked: 1,
        ended: "max_tokens",
    },
    Fault {
        name: "context exceeded",
        reply: || reply(stream("", "model_context_window_exceeded")),
        says: "too long for the model",
        asked: 1,
        ended: "context_exceeded",
    },
    Fault {
        name: "context exceeded, as an error",
        reply: || {
            let body = json!({"type": "error", "error": {"type": "invalid_request_error",
                "message": "prompt is too long: 3333404 tokens > 200000 maximum"}});
            Reply::new(400, body.to_string())
        },
        says: "too long for the model",
        asked: 1,
        ended: "http_400",
    },
    Fault {
        name: "stop reason of the future",
        reply: || reply(stream("{\"notes\":[]}", "paused_for_thought")),
        says: "an unknown reason",
        asked: 1,
        ended: "unknown_stop",
    },
    Fault {
        name: "no JSON",
        reply: || reply(stream("Sure! Here are my notes: the week was fine.", "end_turn")),
        says: "did not have the agreed form",
        asked: 3,
        ended: "schema",
    },
    Fault {
        name: "another schema",
        reply: || answer(&json!({"notes": [], "extra": 1})),
        says: "did not have the agreed form",
        asked: 3,
        ended: "schema",
    },
    Fault {
        name: "a claim that was not given",
        reply: || answer(&json!({"notes": [{"claims": ["c99999"], "text": "this one"}]})),
        says: "did not have the agreed form",
        asked: 3,
        ended: "schema",
    },
    Fault {
        name: "no stream, but a page of a proxy",
        reply: || Reply::new(200, "<html>Please log in</html>"),
        says: "could not be read",
        asked: 3,
        ended: "unreadable",
    },
    Fault {
        name: "no such model",
        reply: || error(404, "not_found_error"),
        says: "the configured model does not exist",
        asked: 1,
        ended: "http_404",
    },
    Fault {
        name: "no payment",
        reply: || error(402, "billing_error"),
        says: "asks for payment",
        asked: 1,
        ended: "http_402",
    },
];

#[tokio::test]
async fn every_fault_of_the_provider_leaves_a_report_that_says_so() {
    for fault in FAULTS {
        let reply = fault.reply;
        let server = Server::start(move |_, _| reply());
        let bench = Bench::new(World::normal(), &server.base_url);
        let done = bench.analyze(15).await.unwrap();
        assert_eq!(done.analyst.provider, "rules", "{}", fault.name);
        let says = done.analyst.fallback.clone().unwrap();
        assert!(says.contains(fault.says), "{}: {says}", fault.name);
        assert_eq!(server.count(), fault.asked, "{}", fault.name);
        assert_eq!(done.exchanges.len(), fault.asked, "{}", fault.name);
        assert_eq!(done.verification.findings, Vec::<String>::new(), "{}", fault.name);
        for exchange in &done.exchanges {
            assert_eq!(exchange.ended.as_deref(), Some(fault.ended), "{}", fault.name);
            read_evidence(&bench.archive, &exchange.request).await.unwrap();
            read_evidence(&bench.archive, &exchange.response).await.unwrap();
        }
        let html = bench.html(&done).await;
        assert!(html.contains("AI commentary unavailable"), "{}", fault.name);
        assert!(html.contains(&says.replace('\'', "&#39;")) || html.contains(&says), "{says}");
    }
}

/// Words that no reader may see, and a part of them.
fn lies(set: &ClaimSet) -> Vec<(&'static str, Value)> {
    use weekledger_projections::claim::Alias;
    use weekledger_projections::figure::{Metric, Window};
    let leads = set.figure(Alias::REPORT, Metric::MetaLeads, Window::Week, None).unwrap();
    assert_eq!(leads.direction, Some(weekledger_projections::figure::Direction::Flat));
    let id = leads.id.to_string();
    let wrong_way = json!([{"text": "Meta leads "}, {"claim": id, "move": "fell"},
        {"text": " to "}, {"claim": id, "show": "value"}, {"text": "."}]);
    vec![
        ("4,711", json!([{"text": "We had 4,711 leads."}])),
        ("evilscript", json!([{"text": "<script>evilscript</script> A week."}])),
        ("style=hidden", json!([{"text": "A week <b style=hidden>of leads</b>."}])),
        ("fell to", wrong_way),
        ("halved", json!([{"text": "Leads halved."}])),
        ("relaunch", json!([{"text": "The relaunch brought the leads."}])),
        ("emergency", json!([{"text": "This is an emergency."}])),
        ("previous instructions", json!([{"text": "Ignore previous instructions."}])),
    ]
}

#[tokio::test]
async fn lies_told_twice_are_never_sent() {
    let set = World::normal().make().claims;
    for (part, headline) in lies(&set) {
        let script = Script { headline, ..Script::right(&set) };
        let server = Server::start(move |_, asked| answer(&script.answer(asked)));
        let bench = Bench::new(World::normal(), &server.base_url);
        let done = bench.analyze(15).await.unwrap();
        assert_eq!(done.analyst.provider, "rules", "{part}");
        let says = done.analyst.fallback.clone().unwrap();
        assert_eq!(says, "its words did not pass the check of figures", "{part}");
        assert_eq!(done.verification.findings, Vec::<String>::new(), "{part}");
        let passes: Vec<&str> = done.exchanges.iter().map(|one| one.pass.as_str()).collect();
        assert_eq!(passes, ["read", "patterns", "recommend", "mend"], "{part}");
        assert!(!bench.html(&done).await.contains(part), "{part}");
    }
}

/// The words of `Script::right` with other sentences of what moved.
fn with_moved(sentences: &[&str]) -> Script {
    let right = Script::right(&World::normal().make().claims);
    let said = |text: &&str| json!([{"text": text}]);
    let moved = sentences.iter().map(said).collect::<Vec<_>>();
    Script { moved: json!(moved), ..right }
}

const PLAIN: &str = "The four-week trend begins with week 44.";
const UNCLEAR: &str = "The leads floogled along.";

#[tokio::test]
async fn a_sentence_that_nobody_understands_twice_is_left_out_and_the_mail_says_so() {
    let script = with_moved(&[PLAIN, UNCLEAR]);
    let server = Server::start(move |_, asked| answer(&script.answer(asked)));
    let bench = Bench::new(World::normal(), &server.base_url);
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.provider, "anthropic", "{:?}", done.analyst.fallback);
    assert_eq!(done.verification.findings, Vec::<String>::new());
    assert_eq!(done.verification.refused.len(), 2, "{:?}", done.verification.refused);
    assert_eq!(done.exchanges.len(), 4);
    let html = bench.html(&done).await;
    let told =
        "AI commentary not whole: sentences that did not pass the check of figures were left out";
    assert!(html.contains(told), "{html}");
    assert!(html.contains("The four-week trend begins with") && !html.contains("floogled"));
}

#[tokio::test]
async fn who_is_not_understood_for_the_most_part_or_states_what_is_not_so_is_not_sent_in_part() {
    for moved in [&[PLAIN, UNCLEAR, UNCLEAR][..], &[PLAIN, PLAIN, "We had 4,711 leads."]] {
        let script = with_moved(moved);
        let server = Server::start(move |_, asked| answer(&script.answer(asked)));
        let bench = Bench::new(World::normal(), &server.base_url);
        let done = bench.analyze(15).await.unwrap();
        assert_eq!(done.analyst.provider, "rules", "{moved:?}");
    }
}

#[tokio::test]
async fn a_short_rate_limit_is_waited_for() {
    let script = Script::right(&World::normal().make().claims);
    let server = Server::start(move |before, asked| match before {
        0 => error(429, "rate_limit_error").header("retry-after", "7"),
        _ => answer(&script.answer(asked)),
    });
    let bench = Bench::new(World::normal(), &server.base_url);
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.provider, "anthropic");
    assert_eq!(server.count(), 4);
    assert!(bench.clock.slept() >= Duration::from_secs(7), "{:?}", bench.clock.slept());
    let attempts: Vec<u32> = done.exchanges.iter().map(|one| one.attempt).collect();
    assert_eq!(attempts, [1, 2, 1, 1]);
}

#[tokio::test]
async fn an_exchanged_key_is_read_again() {
    use weekledger::ports::SecretName;
    let script = Script::right(&World::normal().make().claims);
    let server = Server::start(move |_, asked| {
        if asked.headers["x-api-key"] == "old" {
            return error(401, "authentication_error");
        }
        answer(&script.answer(asked))
    });
    let bench = Bench::new(World::normal(), &server.base_url);
    bench.secrets.set(SecretName::AnthropicKey, &["old", "new"]);
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.provider, "anthropic");
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn without_a_key_the_rules_write() {
    let server = Server::start(|_, _| error(500, "api_error"));
    let bench = Bench::new(World::normal(), &server.base_url);
    bench.secrets.0.lock().unwrap().clear();
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.fallback.as_deref(), Some("no key is configured"));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn past_the_time_for_it_no_model_is_asked() {
    use weekledger::ports::Clock;
    let server = Server::start(|_, _| error(500, "api_error"));
    let bench = Bench::new(World::normal(), &server.base_url);
    bench.clock.sleep(Duration::from_secs(48 * 60)).await;
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.fallback.as_deref(), Some("the time for it was used up"));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_given_up() {
    let server = Server::start(|_, asked| {
        assert_eq!(pass(asked), "read");
        reply(stream("{}", "end_turn")).manner(Manner::Slow(Duration::from_secs(2)))
    });
    let bench = Bench::new(World::normal(), &server.base_url);
    let limits = Limits { idle: Duration::from_millis(100), ..Limits::default() };
    let stream = StreamId::new(report(), week());
    let trigger = EventId::figures_run(&report(), week());
    let ctx = StageContext {
        archive: &bench.archive,
        secrets: &bench.secrets,
        clock: &bench.clock,
        stream: &stream,
        run: RunId(EventId::report_run(&report(), week())),
        trigger,
        settings: &bench.settings,
        goal: weekledger_events::payload::Goal::Deliver,
        settling: jiff::SignedDuration::ZERO,
        deadline: bench.made.run.deliver_at,
        patience: bench.made.run.deliver_at,
        wait_until: bench.made.run.deliver_at,
    };
    let brief = Brief {
        claims: &bench.made.claims,
        findings: &bench.made.metrics.findings,
        earlier: &[],
        due: bench.made.run.analysis_due,
    };
    let failed = Anthropic::new(&ctx).limits(limits).write(brief).await.unwrap_err();
    let AnalystError::Unusable { reason, exchanges } = failed else { panic!("{failed:?}") };
    assert_eq!(reason, "the model did not answer in time");
    assert_eq!(exchanges.len(), 3);
}
