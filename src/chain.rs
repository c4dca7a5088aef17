//! The one driver of every stage: load, decide, perform, append, anchor, emit.
//! A crash between any two lines loses nothing and doubles nothing: the ledger is its own outbox.

mod append;
mod damage;
mod error;
mod failed;
mod given_up;
mod notices;
mod open;
mod re_emit;
mod release;
mod resolve;
mod sending;
mod unwritten;
mod watch;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{Origin, ResolvedBy, RunRequested, SendResult, Stage, Trouble};
use weekledger_events::{EventId, Nonce, Payload, Pointer, Producer, RecipientKey, Revision};
use weekledger_projections::decide::{Decision, Invocation, decide, output_id};

use crate::config::{RunSettings, SETTLING_HOURS};
use crate::ports::{Append, Message};
use crate::stages::{StageContext, StageError, read_evidence};

pub use crate::config::RunDraft;
pub use crate::ports::Ports;
pub use crate::stages::job::{Job, SendJob, Stages};
pub use crate::stream::{Loaded, load, look};
pub use append::Draft;
pub use damage::Stopped;
pub use error::ChainError;
pub use given_up::{GivenUp, Recorded};
pub use notices::{is_lack, unreached};
pub use open::Opened;
pub use re_emit::missing_artifacts;
pub use release::{Release, ReleaseError, Released};
pub use watch::Watched;

/// One invocation of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Made anew for every invocation, also for a retry.
    pub nonce: Nonce,
    /// The platform ends the invocation then.
    pub deadline: Timestamp,
    /// A person waits for it and goes away then: longer pauses that a provider asks for are left to
    /// a later invocation. `None` if nobody does.
    pub patience: Option<Timestamp>,
    /// A person asks: do not wait for the time that a failed stage set itself.
    pub insist: bool,
    /// The caller knows that no other invocation is at work on this ledger: it holds its lock.
    pub alone: bool,
}

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// The stage's event is in the ledger, and what follows was emitted.
    Done,
    /// The time was used up; the stage asked to be called again.
    Continues,
    Superseded(Revision),
    WaitUntil(Timestamp),
    Held(String),
    /// Recorded as `StageFailed`.
    Failed(Trouble),
}

/// Drives the stages over ports.
pub struct Chain {
    ports: Ports,
    stages: Arc<dyn Stages>,
    producer: Producer,
}

/// What a stage made, or why it made nothing.
type Made = Result<Payload, StageError>;

/// What an invocation holds that is not in the ledger yet. It survives conflicts, so that no
/// work is done twice and no answer is lost.
#[derive(Default)]
struct InHand {
    made: Option<Made>,
    answer: Option<(EventId, SendResult)>,
}

/// What is to be performed.
#[derive(Clone, Copy)]
struct Work<'a> {
    stage: Stage,
    pointer: &'a Pointer,
    settings: &'a RunSettings,
    rules_only: bool,
}

/// Steps of one invocation: some for each attempt at each recipient, and one for each conflict.
const STEPS_MAX: u32 = 4096;

/// More conflicts in a row than this many invocations could cause.
const CONFLICTS_MAX: u32 = 64;

/// Until when the sources of a run are waited for: as long as it can still be sent in time. Whoever
/// started a run by hand waits as long as they said.
fn wait_until(requested: &RunRequested, patience: Option<Timestamp>) -> Timestamp {
    match requested.origin {
        Origin::Schedule => requested.analysis_due,
        Origin::Hand | Origin::Backfill | Origin::ReEmit => {
            patience.unwrap_or(requested.analysis_due)
        }
    }
}

impl Chain {
    pub fn new(ports: Ports, stages: Arc<dyn Stages>, producer: Producer) -> Self {
        Self { ports, stages, producer }
    }

    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Works on one pointer until there is nothing left to do in this invocation.
    pub async fn handle(
        &self,
        stage: Stage,
        pointer: &Pointer,
        call: Call,
    ) -> Result<Handled, ChainError> {
        let mut in_hand = InHand::default();
        for _ in 0..STEPS_MAX {
            if let Some(handled) = self.step(stage, pointer, call, &mut in_hand).await? {
                return Ok(handled);
            }
        }
        Err(ChainError::Contention)
    }

