//! Reconciliation: sums of ad sets against the campaign and account controls, day by day, for each
//! week, account and additive measure. Only differences are recorded.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{DayGap, Measures, PageKind, Reconciliation};
use weekledger_events::{AccountId, CampaignId, FindingClass, Week};

use super::account::Account;
use super::findings::Findings;
use super::gaps::{self, Weight, difference};
use super::grain::{Grain, Screen, WeekGrain};
use super::leads::LeadTypes;
use super::left_out::LeftOut;
use super::measure::{CLICKS, IMPRESSIONS, LINK_CLICKS, META_LEADS, Measured, SPEND};
use super::pages::{Received, Sourced};
use crate::config::HoldSettings;
use crate::sources::rows::InsightRow;

/// A control: the same days, summed up by the provider.
#[derive(Clone, Copy)]
enum Control {
    Campaign,
    Account,
}

impl Control {
    fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Account => "account",
        }
    }

    fn kind(self) -> PageKind {
        match self {
            Self::Campaign => PageKind::CampaignDays,
            Self::Account => PageKind::AccountDays,
        }
    }

    fn rows(self, received: &Received) -> &[Sourced<InsightRow>] {
        match self {
            Self::Campaign => &received.campaigns,
            Self::Account => &received.accounts,
        }
    }
}

/// Sums, and the number of rows in them: each row's spend was rounded once.
#[derive(Debug, Clone, Default)]
struct Sum {
    measures: Measures,
    rows: u64,
    /// Of each type of the lead rule, whether it counted or not.
    leads: LeadTypes,
    /// The types that some row's leads were taken from.
    chosen: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, measures: Measures, leads: &LeadTypes, chosen: Option<&String>) {
        self.measures += measures;
        self.rows += 1;
        for (kind, value) in leads {
            let sum = self.leads.entry(kind.clone()).or_default();
            *sum = sum.saturating_add(*value);
        }
        self.chosen.extend(chosen.cloned());
    }

    fn leads_of(&self, kind: &str) -> Decimal {
        self.leads.get(kind).copied().unwrap_or_default()
    }
}

/// An account's sums of a week.
type Days = BTreeMap<Date, Sum>;

/// What differs, and the weeks of accounts that differ by more than the limit.
#[derive(Default)]
pub(super) struct Reconciled {
    pub(super) gaps: Vec<Reconciliation>,
    pub(super) apart: BTreeSet<(Week, AccountId)>,
}

/// Compares every pulled account with its controls.
pub(super) fn reconcile(
    received: &Received,
    grain: &Grain,
    accounts: &[Account<'_>],
    hold: &HoldSettings,
    left_out: &mut LeftOut,
    findings: &mut Findings,
) -> Reconciled {
    let weeks: Vec<Week> = grain.keys().copied().collect();
    let mut apart: BTreeMap<(Week, AccountId), Vec<(Weight, Reconciliation)>> = BTreeMap::new();
    for control in [Control::Campaign, Control::Account] {
        let screen = Screen { kind: control.kind(), weeks: &weeks, accounts };
        let controls = control_days(control.rows(received), &screen, left_out, findings);
        for account in accounts.iter().filter(|account| account.pulled) {
            if !received.listings.contains(&(control.kind(), account.id().clone())) {
                tell_no_control(control, account, findings);
                continue;
            }
            for (week, grain) in grain {
                if left_out.any(control.kind(), account.id(), *week) {
                    tell_control_spoiled(control, *week, account, findings);
                    continue;
                }
                let grain = grain_days(grain, account);
                if grain.is_empty() && left_out.any(PageKind::AdSetDays, account.id(), *week) {
                    // Nothing is left to compare, and that is told already.
                    continue;
                }
                let key = (*week, account.id().clone());
                let total = controls.get(&key).cloned().unwrap_or_default();
                let pair = Pair { week: *week, account, control, grain, total };
                let found = pair.gaps().into_iter().map(|gap| (gaps::weight(&gap, hold), gap));
                apart.entry(key).or_default().extend(found);
            }
        }
    }
    let mut reconciled = Reconciled::default();
    for account in accounts {
        for week in &weeks {
            let key = (*week, account.id().clone());
            let Some(found) = apart.get(&key) else { continue };
            gaps::tell(*week, account, found, findings);
            if found.iter().any(|(weight, _)| *weight == Weight::Apart) {
                reconciled.apart.insert(key);
            }
        }
    }
    reconciled.gaps = apart.into_values().flatten().map(|(_, gap)| gap).collect();
    reconciled
}

fn grain_days(grain: &WeekGrain, account: &Account<'_>) -> Days {
    let mut days = Days::new();
    for row in grain.rows.values().filter(|row| row.day.account == *account.id()) {
        let day = days.entry(row.day.date).or_default();
        day.add(row.day.measures, &row.leads, row.day.lead_action.as_ref());
    }
    days
}

/// A control row that came twice counts once, the last received, as ad-set rows do.
fn control_days(
    rows: &[Sourced<InsightRow>],
    screen: &Screen<'_>,
    left_out: &mut LeftOut,
    findings: &mut Findings,
) -> BTreeMap<(Week, AccountId), Days> {
    type Key = (Week, AccountId, Option<CampaignId>, Date);
    let mut kept: BTreeMap<Key, Measured> = BTreeMap::new();
    for Sourced { row, .. } in rows {
        let Some((week, measured)) = screen.admit(row, left_out, findings) else { continue };
        let key = (week, row.account.clone(), row.campaign.clone(), row.date);
        match kept.entry(key) {
            Entry::Vacant(free) => {
                free.insert(measured);
            }
            Entry::Occupied(mut taken) => {
                let message =
                    format!("A control row for {} ({week}) came twice and counts once", row.date);
                let mut about = findings.about(Some(week));
                about.note(FindingClass::DuplicateRow, &row.account, message);
                taken.insert(measured);
            }
        }
    }
    let mut sums: BTreeMap<(Week, AccountId), Days> = BTreeMap::new();
    for ((week, account, _, date), measured) in kept {
        let Measured { measures, leads, lead_action, .. } = measured;
        let day = sums.entry((week, account)).or_default().entry(date).or_default();
        day.add(measures, &leads, lead_action.as_ref());
    }
    sums
}

fn tell_no_control(control: Control, account: &Account<'_>, findings: &mut Findings) {
    let message = format!(
        "The {} control of {} was not pulled, so its ad sets could not be checked against it",
        control.name(),
        account.name()
    );
    findings.warn(FindingClass::IncompletePages, account.id(), message, &findings.repair().alone());
}

fn tell_control_spoiled(
    control: Control,
    week: Week,
    account: &Account<'_>,
    findings: &mut Findings,
) {
    let message = format!(
        "In {week}, rows of the {} control of {} were left out, so its ad sets could not be checked \
         against it",
        control.name(),
        account.name()
    );
    let action = findings.repair().alone();
    findings.about(Some(week)).warn(FindingClass::IncompletePages, account.id(), message, &action);
}

/// An account's ad sets and one of its controls in one week.
struct Pair<'a> {
    week: Week,
    account: &'a Account<'a>,
    control: Control,
    grain: Days,
    total: Days,
}

