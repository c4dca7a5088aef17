//! `status`: where every week stands.

use jiff::Timestamp;
use serde::Serialize;
use weekledger_events::{EventType, ReportId, Revision, Week};
use weekledger_projections::week_state::Outcome;

use super::{Align, Answer, Table};

/// The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct StatusAnswer(pub Vec<StatusLine>);

/// One revision of a week.
#[derive(Debug, Serialize)]
pub struct StatusLine {
    pub report: ReportId,
    pub week: Week,
    pub revision: Revision,
    pub outcome: Outcome,
    pub last_event: EventType,
    /// When that event was recorded.
    pub at: Timestamp,
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
                line.outcome.as_str().to_owned(),
                line.last_event.to_string(),
                line.at.to_string(),
            ]);
        }
        table.to_string()
    }
}
