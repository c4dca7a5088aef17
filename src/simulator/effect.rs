//! What a struck request gets instead of the real answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;

/// See the module. Effects on rows and cursors leave errors as they are.
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
    /// The connection breaks off without an answer.
    Reset,
    /// The real answer without every so-manieth row: nothing says that rows are missing.
    WithoutEvery(usize),
    /// The real answer as if it were the last page.
    LastPage,
    /// The real answer with each of its rows twice.
    Twice,
    /// No rows, and a cursor that leads to the same place again.
    Endless,
    /// The real answer without its newest rows, which its total counts all the same: a search
    /// index that lags behind.
    WithoutNewest(usize),
    /// The real answer; and the CRM has so many more contacts of paid social, all in the newest
    /// complete week. Works from the start on, however often it strikes.
    Crowd(u32),
}

impl Effect {
    /// What becomes of the answer that would have been given. `None`: the connection breaks off.
    pub(super) fn apply(self, mut answer: Answer) -> Option<Answer> {
        Some(match self {
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
            Self::Reset => return None,
            Self::Slow(_) | Self::Crowd(_) => answer,
            Self::WithoutEvery(n) => rows(answer, |rows| {
                let mut number = 0;
                rows.retain(|_| {
                    number += 1;
                    number % n.max(1) != 0
                });
            }),
            Self::WithoutNewest(n) => rows(answer, |rows| {
                // Sorted by id, which follows the order of creation.
                rows.truncate(rows.len().saturating_sub(n));
            }),
            Self::Twice => rows(answer, |rows| rows.extend(rows.clone())),
            Self::LastPage => page(answer, |body| {
                if let Some(paging) = body.get_mut("paging").and_then(Value::as_object_mut) {
                    paging.remove("next");
                }
            }),
            Self::Endless => {
                let next = if answer.body.contains("\"results\"") {
                    json!({ "results": [], "paging": { "next": { "after": "1" } } })
                } else {
                    let next = "https://graph.facebook.com/";
                    json!({ "data": [], "paging": { "cursors": { "after": "MQZDZD" }, "next": next } })
                };
                Answer { status: 200, body: next.to_string(), ..answer }
            }
        })
    }

    /// How long to wait before answering.
    pub(super) fn delay(&self) -> Duration {
        match self {
            Self::Slow(delay) => *delay,
            _ => Duration::ZERO,
        }
    }
}

/// Changes the rows of a page, of either provider.
fn rows(answer: Answer, change: impl FnOnce(&mut Vec<Value>)) -> Answer {
    page(answer, |body| {
        for name in ["data", "results"] {
            if let Some(rows) = body.get_mut(name).and_then(Value::as_array_mut) {
                return change(rows);
            }
        }
    })
}

fn page(mut answer: Answer, change: impl FnOnce(&mut Value)) -> Answer {
    let is_page = |body: &Value| body["data"].is_array() || body["results"].is_array();
    if let Ok(mut body) = serde_json::from_str::<Value>(&answer.body)
        && is_page(&body)
    {
        change(&mut body);
        answer.body = body.to_string();
    }
    answer
}
