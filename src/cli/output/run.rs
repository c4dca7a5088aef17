//! `run`: what became of a report.

use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use weekledger_events::payload::FailureClass;
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
    /// `None` if the week's own record is damaged.
    pub revision: Option<Revision>,
    pub outcome: Outcome,
    /// What this command has added to the ledger, or found there of the same run.
    pub events: Vec<EventLine>,
    /// Set if nothing was mailed now, because the week was reported before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_before: Option<SentBefore>,
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
    /// The week's own record is damaged, so that nothing else can be said of it.
    #[serde(skip)]
    pub damaged: bool,
}

/// A report that went out before the command was given.
#[derive(Debug, Serialize)]
pub struct SentBefore {
    pub at: Timestamp,
    pub message: String,
    /// How a new revision is made.
    pub action: String,
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
    /// A stage tries again by itself at a known time.
    Waiting,
    Failed,
    /// The figures were computed, and nothing more was asked for.
    Figures,
    /// Its stages work elsewhere, and have not finished.
    Opened,
}

#[derive(Debug, Serialize)]
pub struct EventLine {
    pub sequence: Sequence,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub id: EventId,
}

/// Something that a reader should know: a finding in the data, or what keeps the run from its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingLine {
    pub class: Class,
    /// An account, the CRM, or the stage that failed.
    pub subject: String,
    /// What the account is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub message: String,
    pub action: Option<String>,
    /// When a failed stage is tried again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Data(FindingClass),
    Failure(FailureClass),
    /// The data holds the report.
    Held,
    /// The report did not certainly reach somebody.
    Unreached,
    /// A stage has not finished, and recorded nothing.
    Unfinished,
    /// The week's own record cannot be read.
    Damaged,
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Data(class) => class.serialize(serializer),
            Self::Failure(class) => class.serialize(serializer),
            Self::Held => serializer.serialize_str("held"),
            Self::Unreached => serializer.serialize_str("unreached"),
            Self::Unfinished => serializer.serialize_str("unfinished"),
            Self::Damaged => serializer.serialize_str("damaged"),
        }
    }
}

impl From<Finding> for FindingLine {
    fn from(finding: Finding) -> Self {
        let Finding { class, subject, message, action, .. } = finding;
        Self { class: Class::Data(class), subject, name: None, message, action, retry_at: None }
    }
}

impl FindingLine {
    /// Whom it is about, and what.
    pub fn told(&self) -> String {
        let (subject, message) = (plain(&self.subject), plain(&self.message));
        let Some(name) = self.name.as_deref().map(plain) else {
            return format!("{subject}: {message}");
        };
        let rest = message
            .strip_prefix(&*name)
            .and_then(|rest| rest.strip_prefix(", ").or_else(|| rest.strip_prefix(' ')));
        format!("{name} ({subject}): {}", rest.unwrap_or(&message))
    }
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Figures => "figures",
            Self::Opened => "opened",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl RunAnswer {
    /// Of a week whose own record is damaged.
    pub fn unreadable(
        report: ReportId,
        week: Week,
        message: String,
        action: Option<String>,
    ) -> Self {
        Self {
            report,
            week,
            revision: None,
            outcome: Outcome::Failed,
            events: Vec::new(),
            sent_before: None,
            mails: Vec::new(),
            findings: Vec::new(),
            message: Some(message),
            action,
            held_on_purpose: false,
            try_again: false,
            damaged: true,
        }
    }

    /// The same, when the command itself came to an end before the run did.
    pub fn broken_off(mut self, message: String, action: Option<String>) -> Self {
        let (subject, retry_at) = (self.report.to_string(), None);
        let finding = FindingLine {
            class: Class::Unfinished,
            subject,
            name: None,
            message: message.clone(),
            action: action.clone(),
            retry_at,
        };
        self.findings.retain(|finding| finding.class != Class::Unfinished);
        self.findings.insert(0, finding);
        Self { outcome: Outcome::Failed, message: Some(message), action, try_again: false, ..self }
    }

    pub fn exit(&self) -> Exit {
        match self.outcome {
            _ if self.damaged => Exit::Corrupt,
            Outcome::Sent | Outcome::Figures | Outcome::Opened => Exit::Done,
            Outcome::Held if self.held_on_purpose => Exit::Done,
            Outcome::Held => Exit::NeedsPerson,
            Outcome::Waiting => Exit::TryAgain,
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
        if let Some(before) = &self.sent_before {
            let _ = writeln!(text, "  {}", plain(&before.message));
            let _ = writeln!(text, "  {}", plain(&before.action));
        }
        for mail in &self.mails {
            let _ = writeln!(text, "  mail: {}", mail.display());
        }
        // What is told above already is not told twice.
        let is_news = |finding: &&FindingLine| {
            finding.class != Class::Held && Some(&finding.message) != self.message.as_ref()
        };
        let mut said: Vec<&String> = self.action.iter().collect();
        for finding in self.findings.iter().filter(is_news) {
            let _ = writeln!(text, "  finding: {}", finding.told());
            let is_said = |action: &&String| said.iter().any(|said| said.contains(*action));
            if let Some(action) = finding.action.as_ref().filter(|action| !is_said(action)) {
                let _ = writeln!(text, "    what to do: {}", plain(action));
                said.push(action);
            }
        }
        text
    }
}
