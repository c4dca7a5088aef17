//! Lineage of usual later growth: both sums, by week and account, each from the pull that saw it.

use rust_decimal::Decimal;

use super::{Explanation, Part, Term, explanation};
use crate::figure::{Unit, Window};
use crate::figures::{GrownAccount, Growth, Scope};
use crate::measure::Measure;
use crate::series::Observed;

/// The growth beside the week of a scope.
pub(super) fn explained(id: &str, scope: &Scope<'_, '_>, formula: String) -> Explanation {
    let plain = explanation(id, scope, Unit::Change, formula, scope.later_growth());
    let Some(growth) = scope.growth_of_week() else { return plain };
    let (count, left_out) = (growth.weeks.len(), growth.left_out);
    let (Some(first), Some(last)) = (growth.weeks.first(), growth.weeks.last()) else {
        return plain;
    };
    let weeks = format!("{count} weeks from {} to {}", first.week, last.week);
    let rule =
        format!("{}; {weeks}, without the {left_out} that grew most and least", plain.formula);
    let settled = |one: &GrownAccount<'_>| Some((one.settled, one.settled_seen.clone()));
    let early = |one: &GrownAccount<'_>| Some((one.early, one.early_seen?.clone()));
    let now = term(&growth, "Meta leads as known now", growth.settled, settled);
    let then = term(&growth, "Meta leads as first seen at this age", growth.early, early);
    Explanation { formula: rule, terms: vec![now, then], ..plain }
}

fn term(
    growth: &Growth<'_>,
    name: &str,
    value: Decimal,
    of: impl Fn(&GrownAccount<'_>) -> Option<(Decimal, Observed)>,
) -> Term {
    let weeks = growth.weeks.iter();
    let parts = weeks.flat_map(|week| week.accounts.iter().map(move |one| (week.week, one)));
    let parts = parts.filter_map(|(week, one)| {
        let (value, observed) = of(one)?;
        let (account, measure) = (Some(one.account.clone()), Measure::MetaLeads);
        Some(Part { week, account, campaign: None, ad_set: None, measure, value, observed })
    });
    Term { name: name.to_owned(), window: Window::Week, value, parts: parts.collect() }
}
