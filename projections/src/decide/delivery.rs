//! Delivery: whose mail is next, when, and when a recipient is final.
//!
//! A mail service that is busy or away for a while costs nobody the mail. What was certainly not
//! sent is tried again: within an invocation after some seconds, then after minutes, for a day.

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{
    Later, RecipientOutcome, ResolvedBy, SendResult, SentOutcome, Stage,
};
use weekledger_events::{EventId, RecipientKey, Sequence};

use super::{Decision, DeliverStep, Invocation, waits_until};
use crate::week_state::{Head, Intent, RunState, WeekState};

/// Pauses within an invocation last 1, 2, 4, 8 and 16 s; a service that is still not ready then
/// needs longer than an invocation should wait.
const PAUSES_MAX: u32 = 5;

/// Minutes between invocations; the last one stays.
const STEPS_MINUTES: [i64; 4] = [1, 5, 15, 30];

/// A mail whose first attempt lies this far back has one attempt left.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn decide(
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
    let mut turns = Turns::default();
    for recipient in invocation.recipients {
        match next_for(state, run, recipient, invocation) {
            Next::Step(step) => return Decision::Deliver(step),
            Next::Wait(until) => turns.wait_until(until),
            Next::Attempt(attempt) => turns.offer(attempt),
            Next::Refused(intent) => turns.refused.push(intent),
            Next::Final(outcome) => turns.finals.push(outcome),
        }
    }
    turns.decide(state, run, analysis, invocation)
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

/// What comes next for one recipient of a run.
enum Next {
    /// At once, before anybody else.
    Step(DeliverStep),
    Wait(Timestamp),
    Attempt(Attempt),
    /// Not sent, and this invocation has had its try.
    Refused(EventId),
    Final(RecipientOutcome),
}

/// A mail that may be intended.
struct Attempt {
    recipient: RecipientKey,
    number: u32,
    revised: bool,
    /// The intent before it that was not sent.
    after: Option<EventId>,
}

/// What all recipients together have come to.
#[derive(Default)]
struct Turns {
    wait: Option<Timestamp>,
    /// Whoever was tried least has the turn, so that nobody is starved by another.
    attempt: Option<Attempt>,
    refused: Vec<EventId>,
    finals: Vec<RecipientOutcome>,
}

impl Turns {
    fn wait_until(&mut self, until: Timestamp) {
        self.wait = Some(self.wait.map_or(until, |other| other.min(until)));
    }

    fn offer(&mut self, attempt: Attempt) {
        self.refused.extend(attempt.after);
        if self.attempt.as_ref().is_none_or(|first| attempt.number < first.number) {
            self.attempt = Some(attempt);
        }
    }

    fn decide(
        self,
        state: &WeekState,
        run: &RunState,
        analysis: EventId,
        invocation: &Invocation<'_>,
    ) -> Decision {
        let Self { wait, attempt, refused, finals } = self;
        let unfinished = attempt.is_some() || !refused.is_empty();
        let turn = attempt.and_then(|attempt| Some((attempt, next_turn(state, run, invocation)?)));
        Decision::Deliver(match (turn, wait) {
            (Some((Attempt { recipient, number, revised, .. }, from)), _)
                if invocation.now >= from =>
            {
                DeliverStep::Intend { recipient, attempt: number, revised }
            }
            (Some((_, until)), _) => DeliverStep::Pause { until },
            (None, _) if unfinished => {
                let pause = pause_after(run, analysis);
                let until = invocation.now.saturating_add(pause).unwrap_or(Timestamp::MAX);
                DeliverStep::Postpone { until, refused }
            }
            (None, Some(until)) => return Decision::WaitUntil(until),
            (None, None) => conclude(finals),
        })
    }
}

fn conclude(recipients: Vec<RecipientOutcome>) -> DeliverStep {
    let accepted = |one: &RecipientOutcome| matches!(one.result, SendResult::Accepted { .. });
    let all = recipients.iter().all(accepted);
    let outcome = if all { SentOutcome::Sent } else { SentOutcome::Partial };
    DeliverStep::Conclude { outcome, recipients }
}

/// From when on this invocation may call the mail service; `None` if it may not any more. Every
/// answer in a row that says "not now" doubles the pause, whoever the mail was for.
fn next_turn(state: &WeekState, run: &RunState, invocation: &Invocation<'_>) -> Option<Timestamp> {
    let own = run.intents.iter().rev().filter(|one| one.intended.nonce == invocation.nonce);
    let is_busy = |one: &&Intent| one.result().and_then(SendResult::later) == Some(&Later::Wait);
    let busy: Vec<&Intent> = own.take_while(is_busy).collect();
    let in_a_row = u32::try_from(busy.len()).unwrap_or(u32::MAX);
    if in_a_row > PAUSES_MAX {
        return None;
    }
    let from = match busy.first() {
        None => invocation.now,
        Some(last) => {
            let pause = SignedDuration::from_secs(1 << in_a_row.saturating_sub(1));
            resolution(state, last)?.recorded_at.saturating_add(pause).ok()?
        }
    };
    (invocation.now.max(from) < invocation.deadline).then_some(from)
}

