//! The backtest: how often the rules would have spoken over what the ledger knows.

use serde::{Deserialize, Serialize};
use weekledger_events::Week;

use crate::figure::{FigureKey, Metric, Window};
use crate::figures::{Model, Subject, scopes};
use crate::judge;
use crate::series::Series;

/// Weeks of a series-year.
const YEAR: u32 = 52;

/// What the rules would have said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backtest {
    /// Every series that may alert, in the order of the figures.
    pub series: Vec<Replayed>,
}

/// One series over its weeks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The id of the figure that is judged.
    pub figure: String,
    pub entity_name: String,
    /// Weeks with a verdict.
    pub judged_weeks: u32,
    pub openings: Vec<Spoken>,
}

/// A signal that would have opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    pub week: Week,
    /// False for a welcome change, which is named and no alert.
    pub alert: bool,
    /// By one week alone.
    pub unconfirmed: bool,
}

impl Backtest {
    pub fn alerts(&self) -> usize {
        self.series.iter().flat_map(|one| &one.openings).filter(|spoken| spoken.alert).count()
    }

    pub fn judged_weeks(&self) -> u32 {
        self.series.iter().map(|one| one.judged_weeks).fold(0, u32::saturating_add)
    }

    /// One sentence, for a person and for the foot of a mail. Holds figures.
    pub fn sentence(&self) -> String {
        let weeks = self.judged_weeks();
        if weeks == 0 {
            return "No week of the ledger could be judged yet.".to_owned();
        }
        let (alerts, series) = (self.alerts(), self.series.len());
        let signals = if alerts == 1 { "alert" } else { "alerts" };
        // Tenths of series-years, without a floating point number.
        let tenths = (weeks * 10 + YEAR / 2) / YEAR;
        format!(
            "Over the ledger these rules would have raised {alerts} {signals} in {weeks} judged weeks of \
             {series} series, {}.{} series-years.",
            tenths / 10,
            tenths % 10
        )
    }
}

/// Runs the rules over all weeks of a series, as they are known now.
pub fn backtest(series: &Series, subject: &Subject) -> Backtest {
    let model = Model::new(series, subject);
    let watched = model.alerting_series();
    let mut replayed = Vec::new();
    for entity in &model.entities {
        for metric in [Metric::MetaLeads, Metric::SpendPerLead] {
            if !judge::may_alert(metric, entity.level) {
                continue;
            }
            for scope in scopes(&model, entity, metric.is_money()) {
                let Some(points) = scope.points(metric) else { continue };
                let said = judge::replay(&points, watched);
                let key = FigureKey {
                    level: entity.level,
                    entity_id: entity.id.clone(),
                    metric,
                    window: Window::Week,
                    currency: scope.currency.cloned(),
                };
                let spoken = said.iter().filter_map(|(week, opening)| {
                    let opening = opening.as_ref()?;
                    let (alert, unconfirmed) = (!opening.favourable, opening.unconfirmed);
                    Some(Spoken { week: *week, alert, unconfirmed })
                });
                replayed.push(Replayed {
                    figure: key.to_string(),
                    entity_name: entity.name.clone(),
                    judged_weeks: u32::try_from(said.len()).unwrap_or(u32::MAX),
                    openings: spoken.collect(),
                });
            }
        }
    }
    Backtest { series: replayed }
}
