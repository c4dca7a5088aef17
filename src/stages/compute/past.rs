//! What the report's past lacks: weeks that nobody pulled, figures that are not whole, contacts
//! that were attributed with less than is known now. Each with the command that repairs it.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{Goal, Shortfall, UnreadWeek, WeekObserved};
use weekledger_events::{AccountId, Finding, FindingClass, ReportId, Severity, Week};
use weekledger_projections::series::{KnownWeek, Series};
use weekledger_projections::sightings::{Witness, attributed_early};

use crate::config::RunSettings;
use crate::repair::Repair;

/// The past as a run knows it.
pub(super) struct Past<'a> {
    pub(super) series: &'a Series,
    pub(super) settings: &'a RunSettings,
    pub(super) newest: Week,
    /// What the run itself observed: its own findings tell of it.
    pub(super) own: &'a [&'a WeekObserved],
    pub(super) witnesses: &'a [Witness<'a>],
    pub(super) unread: &'a [UnreadWeek],
}

impl Past<'_> {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let before = |unread: &&UnreadWeek| unread.week < self.newest;
        let mut findings: Vec<Finding> = self.unread.iter().filter(before).map(unread).collect();
        findings.extend(self.gap());
        findings.extend(self.lacks());
        findings.extend(self.early());
        findings
    }

    /// Weeks that nobody pulled, between the first one known and this one.
    fn gap(&self) -> Option<Finding> {
        let first = self.series.weeks.first()?.week;
        let weeks = (0..self.newest.weeks_since(first)).map(|count| first.plus(count));
        // To pull a damaged week once more would fail on the damage.
        let damaged = |week: &Week| self.unread.iter().any(|unread| unread.week == *week);
        let absent = weeks.filter(|week| self.series.week(*week).is_none());
        let missing: Vec<Week> = absent.filter(|week| !damaged(week)).collect();
        let (from, to) = (missing.first()?, missing.last()?);
        let message = format!(
            "The history lacks {}; windows that reach over {} are incomplete.",
            named(&missing),
            it(&missing)
        );
        let action = format!("Run `weekledger backfill --from {from} --to {to}`.");
        Some(finding(FindingClass::HistoryGap, from.to_string(), message, action))
    }

    /// Accounts and the CRM in weeks that are known, but not in full.
    fn lacks(&self) -> Vec<Finding> {
        let is_own = |week: Week| self.own.iter().any(|seen| seen.week == week);
        let mut lacks: BTreeMap<(String, bool), Vec<(Week, String)>> = BTreeMap::new();
        for known in self.series.weeks.iter().filter(|known| !is_own(known.week)) {
            for account in &self.settings.accounts {
                if let Some((missing, why)) = account_lack(known, &account.account) {
                    let key = (account.account.to_string(), missing);
                    lacks.entry(key).or_default().push((known.week, why.to_owned()));
                }
            }
            if let Some(missing) = self.crm_lack(known) {
                let why = if missing { "none came to be used" } else { "contacts may be missing" };
                let why = why.to_owned();
                lacks
                    .entry((Finding::CRM.to_owned(), missing))
                    .or_default()
                    .push((known.week, why));
            }
        }
        lacks
            .into_iter()
            .filter_map(|((subject, missing), weeks)| self.lack(&subject, missing, &weeks))
            .collect()
    }

    fn lack(&self, subject: &str, missing: bool, lacks: &[(Week, String)]) -> Option<Finding> {
        let (newest, why) = lacks.last()?;
        let weeks: Vec<Week> = lacks.iter().map(|(week, _)| *week).collect();
        let mut accounts = self.settings.accounts.iter();
        let name = accounts
            .find(|account| account.account.as_str() == subject)
            .map_or(subject, |account| &account.name);
        let message = if missing {
            format!(
                "The figures of {name} for {} are missing ({why}); windows that reach over {} are \
                 incomplete.",
                named(&weeks),
                it(&weeks)
            )
        } else {
            format!(
                "The figures of {name} for {} are not whole ({why}); windows that reach over {} \
                 show less than there was.",
                named(&weeks),
                it(&weeks)
            )
        };
        let repair = self.repair(*newest);
        let action = match &weeks[..] {
            [_] => format!("Run `weekledger {repair}`."),
            _ => format!(
                "Run `weekledger {repair}`, and the same for the others; `weekledger status` \
                 lists them."
            ),
        };
        Some(finding(FindingClass::HistoryGap, subject.to_owned(), message, action))
    }

    /// Whether the CRM is missing altogether. Before its first week it was not part of the report.
    fn crm_lack(&self, known: &KnownWeek) -> Option<bool> {
        if !self.settings.hubspot.enabled {
            return None;
        }
        match &known.crm {
            Some(crm) => crm.totals.shortfall.map(|_| false),
            None => {
                let mut before = self.series.weeks.iter().take_while(|w| w.week < known.week);
                before.any(|week| week.crm.is_some()).then_some(true)
            }
        }
    }

    /// Contacts cannot be attributed anew without asking for them again: what they said is not kept.
    fn early(&self) -> Option<Finding> {
        if !self.settings.hubspot.enabled {
            return None;
        }
        let early =
            attributed_early(self.series, self.witnesses, self.own, &self.settings.time_zone);
        let newest = early.last()?;
        let message = format!(
            "The contacts of {} were given to campaigns before older weeks had been pulled, which \
             know more of the campaigns; some may count for another campaign or for none.",
            named(&early)
        );
        let repair = self.repair(*newest);
        let others =
            if early.len() > 1 { ", and the same for the others, oldest first" } else { "" };
        let action = format!("Run `weekledger {repair} --known-as now`{others}.");
        Some(finding(FindingClass::UnattributedLeads, Finding::CRM.to_owned(), message, action))
    }

    /// A past week is not mailed once more for it.
    fn repair(&self, week: Week) -> Repair<'_> {
        let report: &ReportId = &self.settings.report;
        Repair::new(report, week, Goal::Figures)
    }
}

