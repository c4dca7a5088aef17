//! The digest chain of a stream: which link breaks, if one does.

use crate::envelope::{Envelope, ReadError};
use crate::{Digest, Sequence, StoredEvent, StreamId};

/// What is wrong with a stream as it was loaded.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error("event {sequence} cannot be read")]
    Unreadable {
        sequence: Sequence,
        #[source]
        source: ReadError,
    },
    #[error("event {expected} is missing: number {found} stands in its place")]
    Gap { expected: Sequence, found: Sequence },
    #[error("event {sequence} belongs to {found}, not to this stream")]
    ForeignEvent { sequence: Sequence, found: StreamId },
    #[error("event {sequence} names a predecessor that is not event {sequence} minus one")]
    BrokenLink { sequence: Sequence, named: Option<Digest>, actual: Option<Digest> },
}

/// Checks number, stream and predecessor of every envelope, in order, and returns them.
pub fn check_chain(stream: &StreamId, events: &[StoredEvent]) -> Result<Vec<Envelope>, ChainError> {
    let mut expected = Sequence::FIRST;
    let mut previous: Option<Digest> = None;
    let mut envelopes = Vec::with_capacity(events.len());
    for event in events {
        let envelope = event
            .read_envelope()
            .map_err(|source| ChainError::Unreadable { sequence: expected, source })?;
        check_link(stream, &envelope, expected, previous)?;
        previous = Some(event.digest());
        expected = expected.next();
        envelopes.push(envelope);
    }
    Ok(envelopes)
}

fn check_link(
    stream: &StreamId,
    envelope: &Envelope,
    expected: Sequence,
    previous: Option<Digest>,
) -> Result<(), ChainError> {
    let sequence = envelope.sequence;
    if envelope.stream() != *stream {
        return Err(ChainError::ForeignEvent { sequence, found: envelope.stream() });
    }
    if sequence != expected {
        return Err(ChainError::Gap { expected, found: sequence });
    }
    if envelope.prev_digest != previous {
        let (named, actual) = (envelope.prev_digest, previous);
        return Err(ChainError::BrokenLink { sequence, named, actual });
    }
    Ok(())
}
