//! Words that no list knows. A sentence may use any plain English, but what a figure, a name or a
//! measure does is told with known verbs, and a clause that speaks of no figure is told with known
//! words: a move or a cause could hide there that no list of forbidden words holds.

use super::super::lexicon::{List, METRICS, drift, is_known};
use super::super::sentence::{Item, Row};

pub fn wrong(row: &Row<'_>) -> Vec<String> {
    let mut wrong: Vec<String> = row
        .words()
        .filter(|(_, word)| List::Outside.contains(word))
        .map(|(_, word)| {
            format!(
                "\"{word}\" is of the world outside of the figures; make it a hypothesis with may or \
                 might, or leave it out"
            )
        })
        .collect();
    wrong.extend(predicates(row));
    wrong.extend(states(row));
    wrong.extend(qualities(row));
    wrong.extend(loose(row));
    wrong
}

/// Verbs and what follows "is": the first word behind whatever can do something.
fn predicates(row: &Row<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for at in 0..row.items.len() {
        let Some(start) = acts(row, at) else { continue };
        let next = (start..row.items.len()).find(|place| !is_adverb(row, *place));
        // "it would be premature to", "it is regrettable that": an opinion of the writer.
        let is_opinion = next.is_some_and(|place| {
            matches!(row.word(place + 1), Some("to" | "that"))
                && (place.saturating_sub(4)..place).any(|at| row.word(at) == Some("it"))
        });
        if is_opinion {
            continue;
        }
        // "emitted 12 Meta leads": whatever it did with them, it says no movement.
        let has_object =
            next.is_some_and(|place| matches!(row.items.get(place + 1), Some(Item::Figure(_))));
        let is_past = next.and_then(|place| row.word(place)).is_some_and(|w| w.ends_with("ed"));
        if has_object && is_past {
            continue;
        }
        let unknown = next.and_then(|place| row.word(place)).filter(|word| !is_known(word));
        wrong.extend(unknown.map(|word| {
            format!(
                "\"{word}\" is none of the verbs for what a figure does; write a move, or was, \
                 came to, stood at, counted, recorded"
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

/// "is on fire": behind "is" and a preposition only what needs no verdict.
fn states(row: &Row<'_>) -> Vec<String> {
    const IS: &[&str] = &["is", "are", "was", "were", "be", "been", "being", "remains", "remain"];
    const BEFORE: &[&str] = &["at", "in", "on", "under", "over", "off", "out", "past", "into"];
    let mut wrong = Vec::new();
    for at in 0..row.items.len() {
        if !row.word(at).is_some_and(|word| IS.contains(&word)) {
            continue;
        }
        let Some(place) = (at + 1..row.items.len()).find(|place| !is_adverb(row, *place)) else {
            continue;
        };
        let Some(preposition) = row.word(place).filter(|word| BEFORE.contains(word)) else {
            continue;
        };
        let mut states = (place + 1..row.items.len()).map_while(|place| row.word(place)).take(5);
        let first = row.word(place + 1);
        // Whatever figure or name follows is judged elsewhere.
        let is_neutral = first.is_none()
            || (1..4).any(|next| matches!(row.items.get(place + next), Some(Item::Phrase)))
            || states
                .any(|word| List::StateNouns.contains(word) || List::Quantities.contains(word));
        if !is_neutral && let Some(first) = first {
            wrong.push(format!(
                "\"is {preposition} {first}\" says a state that no verdict has; say what the figure is"
            ));
        }
    }
    wrong
}

/// "a bumper week": what no list knows says how good it was.
fn qualities(row: &Row<'_>) -> Vec<String> {
    const JUDGED: &[&str] = &[
        "figure",
        "figures",
        "number",
        "numbers",
        "outcome",
        "performance",
        "result",
        "results",
        "return",
        "returns",
        "showing",
        "total",
        "volume",
        "week",
    ];
    let is_judged = |at: usize| {
        row.word(at).is_some_and(|word| JUDGED.contains(&word))
            || row.longest(at, METRICS).is_some()
    };
    // What a week is called is told from a list: most adjectives would say how good it was.
    let is_strict =
        |at: usize| matches!(row.word(at), Some("week" | "performance" | "showing" | "outcome"));
    let may_stand = |at: usize, word: &str| {
        if is_strict(at) {
            List::WeekKinds.contains(word)
                || List::PropModifiers.contains(word)
                || List::Counts.contains(word)
                || drift(word).is_some()
        } else {
            is_known(word)
        }
    };
    (1..row.items.len())
        .filter(|at| is_judged(*at))
        .filter_map(|at| Some((at, row.word(at - 1)?)))
        .filter(|(at, word)| !may_stand(*at, word) && !word.ends_with("ly") && *word != "s")
        // "incurred spend of 12"
        .filter(|(at, word)| is_strict(*at) || !word.ends_with("ed"))
        .map(|(_, word)| word)
        .map(|word| {
            format!(
                "\"{word}\" judges what a verdict should judge; leave it out, or write \"ordinary\""
            )
        })
        .collect()
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
            let unknown = (start..end).filter(|at| !is_harmless(row, start, *at));
            wrong.extend(unknown.filter_map(|at| row.word(at)).map(|word| {
                format!(
                    "\"{word}\" stands in a clause that speaks of no figure; leave the clause out, or \
                     use everyday words"
                )
            }));
        }
        start = end + 1;
    }
    wrong
}

/// A word that is known, or that can hardly be a cause where it stands: what there is none of
/// ("without drama"), and a plain noun or adjective behind a pronoun and a known verb.
fn is_harmless(row: &Row<'_>, start: usize, at: usize) -> bool {
    let Some(word) = row.word(at) else { return true };
    if is_known(word) {
        return true;
    }
    let looks_like_a_verb =
        ["ed", "ing", "es", "ize", "ise", "ify"].iter().any(|e| word.ends_with(e));
    if looks_like_a_verb {
        return false;
    }
    let before: Vec<&str> = (start..at).filter_map(|place| row.word(place)).collect();
    let denied =
        before.iter().rev().take(3).any(|w| matches!(*w, "no" | "without" | "any" | "nor"));
    let subject = before.iter().take(3).find(|word| SPEAKERS.contains(word));
    let linked = before.iter().any(|word| LINKS.contains(word));
    denied || (subject.is_some() && before.len() > 1 && !linked)
}

/// Who may say, see or have something without causing anything.
const SPEAKERS: &[&str] = &[
    "we",
    "i",
    "you",
    "this",
    "that",
    "it",
    "there",
    "nobody",
    "nothing",
    "everything",
    "one",
    "us",
    "let",
    "anyone",
    "anybody",
    "readers",
    "please",
];

/// What could bring a cause into a clause.
const LINKS: &[&str] = &[
    "after",
    "amid",
    "amidst",
    "by",
    "despite",
    "during",
    "following",
    "from",
    "given",
    "on",
    "over",
    "since",
    "through",
    "under",
    "via",
    "with",
    "while",
    "when",
    "as",
    "where",
    "for",
];

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
    "step",
    "steps",
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
