//! Lineage of a usual range: the one earlier change that its lower or upper end is.

use weekledger_events::Week;

use super::{ExplainError, Explainer, Explanation, explanation};
use crate::figure::{FigureKey, Window};
use crate::figures::formula::formula;
use crate::figures::{self, Absence, Evaluated, Scope, Span};
use crate::judge;

/// An end of a usual range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Low,
    High,
}

impl Bound {
    fn word(self) -> &'static str {
        match self {
            Self::Low => "lowest",
            Self::High => "highest",
        }
    }
}

impl Explainer<'_> {
    /// Explains an end of the usual range that stands beside a `week_change`.
    pub fn usual(&self, id: &str, bound: Bound) -> Result<Explanation, ExplainError> {
        let key: FigureKey = id.parse().map_err(ExplainError::Id)?;
        let FigureKey { level, entity_id, metric, currency, .. } = &key;
        let scope = self
            .scope(*level, entity_id, currency.as_ref(), metric.is_money())
            .ok_or_else(|| self.no_such(id))?;
        let missing =
            || ExplainError::NoUsualRange { id: id.to_owned(), week: self.model.subject.week };
        let points = scope.points(*metric).ok_or_else(missing)?;
        let series = self.model.watch(*metric, scope.entity).series;
        let usual = judge::usual(*metric, &points, series).ok_or_else(missing)?;
        let (_, week) = match bound {
            Bound::Low => usual.low,
            Bound::High => usual.high,
        };
        let second = if usual.rank > 1 { "second " } else { "" };
        let name = format!("{second}{} of {} changes of {metric}", bound.word(), usual.changes);
        Ok(one_change(id, &scope, &key, week, &name))
    }
}

/// The change of a metric from the week before `week`.
fn one_change(
    id: &str,
    scope: &Scope<'_, '_>,
    key: &FigureKey,
    week: Week,
    name: &str,
) -> Explanation {
    let metric = key.metric;
    let over = |window, week| scope.metric_over(metric, &Span::one(window, week));
    let now = over(Window::Week, week);
    let before = over(Window::PreviousWeek, week.previous());
    let selections = [now.selections, before.selections].concat();
    let terms = [now.terms, before.terms].concat();
    let operation = formula(metric).changed(metric);
    let outcome = operation.apply(&terms).map_err(|why| Absence::of_metric(metric, why));
    let evaluated = Evaluated { formula: operation, selections, terms, outcome, notes: Vec::new() };
    let unit = figures::unit(metric, Window::WeekChange);
    let words = format!("{name} week by week: that of {week} against {}", week.previous());
    explanation(id, scope, unit, words, evaluated)
}
