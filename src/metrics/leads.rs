//! The lead rule: per row the first action type of the account's list that is present, never a
//! sum. The provider's types overlap: `lead` already holds the others (Meta, AdsActionStats).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::sources::rows::Action;

/// What a row or a sum says of each type: every type adds up on its own.
pub(super) type LeadTypes = BTreeMap<String, Decimal>;

/// All offsite leads plus all on-Facebook leads.
const ROLL_UP: &str = "lead";

/// The second is a part of the first, so they are never two parts of the roll-up.
const ON_FACEBOOK: [&str; 2] = ["onsite_conversion.lead_grouped", "leadgen_grouped"];

/// The action that counts, if the row has any of the rule's types.
pub(super) fn chosen<'a>(rule: &[String], actions: &'a [Action]) -> Option<&'a Action> {
    rule.iter().find_map(|wanted| actions.iter().find(|action| action.action_type == *wanted))
}

/// The rule's types that are present.
pub(super) fn types(rule: &[String], actions: &[Action]) -> LeadTypes {
    let listed = actions.iter().filter(|action| rule.contains(&action.action_type));
    listed.map(|action| (action.action_type.clone(), action.value)).collect()
}

/// The rule's types in a row that has several separate parts without their roll-up: then the
/// chosen one alone may be too few. Empty if all is well.
pub(super) fn parts_apart<'a>(rule: &[String], actions: &'a [Action]) -> Vec<&'a str> {
    let present = |wanted: &str| actions.iter().find(|action| action.action_type == wanted);
    if present(ROLL_UP).is_some() {
        return Vec::new();
    }
    let mut parts: Vec<&str> = Vec::new();
    for action in rule.iter().filter_map(|wanted| present(wanted)) {
        let name = action.action_type.as_str();
        if !parts.iter().any(|part| nested(part, name)) {
            parts.push(name);
        }
    }
    if parts.len() < 2 { Vec::new() } else { parts }
}

/// Whether one of the two is a part of the other.
fn nested(one: &str, other: &str) -> bool {
    one == other || (ON_FACEBOOK.contains(&one) && ON_FACEBOOK.contains(&other))
}
