//! Moves: the verbs that say how a claim moved agree with its verdict and its step, and stand at its
//! own figure.

use rust_decimal::Decimal;
use weekledger_projections::claim::{Claim, ClaimKind};
use weekledger_projections::figure::Unit;
use weekledger_projections::words::Verb;

use super::super::lexicon::List;
use super::super::sentence::{Item, Row};

pub fn wrong(row: &Row<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for at in 0..row.items.len() {
        match &row.items[at] {
            Item::Move(claim, verb) => {
                wrong.extend(negated(row, at, claim));
                wrong.extend(other_verdict(claim, *verb));
                wrong.extend(other_step(row, claim, *verb));
                wrong.extend(other_figure(row, at, claim));
            }
            Item::Figure(claim) => wrong.extend(led_by_a_verb(row, at, claim)),
            _ => {}
        }
    }
    wrong
}

/// A verb of another direction than the verdict's.
fn other_verdict(claim: &Claim, verb: Verb) -> Option<String> {
    (claim.direction != Some(verb.direction()))
        .then(|| format!("{} did not move as \"{}\" says", claim.id, verb.as_str()))
}

/// The verdict is about the level; the step to it may have gone the other way, and then "rose" or
/// "held" would be read as of the step.
fn other_step(row: &Row<'_>, claim: &Claim, verb: Verb) -> Option<String> {
    let step = row.set.claim(claim.change?)?;
    let by = step.value?;
    let (is_so, instead) = match verb {
        Verb::Rose | Verb::Climbed => (by > Decimal::ZERO, "stood_above"),
        Verb::Fell | Verb::Slipped => (by < Decimal::ZERO, "stood_below"),
        Verb::Held | Verb::HeldSteady => (is_small(claim, step, by), "stayed_within"),
        Verb::StoodAbove | Verb::StoodBelow | Verb::StayedWithin => return None,
    };
    (!is_so).then(|| {
        let said = verb.as_str();
        format!(
            "{} went {} on the period before, so \"{said}\" misleads; write {instead}",
            claim.id, step.short
        )
    })
}

/// A step of less than a tenth.
fn is_small(claim: &Claim, step: &Claim, by: Decimal) -> bool {
    let part = match step.unit {
        Unit::Points => claim.value.and_then(|value| by.checked_div(value - by)),
        _ => Some(by),
    };
    !step.unusual && part.is_none_or(|part| part.abs() < Decimal::new(1, 1))
}

/// What follows a move with "to" or "at" is the figure that moved.
fn other_figure(row: &Row<'_>, at: usize, moved: &Claim) -> Option<String> {
    let linked = matches!(row.word(at + 1), Some("to" | "at" | "by"));
    match row.items.get(at + 2) {
        Some(Item::Figure(claim)) if linked && claim.id != moved.id => {
            Some(format!("{} moved, but {} is shown for it", moved.id, claim.id))
        }
        _ => None,
    }
}

/// "… to 12" follows a move or a verb that says no direction, whatever verbs there may be.
fn led_by_a_verb(row: &Row<'_>, at: usize, claim: &Claim) -> Option<String> {
    if claim.kind != ClaimKind::Figure || row.word(at.checked_sub(1)?)? != "to" {
        return None;
    }
    if let Some(moved) = moved_elsewhere(row, at) {
        return (moved.id != claim.id)
            .then(|| format!("{} moved, but {} is shown for it", moved.id, claim.id));
    }
    let before = at.checked_sub(2)?;
    let adds_up = row.word(before) == Some("up")
        && before
            .checked_sub(1)
            .and_then(|place| row.word(place))
            .is_some_and(|word| matches!(word, "add" | "adds"));
    let led = matches!(row.items.get(before), Some(Item::Move(..)))
        || adds_up
        || row.word(before).is_some_and(|word| List::NeutralVerbs.contains(word))
        // "…, and spend per lead to 12": the verb stands in the clause before.
        || row.word(before).is_some_and(|word| GAPPED.contains(&word))
        // "from 12 at [campaign] to 14 at [campaign]"
        || spans(row, at, claim)
        || row.word(before).is_some_and(|word| matches!(word, "next" | "addition" | "relative" | "hello" | "welcome"));
    (!led).then(|| format!("{} is led to by a verb of its own; use a move", claim.id))
}

/// A range from one entity's figure to another's.
fn spans(row: &Row<'_>, at: usize, claim: &Claim) -> bool {
    (1..at).rev().take(6).any(|place| {
        row.word(place - 1) == Some("from")
            && matches!(row.items[place], Item::Figure(first)
                if first.metric == claim.metric && first.entity != claim.entity)
    })
}

const GAPPED: &[&str] = &["clicks", "impressions", "lead", "leads", "rate", "spend", "views"];

/// "… fell at [account] to 12"
fn moved_elsewhere<'a>(row: &Row<'a>, at: usize) -> Option<&'a Claim> {
    let [Item::Move(moved, _), Item::Word(_, link), Item::Name(_)] =
        row.items.get(at.checked_sub(4)?..at - 1)?
    else {
        return None;
    };
    matches!(link.as_str(), "at" | "in" | "for").then_some(*moved)
}

/// A move with a negation, a doubt or a mood before it says something else.
fn negated(row: &Row<'_>, at: usize, claim: &Claim) -> Option<String> {
    let from = (0..at).rev().find(|place| row.ends_clause(*place)).map_or(0, |place| place + 1);
    let word = (from.max(at.saturating_sub(4))..at)
        .filter_map(|place| row.word(place))
        .find(|word| List::Negations.contains(word))?;
    Some(format!("\"{word}\" turns the move of {} around", claim.id))
}
