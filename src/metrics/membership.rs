//! Accounts that joined the report, or left it since the week before.

use weekledger_events::FindingClass;
use weekledger_events::payload::AccountWeek;

use super::findings::Findings;
use super::knowledge::Knowledge;
use super::observe::ObservedWeek;

/// Told in the report of the week in which it happens, and again in its revisions.
pub(super) fn tell(weeks: &[ObservedWeek], knowledge: &Knowledge, findings: &mut Findings) {
    let (Some(first), Some(last)) = (weeks.first(), weeks.last()) else { return };
    let (oldest, newest) = (first.observed.week, last.observed.week);
    let now = &last.observed.accounts;
    let among = |accounts: &[AccountWeek], one: &AccountWeek| {
        accounts.iter().any(|other| other.account == one.account)
    };
    let mut about = findings.about(Some(newest));
    let before = knowledge.before(newest).next_back().map(|week| &week.accounts[..]);
    for left in before.unwrap_or_default().iter().filter(|one| !among(now, one)) {
        let message = format!("{} is no longer part of the report", left.name);
        about.note(FindingClass::AccountChanged, &left.account, message);
    }
    // What the first report pulls is all there is: nothing joined it.
    let known: Vec<&AccountWeek> =
        knowledge.before(oldest).flat_map(|week| &week.accounts).collect();
    if known.is_empty() {
        return;
    }
    let is_new = |one: &&AccountWeek| known.iter().all(|other| other.account != one.account);
    for joined in now.iter().filter(is_new) {
        let pulled = match oldest == newest {
            true => String::new(),
            false => format!("; it was pulled from {oldest} on"),
        };
        let message = format!("{} is part of the report since {newest}{pulled}", joined.name);
        about.note(FindingClass::AccountChanged, &joined.account, message);
    }
}
