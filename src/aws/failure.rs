//! What a call to AWS came to if it did not succeed: one question, one type, safe to print.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;

use crate::ports::with_causes;

/// What is known of the call. The words of an answer decide, never hope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was answered, and nothing happened; a person has to change something.
    Refused,
    /// It was answered, and nothing happened; it may work later.
    Later,
    /// No answer, or one that says nothing: it may have happened.
    Unknown,
}

/// A failed call. Made of the answer's words alone: the SDK's own errors hold whole answers,
/// and with them secrets, in their `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed with {code}: {message}{}", request_suffix(.request))]
pub struct Failure {
    operation: &'static str,
    pub standing: Standing,
    /// The service's own code, such as `AccessDeniedException`; `no answer` without one.
    pub code: String,
    message: String,
    request: Option<String>,
    /// The HTTP status of an answer.
    status: Option<u16>,
}

/// Codes that ask to come again, with whatever HTTP status: each service has its own.
const LATER: [&str; 18] = [
    "BandwidthLimitExceeded",
    "ConditionalRequestConflict",
    "EC2ThrottledException",
    "ExpiredToken",
    "ExpiredTokenException",
    "LimitExceededException",
    "OperationAborted",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Of a message, in characters. Some quote the request.
const MESSAGE_MAX: usize = 300;

impl Failure {
    pub(super) fn new<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let request = error.request_id().map(str::to_owned);
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        let (standing, code, message) = match error {
            SdkError::ServiceError(answer) => {
                let (code, message) = (answer.err().code(), answer.err().message());
                let status = answer.raw().status().as_u16();
                let code = code.map_or_else(|| format!("HTTP {status}"), str::to_owned);
                (standing(status, &code), code, message.unwrap_or("no words").to_owned())
            }
            SdkError::ResponseError(answer) => {
                let status = answer.raw().status().as_u16();
                let what = "the answer cannot be read".to_owned();
                (Standing::Unknown, format!("HTTP {status}"), what)
            }
            SdkError::ConstructionFailure(_) => {
                (Standing::Refused, "no request".to_owned(), causes(error))
            }
            other => (Standing::Unknown, "no answer".to_owned(), causes(other)),
        };
        Self { operation, standing, code, message: printable(&message), request, status }
    }

    /// An answer that was no success, of a request that no client made.
    pub(super) fn answered(
        operation: &'static str,
        status: u16,
        code: Option<String>,
        message: Option<String>,
    ) -> Self {
        let code = code.unwrap_or_else(|| format!("HTTP {status}"));
        let message = printable(&message.unwrap_or_else(|| "no words".to_owned()));
        let (standing, status) = (standing(status, &code), Some(status));
        Self { operation, standing, code, message, request: None, status }
    }

    pub(super) fn unanswered(operation: &'static str, error: &dyn Error) -> Self {
        Self::of_this_side(operation, Standing::Unknown, "no answer", &causes(error))
    }

    /// A request that could not be made.
    pub(super) fn unasked(operation: &'static str, error: &dyn Error) -> Self {
        Self::of_this_side(operation, Standing::Refused, "no request", &causes(error))
    }

    pub(super) fn unreadable(operation: &'static str) -> Self {
        Self::of_this_side(operation, Standing::Unknown, "no answer", "the answer cannot be read")
    }

    /// Without an answer's status and request.
    fn of_this_side(
        operation: &'static str,
        standing: Standing,
        code: &str,
        message: &str,
    ) -> Self {
        let (code, message) = (code.to_owned(), printable(message));
        Self { operation, standing, code, message, request: None, status: None }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.standing == Standing::Refused
    }

    /// Whether the service's words name this.
    pub(super) fn says(&self, word: &str) -> bool {
        !word.is_empty() && self.message.contains(word)
    }

    /// Whether the caller is refused, not what it asks for.
    pub(super) fn is_denied(&self) -> bool {
        self.status.is_some_and(|status| matches!(status, 401 | 403))
    }

    /// The service's words without any of these, and without anything else like an address.
    pub(super) fn without_addresses(mut self, addresses: &[&str]) -> Self {
        for address in addresses.iter().filter(|address| !address.is_empty()) {
            self.message = self.message.replace(address, "…");
        }
        let hide = |word| if str::contains(word, '@') { "…" } else { word };
        self.message = self.message.split(' ').map(hide).collect::<Vec<_>>().join(" ");
        self
    }
}

fn standing(status: u16, code: &str) -> Standing {
    match status {
        _ if LATER.contains(&code) => Standing::Later,
        429 => Standing::Later,
        // S3 gave up on reading the request: nothing was stored.
        400 if code == "RequestTimeout" => Standing::Later,
        400..500 => Standing::Refused,
        _ => Standing::Unknown,
    }
}

/// An error that never met an answer has nothing secret in its causes: addresses of servers,
/// time limits, missing credentials.
fn causes(error: &dyn Error) -> String {
    with_causes(error)
}

fn printable(message: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    message.chars().map(plain).take(MESSAGE_MAX).collect()
}

fn request_suffix(request: &Option<String>) -> String {
    request.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
