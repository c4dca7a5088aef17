//! What can go wrong in the driver, and whether a person is needed.

use weekledger_events::canonical::CanonicalError;
use weekledger_events::payload::Stage;
use weekledger_events::{EventId, EventType};
use weekledger_projections::decide::BadPointer;

use crate::config::SettingsError;
use crate::ports::{ArchiveError, BusError, Cause, LedgerError, with_causes};
use crate::stream::StreamError;

#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error("{stage} failed")]
    Retryable {
        stage: Stage,
        #[source]
        source: Cause,
    },
    /// Reading the stream, or appending to it.
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the bus failed")]
    Bus(#[from] BusError),
    #[error("the pointer does not fit the ledger")]
    BadPointer(#[from] BadPointer),
    #[error("the settings of the run cannot be read")]
    Settings(#[source] SettingsError),
    #[error("the event has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("event {event} is {found}, another type than its pointer says")]
    WrongType { event: EventId, found: EventType },
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
            Self::Stream(error) => error.needs_person(),
            Self::Settings(_)
            | Self::BadPointer(_)
            | Self::WrongType { .. }
            | Self::IntentLost { .. } => true,
            Self::Retryable { .. }
            | Self::Bus(_)
            | Self::Canonical(_)
            | Self::Contention
            | Self::Time { .. } => false,
        }
    }

    /// The error and its causes as one sentence.
    pub fn sentence(&self) -> String {
        with_causes(self)
    }

    /// What a person should do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Stream(error) => error.remedy(),
            Self::Settings(_) => "install the newest weekledger and run verify",
            _ => "run status and verify for this week",
        }
        .to_owned()
    }
}

impl From<LedgerError> for ChainError {
    fn from(error: LedgerError) -> Self {
        Self::Stream(error.into())
    }
}

impl From<ArchiveError> for ChainError {
    fn from(error: ArchiveError) -> Self {
        Self::Stream(error.into())
    }
}
