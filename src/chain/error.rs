//! What can go wrong in the driver, and whether a person is needed.

use std::error::Error;

use weekledger_events::canonical::CanonicalError;
use weekledger_events::payload::Stage;
use weekledger_events::{EventId, EventType};
use weekledger_projections::decide::BadPointer;

use crate::config::SettingsError;
use crate::ports::{ArchiveError, BusError, Cause, LedgerError, with_causes};
use crate::stream::StreamError;

/// What to do where a store refuses.
const REFUSED_REMEDY: &str = "free space there, or mend the permissions, then run the same command \
                              again: what was done is kept";

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
    /// True if a store refuses on principle: disk full, permission. Nothing is damaged, and trying
    /// again cannot help before a person has made room.
    pub fn is_refused(&self) -> bool {
        let first: &(dyn Error + 'static) = self;
        std::iter::successors(Some(first), |error| (*error).source()).any(|error| {
            matches!(error.downcast_ref(), Some(ArchiveError::Refused { .. }))
                || matches!(error.downcast_ref(), Some(LedgerError::Refused { .. }))
                || matches!(error.downcast_ref(), Some(BusError::NotStored(_)))
        })
    }

    /// True if trying again cannot help: a store refuses, or the evidence is damaged or was cut.
    pub fn needs_person(&self) -> bool {
        if self.is_refused() {
            return true;
        }
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

    /// True if one stream's own record is damaged: it stops, every other stream may go on.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Stream(error) if error.is_damage())
    }

    /// The error and its causes as one sentence.
    pub fn sentence(&self) -> String {
        with_causes(self)
    }

    /// What a person should do.
    pub fn remedy(&self) -> String {
        if self.is_refused() {
            return REFUSED_REMEDY.to_owned();
        }
        match self {
            Self::Stream(error) => error.remedy(),
            Self::Settings(_) => "install the newest weekledger, then run `weekledger verify`",
            _ => "run `weekledger status` and `weekledger verify`",
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
