//! What stopped: accounts and campaigns that delivered in the week before and do not now, and
//! weeks without anything.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{AccountWeek, AdSetWeek, WeekObserved};
use weekledger_events::{AccountId, CampaignId, Finding, FindingClass, Severity, Week};

use super::findings::Findings;
use super::knowledge::{EarlierWeek, Knowledge};
use super::observe::ObservedWeek;
use crate::config::HoldSettings;

/// What a finding about all accounts is about.
const META: &str = "Meta";

/// A week as it is compared with another.
#[derive(Clone, Copy)]
pub(super) struct WeekFacts<'a> {
    pub(super) week: Week,
    accounts: &'a [AccountWeek],
    ad_sets: &'a [AdSetWeek],
}

impl<'a> From<&'a WeekObserved> for WeekFacts<'a> {
    fn from(observed: &'a WeekObserved) -> Self {
        let WeekObserved { week, accounts, ad_sets, .. } = observed;
        Self { week: *week, accounts, ad_sets }
    }
}

impl<'a> From<&'a EarlierWeek> for WeekFacts<'a> {
    fn from(earlier: &'a EarlierWeek) -> Self {
        let EarlierWeek { week, accounts, ad_sets, .. } = earlier;
        Self { week: *week, accounts, ad_sets }
    }
}

impl<'a> WeekFacts<'a> {
    /// `None` if the account was not pulled in this week.
    pub(super) fn pulled(&self, account: &AccountId) -> Option<&'a AccountWeek> {
        self.accounts.iter().find(|week| week.account == *account && week.pulled)
    }

    pub(super) fn rows_of(&self, account: &AccountId) -> impl Iterator<Item = &'a AdSetWeek> {
        self.ad_sets.iter().filter(move |row| row.account == *account)
    }

    fn delivered(&self) -> impl Iterator<Item = &'a AdSetWeek> {
        self.ad_sets.iter().filter(|row| delivers(row))
    }
}

/// Compares a week with the one before it; accounts that were not pulled in both are left out.
pub(super) fn tell_stopped(
    now: WeekFacts<'_>,
    before: WeekFacts<'_>,
    hold: &HoldSettings,
    findings: &mut Findings,
) {
    let delivering: BTreeSet<&CampaignId> = now.delivered().map(|row| &row.campaign).collect();
    if tell_all_stopped(now, before, findings) {
        return;
    }
    tell_many_stopped(now, before, hold, findings);
    for account in now.accounts {
        let id = &account.account;
        if now.pulled(id).is_none() || before.pulled(id).is_none() {
            continue;
        }
        let was: BTreeMap<&CampaignId, &str> = before
            .delivered()
            .filter(|row| row.account == *id)
            .map(|row| (&row.campaign, row.campaign_name.as_str()))
            .collect();
        let still = now.delivered().any(|row| row.account == *id);
        if !was.is_empty() && !still {
            let message = format!(
                "{} delivered in {} and has no delivery in {}",
                account.name, before.week, now.week
            );
            let action = "Check whether the account was meant to stop, and its billing.";
            findings.about(Some(now.week)).warn(FindingClass::DeliveryStopped, id, message, action);
            continue;
        }
        for (campaign, name) in was.iter().filter(|(campaign, _)| !delivering.contains(**campaign))
        {
            let message = format!(
                "Campaign \"{}\" of {} delivered in {} and has no delivery in {}",
                shown(name),
                account.name,
                before.week,
                now.week
            );
            findings.about(Some(now.week)).note(FindingClass::DeliveryStopped, campaign, message);
        }
    }
}

/// Several accounts that all stop within one week are likelier an answer that lacks its rows.
fn tell_all_stopped(now: WeekFacts<'_>, before: WeekFacts<'_>, findings: &mut Findings) -> bool {
    let of = |week: &WeekFacts<'_>| -> BTreeSet<AccountId> {
        week.delivered().map(|row| row.account.clone()).collect()
    };
    let (was, is) = (of(&before), of(&now));
    let asked = was.iter().filter(|id| now.pulled(id).is_some()).count();
    if asked < 2 || !is.is_empty() {
        return false;
    }
    let message = format!(
        "No account has any delivery in {}, though {asked} delivered in {}: Meta may have sent no \
         rows",
        now.week, before.week
    );
    let action = findings.pull_again("Compare with Ads Manager.");
    let mut about = findings.about(Some(now.week));
    about.tell(Severity::Hold, FindingClass::DeliveryStopped, META, message, Some(&action));
    true
}

