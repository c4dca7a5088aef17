//! What a mail service tells of a mail after it has taken it: delivered, bounced, complained of.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use weekledger_events::payload::SendResult;
use weekledger_events::{EventId, RecipientKey, StreamId};

/// What became of a mail, in the words of SES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailFate {
    Send,
    DeliveryDelay,
    Delivery,
    Bounce,
    Complaint,
    /// SES took it and then did not send it: a virus, a broken template.
    Reject,
}

impl MailFate {
    pub const ALL: [Self; 6] = [
        Self::Send,
        Self::DeliveryDelay,
        Self::Delivery,
        Self::Bounce,
        Self::Complaint,
        Self::Reject,
    ];

    /// The same as a word of a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Send => "sent",
            Self::DeliveryDelay => "delayed",
            Self::Delivery => "delivered",
            Self::Bounce => "bounced",
            Self::Complaint => "complained of",
            Self::Reject => "rejected",
        }
    }

    /// True if somebody did not get the mail, or did not want it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Bounce | Self::Complaint | Self::Reject)
    }

    /// The `eventType` of SES.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::DeliveryDelay => "DeliveryDelay",
            Self::Delivery => "Delivery",
            Self::Bounce => "Bounce",
            Self::Complaint => "Complaint",
            Self::Reject => "Reject",
        }
    }
}

impl fmt::Display for MailFate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One event of SES about one mail. It holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailEvent {
    pub stream: StreamId,
    pub intent: EventId,
    pub recipient: RecipientKey,
    pub fate: MailFate,
    pub message_id: String,
    pub at: Timestamp,
    /// For example `Permanent/General`; empty where SES says no more.
    pub detail: String,
}

impl MailEvent {
    /// What the event proves of the mail. A bounce that is not for good may be an answer of
    /// somebody who is out of office, and got it.
    pub fn result(&self) -> SendResult {
        match self.fate {
            MailFate::Reject => SendResult::refused("SES rejected the mail"),
            MailFate::Bounce if self.detail.starts_with("Permanent") => {
                SendResult::refused(format!("the mail came back ({})", self.detail))
            }
            _ => SendResult::Accepted { message_id: self.message_id.clone() },
        }
    }
}
