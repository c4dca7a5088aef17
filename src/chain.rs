//! The one driver of every stage: load, decide, perform, append, anchor, emit.
//! A crash between any two lines loses nothing and doubles nothing: the ledger is its own outbox.

mod append;
mod damage;
mod error;
mod given_up;
mod notices;
mod open;
mod re_emit;
mod release;
mod resolve;
mod unwritten;
mod watch;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{
    AnalysisGenerated, FailureClass, Origin, ReportSent, ResolvedBy, RunRequested, SendIntended,
    SendResolved, SendResult, Stage, StageFailed, Trouble,
};
use weekledger_events::{EventId, Nonce, Payload, Pointer, Producer, RecipientKey, Revision};
use weekledger_projections::decide::{Decision, DeliverStep, Invocation, decide, output_of};

use crate::config::{RunSettings, SETTLING_HOURS};
use crate::ports::{Append, Message, SentAs};
use crate::repair::GoOn;
use crate::stages::{StageContext, StageError, read_evidence};

pub use crate::config::RunDraft;
pub use crate::ports::Ports;
pub use crate::stages::job::{Job, SendJob, Stages};
pub use crate::stream::{Loaded, load, look};
pub use append::Draft;
pub use damage::Stopped;
pub use error::ChainError;
pub use given_up::{GivenUp, Recorded};
pub use notices::is_lack;
pub use open::Opened;
pub use re_emit::missing_artifacts;
pub use release::ReleaseError;
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

/// Steps of one invocation: three for each recipient, and one for each conflict.
const STEPS_MAX: u32 = 1024;

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

