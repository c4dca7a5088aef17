//! Figures: every metric of every entity in every window, computed from a series alone.

mod absence;
mod attributes;
mod evaluate;
pub mod formula;
mod growth;
mod mix;
mod model;
mod recipe;
mod shortfall;
mod span;
mod verdicts;
mod watched;
mod weeks;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::{Currency, ReportId, Week};

use crate::alerts::AlertRule;
use crate::backtest;
use crate::display;
use crate::figure::{Figure, FigureKey, Metric, Unit, UsualChange, Window};
use crate::judge::Verdict;
use crate::series::Series;
use crate::supporting::{FigureSet, SupportingFigure, SupportingKey, SupportingName};

pub(crate) use self::absence::Absence;
pub(crate) use self::evaluate::{Evaluated, has_supporting};
pub(crate) use self::growth::{GrownAccount, Growth};
pub(crate) use self::mix::Bought;
pub(crate) use self::model::{Entity, Model};
pub(crate) use self::recipe::{Selection, base_windows, ingredients};
pub(crate) use self::span::{Scope, Span};
pub(crate) use self::weeks::BAR_METRICS;

/// What the figures are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub report: ReportId,
    /// Name of the report as an entity.
    pub title: String,
    pub week: Week,
    /// False if the report has no CRM: then its figures are off, not missing.
    pub crm: bool,
    /// Weeks that are part of no baseline, because somebody said what happened in them.
    #[serde(default)]
    pub excluded: Vec<Week>,
    /// Which figures may raise an alert.
    #[serde(default)]
    pub alerts: AlertRule,
}

/// All figures of a week. The same series gives the same figures, in the same order: by level,
/// within it by currency, spend of the week and id, then by metric, window and currency.
/// Weeks after the subject's are not looked at.
pub fn compute(series: &Series, subject: &Subject) -> FigureSet {
    let model = Model::new(series, subject);
    let (weeks, backtest) = (weeks::figures(&model), backtest::of_model(&model, series).record());
    let campaigns = attributes::of_campaigns(&model);
    let mut set = FigureSet { weeks, backtest: Some(backtest), campaigns, ..FigureSet::new() };
    for entity in &model.entities {
        for metric in Metric::ALL {
            let scopes = scopes(&model, entity, metric.is_money());
            let verdicts: Vec<_> = scopes.iter().map(|scope| scope.verdict(*metric)).collect();
            for window in Window::ALL {
                for (scope, verdict) in scopes.iter().zip(&verdicts) {
                    set.figures.push(figure(scope, *metric, *window, verdict.as_ref()));
                }
            }
        }
        for name in SupportingName::ALL.iter().filter(|name| has_supporting(**name, entity.level)) {
            let scopes = scopes(&model, entity, name.has_currency());
            for window in base_windows().filter(|window| name.exists_in(*window)) {
                let scopes = scopes.iter().filter(|scope| exists(scope, *name, window));
                set.supporting.extend(scopes.map(|scope| supporting(scope, *name, window)));
            }
        }
    }
    set
}

/// What the accounts that could be read have exists for a week for which others could not.
pub(crate) fn exists(scope: &Scope<'_, '_>, name: SupportingName, window: Window) -> bool {
    let is_partly_read = || scope.without(scope.model.subject.week).is_some();
    !name.is_of_read_accounts() || window == Window::Week && is_partly_read()
}

/// The entity once, or once per currency.
pub(crate) fn scopes<'m, 'a>(
    model: &'m Model<'a>,
    entity: &'m Entity<'a>,
    per_currency: bool,
) -> Vec<Scope<'m, 'a>> {
    let scope = |currency| Scope { model, entity, currency };
    if per_currency {
        entity.currencies.iter().map(|currency| scope(Some(*currency))).collect()
    } else {
        vec![scope(None)]
    }
}

