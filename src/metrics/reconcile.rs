//! Reconciliation: sums of ad sets against the campaign and account controls, for each week,
//! account and additive measure. Only differences are recorded.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{Measures, PageKind, Reconciliation};
use weekledger_events::{AccountId, CampaignId, FindingClass, Week};

use super::account::Account;
use super::findings::Findings;
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

type Sums = BTreeMap<(Week, AccountId), Sum>;

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
    let mut reconciled = Reconciled::default();
    for control in [Control::Campaign, Control::Account] {
        let screen = Screen { kind: control.kind(), weeks: &weeks, accounts };
        let controls = control_sums(control.rows(received), &screen, left_out, findings);
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
                let grain = grain_sum(grain, account);
                if grain.rows == 0 && left_out.any(PageKind::AdSetDays, account.id(), *week) {
                    // Nothing is left to compare, and that is told already.
                    continue;
                }
                let key = (*week, account.id().clone());
                let total = controls.get(&key).cloned().unwrap_or_default();
                Pair { week: *week, account, control, grain, total }.compare(
                    hold,
                    &mut reconciled,
                    findings,
                );
            }
        }
    }
    reconciled
}

fn grain_sum(grain: &WeekGrain, account: &Account<'_>) -> Sum {
    let mut sum = Sum::default();
    for row in grain.rows.values().filter(|row| row.day.account == *account.id()) {
        sum.add(row.day.measures, &row.leads, row.day.lead_action.as_ref());
    }
    sum
}

/// A control row that came twice counts once, the last received, as ad-set rows do.
fn control_sums(
    rows: &[Sourced<InsightRow>],
    screen: &Screen<'_>,
    left_out: &mut LeftOut,
    findings: &mut Findings,
) -> Sums {
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
    let mut sums = Sums::new();
    for ((week, account, ..), measured) in kept {
        let Measured { measures, leads, lead_action, .. } = measured;
        sums.entry((week, account)).or_default().add(measures, &leads, lead_action.as_ref());
    }
    sums
}

fn tell_no_control(control: Control, account: &Account<'_>, findings: &mut Findings) {
    let message = format!(
        "The {} control of {} was not pulled, so its ad sets could not be checked against it",
        control.name(),
        account.name()
    );
    findings.warn(FindingClass::IncompletePages, account.id(), message, "Pull the week again.");
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
    let action = "Pull the week again.";
    findings.about(Some(week)).warn(FindingClass::IncompletePages, account.id(), message, action);
}

/// An account's ad sets and one of its controls in one week.
struct Pair<'a> {
    week: Week,
    account: &'a Account<'a>,
    control: Control,
    grain: Sum,
    total: Sum,
}

impl Pair<'_> {
    fn compare(&self, hold: &HoldSettings, found: &mut Reconciled, findings: &mut Findings) {
        let measures =
            additive(&self.grain.measures).into_iter().zip(additive(&self.total.measures));
        let sums =
            measures.map(|((measure, ours), (_, theirs))| (measure.to_owned(), ours, theirs));
        for (measure, ad_sets, control_total) in sums.chain(self.leads()) {
            if ad_sets == control_total {
                continue;
            }
            let gap = Reconciliation {
                week: self.week,
                account: self.account.id().clone(),
                control: self.control.name().to_owned(),
                measure,
                ad_sets,
                control_total,
            };
            let weight = self.weight(&gap, hold);
            if weight == Weight::Apart {
                found.apart.insert((self.week, self.account.id().clone()));
            }
            self.tell(&gap, weight, findings);
            found.gaps.push(gap);
        }
    }

    /// Leads by type: the provider sums every type up on its own, so where ad sets differ in the
    /// type that counts, only the sums of a type can agree.
    fn leads(&self) -> Vec<(String, Decimal, Decimal)> {
        let kinds: BTreeSet<&String> = self.grain.chosen.union(&self.total.chosen).collect();
        let single = kinds.len() == 1;
        let sums = kinds.into_iter().map(|kind| {
            let measure =
                if single { META_LEADS.to_owned() } else { format!("{META_LEADS} ({kind})") };
            (measure, self.grain.leads_of(kind), self.total.leads_of(kind))
        });
        sums.collect()
    }

    fn tell(&self, gap: &Reconciliation, weight: Weight, findings: &mut Findings) {
        let message = format!(
            "In {}, the ad sets of {} add up to {} of {}, the {} control says {} ({})",
            gap.week,
            self.account.name(),
            gap.ad_sets.normalize(),
            spoken(&gap.measure),
            gap.control,
            gap.control_total.normalize(),
            apart(gap),
        );
        let action = "Compare the week with Ads Manager, then pull it again.";
        let class = FindingClass::ReconciliationGap;
        let account = self.account.id();
        let mut about = findings.about(Some(self.week));
        match weight {
            Weight::Rounding => about.note(class, account, message),
            Weight::Within => about.warn(class, account, message, action),
            Weight::Apart => about.spoil(class, account, message, action),
        }
    }

    fn weight(&self, gap: &Reconciliation, hold: &HoldSettings) -> Weight {
        let difference = (gap.ad_sets - gap.control_total).abs();
        if gap.measure == SPEND && difference <= self.rounding_max() {
            return Weight::Rounding;
        }
        let limit = Decimal::from(hold.reconciliation_percent_max) * gap.control_total.abs();
        if difference * Decimal::ONE_HUNDRED > limit { Weight::Apart } else { Weight::Within }
    }

    /// Each row's spend is rounded to hundredths, so it may be off by half of one.
    fn rounding_max(&self) -> Decimal {
        Decimal::new(5, 3) * Decimal::from(self.grain.rows + self.total.rows)
    }
}

/// How far apart two sums are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Rounding,
    Within,
    /// Past the limit.
    Apart,
}

/// A measure in a sentence; a lead type stays as the provider writes it.
fn spoken(measure: &str) -> String {
    match measure.split_once(' ') {
        Some((name, kind)) => format!("{} {kind}", name.replace('_', " ")),
        None => measure.replace('_', " "),
    }
}

/// The additive measures that every level reports, but for leads.
fn additive(measures: &Measures) -> [(&'static str, Decimal); 4] {
    [
        (SPEND, measures.spend),
        (IMPRESSIONS, Decimal::from(measures.impressions)),
        (CLICKS, Decimal::from(measures.clicks)),
        (LINK_CLICKS, Decimal::from(measures.link_clicks)),
    ]
}

fn apart(gap: &Reconciliation) -> String {
    if gap.control_total.is_zero() {
        return "the control is zero".to_owned();
    }
    let share =
        (gap.ad_sets - gap.control_total).abs() * Decimal::ONE_HUNDRED / gap.control_total.abs();
    format!("{} % apart", share.round_dp(2).normalize())
}
