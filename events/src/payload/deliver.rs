//! Permission to send, sends with their intent and resolution, and what went out in the end.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, EventId, Nonce, RecipientKey};

/// A person lets a held analysis go out, or one that was sent go to those whom it did not reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseGranted {
    /// This very `AnalysisGenerated`, no other.
    pub analysis: EventId,
    pub granted_by: String,
    pub reason: String,
    /// Set if the revision was sent already, and not to everybody: the delivery is opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
}

/// Another round of a delivery, for those whom the earlier ones did not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// Counts these releases of the run, from 1.
    pub ordinal: u32,
    /// Also to those of whom nobody knows whether they got it: they may get it twice.
    pub also_unknown: bool,
}

/// Written before the mailer is called, so that no second call can be made by accident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendIntended {
    pub analysis: EventId,
    pub recipient: RecipientKey,
    /// From 1; above 1 only after a refusal, or by a release that names those not reached.
    pub attempt: u32,
    /// Only the invocation that holds this nonce may call the mailer.
    pub nonce: Nonce,
    /// The invocation is over by then: an intent that is still unresolved is unknown.
    #[schemars(with = "String")]
    pub gives_up_at: Timestamp,
    /// The recipient was sent an earlier revision; the subject says so.
    pub revised: bool,
}

/// What became of an intent. A later one of the same intent replaces it: the mail service told of
/// a mail that nobody could tell about, or that it came back.
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
        /// Set if the refusal is not the last word on the recipient.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        later: Option<Later>,
    },
    /// Perhaps sent; never sent again by default.
    Unknown {
        sentence: String,
    },
}

/// Why a mail that was refused may go out later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// The mail service is busy or cannot be reached: time is enough.
    Wait,
    /// Nothing goes out to anybody before a person has done this.
    Mend(String),
}

impl SendResult {
    /// Refused for good: this recipient, or this mail.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused { sentence: sentence.into(), later: None }
    }

    /// Not sent, and time may help.
    pub fn not_now(sentence: impl Into<String>) -> Self {
        Self::Refused { sentence: sentence.into(), later: Some(Later::Wait) }
    }

    /// Not sent, and a person has to do something.
    pub fn until_mended(sentence: impl Into<String>, action: impl Into<String>) -> Self {
        let later = Some(Later::Mend(action.into()));
        Self::Refused { sentence: sentence.into(), later }
    }

    /// What has to pass before another attempt; `None` if none would help, or none is needed.
    pub fn later(&self) -> Option<&Later> {
        match self {
            Self::Refused { later, .. } => later.as_ref(),
            Self::Accepted { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Certainly not sent.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Why the mail did not certainly go out; `None` if it did.
    pub fn sentence(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } => None,
            Self::Refused { sentence, .. } | Self::Unknown { sentence } => Some(sentence),
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
