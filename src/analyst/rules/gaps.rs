//! What is missing this week, and what is known nevertheless: said in the headline. Why it is
//! missing stands beside the figures and in the findings.

use weekledger_events::FindingClass;
use weekledger_projections::claim::{Alias, Claim, ClaimSet};
use weekledger_projections::figure::{Level, Metric, Window};

use super::headline::counted_contacts;
use super::prose::{Prose, of_week};
use crate::analyst::Brief;

/// Accounts that a headline names; the tables show all.
const NAMED_MAX: usize = 3;

/// The sources that gave nothing to be used.
pub struct Gaps<'a> {
    /// Accounts without figures, those that have a row.
    missing: Vec<Alias>,
    /// The Meta leads of the accounts that have figures.
    known: Vec<&'a Claim>,
    accounts: bool,
    crm: bool,
}

impl<'a> Gaps<'a> {
    pub fn of(brief: Brief<'a>) -> Self {
        let set = brief.claims;
        let told = |class| brief.findings.iter().any(|finding| finding.class == class);
        let lacks = |metric| of_week(set, metric).is_none_or(|claim| claim.value.is_none());
        let mut missing = Vec::new();
        let mut known = Vec::new();
        for account in set.level(Level::Account) {
            let leads = set.figure(account.alias, Metric::MetaLeads, Window::Week, None);
            match leads.filter(|leads| leads.value.is_some()) {
                Some(leads) => known.push(leads),
                None => missing.push(account.alias),
            }
        }
        let unread = told(FindingClass::AccountMissing) && lacks(Metric::MetaLeads);
        Self {
            accounts: unread || !missing.is_empty(),
            crm: told(FindingClass::CrmMissing) && lacks(Metric::CrmLeads),
            missing,
            known,
        }
    }

    /// Whether an account has no figures, so that the report has no totals.
    pub fn has_accounts(&self) -> bool {
        self.accounts
    }

    /// A finished statement, and what is missing after it.
    pub fn also(&self, set: &ClaimSet, said: Prose) -> Prose {
        let said = match (self.accounts, self.crm) {
            (false, false) => said,
            (false, true) => said.text("; the figures of the CRM are not known"),
            (true, crm) => {
                let said = self.are_unknown(set, said.text("; the figures of "));
                if crm { said.text(", nor are those of the CRM") } else { said }
            }
        };
        said.text(".")
    }

    /// The headline where totals are missing: what is, and what is known.
    pub fn instead(&self, set: &ClaimSet) -> Prose {
        let crm = counted_contacts(set);
        let start = if self.known.is_empty() {
            Prose::new("The ad figures of this week are not known")
        } else {
            self.are_unknown(set, Prose::new("The figures of "))
                .text(", so Meta leads have no total this week")
        };
        let start = if self.crm { start.text("; nor are those of the CRM") } else { start };
        if self.known.is_empty() || self.known.len() > NAMED_MAX {
            // A sentence of its own: it is not about the accounts.
            return match crm {
                Some(crm) => crm_counted(start, ". The", Some(crm)).text("."),
                None => start.text("."),
            };
        }
        let mut said = start.text(". ");
        for (index, leads) in self.known.iter().enumerate() {
            said = match index {
                0 => said.name(leads).text(" had ").counted(leads, "Meta lead", "Meta leads"),
                _ => said.text(", ").name(leads).text(" ").value(leads),
            };
        }
        crm_counted(said, "; the", crm).text(".")
    }

    /// "The figures of Lakeside Hotel and Old Town Suites are not known".
    fn are_unknown(&self, set: &ClaimSet, start: Prose) -> Prose {
        let shown = self.missing.iter().take(NAMED_MAX);
        let last = self.missing.len().min(NAMED_MAX).saturating_sub(1);
        let more = self.missing.len() > NAMED_MAX;
        let said = shown.enumerate().fold(start, |said, (index, alias)| {
            let joint = match index {
                0 => "",
                _ if index == last && !more => " and ",
                _ => ", ",
            };
            said.text(joint).named(set, *alias)
        });
        let said = if self.missing.is_empty() { said.text("an account") } else { said };
        let said = if more { said.text(" and others") } else { said };
        said.text(" are not known")
    }
}

/// "; the CRM counted 12 leads", where the joint ends with the article.
pub fn crm_counted(start: Prose, joint: &str, crm: Option<&Claim>) -> Prose {
    match crm {
        Some(crm) => start.text(joint).text(" CRM counted ").counted(crm, "lead", "leads"),
        None => start,
    }
}
