//! Permission to send, sends with their intent and resolution, and what went out in the end.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, EventId, Nonce, RecipientKey};

/// A person lets a held analysis go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseGranted {
    /// This very `AnalysisGenerated`, no other.
    pub analysis: EventId,
    pub granted_by: String,
    pub reason: String,
}

/// Written before the mailer is called, so that no second call can be made by accident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendIntended {
    pub analysis: EventId,
    pub recipient: RecipientKey,
    /// From 1; above 1 only after a refusal.
    pub attempt: u32,
    /// Only the invocation that holds this nonce may call the mailer.
    pub nonce: Nonce,
    /// The invocation is over by then: an intent that is still unresolved is unknown.
    #[schemars(with = "String")]
    pub gives_up_at: Timestamp,
    /// The recipient was sent an earlier revision; the subject says so.
    pub revised: bool,
}

/// What became of an intent. A later one of the same intent replaces an unknown one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendResolved {
    pub intent: EventId,
    pub recipient: RecipientKey,
    pub attempt: u32,
    pub result: SendResult,
    pub resolved_by: ResolvedBy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "result", deny_unknown_fields)]
pub enum SendResult {
    Accepted {
        message_id: String,
    },
    /// Certainly not sent; permits another attempt.
    Refused {
        sentence: String,
    },
    /// Perhaps sent; never sent again by default.
    Unknown {
        sentence: String,
    },
}

impl SendResult {
    /// Why the mail did not certainly go out; `None` if it did.
    pub fn sentence(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } => None,
            Self::Refused { sentence } | Self::Unknown { sentence } => Some(sentence),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResolvedBy {
    /// The mailer's own answer.
    Mailer,
    /// The invocation's time was up without an answer.
    TimeOut,
    /// A delivery event of the mail service that carries the intent's tag.
    ServiceEvent,
}

/// Every recipient is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportSent {
    pub analysis: EventId,
    pub outcome: SentOutcome,
    pub recipients: Vec<RecipientOutcome>,
    pub html: Digest,
    pub text: Digest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentOutcome {
    /// Accepted for every recipient.
    Sent,
    /// Refused or unknown for at least one.
    Partial,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientOutcome {
    pub recipient: RecipientKey,
    pub attempt: u32,
    pub result: SendResult,
}