impl Pair<'_> {
    fn gaps(&self) -> Vec<Reconciliation> {
        self.measures().iter().filter_map(|measure| self.gap(measure)).collect()
    }

    /// Leads by type: the provider sums every type up on its own, so where ad sets differ in the
    /// type that counts, only the sums of a type can agree.
    fn measures(&self) -> Vec<Additive> {
        let sums = self.grain.values().chain(self.total.values());
        let kinds: BTreeSet<&String> = sums.flat_map(|sum| &sum.chosen).collect();
        let single = kinds.len() == 1;
        let leads = kinds.into_iter().map(|kind| Additive::Leads { kind: kind.clone(), single });
        let plain =
            [Additive::Spend, Additive::Impressions, Additive::Clicks, Additive::LinkClicks];
        plain.into_iter().chain(leads).collect()
    }

    /// `None` if every day agrees to the last digit.
    fn gap(&self, measure: &Additive) -> Option<Reconciliation> {
        let dates: BTreeSet<Date> = self.grain.keys().chain(self.total.keys()).copied().collect();
        let mut days = Vec::new();
        let (mut ad_sets, mut control_total) = (Decimal::ZERO, Decimal::ZERO);
        for date in dates {
            let (ours, theirs) = (self.grain.get(&date), self.total.get(&date));
            let of = |sum: Option<&Sum>| sum.map(|sum| measure.of(sum)).unwrap_or_default();
            let day = DayGap { date, ad_sets: of(ours), control_total: of(theirs) };
            ad_sets += day.ad_sets;
            control_total += day.control_total;
            let rows = [ours, theirs].into_iter().flatten().map(|sum| sum.rows).sum();
            if difference(&day) > measure.rounding_max(rows) {
                days.push(day);
            }
        }
        (ad_sets != control_total || !days.is_empty()).then(|| Reconciliation {
            week: self.week,
            account: self.account.id().clone(),
            control: self.control.name().to_owned(),
            measure: measure.name(),
            ad_sets,
            control_total,
            days,
        })
    }
}

/// The measures that every level reports and that add up.
enum Additive {
    Spend,
    Impressions,
    Clicks,
    LinkClicks,
    Leads {
        kind: String,
        /// All leads are of this type.
        single: bool,
    },
}

impl Additive {
    fn name(&self) -> String {
        match self {
            Self::Spend => SPEND.to_owned(),
            Self::Impressions => IMPRESSIONS.to_owned(),
            Self::Clicks => CLICKS.to_owned(),
            Self::LinkClicks => LINK_CLICKS.to_owned(),
            Self::Leads { single: true, .. } => META_LEADS.to_owned(),
            Self::Leads { kind, single: false } => format!("{META_LEADS} ({kind})"),
        }
    }

    fn of(&self, sum: &Sum) -> Decimal {
        match self {
            Self::Spend => sum.measures.spend,
            Self::Impressions => sum.measures.impressions.into(),
            Self::Clicks => sum.measures.clicks.into(),
            Self::LinkClicks => sum.measures.link_clicks.into(),
            Self::Leads { kind, .. } => sum.leads_of(kind),
        }
    }

    /// Each row's spend is rounded to hundredths, so it may be off by half of one.
    fn rounding_max(&self, rows: u64) -> Decimal {
        match self {
            Self::Spend => Decimal::new(5, 3) * Decimal::from(rows),
            _ => Decimal::ZERO,
        }
    }
}
