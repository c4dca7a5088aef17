//! What can be made to go wrong on purpose.
//!
//! A [`Fault`] says where (provider and part of the path), how often and to what effect. Further
//! kinds of failure are further [`Effect`]s or constructors; the providers' code knows of none.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;
use super::server::{SeenRequest, held};

/// Which of the two providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Paths under `/meta`.
    Meta,
    /// Paths under `/hubspot`.
    HubSpot,
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Every matching request.
    Always,
    /// The first so many matching requests.
    First(u32),
    /// Only the n-th matching request, counted from one.
    Nth(u32),
}

/// What a struck request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// This answer instead of the real one.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers besides the content type.
        headers: Vec<(&'static str, String)>,
        /// The JSON body.
        body: Value,
    },
    /// A web page with status 200, as proxies and maintenance pages send it.
    HtmlPage,
    /// The first half of the real answer's body.
    Truncated,
    /// The real answer, late.
    Slow(Duration),
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it strikes.
    pub provider: Provider,
    /// Only paths that contain this behind the provider's name; empty for all.
    pub path_contains: String,
    /// How often it strikes.
    pub times: Times,
    /// What then happens.
    pub effect: Effect,
}

impl Fault {
    /// Meta's throttle of an ad account, with the minutes to wait in the usage header.
    pub fn meta_rate_limited(times: Times, minutes: u32) -> Self {
        let message = "(#80000) There have been too many calls from this ad-account. Wait a bit and try again. For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting#ads-insights.";
        let usage = json!({ "1018340275511096": [{
            "type": "ads_insights", "call_count": 100, "total_cputime": 40, "total_time": 62,
            "estimated_time_to_regain_access": minutes, "ads_api_access_tier": "standard_access",
        }]});
        let headers = vec![("x-business-use-case-usage", usage.to_string())];
        let error = json!({ "message": message, "type": "OAuthException", "code": 80_000,
            "error_subcode": 2_446_079, "fbtrace_id": "AFm0w0VSqFxoRyuKXJgg48H" });
        Self::meta(times, 400, headers, &error)
    }

    /// "Please reduce the amount of data", as the API words it.
    pub fn meta_too_much_data(times: Times) -> Self {
        let message = "Please reduce the amount of data you're asking for, then retry your request";
        Self::meta(times, 500, Vec::new(), &json!({ "message": message, "code": 1 }))
    }

    /// A failure of Meta's that goes away by itself.
    pub fn meta_transient(times: Times) -> Self {
        let error = json!({ "message": "An unexpected error has occurred. Please retry your request later.",
            "type": "OAuthException", "is_transient": true, "code": 2, "fbtrace_id": "AiDsvTm9trrHsDsvTm9trr0" });
        Self::meta(times, 500, Vec::new(), &error)
    }

    /// The app has been blocked: every call fails alike.
    pub fn meta_app_blocked() -> Self {
        let error = json!({ "message": "API access blocked.", "type": "OAuthException", "code": 200,
            "fbtrace_id": "AkHib71nvuXvHib71nvuXv0" });
        Self::meta(Times::Always, 400, Vec::new(), &error)
    }

    /// HubSpot's limit by the second.
    pub fn hubspot_rate_limited(times: Times) -> Self {
        let body = json!({ "status": "error", "message": "You have reached your secondly limit.",
            "errorType": "RATE_LIMIT", "correlationId": "6828d000-3d2f-4701-8d90-b21e53b0d005",
            "policyName": "SECONDLY", "requestId": "ce6a6a91-ac17-492f-bbdb-7d72477c319c" });
        let effect = Effect::Answer { status: 429, headers: Vec::new(), body };
        Self { provider: Provider::HubSpot, path_contains: "/search".to_owned(), times, effect }
    }

    fn meta(
        times: Times,
        status: u16,
        headers: Vec<(&'static str, String)>,
        error: &Value,
    ) -> Self {
        let effect = Effect::Answer { status, headers, body: json!({ "error": error }) };
        Self { provider: Provider::Meta, path_contains: String::new(), times, effect }
    }

    fn matches(&self, request: &SeenRequest) -> bool {
        let prefix = match self.provider {
            Provider::Meta => "/meta",
            Provider::HubSpot => "/hubspot",
        };
        let rest = request.path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.starts_with('/') && rest.contains(&self.path_contains))
    }
}

/// The faults with how often each has been met.
#[derive(Debug)]
pub(super) struct Faults(Mutex<Vec<(Fault, u32)>>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults.into_iter().map(|fault| (fault, 0)).collect()))
    }

    /// Counts this request with every fault that it matches; the first that strikes decides.
    pub(super) fn strike(&self, request: &SeenRequest) -> Option<Effect> {
        let mut struck = None;
        for (fault, met) in held(&self.0).iter_mut().filter(|(fault, _)| fault.matches(request)) {
            *met += 1;
            let strikes = match fault.times {
                Times::Always => true,
                Times::First(count) => *met <= count,
                Times::Nth(number) => *met == number,
            };
            if strikes && struck.is_none() {
                struck = Some(fault.effect.clone());
            }
        }
        struck
    }
}

impl Effect {
    /// What becomes of the answer that would have been given.
    pub(super) fn apply(self, mut answer: Answer) -> Answer {
        match self {
            Self::Answer { status, headers, body } => {
                let mut answer = Answer::json(status, &body);
                answer.headers.extend(headers);
                answer
            }
            Self::HtmlPage => Answer {
                status: 200,
                headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
                body: "<!DOCTYPE html><html><head><title>Sorry, something went wrong</title></head><body><h1>Sorry</h1></body></html>".to_owned(),
            },
            Self::Truncated => {
                let half = answer.body.floor_char_boundary(answer.body.len() / 2);
                answer.body.truncate(half);
                answer
            }
            Self::Slow(_) => answer,
        }
    }

    /// How long to wait before answering.
    pub(super) fn delay(&self) -> Duration {
        match self {
            Self::Slow(delay) => *delay,
            _ => Duration::ZERO,
        }
    }
}
