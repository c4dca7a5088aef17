//! The bus: carries pointers from stage to stage, and notices to the owner, at least once.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use weekledger_events::{Pointer, StreamId};

use super::Cause;

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    Pointer(Pointer),
    Notice(OwnerNotice),
}

/// Tells the owner that something needs a person. Travels on the bus, so that a broken mailer
/// cannot silence it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerNotice {
    pub stream: StreamId,
    pub sentence: String,
    pub action: Option<String>,
}

/// What became of one message of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Accepted,
    Refused(String),
}

#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes a batch and answers for each message, in order.
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError>;
}

/// Publishes and checks the answer entry by entry: one refused entry fails the batch, and a retry
/// publishes again.
pub async fn publish_all(bus: &dyn Bus, messages: &[Message]) -> Result<(), BusError> {
    if messages.is_empty() {
        return Ok(());
    }
    let entries = bus.publish(messages).await?;
    let refused: Vec<&String> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Accepted => None,
            Entry::Refused(why) => Some(why),
        })
        .collect();
    let unanswered = messages.len().saturating_sub(entries.len());
    if refused.is_empty() && unanswered == 0 {
        return Ok(());
    }
    let first = refused.first().map_or("no answer for the entry", |why| why.as_str());
    let (count, of) = (refused.len() + unanswered, messages.len());
    Err(BusError::Refused { count, of, first: first.to_owned() })
}

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("the bus is not available")]
    Unavailable(#[source] Cause),
    /// The store behind the bus refuses on principle: disk full, permission.
    #[error("the bus cannot store messages")]
    NotStored(#[source] Cause),
    #[error("the bus refused {count} of {of} messages: {first}")]
    Refused { count: usize, of: usize, first: String },
}
