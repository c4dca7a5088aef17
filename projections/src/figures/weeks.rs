//! The report's additive figures week by week, for the bars: from all that the ledger knows, not
//! from one pull.

use weekledger_events::Week;

use super::evaluate::Evaluated;
use super::formula::formula;
use super::model::Model;
use super::shortfall::Short;
use super::span::{Scope, Span};
use super::{joined, scopes, shown, unit};
use crate::figure::{FigureKey, Metric, Window};
use crate::supporting::{WeekFigure, WeekFigureKey};

/// What bars show, in their order.
pub(crate) const BAR_METRICS: [Metric; 3] = [Metric::MetaLeads, Metric::CrmLeads, Metric::Spend];

/// Every metric of the bars in the four weeks that end with the subject's, oldest first.
pub(super) fn figures(model: &Model<'_>) -> Vec<WeekFigure> {
    let Some(report) = model.report() else { return Vec::new() };
    let mut found = Vec::new();
    for metric in BAR_METRICS {
        for scope in scopes(model, report, metric.is_money()) {
            let weeks = model.subject.week.four_ending();
            found.extend(weeks.map(|week| figure(&scope, metric, week)));
        }
    }
    found
}

fn figure(scope: &Scope<'_, '_>, metric: Metric, week: Week) -> WeekFigure {
    let evaluated = scope.of_week(metric, week);
    let unit = unit(metric, Window::Week);
    let figure = FigureKey {
        level: scope.entity.level,
        entity_id: scope.entity.id.clone(),
        metric,
        window: Window::Week,
        currency: scope.currency.cloned(),
    };
    WeekFigure {
        display: shown(unit, &evaluated.outcome, scope.currency),
        note: joined(&evaluated.notes),
        value: evaluated.outcome.ok(),
        week,
        metric,
        unit,
        currency: figure.currency.clone(),
        id: WeekFigureKey { figure, week }.to_string(),
    }
}

impl<'m, 'a> Scope<'m, 'a> {
    /// A metric in one week, which has a value only if all of the week is known.
    pub(crate) fn of_week(&self, metric: Metric, week: Week) -> Evaluated<'m, 'a> {
        match self.known(self.needs(metric), week) {
            Ok(()) => {
                let mut evaluated = self.metric_over(metric, &Span::one(Window::Week, week));
                evaluated.notes.extend(Short::notes(&self.lacking(metric, &[week])));
                evaluated
            }
            Err(absence) => Evaluated::absent(formula(metric), absence),
        }
    }
}
