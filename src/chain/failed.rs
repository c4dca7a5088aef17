//! Recording that a stage could not do its work, and telling the owner where that needs a person.

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{FailureClass, Stage, StageFailed, Trouble};
use weekledger_events::{EventId, Payload, Pointer};

use super::{Chain, ChainError, Draft, Loaded};
use crate::ports::Append;
use crate::repair::GoOn;
use crate::stages::StageError;

/// A person is needed, but `watch` looks again, in case the cause has gone.
const FATAL_RETRY: SignedDuration = SignedDuration::from_hours(6);

/// A failure before it is recorded.
pub(super) struct StageFailure<'a> {
    pub stage: Stage,
    pub class: FailureClass,
    pub retry_at: Timestamp,
    pub trouble: &'a Trouble,
}

impl Chain {
    /// Records a failure of a stage's own; `None` on a conflict.
    pub(super) async fn append_failure(
        &self,
        loaded: &Loaded,
        stage: Stage,
        pointer: &Pointer,
        error: &StageError,
    ) -> Result<Option<Trouble>, ChainError> {
        let (trouble, class, retry_at) = match error {
            StageError::Waiting { trouble, until } => (trouble, FailureClass::Waiting, *until),
            StageError::Fatal { trouble } => {
                let again = self.ports.clock.now().saturating_add(FATAL_RETRY);
                let again = again.map_err(|source| ChainError::Time { source })?;
                (trouble, FailureClass::Fatal, again)
            }
            StageError::Retryable(_) | StageError::OutOfTime => return Ok(None),
        };
        let failure = StageFailure { stage, class, retry_at, trouble };
        let told = self.record_failure(loaded, pointer, &failure).await?;
        Ok(told.then(|| trouble.clone()))
    }

    /// Records a failure; false on a conflict. The owner is told of one that needs a person, unless
    /// the failure before it asked for the same.
    pub(super) async fn record_failure(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        failure: &StageFailure<'_>,
    ) -> Result<bool, ChainError> {
        let run = loaded.run(pointer.run)?;
        let StageFailure { stage, class, retry_at, trouble } = *failure;
        let action = (class == FailureClass::Fatal)
            .then(|| GoOn::new(&pointer.stream, &run.requested).after(&trouble.action));
        let earlier: Vec<_> = run.failures_of(stage, pointer.event).collect();
        let ordinal = u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1);
        let is_known = earlier.last().is_some_and(|last| {
            last.failed.class == class && last.failed.action == action && stage == Stage::Deliver
        });
        let payload = Payload::from(StageFailed {
            stage,
            trigger: pointer.event,
            ordinal,
            class,
            sentence: trouble.sentence.clone(),
            action: action.clone(),
            retry_at: Some(retry_at),
        });
        let id = EventId::stage_failed(pointer.run, pointer.event, stage, ordinal);
        let draft = Draft { id, run: pointer.run, cause: Some(pointer.event), payload: &payload };
        if self.append(loaded, draft).await? == Append::Conflict {
            return Ok(false);
        }
        if class == FailureClass::Fatal && !is_known {
            self.tell_owner(&pointer.stream, &trouble.sentence, action.as_deref()).await?;
        }
        Ok(true)
    }
}
