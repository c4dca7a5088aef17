//! What can be made to go wrong on purpose.
//!
//! A [`Fault`] says where (provider and words of the address), how often and to what effect. The
//! providers' code knows of none. `catalog` has a name for each.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::effect::Effect;
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

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it strikes.
    pub provider: Provider,
    /// Only requests whose method, path and query, decoded, contain each word of this; empty for
    /// all.
    pub path_contains: String,
    /// How often it strikes.
    pub times: Times,
    /// What then happens.
    pub effect: Effect,
}

impl Fault {
    /// A fault of Meta's; the words as in `path_contains`.
    pub fn at_meta(words: &str, times: Times, effect: Effect) -> Self {
        Self { provider: Provider::Meta, path_contains: words.to_owned(), times, effect }
    }

    /// A fault of HubSpot's contact search.
    pub fn at_search(times: Times, effect: Effect) -> Self {
        let path_contains = "/search".to_owned();
        Self { provider: Provider::HubSpot, path_contains, times, effect }
    }

    /// The same, in requests alone that contain these words.
    pub fn only(self, words: &str) -> Self {
        Self { path_contains: words.to_owned(), ..self }
    }

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

    /// Meta's limit of the app.
    pub fn meta_app_limited(times: Times) -> Self {
        let usage = json!({ "call_count": 100, "total_time": 25, "total_cputime": 25 });
        let headers = vec![("x-app-usage", usage.to_string())];
        let error = json!({ "message": "(#4) Application request limit reached", "type": "OAuthException",
            "is_transient": true, "code": 4, "error_subcode": 1_504_022, "fbtrace_id": "ADe2bTvQmJk4Xv6zBq3mK1w" });
        Self::meta(times, 403, headers, &error)
    }

    /// Meta's limit of the person or system user behind the token.
    pub fn meta_user_limited(times: Times) -> Self {
        let error = json!({ "message": "(#17) User request limit reached", "type": "OAuthException",
            "is_transient": true, "code": 17, "error_subcode": 2_446_079, "fbtrace_id": "AXq7rXWnQyEw2Vb5h4Zs9dP" });
        Self::meta(times, 400, Vec::new(), &error)
    }

