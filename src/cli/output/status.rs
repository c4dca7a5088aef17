//! `status`: where every week stands.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use weekledger::ports::{MailEvent, MailFate};
use weekledger_events::{EventType, RecipientKey, ReportId, Revision, Week};
use weekledger_projections::week_state::Outcome;

use super::run::{Class, FindingLine};
use super::{Align, Answer, Table, plain};

/// The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct StatusAnswer(pub Vec<StatusLine>);

/// One revision of a week.
#[derive(Debug, Serialize)]
pub struct StatusLine {
    pub report: ReportId,
    pub week: Week,
    /// `None` of a damaged week; so are `last_event` and `at`.
    pub revision: Option<Revision>,
    pub outcome: LineOutcome,
    pub last_event: Option<EventType>,
    /// When that event was recorded.
    pub at: Option<Timestamp>,
    /// False if something is missing from the figures or makes them doubtful, or there are none.
    pub complete: bool,
    /// What the mail service told of its mails; absent where there is no such service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mails: Option<Vec<MailLine>>,
    /// What needs a person: failures, holds, missing data.
    pub needs: Vec<FindingLine>,
    /// The command that repairs the week, if it is not complete.
    pub repair: Option<String>,
}

/// Where a revision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    Of(Outcome),
    /// The week's own record cannot be read.
    Damaged,
}

impl LineOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Of(outcome) => outcome.as_str(),
            Self::Damaged => "damaged",
        }
    }
}

impl Serialize for LineOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One event of one mail.
#[derive(Debug, Serialize)]
pub struct MailLine {
    pub recipient: RecipientKey,
    pub event: MailFate,
    pub at: Timestamp,
    /// Such as `Permanent/General`; empty where the service says no more.
    pub detail: String,
}

impl From<&MailEvent> for MailLine {
    fn from(mail: &MailEvent) -> Self {
        let MailEvent { recipient, fate, at, detail, .. } = mail.clone();
        Self { recipient, event: fate, at, detail }
    }
}

impl StatusLine {
    /// "weekly 2026-W47 revision 1".
    fn name(&self) -> String {
        let revision = self.revision.map(|revision| format!(" revision {revision}"));
        format!("{} {}{}", self.report, self.week, revision.unwrap_or_default())
    }

    /// How many mails met with each event, and who did not get theirs.
    fn write_mails(&self, text: &mut String) {
        let mails = self.mails.as_deref().unwrap_or_default();
        let count = |fate| mails.iter().filter(|mail| mail.event == fate).count();
        let counts: Vec<String> = MailFate::ALL
            .into_iter()
            .filter(|fate| count(*fate) > 0)
            .map(|fate| format!("{} {}", count(fate), fate.word()))
            .collect();
        if counts.is_empty() {
            return;
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "\n{}: mails {}", self.name(), counts.join(", "));
        for mail in mails.iter().filter(|mail| mail.event.is_bad()) {
            let _ = write!(text, "  {} {}", mail.recipient, mail.event.word());
            let _ = match mail.detail.as_str() {
                "" => writeln!(text),
                detail => writeln!(text, ": {}", plain(detail)),
            };
        }
    }

    fn write_needs(&self, text: &mut String) {
        for (need, number) in self.needs.iter().zip(0..) {
            // Writing to a `String` cannot fail.
            let _ = match number {
                0 => writeln!(text, "\n{}:", self.name()),
                _ => Ok(()),
            };
            let _ = writeln!(text, "  {}", need.told());
            let held = self.needs.first().filter(|first| matches!(first.class, Class::Held));
            let both_ways = held.filter(|_| number > 0).and_then(|held| held.action.as_ref());
            let is_news = |action: &&String| both_ways.is_none_or(|said| !said.contains(*action));
            if let Some(action) = need.action.as_ref().filter(is_news) {
                let _ = writeln!(text, "    what to do: {}", plain(action));
            }
        }
        // Of a held report the command is told already, beside the one that sends it.
        let is_held = self.needs.iter().any(|need| matches!(need.class, Class::Held));
        if let Some(repair) = self.repair.as_ref().filter(|_| !is_held) {
            let _ = writeln!(text, "  then repair the week: {}", plain(repair));
        }
    }
}

impl Answer for StatusAnswer {
    fn for_people(&self) -> String {
        if self.0.is_empty() {
            return "no week has been opened yet\n".to_owned();
        }
        let mut table = Table::new([
            ("REPORT", Align::Left),
            ("WEEK", Align::Left),
            ("REVISION", Align::Right),
            ("OUTCOME", Align::Left),
            ("LAST EVENT", Align::Left),
            ("AT", Align::Left),
        ]);
        for line in &self.0 {
            table.row([
                line.report.to_string(),
                line.week.to_string(),
                line.revision.map(|revision| revision.to_string()).unwrap_or_default(),
                line.outcome.as_str().to_owned(),
                line.last_event.map(|last| last.to_string()).unwrap_or_default(),
                // Nobody reads fractions of a second; the JSON has them.
                line.at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default(),
            ]);
        }
        let mut text = table.to_string();
        for line in &self.0 {
            line.write_mails(&mut text);
            line.write_needs(&mut text);
        }
        text
    }
}
