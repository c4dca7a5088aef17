//! Which recorded figures of the week are no fact: tracking that fell silent, rows that are missing.
//! A report that was held for it and sent nevertheless says so beside the figures.

use weekledger_events::{Finding, FindingClass, Severity};

use super::super::{Alias, Doubt, DoubtKind};
use super::Chooser;
use crate::figure::{Level, Metric, Window};

/// What says that contacts are missing.
const LACKS: [FindingClass; 3] =
    [FindingClass::IncompletePages, FindingClass::UnusableRow, FindingClass::NotANumber];

impl Chooser<'_> {
    pub(super) fn doubts(&mut self) {
        let newest = self.input.week;
        let findings = self.input.metrics.findings.iter();
        let of_week = findings.filter(|finding| finding.week.is_none_or(|week| week == newest));
        let mut doubts: Vec<Doubt> = of_week.filter_map(|finding| self.doubt(finding)).collect();
        doubts.sort_unstable();
        doubts.dedup();
        // What is in doubt as a whole needs no list of its parts.
        let whole: Vec<DoubtKind> =
            doubts.iter().filter(|one| one.about == Alias::REPORT).map(|one| one.kind).collect();
        doubts.retain(|one| one.about == Alias::REPORT || !whole.contains(&one.kind));
        self.set.doubts = doubts;
    }

    fn doubt(&self, finding: &Finding) -> Option<Doubt> {
        let holds = finding.severity == Severity::Hold;
        let kind = match finding.class {
            FindingClass::TrackingSilent if finding.subject == Finding::CRM => DoubtKind::CrmSilent,
            FindingClass::TrackingSilent => DoubtKind::Tracking,
            // These figures are absent, and shown as that.
            FindingClass::AccountMissing | FindingClass::CrmMissing => return None,
            _ if finding.subject == Finding::CRM && (holds || self.lacks_contacts(finding)) => {
                DoubtKind::CrmIncomplete
            }
            _ if holds || self.lacks_rows(finding) => DoubtKind::Incomplete,
            _ => return None,
        };
        let account = self.alias(Level::Account, &finding.subject);
        // Figures that there are none of need no doubt.
        let is_shown = account.is_none_or(|account| self.has_figures(account));
        is_shown.then(|| Doubt { kind, about: account.unwrap_or(Alias::REPORT) })
    }

    /// Whether so little is missing that the report is not held for it.
    fn lacks_rows(&self, finding: &Finding) -> bool {
        let lacks = match finding.class {
            FindingClass::ReconciliationGap => true,
            FindingClass::UnusableRow | FindingClass::NotANumber => {
                let accounts = self.observed.map_or(&[][..], |observed| &observed.accounts);
                accounts.iter().any(|facts| {
                    facts.account.as_str() == finding.subject && facts.shortfall.is_some()
                })
            }
            _ => false,
        };
        lacks && finding.severity == Severity::Warning
    }

    fn lacks_contacts(&self, finding: &Finding) -> bool {
        let crm = self.observed.and_then(|observed| observed.crm.as_ref());
        let is_short = crm.is_some_and(|crm| crm.shortfall.is_some());
        is_short && finding.severity == Severity::Warning && LACKS.contains(&finding.class)
    }

    fn has_figures(&self, account: Alias) -> bool {
        let leads = self.set.figure(account, Metric::MetaLeads, Window::Week, None);
        leads.is_some_and(|leads| leads.value.is_some())
    }
}