/// More accounts than the settings allow that stop within one week hold the report, for the same
/// reason. A report of one account has no others to compare it with.
fn tell_many_stopped(
    now: WeekFacts<'_>,
    before: WeekFacts<'_>,
    hold: &HoldSettings,
    findings: &mut Findings,
) {
    let delivered = |week: &WeekFacts<'_>, id: &AccountId| week.rows_of(id).any(delivers);
    let asked: Vec<&AccountWeek> = now
        .accounts
        .iter()
        .filter(|week| {
            now.pulled(&week.account).is_some() && before.pulled(&week.account).is_some()
        })
        .filter(|week| delivered(&before, &week.account))
        .collect();
    let stopped: Vec<&str> = asked
        .iter()
        .filter(|week| !delivered(&now, &week.account))
        .map(|week| week.name.as_str())
        .collect();
    let max = usize::try_from(hold.accounts_stopped_max).unwrap_or(usize::MAX);
    if asked.len() < 2 || stopped.len() <= max {
        return;
    }
    let message = format!(
        "{} of the {} accounts that delivered in {} have no delivery in {}: {}. Meta's answer may be \
         incomplete",
        stopped.len(),
        asked.len(),
        before.week,
        now.week,
        stopped.join(", ")
    );
    let action = findings.pull_again("Compare with Ads Manager.");
    let mut about = findings.about(Some(now.week));
    about.tell(Severity::Hold, FindingClass::DeliveryStopped, META, message, Some(&action));
}

/// Weeks back in which a delivery is still worth a word.
const RECENT_WEEKS: i32 = 8;

/// Accounts without any delivery in the weeks pulled, of which the ledger knows none, but an older
/// delivery: comparing each week with the one before would never notice.
pub(super) fn tell_gone(weeks: &[ObservedWeek], knowledge: &Knowledge, findings: &mut Findings) {
    let (Some(first), Some(last)) = (weeks.first(), weeks.last()) else { return };
    let (oldest, newest) = (first.observed.week, last.observed.week);
    for account in last.observed.accounts.iter().filter(|account| account.pulled) {
        let id = &account.account;
        let delivers_now = weeks
            .iter()
            .flat_map(|week| &week.observed.ad_sets)
            .any(|row| row.account == *id && delivers(row));
        let known = |week: &Week| knowledge.week(*week).is_some();
        let told_before = weeks.iter().any(|week| known(&week.observed.week));
        if delivers_now || told_before {
            continue;
        }
        let delivered = |week: &&EarlierWeek| week.delivered(id);
        let Some(was) = knowledge.before(oldest).rfind(delivered) else { continue };
        // The week right before is compared anyway where only one is pulled.
        let compared = was.week == newest.previous();
        if compared || newest.weeks_since(was.week) > RECENT_WEEKS {
            continue;
        }
        let message = format!(
            "{} has no delivery from {oldest} to {newest}; it last delivered in {}",
            account.name, was.week
        );
        let action = "Check whether the account was meant to stop, and its billing.";
        findings.about(Some(newest)).warn(FindingClass::DeliveryStopped, id, message, action);
    }
}

/// Says so if whatever was pulled holds neither delivery nor leads.
pub(super) fn tell_empty(now: &WeekObserved, findings: &mut Findings) {
    let pulled = now.accounts.iter().any(|account| account.pulled);
    let meta = now.ad_sets.iter().any(|row| delivers(row) || row.measures.meta_leads > 0);
    let crm = now.crm.as_ref().is_some_and(|crm| crm.unattributed > 0 || !crm.campaigns.is_empty());
    if pulled && !meta && !crm {
        let subject =
            if now.crm.is_some() { format!("meta, {}", Finding::CRM) } else { "meta".to_owned() };
        let message = format!("{} has no delivery and no leads in any account", now.week);
        let action = "Check whether all advertising was meant to stop.";
        findings.about(Some(now.week)).warn(FindingClass::EmptyWeek, subject, message, action);
    }
}

fn delivers(row: &AdSetWeek) -> bool {
    row.first_delivery.is_some()
}

/// A name from outside, fit to be shown in a sentence.
pub(super) fn shown(name: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut shown: String = name.chars().take(CHARS_MAX).filter(|c| !c.is_control()).collect();
    if name.chars().nth(CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
