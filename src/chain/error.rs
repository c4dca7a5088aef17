//! What can go wrong in the driver, and whether a person is needed.

use weekledger_events::canonical::CanonicalError;
use weekledger_events::envelope::ReadError;
use weekledger_events::payload::Stage;
use weekledger_events::{Digest, EventId, EventType, Sequence, StreamId, verify};
use weekledger_projections::decide::BadPointer;

use crate::config::SettingsError;
use crate::ports::{ArchiveError, BusError, Cause, LedgerError};

#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error("{stage} failed")]
    Retryable {
        stage: Stage,
        #[source]
        source: Cause,
    },
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    #[error("the archive failed")]
    Archive(#[from] ArchiveError),
    #[error("the bus failed")]
    Bus(#[from] BusError),
    #[error("the pointer does not fit the ledger")]
    BadPointer(#[from] BadPointer),
    #[error("the digest chain of {stream} is broken")]
    Broken {
        stream: StreamId,
        #[source]
        source: verify::ChainError,
    },
    #[error("event {sequence} of {stream} cannot be read")]
    Unreadable {
        stream: StreamId,
        sequence: Sequence,
        #[source]
        source: ReadError,
    },
    /// A ledger that was restored or cut. Nothing may be sent from it.
    #[error("{stream} ends at event {head}, but event {anchored} was anchored")]
    AnchorAhead { stream: StreamId, head: u32, anchored: Sequence },
    #[error("event {sequence} of {stream} has digest {found}, but {anchored} was anchored")]
    AnchorMismatch { stream: StreamId, sequence: Sequence, found: Digest, anchored: String },
    #[error("the settings of the run cannot be read")]
    Settings(#[source] SettingsError),
    #[error("the event has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("event {event} is {found}, another type than its pointer says")]
    WrongType { event: EventId, found: EventType },
    #[error("event {event} is not in the stream")]
    NoSuchEvent { event: EventId },
    #[error("intent {intent} is not in the stream any more")]
    IntentLost { intent: EventId },
    #[error("too many others write to this stream; try again")]
    Contention,
    #[error("a time lies outside of the calendar")]
    Time {
        #[source]
        source: jiff::Error,
    },
}

impl ChainError {
    /// True if trying again cannot help: the evidence is damaged or was cut.
    pub fn needs_person(&self) -> bool {
        match self {
            Self::Broken { .. }
            | Self::Unreadable { .. }
            | Self::AnchorAhead { .. }
            | Self::AnchorMismatch { .. }
            | Self::Settings(_)
            | Self::BadPointer(_)
            | Self::WrongType { .. }
            | Self::NoSuchEvent { .. }
            | Self::IntentLost { .. } => true,
            Self::Ledger(error) => !matches!(error, LedgerError::Unavailable(_)),
            Self::Archive(error) => !matches!(error, ArchiveError::Unavailable(_)),
            Self::Retryable { .. }
            | Self::Bus(_)
            | Self::Canonical(_)
            | Self::Contention
            | Self::Time { .. } => false,
        }
    }

    /// The error and its causes as one sentence.
    pub fn sentence(&self) -> String {
        let mut sentence = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            sentence.push_str(": ");
            sentence.push_str(&error.to_string());
            cause = error.source();
        }
        sentence
    }

    /// What a person should do.
    pub fn remedy(&self) -> String {
        match self {
            Self::AnchorAhead { .. } => {
                "the ledger was restored from a backup or cut; restore the newer one, or set the \
                 anchors of the lost events aside on purpose"
            }
            Self::Broken { .. } | Self::AnchorMismatch { .. } => {
                "somebody or something changed the ledger; run verify and compare with a backup"
            }
            Self::Unreadable { .. } | Self::Settings(_) => {
                "install the newest weekledger and run verify"
            }
            _ => "run status and verify for this week",
        }
        .to_owned()
    }
}