/// The unit of a metric in a window.
pub(crate) fn unit(metric: Metric, window: Window) -> Unit {
    match (window.compares().is_some(), metric.is_rate()) {
        (true, true) => Unit::Points,
        (true, false) => Unit::Change,
        (false, true) => Unit::Ratio,
        (false, false) if metric.is_money() => Unit::Money,
        (false, false) => Unit::Count,
    }
}

/// The text of a value, or of its absence.
pub(crate) fn shown(
    unit: Unit,
    outcome: &Result<Decimal, Absence>,
    currency: Option<&Currency>,
) -> String {
    match outcome {
        Ok(value) => display::value(unit, *value, currency),
        Err(absence) => absence.words(),
    }
}

/// Notes as one text.
pub(crate) fn joined(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn figure(
    scope: &Scope<'_, '_>,
    metric: Metric,
    window: Window,
    verdict: Option<&Verdict>,
) -> Figure {
    let Scope { model, entity, currency } = *scope;
    let evaluated = scope.metric(metric, window);
    let unit = unit(metric, window);
    let key = FigureKey {
        level: entity.level,
        entity_id: entity.id.clone(),
        metric,
        window,
        currency: currency.cloned(),
    };
    let judged = verdict.filter(|_| window == Window::Week);
    let usual = verdict.filter(|_| window == Window::WeekChange && evaluated.outcome.is_ok());
    Figure {
        id: key.to_string(),
        report: model.subject.report.clone(),
        week: model.subject.week,
        level: entity.level,
        entity_id: key.entity_id,
        entity_name: entity.name.clone(),
        metric,
        window,
        unit,
        display: shown(unit, &evaluated.outcome, currency),
        note: joined(&evaluated.notes),
        value: evaluated.outcome.ok(),
        currency: key.currency,
        direction: judged.and_then(|verdict| verdict.direction),
        status: judged.and_then(|verdict| verdict.status),
        untestable: judged.and_then(|verdict| verdict.untestable),
        usual: usual
            .and_then(|verdict| verdict.usual_change)
            .map(|range| usual_change(unit, range)),
        signal: judged.and_then(|verdict| verdict.signal),
        detectable: judged.and_then(|verdict| verdict.detectable),
        verdict_note: judged.and_then(|verdict| verdict_note(metric, verdict)),
    }
}

/// What stands beside a verdict: the signal, or what would have to happen for one.
fn verdict_note(metric: Metric, verdict: &Verdict) -> Option<String> {
    if let Some(signal) = &verdict.signal {
        return Some(signal.words());
    }
    let found = verdict.detectable?;
    let mix = match verdict.moved_by_mix {
        true => "moved by the mix of campaigns, not by their own costs; ",
        false => "",
    };
    let (word, percent) = match metric {
        Metric::SpendPerLead => ("rise", found.rise_percent),
        _ => ("fall", found.fall_percent),
    };
    Some(match percent {
        Some(percent) => format!("{mix}a lasting {word} of {percent} % or more would show"),
        None => format!("{mix}no {word} would show"),
    })
}

fn usual_change(unit: Unit, (low, high): (Decimal, Decimal)) -> UsualChange {
    let shown = |value| display::value(unit, value, None);
    UsualChange { low, high, display: format!("usual {} to {}", shown(low), shown(high)) }
}

fn supporting(scope: &Scope<'_, '_>, name: SupportingName, window: Window) -> SupportingFigure {
    let Scope { model, entity, currency } = *scope;
    let evaluated = scope.supporting(name, window);
    let key = SupportingKey {
        level: entity.level,
        entity_id: entity.id.clone(),
        name,
        window,
        currency: currency.cloned(),
    };
    SupportingFigure {
        id: key.to_string(),
        report: model.subject.report.clone(),
        week: model.subject.week,
        level: entity.level,
        entity_id: key.entity_id,
        entity_name: entity.name.clone(),
        name,
        window,
        unit: name.unit(),
        display: shown(name.unit(), &evaluated.outcome, currency),
        note: joined(&evaluated.notes),
        value: evaluated.outcome.ok(),
        currency: key.currency,
    }
}
