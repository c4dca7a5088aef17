//! What an exchange came to, and what to do about it, by the provider's documented policy.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::stream::{Message, StreamError};

/// An exchange that gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// For logs and the event: `http_529`, `refusal`, `cut` …
    pub ended: String,
    /// For readers of the mail: no figures, no words of the provider.
    pub reason: &'static str,
    pub remedy: Remedy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same request again, after at least so long, until it was asked so often.
    Retry {
        after: Duration,
        attempts: u32,
    },
    /// The key was refused: read it once again, in case it was exchanged.
    NewKey,
    GiveUp,
}

/// Two retries, as the provider's own clients do.
const RETRY: Remedy = Remedy::Retry { after: Duration::ZERO, attempts: 3 };
/// A provider that is busy or away may be back within minutes, and hours are left until the mail.
const WAIT: Remedy = Remedy::Retry { after: Duration::ZERO, attempts: 7 };

/// Errors of AWS that a fresh session mends.
const SESSIONS: [&str; 3] = ["ExpiredToken", "UnrecognizedClient", "InvalidSignature"];

/// Longer pauses are not waited for.
const PAUSE_MAX: Duration = Duration::from_secs(300);

impl Fault {
    pub fn new(ended: &str, reason: &'static str, remedy: Remedy) -> Self {
        Self { ended: ended.to_owned(), reason, remedy }
    }

    /// No answer, or none to the end.
    pub fn connection(ended: &str) -> Self {
        let (reason, remedy) = match ended {
            "idle" => ("the model stopped answering in the middle", RETRY),
            "timeout" => ("the model did not answer in time", RETRY),
            "too_large" => ("the model's answer was too long", RETRY),
            "broken_off" => ("the connection to the model broke off in its answer", WAIT),
            _ => ("the model could not be reached", WAIT),
        };
        Self::new(ended, reason, remedy)
    }

    /// An answer with another status than 200.
    pub fn status(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let spent = body["error"]["details"]["error_code"] == "enforced_spend_limit_reached";
        let aws = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let kind = aws.or(body["__type"].as_str()).unwrap_or_default();
        let (reason, served) = match status {
            // AWS says with one status that a role may not, and that a session has ended.
            403 if SESSIONS.iter().any(|one| kind.contains(one)) => {
                ("the provider refused the credentials of the role", Remedy::NewKey)
            }
            401 => ("the provider refused the key", Remedy::NewKey),
            402 => ("the provider asks for payment", Remedy::GiveUp),
            403 => ("access to the model is not granted", Remedy::GiveUp),
            404 => ("the configured model does not exist", Remedy::GiveUp),
            413 => ("the request was too large", Remedy::GiveUp),
            429 if spent => ("the spending limit is reached", Remedy::GiveUp),
            429 => ("the provider's rate limit was reached", WAIT),
            529 => ("the provider was overloaded", WAIT),
            // 424: the model itself failed, as Bedrock puts it.
            408 | 409 | 424 | 500.. => ("the provider had a fault", WAIT),
            _ if is_too_long(&body) => ("the request was too long for the model", Remedy::GiveUp),
            _ => ("the provider refused the request", Remedy::GiveUp),
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let remedy = match (header("x-should-retry"), served) {
            (Some("false"), Remedy::Retry { .. }) => Remedy::GiveUp,
            (Some("true"), Remedy::GiveUp) if !spent => RETRY,
            (_, served) => served,
        };
        let remedy = match (remedy, pause(headers)) {
            (Remedy::Retry { .. }, Some(after)) if after > PAUSE_MAX => Remedy::GiveUp,
            (Remedy::Retry { attempts, .. }, Some(after)) => Remedy::Retry { after, attempts },
            (remedy, _) => remedy,
        };
        Self::new(&format!("http_{status}"), reason, remedy)
    }

    /// What a person should do.
    pub fn action(&self) -> Option<&'static str> {
        action(&self.ended)
    }

    /// A body under status 200 that is no whole message.
    pub fn stream(error: &StreamError) -> Self {
        match error {
            StreamError::Reported(kind) => {
                let lasting = ["invalid_request_error", "authentication_error", "billing_error"];
                let remedy = if lasting.contains(&kind.as_str()) { Remedy::GiveUp } else { WAIT };
                let known: String =
                    kind.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect();
                Self::new(&known, "the model broke off in the middle", remedy)
            }
            StreamError::Cut => Self::new("cut", "the model's answer was cut off", RETRY),
            StreamError::Unreadable => {
                Self::new("unreadable", "the model's answer could not be read", RETRY)
            }
        }
    }

    /// Looked at before anything in the message: other stops than the end mean that the answer is
    /// not what was asked for, whatever it looks like.
    pub fn stop(message: &Message) -> Option<Self> {
        let (ended, reason) = match message.stop_reason.as_deref() {
            Some("end_turn") => return None,
            Some("refusal") => ("refusal", "the model refused to answer"),
            Some("max_tokens") => ("max_tokens", "the model's answer was too long"),
            Some("model_context_window_exceeded") => {
                ("context_exceeded", "the request was too long for the model")
            }
            Some("tool_use" | "pause_turn" | "stop_sequence") => {
                ("unexpected_stop", "the model stopped for another reason than its end")
            }
            Some(_) => ("unknown_stop", "the model stopped for an unknown reason"),
            None => ("no_stop", "the model did not say why it stopped"),
        };
        Some(Self::new(ended, reason, Remedy::GiveUp))
    }

    /// The text is not what the schema says. Asked once more.
    pub fn shape() -> Self {
        Self::new("schema", "the model's answer did not have the agreed form", RETRY)
    }
}

/// What a person should do where an exchange ended in what only a person can mend.
pub fn action(ended: &str) -> Option<&'static str> {
    Some(match ended {
        "http_401" => "Replace the key of the model; doctor says which.",
        "http_402" => "Settle the provider's bill.",
        "http_403" => {
            "Grant the key's workspace the model or, on Bedrock, request access to the model \
             in the console and name it in the parameter BedrockModels; then run doctor."
        }
        "http_404" => "Set model under [analyst] to one that the provider lists.",
        "http_400" => "Compare model and api_version under [analyst] with the provider's list.",
        "http_429" => "Raise the rate or spending limit at the provider.",
        _ => return None,
    })
}

fn is_too_long(body: &Value) -> bool {
    body["error"]["message"].as_str().is_some_and(|text| text.contains("too long"))
}

/// `retry-after-ms`, then `retry-after` in seconds.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("retry-after-ms")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}
