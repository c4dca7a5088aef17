//! Reconciliation: sums of ad sets against the campaign and account controls, for each week,
//! account and additive measure. Only differences are recorded.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{Measures, PageKind, Reconciliation};
use weekledger_events::{AccountId, CampaignId, FindingClass, Severity, Week};

use super::account::Account;
use super::findings::Findings;
use super::grain::{Grain, Screen, WeekGrain};
use super::measure::{CLICKS, IMPRESSIONS, LINK_CLICKS, META_LEADS, SPEND};
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
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    measures: Measures,
    rows: u64,
}

impl Sum {
    fn add(&mut self, measures: Measures) {
        self.measures += measures;
        self.rows += 1;
    }
}

type Sums = BTreeMap<(Week, AccountId), Sum>;

/// Compares every pulled account with its controls.
pub(super) fn reconcile(
    received: &Received,
    grain: &Grain,
    accounts: &[Account<'_>],
    hold: &HoldSettings,
    findings: &mut Findings,
) -> Vec<Reconciliation> {
    let weeks: Vec<Week> = grain.keys().copied().collect();
    let mut gaps = Vec::new();
    for control in [Control::Campaign, Control::Account] {
        let screen = Screen { kind: control.kind(), weeks: &weeks, accounts };
        let controls = control_sums(control.rows(received), &screen, findings);
        for account in accounts.iter().filter(|account| account.pulled) {
            if !received.listings.contains(&(control.kind(), account.id().clone())) {
                tell_no_control(control, account, findings);
                continue;
            }
            for (week, grain) in grain {
                let key = (*week, account.id().clone());
                let total = controls.get(&key).copied().unwrap_or_default();
                let pair =
                    Pair { week: *week, account, control, grain: grain_sum(grain, account), total };
                gaps.extend(pair.compare(hold, findings));
            }
        }
    }
    gaps
}

fn grain_sum(grain: &WeekGrain, account: &Account<'_>) -> Sum {
    let mut sum = Sum::default();
    for row in grain.rows.values().filter(|row| row.day.account == *account.id()) {
        sum.add(row.day.measures);
    }
    sum
}

/// A control row that came twice counts once, the last received, as ad-set rows do.
fn control_sums(
    rows: &[Sourced<InsightRow>],
    screen: &Screen<'_>,
    findings: &mut Findings,
) -> Sums {
    type Key = (Week, AccountId, Option<CampaignId>, Date);
    let mut kept: BTreeMap<Key, Measures> = BTreeMap::new();
    for Sourced { row, .. } in rows {
        let Some((week, measured)) = screen.admit(row, findings) else { continue };
        let key = (week, row.account.clone(), row.campaign.clone(), row.date);
        match kept.entry(key) {
            Entry::Vacant(free) => {
                free.insert(measured.measures);
            }
            Entry::Occupied(mut taken) => {
                let message = format!("A control row for {} came twice and counts once", row.date);
                findings.note(FindingClass::DuplicateRow, &row.account, message);
                taken.insert(measured.measures);
            }
        }
    }
    let mut sums = Sums::new();
    for ((week, account, ..), measures) in kept {
        sums.entry((week, account)).or_default().add(measures);
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

/// An account's ad sets and one of its controls in one week.
struct Pair<'a> {
    week: Week,
    account: &'a Account<'a>,
    control: Control,
    grain: Sum,
    total: Sum,
}

impl Pair<'_> {
    fn compare(&self, hold: &HoldSettings, findings: &mut Findings) -> Vec<Reconciliation> {
        let measures =
            additive(&self.grain.measures).into_iter().zip(additive(&self.total.measures));
        let mut gaps = Vec::new();
        for ((measure, ad_sets), (_, control_total)) in measures {
            if ad_sets == control_total {
                continue;
            }
            let gap = Reconciliation {
                week: self.week,
                account: self.account.id().clone(),
                control: self.control.name().to_owned(),
                measure: measure.to_owned(),
                ad_sets,
                control_total,
            };
            self.tell(&gap, hold, findings);
            gaps.push(gap);
        }
        gaps
    }

    fn tell(&self, gap: &Reconciliation, hold: &HoldSettings, findings: &mut Findings) {
        let severity = self.severity(gap, hold);
        let message = format!(
            "In {}, the ad sets of {} add up to {} of {}, the {} control says {} ({})",
            gap.week,
            self.account.name(),
            gap.ad_sets.normalize(),
            gap.measure.replace('_', " "),
            gap.control,
            gap.control_total.normalize(),
            apart(gap),
        );
        let action = match severity {
            Severity::Note => None,
            Severity::Warning | Severity::Hold => {
                Some("Compare the week with Ads Manager, then pull it again.")
            }
        };
        findings.tell(
            severity,
            FindingClass::ReconciliationGap,
            self.account.id(),
            message,
            action,
        );
    }

    fn severity(&self, gap: &Reconciliation, hold: &HoldSettings) -> Severity {
        let difference = (gap.ad_sets - gap.control_total).abs();
        if gap.measure == SPEND && difference <= self.rounding_max() {
            return Severity::Note;
        }
        let limit = Decimal::from(hold.reconciliation_percent_max) * gap.control_total.abs();
        if difference * Decimal::ONE_HUNDRED > limit { Severity::Hold } else { Severity::Warning }
    }

    /// Each row's spend is rounded to hundredths, so it may be off by half of one.
    fn rounding_max(&self) -> Decimal {
        Decimal::new(5, 3) * Decimal::from(self.grain.rows + self.total.rows)
    }
}

/// The additive measures that every level reports.
fn additive(measures: &Measures) -> [(&'static str, Decimal); 5] {
    [
        (SPEND, measures.spend),
        (IMPRESSIONS, Decimal::from(measures.impressions)),
        (CLICKS, Decimal::from(measures.clicks)),
        (LINK_CLICKS, Decimal::from(measures.link_clicks)),
        (META_LEADS, Decimal::from(measures.meta_leads)),
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
