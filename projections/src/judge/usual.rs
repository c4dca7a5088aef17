//! The usual change of a figure: how far it moves from one ordinary week to the next.

use rust_decimal::Decimal;
use weekledger_events::Week;

use super::{Lived, WeekPoint, is_judged};
use crate::figure::Metric;
use crate::figures::formula::Formula;

/// Changes that a usual range takes, the newest, and the fewest that make one. Of so many the range
/// leaves out one further change in ten.
const CHANGES_MAX: usize = 39;
const CHANGES_MIN: usize = 12;
/// Of n changes alike, one more lies below the k-th smallest with the chance k / (n + 1), whatever
/// their distribution. One in twenty on each side is wanted, and at least the extremes are taken:
/// of 12 changes they leave out 15 % of further ones, of 19 a tenth, of 26 7 %.
const ONE_BELOW_IN: usize = 20;

/// What ordinary weeks do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usual {
    /// Each end is one change, with its later week.
    pub low: (Decimal, Week),
    pub high: (Decimal, Week),
    /// Of so many changes, the ends being the lowest and highest (1), or the second ones (2).
    pub changes: usize,
    pub rank: usize,
}

impl Usual {
    /// From the weeks before the newest of `points`. Weeks that a note excludes are not ordinary,
    /// nor are those of a signal or of an earlier level.
    pub fn of(metric: Metric, points: &[WeekPoint], lived: &Lived<'_>) -> Option<Self> {
        let (_, before) = points.split_last()?;
        let steps = before.windows(2).rev().filter_map(|pair| match pair {
            [a, b] if is_ordinary_step(metric, a, b, lived) => {
                Some((change(metric, a.value?, b.value?)?, b.week))
            }
            _ => None,
        });
        let mut changes: Vec<(Decimal, Week)> = steps.take(CHANGES_MAX).collect();
        changes.sort_unstable();
        let rank = rank(changes.len());
        let low = *changes.get(rank - 1)?;
        let high = *changes.get(changes.len().checked_sub(rank)?)?;
        let is_enough = changes.len() >= CHANGES_MIN;
        is_enough.then_some(Self { low, high, changes: changes.len(), rank })
    }
}

/// At least one.
fn rank(changes: usize) -> usize {
    ((changes + 1) / ONE_BELOW_IN).max(1)
}

/// Budgets move spend as they like, and no rule finds a signal in it.
fn is_ordinary_step(metric: Metric, a: &WeekPoint, b: &WeekPoint, lived: &Lived<'_>) -> bool {
    let follows = a.delivered && b.delivered && a.week.next() == b.week;
    let is_ordinary =
        |point: &WeekPoint| point.ordinary && (!is_judged(metric) || lived.is_ordinary(point.week));
    follows && is_ordinary(a) && is_ordinary(b)
}

fn change(metric: Metric, before: Decimal, now: Decimal) -> Option<Decimal> {
    let formula = Formula::Sum.changed(metric);
    formula.apply(&[now, before]).ok()
}
