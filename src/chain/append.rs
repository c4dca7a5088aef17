//! Appending an event on a named predecessor, and anchoring it.

use weekledger_events::envelope::ENVELOPE_FORMAT;
use weekledger_events::{ArtifactRef, Envelope, EventId, Payload, RunId, Sequence, StoredEvent};

use super::{Chain, ChainError, Loaded};
use crate::ports::{Append, LedgerItem};
use crate::stages::keep_evidence;
use crate::stream::write_anchor;

/// An event before it has a place in a stream.
pub struct Draft<'a> {
    pub id: EventId,
    pub run: RunId,
    pub cause: Option<EventId>,
    pub payload: &'a Payload,
}

/// Payloads above this many bytes lie in the archive instead of the ledger's item.
const INLINE_PAYLOAD_MAX: usize = 64 << 10;

impl Chain {
    /// Appends after the head that was loaded. On a conflict nothing is stored.
    pub(super) async fn append(
        &self,
        loaded: &Loaded,
        draft: Draft<'_>,
    ) -> Result<Append, ChainError> {
        let stream = &loaded.state.stream;
        let (sequence, previous) = match loaded.head() {
            Some((head, digest)) => (head.next(), Some(digest)),
            None => (Sequence::FIRST, None),
        };
        let event_type = draft.payload.event_type();
        let payload = draft.payload.to_bytes()?;
        let envelope = Envelope {
            format: ENVELOPE_FORMAT,
            id: draft.id,
            report: stream.report.clone(),
            week: stream.week,
            sequence,
            prev_digest: previous,
            event_type,
            schema_version: event_type.schema_version(),
            run: draft.run,
            cause: draft.cause,
            recorded_at: self.ports.clock.now(),
            producer: self.producer.clone(),
            payload: ArtifactRef::of(&payload),
        };
        let stored = StoredEvent::seal(&envelope, payload)?;
        let digest = stored.digest();
        let item = self.item(stored).await?;
        let appended = self.ports.ledger.append(stream, sequence, previous, &item).await?;
        if appended == Append::Stored {
            tracing::info!(%stream, %sequence, %event_type, id = %draft.id, "appended");
            write_anchor(&*self.ports.archive, stream, sequence, digest).await?;
        }
        Ok(appended)
    }

    /// Archives a large payload before anything refers to it.
    async fn item(&self, stored: StoredEvent) -> Result<LedgerItem, ChainError> {
        let StoredEvent { envelope, payload } = stored;
        if payload.len() <= INLINE_PAYLOAD_MAX {
            return Ok(LedgerItem { envelope, payload: Some(payload) });
        }
        keep_evidence(&*self.ports.archive, &payload).await?;
        Ok(LedgerItem { envelope, payload: None })
    }
}
