//! What the failure queues hold: inputs that a function was not able to work on.
//!
//! Two envelopes: the record that Lambda writes for a failed asynchronous invocation, and the
//! plain input that EventBridge or the Scheduler could not hand over at all, with the reason in the
//! message's attributes.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use weekledger_events::payload::{FailureClass, Stage};

use super::error::{FunctionError, RETRYABLE};
use super::input::not;
use crate::chain::GivenUp;

/// An input that was given up, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// When it was put into the queue.
    pub(super) at: Timestamp,
    pub(super) input: Value,
    cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    /// The function was called so often, and failed each time.
    Failed { attempts: u64, error_type: String, message: String },
    /// The function was never called.
    NotHandedOver { code: String },
}

/// Something that passes is tried again soon.
const SOON: SignedDuration = SignedDuration::from_mins(15);

/// Something that needs a person is tried again too, in case it was mended.
const LATER: SignedDuration = SignedDuration::from_hours(1);

impl Trouble {
    /// Of a message as a batch holds it.
    pub(super) fn read(message: &Value) -> Result<Self, FunctionError> {
        let text = |at: &str| message.pointer(at).and_then(Value::as_str);
        let sent = text("/attributes/SentTimestamp").and_then(|digits| digits.parse().ok());
        let at = sent.and_then(|at| Timestamp::from_millisecond(at).ok());
        let at = at.ok_or_else(|| not("a message without SentTimestamp".to_owned()))?;
        let body = text("/body").unwrap_or_default();
        let mut body: Value = serde_json::from_str(body)
            .map_err(|error| not(format!("a message that is no JSON: {error}")))?;
        if body.get("requestContext").is_some() {
            let input = body.get_mut("requestPayload").map(Value::take).unwrap_or_default();
            return Ok(Self { at, input, cause: Cause::of_invocation(&body) });
        }
        let code = text("/messageAttributes/ERROR_CODE/stringValue").unwrap_or("no reason given");
        Ok(Self { at, input: body, cause: Cause::NotHandedOver { code: code.to_owned() } })
    }

    /// What happened, without anything that differs from one time to the next.
    pub(super) fn sentence(&self, who: &str) -> String {
        match &self.cause {
            Cause::NotHandedOver { code } => format!("{who} could not be called: {code}"),
            Cause::Failed { attempts, error_type, message } => {
                let times = if *attempts == 1 { "attempt" } else { "attempts" };
                let what = words(error_type, message);
                format!("{who} was given up after {attempts} {times}: {what}")
            }
        }
    }

    /// As the chain records it.
    pub(super) fn given_up(&self, stage: Stage, now: Timestamp) -> GivenUp {
        let passes = self.passes();
        let (class, wait) =
            if passes { (FailureClass::Waiting, SOON) } else { (FailureClass::Fatal, LATER) };
        let action = format!("look at the logs of {stage}; watch tries again by itself");
        GivenUp {
            stage,
            at: self.at,
            class,
            sentence: self.sentence(stage.as_str()),
            action: Some(action),
            retry_at: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
        }
    }

    /// Whether time alone may help.
    fn passes(&self) -> bool {
        match &self.cause {
            Cause::NotHandedOver { .. } => true,
            Cause::Failed { error_type, message, .. } => {
                error_type == RETRYABLE || is_time_out(error_type, message)
            }
        }
    }
}

impl Cause {
    fn of_invocation(record: &Value) -> Self {
        let text = |at: &str| record.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let attempts = record.pointer("/requestContext/approximateInvokeCount");
        Self::Failed {
            attempts: attempts.and_then(Value::as_u64).unwrap_or(1),
            error_type: text("/responsePayload/errorType").to_owned(),
            message: text("/responsePayload/errorMessage").to_owned(),
        }
    }
}

fn is_time_out(error_type: &str, message: &str) -> bool {
    error_type.contains("Timedout") || message.contains("Task timed out")
}

/// The function's own words. The platform's are full of times and request ids.
fn words(error_type: &str, message: &str) -> String {
    if is_time_out(error_type, message) {
        return "its time was used up".to_owned();
    }
    if error_type.starts_with("Weekledger.") {
        return without_requests(message);
    }
    match error_type {
        "" => "its process ended without a word".to_owned(),
        // The runtime names a panic by the type of what was thrown.
        thrown if thrown.contains("::") || thrown.contains('&') => "it panicked".to_owned(),
        other => format!("its process ended with {other}"),
    }
}

/// Adapters name the request in parentheses, which differs each time.
fn without_requests(message: &str) -> String {
    let mut kept = String::new();
    let mut rest = message;
    while let Some(begin) = rest.find(" (request ") {
        let (before, tail) = rest.split_at(begin);
        kept.push_str(before);
        rest = tail.find(')').map_or("", |end| &tail[end + 1..]);
    }
    kept + rest
}

#[cfg(test)]
mod tests;
