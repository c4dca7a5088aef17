//! The stages: trigger in, payload out. They know ports, never which world they run in.

pub mod analyze;
pub mod compute;
pub mod deliver;
pub mod fetch;
pub mod job;
pub mod week;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{Goal, Trouble};
use weekledger_events::{ArtifactRef, EventId, RunId, StreamId};

use crate::config::RunSettings;
use crate::ports::{Archive, ArchiveError, ArtifactName, Cause, Clock, Created, Secrets, StepName};

/// What every stage is given: ports, the run it works for, and how long it may take.
pub struct StageContext<'a> {
    pub archive: &'a dyn Archive,
    pub secrets: &'a dyn Secrets,
    pub clock: &'a dyn Clock,
    pub stream: &'a StreamId,
    pub run: RunId,
    /// The event that triggered the stage.
    pub trigger: EventId,
    /// The settings pinned by the run.
    pub settings: &'a RunSettings,
    /// What the run is for.
    pub goal: Goal,
    /// How long after its end a week may be pulled at the earliest: figures settle for some hours.
    pub settling: SignedDuration,
    /// The invocation ends then. A long step whose cap does not fit is not begun.
    pub deadline: Timestamp,
    /// A pause of a minute or more that a provider asks for has to end by then.
    pub patience: Timestamp,
    /// No account and no CRM is waited for beyond this: the report goes on without it.
    pub wait_until: Timestamp,
}

/// Why a stage made no payload.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// No event; the platform tries again.
    #[error("the stage failed and will be tried again")]
    Retryable(#[source] Cause),
    /// Recorded as `StageFailed`; `watch` tries again at `until`.
    #[error("{}", .trouble.sentence)]
    Waiting { trouble: Trouble, until: Timestamp },
    /// Recorded as `StageFailed`; a person has to do something.
    #[error("{}", .trouble.sentence)]
    Fatal { trouble: Trouble },
    /// The next step does not fit into the time left: what was done is checkpointed, and the
    /// stage asks to be called again.
    #[error("the time of this invocation is used up; the stage continues in the next")]
    OutOfTime,
}

impl From<ArchiveError> for StageError {
    fn from(error: ArchiveError) -> Self {
        Self::Retryable(Box::new(error))
    }
}

impl StageContext<'_> {
    /// Archives bytes that are kept, under their digest.
    pub async fn keep_evidence(&self, bytes: &[u8]) -> Result<ArtifactRef, ArchiveError> {
        keep_evidence(self.archive, bytes).await
    }

    /// Archives an API response of this run, under its digest.
    pub async fn keep_raw(&self, bytes: &[u8]) -> Result<ArtifactRef, ArchiveError> {
        let artifact = ArtifactRef::of(bytes);
        let name = ArtifactName::raw(self.stream, self.run, &artifact.digest);
        expect_same(&name, self.archive.create(&name, bytes).await?)?;
        Ok(artifact)
    }

    /// What an earlier invocation of this stage checkpointed under `step` in the same attempt, if it
    /// got that far.
    pub async fn recall_raw(
        &self,
        step: &str,
        attempt: u32,
    ) -> Result<Option<Vec<u8>>, ArchiveError> {
        let step = StepName::new(self.trigger, step, attempt);
        self.archive.read(&ArtifactName::raw_step(self.stream, self.run, &step)).await
    }

    /// Checkpoints a step. If another invocation was first, its record is returned and counts.
    pub async fn checkpoint_raw(
        &self,
        step: &str,
        attempt: u32,
        record: &[u8],
    ) -> Result<Vec<u8>, ArchiveError> {
        let step = StepName::new(self.trigger, step, attempt);
        let name = ArtifactName::raw_step(self.stream, self.run, &step);
        Ok(match self.archive.create(&name, record).await? {
            Created::New | Created::Same => record.to_vec(),
            Created::Other(earlier) => earlier,
        })
    }
}

/// Archives bytes that are kept, under their digest.
pub async fn keep_evidence(
    archive: &dyn Archive,
    bytes: &[u8],
) -> Result<ArtifactRef, ArchiveError> {
    let artifact = ArtifactRef::of(bytes);
    let name = ArtifactName::evidence(&artifact.digest);
    expect_same(&name, archive.create(&name, bytes).await?)?;
    Ok(artifact)
}

/// Reads bytes that were kept, and checks that they still have their digest.
pub async fn read_evidence(
    archive: &dyn Archive,
    artifact: &ArtifactRef,
) -> Result<Vec<u8>, ArchiveError> {
    read_checked(archive, &ArtifactName::evidence(&artifact.digest), artifact).await
}

/// Reads a raw page of a run, and checks that it still has its digest.
pub async fn read_raw(
    archive: &dyn Archive,
    stream: &StreamId,
    run: RunId,
    artifact: &ArtifactRef,
) -> Result<Vec<u8>, ArchiveError> {
    read_checked(archive, &ArtifactName::raw(stream, run, &artifact.digest), artifact).await
}

/// Raw pages by digest.
pub type Pages = BTreeMap<weekledger_events::Digest, Vec<u8>>;

async fn read_checked(
    archive: &dyn Archive,
    name: &ArtifactName,
    artifact: &ArtifactRef,
) -> Result<Vec<u8>, ArchiveError> {
    let bytes = archive
        .read(name)
        .await?
        .ok_or_else(|| ArchiveError::Missing { name: name.to_string() })?;
    let found = ArtifactRef::of(&bytes).digest;
    if found != artifact.digest {
        return Err(ArchiveError::Corrupt { name: name.to_string(), found });
    }
    Ok(bytes)
}

/// A name made of a digest can only ever hold the same bytes.
fn expect_same(name: &ArtifactName, created: Created) -> Result<(), ArchiveError> {
    match created {
        Created::New | Created::Same => Ok(()),
        Created::Other(bytes) => Err(ArchiveError::Corrupt {
            name: name.to_string(),
            found: ArtifactRef::of(&bytes).digest,
        }),
    }
}