/// A week whose record is damaged. What is wrong with it is for the owner, and stands in the event.
fn unread(unread: &UnreadWeek) -> Finding {
    let week = unread.week;
    let message = format!(
        "What was recorded of {week} cannot be read and is left out; windows that reach over it \
         may be incomplete."
    );
    finding(FindingClass::HistoryGap, week.to_string(), message, sentence(&unread.action))
}

/// A remedy as a sentence.
fn sentence(remedy: &str) -> String {
    let mut chars = remedy.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    let end = if remedy.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.map(String::from).unwrap_or_default(), chars.as_str())
}

/// Whether the account's figures of the week are missing, and why they are missing or too few.
fn account_lack(known: &KnownWeek, account: &AccountId) -> Option<(bool, &'static str)> {
    let account = known.account(account)?;
    let missing = account.observed.is_none();
    let why = account.facts.shortfall.or(missing.then_some(Shortfall::NotPulled))?;
    let words = match why {
        Shortfall::NotPulled => "it could not be pulled",
        Shortfall::NoRows => "Meta sent no rows",
        Shortfall::RowsLeftOut => "rows were left out",
        Shortfall::SumsApart => "its rows do not add up to what Meta says itself",
        Shortfall::LeadsWithheld => "its rows lack their actions",
    };
    Some((missing, words))
}

/// "2026-W44" or "3 weeks from 2026-W40 to 2026-W44".
fn named(weeks: &[Week]) -> String {
    let weeks: BTreeSet<Week> = weeks.iter().copied().collect();
    match (weeks.first(), weeks.last()) {
        (Some(from), Some(to)) if from != to => {
            format!("{} weeks from {from} to {to}", weeks.len())
        }
        (Some(week), _) => week.to_string(),
        _ => String::new(),
    }
}

fn it(weeks: &[Week]) -> &'static str {
    if weeks.len() == 1 { "it" } else { "them" }
}

fn finding(class: FindingClass, subject: String, message: String, action: String) -> Finding {
    let (severity, action) = (Severity::Warning, Some(action));
    Finding { class, severity, subject, week: None, message, action }
}
