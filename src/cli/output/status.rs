//! `status`: where every week stands.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use weekledger_events::{EventType, ReportId, Revision, Week};

use super::{Align, Answer, Table};

/// The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct StatusAnswer(pub Vec<StatusLine>);

/// The newest revision of one week.
#[derive(Debug, Serialize)]
pub struct StatusLine {
    pub report: ReportId,
    pub week: Week,
    pub revision: Revision,
    pub outcome: Standing,
    pub last_event: EventType,
    /// When that event was recorded.
    pub at: Timestamp,
}

/// Where a week stands. The first four are outcomes of `run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Sent,
    Partial,
    Held,
    Failed,
    /// Backfilled: figures, and no report.
    Figures,
    /// A stage is or will be at work.
    Running,
    /// Nothing happens before some instant.
    Waiting,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Figures => "figures",
            Self::Running => "running",
            Self::Waiting => "waiting",
        })
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
                line.revision.to_string(),
                line.outcome.to_string(),
                line.last_event.to_string(),
                line.at.to_string(),
            ]);
        }
        table.to_string()
    }
}
