//! Recording that the platform gave a stage up: an invocation was killed, or every retry failed.

use jiff::Timestamp;
use weekledger_events::payload::{FailureClass, Stage, StageFailed};
use weekledger_events::{EventId, Payload, Pointer};
use weekledger_projections::decide::{BadPointer, follows, output_id};

use super::{CONFLICTS_MAX, Chain, ChainError, Draft};
use crate::ports::Append;

/// What the platform reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    pub stage: Stage,
    /// When it was reported. A failure that was recorded later is the same one, or a newer.
    pub at: Timestamp,
    pub class: FailureClass,
    pub sentence: String,
    pub action: Option<String>,
    /// When `watch` wakes the stage again.
    pub retry_at: Timestamp,
}

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    Failed,
    /// This report, or a newer failure, is in the ledger.
    Known,
    /// The stage's event is in the ledger: only its pointer was lost, and is emitted now.
    Done,
}

impl Chain {
    /// Records a report as `StageFailed` and tells the owner.
    pub async fn record_given_up(
        &self,
        pointer: &Pointer,
        given_up: &GivenUp,
    ) -> Result<Recorded, ChainError> {
        let (stage, trigger) = (given_up.stage, pointer.event);
        for _ in 0..=CONFLICTS_MAX {
            let loaded = self.load_or_tell(&pointer.stream).await?;
            let state = &loaded.state;
            let run = state.run(pointer.run).ok_or(BadPointer::UnknownRun(pointer.run))?;
            let output = output_id(run, stage, trigger);
            if state.head(output).is_some() {
                self.emit_after(&loaded, pointer, follows(state, run, output)).await?;
                return Ok(Recorded::Done);
            }
            let earlier: Vec<Timestamp> =
                run.failures_of(stage, trigger).map(|failure| failure.recorded_at).collect();
            if earlier.iter().any(|at| *at >= given_up.at) {
                return Ok(Recorded::Known);
            }
            let ordinal = u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1);
            let payload = Payload::from(StageFailed {
                stage,
                trigger,
                ordinal,
                class: given_up.class,
                sentence: given_up.sentence.clone(),
                action: given_up.action.clone(),
                retry_at: Some(given_up.retry_at),
            });
            let id = EventId::stage_failed(run.id, trigger, stage, ordinal);
            // Told first: told twice is better than never.
            let action = given_up.action.as_deref();
            self.tell_owner(&pointer.stream, &given_up.sentence, action).await?;
            let draft = Draft { id, run: run.id, cause: Some(trigger), payload: &payload };
            if self.append(&loaded, draft).await? == Append::Stored {
                return Ok(Recorded::Failed);
            }
        }
        Err(ChainError::Contention)
    }
}
