//! What the model is told of a week: at most 80 claims, chosen by code, aliases with trusted
//! attributes, and no name or sentence from the outside world.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger_projections::claim::{
    Alias, Claim, ClaimId, ClaimKind, ClaimSet, Entity, NotePart, week_name,
};
use weekledger_projections::display;
use weekledger_projections::earlier::{EarlierAction, EarlierGround};
use weekledger_projections::figure::{Direction, Level, Metric, Status, Unit, Window};

use super::meaning::meaning;
use crate::analyst::verifier::is_signal;
use crate::analyst::{Brief, rules};

/// More would be read past.
pub const CLAIMS_MAX: usize = 80;

/// The claims that the model may cite, in the order of the mail.
pub fn chosen(set: &ClaimSet) -> Vec<&Claim> {
    let mut ranked: Vec<(u8, usize, &Claim)> = set
        .claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| !is_of_a_part(set, claim))
        .filter_map(|(at, claim)| Some((rank(claim)?, at, claim)))
        .collect();
    ranked.sort_by_key(|(rank, at, _)| (*rank, *at));
    ranked.truncate(CLAIMS_MAX);
    ranked.sort_by_key(|(_, at, _)| *at);
    ranked.into_iter().map(|(_, _, claim)| claim).collect()
}

/// A cost per lead that rests on a part of the spend must say so, and prose would not; the spend per
/// lead says it of all of it.
fn is_of_a_part(set: &ClaimSet, claim: &Claim) -> bool {
    let is_cost = matches!(claim.metric, Some(Metric::Cpl | Metric::CrmCpl));
    let spent: Vec<_> = claim
        .note
        .iter()
        .filter_map(|part| match part {
            NotePart::Claim(id) => set.claim(*id)?.value,
            _ => None,
        })
        .collect();
    is_cost && matches!(spent[..], [on, of, ..] if on != of)
}

/// Signals first, then what is judged, then the rest of report, accounts and campaigns. A change
/// is shown through the claim that changed.
fn rank(claim: &Claim) -> Option<u8> {
    let (ClaimKind::Figure, Some(window)) = (claim.kind, claim.window) else { return None };
    claim.value?;
    let level = claim.entity.level();
    match window {
        Window::WeekChange | Window::FourWeekChange | Window::PreviousFourWeeks => None,
        _ if claim.status == Some(Status::Alert) => Some(0),
        Window::Week if level == Level::Report => Some(1),
        _ if is_signal(claim) => Some(2),
        Window::Week if level == Level::Account => Some(3),
        Window::FourWeeks if level == Level::Report => Some(4),
        Window::Week if level == Level::Campaign => Some(5),
        Window::FourWeeks if level == Level::Account => Some(6),
        Window::PreviousWeek | Window::AllTime if level == Level::Report => Some(7),
        Window::FourWeeks if level == Level::Campaign => Some(8),
        _ => Some(9),
    }
}

/// The week as JSON.
pub fn data(brief: Brief<'_>, purposes: &BTreeMap<String, String>) -> Value {
    let set = brief.claims;
    let chosen = chosen(set);
    let mentioned = |alias: Alias| chosen.iter().any(|claim| claim.entity == alias);
    let entities: Vec<Value> = set
        .entities
        .iter()
        .filter(|entity| mentioned(entity.alias))
        .map(|entity| described(set, entity, purposes))
        .collect();
    json!({
        "week": set.week.to_string(),
        "weeks_that_may_be_named": weeks(set),
        "entities": entities,
        "claims": chosen.iter().map(|claim| told(set, claim)).collect::<Vec<_>>(),
        "findings": findings(brief),
    })
}

/// An entity by its alias: nothing of it comes from outside but by a closed list. An attribute that
/// is not known is not mentioned.
fn described(set: &ClaimSet, entity: &Entity, purposes: &BTreeMap<String, String>) -> Value {
    let mut described = BTreeMap::from([
        ("alias", json!(entity.alias.to_string())),
        ("level", json!(entity.level.as_str())),
        ("part_of", json!(entity.parent.map(|alias| alias.to_string()))),
        ("share_of_spend_in_its_currency", json!(share(set, entity.alias))),
        ("purpose", json!(purposes.get(&entity.id))),
    ]);
    let attributes = entity.attributes;
    if let Some(objective) = attributes.and_then(|known| known.objective) {
        described.insert("objective", json!(objective.as_str()));
    }
    if let Some(age) = attributes.and_then(|known| known.age) {
        described.insert("age", json!(age.to_string()));
    }
    json!(described)
}

