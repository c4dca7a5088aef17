//! Meta's errors: reads them, and classifies them by HTTP status, code, subcode, `is_transient`
//! and message, never by the code alone.

use serde_json::value::RawValue;

use crate::sources::fault::{Fault, Remedy};
use crate::sources::json::{self, Fields};
use crate::sources::meta::rules::{RULES, Rule, UNKNOWN_REFUSED, UNKNOWN_UNAVAILABLE, Verdict};
use crate::sources::meta::usage::Usage;
use crate::sources::parse;

/// The body of an error. Every field may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    pub code: Option<i64>,
    pub subcode: Option<i64>,
    pub is_transient: Option<bool>,
    pub message: String,
    /// Written for users of Meta's own pages; often clearer than the message.
    pub user_message: Option<String>,
}

impl ApiError {
    /// `None` if the body holds no `error`.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let (_, fields) = json::page(body).ok()?;
        let error = json::field(&fields, "error")?;
        let Some(error) = json::object(error) else {
            let message = json::scalar(error).unwrap_or_default();
            return Some(Self { message, ..Self::default() });
        };
        Some(Self {
            code: integer(&error, "code"),
            subcode: integer(&error, "error_subcode"),
            is_transient: text(&error, "is_transient").map(|flag| flag == "true"),
            message: text(&error, "message").unwrap_or_default(),
            user_message: text(&error, "error_user_msg").filter(|text| !text.is_empty()),
        })
    }
}

fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    json::field(fields, name).and_then(json::scalar)
}

fn integer(fields: &Fields<'_>, name: &str) -> Option<i64> {
    let raw: &RawValue = json::field(fields, name)?;
    json::scalar(raw)?.parse().ok()
}

/// `None` if the answer is no error. An error body counts whatever the status is.
pub fn classify(status: u16, usage: &Usage, body: &[u8]) -> Option<Fault> {
    let error = ApiError::parse(body);
    if error.is_none() && (200..300).contains(&status) {
        return None;
    }
    Some(of(status, usage, &error.unwrap_or_default()))
}

/// What an error means, wherever Meta said it.
pub(super) fn of(status: u16, usage: &Usage, error: &ApiError) -> Fault {
    let verdict = RULES
        .iter()
        .find(|rule| matches(rule, status, error))
        .map(|rule| &rule.verdict)
        .unwrap_or(if status >= 500 { &UNKNOWN_UNAVAILABLE } else { &UNKNOWN_REFUSED });
    Fault::new(
        verdict.class,
        remedy(verdict, usage),
        format!("{}{}", verdict.sentence, own_words(status, error)),
        verdict.action,
    )
}

fn matches(rule: &Rule, status: u16, error: &ApiError) -> bool {
    let any = |list: &[i64], value: Option<i64>| {
        list.is_empty() || value.is_some_and(|value| list.contains(&value))
    };
    any(rule.codes, error.code)
        && any(rule.subcodes, error.subcode)
        && (rule.http.is_empty() || rule.http.contains(&status))
        && rule.transient.is_none_or(|wanted| error.is_transient == Some(wanted))
        && error.message.to_lowercase().contains(rule.says)
}

/// A limit's wait is what the headers say, and the verdict's own where they say nothing.
fn remedy(verdict: &Verdict, usage: &Usage) -> Remedy {
    match verdict.remedy {
        Remedy::Wait { at_least } => {
            let default = if usage.full_access { at_least } else { at_least.saturating_mul(5) };
            Remedy::Wait { at_least: usage.regain_access().unwrap_or(default) }
        }
        other => other,
    }
}

/// What Meta said itself, so that nobody has to guess from our wording.
fn own_words(status: u16, error: &ApiError) -> String {
    let said = error.user_message.as_deref().unwrap_or(&error.message);
    let number = match (error.code, error.subcode) {
        (Some(code), Some(subcode)) => format!("code {code}/{subcode}"),
        (Some(code), None) => format!("code {code}"),
        (None, _) => format!("HTTP status {status}"),
    };
    if said.is_empty() {
        return format!(" ({number})");
    }
    format!(" Meta's own words: \"{}\" ({number})", parse::own_words(said))
}