/// A person is needed, but `watch` looks again, in case the cause has gone.
const FATAL_RETRY: SignedDuration = SignedDuration::from_hours(6);

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
                self.deliver_step(&loaded, pointer, call, step, in_hand).await?;
                Ok(None)
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

    /// Takes one step of a delivery. On a conflict nothing has happened, and it is decided anew.
    async fn deliver_step(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        call: Call,
        step: DeliverStep,
        in_hand: &mut InHand,
    ) -> Result<(), ChainError> {
        match step {
            DeliverStep::Intend { recipient, attempt, revised } => {
                let (nonce, gives_up_at) = (call.nonce, call.deadline);
                let analysis = pointer.event;
                let intended =
                    SendIntended { analysis, recipient, attempt, nonce, gives_up_at, revised };
                self.append_intent(loaded, pointer, intended).await?;
            }
            DeliverStep::Call { intent, second_sending } => {
                let result = self.call_mailer(loaded, pointer, intent, second_sending).await?;
                in_hand.answer = Some((intent, result));
            }
            DeliverStep::GiveUp { intent } => {
                let (result, by) = self.give_up(loaded, intent).await?;
                self.append_resolution(loaded, intent, &result, by).await?;
            }
            DeliverStep::Withdraw { intent, why } => {
                let result = SendResult::Refused { sentence: format!("not sent: {why}") };
                self.append_resolution(loaded, intent, &result, ResolvedBy::Mailer).await?;
            }
            DeliverStep::Conclude { outcome, recipients } => {
                let analysis = analysis_of(loaded, pointer.event)?;
                let payload = Payload::from(ReportSent {
                    analysis: pointer.event,
                    outcome,
                    recipients,
                    html: analysis.html.digest,
                    text: analysis.text.digest,
                });
                self.append_output(loaded, Stage::Deliver, pointer, &payload).await?;
            }
        }
        Ok(())
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
        let id = EventId::stage_output(pointer.run, pointer.event, output_of(stage));
        let draft = Draft { id, run: pointer.run, cause: Some(pointer.event), payload };
        self.append(loaded, draft).await
    }

    /// Records a failure; `None` on a conflict.
    async fn append_failure(
        &self,
        loaded: &Loaded,
        stage: Stage,
        pointer: &Pointer,
        error: &StageError,
    ) -> Result<Option<Trouble>, ChainError> {
        let run = loaded.run(pointer.run)?;
        let (trouble, class, retry_at) = match error {
            StageError::Waiting { trouble, until } => (trouble, FailureClass::Waiting, *until),
            StageError::Fatal { trouble } => {
                let again = self.ports.clock.now().saturating_add(FATAL_RETRY);
                let again = again.map_err(|source| ChainError::Time { source })?;
                (trouble, FailureClass::Fatal, again)
            }
            StageError::Retryable(_) | StageError::OutOfTime => return Ok(None),
        };
        let action = (class == FailureClass::Fatal)
            .then(|| GoOn::new(&pointer.stream, &run.requested).after(&trouble.action));
        let earlier = run.failures_of(stage, pointer.event).count();
        let ordinal = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
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
            return Ok(None);
        }
        if class == FailureClass::Fatal {
            self.tell_owner(&pointer.stream, &trouble.sentence, action.as_deref()).await?;
        }
        Ok(Some(trouble.clone()))
    }

    async fn append_intent(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        intended: SendIntended,
    ) -> Result<Append, ChainError> {
        let id = EventId::send_intended(pointer.run, &intended.recipient, intended.attempt);
        let payload = Payload::from(intended);
        let draft = Draft { id, run: pointer.run, cause: Some(pointer.event), payload: &payload };
        self.append(loaded, draft).await
    }

    /// Records what became of an intent. Whoever was not reached is told to the owner at the end.
    async fn append_resolution(
        &self,
        loaded: &Loaded,
        intent: EventId,
        result: &SendResult,
        resolved_by: ResolvedBy,
    ) -> Result<Append, ChainError> {
        let Some(found) = loaded.state.intents().find(|found| found.id == intent) else {
            return Err(ChainError::IntentLost { intent });
        };
        let ordinal = u32::try_from(found.resolutions.len()).unwrap_or(u32::MAX).saturating_add(1);
        let payload = Payload::from(SendResolved {
            intent,
            recipient: found.intended.recipient.clone(),
            attempt: found.intended.attempt,
            result: result.clone(),
            resolved_by,
        });
        let id = EventId::send_resolved(intent, ordinal);
        let draft = Draft { id, run: found.run, cause: Some(intent), payload: &payload };
        self.append(loaded, draft).await
    }

    /// The invocation that intended it is over. Some mailers can tell what it did.
    async fn give_up(
        &self,
        loaded: &Loaded,
        intent: EventId,
    ) -> Result<(SendResult, ResolvedBy), ChainError> {
        let found = loaded.state.intents().find(|found| found.id == intent);
        let found = found.ok_or(ChainError::IntentLost { intent })?;
        let sent = SentAs {
            intent,
            stream: &loaded.state.stream,
            revision: loaded.request(found.run)?.revision,
            recipient: &found.intended.recipient,
        };
        if let Some(result) = self.ports.mailer.look_up(&sent).await {
            return Ok((result, ResolvedBy::Mailer));
        }
        let sentence = "the invocation that was sending ended without an answer from the mail \
                        service; the mail may or may not have arrived";
        Ok((SendResult::Unknown { sentence: sentence.to_owned() }, ResolvedBy::TimeOut))
    }

    async fn call_mailer(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        intent: EventId,
        second_sending: bool,
    ) -> Result<SendResult, ChainError> {
        let run = loaded.run(pointer.run)?;
        let intent = run
            .intents
            .iter()
            .find(|found| found.id == intent)
            .ok_or(ChainError::IntentLost { intent })?;
        let intended_at = loaded.event(intent.id)?.envelope.recorded_at;
        let job = SendJob {
            archive: &*self.ports.archive,
            stream: &pointer.stream,
            run,
            intent,
            intended_at,
            analysis: analysis_of(loaded, pointer.event)?,
            second_sending,
        };
        Ok(match self.stages.compose(job).await {
            Ok(mail) => self.ports.mailer.send(&mail).await,
            Err(sentence) => SendResult::Refused { sentence },
        })
    }
}

fn analysis_of(loaded: &Loaded, event: EventId) -> Result<&AnalysisGenerated, ChainError> {
    match &loaded.event(event)?.payload {
        Payload::AnalysisGenerated(analysis) => Ok(analysis),
        other => Err(ChainError::WrongType { event, found: other.event_type() }),
    }
}
