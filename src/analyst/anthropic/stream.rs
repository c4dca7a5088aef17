//! Reads an answer of the Messages API: server-sent events, or one JSON message. A stream that
//! ends early is a failure, and so is an error event under status 200.

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use weekledger_events::payload::Usage;

/// A whole message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    pub id: String,
    /// The model that answered.
    pub model: String,
    /// Blocks as received, also those of kinds that this version does not know: a conversation
    /// goes on with exactly these.
    pub content: Vec<Value>,
    pub stop_reason: Option<String>,
    /// Why it was refused, in the provider's category.
    pub refusal: Option<String>,
    usage: Map<String, Value>,
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The provider's error type, such as `overloaded_error`.
    #[error("the provider reported {0}")]
    Reported(String),
    #[error("the stream ended before the message did")]
    Cut,
    #[error("the answer is no message")]
    Unreadable,
}

impl Message {
    /// Reads a whole body, streamed or not.
    pub fn parse(body: &[u8]) -> Result<Self, StreamError> {
        let text = std::str::from_utf8(body).map_err(|_| StreamError::Unreadable)?;
        if text.trim_start().starts_with('{') {
            return Self::whole(text);
        }
        let mut reading = Reading::default();
        for data in events(text) {
            let event: Value = serde_json::from_str(&data).map_err(|_| StreamError::Cut)?;
            reading.take(&event)?;
        }
        if !reading.started {
            return Err(StreamError::Unreadable);
        }
        if reading.stopped { Ok(reading.message) } else { Err(StreamError::Cut) }
    }

    fn whole(text: &str) -> Result<Self, StreamError> {
        let body: Value = serde_json::from_str(text).map_err(|_| StreamError::Unreadable)?;
        match body["type"].as_str() {
            Some("message") => {
                let mut message = Self::default();
                message.begin(&body);
                message.end(&body);
                Ok(message)
            }
            Some("error") => Err(reported(&body)),
            _ => Err(StreamError::Unreadable),
        }
    }

    /// The texts of all text blocks: the first block may be thinking.
    pub fn text(&self) -> String {
        let is_text = |block: &&Value| block["type"] == "text";
        self.content.iter().filter(is_text).filter_map(|block| block["text"].as_str()).collect()
    }

    /// Total tokens, and their price by `prices`.
    pub fn usage(&self) -> Usage {
        let count = |name: &str| self.usage.get(name).and_then(Value::as_u64);
        let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        let input_tokens = input.into_iter().filter_map(count).sum();
        let output_tokens = count("output_tokens").unwrap_or(0);
        let thinking_tokens = self
            .usage
            .get("output_tokens_details")
            .and_then(|details| details["thinking_tokens"].as_u64());
        let cost_usd = price(&self.model).map(|(input, output)| {
            let million = Decimal::from(1_000_000);
            (Decimal::from(input_tokens) * input + Decimal::from(output_tokens) * output) / million
        });
        Usage { input_tokens, output_tokens, thinking_tokens, cost_usd }
    }

    fn begin(&mut self, message: &Value) {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        (self.id, self.model) = (text("id"), text("model"));
        self.content = message["content"].as_array().cloned().unwrap_or_default();
        self.count(&message["usage"]);
    }

    /// `stop_reason`, its details and the final usage.
    fn end(&mut self, delta: &Value) {
        self.stop_reason = delta["stop_reason"].as_str().map(str::to_owned);
        let category = delta["stop_details"]["category"].as_str();
        self.refusal = category.map(str::to_owned);
    }

    /// Counts are cumulative: the newest stand.
    fn count(&mut self, usage: &Value) {
        for (name, value) in usage.as_object().into_iter().flatten() {
            self.usage.insert(name.clone(), value.clone());
        }
    }
}

/// What was read of a stream so far.
#[derive(Default)]
struct Reading {
    message: Message,
    started: bool,
    stopped: bool,
}

impl Reading {
    fn take(&mut self, event: &Value) -> Result<(), StreamError> {
        match event["type"].as_str() {
            Some("message_start") => {
                self.started = true;
                self.message.begin(&event["message"]);
            }
            Some("content_block_start") => {
                self.message.content.push(event["content_block"].clone());
            }
            Some("content_block_delta") => self.extend(event)?,
            Some("message_delta") => {
                self.message.end(&event["delta"]);
                self.message.count(&event["usage"]);
            }
            Some("message_stop") => self.stopped = true,
            Some("error") => return Err(reported(event)),
            // Pings, ends of blocks, and kinds of events that are yet to come.
            _ => {}
        }
        Ok(())
    }

    fn extend(&mut self, event: &Value) -> Result<(), StreamError> {
        let index = event["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        let block = index.and_then(|index| self.message.content.get_mut(index));
        let block = block.and_then(Value::as_object_mut).ok_or(StreamError::Unreadable)?;
        let delta = &event["delta"];
        let field = match delta["type"].as_str() {
            Some("text_delta") => "text",
            Some("thinking_delta") => "thinking",
            Some("signature_delta") => "signature",
            _ => return Ok(()),
        };
        let more = delta[field].as_str().unwrap_or_default();
        match block.get_mut(field) {
            Some(Value::String(text)) => text.push_str(more),
            _ => {
                block.insert(field.to_owned(), Value::String(more.to_owned()));
            }
        }
        Ok(())
    }
}

fn reported(body: &Value) -> StreamError {
    StreamError::Reported(body["error"]["type"].as_str().unwrap_or("unknown").to_owned())
}

/// The data of each event.
fn events(text: &str) -> impl Iterator<Item = String> {
    let text = text.replace("\r\n", "\n");
    let events: Vec<String> = text
        .split("\n\n")
        .map(|event| {
            let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
            data.map(str::trim_start).collect::<Vec<_>>().join("\n")
        })
        .filter(|data| !data.is_empty())
        .collect();
    events.into_iter()
}

/// Dollars for a million tokens in and out (the provider's price list, October 2026); `None` for a
/// model that is not on it.
fn price(model: &str) -> Option<(Decimal, Decimal)> {
    let prices =
        [("claude-opus-5-5", 4, 20), ("claude-sonnet-5-5", 2, 10), ("claude-fable-5-1", 10, 50)];
    let (_, input, output) = prices.into_iter().find(|(name, ..)| model.contains(name))?;
    Some((Decimal::from(input), Decimal::from(output)))
}
