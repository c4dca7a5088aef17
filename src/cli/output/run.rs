//! `run`: what became of a report.

use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;
use weekledger_events::{
    EventId, EventType, Finding, FindingClass, ReportId, Revision, Sequence, Week,
};

use super::{Answer, plain};
use crate::exit::Exit;

/// What `run` answers for one report. Several reports are several answers.
#[derive(Debug, Serialize)]
pub struct RunAnswer {
    pub report: ReportId,
    pub week: Week,
    /// `None` if no run could be opened.
    pub revision: Option<Revision>,
    pub outcome: Outcome,
    /// What this command has added to the ledger, or found there of the same run.
    pub events: Vec<EventLine>,
    /// The finished mails, to look at.
    pub mails: Vec<PathBuf>,
    pub findings: Vec<FindingLine>,
    /// Why it did not go out, and what to do; `None` if it did.
    pub message: Option<String>,
    pub action: Option<String>,
    /// The report was held because somebody asked for that, not by its data.
    pub held_on_purpose: bool,
    /// The failure passes by itself.
    pub try_again: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted for every recipient.
    Sent,
    /// Refused or unknown for at least one.
    Partial,
    Held,
    Failed,
}

#[derive(Debug, Serialize)]
pub struct EventLine {
    pub sequence: Sequence,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub id: EventId,
}

#[derive(Debug, Serialize)]
pub struct FindingLine {
    pub class: FindingClass,
    pub subject: String,
    pub message: String,
    pub action: Option<String>,
}

impl From<Finding> for FindingLine {
    fn from(finding: Finding) -> Self {
        let Finding { class, subject, message, action, severity: _, week: _ } = finding;
        Self { class, subject, message, action }
    }
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl RunAnswer {
    pub fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Sent => Exit::Done,
            Outcome::Held if self.held_on_purpose => Exit::Done,
            Outcome::Held => Exit::NeedsPerson,
            Outcome::Failed if self.try_again => Exit::TryAgain,
            Outcome::Partial | Outcome::Failed => Exit::Failed,
        }
    }
}

impl Answer for RunAnswer {
    fn for_people(&self) -> String {
        let mut text = format!("{} {}", self.report, self.week);
        // Writing to a `String` cannot fail.
        if let Some(revision) = self.revision {
            let _ = write!(text, " revision {revision}");
        }
        let _ = writeln!(text, ": {}", self.outcome);
        for (label, line) in [("", &self.message), ("what to do: ", &self.action)] {
            if let Some(line) = line {
                let _ = writeln!(text, "  {label}{}", plain(line));
            }
        }
        for mail in &self.mails {
            let _ = writeln!(text, "  mail: {}", mail.display());
        }
        for FindingLine { subject, message, action, .. } in &self.findings {
            let _ = writeln!(text, "  finding: {}: {}", plain(subject), plain(message));
            if let Some(action) = action {
                let _ = writeln!(text, "    what to do: {}", plain(action));
            }
        }
        text
    }
}
