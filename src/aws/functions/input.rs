//! What the functions are called with: a schedule's input, an event of a bus, a batch of a queue.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use weekledger_events::{Pointer, ReportId};

use super::error::FunctionError;
use crate::aws::{SOURCE, read_message};
use crate::ports::Message;

/// The input of a schedule, as the template writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "schedule", rename_all = "snake_case")]
pub enum Scheduled {
    Open(ReportTime),
    Deliver(ReportTime),
    Watch {},
}

/// A report, and the schedule's own time: the week follows from it, never from the clock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReportTime {
    pub report: ReportId,
    pub scheduled: Timestamp,
}

/// An event as a rule of EventBridge hands it over.
#[derive(Debug, Clone, Deserialize)]
pub struct BusEvent {
    pub source: String,
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    pub detail: Value,
    pub time: Option<Timestamp>,
}

/// The source of SES's events on the default bus.
pub(super) const SES_SOURCE: &str = "aws.ses";

/// Any input, told apart by its shape.
#[derive(Debug)]
pub(super) enum Input {
    Scheduled(Scheduled),
    Pointer(Pointer),
    Ses(BusEvent),
    Records(Vec<Value>),
}

impl Input {
    pub(super) fn read(input: Value) -> Result<Self, FunctionError> {
        let has = |name: &str| input.get(name).is_some();
        if has("schedule") {
            return Ok(Self::Scheduled(parse(input, "a schedule's input")?));
        }
        if has("detail-type") {
            let event: BusEvent = parse(input, "an event of a bus")?;
            return match event.source.as_str() {
                SES_SOURCE => Ok(Self::Ses(event)),
                SOURCE => event.pointer().map(Self::Pointer),
                other => Err(not(format!("an event of source {other:?}"))),
            };
        }
        match input {
            Value::Object(mut fields) => match fields.remove("Records") {
                Some(Value::Array(records)) => Ok(Self::Records(records)),
                _ => Err(not("neither a schedule's input, nor an event, nor a batch".to_owned())),
            },
            _ => Err(not("it is no JSON object".to_owned())),
        }
    }
}

impl BusEvent {
    /// The pointer that the event carries.
    pub(super) fn pointer(&self) -> Result<Pointer, FunctionError> {
        let message = read_message(&self.detail_type, &self.detail.to_string());
        match message.map_err(|error| not(crate::ports::with_causes(&error)))? {
            Message::Pointer(pointer) if pointer.event_type.as_str() == self.detail_type => {
                Ok(pointer)
            }
            Message::Pointer(pointer) => {
                let (routed, found) = (&self.detail_type, pointer.event_type);
                Err(not(format!("a pointer to {found} as {routed}")))
            }
            Message::Notice(_) => Err(not("a notice to the owner".to_owned())),
        }
    }
}

/// Serde's words name the field and quote no more than one value; inputs hold no secret.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(
    input: Value,
    what: &str,
) -> Result<T, FunctionError> {
    serde_json::from_value(input).map_err(|error| not(format!("{what}: {error}")))
}

pub(super) fn not(what: String) -> FunctionError {
    FunctionError::Input { what }
}

#[cfg(test)]
mod tests;
