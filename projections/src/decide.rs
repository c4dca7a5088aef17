//! What may happen next: a pure function of stream, trigger and now. Nothing else decides.

mod delivery;

use jiff::Timestamp;
use weekledger_events::payload::{FailureClass, Goal, RecipientOutcome, SentOutcome, Stage};
use weekledger_events::{
    EventId, EventType, Nonce, Pointer, RecipientKey, Revision, RunId, Sequence,
};

use crate::week_state::{RunState, WeekState};

/// What a stage has to do about a pointer.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Do the stage's work. `rules_only`: no model, because it is late or failed for good.
    Perform {
        rules_only: bool,
    },
    /// Deliver: take this one step, then decide again.
    Deliver(DeliverStep),
    /// The work is in the ledger already: emit what follows, if anything does.
    Done {
        emit: Option<Pointer>,
    },
    /// A later revision has taken over.
    Superseded {
        by: Revision,
    },
    WaitUntil(Timestamp),
    /// A person has to release it.
    Held {
        reason: String,
    },
}

/// One step of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliverStep {
    /// Record the intent to send, before anything is sent.
    Intend { recipient: RecipientKey, attempt: u32, revised: bool },
    /// The intent in the ledger bears this invocation's nonce: call the mailer. A second sending
    /// hands the recipient a mail that may have arrived before.
    Call { intent: EventId, second_sending: bool },
    /// The invocation that intended it is over, and nobody knows what it did.
    GiveUp { intent: EventId },
    /// This invocation intended it and will not call any more: certainly not sent.
    Withdraw { intent: EventId, why: String },
    /// The mail service was not ready: try again then, in this invocation.
    Pause { until: Timestamp },
    /// Not in this invocation any more: record that the stage waits. `refused` are the intents that
    /// were not sent.
    Postpone { until: Timestamp, refused: Vec<EventId> },
    /// Every recipient is final.
    Conclude { outcome: SentOutcome, recipients: Vec<RecipientOutcome> },
}

/// Why a pointer cannot belong to this stream. A ledger that was restored to an older state
/// looks like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPointer {
    #[error("run {0} is not in the stream")]
    UnknownRun(RunId),
    #[error("event {event} does not stand at {sequence} in the stream")]
    UnknownEvent { event: EventId, sequence: Sequence },
    #[error("{stage} does not work on {event_type}")]
    WrongStage { stage: Stage, event_type: EventType },
    #[error("event {event} is no part of run {run}")]
    ForeignEvent { event: EventId, run: RunId },
}

/// What an invocation brings to its decisions.
#[derive(Debug, Clone)]
pub struct Invocation<'a> {
    pub now: Timestamp,
    pub nonce: Nonce,
    /// A person asks: do not wait for the time that a failed stage set itself.
    pub insist: bool,
    /// Nothing else is at work on this stream, so an open intent of another invocation is over.
    pub alone: bool,
    /// From the settings that the run pins.
    pub recipients: &'a [RecipientKey],
    /// Attempts for one recipient whose mail is refused for good.
    pub attempts_max: u32,
    /// The invocation ends then: no pause lasts that long.
    pub deadline: Timestamp,
}

/// The stage that works on events of a type.
pub fn stage_of(event_type: EventType) -> Option<Stage> {
    match event_type {
        EventType::RunRequested => Some(Stage::Fetch),
        EventType::RawFetched => Some(Stage::Compute),
        EventType::MetricsComputed => Some(Stage::Analyze),
        EventType::AnalysisGenerated => Some(Stage::Deliver),
        _ => None,
    }
}

/// The type of event that a stage makes.
pub fn output_of(stage: Stage) -> EventType {
    match stage {
        Stage::Fetch => EventType::RawFetched,
        Stage::Compute => EventType::MetricsComputed,
        Stage::Analyze => EventType::AnalysisGenerated,
        Stage::Deliver => EventType::ReportSent,
    }
}

