//! Weeks of an account that cannot be taken as they came: everything was left out, nothing was sent
//! although there had been something, or a field was withheld. Zero is never shown for those, and
//! what is known to be too little says so for as long as nothing better is known.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{PageKind, Shortfall};
use weekledger_events::{AccountId, FindingClass, Severity, Week};

use super::account::Account;
use super::findings::Findings;
use super::grain::{Grain, GrainRow};
use super::knowledge::Knowledge;
use super::left_out::LeftOut;

/// The weeks of accounts whose figures are missing or too few.
pub(super) type Unsound = BTreeMap<(Week, AccountId), Lack>;

/// What an account lacks in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lack {
    pub(super) why: Shortfall,
    /// Nothing is used: of an earlier week what was known before stays. Else its rows count, as
    /// far as they go.
    pub(super) missing: bool,
}

pub(super) struct Soundness<'a> {
    pub(super) grain: &'a Grain,
    pub(super) left_out: &'a LeftOut,
    /// Further from a control than the limit.
    pub(super) apart: &'a BTreeSet<(Week, AccountId)>,
    pub(super) knowledge: &'a Knowledge,
    /// Weeks of accounts that are known already and without doubt.
    pub(super) standing: &'a BTreeSet<(Week, AccountId)>,
    pub(super) newest: Week,
}

impl Soundness<'_> {
    pub(super) fn judge(&self, accounts: &[Account<'_>], findings: &mut Findings) -> Unsound {
        let mut unsound = Unsound::new();
        for account in accounts.iter().filter(|account| account.pulled) {
            for week in self.grain.keys() {
                if let Some(lack) = self.lack(*week, account, findings) {
                    unsound.insert((*week, account.id().clone()), lack);
                }
            }
        }
        unsound
    }

    fn lack(&self, week: Week, account: &Account<'_>, findings: &mut Findings) -> Option<Lack> {
        let left_out = self.left_out.any(PageKind::AdSetDays, account.id(), week);
        let apart = self.apart.contains(&(week, account.id().clone()));
        let gone = |why| Some(Lack { why, missing: true });
        if self.rows(week, account).next().is_none() {
            if left_out {
                self.tell_all_left_out(week, account, findings);
                return gone(Shortfall::RowsLeftOut);
            }
            // The controls know of something: zero would be wrong, whatever is known before.
            let none = self.vanished(week, account, findings) || apart;
            return none.then_some(Shortfall::NoRows).and_then(gone);
        }
        // All are told, the one that concerns most figures is carried on.
        let whys = [
            (left_out, Shortfall::RowsLeftOut),
            (apart, Shortfall::SumsApart),
            (self.withheld(week, account, findings), Shortfall::LeadsWithheld),
        ];
        let (_, why) = whys.into_iter().find(|(is_so, _)| *is_so)?;
        // A week that is merely too small, and not known otherwise, is held for a person to see.
        Some(Lack { why, missing: self.stays(week, account) })
    }

    /// Whether earlier figures take the place of what came now.
    fn stays(&self, week: Week, account: &Account<'_>) -> bool {
        week < self.newest && self.standing.contains(&(week, account.id().clone()))
    }

    fn rows(&self, week: Week, account: &Account<'_>) -> impl Iterator<Item = &GrainRow> {
        let rows = self.grain.get(&week).into_iter().flat_map(|grain| grain.rows.values());
        let id = account.id().clone();
        rows.filter(move |row| row.day.account == id)
    }

    fn tell_all_left_out(&self, week: Week, account: &Account<'_>, findings: &mut Findings) {
        if week != self.newest {
            return;
        }
        let message = format!(
            "In {week}, every row of {} was left out, so its figures are missing",
            account.name()
        );
        let action = findings.pull_again("Compare the rows with Ads Manager.");
        let mut about = findings.about(Some(week));
        about.spoil(FindingClass::AccountMissing, account.id(), message, &action);
    }

    /// Not a single row for a week that is known to have had delivery; a newest week among others
    /// of that kind is not believed either.
    fn vanished(&self, week: Week, account: &Account<'_>, findings: &mut Findings) -> bool {
        let id = account.id();
        let gone = |week: &Week| {
            let known = self.knowledge.week(*week).is_some_and(|known| known.delivered(id));
            known && self.rows(*week, account).next().is_none()
        };
        let all_empty = || self.grain.keys().all(|week| self.rows(*week, account).next().is_none());
        let own = gone(&week);
        let among = week == self.newest && all_empty() && self.grain.keys().any(gone);
        if !own && !among {
            return false;
        }
        let message = if own {
            format!(
                "In {week}, Meta sent no rows for {}, though delivery was known before; what was \
                 known stays",
                account.name()
            )
        } else {
            format!(
                "In {week}, Meta sent no rows for {}, nor for earlier weeks that are known to have \
                 had delivery; its figures are missing",
                account.name()
            )
        };
        let action = findings.pull_again(
            "Compare with Ads Manager; where the rows are there, check what the token may read.",
        );
        let class =
            if among { FindingClass::AccountMissing } else { FindingClass::DeliveryStopped };
        findings.about(Some(week)).tell(Severity::Hold, class, id, message, Some(&action));
        true
    }

    /// The provider leaves `actions` out of a row without any; of all rows it does so only if
    /// tracking broke or the field may not be read. True if there certainly were some.
    fn withheld(&self, week: Week, account: &Account<'_>, findings: &mut Findings) -> bool {
        let id = account.id();
        if self.rows(week, account).any(|row| row.has_actions) {
            return false;
        }
        let rows = || self.rows(week, account).map(|row| row.day.measures);
        if rows().all(|measures| measures.impressions == 0) {
            return false;
        }
        let had_leads = self.knowledge.before(self.newest).any(|known| known.had_leads(id));
        if !had_leads {
            return false;
        }
        // A link click is an action itself.
        let contradicted = rows().any(|measures| measures.link_clicks > 0);
        let rewritten = self.knowledge.week(week).is_some_and(|known| known.had_leads(id));
        let message = format!(
            "In {week}, no row of {} holds actions, so it has no leads, though it had some before: \
             has tracking stopped, or may the token not read them?",
            account.name()
        );
        let action = findings.pull_again(
            "Send a test lead, look at the events of the pixel and the forms in Meta Events \
             Manager, and check the permissions of the token.",
        );
        let mut about = findings.about(Some(week));
        let class = FindingClass::TrackingSilent;
        if contradicted || rewritten {
            about.spoil(class, id, message, &action);
        } else {
            about.warn(class, id, message, &action);
        }
        contradicted || rewritten
    }
}
