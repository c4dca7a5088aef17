//! The accounts of a pull: which are missing, how they are set up, and what changed since.

use jiff::tz::TimeZone;
use weekledger_events::payload::{
    AccountPull, AccountWeek, PullOutcome, RawFetched, Shortfall, Trouble,
};
use weekledger_events::{AccountId, Currency, FindingClass, Severity, Week};
use weekledger_projections::claim::attribution_name;

use super::findings::Findings;
use super::grain::{GrainRow, WeekGrain};
use super::knowledge::Knowledge;
use super::soundness::Lack;
use crate::config::{AccountSettings, RunSettings};
use crate::repair::Repair;

/// A configured account with what the pull and the last known week say of it.
pub(super) struct Account<'a> {
    pub(super) settings: &'a AccountSettings,
    pub(super) pulled: bool,
    /// `None` only if the account could never be read.
    pub(super) currency: Option<Currency>,
    /// IANA name, as the provider says or said; else the report's.
    pub(super) zone_name: String,
    pub(super) zone: TimeZone,
    status: Option<u32>,
    trouble: Option<Trouble>,
}

impl Account<'_> {
    pub(super) fn id(&self) -> &AccountId {
        &self.settings.account
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }
}

/// The report's accounts in their configured order, less those that are switched off.
pub(super) fn accounts<'a>(
    raw: &RawFetched,
    settings: &'a RunSettings,
    knowledge: &Knowledge,
    report_zone: &TimeZone,
    repair: Repair<'_>,
    findings: &mut Findings,
) -> Vec<Account<'a>> {
    let pull_of = |id: &AccountId| raw.accounts.iter().find(|pull| pull.account == *id);
    let accounts: Vec<Account<'a>> = settings
        .accounts
        .iter()
        .filter(|account| {
            pull_of(&account.account).is_none_or(|pull| pull.outcome != PullOutcome::Off)
        })
        .map(|account| {
            let earlier = knowledge.account(&account.account);
            let mut account = frame(account, pull_of(&account.account), earlier);
            find_zone(&mut account, settings, report_zone, findings);
            account
        })
        .collect();
    tell_missing(&accounts, settings.hold.accounts_missing_max, repair, findings);
    for account in accounts.iter().filter(|account| account.pulled) {
        tell_inactive(account, findings);
        tell_unexpected(account, findings);
        tell_changed(account, knowledge.account(account.id()), findings);
    }
    accounts
}

fn frame<'a>(
    settings: &'a AccountSettings,
    pull: Option<&AccountPull>,
    before: Option<&AccountWeek>,
) -> Account<'a> {
    let currency = pull
        .and_then(|pull| pull.currency.clone())
        .or_else(|| before.and_then(|before| before.currency.clone()));
    let zone_name = pull
        .and_then(|pull| pull.time_zone.clone())
        .or_else(|| before.map(|before| before.time_zone.clone()))
        .unwrap_or_default();
    let trouble = match pull.map(|pull| &pull.outcome) {
        Some(PullOutcome::Failed { trouble }) => Some(trouble.clone()),
        Some(_) if currency.is_none() => Some(absent("the provider did not say its currency")),
        Some(_) => None,
        None => Some(absent("the pull says nothing about it")),
    };
    Account {
        settings,
        pulled: trouble.is_none(),
        currency,
        zone_name,
        zone: TimeZone::UTC,
        status: pull.and_then(|pull| pull.status),
        trouble,
    }
}

fn absent(sentence: &str) -> Trouble {
    Trouble {
        class: "account_absent".to_owned(),
        sentence: sentence.to_owned(),
        // The command that pulls it says it all.
        action: String::new(),
    }
}

/// A zone that is not known leaves the report's own; weeks of Meta rows do not depend on it.
fn find_zone(
    account: &mut Account<'_>,
    settings: &RunSettings,
    report_zone: &TimeZone,
    findings: &mut Findings,
) {
    if let Ok(zone) = TimeZone::get(&account.zone_name) {
        account.zone = zone;
        return;
    }
    if account.pulled {
        let message = format!(
            "{} states the time zone \"{}\", which is not known; its contacts are put into weeks by \
             the report's zone {}",
            account.name(),
            account.zone_name.escape_debug(),
            settings.time_zone
        );
        let action = "Compare the ad account's time zone with the report's.";
        findings.warn(FindingClass::AccountChanged, account.id(), message, action);
    }
    account.zone_name.clone_from(&settings.time_zone);
    account.zone = report_zone.clone();
}

