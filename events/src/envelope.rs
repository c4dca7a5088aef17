//! The envelope of every event, and events as they are stored and as they are read.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::payload::Payload;
use crate::schema::SchemaError;
use crate::{ArtifactRef, Digest, EventId, EventType, ReportId, RunId, Sequence, StreamId, Week};

/// Version of the envelope itself. It changes only if a field below does.
pub const ENVELOPE_FORMAT: u32 = 1;

/// What every event says about itself. Its canonical bytes are what the chain hashes, so it
/// always holds the payload's digest and length, wherever the payload lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub format: u32,
    pub id: EventId,
    pub report: ReportId,
    pub week: Week,
    pub sequence: Sequence,
    /// Digest of the event before; `None` for the first.
    pub prev_digest: Option<Digest>,
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// Version of the payload's schema.
    pub schema_version: u32,
    pub run: RunId,
    /// The event that led to this one; `None` for what a person or a schedule began.
    pub cause: Option<EventId>,
    #[schemars(with = "String")]
    pub recorded_at: Timestamp,
    pub producer: Producer,
    pub payload: ArtifactRef,
}

/// The program that made an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Producer {
    pub name: String,
    pub version: String,
}

impl Envelope {
    pub fn stream(&self) -> StreamId {
        StreamId::new(self.report.clone(), self.week)
    }
}

/// An event as exact bytes. Hash these, parse afterwards, upcast last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub envelope: Vec<u8>,
    pub payload: Vec<u8>,
}

impl StoredEvent {
    /// The canonical bytes of an envelope and its payload.
    pub fn seal(envelope: &Envelope, payload: Vec<u8>) -> Result<Self, CanonicalError> {
        Ok(Self { envelope: canonical::to_bytes(envelope)?, payload })
    }

    /// The digest that the next event names as its predecessor.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.envelope)
    }
}

/// An event as it is read: checked, parsed and upcast to the newest schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub envelope: Envelope,
    pub payload: Payload,
    /// Digest of the envelope's stored bytes.
    pub digest: Digest,
}

impl Event {
    pub fn id(&self) -> EventId {
        self.envelope.id
    }

    pub fn sequence(&self) -> Sequence {
        self.envelope.sequence
    }

    pub fn run(&self) -> RunId {
        self.envelope.run
    }
}

/// Why stored bytes are not an event.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the envelope is not valid JSON of format {ENVELOPE_FORMAT}")]
    Envelope(#[source] serde_json::Error),
    /// Install the release that wrote it, or a newer one.
    #[error(
        "the envelope has format {found}, newer than {ENVELOPE_FORMAT}; install a newer weekledger"
    )]
    NewerEnvelope { found: u64 },
    #[error("the envelope is not in canonical form, so its digest is not reproducible")]
    NotCanonical,
    #[error("the payload is {found} bytes long, the envelope says {expected}")]
    PayloadLength { expected: u64, found: u64 },
    #[error("the payload has digest {found}, the envelope says {expected}")]
    PayloadDigest { expected: Digest, found: Digest },
    #[error("the payload cannot be read")]
    Payload(#[source] SchemaError),
}

impl ReadError {
    /// True if a newer program wrote it and would read it; false if its bytes are not what was
    /// written.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::NewerEnvelope { .. } | Self::Payload(SchemaError::Newer { .. }))
    }
}

impl StoredEvent {
    /// Reads the envelope alone, without looking at the payload.
    pub fn read_envelope(&self) -> Result<Envelope, ReadError> {
        read_envelope(&self.envelope)
    }

    /// Checks length and digest of the payload, then parses and upcasts it.
    pub fn read(&self) -> Result<Event, ReadError> {
        let envelope = self.read_envelope()?;
        let found = ArtifactRef::of(&self.payload);
        if found.length != envelope.payload.length {
            let (expected, found) = (envelope.payload.length, found.length);
            return Err(ReadError::PayloadLength { expected, found });
        }
        if found.digest != envelope.payload.digest {
            let (expected, found) = (envelope.payload.digest, found.digest);
            return Err(ReadError::PayloadDigest { expected, found });
        }
        let payload = Payload::read(envelope.event_type, envelope.schema_version, &self.payload)
            .map_err(ReadError::Payload)?;
        Ok(Event { digest: self.digest(), envelope, payload })
    }
}

/// Reads an envelope from its canonical bytes.
pub fn read_envelope(bytes: &[u8]) -> Result<Envelope, ReadError> {
    /// The one field that every format has.
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    let Format { format } = serde_json::from_slice(bytes).map_err(ReadError::Envelope)?;
    if format > u64::from(ENVELOPE_FORMAT) {
        return Err(ReadError::NewerEnvelope { found: format });
    }
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(ReadError::Envelope)?;
    match canonical::to_bytes(&envelope) {
        Ok(canonical) if canonical == bytes => Ok(envelope),
        _ => Err(ReadError::NotCanonical),
    }
}