/// What the last report asked for; null if nothing.
pub fn earlier(brief: Brief<'_>) -> Value {
    let (set, chosen) = (brief.claims, chosen(brief.claims));
    let ground = |ground: &EarlierGround| match ground {
        EarlierGround::Figure { id, direction, status } => {
            let now = set.source(id).filter(|claim| may_cite(&chosen, claim.id));
            json!({
                "measure": now.and_then(|claim| claim.metric).map(Metric::as_str),
                "direction_then": direction.map(Direction::as_str),
                "status_then": status.map(Status::as_str),
                "claim_now": now.map(|claim| claim.id.to_string()),
            })
        }
        EarlierGround::Finding(class) => json!({"finding_class": class}),
    };
    let action = |action: &EarlierAction| {
        json!({
            "department": action.department.title(),
            "said": action.told(set),
            "rested_on": action.grounds.iter().map(ground).collect::<Vec<_>>(),
        })
    };
    if brief.earlier.is_empty() {
        return Value::Null;
    }
    json!(brief.earlier.iter().map(action).collect::<Vec<_>>())
}

/// The four weeks of the trend, by their numbers.
pub fn weeks(set: &ClaimSet) -> Vec<String> {
    set.week.four_ending().into_iter().map(week_name).collect()
}

fn told(set: &ClaimSet, claim: &Claim) -> Value {
    let change = claim.change.and_then(|id| set.claim(id)).filter(|change| change.value.is_some());
    let mut told = BTreeMap::from([
        ("id", json!(claim.id.to_string())),
        ("about", json!(claim.entity.to_string())),
        ("measure", json!(claim.metric.map(Metric::as_str))),
        ("window", json!(claim.window.map(Window::as_str))),
        ("value", json!(claim.short)),
    ]);
    if let Some(change) = change {
        told.insert("change", json!(change.short));
        let usual = note(set, &change.usual);
        if !usual.is_empty() {
            told.insert("usual", json!(usual));
        }
    }
    if let Some(direction) = claim.direction {
        told.insert("direction", json!(direction.as_str()));
    }
    if let Some(status) = claim.status {
        told.insert("status", json!(status.as_str()));
    }
    if let Some(untestable) = claim.untestable {
        told.insert("not_judged", json!(untestable.as_str()));
    }
    let beside = note(set, &claim.note);
    if !beside.is_empty() {
        told.insert("note", json!(beside));
    }
    json!(told)
}

/// A note of code, with aliases for names.
fn note(set: &ClaimSet, parts: &[NotePart]) -> String {
    let part = |part: &NotePart| match part {
        NotePart::Text(text) | NotePart::Label(text) => text.clone(),
        NotePart::Claim(id) => {
            set.claim(*id).map(|claim| claim.display.clone()).unwrap_or_default()
        }
        NotePart::Name(alias) => alias.to_string(),
    };
    parts.iter().map(part).collect()
}

/// Class, weight and subject; their sentences may quote names, so they stay here, and the model asks
/// for advice by its finding's number.
fn findings(brief: Brief<'_>) -> Vec<Value> {
    let advice = rules::of_findings(brief);
    let quoted = brief.claims.findings.iter();
    quoted
        .filter_map(|quoted| {
            let finding = brief.findings.get(quoted.index as usize)?;
            let about = brief.claims.entities.iter().find(|entity| entity.id == finding.subject);
            let mut told = BTreeMap::from([
                ("finding", json!(quoted.index)),
                ("class", json!(finding.class)),
                ("means", json!(meaning(finding.class))),
                ("severity", json!(finding.severity)),
                ("about", json!(about.map(|entity| entity.alias.to_string()))),
            ]);
            if let Some(week) = quoted.week {
                told.insert("earlier_week", json!(week_name(week)));
            }
            if let Some((department, _)) = advice.get(&quoted.index) {
                told.insert("advice_for", json!(department.title()));
            }
            Some(json!(told))
        })
        .collect()
}

/// An entity's part of the report's spend in the same currency, in whole percent.
fn share(set: &ClaimSet, alias: Alias) -> Option<String> {
    let own = set.figure(alias, Metric::Spend, Window::Week, None)?;
    let currency = own.currency.as_ref();
    let all = set.figure(Alias::REPORT, Metric::Spend, Window::Week, currency)?;
    let share = own.value?.checked_div(all.value?)?;
    (alias != Alias::REPORT).then(|| display::value(Unit::Ratio, share.round_dp(2), None))
}

/// Whether the model was given a claim.
pub fn may_cite(chosen: &[&Claim], id: ClaimId) -> bool {
    chosen.iter().any(|claim| claim.id == id)
}

/// Nothing to say about: no figure has a value.
pub fn is_empty(set: &ClaimSet) -> bool {
    !set.claims.iter().any(|claim| claim.value.is_some_and(|value| value != Decimal::ZERO))
}