/// How long the stage waits before its next invocation.
fn pause_after(run: &RunState, analysis: EventId) -> SignedDuration {
    let failures = run.failures_of(Stage::Deliver, analysis);
    let earlier = failures.filter(|failure| run.in_this_round(failure.sequence)).count();
    let minutes = STEPS_MINUTES.get(earlier).or(STEPS_MINUTES.last());
    SignedDuration::from_mins(minutes.copied().unwrap_or_default())
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
    let own = last.intended.nonce == invocation.nonce;
    match last.result() {
        None if own => call_in_time(state, last, invocation),
        None => wait_or_give_up(last, invocation),
        Some(result) if !may_try_again(state, run, last, invocation) => {
            Next::Final(RecipientOutcome {
                recipient: recipient.clone(),
                attempt: last.intended.attempt,
                result: result.clone(),
            })
        }
        // What a person has to mend is not mended within an invocation.
        Some(result) if own && matches!(result.later(), Some(Later::Mend(_))) => {
            Next::Refused(last.id)
        }
        Some(result) => Next::Attempt(Attempt {
            recipient: recipient.clone(),
            number: last.intended.attempt.saturating_add(1),
            revised: last.intended.revised,
            after: result.is_refused().then_some(last.id),
        }),
    }
}

/// Whether a mail that did not certainly go out may be tried once more: nobody else may.
fn may_try_again(
    state: &WeekState,
    run: &RunState,
    last: &Intent,
    invocation: &Invocation<'_>,
) -> bool {
    let Some(resolved) = last.resolutions.last() else { return false };
    let before = |sequence: Sequence| {
        resolution(state, last).is_some_and(|resolution| resolution.sequence < sequence)
    };
    // A person asked for those who stood so then.
    if let Some(again) = run.again.filter(|again| before(again.sequence)) {
        let unknown = matches!(resolved.result, SendResult::Unknown { .. });
        return resolved.result.is_refused() || (unknown && again.also_unknown);
    }
    match &resolved.result {
        SendResult::Accepted { .. } | SendResult::Unknown { .. } => false,
        SendResult::Refused { later: Some(_), .. } => !tried_long_enough(state, run, last),
        // What came back was sent, and would come back again.
        SendResult::Refused { .. } if resolved.resolved_by == ResolvedBy::ServiceEvent => false,
        SendResult::Refused { later: None, .. } => {
            refusals(run, &last.intended.recipient) < invocation.attempts_max
        }
    }
}

/// True once an attempt was made a day after the first.
fn tried_long_enough(state: &WeekState, run: &RunState, last: &Intent) -> bool {
    let recorded_at = |intent: &Intent| state.head(intent.id).map(|head| head.recorded_at);
    let first = run.intents.iter().find(|intent| run.in_this_round(intent.sequence));
    let Some(first) = first.and_then(recorded_at) else { return false };
    recorded_at(last).is_some_and(|at| at.duration_since(first) >= TRIED_FOR)
}

/// How often a recipient was refused for good since the delivery was opened.
fn refusals(run: &RunState, recipient: &RecipientKey) -> u32 {
    let counts = |intent: &&Intent| {
        let for_good = |result: &SendResult| result.is_refused() && result.later().is_none();
        intent.intended.recipient == *recipient
            && run.in_this_round(intent.sequence)
            && intent.result().is_some_and(for_good)
    };
    u32::try_from(run.intents.iter().filter(counts).count()).unwrap_or(u32::MAX)
}

/// The event that holds the last word on an intent.
fn resolution<'s>(state: &'s WeekState, intent: &Intent) -> Option<&'s Head> {
    let ordinal = u32::try_from(intent.resolutions.len()).ok()?;
    state.head(EventId::send_resolved(intent.id, ordinal))
}

fn first_attempt(state: &WeekState, run: &RunState, recipient: &RecipientKey) -> Next {
    let earlier = state.sent_before(run, recipient);
    if earlier && !run.is_revision() {
        return Next::Final(RecipientOutcome {
            recipient: recipient.clone(),
            attempt: 0,
            result: SendResult::refused("this recipient was sent another revision of the week"),
        });
    }
    Next::Attempt(Attempt {
        recipient: recipient.clone(),
        number: 1,
        revised: state.is_revised(run),
        after: None,
    })
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
