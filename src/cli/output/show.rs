//! `show --json`: where a mail's parts lie.

use serde::Serialize;
use weekledger_events::{Digest, EventId, ReportId, Revision, Week};
use weekledger_projections::week_state::Outcome;

use super::{Answer, plain};

/// A mail without its bytes.
#[derive(Debug, Serialize)]
pub struct Shown {
    pub report: ReportId,
    pub week: Week,
    pub revision: Revision,
    pub outcome: Outcome,
    /// The `AnalysisGenerated`.
    pub event: EventId,
    pub subject: String,
    pub html: Part,
    pub text: Part,
}

/// An archived part.
#[derive(Debug, Serialize)]
pub struct Part {
    /// A file, or an object as AWS tools take it.
    pub path: String,
    pub digest: Digest,
    /// In bytes.
    pub length: u64,
}

impl Answer for Shown {
    fn for_people(&self) -> String {
        let Self { week, revision, subject, html, text, .. } = self;
        format!(
            "{week} revision {revision}: {}\n  html: {}\n  text: {}\n",
            plain(subject),
            html.path,
            text.path
        )
    }
}
