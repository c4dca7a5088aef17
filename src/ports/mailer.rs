//! The mailer: hands one finished message for one recipient to a mail service.

use std::fmt;

use async_trait::async_trait;
use weekledger_events::payload::SendResult;
use weekledger_events::{EventId, RecipientKey, Revision, StreamId};

/// An address from the live configuration. Its `Debug` shows no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress {
    address: String,
    /// As mail programs show it in front of the address.
    name: Option<String>,
}

impl MailAddress {
    /// The address must have been checked by the configuration.
    pub fn new(address: String) -> Self {
        Self { address, name: None }
    }

    pub fn with_name(self, name: Option<String>) -> Self {
        Self { name, ..self }
    }

    /// The address alone.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(…)")
    }
}

/// One message, ready to be handed over.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The `SendIntended` that permits this call; adapters tag the message with it.
    pub intent: EventId,
    pub stream: StreamId,
    pub revision: Revision,
    pub recipient: RecipientKey,
    pub from: MailAddress,
    pub to: MailAddress,
    pub mime: Vec<u8>,
    /// The HTML part alone, for adapters that keep a copy to look at.
    pub html: Vec<u8>,
}

/// Names a send that may have happened.
#[derive(Debug, Clone, Copy)]
pub struct SentAs<'a> {
    pub intent: EventId,
    pub stream: &'a StreamId,
    pub revision: Revision,
    pub recipient: &'a RecipientKey,
}

#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends once. Not an error but a result: whoever calls has to record it either way.
    async fn send(&self, mail: &Mail) -> SendResult;

    /// What became of a send whose invocation is over without having recorded it: accepted or
    /// refused if that is certain, `None` if nobody can tell.
    async fn look_up(&self, sent: &SentAs<'_>) -> Option<SendResult>;
}
