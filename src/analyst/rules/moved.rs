//! What moved: only what left its ordinary range; otherwise that nothing did.

use weekledger_projections::claim::{Alias, Claim, ClaimSet};
use weekledger_projections::earlier::EarlierGround;
use weekledger_projections::figure::{Direction, Metric, Window};
use weekledger_projections::judge::Untestable;
use weekledger_projections::words::Sentence;

use super::prose::{
    Prose, begins, called, is_lingering, is_unusual, judged, leaps, moves_alike, of_week,
    open_alert, spend, turn,
};
use crate::analyst::Brief;

/// Movements that are named; the tables show the rest.
const MOVEMENTS_MAX: usize = 4;
const SETTLED_MAX: usize = 2;

pub fn moved(brief: Brief<'_>) -> Vec<Sentence> {
    let set = brief.claims;
    let left_range = |claim: &&Claim| {
        matches!(claim.direction, Some(Direction::Up | Direction::Down)) || is_lingering(claim)
    };
    let mut sentences: Vec<Sentence> = judged(set)
        .filter(left_range)
        .take(MOVEMENTS_MAX)
        .enumerate()
        .map(|(index, claim)| match is_lingering(claim) {
            true => open_alert(claim).text("; watch it next week as well.").end(),
            false => movement(set, claim, index + turn(set)),
        })
        .collect();
    if sentences.is_empty() {
        sentences.extend(calm(set).filter(|_| set.doubts.is_empty()));
        sentences.extend(steps(set));
    }
    sentences.extend(settled(brief));
    sentences.extend(budget(set));
    sentences.extend(four_weeks(set));
    sentences
}

/// What was acted on, and lies among its ordinary weeks again.
fn settled(brief: Brief<'_>) -> Vec<Sentence> {
    let set = brief.claims;
    let mut settled: Vec<&Claim> = Vec::new();
    for claim in brief.earlier.iter().flat_map(|action| &action.grounds).filter_map(|ground| {
        let EarlierGround::Figure { id, .. } = ground else { return None };
        set.source(id)
    }) {
        let is_ordinary = claim.direction == Some(Direction::Flat) && !is_lingering(claim);
        if is_ordinary && settled.iter().all(|other| other.id != claim.id) {
            settled.push(claim);
        }
    }
    let said = |claim: &&Claim| {
        let start = Prose::new("What was asked for last week: ");
        let start = match claim.entity {
            Alias::REPORT => start,
            _ => start.text("at ").name(claim).text(", "),
        };
        start
            .text(called(claim.metric))
            .text(" ")
            .moved(claim, 0)
            .text(" at ")
            .value(claim)
            .text(".")
    };
    settled.iter().take(SETTLED_MAX).map(|claim| said(claim).end()).collect()
}

/// "Meta leads" or "Lakeside Hotel: Meta leads".
fn subject(claim: &Claim) -> Prose {
    if claim.entity == Alias::REPORT {
        Prose::new(&begins(claim.metric))
    } else {
        Prose::default().name(claim).text(": ").text(called(claim.metric))
    }
}

fn movement(set: &ClaimSet, claim: &Claim, turn: usize) -> Sentence {
    let outside = [", outside the ordinary range.", ", beyond what ordinary weeks show."];
    let said = subject(claim).moved_to(set, claim, turn, [" (", " on the week before)"]);
    let is_said = !moves_alike(set, claim);
    said.text(if is_said { "." } else { outside[turn % outside.len()] }).end()
}

/// Nothing left its range, or nothing can be judged yet.
fn calm(set: &ClaimSet) -> Option<Sentence> {
    if judged(set).any(|claim| claim.direction == Some(Direction::Flat)) {
        let said = match leaps(set) {
            true => {
                "The level of every figure that can be judged stayed within its ordinary range."
            }
            false => "Every figure that can be judged stayed within its ordinary range.",
        };
        return Some(Prose::new(said).end());
    }
    let why = match of_week(set, Metric::MetaLeads)?.untestable? {
        Untestable::NotEnoughHistory => "It is too early to call a trend: the history is short.",
        Untestable::TooFewLeads => "Too few leads come in a week to tell a change from chance.",
        Untestable::NoDelivery => "Nothing was delivered, so there is nothing to judge.",
        Untestable::NoValue => "There is nothing to judge this week.",
    };
    Some(Prose::new(why).end())
}

/// Leads at an ordinary level that took an unusual step to it.
fn steps(set: &ClaimSet) -> impl Iterator<Item = Sentence> {
    let leads = [Metric::MetaLeads, Metric::CrmLeads];
    let found = leads.into_iter().filter_map(|metric| of_week(set, metric));
    let steps =
        found.filter(|claim| claim.direction == Some(Direction::Flat) && is_unusual(set, claim));
    steps.map(|claim| {
        subject(claim)
            .text(" were ")
            .value(claim)
            .change(set, claim, ", ", " on the week before: an unusual step, to an ordinary level.")
            .end()
    })
}

/// Spend has no alert; it follows from budgets. Said once for all currencies.
fn budget(set: &ClaimSet) -> Option<Sentence> {
    let is_told = |claim: &&Claim| {
        claim.direction.is_none_or(|direction| direction == Direction::Flat)
            && claim
                .change
                .and_then(|id| set.claim(id))
                .is_some_and(|change| change.value.is_some())
    };
    let spent: Vec<&Claim> = spend(set, Window::Week).into_iter().filter(is_told).collect();
    let sentence = match spent[..] {
        [] => return None,
        [one] => {
            let said = Prose::new("Spend was ").value(one);
            let said = said.change(set, one, ", ", " on the week before");
            if is_unusual(set, one) { said.text(", an unusual step") } else { said }
        }
        [ref first @ .., last] => {
            let start =
                first.iter().enumerate().fold(Prose::new("Spend was "), |said, (n, one)| {
                    let said = if n > 0 { said.text(", ") } else { said };
                    said.value(one).change(set, one, " (", ")")
                });
            let said = start.text(" and ").value(last).change(set, last, " (", ")");
            said.text(", against the week before")
        }
    };
    Some(sentence.text(".").end())
}

fn four_weeks(set: &ClaimSet) -> Option<Sentence> {
    let leads = set.figure(Alias::REPORT, Metric::MetaLeads, Window::FourWeeks, None)?;
    leads.value?;
    let spent = spend(set, Window::FourWeeks);
    let is_short = |claim: &Claim| claim.lacks_something();
    if spent.is_empty() || is_short(leads) || spent.iter().any(|claim| is_short(claim)) {
        return None;
    }
    let sentence = Prose::new("Over the last four weeks: ")
        .counted(leads, "Meta lead", "Meta leads")
        .text(" on ")
        .values(&spent)
        .text(" of spend")
        .change(set, leads, "; leads ", " on the four weeks before")
        .text(".");
    Some(sentence.end())
}
