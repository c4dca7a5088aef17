//! Restatements: past weeks that the provider has changed since they were mailed or last seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use weekledger_events::payload::{AdSetWeek, InputRef, Restatement, WeekObserved};
use weekledger_events::{AccountId, Finding, FindingClass, Severity, Week};

use crate::display;
use crate::figure::{Level, Metric, Unit};
use crate::figures::{Model, Scope, Subject};
use crate::history::{History, Observation, Source};
use crate::lineage::{Seen, figure_of_week};
use crate::measure::Measure;
use crate::series::{self, Series};
use crate::verdict::arrived::SETTLED_AGE;

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

/// The largest growth that an account's measure usually shows after an age, for example 0.08.
/// Nothing is usual until the ledger has shown it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsualGrowth(BTreeMap<(AccountId, Measure, usize), Decimal>);

/// The measures that are compared. Of these, spend and leads of both sources may be listed.
const COMPARED: [Measure; 5] =
    [Measure::Spend, Measure::Impressions, Measure::Clicks, Measure::MetaLeads, Measure::CrmLeads];

/// The costs that follow from them, each with what it is listed along with.
const COSTS: [(Metric, [Measure; 2]); 2] = [
    (Metric::Cpl, [Measure::Spend, Measure::MetaLeads]),
    (Metric::CrmCpl, [Measure::Spend, Measure::CrmLeads]),
];

impl UsualGrowth {
    /// Learns it from what is known of earlier weeks at both times.
    pub fn learn(series: &Series, subject: &Subject) -> Self {
        let model = Model::new(series, subject);
        let accounts = model.entities.iter().filter(|entity| entity.level == Level::Account);
        let mut usual = BTreeMap::new();
        for entity in accounts {
            let Ok(account) = AccountId::parse(&entity.id) else { continue };
            let scope = Scope { model: &model, entity, currency: None };
            for measure in [Measure::Spend, Measure::MetaLeads, Measure::CrmLeads] {
                for age in 0..SETTLED_AGE {
                    let Some(growth) = scope.growth(measure, age) else { continue };
                    usual.insert((account.clone(), measure, age), growth.at_most);
                }
            }
        }
        Self(usual)
    }

    /// With one more growth that is usual.
    pub fn and(
        mut self,
        account: AccountId,
        measure: Measure,
        age: usize,
        at_most: Decimal,
    ) -> Self {
        self.0.insert((account, measure, age), at_most);
        self
    }

    fn at_most(&self, account: &AccountId, measure: Measure, age: usize) -> Option<Decimal> {
        self.0.get(&(account.clone(), measure, age)).copied()
    }
}

/// Compares each past week of the run's own pull with what was mailed of it, and where nothing was
/// with the newest observation before it that counted. One restatement for each account and measure
/// that differs, costs included; by week and account.
pub fn restatements(
    history: &History,
    known_at: Timestamp,
    newest: Week,
    thresholds: &Thresholds,
    usual: &UsualGrowth,
) -> Vec<Restatement> {
    let counted = history.counted(known_at, newest.previous());
    let own = counted.iter().filter(|observation| observation.source == Source::Own);
    let mut found = Vec::new();
    for own in own {
        for facts in own.observed.accounts.iter().filter(|facts| facts.pulled) {
            let compared = Compared { history, own, counted: &counted, account: &facts.account };
            found.extend(compared.moved(thresholds, usual));
        }
    }
    found.sort_by(|a, b| (a.week, &a.account).cmp(&(b.week, &b.account)));
    found
}

/// An account of a week that was pulled again.
struct Compared<'a> {
    history: &'a History,
    own: &'a Observation,
    counted: &'a [&'a Observation],
    account: &'a AccountId,
}