/// The id of what a stage makes of a trigger. A delivery that was opened again ends again.
pub fn output_id(run: &RunState, stage: Stage, trigger: EventId) -> EventId {
    let cause = match (stage, run.again) {
        (Stage::Deliver, Some(again)) => again.id,
        _ => trigger,
    };
    EventId::stage_output(run.id, cause, output_of(stage))
}

/// Decides what `stage` has to do about `pointer`.
pub fn decide(
    state: &WeekState,
    stage: Stage,
    pointer: &Pointer,
    invocation: &Invocation<'_>,
) -> Result<Decision, BadPointer> {
    let run = check_pointer(state, stage, pointer)?;
    let output = output_id(run, stage, pointer.event);
    if state.head(output).is_some() {
        return Ok(Decision::Done { emit: follows(state, run, output) });
    }
    if run.requested.goal == Goal::Figures && matches!(stage, Stage::Analyze | Stage::Deliver) {
        return Ok(Decision::Done { emit: None });
    }
    if stage == Stage::Deliver {
        return Ok(delivery::decide(state, run, pointer.event, invocation));
    }
    if run.requested.goal != Goal::Figures
        && let Some(by) = state.superseded_by(run)
    {
        return Ok(Decision::Superseded { by });
    }
    if let Some(until) = waits_until(run, stage, pointer.event, invocation) {
        return Ok(Decision::WaitUntil(until));
    }
    let late = stage == Stage::Analyze && invocation.now >= run.requested.analysis_due;
    let failed = stage == Stage::Analyze && failed_for_good(run, stage, pointer.event);
    Ok(Decision::Perform { rules_only: late || failed })
}

/// The pointer to emit after an output of a run, or after finding it done.
pub fn follows(state: &WeekState, run: &RunState, output: EventId) -> Option<Pointer> {
    let event_type = state.head(output)?.event_type;
    let stops = run.requested.goal == Goal::Figures && event_type == EventType::MetricsComputed;
    if stops || stage_of(event_type).is_none() {
        return None;
    }
    state.pointer(run.id, output)
}

fn check_pointer<'a>(
    state: &'a WeekState,
    stage: Stage,
    pointer: &Pointer,
) -> Result<&'a RunState, BadPointer> {
    let run = state.run(pointer.run).ok_or(BadPointer::UnknownRun(pointer.run))?;
    let head = state
        .head(pointer.event)
        .filter(|head| head.sequence == pointer.sequence)
        .ok_or(BadPointer::UnknownEvent { event: pointer.event, sequence: pointer.sequence })?;
    if stage_of(head.event_type) != Some(stage) {
        return Err(BadPointer::WrongStage { stage, event_type: head.event_type });
    }
    let reused = run.requested.from_event == Some(pointer.event);
    if head.run != run.id && !reused {
        return Err(BadPointer::ForeignEvent { event: pointer.event, run: run.id });
    }
    Ok(run)
}

fn waits_until(
    run: &RunState,
    stage: Stage,
    trigger: EventId,
    invocation: &Invocation<'_>,
) -> Option<Timestamp> {
    let opens = match stage {
        Stage::Fetch => Some(run.requested.not_before),
        Stage::Deliver => Some(run.requested.deliver_at),
        Stage::Compute | Stage::Analyze => None,
    };
    let last = run.failures_of(stage, trigger).last();
    let last = last.filter(|last| stage != Stage::Deliver || run.in_this_round(last.sequence));
    let retry = last.and_then(|failure| failure.failed.retry_at).filter(|_| !invocation.insist);
    opens.max(retry).filter(|until| invocation.now < *until)
}

fn failed_for_good(run: &RunState, stage: Stage, trigger: EventId) -> bool {
    let fatal = |class| matches!(class, FailureClass::Fatal | FailureClass::Overdue);
    run.failures_of(stage, trigger).any(|failure| fatal(failure.failed.class))
}
