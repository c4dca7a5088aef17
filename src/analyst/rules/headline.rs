//! The headline: one sentence that a reader could stop after.

use weekledger_events::{Finding, FindingClass};
use weekledger_projections::claim::{Alias, Claim, ClaimSet};
use weekledger_projections::figure::{Direction, Metric, Window};
use weekledger_projections::words::Sentence;

use super::prose::{Prose, alerts, begins, behind, called, of_week, spend, turn};
use crate::analyst::Brief;

pub fn headline(brief: Brief<'_>) -> Sentence {
    let set = brief.claims;
    let spent = spend(set, Window::Week);
    let is_missing = |finding: &Finding| finding.class == FindingClass::AccountMissing;
    if spent.is_empty() && brief.findings.iter().any(is_missing) {
        return Prose::new("The ad figures of this week could not be read.").end();
    }
    if let Some(alert) = alerts(set).first() {
        return alarm(set, alert);
    }
    let Some(leads) = of_week(set, Metric::MetaLeads).filter(|leads| leads.value.is_some()) else {
        return Prose::new("There are no lead figures for this week.").end();
    };
    let crm = of_week(set, Metric::CrmLeads).filter(|crm| crm.value.is_some());
    if !is_zero(leads) {
        return with_leads(set, leads, crm, &spent);
    }
    if spent.iter().all(|claim| is_zero(claim)) && crm.is_none_or(is_zero) {
        return empty(leads, &spent);
    }
    let start = Prose::default().values(&spent).text(" spent, and Meta counted ").value(leads);
    match crm {
        Some(crm) => start.text(" leads; the CRM counted ").value(crm).text(".").end(),
        None => start.text(" leads.").end(),
    }
}

fn is_zero(claim: &Claim) -> bool {
    claim.value.is_some_and(|value| value.is_zero())
}

fn alarm(set: &ClaimSet, alert: &Claim) -> Sentence {
    let start = if alert.entity == Alias::REPORT {
        Prose::new(&begins(alert.metric))
    } else {
        Prose::default().name(alert).text(": ").text(called(alert.metric))
    };
    let said = match alert.direction {
        Some(Direction::Up | Direction::Down) => start.text(" ").moved(alert, 0).text(" to "),
        Some(Direction::Flat) | None => start.text(" still out of line at "),
    };
    let said = said.value(alert).change(set, alert, ", ", " on the week before");
    match behind(set, alert) {
        Some(account) => said.text("; ").name(account).text(" stands at ").value(account),
        None => said,
    }
    .text(".")
    .end()
}

fn with_leads(set: &ClaimSet, leads: &Claim, crm: Option<&Claim>, spent: &[&Claim]) -> Sentence {
    let moved = matches!(leads.direction, Some(Direction::Up | Direction::Down));
    let start = if moved {
        Prose::new("Meta leads ").moved(leads, turn(set)).text(" to ").value(leads)
    } else if leads.direction == Some(Direction::Flat) {
        let openings = ["A steady week: ", "An ordinary week: "];
        Prose::new(openings[turn(set) % openings.len()]).value(leads).text(" Meta leads")
    } else {
        Prose::default().value(leads).text(" Meta leads")
    };
    let counted = match crm {
        Some(crm) if !moved => start.text(" and ").value(crm).text(" CRM leads"),
        _ => start,
    };
    if spent.is_empty() {
        return counted.text(".").end();
    }
    counted.text(" on ").values(spent).text(" of spend.").end()
}

fn empty(leads: &Claim, spent: &[&Claim]) -> Sentence {
    let start = Prose::new("An empty week: ");
    let start = if spent.is_empty() { start } else { start.values(spent).text(" spent, ") };
    start.value(leads).text(" leads.").end()
}
