//! What differs from the controls, in one sentence for each account and week.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{DayGap, Reconciliation};
use weekledger_events::{Currency, FindingClass, Week};
use weekledger_projections::display;

use super::account::Account;
use super::findings::Findings;
use super::measure::{META_LEADS, SPEND};
use crate::config::HoldSettings;

/// Measures and days that a sentence names; the event has all.
const NAMED_MAX: usize = 2;

/// How far apart two sums are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Rounding,
    Within,
    /// Past the limit.
    Apart,
}

pub(super) fn weight(gap: &Reconciliation, hold: &HoldSettings) -> Weight {
    if gap.days.is_empty() {
        return Weight::Rounding;
    }
    let limit = Decimal::from(hold.reconciliation_percent_max) * gap.control_total.abs();
    if apart(gap) * Decimal::ONE_HUNDRED > limit { Weight::Apart } else { Weight::Within }
}

pub(super) fn difference(day: &DayGap) -> Decimal {
    (day.ad_sets - day.control_total).abs()
}

/// How far the days are apart altogether: what is too much on one and too little on another does
/// not cancel.
fn apart(gap: &Reconciliation) -> Decimal {
    gap.days.iter().map(difference).sum()
}

/// Tells what an account's ad sets lack in a week, by both controls, with the gravest gap's weight.
pub(super) fn tell(
    week: Week,
    account: &Account<'_>,
    gaps: &[(Weight, Reconciliation)],
    findings: &mut Findings,
) {
    let Some(gravest) = gaps.iter().map(|(weight, _)| *weight).max() else { return };
    // What rounding explains is no part of a graver gap.
    let told =
        gaps.iter().filter(|(weight, _)| gravest == Weight::Rounding || *weight > Weight::Rounding);
    let told: Vec<&Reconciliation> = told.map(|(_, gap)| gap).collect();
    let message = format!(
        "In {week}, the ad sets of {} do not add up to {}: {}{}",
        account.name(),
        against(&told),
        measures(&told, account.currency.as_ref()),
        days(&told),
    );
    let action = findings.pull_again("Compare the week with Ads Manager.");
    let class = FindingClass::ReconciliationGap;
    let mut about = findings.about(Some(week));
    match gravest {
        Weight::Rounding => about.note(class, account.id(), message),
        Weight::Within => about.warn(class, account.id(), message, &action),
        Weight::Apart => about.spoil(class, account.id(), message, &action),
    }
}

/// Which of Meta's own sums say otherwise.
fn against(gaps: &[&Reconciliation]) -> &'static str {
    let controls: BTreeSet<&str> = gaps.iter().map(|gap| gap.control.as_str()).collect();
    match (controls.contains("campaign"), controls.contains("account")) {
        (true, false) => "what Meta says of their campaigns",
        (false, true) => "what Meta says of the account",
        _ => "Meta's own totals",
    }
}

/// "spend EUR 300.00 against EUR 316.00 (5.06 % apart) and 3 more measures", each measure once.
fn measures(gaps: &[&Reconciliation], currency: Option<&Currency>) -> String {
    let mut widest: Vec<&Reconciliation> = Vec::new();
    for gap in gaps {
        match widest.iter_mut().find(|other| other.measure == gap.measure) {
            Some(other) if apart(gap) > apart(other) => *other = gap,
            Some(_) => {}
            None => widest.push(gap),
        }
    }
    // Readers look for money and leads.
    widest.sort_by_key(|gap| match &*gap.measure {
        SPEND => 0,
        measure if measure.starts_with(META_LEADS) => 1,
        _ => 2,
    });
    let said = widest.iter().take(NAMED_MAX).map(|gap| said(gap, currency));
    listed(said.collect(), widest.len(), "measure", "measures")
}

/// How a sentence names a gap, with the account's currency.
pub fn said(gap: &Reconciliation, currency: Option<&Currency>) -> String {
    let shown = |value: Decimal| match currency.filter(|_| gap.measure == SPEND) {
        Some(currency) => display::money(value, currency),
        None => display::count(value),
    };
    let (ours, theirs) = (shown(gap.ad_sets), shown(gap.control_total));
    let how = if gap.ad_sets == gap.control_total { " as well, but not day by day" } else { "" };
    format!("{} {ours} against {theirs}{how} ({})", spoken(&gap.measure), share(gap))
}

fn share(gap: &Reconciliation) -> String {
    if gap.control_total.is_zero() {
        return "Meta says zero".to_owned();
    }
    let rounding = (gap.ad_sets - gap.control_total).abs();
    let by = if gap.days.is_empty() { rounding } else { apart(gap) };
    let share = by * Decimal::ONE_HUNDRED / gap.control_total.abs();
    format!("{} % apart", share.round_dp(2).normalize())
}

/// A measure in a sentence; a lead type stays as the provider writes it.
fn spoken(measure: &str) -> String {
    let (name, kind) = measure.split_once(' ').unwrap_or((measure, ""));
    let name = name.replace('_', " ").replace("meta", "Meta");
    if kind.is_empty() { name } else { format!("{name} {kind}") }
}

/// ", on 2026-11-15 and 2 more days".
fn days(gaps: &[&Reconciliation]) -> String {
    let days: BTreeSet<Date> = gaps.iter().flat_map(|gap| &gap.days).map(|day| day.date).collect();
    let named: Vec<String> = days.iter().take(NAMED_MAX).map(Date::to_string).collect();
    if named.is_empty() {
        return String::new();
    }
    format!(", on {}", listed(named, days.len(), "day", "days"))
}

/// "a", "a and b", "a, b and 3 more measures".
fn listed(mut said: Vec<String>, all: usize, one: &str, many: &str) -> String {
    let rest = all.saturating_sub(said.len());
    if rest > 0 {
        let noun = display::noun(rest.into(), one, many);
        said.push(format!("{rest} more {noun}"));
    }
    match said.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}
