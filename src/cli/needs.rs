//! What of a run needs a person, from the ledger alone: failures, holds, and data that is missing.

use weekledger::chain::{Loaded, is_lack, unreached};
use weekledger::repair::{GoOn, Repair, send_to_missed};
use weekledger_events::payload::FailureClass;
use weekledger_events::{EventType, Finding, FindingClass, Payload};
use weekledger_projections::week_state::{Outcome, RunState};

use crate::output::WallClock;
use crate::output::run::{Class, FindingLine};

/// What keeps a run from its end, then what else its figures lack.
pub fn needs(loaded: &Loaded, run: &RunState, clock: &WallClock) -> Vec<FindingLine> {
    let obstacle = obstacle(loaded, run, clock);
    let holds = obstacle.as_ref().filter(|one| matches!(one.class, Class::Held));
    let reason = holds.and_then(|_| loaded.state.data_hold(run)).map(ToOwned::to_owned);
    let others = missing(loaded, run).filter(|one| Some(&one.message) != reason.as_ref());
    let others = others.chain(loaded.of_words(run));
    let mut needs: Vec<_> = obstacle.into_iter().chain(others.map(Into::into)).collect();
    name_subjects(&mut needs, loaded, run);
    needs
}

/// Writes beside each account's id what it is called.
pub fn name_subjects(findings: &mut [FindingLine], loaded: &Loaded, run: &RunState) {
    let names = loaded.names(run);
    for finding in findings {
        finding.name = names.get(&finding.subject).cloned();
    }
}

/// Why a run does not go on: its standing failure, or the data that holds it.
pub fn obstacle(loaded: &Loaded, run: &RunState, clock: &WallClock) -> Option<FindingLine> {
    let state = &loaded.state;
    match state.outcome(run) {
        Outcome::Failed | Outcome::Waiting => failure(loaded, run, clock),
        Outcome::Held => held(loaded, run),
        Outcome::Partial => missed(loaded, run),
        _ => None,
    }
}

fn failure(loaded: &Loaded, run: &RunState, clock: &WallClock) -> Option<FindingLine> {
    let failed = &loaded.state.standing_failure(run)?.failed;
    let waits = failed.class == FailureClass::Waiting;
    let by_itself = || {
        let after = failed.retry_at.map(|at| format!(" after {}", clock.not_before(at)));
        let after = after.unwrap_or_default();
        let at_once = GoOn::new(&loaded.state.stream, &run.requested);
        format!(
            "Wait: weekledger watch goes on by itself{after}. To try at once, run `weekledger \
             {at_once}`."
        )
    };
    Some(FindingLine {
        class: Class::Failure(failed.class),
        subject: failed.stage.to_string(),
        name: None,
        message: failed.sentence.clone(),
        action: failed.action.clone().or_else(|| waits.then(by_itself)),
        retry_at: failed.retry_at,
    })
}

/// A hold that somebody asked for is no trouble.
fn held(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    let reason = loaded.state.data_hold(run)?;
    let stream = &loaded.state.stream;
    let repair = Repair::new(&stream.report, stream.week, run.requested.goal);
    let action = repair.or_send(run.requested.revision, &loaded.lacking(run), &loaded.names(run));
    Some(FindingLine {
        class: Class::Held,
        subject: "deliver".to_owned(),
        name: None,
        message: format!("the report is held: {reason}"),
        action: Some(action),
        retry_at: None,
    })
}

/// Recipients whom the report did not certainly reach, nor a later revision of it.
fn missed(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    if loaded.state.sent_after(run).is_some() {
        return None;
    }
    Some(FindingLine {
        class: Class::Unreached,
        subject: "deliver".to_owned(),
        name: None,
        message: unreached(run)?,
        action: Some(send_to_missed(&loaded.state.stream, run)),
        retry_at: None,
    })
}

/// The findings that say that figures are missing or not whole.
pub fn missing<'l>(loaded: &'l Loaded, run: &RunState) -> impl Iterator<Item = Finding> + 'l {
    let lacks = |finding: &&Finding| is_lack(finding) || is_short(finding);
    findings(loaded, run).iter().filter(lacks).cloned()
}

/// Too little is missing to tell the owner, but who asks for the week may want it whole.
fn is_short(finding: &Finding) -> bool {
    finding.class == FindingClass::IncompletePages
        || (finding.class == FindingClass::UnusableRow && finding.subject == Finding::CRM)
}

/// Those that the run's metrics hold; the pull's own while there are no metrics.
pub fn findings<'l>(loaded: &'l Loaded, run: &RunState) -> &'l [Finding] {
    let payload = |event_type| {
        let id = loaded.state.effective(run, event_type)?;
        loaded.event(id).ok().map(|event| &event.payload)
    };
    if let Some(Payload::MetricsComputed(metrics)) = payload(EventType::MetricsComputed) {
        return &metrics.findings;
    }
    match payload(EventType::RawFetched) {
        Some(Payload::RawFetched(raw)) => &raw.findings,
        _ => &[],
    }
}
