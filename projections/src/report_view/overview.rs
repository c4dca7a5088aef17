//! What is read first: cards, what to do, and the four-week bars.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use weekledger_events::Currency;

use super::prose::{self, metric_label};
use super::{BAR_UNITS, Bar, Card, DepartmentView, Line, Piece, Trend, ViewInput};
use crate::claim::{Alias, Claim, ClaimSet, TrendPoint, week_name};
use crate::figure::{Metric, Window};
use crate::words::Department;

/// Spend, leads and their cost; money once per currency.
pub fn cards(set: &ClaimSet) -> Vec<Card> {
    [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads, Metric::Cpl]
        .into_iter()
        .flat_map(|metric| of_each_currency(set, metric))
        .map(|claim| card(set, claim))
        .collect()
}

/// The report's figures of the week for a metric.
fn of_each_currency(set: &ClaimSet, metric: Metric) -> Vec<&Claim> {
    let claim =
        |currency: Option<&Currency>| set.figure(Alias::REPORT, metric, Window::Week, currency);
    if metric.is_money() {
        set.currencies.iter().filter_map(|currency| claim(Some(currency))).collect()
    } else {
        claim(None).into_iter().collect()
    }
}

fn card(set: &ClaimSet, claim: &Claim) -> Card {
    let mut beside = Vec::new();
    // A change without a value has words of its own, unless the figure has none either.
    let change = claim.change.and_then(|id| set.claim(id));
    if let Some(change) = change.filter(|change| change.display != claim.display) {
        let mut line = prose::value(change);
        if change.value.is_some() {
            line.push(Piece::text(" week on week"));
        }
        beside.push(line);
        if !change.usual.is_empty() {
            beside.push(prose::note(set, &change.usual));
        }
    }
    if !claim.note.is_empty() {
        beside.push(prose::note(set, &claim.note));
    }
    if !claim.verdict_note.is_empty() {
        beside.push(prose::note(set, &claim.verdict_note));
    }
    if claim.metric == Some(Metric::Cpl) {
        beside.extend(all_spend_per_lead(set, claim.currency.as_ref()));
    }
    Card {
        label: claim.metric.map_or("", metric_label),
        value: prose::short(claim),
        verdict: verdict(claim),
        beside,
    }
}

/// Cost is judged on all spend over all leads, so its verdict stands beside the cost per lead.
fn all_spend_per_lead(set: &ClaimSet, currency: Option<&Currency>) -> Option<Line> {
    let claim = set.figure(Alias::REPORT, Metric::SpendPerLead, Window::Week, currency)?;
    let tokens = prose::tokens(claim);
    if claim.value.is_none() || tokens.is_empty() {
        return None;
    }
    let mut line = vec![Piece::text("all spend per lead ")];
    line.extend(prose::short(claim));
    line.push(Piece::text(" "));
    line.extend(tokens);
    if !claim.verdict_note.is_empty() {
        line.push(Piece::text(": "));
        line.extend(prose::note(set, &claim.verdict_note));
    }
    Some(line)
}

/// Tokens, or why there are none.
fn verdict(claim: &Claim) -> Line {
    let tokens = prose::tokens(claim);
    match claim.untestable {
        Some(why) if tokens.is_empty() => vec![Piece::text(why.as_str())],
        _ => tokens,
    }
}

/// The three departments, always all of them.
pub fn departments(input: &ViewInput<'_>) -> Vec<DepartmentView> {
    let actions = |department| {
        input
            .words
            .departments
            .iter()
            .filter(move |words| words.department == department)
            .flat_map(|words| &words.actions)
            .map(|action| prose::sentence(input.claims, &action.sentence))
            .collect()
    };
    Department::ALL
        .into_iter()
        .map(|department| DepartmentView {
            title: department.title(),
            actions: actions(department),
        })
        .collect()
}

/// Bars for every measure with at least one known week.
pub fn trends(set: &ClaimSet) -> Vec<Trend> {
    set.trends
        .chunk_by(|a, b| (a.metric, &a.currency) == (b.metric, &b.currency))
        .filter(|points| points.iter().any(|point| point.claim.is_some()))
        .filter_map(|points| trend(set, points))
        .collect()
}

fn trend(set: &ClaimSet, points: &[TrendPoint]) -> Option<Trend> {
    let first = points.first()?;
    let mut caption = vec![Piece::text(metric_label(first.metric))];
    if let Some(currency) = &first.currency {
        caption.push(Piece::Text(format!(", {currency}")));
    }
    let value = |point: &TrendPoint| point.claim.and_then(|id| set.claim(id)?.value);
    let most = points.iter().filter_map(value).max().unwrap_or_default();
    let bars = points
        .iter()
        .map(|point| Bar {
            week: vec![Piece::Label(capital(&week_name(point.week)))],
            units: value(point).map_or(0, |value| units(value, most)),
            value: point
                .claim
                .and_then(|id| set.claim(id))
                .map_or_else(|| vec![Piece::text("not known")], prose::short),
            newest: point.week == set.week,
        })
        .collect();
    Some(Trend { caption, bars })
}

/// At least one unit for anything above zero.
fn units(value: Decimal, most: Decimal) -> usize {
    if value <= Decimal::ZERO || most <= Decimal::ZERO {
        return 0;
    }
    let share = value.checked_div(most).unwrap_or_default();
    let units = share.saturating_mul(Decimal::from(BAR_UNITS)).round();
    units.to_usize().unwrap_or(BAR_UNITS).clamp(1, BAR_UNITS)
}

/// With its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
