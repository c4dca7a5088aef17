//! Which figures may raise an alert: a choice of the company, pinned with each run.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::figure::{Level, Metric};

/// Few figures may raise an alert, so that false ones stay rare: the more there are, the larger a
/// change has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    pub levels: BTreeSet<Level>,
    /// Of `METRICS` alone.
    pub metrics: BTreeSet<Metric>,
}

impl AlertRule {
    /// Those that the rules are measured for.
    pub const METRICS: [Metric; 2] = [Metric::MetaLeads, Metric::SpendPerLead];
    /// An ad set has too few leads.
    pub const LEVELS: [Level; 3] = [Level::Report, Level::Account, Level::Campaign];

    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Series of a report with so many accounts of one currency, campaigns apart.
    pub fn series_at_least(&self, accounts: usize) -> usize {
        let at = |level, count| if self.levels.contains(&level) { count } else { 0 };
        (at(Level::Report, 1) + at(Level::Account, accounts)) * self.series(1)
    }

    pub(crate) fn includes(&self, metric: Metric, level: Level) -> bool {
        self.metrics.contains(&metric) && self.levels.contains(&level)
    }

    /// How many series the figures of an entity are, whose spend has so many currencies.
    pub(crate) fn series(&self, currencies: usize) -> usize {
        let of = |metric: &Metric| if metric.is_money() { currencies } else { 1 };
        self.metrics.iter().map(of).sum()
    }
}

impl Default for AlertRule {
    fn default() -> Self {
        Self {
            levels: BTreeSet::from([Level::Report, Level::Account]),
            metrics: BTreeSet::from(Self::METRICS),
        }
    }
}
