//! Words that no list knows. A sentence may use any plain English, but what a figure, a name or a
//! measure does is told with known verbs, and a clause that speaks of no figure is told with known
//! words: a move or a cause could hide there that no list of forbidden words holds.

use super::super::lexicon::{List, METRICS, is_known};
use super::super::sentence::{Item, Row};

pub fn wrong(row: &Row<'_>) -> Vec<String> {
    let mut wrong: Vec<String> = row
        .words()
        .filter(|(_, word)| List::Outside.contains(word))
        .map(|(_, word)| {
            format!("\"{word}\" is of the world outside of the figures; guesses are hypotheses")
        })
        .collect();
    wrong.extend(predicates(row));
    wrong.extend(loose(row));
    wrong
}

/// Verbs and what follows "is": the first word behind whatever can do something.
fn predicates(row: &Row<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for at in 0..row.items.len() {
        let Some(start) = acts(row, at) else { continue };
        let next = (start..row.items.len()).find(|place| !is_adverb(row, *place));
        let unknown = next.and_then(|place| row.word(place)).filter(|word| !is_known(word));
        wrong.extend(unknown.map(|word| {
            format!(
                "\"{word}\" is none of the verbs for what a figure does; write a move, or was, \
                 came to, stood at"
            )
        }));
    }
    wrong.dedup();
    wrong
}

/// Where the verb is to be looked for, if this is something that could do something, or a verb
/// that only carries another word.
fn acts(row: &Row<'_>, at: usize) -> Option<usize> {
    match row.items.get(at)? {
        Item::Figure(_) | Item::Name(_) => Some(at + 1),
        Item::Word(_, word) if CARRIERS.contains(&word.as_str()) => Some(at + 1),
        Item::Word(..) => row.longest(at, METRICS).map(|(end, _)| end),
        _ => None,
    }
}

/// Pronouns, copulas and auxiliaries.
const CARRIERS: &[&str] = &[
    "it", "they", "which", "both", "is", "are", "was", "were", "be", "been", "being", "look",
    "looks", "looked", "seem", "seems", "remains", "remained", "stays", "stayed", "appears",
    "appeared", "has", "have", "had", "did", "does", "will", "would", "volume", "count", "counts",
];

fn is_adverb(row: &Row<'_>, at: usize) -> bool {
    const SHORT: &[&str] =
        &["also", "then", "now", "still", "again", "even", "just", "alone", "together", "once"];
    row.word(at)
        .is_some_and(|word| SHORT.contains(&word) || (word.ends_with("ly") && word != "only"))
}

/// Clauses without a figure, a name or a word for them.
fn loose(row: &Row<'_>) -> Vec<String> {
    let ends = |item: &Item<'_>| matches!(item, Item::Mark(mark) if ",;:.!?()—–…".contains(*mark));
    let mut wrong = Vec::new();
    let mut start = 0;
    for end in 0..=row.items.len() {
        if row.items.get(end).is_some_and(|item| !ends(item)) {
            continue;
        }
        if !is_anchored(row, start, end) {
            wrong.extend(
                (start..end)
                    .filter_map(|at| row.word(at))
                    .filter(|w| !is_known(w))
                    .map(|word| format!("\"{word}\" stands in a clause that speaks of no figure")),
            );
        }
        start = end + 1;
    }
    wrong
}

fn is_anchored(row: &Row<'_>, start: usize, end: usize) -> bool {
    let speaks = |at: usize| match &row.items[at] {
        Item::Figure(_) | Item::Name(_) | Item::Move(..) | Item::Label => true,
        Item::Word(_, word) => {
            ANCHORS.contains(&word.as_str()) || row.longest(at, METRICS).is_some()
        }
        _ => false,
    };
    // "…, the main prospecting campaign, …"
    let is_apposition = || {
        end.checked_sub(1).and_then(|last| row.word(last)).is_some_and(|w| SUBJECTS.contains(&w))
    };
    (start..end).any(speaks) || (start < end && is_apposition())
}

const ANCHORS: &[&str] = &[
    "range",
    "ranges",
    "trend",
    "report",
    "count",
    "counts",
    "figure",
    "figures",
    "verdict",
    "verdicts",
    "alert",
    "alerts",
    "crm",
    "meta",
    "data",
    "movement",
    "movements",
    "conversions",
];

const SUBJECTS: &[&str] =
    &["campaign", "campaigns", "account", "accounts", "property", "properties"];