/// All missing always holds: such a report would say nothing.
fn tell_missing(
    accounts: &[Account<'_>],
    missing_max: u32,
    repair: Repair<'_>,
    findings: &mut Findings,
) {
    let missing = accounts.iter().filter(|account| !account.pulled).count();
    let all = missing == accounts.len();
    let too_many = missing > usize::try_from(missing_max).unwrap_or(usize::MAX);
    let severity = if all || too_many { Severity::Hold } else { Severity::Warning };
    for account in accounts {
        let Some(trouble) = &account.trouble else { continue };
        let sentence = trouble.sentence.trim_end_matches('.');
        let message = format!(
            "{} could not be pulled, so its figures are missing: {sentence}",
            account.name()
        );
        let action = repair.after(&trouble.action);
        let class = FindingClass::AccountMissing;
        findings.tell(severity, class, account.id(), message, Some(&action));
    }
}

/// Meta's `account_status`; 1 is active.
fn tell_inactive(account: &Account<'_>, findings: &mut Findings) {
    let Some(status) = account.status.filter(|status| *status != 1) else { return };
    let words = match status {
        2 => "disabled",
        3 => "unsettled: a payment is due",
        7 => "under risk review",
        8 => "waiting for a settlement",
        9 => "in the grace period of a payment",
        100 => "about to be closed",
        101 => "closed",
        _ => "not active",
    };
    let message = format!("The ad account of {} is {words} (status {status})", account.name());
    let action = "Look at the account's quality and billing pages in Meta Business Suite.";
    findings.warn(FindingClass::AccountInactive, account.id(), message, action);
}

/// The configuration schedules by the zone that it names, and readers expect its currency.
fn tell_unexpected(account: &Account<'_>, findings: &mut Findings) {
    let AccountSettings { time_zone, currency, .. } = account.settings;
    if let Some(expected) = time_zone.as_ref().filter(|zone| **zone != account.zone_name) {
        let message = format!(
            "The configuration says that {} is in {expected}, Meta says {}; its weeks are cut by \
             what Meta says",
            account.name(),
            account.zone_name
        );
        let action = "Correct the account's timezone in the configuration.";
        findings.warn(FindingClass::AccountChanged, account.id(), message, action);
    }
    if let (Some(expected), Some(found)) = (currency, &account.currency)
        && expected != found
    {
        let message = format!(
            "The configuration expects {} in {expected}, Meta says {found}; its amounts are in \
             {found}",
            account.name()
        );
        let action = "Compare meta_account with the number in Ads Manager, then correct it or the \
                      account's currency in the configuration.";
        findings.warn(FindingClass::AccountChanged, account.id(), message, action);
    }
}

fn tell_changed(account: &Account<'_>, before: Option<&AccountWeek>, findings: &mut Findings) {
    let Some(before) = before else { return };
    let mut changes = Vec::new();
    if let (Some(now), Some(before)) = (&account.currency, &before.currency)
        && now != before
    {
        changes.push(format!("its currency was {before} and is {now} now"));
    }
    if account.zone_name != before.time_zone {
        changes.push(format!(
            "its time zone was {} and is {} now",
            before.time_zone, account.zone_name
        ));
    }
    if !changes.is_empty() {
        let message = format!(
            "{} changed: {}; weeks that were pulled before are counted in the old way",
            account.name(),
            changes.join(", ")
        );
        let action = "Make sure that the change is intended.";
        findings.warn(FindingClass::AccountChanged, account.id(), message, action);
    }
}

/// The account within one week, also if it could not be read or its rows cannot be used: then its
/// figures are missing, not zero.
pub(super) fn account_week(
    account: &Account<'_>,
    lack: Option<&Lack>,
    grain: &WeekGrain,
) -> AccountWeek {
    let sound = lack.is_none_or(|lack| !lack.missing);
    let own = |row: &&GrainRow| sound && row.day.account == *account.id();
    let rows = || grain.rows.values().filter(own);
    let sorted = |texts: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        texts.collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect()
    };
    AccountWeek {
        account: account.id().clone(),
        name: account.name().to_owned(),
        currency: account.currency.clone(),
        time_zone: account.zone_name.clone(),
        pulled: account.pulled && sound,
        shortfall: match account.pulled {
            true => lack.map(|lack| lack.why),
            false => Some(Shortfall::NotPulled),
        },
        lead_rule: account.settings.lead_rule(),
        lead_actions: sorted(&mut rows().filter_map(|row| row.day.lead_action.as_ref())),
        attribution_settings: sorted(
            &mut rows().filter_map(|row| row.day.attribution_setting.as_ref()),
        ),
    }
}

fn settings(settings: &[String]) -> String {
    settings.iter().map(|one| attribution_name(one)).collect::<Vec<_>>().join("; ")
}

/// What the rows of an account within a week say about how leads were counted, against the week
/// before.
pub(super) fn tell_lead_definitions(
    week: Week,
    now: &AccountWeek,
    before: Option<&AccountWeek>,
    findings: &mut Findings,
) {
    let AccountWeek { account, name, .. } = now;
    let mut about = findings.about(Some(week));
    if now.lead_actions.len() > 1 {
        let message = format!(
            "In {week}, leads of {name} were taken from different action types: {}",
            now.lead_actions.join(", ")
        );
        let action = "In the configuration, list the one lead type that every ad set of the account \
                      reports.";
        about.warn(FindingClass::LeadTypesMixed, account, message, action);
    }
    if now.attribution_settings.len() > 1 {
        let message = format!(
            "In {week}, ad sets of {name} use different attribution settings: {}",
            settings(&now.attribution_settings)
        );
        about.note(FindingClass::AttributionChanged, account, message);
    }
    let Some(before) = before.filter(|_| now.pulled) else { return };
    let (was, is) = (&before.attribution_settings, &now.attribution_settings);
    if !was.is_empty() && !is.is_empty() && was != is {
        let message = format!(
            "The attribution setting of {name} was {} and is {} from {week} on",
            settings(was),
            settings(is)
        );
        let action = "Compare leads only within the same attribution setting.";
        about.warn(FindingClass::AttributionChanged, account, message, action);
    }
    if before.lead_rule != now.lead_rule {
        let message =
            format!("Leads of {name} are counted by another list of action types from {week} on");
        let action = "Backfill earlier weeks, so that all are counted alike.";
        about.warn(FindingClass::LeadRuleChanged, account, message, action);
    }
}
