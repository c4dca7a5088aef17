//! The facts of a Weekledger stream: envelopes, payloads, schema versions and digests.
//! Pure data: no I/O, no clock, no randomness.

pub mod anchor;
pub mod artifact;
pub mod canonical;
pub mod digest;
pub mod envelope;
pub mod event_id;
pub mod finding;
pub mod ids;
pub mod message;
pub mod payload;
pub mod schema;
pub mod verify;
pub mod week;

pub use anchor::Anchor;
pub use artifact::ArtifactRef;
pub use digest::Digest;
pub use envelope::{Envelope, Event, Producer, StoredEvent};
pub use event_id::EventId;
pub use finding::{Finding, FindingClass, Severity};
pub use ids::{
    AccountId, AdSetId, CampaignId, Currency, Nonce, RecipientKey, ReportId, Revision, RunId,
    Sequence, StreamId,
};
pub use message::Pointer;
pub use payload::{EventType, Payload};
pub use week::Week;
