//! What may happen next: a pure function of stream, trigger and now. Nothing else decides.

use jiff::Timestamp;
use weekledger_events::payload::{
    FailureClass, Goal, RecipientOutcome, SendResult, SentOutcome, Stage,
};
use weekledger_events::{
    EventId, EventType, Nonce, Pointer, RecipientKey, Revision, RunId, Sequence,
};

use crate::week_state::{Intent, RunState, WeekState};

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
    /// Attempts for one recipient after refusals.
    pub attempts_max: u32,
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

/// Decides what `stage` has to do about `pointer`.
pub fn decide(
    state: &WeekState,
    stage: Stage,
    pointer: &Pointer,
    invocation: &Invocation<'_>,
) -> Result<Decision, BadPointer> {
    let run = check_pointer(state, stage, pointer)?;
    let output = EventId::stage_output(run.id, pointer.event, output_of(stage));
    if state.head(output).is_some() {
        return Ok(Decision::Done { emit: follows(state, run, output) });
    }
    if run.requested.goal == Goal::Figures && matches!(stage, Stage::Analyze | Stage::Deliver) {
        return Ok(Decision::Done { emit: None });
    }
    if stage == Stage::Deliver {
        return Ok(decide_delivery(state, run, pointer.event, invocation));
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
    let retry = last.and_then(|failure| failure.failed.retry_at).filter(|_| !invocation.insist);
    opens.max(retry).filter(|until| invocation.now < *until)
}

fn failed_for_good(run: &RunState, stage: Stage, trigger: EventId) -> bool {
    let fatal = |class| matches!(class, FailureClass::Fatal | FailureClass::Overdue);
    run.failures_of(stage, trigger).any(|failure| fatal(failure.failed.class))
}

fn decide_delivery(
    state: &WeekState,
    run: &RunState,
    analysis: EventId,
    invocation: &Invocation<'_>,
) -> Decision {
    if let Some(by) = state.superseded_by(run) {
        return withdraw_own(run, invocation, "a later revision has taken over")
            .unwrap_or(Decision::Superseded { by });
    }
    if !state.may_send(run, analysis) {
        return Decision::Held { reason: hold_reason(state, run) };
    }
    if let Some(until) = waits_until(run, Stage::Deliver, analysis, invocation) {
        return Decision::WaitUntil(until);
    }
    let mut wait: Option<Timestamp> = None;
    let mut finals = Vec::with_capacity(invocation.recipients.len());
    for recipient in invocation.recipients {
        match next_for(state, run, recipient, invocation) {
            Next::Step(step) => return Decision::Deliver(step),
            Next::Wait(until) => wait = Some(wait.map_or(until, |other| other.min(until))),
            Next::Final(outcome) => finals.push(outcome),
        }
    }
    if let Some(until) = wait {
        return Decision::WaitUntil(until);
    }
    let accepted = |one: &RecipientOutcome| matches!(one.result, SendResult::Accepted { .. });
    let all = finals.iter().all(accepted);
    let outcome = if all { SentOutcome::Sent } else { SentOutcome::Partial };
    Decision::Deliver(DeliverStep::Conclude { outcome, recipients: finals })
}

fn hold_reason(state: &WeekState, run: &RunState) -> String {
    match state.data_hold(run) {
        Some(reason) => reason.to_owned(),
        None => "the run was opened to be looked at before it is sent".to_owned(),
    }
}

/// An intent of this very invocation that it has not acted on, and will not.
fn withdraw_own(run: &RunState, invocation: &Invocation<'_>, why: &str) -> Option<Decision> {
    let own =
        |intent: &&Intent| intent.result().is_none() && intent.intended.nonce == invocation.nonce;
    let intent = run.intents.iter().find(own)?.id;
    let step = DeliverStep::Withdraw { intent, why: why.to_owned() };
    Some(Decision::Deliver(step))
}

enum Next {
    Step(DeliverStep),
    Wait(Timestamp),
    Final(RecipientOutcome),
}

/// What comes next for one recipient of a run.
fn next_for(
    state: &WeekState,
    run: &RunState,
    recipient: &RecipientKey,
    invocation: &Invocation<'_>,
) -> Next {
    let to_recipient = |intent: &&Intent| intent.intended.recipient == *recipient;
    let open = |intent: &&Intent| to_recipient(intent) && intent.result().is_none();
    // An open intent of another run comes first: were it still under way, an older revision
    // could arrive after this one.
    if let Some(intent) = state.intents().find(|intent| open(intent) && intent.run != run.id) {
        return wait_or_give_up(intent, invocation);
    }
    let Some(last) = run.intents.iter().rfind(to_recipient) else {
        return first_attempt(state, run, recipient);
    };
    match last.result() {
        None if last.intended.nonce == invocation.nonce => call_in_time(state, last, invocation),
        None => wait_or_give_up(last, invocation),
        Some(SendResult::Refused { .. }) if last.intended.attempt < invocation.attempts_max => {
            let attempt = last.intended.attempt + 1;
            let revised = last.intended.revised;
            Next::Step(DeliverStep::Intend { recipient: recipient.clone(), attempt, revised })
        }
        Some(result) => Next::Final(RecipientOutcome {
            recipient: recipient.clone(),
            attempt: last.intended.attempt,
            result: result.clone(),
        }),
    }
}

fn first_attempt(state: &WeekState, run: &RunState, recipient: &RecipientKey) -> Next {
    let earlier = state.sent_before(run, recipient);
    if earlier && !run.is_revision() {
        let sentence = "this recipient was sent another revision of the week".to_owned();
        return Next::Final(RecipientOutcome {
            recipient: recipient.clone(),
            attempt: 0,
            result: SendResult::Refused { sentence },
        });
    }
    let recipient = recipient.clone();
    Next::Step(DeliverStep::Intend { recipient, attempt: 1, revised: state.is_revised(run) })
}

fn call_in_time(state: &WeekState, intent: &Intent, invocation: &Invocation<'_>) -> Next {
    let same_mail = |other: &Intent| {
        other.id != intent.id
            && other.intended.recipient == intent.intended.recipient
            && other.intended.analysis == intent.intended.analysis
            && other.may_have_arrived()
    };
    Next::Step(if invocation.now < intent.intended.gives_up_at {
        DeliverStep::Call { intent: intent.id, second_sending: state.intents().any(same_mail) }
    } else {
        let why = "the time of the invocation was used up before sending".to_owned();
        DeliverStep::Withdraw { intent: intent.id, why }
    })
}

fn wait_or_give_up(intent: &Intent, invocation: &Invocation<'_>) -> Next {
    if !invocation.alone && invocation.now < intent.intended.gives_up_at {
        Next::Wait(intent.intended.gives_up_at)
    } else {
        Next::Step(DeliverStep::GiveUp { intent: intent.id })
    }
}
