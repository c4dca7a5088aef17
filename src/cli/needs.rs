//! What of a run needs a person, from the ledger alone: failures, holds, and data that is missing.

use weekledger::chain::Loaded;
use weekledger::metrics::CRM;
use weekledger_events::payload::FailureClass;
use weekledger_events::{EventType, Finding, FindingClass, Payload, Severity};
use weekledger_projections::week_state::{Outcome, RunState};

use crate::output::run::{Class, FindingLine};

/// What keeps a run from its end, then what else its figures lack.
pub fn needs(loaded: &Loaded, run: &RunState) -> Vec<FindingLine> {
    let obstacle = obstacle(loaded, run);
    let holds = obstacle.as_ref().filter(|one| matches!(one.class, Class::Held));
    let reason = holds.and_then(|_| loaded.state.data_hold(run)).map(ToOwned::to_owned);
    let others = missing(loaded, run).filter(|one| Some(&one.message) != reason.as_ref());
    obstacle.into_iter().chain(others.map(Into::into)).collect()
}

/// Why a run does not go on: its standing failure, or the data that holds it.
pub fn obstacle(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    let state = &loaded.state;
    match state.outcome(run) {
        Outcome::Failed | Outcome::Waiting => failure(loaded, run),
        Outcome::Held => held(loaded, run),
        Outcome::Partial => unreached(loaded, run),
        _ => None,
    }
}

fn failure(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    let failed = &loaded.state.standing_failure(run)?.failed;
    let waits = failed.class == FailureClass::Waiting;
    let by_itself = || {
        let at = failed.retry_at.map(|at| format!(" after {at}")).unwrap_or_default();
        format!("nothing: weekledger watch goes on by itself{at}; weekledger run tries at once")
    };
    Some(FindingLine {
        class: Class::Failure(failed.class),
        subject: failed.stage.to_string(),
        message: failed.sentence.clone(),
        action: failed.action.clone().or_else(|| waits.then(by_itself)),
        retry_at: failed.retry_at,
    })
}

/// A hold that somebody asked for is no trouble.
fn held(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    let reason = loaded.state.data_hold(run)?;
    let (week, revision) = (loaded.state.stream.week, run.requested.revision);
    let found = findings(loaded, run).iter().find(|finding| finding.message == reason);
    let repair = found.and_then(|finding| finding.action.as_deref());
    let repair = repair.unwrap_or("Repair the source and pull the week again.");
    Some(FindingLine {
        class: Class::Held,
        subject: "deliver".to_owned(),
        message: format!("the report is held: {reason}"),
        action: Some(format!(
            "{repair} Or look at it with weekledger show {week} --revision {revision}, and let it go \
             as it is with weekledger send {week} --revision {revision}."
        )),
        retry_at: None,
    })
}

/// Recipients whom the report did not certainly reach.
fn unreached(loaded: &Loaded, run: &RunState) -> Option<FindingLine> {
    let told: Vec<String> = run
        .unreached()
        .filter_map(|(recipient, result)| Some(format!("{recipient}: {}", result.sentence()?)))
        .collect();
    let (report, week) = (&loaded.state.stream.report, loaded.state.stream.week);
    Some(FindingLine {
        class: Class::Unreached,
        subject: "deliver".to_owned(),
        message: format!("the report did not certainly reach {}", told.join("; ")),
        action: Some(format!(
            "correct the address, or ask whether it arrived; to send it again: weekledger re-emit \
             {week} --report {report} --from AnalysisGenerated --deliver --reason TEXT"
        )),
        retry_at: None,
    })
}

/// The findings that say that figures are missing or not whole.
pub fn missing<'l>(loaded: &'l Loaded, run: &RunState) -> impl Iterator<Item = Finding> + 'l {
    findings(loaded, run).iter().filter(|finding| is_lack(finding)).cloned()
}

/// Whatever holds a report makes its figures doubtful, also those of a week that is never mailed.
fn is_lack(finding: &Finding) -> bool {
    let lacks = matches!(
        finding.class,
        FindingClass::AccountMissing | FindingClass::CrmMissing | FindingClass::IncompletePages
    );
    let contact_left_out = finding.class == FindingClass::UnusableRow && finding.subject == CRM;
    lacks || contact_left_out || finding.severity == Severity::Hold
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
