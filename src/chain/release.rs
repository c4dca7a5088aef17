//! `send`: a person lets a held analysis go out, or go to those whom its mail did not reach.

use weekledger_events::payload::{Again, ReleaseGranted};
use weekledger_events::{EventId, EventType, Payload, RecipientKey, Revision, StreamId};
use weekledger_projections::week_state::{Outcome, RunState, WeekState};

use super::{CONFLICTS_MAX, Chain, ChainError, Draft, Loaded};
use crate::ports::{Append, Message};
use crate::repair::send_to_all;

/// What a person wants to go out.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    pub revision: Revision,
    pub granted_by: &'a str,
    pub reason: &'a str,
    /// Where the revision was sent: also to those of whom nobody knows whether they got it.
    pub also_unknown: bool,
}

/// What a release came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// The mail goes out, or goes on going out, to everybody.
    ToAll,
    /// It was sent already, and goes out to these alone.
    Again(Vec<RecipientKey>),
}

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
    #[error("revision {revision} was sent already, to everybody; {}", send_to_all(.stream))]
    AlreadySent { stream: StreamId, revision: Revision },
    /// Nobody is left but those who may have got it.
    #[error(
        "nobody knows whether {} got revision {revision}; ask, or add --also-unknown: it may arrive \
         twice",
        listed(.recipients)
    )]
    OnlyUnknown { revision: Revision, recipients: Vec<RecipientKey> },
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Chain {
    /// Records the release of a revision's analysis and wakes its delivery.
    pub async fn release(
        &self,
        stream: &StreamId,
        release: Release<'_>,
    ) -> Result<Released, ReleaseError> {
        let revision = release.revision;
        for _ in 0..=CONFLICTS_MAX {
            let loaded = self.load_or_tell(stream).await?;
            let state = &loaded.state;
            let run = state
                .revision(revision)
                .ok_or_else(|| ReleaseError::NoSuchRevision { stream: stream.clone(), revision })?;
            let wanted = wanted(state, run, release)?;
            let analysis = state
                .effective(run, EventType::AnalysisGenerated)
                .ok_or(ReleaseError::NotAnalysed { revision })?;
            let released = match &wanted {
                Wanted::Awake => {
                    self.wake(&loaded, run, analysis).await?;
                    return Ok(Released::ToAll);
                }
                Wanted::Hold => Released::ToAll,
                Wanted::Again(_, recipients) => Released::Again(recipients.clone()),
            };
            if self.append_release(&loaded, run, analysis, release, &wanted).await?
                == Append::Stored
            {
                self.wake(&loaded, run, analysis).await?;
                return Ok(released);
            }
        }
        Err(ChainError::Contention.into())
    }

    async fn append_release(
        &self,
        loaded: &Loaded,
        run: &RunState,
        analysis: EventId,
        release: Release<'_>,
        wanted: &Wanted,
    ) -> Result<Append, ChainError> {
        let again = match wanted {
            Wanted::Again(again, _) => Some(*again),
            Wanted::Hold | Wanted::Awake => None,
        };
        let payload = Payload::from(ReleaseGranted {
            analysis,
            granted_by: release.granted_by.to_owned(),
            reason: release.reason.to_owned(),
            again,
        });
        let id = match again {
            None => EventId::release(run.id, analysis),
            Some(again) => EventId::release_again(run.id, analysis, again.ordinal),
        };
        let draft = Draft { id, run: run.id, cause: Some(analysis), payload: &payload };
        self.append(loaded, draft).await
    }

    async fn wake(
        &self,
        loaded: &Loaded,
        run: &RunState,
        event: EventId,
    ) -> Result<(), ChainError> {
        let pointer = loaded.state.pointer(run.id, event);
        self.emit(&pointer.map(Message::Pointer).into_iter().collect::<Vec<_>>()).await
    }
}

/// What has to be recorded.
enum Wanted {
    /// Nothing: the run may send, and only has to be woken.
    Awake,
    /// A held analysis is let go.
    Hold,
    /// A delivery that has ended is opened again for these.
    Again(Again, Vec<RecipientKey>),
}

fn wanted(state: &WeekState, run: &RunState, release: Release<'_>) -> Result<Wanted, ReleaseError> {
    let revision = release.revision;
    let (refused, unknown): (Vec<_>, Vec<_>) =
        run.unreached().partition(|(_, result)| result.is_refused());
    if run.closed && refused.is_empty() && unknown.is_empty() {
        return Err(ReleaseError::AlreadySent { stream: state.stream.clone(), revision });
    }
    if let Some(by) = state.superseded_by(run) {
        return Err(match state.sent_after(run) {
            Some(by) => ReleaseError::Overtaken { by },
            None => ReleaseError::Superseded { by },
        });
    }
    if !run.closed {
        let held = state.outcome(run) == Outcome::Held;
        return Ok(if held { Wanted::Hold } else { Wanted::Awake });
    }
    let unknown: Vec<RecipientKey> = unknown.into_iter().map(|(key, _)| key.clone()).collect();
    let mut recipients: Vec<RecipientKey> =
        refused.into_iter().map(|(key, _)| key.clone()).collect();
    if release.also_unknown {
        recipients.extend(unknown);
    } else if recipients.is_empty() {
        return Err(ReleaseError::OnlyUnknown { revision, recipients: unknown });
    }
    let again =
        Again { ordinal: run.reopened.saturating_add(1), also_unknown: release.also_unknown };
    Ok(Wanted::Again(again, recipients))
}

fn listed(recipients: &[RecipientKey]) -> String {
    recipients.iter().map(RecipientKey::as_str).collect::<Vec<_>>().join(", ")
}
