//! Why evidence cannot be read or shown.

use weekledger_events::canonical::CanonicalError;
use weekledger_events::envelope::ReadError;
use weekledger_events::{EventType, Revision, Sequence, StreamId, verify};
use weekledger_projections::lineage::ExplainError;
use weekledger_projections::series::SeriesError;
use weekledger_projections::supporting::FigureSetError;

use crate::config::SettingsError;
use crate::ports::{ArchiveError, LedgerError};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("the ledger cannot be read")]
    Ledger(#[from] LedgerError),
    #[error("the archive cannot be read")]
    Archive(#[from] ArchiveError),
    #[error("the digest chain of {stream} is broken; run weekledger verify {}", .stream.week)]
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
        return "; weekledger figures lists the ids".to_owned();
    }
    format!("; close are:\n    {}", close.join("\n    "))
}

impl EvidenceError {
    /// True if evidence is damaged or gone, so that trying again cannot help.
    pub fn is_corrupt(&self) -> bool {
        match self {
            Self::Ledger(error) => !matches!(error, LedgerError::Unavailable(_)),
            Self::Archive(error) => !matches!(error, ArchiveError::Unavailable(_)),
            Self::Broken { .. } | Self::Unreadable { .. } | Self::EventMissing { .. } => true,
            _ => false,
        }
    }

    /// True if the question does not fit the ledger.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoRevision { .. } | Self::NotReached { .. } | Self::UnknownFigure { .. }
        )
    }
}
