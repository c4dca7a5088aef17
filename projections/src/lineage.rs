//! Lineage: from a figure to its formula, its terms, and the values that each term adds up.

mod growth;
mod observed;
mod resolve;
mod usual;

use rust_decimal::Decimal;
use serde::Serialize;
use weekledger_events::{AccountId, AdSetId, CampaignId, Currency, Week};

use crate::figure::{FigureKey, InvalidFigureId, Level, Metric, Unit, Window};
use crate::figures::formula::{Formula, formula};
use crate::figures::{self, Bought, Evaluated, Model, Scope, Selection, Subject, has_supporting};
use crate::measure::Measure;
use crate::series::{Observed, Series};
use crate::supporting::{SupportingKey, SupportingName, WeekFigureKey};

pub use self::observed::{Seen, figure_of_week};
pub use self::resolve::{Input, ResolveError, resolve};
pub use self::usual::Bound;

/// How a figure came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Of a named metric or of a supporting figure.
    pub id: String,
    /// `None` where there is no such figure; `display` then says why.
    pub value: Option<Decimal>,
    pub display: String,
    pub note: Option<String>,
    /// In words and symbols.
    pub formula: String,
    /// The same for a machine.
    pub operation: Formula,
    pub terms: Vec<Term>,
    /// Of a cost: what its verdict rests on, if not on all spend over all leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_on: Option<JudgedOn>,
}

/// The fixed set of campaigns that a cost is judged on, and what the rules are shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedOn {
    /// What each campaign spent and brought in `usual_weeks`: its own usual cost.
    pub campaigns: Vec<JudgedCampaign>,
    pub usual_weeks: Vec<Week>,
    /// Oldest first, the week itself last.
    pub weeks: Vec<JudgedWeek>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedCampaign {
    pub campaign: CampaignId,
    pub spend: Decimal,
    pub leads: Decimal,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedWeek {
    pub week: Week,
    /// Of these campaigns.
    pub leads: Decimal,
    /// The leads that their spend of the week would have brought at their usual costs.
    pub expected: Decimal,
}

/// A sum that the formula uses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    /// What it is the sum of, for example "spend, week".
    pub name: String,
    /// Never a change.
    pub window: Window,
    pub value: Decimal,
    pub parts: Vec<Part>,
}

/// What one ad set, campaign or bucket added within one week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    pub week: Week,
    /// `None` for contacts without a known campaign, as `campaign`.
    pub account: Option<AccountId>,
    /// `None` beside an account: the account as a whole.
    pub campaign: Option<CampaignId>,
    /// `None` for contacts whose ad set is not known, too.
    pub ad_set: Option<AdSetId>,
    pub measure: Measure,
    pub value: Decimal,
    pub observed: Observed,
}

/// Why a figure cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("the id names no figure")]
    Id(#[source] InvalidFigureId),
    /// List the ids with `figures`.
    #[error("week {week} has no figure {id}")]
    NoSuchFigure { id: String, week: Week },
    /// Too few weeks to say what is usual.
    #[error("figure {id} of week {week} has no usual range")]
    NoUsualRange { id: String, week: Week },
}

/// Explains the figures of one series.
pub struct Explainer<'a> {
    model: Model<'a>,
}

/// Explains one figure, named by its id. For many, keep an `Explainer`.
pub fn explain(id: &str, series: &Series, subject: &Subject) -> Result<Explanation, ExplainError> {
    Explainer::new(series, subject).explain(id)
}

impl<'a> Explainer<'a> {
    pub fn new(series: &'a Series, subject: &'a Subject) -> Self {
        Self { model: Model::new(series, subject) }
    }

    /// Explains a figure of a named metric, a supporting one, or that of one of the four weeks.
    pub fn explain(&self, id: &str) -> Result<Explanation, ExplainError> {
        if let Ok(key) = id.parse::<WeekFigureKey>() {
            return self.week(id, &key);
        }
        match id.parse::<FigureKey>() {
            Ok(key) => self.metric(id, &key),
            Err(error) => match id.parse::<SupportingKey>() {
                Ok(key) => self.supporting(id, &key),
                Err(_) => Err(ExplainError::Id(error)),
            },
        }
    }

    /// A bar of the mail.
    fn week(&self, id: &str, key: &WeekFigureKey) -> Result<Explanation, ExplainError> {
        let WeekFigureKey { figure, week } = key;
        let FigureKey { level, entity_id, metric, window, currency } = figure;
        let is_shown = *level == Level::Report
            && *window == Window::Week
            && figures::BAR_METRICS.contains(metric)
            && self.model.subject.week.four_ending().contains(week);
        let scope = self
            .scope(*level, entity_id, currency.as_ref(), metric.is_money())
            .filter(|_| is_shown)
            .ok_or_else(|| self.no_such(id))?;
        let formula = describe_metric(*metric, *window, *level);
        let unit = figures::unit(*metric, *window);
        Ok(explanation(id, &scope, unit, formula, scope.of_week(*metric, *week)))
    }