impl Compared<'_> {
    fn moved(&self, thresholds: &Thresholds, usual: &UsualGrowth) -> Vec<Restatement> {
        let week = self.own.observed.week;
        let measures = COMPARED.iter().filter_map(|measure| {
            let name = measure.as_str();
            let value = |seen: &WeekObserved| total(seen, self.account, *measure).map(Some);
            let (seen, moved) = self.of(name, value)?;
            let age = series::age(week, seen);
            let usual = age.and_then(|age| usual.at_most(self.account, *measure, age));
            let listed = is_listed(&moved, *measure, thresholds, usual.unwrap_or_default());
            Some(Restatement { listed, ..moved })
        });
        let mut found: Vec<Restatement> = measures.collect();
        for (metric, rests_on) in COSTS {
            let listed = found.iter().any(|moved| {
                moved.listed && rests_on.iter().any(|measure| moved.measure == measure.as_str())
            });
            let value = |seen: &WeekObserved| cost(seen, self.account, metric);
            let moved = self.of(metric.as_str(), value);
            found.extend(moved.map(|(_, moved)| {
                let listed = listed && is_enough(&moved, thresholds);
                Restatement { listed, ..moved }
            }));
        }
        found
    }

    /// What differs, and when the earlier value was seen. An observation without the CRM says
    /// nothing of it, so an older one is asked; one that says that there is no value is not.
    fn of(
        &self,
        measure: &str,
        value: impl Fn(&WeekObserved) -> Option<Option<Decimal>>,
    ) -> Option<(Timestamp, Restatement)> {
        let week = self.own.observed.week;
        let values = || {
            before(self.own, self.account, self.counted)
                .filter_map(|(event, seen)| Some((event, seen.observed_at, value(seen)?)))
        };
        let mailed = values().find(|(event, ..)| self.history.is_reported(event, week));
        let reported = mailed.is_some();
        let (event, seen, before) = mailed.or_else(|| values().next())?;
        let (before, now) = (before?, value(&self.own.observed)??);
        let moved = || Restatement {
            week,
            account: self.account.clone(),
            measure: measure.to_owned(),
            before,
            now,
            earlier: event.clone(),
            reported,
            listed: false,
        };
        (before != now).then(|| (seen, moved()))
    }
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
        return Some(series::crm_leads(observed.crm.as_ref()?, account).into());
    }
    let rows = observed.ad_sets.iter().filter(|row: &&AdSetWeek| row.account == *account);
    series::sum(rows, measure)
}

/// Nothing if the CRM was not pulled; no value where there are no leads to divide by, or nothing that
/// they cost.
fn cost(observed: &WeekObserved, account: &AccountId, metric: Metric) -> Option<Option<Decimal>> {
    if metric == Metric::CrmCpl && observed.crm.is_none() {
        return None;
    }
    let seen = Seen { observed, event: None };
    let cost = figure_of_week("", &seen, metric, Some(account), None).and_then(|cost| cost.value);
    Some(cost.filter(|cost| *cost > Decimal::ZERO))
}

fn is_enough(moved: &Restatement, thresholds: &Thresholds) -> bool {
    let percent = Decimal::new(thresholds.percent_min.into(), 2);
    moved.now.saturating_sub(moved.before).abs() >= percent.saturating_mul(moved.before.abs())
}

/// `usual` is the largest growth that is ordinary.
fn is_listed(
    moved: &Restatement,
    measure: Measure,
    thresholds: &Thresholds,
    usual: Decimal,
) -> bool {
    let by = moved.now.saturating_sub(moved.before);
    let enough = match measure {
        Measure::MetaLeads | Measure::CrmLeads => by.abs() >= thresholds.leads_min.into(),
        Measure::Spend => true,
        _ => false,
    };
    // Late data only add; a decrease is never ordinary growth.
    let is_growth = by.is_sign_positive() && by <= usual.saturating_mul(moved.before.abs());
    enough && is_enough(moved, thresholds) && !is_growth
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
    let is_money = moved.measure.parse().is_ok_and(Metric::is_money);
    let unit = if is_money { Unit::Money } else { Unit::Count };
    let shown =
        |value| display::value(unit, value, known.and_then(|known| known.facts.currency.as_ref()));
    let (before, now) = (shown(moved.before), shown(moved.now));
    let what = match moved.measure.parse() {
        Ok(Metric::Cpl) => "cost per lead".to_owned(),
        Ok(Metric::CrmCpl) => "cost per CRM lead".to_owned(),
        _ => moved.measure.replace('_', " ").replace("crm", "CRM"),
    };
    let then = if moved.reported { "as reported" } else { "as known before" };
    format!("{name}, {}: {what} {before} {then}, {now} as known now", moved.week)
}