    /// Loads, decides and takes one step. `None` means: again from the beginning.
    async fn step(
        &self,
        stage: Stage,
        pointer: &Pointer,
        call: Call,
        in_hand: &mut InHand,
    ) -> Result<Option<Handled>, ChainError> {
        let loaded = self.load_or_tell(&pointer.stream).await?;
        if let Some((intent, result)) = &in_hand.answer {
            // Recorded before anything is decided: what the mailer said must not be lost.
            let appended = self.append_resolution(&loaded, *intent, result, ResolvedBy::Mailer);
            if appended.await? == Append::Stored {
                in_hand.answer = None;
            }
            return Ok(None);
        }
        if let Some(run) = loaded.state.run(pointer.run) {
            // For whoever logs the invocation in a span that has the field.
            tracing::Span::current().record("revision", run.requested.revision.0);
        }
        let settings = self.settings(&loaded, pointer).await?;
        let keys: Vec<RecipientKey> =
            settings.recipients.iter().map(|recipient| recipient.key.clone()).collect();
        let invocation = Invocation {
            now: self.ports.clock.now(),
            nonce: call.nonce,
            insist: call.insist,
            alone: call.alone,
            recipients: &keys,
            attempts_max: settings.delivery.attempts_max,
            deadline: call.deadline,
        };
        match decide(&loaded.state, stage, pointer, &invocation)? {
            Decision::Done { emit } => {
                self.emit_after(&loaded, pointer, emit).await?;
                Ok(Some(Handled::Done))
            }
            Decision::Superseded { by } => Ok(Some(Handled::Superseded(by))),
            Decision::WaitUntil(until) => Ok(Some(Handled::WaitUntil(until))),
            Decision::Held { reason } => Ok(Some(Handled::Held(reason))),
            Decision::Deliver(step) => {
                self.deliver_step(&loaded, pointer, call, step, in_hand).await
            }
            Decision::Perform { rules_only } => {
                let work = Work { stage, pointer, settings: &settings, rules_only };
                self.perform_step(&loaded, work, call, in_hand).await
            }
        }
    }

    /// Performs a stage, or takes what it has made already, and records the result.
    async fn perform_step(
        &self,
        loaded: &Loaded,
        work: Work<'_>,
        call: Call,
        in_hand: &mut InHand,
    ) -> Result<Option<Handled>, ChainError> {
        let (stage, pointer) = (work.stage, work.pointer);
        let made = match in_hand.made.take() {
            Some(made) => made,
            None => self.perform(loaded, work, call).await?,
        };
        match made {
            Err(StageError::Retryable(source)) => Err(ChainError::Retryable { stage, source }),
            Err(StageError::OutOfTime) => {
                self.emit(&[Message::Pointer(pointer.clone())]).await?;
                Ok(Some(Handled::Continues))
            }
            Err(error) => {
                if let Some(trouble) = self.append_failure(loaded, stage, pointer, &error).await? {
                    return Ok(Some(Handled::Failed(trouble)));
                }
                in_hand.made = Some(Err(error));
                Ok(None)
            }
            Ok(payload) => {
                if self.append_output(loaded, stage, pointer, &payload).await? == Append::Conflict {
                    in_hand.made = Some(Ok(payload));
                }
                Ok(None)
            }
        }
    }

    async fn settings(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
    ) -> Result<RunSettings, ChainError> {
        let run = loaded
            .state
            .run(pointer.run)
            .ok_or(weekledger_projections::decide::BadPointer::UnknownRun(pointer.run))?;
        let bytes = read_evidence(&*self.ports.archive, &run.requested.config).await?;
        RunSettings::from_bytes(&bytes).map_err(ChainError::Settings)
    }

    async fn perform(
        &self,
        loaded: &Loaded,
        work: Work<'_>,
        call: Call,
    ) -> Result<Made, ChainError> {
        let pointer = work.pointer;
        let run = loaded.run(pointer.run)?;
        let settling = match run.requested.origin {
            Origin::Schedule => SignedDuration::from_hours(SETTLING_HOURS),
            // Somebody wants to see the figures as they are.
            Origin::Hand | Origin::Backfill | Origin::ReEmit => SignedDuration::ZERO,
        };
        let context = StageContext {
            archive: &*self.ports.archive,
            secrets: &*self.ports.secrets,
            clock: &*self.ports.clock,
            stream: &pointer.stream,
            run: pointer.run,
            trigger: pointer.event,
            settings: work.settings,
            goal: run.requested.goal,
            settling,
            deadline: call.deadline,
            patience: call.patience.map_or(call.deadline, |until| until.min(call.deadline)),
            wait_until: wait_until(&run.requested, call.patience),
        };
        let trigger = loaded.event(pointer.event)?;
        let (stage, rules_only) = (work.stage, work.rules_only);
        Ok(self.stages.perform(Job { stage, context, run, trigger, loaded, rules_only }).await)
    }

    /// Appends a stage's event. Its id is the same for every attempt.
    async fn append_output(
        &self,
        loaded: &Loaded,
        stage: Stage,
        pointer: &Pointer,
        payload: &Payload,
    ) -> Result<Append, ChainError> {
        let id = output_id(loaded.run(pointer.run)?, stage, pointer.event);
        let draft = Draft { id, run: pointer.run, cause: Some(pointer.event), payload };
        self.append(loaded, draft).await
    }
}
