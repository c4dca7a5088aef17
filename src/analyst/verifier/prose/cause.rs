//! Causes: in labelled hypotheses, or after "because" with a cited claim; nowhere else.

use super::super::lexicon::{CAUSAL, CAUSAL_IN_ORDERS, CAUSAL_PHRASES, HEDGES};
use super::super::sentence::{Item, Row};
use super::Stand;

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    match stand {
        Stand::Hypothesis => unhedged(row).into_iter().collect(),
        Stand::Headline | Stand::Moved => told(row),
        Stand::Action(_) => ordered(row),
    }
}

fn unhedged(row: &Row<'_>) -> Option<String> {
    let hedged = row.words().any(|(_, word)| HEDGES.contains(&word));
    (!hedged)
        .then(|| "a guess that does not say that it is one; write may, might or could".to_owned())
}

fn told(row: &Row<'_>) -> Vec<String> {
    let words = row
        .words()
        .filter(|(at, word)| CAUSAL.contains(word) && !is_backed(row, *at, word))
        .map(|(_, word)| word.to_owned());
    let phrases = row.words().flat_map(|(at, _)| {
        CAUSAL_PHRASES.iter().filter(move |phrase| row.phrase(at, phrase).is_some())
    });
    words.chain(phrases.map(|phrase| phrase.join(" "))).map(|said| blamed(&said)).collect()
}

fn ordered(row: &Row<'_>) -> Vec<String> {
    let words = row
        .words()
        .filter(|(at, word)| CAUSAL_IN_ORDERS.contains(word) && !is_backed(row, *at, word))
        .map(|(_, word)| word.to_owned());
    let due = row.words().filter(|(at, _)| row.phrase(*at, &["due", "to"]).is_some());
    words.chain(due.map(|_| "due to".to_owned())).map(|said| blamed(&said)).collect()
}

fn blamed(said: &str) -> String {
    format!("\"{said}\" states a cause; causes are hypotheses, or \"because\" with a claim")
}

/// "because" with a claim cited in the rest of its clause.
fn is_backed(row: &Row<'_>, at: usize, word: &str) -> bool {
    word == "because"
        && row.items[at + 1..]
            .iter()
            .take_while(|item| !matches!(item, Item::Mark('.' | ';')))
            .take(8)
            .any(|item| matches!(item, Item::Figure(_) | Item::Move(..)))
}
