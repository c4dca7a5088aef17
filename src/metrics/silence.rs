//! Silence: accounts and a CRM that bring nothing for longer than their usual rate explains. Then
//! the tracking is broken, more likely than not, and zero is no fact about the advertising.
//!
//! Days within a week are not looked at: many accounts rest at weekends, and the newest day's leads
//! are still coming in, so that a rule for days would call healthy accounts broken.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::payload::AccountWeek;
use weekledger_events::{Finding, FindingClass, Severity, Week};
use weekledger_projections::display;

use super::contacts::ContactWeeks;
use super::delivery::WeekFacts;
use super::findings::Findings;
use super::knowledge::Knowledge;
use super::observe::ObservedWeek;
use crate::config::HoldSettings;

/// The weeks before the silence that tell the usual rate: as many as say what is usual by now.
const USUAL_WEEKS_MAX: usize = 8;
const USUAL_WEEKS_MIN: usize = 4;

/// -ln(0.001): so many leads were to be expected where none has a probability below .001.
const EXPECTED_MIN: Decimal = Decimal::from_parts(6_907_756, 0, 0, false, 6);

/// What a week brought, and how much occasion there was for it.
#[derive(Debug, Clone, Copy)]
struct Sample {
    week: Week,
    count: u64,
    /// Never zero: a week without delivery says nothing.
    exposure: u64,
}

/// A silence that is no chance.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// Oldest first.
    pub(super) weeks: Vec<Week>,
    /// In a week.
    usual: Decimal,
}

/// Judges the newest weeks of a row, oldest first. With the usual rate and scatter, k silent weeks
/// have the probability exp(-rate * k / phi), where phi is variance over mean and at least one. A
/// silent week with less occasion than usual counts for as much less.
fn silence(samples: &[Sample]) -> Option<Silence> {
    let silent = samples.iter().rev().take_while(|sample| sample.count == 0).count();
    let (before, newest) = samples.split_at(samples.len() - silent);
    let before = &before[before.len().saturating_sub(USUAL_WEEKS_MAX)..];
    if newest.is_empty() || before.len() < USUAL_WEEKS_MIN {
        return None;
    }
    let weeks = Decimal::from(before.len());
    let usual = sum(before, |sample| sample.count)?.checked_div(weeks)?;
    let occasion = sum(before, |sample| sample.exposure)?.checked_div(weeks)?;
    let shares = newest.iter().map(|sample| {
        let share = Decimal::from(sample.exposure).checked_div(occasion)?;
        Some(share.min(Decimal::ONE))
    });
    let as_weeks = shares.sum::<Option<Decimal>>()?;
    let expected = usual.checked_mul(as_weeks)?.checked_div(scatter(before, usual)?)?;
    (expected > EXPECTED_MIN)
        .then(|| Silence { weeks: newest.iter().map(|sample| sample.week).collect(), usual })
}

fn sum(samples: &[Sample], of: impl Fn(&Sample) -> u64) -> Option<Decimal> {
    samples.iter().try_fold(Decimal::ZERO, |sum, sample| sum.checked_add(of(sample).into()))
}

/// Variance over mean, at least that of pure chance.
fn scatter(samples: &[Sample], mean: Decimal) -> Option<Decimal> {
    let squares = samples.iter().try_fold(Decimal::ZERO, |sum, sample| {
        let by = Decimal::from(sample.count).checked_sub(mean)?;
        sum.checked_add(by.checked_mul(by)?)
    })?;
    let degrees = Decimal::from(samples.len().saturating_sub(1));
    let variance = squares.checked_div(degrees)?;
    Some(variance.checked_div(mean)?.max(Decimal::ONE))
}

impl Silence {
    /// "in 2026-W47" or "from 2026-W45 to 2026-W47".
    fn when(&self) -> String {
        match &self.weeks[..] {
            [first, .., last] => format!("from {first} to {last}"),
            weeks => weeks.iter().map(|week| format!("in {week}")).collect(),
        }
    }

    fn usual(&self) -> Decimal {
        self.usual.round().max(Decimal::ONE)
    }
}

