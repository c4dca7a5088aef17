//! The command that pulls a week again, as findings and notices name it: it works when copied.

use std::fmt;

use weekledger_events::payload::Goal;
use weekledger_events::{ReportId, Week};

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
        format!("{action}{OPENING}`weekledger {self}`.")
    }
}

/// The command without the program's name. The cause may have been mended in the configuration, so
/// the present one counts; a week that was pulled for its figures alone is not mailed.
impl fmt::Display for Repair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, week, goal } = self;
        let deliver = if *goal == Goal::Figures { "" } else { " --deliver" };
        let how = "--from RunRequested --reason TEXT";
        write!(f, "re-emit {week} --report {report} {how}{deliver} --config-as now")
    }
}

const OPENING: &str = " Then run ";

/// A finding's action without its last sentence, the command that pulls the week again: what
/// repairs several findings at once is said once.
pub fn without_pull_again(action: &str, week: Week) -> String {
    let command = format!("{OPENING}`weekledger re-emit {week} ");
    action.split_once(&command).map_or(action, |(before, _)| before).to_owned()
}
