//! The commands that findings, failures and notices name: each works when it is copied.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use weekledger_events::payload::{Goal, Origin, RunRequested};
use weekledger_events::{Finding, ReportId, Revision, StreamId, Week};
use weekledger_projections::week_state::RunState;

/// Which week is to be pulled again, and whether it had been meant for the mail.
#[derive(Debug, Clone, Copy)]
pub struct Repair<'a> {
    report: &'a ReportId,
    week: Week,
    goal: Goal,
}

impl<'a> Repair<'a> {
    pub fn new(report: &'a ReportId, week: Week, goal: Goal) -> Self {
        Self { report, week, goal }
    }

    /// What to do, and then how to have the week pulled again.
    pub fn after(&self, action: &str) -> String {
        if action.is_empty() { self.alone() } else { followed_by(action, self) }
    }

    /// Pulling the week again is all there is to do.
    pub fn alone(&self) -> String {
        format!("Run `weekledger {self}`.")
    }

    /// What to do about each of some findings, then the one command that makes the week anew. Two
    /// accounts of one cause have one remedy; of several remedies, each says whom it is for.
    pub fn after_all(&self, findings: &[&Finding], names: &Names) -> String {
        let mut remedies: Vec<(String, BTreeSet<&str>)> = Vec::new();
        for finding in findings {
            let Some(action) = finding.action.as_deref() else { continue };
            let remedy = without_pull_again(action, self.week);
            let subject = names.get(&finding.subject).unwrap_or(&finding.subject).as_str();
            match remedies.iter_mut().find(|(known, _)| *known == remedy) {
                Some((_, subjects)) => _ = subjects.insert(subject),
                None if remedy.is_empty() => {}
                None => remedies.push((remedy, BTreeSet::from([subject]))),
            }
        }
        let said: Vec<String> = match &remedies[..] {
            [] => return self.alone(),
            [(remedy, _)] => vec![remedy.clone()],
            several => several
                .iter()
                .map(|(remedy, subjects)| format!("{}: {remedy}", listed(subjects)))
                .collect(),
        };
        self.after(&said.join(" "))
    }

    /// Both ways on from a held report: to repair it, or to let it go as it is.
    pub fn or_send(&self, revision: Revision, findings: &[&Finding], names: &Names) -> String {
        let Self { report, week, .. } = self;
        format!(
            "{} Or look at it with `weekledger show {week} --report {report} --revision \
             {revision}`, and let it go as it is with `weekledger send {week} --report {report} \
             --revision {revision}`.",
            self.after_all(findings, names)
        )
    }
}

/// The command without the program's name. The cause may have been mended in the configuration, so
/// the present one counts; what would not have been mailed by itself is not mailed by it.
impl fmt::Display for Repair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, week, goal } = self;
        let deliver = if *goal == Goal::Deliver { " --deliver" } else { "" };
        let how = "--from RunRequested --reason TEXT";
        write!(f, "re-emit {week} --report {report} {how}{deliver} --config-as now")
    }
}

/// How a run that has stopped goes on, once its cause is mended outside of its own settings.
#[derive(Debug, Clone, Copy)]
pub struct GoOn<'a> {
    stream: &'a StreamId,
    requested: &'a RunRequested,
}

impl<'a> GoOn<'a> {
    pub fn new(stream: &'a StreamId, requested: &'a RunRequested) -> Self {
        Self { stream, requested }
    }

    /// What to do, and then how the run goes on.
    pub fn after(&self, action: &str) -> String {
        followed_by(action, self)
    }
}

/// The command that opened the run, which resumes it; without the program's name.
impl fmt::Display for GoOn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StreamId { report, week } = self.stream;
        let RunRequested { origin, goal, reason, from_event, .. } = self.requested;
        match (origin, from_event) {
            (Origin::Backfill, _) => {
                write!(f, "backfill --report {report} --from {week} --to {week}")
            }
            (Origin::ReEmit, Some(from)) => {
                let reason = reason.replace('\'', "'\\''");
                let deliver = if *goal == Goal::Deliver { " --deliver" } else { "" };
                write!(
                    f,
                    "re-emit {week} --report {report} --from {from} --reason '{reason}'{deliver}"
                )
            }
            (Origin::Schedule | Origin::Hand | Origin::ReEmit, _) => {
                write!(f, "run --report {report} --week {week}")
            }
        }
    }
}

/// How a revision that has ended goes to those whom it did not reach, and to nobody else.
pub fn send_to_missed(stream: &StreamId, run: &RunState) -> String {
    let (mut missed, mut unknown) = (false, false);
    for (_, result) in run.unreached() {
        missed |= result.is_refused();
        unknown |= !result.is_refused();
    }
    let send = send_again(stream, run.requested.revision);
    let ask = "ask whether it arrived";
    match (missed, unknown) {
        (false, true) => format!(
            "{ask}; for those who did not get it, add --also-unknown to `{send}`, which goes to \
             nobody who got it for certain"
        ),
        (true, true) => format!(
            "correct the address, then run `{send}`, which goes to those alone who certainly did \
             not get it; of the others, {ask} (--also-unknown adds them)"
        ),
        _ => format!(
            "correct the address, or mend what else it says, then run `{send}`, which goes to those \
             alone who did not get it"
        ),
    }
}

/// The command that opens the delivery of a revision again.
pub fn send_again(StreamId { report, week }: &StreamId, revision: Revision) -> String {
    format!("weekledger send {week} --report {report} --revision {revision}")
}

/// How the mail of a week is sent once more to everybody, byte for byte.
pub fn send_to_all(StreamId { report, week }: &StreamId) -> String {
    format!(
        "`weekledger re-emit {week} --report {report} --from AnalysisGenerated --reason TEXT \
         --deliver` sends it to all of them once more"
    )
}

/// What subjects of findings are called, by their ids.
pub type Names = BTreeMap<String, String>;

const OPENING: &str = " Then run ";

/// A remedy that names its own command is whole.
fn followed_by(action: &str, command: &impl fmt::Display) -> String {
    if action.contains("`weekledger ") {
        return action.to_owned();
    }
    let end = if action.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{action}{end}{OPENING}`weekledger {command}`.")
}

/// A finding's action without the sentence that pulls the week again: what repairs several findings
/// at once is said once.
pub fn without_pull_again(action: &str, week: Week) -> String {
    let command = format!("{OPENING}`weekledger re-emit {week} ");
    let Some((before, rest)) = action.split_once(&command) else { return action.to_owned() };
    let behind = rest.split_once("`.").map_or("", |(_, behind)| behind);
    format!("{before}{behind}")
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}
