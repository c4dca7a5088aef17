//! Reads plain text: every digit must lie within the display of a claim, a name or a label.

use std::collections::BTreeSet;

use weekledger_projections::claim::ClaimSet;

use super::{around, normal};

pub fn check(what: &str, text: &str, set: &ClaimSet, fixed: &BTreeSet<String>) -> Vec<String> {
    let text = normal(text);
    let mut covered = vec![false; text.len()];
    let displays = set.claims.iter().flat_map(|claim| [&claim.display, &claim.short]);
    let names = set.entities.iter().map(|entity| &entity.name);
    let allowed: BTreeSet<String> = displays.chain(names).map(|one| normal(one)).collect();
    for known in allowed.iter().chain(fixed).filter(|one| one.contains(char::is_numeric)) {
        cover(&text, known, &mut covered);
    }
    text.match_indices(char::is_numeric)
        .filter(|(at, _)| !covered[*at])
        .map(|(at, _)| format!("{what}: a number that is no claim's: \"{}\"", around(&text, at)))
        .collect()
}

/// Marks every place where `known` stands as a whole.
fn cover(text: &str, known: &str, covered: &mut [bool]) {
    for (at, found) in text.match_indices(known) {
        let end = at + found.len();
        if !continues(text[..at].chars().rev(), known.chars().next())
            && !continues(text[end..].chars(), known.chars().next_back())
        {
            covered[at..end].fill(true);
        }
    }
}

/// Whether a number goes on past the edge of what was found.
fn continues(mut outside: impl Iterator<Item = char>, edge: Option<char>) -> bool {
    if !edge.is_some_and(char::is_numeric) {
        return false;
    }
    match outside.next() {
        Some('.' | ',') => outside.next().is_some_and(char::is_numeric),
        Some(c) => c.is_numeric(),
        None => false,
    }
}
