//! Why evidence cannot be read or shown.

use weekledger_events::canonical::CanonicalError;
use weekledger_events::{EventType, Revision, Sequence, StreamId};
use weekledger_projections::lineage::ExplainError;
use weekledger_projections::series::SeriesError;
use weekledger_projections::supporting::FigureSetError;

use crate::config::SettingsError;
use crate::ports::{ArchiveError, LedgerError};
use crate::stream::StreamError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Ledger, archive or chain: what a stage could not work with either.
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("{stream} has no revision {revision}; it has {}", .known.join(", "))]
    NoRevision { stream: StreamId, revision: Revision, known: Vec<String> },
    #[error("{stream} has no {wanted} yet{}; weekledger status says where it stands",
        .revision.map(|revision| format!(" in revision {revision}")).unwrap_or_default())]
    NotReached { stream: StreamId, revision: Option<Revision>, wanted: EventType },
    #[error("event {sequence} of {stream}, which is needed here, is not in the ledger")]
    EventMissing { stream: StreamId, sequence: Sequence },
    #[error("the pinned settings cannot be read")]
    Settings(#[from] SettingsError),
    #[error("the archived series cannot be read")]
    Series(#[from] SeriesError),
    #[error("the archived figures cannot be read")]
    Figures(#[from] FigureSetError),
    #[error("the archived {what} cannot be read")]
    Shape {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("a value has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("the figure cannot be explained")]
    Explain(#[from] ExplainError),
    /// List the ids with `figures`, or those of the mail with `audit`.
    #[error("revision {revision} of {stream} shows no {id:?}{}", did_you_mean(.close))]
    UnknownFigure { stream: StreamId, revision: Revision, id: String, close: Vec<String> },
}

fn did_you_mean(close: &[String]) -> String {
    if close.is_empty() {
        return "; weekledger figures --ids lists the ids".to_owned();
    }
    format!("; close are:\n    {}", close.join("\n    "))
}

impl EvidenceError {
    /// True if evidence is damaged or gone, so that trying again cannot help.
    pub fn is_corrupt(&self) -> bool {
        match self {
            Self::Stream(error) => error.needs_person() && !self.is_usage(),
            Self::EventMissing { .. } => true,
            _ => false,
        }
    }

    /// True if the store cannot be asked at the moment.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Stream(error) if !error.needs_person())
    }

    /// True if the question does not fit the ledger, or this version does not.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoRevision { .. }
                | Self::NotReached { .. }
                | Self::UnknownFigure { .. }
                | Self::Stream(StreamError::Ledger(LedgerError::Newer { .. }))
        )
    }
}

impl From<LedgerError> for EvidenceError {
    fn from(error: LedgerError) -> Self {
        Self::Stream(error.into())
    }
}

impl From<ArchiveError> for EvidenceError {
    fn from(error: ArchiveError) -> Self {
        Self::Stream(error.into())
    }
}