    fn metric(&self, id: &str, key: &FigureKey) -> Result<Explanation, ExplainError> {
        let FigureKey { level, entity_id, metric, window, currency } = key;
        let scope = self
            .scope(*level, entity_id, currency.as_ref(), metric.is_money())
            .ok_or_else(|| self.no_such(id))?;
        let unit = figures::unit(*metric, *window);
        let formula = describe_metric(*metric, *window, *level);
        let explanation = explanation(id, &scope, unit, formula, scope.metric(*metric, *window));
        let judged_on = if *window == Window::Week { judged_on(&scope, *metric) } else { None };
        Ok(Explanation { judged_on, ..explanation })
    }

    fn supporting(&self, id: &str, key: &SupportingKey) -> Result<Explanation, ExplainError> {
        let SupportingKey { level, entity_id, name, window, currency } = key;
        let exists = has_supporting(*name, *level) && name.exists_in(*window);
        let scope = self
            .scope(*level, entity_id, currency.as_ref(), name.has_currency())
            .filter(|scope| exists && figures::exists(scope, *name, *window))
            .ok_or_else(|| self.no_such(id))?;
        let formula = format!("{name} {window} = {}", name.formula());
        if *name == SupportingName::LaterGrowth {
            return Ok(growth::explained(id, &scope, formula));
        }
        Ok(explanation(id, &scope, name.unit(), formula, scope.supporting(*name, *window)))
    }

    /// The part of an entity that a figure is of, if such a figure was computed.
    fn scope(
        &self,
        level: Level,
        entity_id: &str,
        currency: Option<&Currency>,
        per_currency: bool,
    ) -> Option<Scope<'_, 'a>> {
        let entity = self.model.entity(level, entity_id)?;
        let scopes = figures::scopes(&self.model, entity, per_currency);
        scopes.into_iter().find(|scope| scope.currency == currency)
    }

    fn no_such(&self, id: &str) -> ExplainError {
        ExplainError::NoSuchFigure { id: id.to_owned(), week: self.model.subject.week }
    }
}

fn explanation(
    id: &str,
    scope: &Scope<'_, '_>,
    unit: Unit,
    formula: String,
    evaluated: Evaluated<'_, '_>,
) -> Explanation {
    let mut spans: Vec<String> = Vec::new();
    for selection in &evaluated.selections {
        let span = selection.span.describe();
        if !spans.contains(&span) {
            spans.push(span);
        }
    }
    let weeks = if spans.is_empty() { String::new() } else { format!("; {}", spans.join("; ")) };
    let sums = evaluated.selections.iter().zip(&evaluated.terms);
    Explanation {
        id: id.to_owned(),
        display: figures::shown(unit, &evaluated.outcome, scope.currency),
        note: figures::joined(&evaluated.notes),
        formula: format!("{formula}{weeks}"),
        terms: sums.map(|(selection, value)| term(selection, *value)).collect(),
        value: evaluated.outcome.ok(),
        operation: evaluated.formula,
        judged_on: None,
    }
}

fn judged_on(scope: &Scope<'_, '_>, metric: Metric) -> Option<JudgedOn> {
    let (mix, weeks) = scope.judged_mix(metric)?;
    let campaign = |(campaign, had): (&&CampaignId, &Bought)| JudgedCampaign {
        campaign: (*campaign).clone(),
        spend: had.spend,
        leads: had.leads,
    };
    let week = |week: &Week| JudgedWeek {
        week: *week,
        leads: scope.leads_of(&mix, *week),
        expected: scope.expected(&mix, *week),
    };
    Some(JudgedOn {
        campaigns: mix.usual.iter().map(campaign).collect(),
        weeks: weeks.iter().map(week).collect(),
        usual_weeks: mix.weeks,
    })
}

fn term(selection: &Selection<'_, '_>, value: Decimal) -> Term {
    let measure = selection.ingredient.measure;
    let parts = selection.parts().into_iter().map(|(cell, value)| Part {
        week: cell.week,
        account: cell.account.cloned(),
        campaign: cell.campaign.cloned(),
        ad_set: cell.ad_set.cloned(),
        measure,
        value,
        observed: cell.observed.clone(),
    });
    Term { name: selection.name(), window: selection.span.window, value, parts: parts.collect() }
}

/// A metric's formula in words and symbols.
fn describe_metric(metric: Metric, window: Window, level: Level) -> String {
    let names: Vec<&str> =
        figures::ingredients(metric, level).iter().map(|ingredient| ingredient.name).collect();
    let base = match formula(metric) {
        Formula::Quotient { per: 1 } => names.join(" / "),
        Formula::Quotient { per } => format!("{per} x {}", names.join(" / ")),
        _ => names.join(" + "),
    };
    match window.compares() {
        None => format!("{metric} {window} = {base}"),
        Some((now, before)) if metric.is_rate() => {
            format!(
                "{metric} {window} = {metric} {now} - {metric} {before}, where {metric} = {base}"
            )
        }
        Some((now, before)) => format!(
            "{metric} {window} = ({metric} {now} - {metric} {before}) / {metric} {before}, \
             where {metric} = {base}"
        ),
    }
}
