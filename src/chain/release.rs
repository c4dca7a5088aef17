//! `send`: a person lets a held analysis go out.

use weekledger_events::payload::ReleaseGranted;
use weekledger_events::{EventId, EventType, Payload, Revision, StreamId};
use weekledger_projections::week_state::Outcome;

use super::{CONFLICTS_MAX, Chain, ChainError, Draft};
use crate::ports::{Append, Message};

/// Why a revision cannot be released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error("{stream} has no revision {revision}")]
    NoSuchRevision { stream: StreamId, revision: Revision },
    #[error("revision {revision} has no analysis yet; run it first")]
    NotAnalysed { revision: Revision },
    #[error("revision {by} has taken over; send that one")]
    Superseded { by: Revision },
    #[error("revision {by} is later and was sent already; an older one never follows a newer one")]
    Overtaken { by: Revision },
    #[error("revision {revision} was sent already")]
    AlreadySent { revision: Revision },
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Chain {
    /// Records the release of a revision's analysis and wakes its delivery.
    pub async fn release(
        &self,
        stream: &StreamId,
        revision: Revision,
        granted_by: &str,
        reason: &str,
    ) -> Result<(), ReleaseError> {
        for _ in 0..=CONFLICTS_MAX {
            let loaded = self.load_or_tell(stream).await?;
            let state = &loaded.state;
            let run = state
                .revision(revision)
                .ok_or_else(|| ReleaseError::NoSuchRevision { stream: stream.clone(), revision })?;
            if run.sent.is_some() {
                return Err(ReleaseError::AlreadySent { revision });
            }
            if let Some(by) = state.superseded_by(run) {
                return Err(match state.sent_after(run) {
                    Some(by) => ReleaseError::Overtaken { by },
                    None => ReleaseError::Superseded { by },
                });
            }
            let analysis = state
                .effective(run, EventType::AnalysisGenerated)
                .ok_or(ReleaseError::NotAnalysed { revision })?;
            if state.outcome(run) != Outcome::Held {
                return Ok(self.wake(&loaded, run.id, analysis).await?);
            }
            let payload = Payload::from(ReleaseGranted {
                analysis,
                granted_by: granted_by.to_owned(),
                reason: reason.to_owned(),
            });
            let id = EventId::release(run.id, analysis);
            let draft = Draft { id, run: run.id, cause: Some(analysis), payload: &payload };
            if self.append(&loaded, draft).await? == Append::Stored {
                return Ok(self.wake(&loaded, run.id, analysis).await?);
            }
        }
        Err(ChainError::Contention.into())
    }

    async fn wake(
        &self,
        loaded: &super::Loaded,
        run: weekledger_events::RunId,
        event: EventId,
    ) -> Result<(), ChainError> {
        let pointer = loaded.state.pointer(run, event);
        self.emit(&pointer.map(Message::Pointer).into_iter().collect::<Vec<_>>()).await
    }
}
