//! The backtest: how often the rules would have spoken over what the ledger knows.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::Week;

use crate::alerts::AlertRule;
use crate::display;
use crate::figure::{FigureKey, Level, Metric, Window};
use crate::figures::{Model, Scope, Subject, scopes};
use crate::judge;
use crate::series::Series;

/// Weeks of a series-year.
const YEAR: u32 = 52;

/// What the rules would have said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backtest {
    /// Every series that may alert, in the order of the figures; one of the report that a single
    /// account makes is left to the account.
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

/// The rules over the ledger in three numbers, for the foot of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// Alerts that would have opened.
    pub alerts: u32,
    /// Weeks with a verdict, of all series together.
    pub judged_weeks: u32,
    /// Series that may alert.
    pub series: u32,
}

impl TrackRecord {
    /// Exact.
    pub fn series_years(&self) -> Decimal {
        Decimal::from(self.judged_weeks).checked_div(Decimal::from(YEAR)).unwrap_or_default()
    }
}

impl Backtest {
    pub fn alerts(&self) -> usize {
        self.series.iter().flat_map(|one| &one.openings).filter(|spoken| spoken.alert).count()
    }

    pub fn judged_weeks(&self) -> u32 {
        self.series.iter().map(|one| one.judged_weeks).fold(0, u32::saturating_add)
    }

    pub fn record(&self) -> TrackRecord {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        TrackRecord {
            alerts: number(self.alerts()),
            judged_weeks: self.judged_weeks(),
            series: number(self.series.len()),
        }
    }

    /// One sentence for a person. Holds figures.
    pub fn sentence(&self) -> String {
        let TrackRecord { alerts, judged_weeks, series } = self.record();
        if judged_weeks == 0 {
            return "No week of the ledger could be judged yet.".to_owned();
        }
        let alerts = display::counted(alerts.into(), "alert", "alerts");
        let weeks = display::count(judged_weeks.into());
        let years = display::tenths(self.record().series_years());
        format!(
            "Over the ledger these rules would have raised {alerts} in {weeks} judged weeks of {series} series, \
             {years} series-years."
        )
    }
}

/// Runs the rules over the weeks of a series, as they are known now.
pub fn backtest(series: &Series, subject: &Subject) -> Backtest {
    of_model(&Model::new(series, subject), series)
}

pub(crate) fn of_model(model: &Model<'_>, series: &Series) -> Backtest {
    let mut replayed = Vec::new();
    for entity in &model.entities {
        for metric in AlertRule::METRICS {
            if model.may_alert(metric, entity) {
                let scopes = scopes(model, entity, metric.is_money());
                let own = scopes.iter().filter(|scope| !is_of_one_account(scope, metric));
                replayed.extend(own.filter_map(|scope| replay(scope, metric, series)));
            }
        }
    }
    Backtest { series: replayed }
}

/// Whether a series of the report is that of its one account, or of the one with this currency, and
/// is counted there: one event is one alert.
fn is_of_one_account(scope: &Scope<'_, '_>, metric: Metric) -> bool {
    let Scope { model, entity, currency } = *scope;
    let accounts = model.entities.iter().filter(|other| {
        let spends = currency.is_none_or(|currency| other.currencies.contains(currency));
        other.level == Level::Account && spends
    });
    let accounts: Vec<_> = accounts.take(2).collect();
    let [account] = accounts[..] else { return false };
    entity.level == Level::Report && model.may_alert(metric, account)
}

fn replay(scope: &Scope<'_, '_>, metric: Metric, series: &Series) -> Option<Replayed> {
    let Scope { model, entity, currency } = *scope;
    let said = judge::replay(metric, &scope.points(metric)?, model.watch(metric, entity).series);
    let spoken = said.iter().filter_map(|(week, opening)| {
        let opening = opening.as_ref()?;
        let alert = !opening.favourable && !is_excused(scope, metric, *week, series);
        Some(Spoken { week: *week, alert, unconfirmed: opening.unconfirmed })
    });
    let key = FigureKey {
        level: entity.level,
        entity_id: entity.id.clone(),
        metric,
        window: Window::Week,
        currency: currency.cloned(),
    };
    Some(Replayed {
        figure: key.to_string(),
        entity_name: entity.name.clone(),
        judged_weeks: u32::try_from(said.len()).unwrap_or(u32::MAX),
        openings: spoken.collect(),
    })
}

/// Whether leads fell with their spend in that week: the mail says so and raises no alert.
fn is_excused(scope: &Scope<'_, '_>, metric: Metric, week: Week, series: &Series) -> bool {
    let subject = Subject { week, ..scope.model.subject.clone() };
    let then = Model::new(series, &subject);
    let entity = then.entity(scope.entity.level, &scope.entity.id);
    let verdict = entity
        .filter(|_| metric == Metric::MetaLeads)
        .and_then(|entity| Scope { model: &then, entity, currency: None }.verdict(metric));
    verdict.and_then(|verdict| verdict.signal).is_some_and(|signal| signal.follows_spend)
}
