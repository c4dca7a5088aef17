//! The provider: it tells the passes apart by the schema that it is sent, and answers with
//! server-sent events.

use serde_json::{Value, json};
use weekledger_projections::claim::{Alias, ClaimSet};
use weekledger_projections::figure::{Metric, Window};

use super::server::{Asked, Reply};

/// Which pass a request is.
pub fn pass(asked: &Asked) -> &'static str {
    let fields = &asked.json()["output_config"]["format"]["schema"]["properties"];
    match (fields.get("notes"), fields.get("headline"), fields.get("marketing")) {
        (Some(_), _, _) => "read",
        (_, Some(_), Some(_)) => "mend",
        (_, Some(_), None) => "patterns",
        _ => "recommend",
    }
}

fn event(kind: &str, data: &Value) -> String {
    format!("event: {kind}\ndata: {data}\n\n")
}

/// A stream as the API sends it: thinking first, then the text in pieces.
pub fn stream(text: &str, stop_reason: &str) -> String {
    let mut out = event(
        "message_start",
        &json!({"type": "message_start", "message": {
            "id": "msg_double", "type": "message", "role": "assistant", "model": "claude-opus-5-5",
            "content": [], "stop_reason": null,
            "usage": {"input_tokens": 9000, "output_tokens": 1},
        }}),
    );
    let start = |index: u64, block: Value| {
        let data = json!({"type": "content_block_start", "index": index, "content_block": block});
        event("content_block_start", &data)
    };
    let delta = |index: u64, delta: Value| {
        let data = json!({"type": "content_block_delta", "index": index, "delta": delta});
        event("content_block_delta", &data)
    };
    let stop = |index: u64| {
        event("content_block_stop", &json!({"type": "content_block_stop", "index": index}))
    };
    out += &start(0, json!({"type": "thinking", "thinking": "", "signature": ""}));
    out += &delta(0, json!({"type": "thinking_delta", "thinking": "Let me see."}));
    out += &delta(0, json!({"type": "signature_delta", "signature": "c2lnbmVk"}));
    out += &stop(0);
    out += &event("ping", &json!({"type": "ping"}));
    out += &start(1, json!({"type": "text", "text": ""}));
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(40) {
        let piece: String = piece.iter().collect();
        out += &delta(1, json!({"type": "text_delta", "text": piece}));
    }
    out += &stop(1);
    out += &event("some_event_of_the_future", &json!({"type": "some_event_of_the_future"}));
    out += &event(
        "message_delta",
        &json!({"type": "message_delta",
            "delta": {"stop_reason": stop_reason, "stop_details": null},
            "usage": {"output_tokens": 2500, "output_tokens_details": {"thinking_tokens": 1500}}}),
    );
    out + &event("message_stop", &json!({"type": "message_stop"}))
}

/// A stream that turns into an error in the middle.
pub fn overloaded_in_the_middle() -> String {
    let whole = stream("{\"notes\":[]}", "end_turn");
    let half = whole.find("event: content_block_stop").unwrap();
    let error = json!({"type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"}});
    format!("{}{}", &whole[..half], event("error", &error))
}

pub fn reply(body: String) -> Reply {
    Reply::new(200, body).header("content-type", "text/event-stream")
}

pub fn answer(value: &Value) -> Reply {
    reply(stream(&value.to_string(), "end_turn"))
}

/// Right words about the week.
pub struct Script {
    pub headline: Value,
    pub moved: Value,
    pub actions: Value,
}

impl Script {
    pub fn right(set: &ClaimSet) -> Self {
        let id = |metric| set.figure(Alias::REPORT, metric, Window::Week, None).unwrap().id;
        let (leads, spend) = (id(Metric::MetaLeads).to_string(), id(Metric::Spend).to_string());
        Self {
            headline: json!([
                {"claim": leads, "show": "value"}, {"text": " Meta leads came in on "},
                {"claim": spend, "show": "value"}, {"text": " of spend in this report."},
            ]),
            moved: json!([[{"text": "The four-week trend begins with week 44."}]]),
            actions: json!([]),
        }
    }

    /// The right answer to a request.
    pub fn answer(&self, asked: &Asked) -> Value {
        let Self { headline, moved, actions } = self;
        match pass(asked) {
            "read" => json!({"notes": [{"claims": [], "text": "An ordinary week."}]}),
            "patterns" => json!({"headline": headline, "moved": moved, "hypotheses": []}),
            "recommend" => json!({"marketing": actions, "digital": [], "leadership": []}),
            _ => json!({"headline": headline, "moved": moved, "hypotheses": [],
                "marketing": actions, "digital": [], "leadership": []}),
        }
    }
}
