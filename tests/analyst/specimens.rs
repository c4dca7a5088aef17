//! Recorded answers of the real API.

use std::path::Path;

use rust_decimal::Decimal;
use weekledger::analyst::anthropic::{Message, StreamError};

fn recorded(name: &str) -> Result<Message, StreamError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specimens/anthropic");
    Message::parse(&std::fs::read(folder.join(name)).unwrap())
}

fn kinds(message: &Message) -> Vec<&str> {
    message.content.iter().map(|block| block["type"].as_str().unwrap()).collect()
}

#[test]
fn every_recorded_message_is_read_to_its_end() {
    for (name, blocks, tokens) in [
        ("claude-opus-5-reasoning-high.json", vec!["thinking", "text"], None),
        ("json-output-format.json", vec!["text"], Some((371, 629))),
        ("text.json", vec!["text"], None),
        ("opus-46-adaptive-thinking.sse", vec!["text", "thinking", "text"], None),
        ("opus-46-schema.sse", vec!["text"], None),
        ("stream-events-text.sse", vec!["text"], None),
        ("stream-events-thinking.sse", vec!["thinking", "text"], None),
        ("thinking-part-redacted-1.json", vec!["redacted_thinking", "text"], None),
        ("thinking-part-redacted-2.json", vec!["redacted_thinking", "text"], None),
        ("thinking-part-stream.sse", vec!["thinking", "text"], None),
        ("thinking-summarized.json", vec!["thinking", "text"], None),
        ("extended-thinking-stream.sse", vec!["thinking", "text"], None),
    ] {
        let message = recorded(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(kinds(&message), blocks, "{name}");
        assert_eq!(message.stop_reason.as_deref(), Some("end_turn"), "{name}");
        assert!(!message.text().is_empty(), "{name}");
        let usage = message.usage();
        assert!(usage.input_tokens > 0 && usage.output_tokens > 0, "{name}");
        if let Some(counted) = tokens {
            assert_eq!((usage.input_tokens, usage.output_tokens), counted, "{name}");
        }
    }
}

#[test]
fn structured_output_arrives_as_json() {
    for name in ["json-output-format.json", "opus-46-schema.sse"] {
        let text = recorded(name).unwrap().text();
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().is_object(), "{name}");
    }
}

#[test]
fn a_thinking_block_keeps_its_signature() {
    for name in ["stream-events-thinking.sse", "thinking-part-stream.sse"] {
        let message = recorded(name).unwrap();
        assert!(message.content[0]["signature"].as_str().unwrap().len() > 100, "{name}");
        assert!(!message.content[0]["thinking"].as_str().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn a_refusal_says_its_category() {
    let message = recorded("refusal.json").unwrap();
    assert_eq!(message.stop_reason.as_deref(), Some("refusal"));
    assert_eq!(message.refusal.as_deref(), Some("cyber"));
}

#[test]
fn errors_are_errors() {
    assert_eq!(
        recorded("auth-error.json"),
        Err(StreamError::Reported("authentication_error".to_owned()))
    );
    assert_eq!(
        recorded("context-length-exceeded.json"),
        Err(StreamError::Reported("invalid_request_error".to_owned()))
    );
}

#[test]
fn a_stream_cut_anywhere_is_no_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specimens/anthropic");
    let whole = std::fs::read_to_string(folder.join("stream-events-thinking.sse")).unwrap();
    let stop = whole.find("event: message_stop").unwrap();
    for end in (0..stop).filter(|end| whole.is_char_boundary(*end)) {
        let part = Message::parse(&whole.as_bytes()[..end]);
        assert!(part.is_err(), "cut at {end}");
    }
}

#[test]
fn cost_follows_the_price_list() {
    let body = r#"{"type":"message","id":"m","model":"claude-opus-5-5","content":[],
        "stop_reason":"end_turn","usage":{"input_tokens":100000,"cache_read_input_tokens":50000,
        "output_tokens":10000,"output_tokens_details":{"thinking_tokens":7000}}}"#;
    let usage = Message::parse(body.as_bytes()).unwrap().usage();
    // 150,000 tokens at 4 dollars and 10,000 at 20 dollars a million.
    assert_eq!(usage.cost_usd, Some(Decimal::new(80, 2)));
    assert_eq!((usage.input_tokens, usage.thinking_tokens), (150_000, Some(7000)));
}