/// Tells which accounts deliver and have no Meta leads where there used to be some.
pub(super) fn tell_accounts(
    weeks: &[ObservedWeek],
    knowledge: &Knowledge,
    hold: &HoldSettings,
    findings: &mut Findings,
) {
    let Some(newest) = weeks.last().map(|week| &week.observed) else { return };
    let mut facts: BTreeMap<Week, Vec<WeekFacts<'_>>> = BTreeMap::new();
    // What was pulled now goes before what was known.
    for week in weeks.iter().map(|week| WeekFacts::from(&week.observed)) {
        facts.entry(week.week).or_default().push(week);
    }
    for week in knowledge.before(newest.week).map(WeekFacts::from) {
        facts.entry(week.week).or_default().push(week);
    }
    let silent: Vec<(&AccountWeek, Silence)> = newest
        .accounts
        .iter()
        // What is withheld is told already.
        .filter(|account| account.pulled && account.shortfall.is_none())
        .filter(|account| !findings.is_told(FindingClass::TrackingSilent, &account.account))
        .filter_map(|account| {
            let samples: Vec<Sample> =
                facts.values().filter_map(|seen| sample(seen, account)).collect();
            let newest_counts = samples.last().is_some_and(|last| last.week == newest.week);
            Some((account, silence(&samples).filter(|_| newest_counts)?))
        })
        .collect();
    let max = usize::try_from(hold.accounts_silent_max).unwrap_or(usize::MAX);
    let severity = if silent.len() > max { Severity::Hold } else { Severity::Warning };
    for (account, silence) in &silent {
        tell_account(account, silence, severity, findings);
    }
}

/// The account's week, as far as it can be compared with the newest: delivered, whole, and counted
/// by the same rule.
fn sample(seen: &[WeekFacts<'_>], newest: &AccountWeek) -> Option<Sample> {
    let id = &newest.account;
    let week = seen.iter().find(|week| week.pulled(id).is_some())?;
    let facts = week.pulled(id)?;
    if facts.shortfall.is_some() || facts.lead_rule != newest.lead_rule {
        return None;
    }
    let (mut count, mut exposure) = (0_u64, 0_u64);
    for row in week.rows_of(id) {
        count = count.saturating_add(row.measures.meta_leads);
        exposure = exposure.saturating_add(row.measures.impressions);
    }
    (exposure > 0).then_some(Sample { week: week.week, count, exposure })
}

fn tell_account(
    account: &AccountWeek,
    silence: &Silence,
    severity: Severity,
    findings: &mut Findings,
) {
    let Some(newest) = silence.weeks.last().copied() else { return };
    let AccountWeek { account, name, .. } = account;
    let message = format!(
        "{name} delivered {} without a single Meta lead, though it used to have about {} a week: \
         that is hardly chance, so its tracking may be broken",
        silence.when(),
        display::count(silence.usual()),
    );
    let action = "Send a test lead, and look at the events of the pixel and the forms in Meta Events \
                  Manager. Nothing is wrong if the account no longer advertises for leads.";
    let class = FindingClass::TrackingSilent;
    findings.about(Some(newest)).tell(severity, class, account, message, Some(action));
}

/// The weeks for which HubSpot sent nothing at all, where there used to be contacts: told, and not
/// taken for a fact.
pub(super) fn tell_crm(
    weeks: &ContactWeeks,
    knowledge: &Knowledge,
    findings: &mut Findings,
) -> Vec<Week> {
    let Some(newest) = weeks.keys().next_back().copied() else { return Vec::new() };
    let known = knowledge
        .before(newest)
        .filter_map(|known| Some((known.week, known.contacts.as_ref()?.all)));
    let mut counts: BTreeMap<Week, u64> = known.collect();
    counts.extend(weeks.iter().map(|(week, rows)| (*week, rows.len() as u64)));
    let samples: Vec<Sample> =
        counts.into_iter().map(|(week, count)| Sample { week, count, exposure: 1 }).collect();
    let Some(silence) = silence(&samples) else { return Vec::new() };
    let message = format!(
        "HubSpot sent no contacts of any kind {}, though there used to be about {} a week: that is \
         hardly chance, so CRM leads may be missing",
        silence.when(),
        display::count(silence.usual()),
    );
    let action = findings.pull_again(
        "Look in HubSpot whether contacts were created in that time; where there are none, check \
         forms and integrations.",
    );
    findings.about(Some(newest)).warn(FindingClass::TrackingSilent, Finding::CRM, message, &action);
    silence.weeks
}
