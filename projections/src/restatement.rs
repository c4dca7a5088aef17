//! Restatements: past weeks that the provider has changed since they were mailed or last seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use weekledger_events::payload::{AdSetWeek, InputRef, Restatement, WeekObserved};
use weekledger_events::{AccountId, Finding, FindingClass, Severity, Week};

use crate::display;
use crate::figure::Unit;
use crate::history::{History, Observation, Source};
use crate::measure::Measure;
use crate::series::Series;

/// How far a week has to move to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// Of the earlier value, in percent; for every listed measure.
    pub percent_min: u32,
    /// For leads, besides.
    pub leads_min: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { percent_min: 5, leads_min: 3 }
    }
}

/// The relative growth that an account's measure usually shows after it was first seen, for example
/// 0.08. Nothing is usual until the ledger has shown it.
pub type UsualGrowth = BTreeMap<(AccountId, Measure), Decimal>;

/// The measures that are compared. Of these, spend and leads of both sources may be listed.
const COMPARED: [Measure; 5] =
    [Measure::Spend, Measure::Impressions, Measure::Clicks, Measure::MetaLeads, Measure::CrmLeads];

/// Compares each past week of the run's own pull with what was mailed of it, and where nothing was
/// with the newest observation before it that counted. One restatement for each account and measure
/// that differs; by week and account.
pub fn restatements(
    history: &History,
    known_at: Timestamp,
    newest: Week,
    thresholds: &Thresholds,
    usual: &UsualGrowth,
) -> Vec<Restatement> {
    let counted = history.counted(known_at, newest.previous());
    let own = counted.iter().filter(|observation| observation.source == Source::Own);
    let mut found: Vec<Restatement> = own
        .flat_map(|own| of_week(history, own, &counted))
        .map(|mut restatement| {
            restatement.listed = is_listed(&restatement, thresholds, usual);
            restatement
        })
        .collect();
    found.sort_by(|a, b| (a.week, &a.account).cmp(&(b.week, &b.account)));
    found
}

fn of_week(history: &History, own: &Observation, counted: &[&Observation]) -> Vec<Restatement> {
    let now = &own.observed;
    let pulled = now.accounts.iter().filter(|facts| facts.pulled);
    pulled
        .flat_map(|facts| {
            COMPARED.iter().filter_map(move |measure| {
                // An observation without the CRM has no total of it.
                let totals = || {
                    before(own, &facts.account, counted).filter_map(|(event, earlier)| {
                        Some((event, total(earlier, &facts.account, *measure)?))
                    })
                };
                let mailed =
                    totals().find(|(event, _)| history.is_reported(event, own.observed.week));
                let (event, before) = mailed.or_else(|| totals().next())?;
                let now = total(now, &facts.account, *measure)?;
                (before != now).then(|| Restatement {
                    week: own.observed.week,
                    account: facts.account.clone(),
                    measure: measure.as_str().to_owned(),
                    before,
                    now,
                    earlier: event.clone(),
                    reported: mailed.is_some(),
                    listed: false,
                })
            })
        })
        .collect()
}

/// The observations of the account's week that events hold, newest first. Other events of the very
/// moment of the own pull are other pulls, which a stopped clock makes.
fn before<'a>(
    own: &'a Observation,
    account: &'a AccountId,
    counted: &'a [&'a Observation],
) -> impl Iterator<Item = (&'a InputRef, &'a WeekObserved)> {
    counted.iter().rev().filter_map(move |observation| {
        let observed = &observation.observed;
        let fits = observed.week == own.observed.week
            && observed.observed_at <= own.observed.observed_at
            && observed.accounts.iter().any(|facts| facts.pulled && facts.account == *account);
        match &observation.source {
            Source::Event(event) if fits => Some((event, observed)),
            _ => None,
        }
    })
}

/// `None` if the sum has more than 28 digits, or if the CRM was not pulled.
fn total(observed: &WeekObserved, account: &AccountId, measure: Measure) -> Option<Decimal> {
    if measure == Measure::CrmLeads {
        let campaigns = observed.crm.as_ref()?.campaigns.iter();
        let own = campaigns.filter(|campaign| campaign.account == *account);
        return Some(own.map(|campaign| Decimal::from(campaign.leads)).sum());
    }
    let rows = observed.ad_sets.iter().filter(|row: &&AdSetWeek| row.account == *account);
    rows.filter_map(|row| measure.of(&row.measures))
        .try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value))
        .map(|sum| sum.normalize())
}

fn is_listed(moved: &Restatement, thresholds: &Thresholds, usual: &UsualGrowth) -> bool {
    let Ok(measure) = moved.measure.parse::<Measure>() else { return false };
    let by = moved.now.saturating_sub(moved.before);
    let enough = match measure {
        Measure::MetaLeads | Measure::CrmLeads => by.abs() >= thresholds.leads_min.into(),
        Measure::Spend => true,
        _ => false,
    };
    let share = |part: Decimal| part.saturating_mul(moved.before.abs());
    let percent = Decimal::new(thresholds.percent_min.into(), 2);
    let ordinary = usual.get(&(moved.account.clone(), measure)).copied().unwrap_or_default();
    // Late data only add; a decrease is never ordinary growth.
    let is_growth = by <= share(ordinary) && by.is_sign_positive() && !ordinary.is_zero();
    enough && by.abs() >= share(percent) && !is_growth
}

/// A finding for each restatement that is listed, and one for all the ordinary growth.
/// The series lends names and currencies of the accounts.
pub fn findings(restatements: &[Restatement], series: &Series) -> Vec<Finding> {
    let mut findings: Vec<Finding> = restatements
        .iter()
        .filter(|moved| moved.listed)
        .map(|moved| {
            let message = listed_message(moved, series);
            finding(FindingClass::Restated, moved.account.to_string(), Some(moved.week), message)
        })
        .collect();
    if let Some(first) = restatements.iter().find(|moved| !moved.listed) {
        let message = "figures of past weeks changed as they usually do after they are first seen";
        findings.push(finding(
            FindingClass::OrdinaryGrowth,
            first.week.to_string(),
            None,
            message.to_owned(),
        ));
    }
    findings
}

fn finding(class: FindingClass, subject: String, week: Option<Week>, message: String) -> Finding {
    Finding { class, severity: Severity::Note, subject, week, message, action: None }
}

/// For example "Nord, 2026-W44: meta leads 40 as reported, 46 as known now"; what was never mailed
/// is "as known before".
fn listed_message(moved: &Restatement, series: &Series) -> String {
    let known = series.week(moved.week).and_then(|week| week.account(&moved.account));
    let name = known.map_or(moved.account.as_str(), |known| &known.facts.name);
    let is_spend = moved.measure == Measure::Spend.as_str();
    let unit = if is_spend { Unit::Money } else { Unit::Count };
    let shown =
        |value| display::value(unit, value, known.and_then(|known| known.facts.currency.as_ref()));
    let (before, now) = (shown(moved.before), shown(moved.now));
    let what = moved.measure.replace('_', " ").replace("crm", "CRM");
    let then = if moved.reported { "as reported" } else { "as known before" };
    format!("{name}, {}: {what} {before} {then}, {now} as known now", moved.week)
}
