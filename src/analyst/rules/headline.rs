//! The headline: one sentence that a reader could stop after.

use weekledger_events::FindingClass;
use weekledger_projections::claim::{Alias, Claim, ClaimSet, DoubtKind};
use weekledger_projections::figure::{Direction, Level, Metric, Window};
use weekledger_projections::words::Sentence;

use super::gaps::{Gaps, crm_counted};
use super::prose::{
    Prose, alerts, begins, behind, called, is_steady, of_week, open_alert, spend, turn,
};
use crate::analyst::Brief;

/// Around a change on the week before.
const AGAINST_BEFORE: [&str; 2] = [" (", " on the week before)"];

pub fn headline(brief: Brief<'_>) -> Sentence {
    let set = brief.claims;
    let gaps = Gaps::of(brief);
    if let Some(alert) = alerts(set).first() {
        return gaps.also(set, marks(brief, alarm(set, alert), ". ", "")).end();
    }
    if gaps.has_accounts() {
        return marks(brief, gaps.instead(set), " ", ".").end();
    }
    let crm = counted_contacts(set);
    let Some(leads) = of_week(set, Metric::MetaLeads).filter(|leads| leads.value.is_some()) else {
        let start = Prose::new("No ad account has figures for this week");
        return gaps.also(set, crm_counted(start, "; the", crm)).end();
    };
    let spent = spend(set, Window::Week);
    let said = if !is_zero(leads) {
        with_leads(brief, leads, crm, &spent)
    } else if spent.iter().all(|claim| is_zero(claim)) && crm.is_none_or(is_zero) {
        empty(leads, &spent)
    } else {
        let start = Prose::default().values(&spent).text(" spent, and Meta recorded ");
        crm_counted(start.counted(leads, "lead", "leads"), "; the", crm)
    };
    gaps.also(set, marks(brief, said, ". ", "")).end()
}

/// A statement that rests on recorded figures, and in a sentence of its own each what speaks against
/// taking them for facts, and which accounts stopped.
fn marks(brief: Brief<'_>, said: Prose, joint: &str, end: &str) -> Prose {
    let said = doubts(brief.claims, said, joint, end);
    match &stopped(brief)[..] {
        [] => said,
        stopped => {
            let said = said.text(joint).text("Delivery stopped at ");
            said.names(brief.claims, stopped).text(end)
        }
    }
}

/// Accounts that delivered before and did not this week.
fn stopped(brief: Brief<'_>) -> Vec<Alias> {
    let set = brief.claims;
    let is_told = |id: &str| {
        brief.findings.iter().any(|finding| {
            finding.class == FindingClass::DeliveryStopped
                && finding.subject == id
                && finding.week.is_none_or(|week| week == set.week)
        })
    };
    let accounts = set.entities.iter().filter(|entity| entity.level == Level::Account);
    accounts.filter(|entity| is_told(&entity.id)).map(|entity| entity.alias).collect()
}

/// The CRM leads, unless there are none to speak of: that not a contact came is said instead.
pub fn counted_contacts(set: &ClaimSet) -> Option<&Claim> {
    let silent = set.doubts.iter().any(|doubt| doubt.kind == DoubtKind::CrmSilent);
    of_week(set, Metric::CrmLeads).filter(|crm| crm.value.is_some() && !silent)
}

fn doubts(set: &ClaimSet, said: Prose, joint: &str, end: &str) -> Prose {
    let kinds = [
        (DoubtKind::Tracking, "Tracking may be broken"),
        (DoubtKind::Incomplete, "The ad figures may be incomplete"),
        (DoubtKind::CrmIncomplete, "The CRM leads may be incomplete"),
        (DoubtKind::CrmSilent, "The CRM leads may be missing"),
    ];
    kinds.into_iter().fold(said, |said, (kind, doubt)| {
        let about = about(set, kind);
        match about[..] {
            [] => said,
            [Alias::REPORT] => said.text(joint).text(doubt).text(end),
            _ => said.text(joint).text(doubt).text(" at ").names(set, &about).text(end),
        }
    })
}

fn about(set: &ClaimSet, kind: DoubtKind) -> Vec<Alias> {
    set.doubts.iter().filter(|doubt| doubt.kind == kind).map(|doubt| doubt.about).collect()
}

fn left_range(claim: &Claim) -> bool {
    matches!(claim.direction, Some(Direction::Up | Direction::Down))
}

fn is_zero(claim: &Claim) -> bool {
    claim.value.is_some_and(|value| value.is_zero())
}

fn alarm(set: &ClaimSet, alert: &Claim) -> Prose {
    // What one account alone makes up is told of the account.
    let whole = |account: &&Claim| account.value == alert.value;
    let alert = behind(set, alert).filter(whole).unwrap_or(alert);
    let said = match alert.direction {
        Some(Direction::Up | Direction::Down) => {
            let start = if alert.entity == Alias::REPORT {
                Prose::new(&begins(alert.metric))
            } else {
                Prose::default().name(alert).text(": ").text(called(alert.metric))
            };
            start.moved_to(set, alert, 0, [", ", " on the week before"])
        }
        Some(Direction::Flat) | None => open_alert(alert),
    };
    match behind(set, alert) {
        Some(account) => said.text("; ").name(account).text(" stands at ").value(account),
        None => said,
    }
}

fn with_leads(brief: Brief<'_>, leads: &Claim, crm: Option<&Claim>, spent: &[&Claim]) -> Prose {
    let set = brief.claims;
    let steady = leads.direction == Some(Direction::Flat) && is_steady(set);
    let moved = left_range(leads);
    let start = if moved {
        Prose::new("Meta leads").moved_to(set, leads, turn(set), AGAINST_BEFORE)
    } else if steady && stopped(brief).is_empty() {
        let openings = ["A steady week: ", "An ordinary week: "];
        Prose::new(openings[turn(set) % openings.len()]).counted(leads, "Meta lead", "Meta leads")
    } else {
        Prose::default().counted(leads, "Meta lead", "Meta leads")
    };
    let crm_moved = crm.filter(|crm| left_range(crm));
    let counted = match crm.filter(|crm| !moved && !left_range(crm)) {
        Some(crm) => start.text(" and ").counted(crm, "CRM lead", "CRM leads"),
        None => start,
    };
    let said = match spent {
        [] => counted,
        _ => counted.text(" on ").values(spent).text(" of spend"),
    };
    match crm_moved {
        Some(crm) => said.text("; CRM leads").moved_to(set, crm, turn(set), AGAINST_BEFORE),
        None => said,
    }
}

fn empty(leads: &Claim, spent: &[&Claim]) -> Prose {
    let start = Prose::new("An empty week: ");
    let start = if spent.is_empty() { start } else { start.values(spent).text(" spent, ") };
    start.counted(leads, "lead", "leads")
}