    /// Meta's limit of an ad account, with the seconds until it is reset in its own header.
    pub fn meta_account_limited(times: Times, seconds: u32) -> Self {
        let usage = json!({ "acc_id_util_pct": 100, "reset_time_duration": seconds,
            "ads_api_access_tier": "standard_access" });
        let headers = vec![("x-ad-account-usage", usage.to_string())];
        let error = json!({ "message": "(#613) Calls to this api have exceeded the rate limit.",
            "type": "OAuthException", "code": 613, "error_subcode": 1_487_742, "fbtrace_id": "AHw1n8LZk0fTq6Rx3c9Yb2M" });
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

    /// The token's time is over.
    pub fn meta_token_expired() -> Self {
        let message = "Error validating access token: Session has expired on Sunday, 22-Nov-26 18:00:00 PST. The current time is Sunday, 22-Nov-26 22:00:00 PST.";
        let error = json!({ "message": message, "type": "OAuthException", "code": 190,
            "error_subcode": 463, "fbtrace_id": "AzS5cPq2wYt8nB4vL6kJ9hG" });
        Self::meta(Times::Always, 400, Vec::new(), &error)
    }

    /// The app has been blocked: every call fails alike.
    pub fn meta_app_blocked() -> Self {
        let error = json!({ "message": "API access blocked.", "type": "OAuthException", "code": 200,
            "fbtrace_id": "AkHib71nvuXvHib71nvuXv0" });
        Self::meta(Times::Always, 400, Vec::new(), &error)
    }

    /// The app has only development access.
    pub fn meta_development_access() -> Self {
        let message = "(#270) This Ads API request is not allowed for apps with development access level (Development access is by default for all apps). Make sure that the access token belongs to a user that is both admin of the app and admin of the ad account.";
        let error = json!({ "message": message, "type": "OAuthException", "code": 270,
            "fbtrace_id": "AbT4mXw1sQe7uD9cG2zR5kN" });
        Self::meta(Times::Always, 400, Vec::new(), &error)
    }

    /// One ad account is not there, or no longer shown to the token.
    pub fn meta_account_gone(account: &str, times: Times) -> Self {
        let message = format!(
            "Unsupported get request. Object with ID '{account}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
        );
        let error = json!({ "message": message, "type": "GraphMethodException", "code": 100,
            "error_subcode": 33, "fbtrace_id": "AfP6yR8tN3wK1xZ5vB7mC9q" });
        Self::meta(times, 400, Vec::new(), &error).only(account)
    }

    /// HubSpot's limit by the second.
    pub fn hubspot_rate_limited(times: Times) -> Self {
        Self::hubspot_limited(times, "SECONDLY", "You have reached your secondly limit.")
    }

    /// HubSpot's limit by ten seconds.
    pub fn hubspot_ten_seconds(times: Times) -> Self {
        let message = "You have reached your ten_secondly_rolling limit.";
        Self::hubspot_limited(times, "TEN_SECONDLY_ROLLING", message)
    }

    /// HubSpot's requests of the day are used up.
    pub fn hubspot_daily_limit() -> Self {
        Self::hubspot_limited(Times::Always, "DAILY", "You have reached your daily limit.")
    }

    /// The key is no longer accepted.
    pub fn hubspot_token_expired() -> Self {
        let body = json!({ "status": "error", "category": "EXPIRED_AUTHENTICATION",
            "message": "The OAuth token used to make this call expired 3 hour(s) ago.",
            "correlationId": "9f1c2b7e-6f0a-4f0e-8a39-0d1b3f5c7e91" });
        Self::at_search(Times::Always, Effect::Answer { status: 401, headers: Vec::new(), body })
    }

    /// A failure of HubSpot's that goes away by itself.
    pub fn hubspot_transient(times: Times) -> Self {
        let body = json!({ "status": "error", "message": "internal error",
            "correlationId": "1d0e7a64-83c5-4f5b-bb1c-2f9a6e4d8c07" });
        Self::at_search(times, Effect::Answer { status: 502, headers: Vec::new(), body })
    }

    /// The key may not read contacts.
    pub fn hubspot_missing_scope() -> Self {
        let body = json!({ "status": "error", "category": "MISSING_SCOPES",
            "message": "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
            "correlationId": "a2b7d6f0-5c1e-4f43-9d0a-1c7f3e8b9a52" });
        Self::at_search(Times::Always, Effect::Answer { status: 403, headers: Vec::new(), body })
    }

    fn hubspot_limited(times: Times, policy: &str, message: &str) -> Self {
        let body = json!({ "status": "error", "message": message, "errorType": "RATE_LIMIT",
            "correlationId": "6828d000-3d2f-4701-8d90-b21e53b0d005", "policyName": policy,
            "requestId": "ce6a6a91-ac17-492f-bbdb-7d72477c319c" });
        Self::at_search(times, Effect::Answer { status: 429, headers: Vec::new(), body })
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
        let Some(rest) = request.path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))
        else {
            return false;
        };
        let query = request.query.iter().map(|(name, value)| format!("&{name}={value}"));
        let address = format!("{} {rest}", request.method);
        let address = query.fold(address, |address, pair| address + &pair);
        self.path_contains.split_whitespace().all(|word| address.contains(word))
    }
}

/// The faults with how often each has been met.
#[derive(Debug)]
pub(super) struct Faults(Mutex<Vec<(Fault, u32)>>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        let new = Self(Mutex::default());
        new.set(faults);
        new
    }

    /// From now on these, counted anew.
    pub(super) fn set(&self, faults: Vec<Fault>) {
        *held(&self.0) = faults.into_iter().map(|fault| (fault, 0)).collect();
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
