//! One invocation: its name, its nonce, and how long it may take.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;
use serde_json::Value;
use tracing::Span;
use weekledger_events::Nonce;

use super::error::FunctionError;
use crate::chain::Call;
use crate::embedded::SystemClock;
use crate::ports::Clock as _;

/// See the module.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The platform's id of it.
    pub request: String,
    pub began: Timestamp,
    /// By then everything has to be over, answer included.
    pub deadline: Timestamp,
    pub nonce: Nonce,
}

/// Kept back from the platform's deadline, for what a stage does after its last long step: record
/// it, anchor it, emit it. Never more than a fifth of the time.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

impl Invocation {
    pub fn of(context: &Context) -> Result<Self, FunctionError> {
        let deadline = i64::try_from(context.deadline).ok();
        let deadline = deadline.and_then(|at| Timestamp::from_millisecond(at).ok());
        let deadline = deadline.ok_or_else(|| FunctionError::Input {
            what: format!("the deadline {} is no time", context.deadline),
        })?;
        Ok(Self::new(context.request_id.clone(), SystemClock.now(), deadline))
    }

    /// `ends` is when the platform kills the invocation.
    #[expect(clippy::disallowed_methods, reason = "the nonce of an invocation is made at the edge")]
    pub fn new(request: String, began: Timestamp, ends: Timestamp) -> Self {
        let fifth = ends.duration_since(began).max(SignedDuration::ZERO) / 5;
        let deadline = ends.saturating_sub(fifth.min(MARGIN)).unwrap_or(ends);
        Self { request, began, deadline, nonce: Nonce(uuid::Uuid::new_v4()) }
    }

    pub(super) fn call(&self) -> Call {
        let Self { nonce, deadline, .. } = *self;
        Call { nonce, deadline, patience: None, insist: false, alone: false }
    }
}

pub(super) fn milliseconds_since(began: Timestamp) -> u64 {
    let passed = SystemClock.now().duration_since(began).as_millis();
    u64::try_from(passed).unwrap_or_default()
}

/// The fields that every line of this invocation's log carries, as far as the input names them.
pub(super) fn span(stage: &'static str, request: &str, input: &Value) -> Span {
    let text = |at: &str| input.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let report = text("/detail/stream/report") + &text("/report");
    let week = text("/detail/stream/week");
    let (event, run) = (text("/detail/event"), text("/detail/run"));
    tracing::info_span!(
        "invocation",
        stage,
        request,
        report,
        week,
        event,
        run,
        revision = tracing::field::Empty
    )
}
