//! Asks one question of a provider: nothing is archived, nothing tried twice.

use reqwest::header::HeaderMap;
use serde_json::Value;
use weekledger_events::payload::Request;

use crate::config::SourceLimits;
use crate::ports::Secret;
use crate::sources::ask::chain;
use crate::sources::cut::{PagingLinks, cut_secrets};
use crate::sources::fault::{Fault, Remedy};
use crate::sources::http::{Http, HttpError};

/// Why a question could not be asked.
pub type ProbeError = Box<Fault>;

/// A client of one provider.
pub(super) struct Probe {
    http: Http,
    name: &'static str,
    token: Secret,
    /// The others', which an answer may hold as well.
    others: Vec<Secret>,
    seconds_max: u32,
}

/// An answer without any secret.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// What it says; null if that is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Probe {
    pub fn new(
        name: &'static str,
        base_url: &str,
        limits: &SourceLimits,
        token: Secret,
        others: Vec<Secret>,
    ) -> Result<Self, ProbeError> {
        let http = Http::new(base_url, limits).map_err(|error| unasked(name, &error))?;
        Ok(Self { http, name, token, others, seconds_max: limits.request_seconds_max })
    }

    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Asks with the token in the `Authorization` header.
    pub async fn ask(&self, request: &Request) -> Result<Answer, ProbeError> {
        let sent = self.http.send(request, &self.token, self.seconds_max).await;
        self.received(sent)
    }

    /// Asks with headers of the caller's.
    pub async fn ask_with(
        &self,
        request: &Request,
        headers: HeaderMap,
    ) -> Result<Answer, ProbeError> {
        let sent = self.http.send_with(request, headers, self.seconds_max).await;
        self.received(sent)
    }

    fn received(
        &self,
        sent: Result<crate::sources::http::Response, HttpError>,
    ) -> Result<Answer, ProbeError> {
        let answer = sent.map_err(|error| unasked(self.name, &error))?;
        let tokens: Vec<Secret> = self.others.iter().chain([&self.token]).cloned().collect();
        let body = cut_secrets(answer.body, &tokens, PagingLinks::Secret).kept;
        Ok(Answer { status: answer.status, headers: answer.headers, body })
    }
}

fn unasked(name: &'static str, error: &HttpError) -> ProbeError {
    let (remedy, action) = match error {
        HttpError::Timeout { .. }
        | HttpError::Connect(_)
        | HttpError::Interrupted(_)
        | HttpError::BrokenOff(_) => (
            Remedy::Retry { after: None },
            "Check that this machine reaches the internet; then run doctor again.",
        ),
        HttpError::Token(_) => {
            (Remedy::Report, "Paste the token again, whole and without line breaks.")
        }
        _ => (Remedy::Report, "Compare base_url in the configuration with the README."),
    };
    tracing::info!(source = name, error = chain(error), "no answer");
    let sentence = format!("{name} could not be asked: {error}.");
    Box::new(Fault::new("not_asked", remedy, sentence, action))
}

/// The whole part of a number, or of a number in a string.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text from outside, fit for a sentence.
pub(super) fn words(value: &Value) -> Option<String> {
    let text = value.as_str().map(str::to_owned).or_else(|| integer(value).map(|n| n.to_string()));
    text.map(|text| crate::sources::parse::shorten(&text, 80)).filter(|text| !text.is_empty())
}
