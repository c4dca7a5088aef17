//! The ledger: append-only streams of events.

use async_trait::async_trait;
use weekledger_events::{Digest, Sequence, StreamId};

use super::Cause;

/// An event as a ledger keeps it. `payload` is `None` when it lies in the archive; the envelope
/// holds its digest either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerItem {
    pub envelope: Vec<u8>,
    pub payload: Option<Vec<u8>>,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Append {
    Stored,
    /// The slot is taken or the predecessor is another one: load again and decide anew.
    Conflict,
}

#[async_trait]
pub trait Ledger: Send + Sync {
    /// Every event of a stream in order: consistent, all pages. An unknown stream is empty.
    async fn load(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError>;

    /// Stores `item` at `sequence` if that slot is empty and the slot before holds an event with
    /// digest `previous` (`None` for the first). Durable when it returns.
    async fn append(
        &self,
        stream: &StreamId,
        sequence: Sequence,
        previous: Option<Digest>,
        item: &LedgerItem,
    ) -> Result<Append, LedgerError>;

    /// Every stream that has an event, sorted.
    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError>;
}

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Try again later; nothing is wrong with the request.
    #[error("the ledger is not available")]
    Unavailable(#[source] Cause),
    /// An item cannot be understood. Never skipped.
    #[error("{stream}: the item in slot {slot} is damaged: {what}")]
    Damaged { stream: String, slot: String, what: String },
    #[error("the ledger at {place} was written by a newer version: {what}")]
    Newer { place: String, what: String },
    /// The store refuses on principle: disk full, permission, size.
    #[error("the ledger refuses: {what}")]
    Refused {
        what: String,
        #[source]
        source: Cause,
    },
}
