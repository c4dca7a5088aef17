//! `rebuild`: what differed between ledger and projections.

use std::fmt::Write as _;

use serde::Serialize;
use weekledger_events::ReportId;

use super::{Answer, plain};

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct Rebuilt {
    /// The projection: its file, or its table.
    pub table: String,
    /// False for `--check`.
    pub written: bool,
    pub reports: Vec<ReportDiff>,
}

/// Rows by campaign and week.
#[derive(Debug, Serialize)]
pub struct ReportDiff {
    pub report: ReportId,
    /// The table lacked them.
    pub missing: Vec<String>,
    pub different: Vec<String>,
    /// No event gives them.
    pub extra: Vec<String>,
    /// The first row that cannot be read, and why; the others are then not compared.
    pub unreadable: Option<String>,
}

impl ReportDiff {
    pub fn is_same(&self) -> bool {
        let same = self.missing.is_empty() && self.different.is_empty() && self.extra.is_empty();
        same && self.unreadable.is_none()
    }
}

/// Rows that are named; the others are counted.
const NAMED_MAX: usize = 5;

impl Answer for Rebuilt {
    fn for_people(&self) -> String {
        let mut text = format!("{}\n", self.table);
        for report in &self.reports {
            // Writing to a `String` cannot fail.
            if report.is_same() {
                let _ = writeln!(text, "  {}: as the ledger says", report.report);
                continue;
            }
            let state = if self.written { "put right" } else { "DIFFERS" };
            let _ = writeln!(text, "  {}: {state}", report.report);
            if let Some(row) = &report.unreadable {
                let _ = writeln!(text, "    cannot be read: {}", plain(row));
            }
            for (what, rows) in [
                ("missing", &report.missing),
                ("different", &report.different),
                ("in no event", &report.extra),
            ] {
                named(&mut text, what, rows);
            }
        }
        text
    }
}

fn named(text: &mut String, what: &str, rows: &[String]) {
    for row in rows.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "    {what}: {}", plain(row));
    }
    if rows.len() > NAMED_MAX {
        let _ = writeln!(text, "    {what}: {} more", rows.len() - NAMED_MAX);
    }
}
