//! Causes: in labelled hypotheses, or after "because" with a cited claim; nowhere else.

use super::super::lexicon::{List, METRICS};
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
    let hedged = row.words().any(|(at, word)| {
        List::Hedges.contains(word)
            || row.phrase(at, &["it", "can"]).is_some()
            || row.phrase(at, &["can", "be"]).is_some()
    });
    (!hedged).then(|| {
        "a guess that does not say that it is one; write may, might, could or perhaps".to_owned()
    })
}

fn told(row: &Row<'_>) -> Vec<String> {
    let words = row
        .words()
        .filter(|(at, word)| {
            List::Causal.contains(word)
                && !is_backed(row, *at, word)
                && !supplies(row, *at, word)
                && !is_unknown(row, word)
        })
        .map(|(_, word)| word.to_owned());
    // "too many fields cost [account] its leads"
    let costs = row
        .words()
        .filter(|(at, word)| {
            let behind = row.items.get(at + 2);
            matches!(*word, "cost" | "costs" | "costing")
                && (matches!(row.items.get(at + 1), Some(Item::Name(_)))
                    || matches!(row.word(at + 1), Some("us" | "them")))
                && !matches!(behind, Some(Item::Figure(_)))
        })
        .map(|(_, word)| word.to_owned());
    let words = words.chain(costs);
    let phrases = row.words().flat_map(|(at, _)| {
        // "12 Meta leads to the total"
        let before = at.checked_sub(1).and_then(|place| row.word(place));
        let is_verb = matches!(before, Some("which" | "that" | "this" | "it" | "also" | "usually"));
        // "so the account kept running" concludes, "so the leads came" explains.
        let concludes =
            !(at + 1..row.items.len()).take_while(|place| !row.ends_clause(*place)).any(|place| {
                matches!(row.items[place], Item::Figure(_) | Item::Move(..))
                    || row.longest(place, METRICS).is_some()
            });
        // "so the next week should confirm it" is advice.
        let advises = (at..at + 8)
            .filter_map(|place| row.word(place))
            .any(|word| matches!(word, "should" | "can" | "cannot" | "must" | "need" | "needs"));
        List::CausalPhrases.phrases().iter().filter(move |phrase| {
            row.phrase(at, phrase).is_some()
                && match phrase.first() {
                    Some(&"since") => !matches!(row.word(at + 2), Some("start" | "beginning")),
                    // "the step after the click"
                    Some(&"after") => !matches!(before, Some("step" | "steps" | "page" | "pages")),
                    Some(&"leads") => is_verb,
                    Some(&"so") => !advises && !concludes,
                    // "…, while the cost per link click was 12": side by side.
                    Some(&"while") => !contrasts(row, at + phrase.len()),
                    _ => true,
                }
        })
    });
    words.chain(phrases.map(|phrase| phrase.join(" "))).map(|said| blamed(&said)).collect()
}

/// Whether a clause that begins at a place soon speaks of a measure.
fn contrasts(row: &Row<'_>, at: usize) -> bool {
    let mut places = (at..row.items.len())
        .take(4)
        .take_while(|place| !matches!(row.items[*place], Item::Mark(_)));
    places.any(|place| {
        matches!(row.items[place], Item::Figure(_) | Item::Move(..))
            || row.longest(place, METRICS).is_some()
            || row.word(place).is_some_and(|word| ["report", "accounts", "level"].contains(&word))
    })
}

fn ordered(row: &Row<'_>) -> Vec<String> {
    let words = row
        .words()
        .filter(|(at, word)| List::CausalInOrders.contains(word) && !is_backed(row, *at, word))
        // "find out what caused it", "see that the event is triggered"
        .filter(|(at, _)| {
            let mut before = (at.saturating_sub(3)..*at).filter_map(|place| row.word(place));
            !before.any(|word| {
                matches!(
                    word,
                    "what"
                        | "whatever"
                        | "whether"
                        | "which"
                        | "who"
                        | "have"
                        | "be"
                        | "gets"
                        | "is"
                        | "data"
                )
            })
        })
        .map(|(_, word)| word.to_owned());
    let due = row.words().filter(|(at, _)| row.phrase(*at, &["due", "to"]).is_some());
    words.chain(due.map(|_| "due to".to_owned())).map(|said| blamed(&said)).collect()
}

fn blamed(said: &str) -> String {
    format!(
        "\"{said}\" states a cause; move the guess to the hypotheses with may or might, write \
         \"because\" with a claim behind it, or only put the figures side by side"
    )
}

/// "brought 12 Meta leads" says whose they are, not why they came; "no reason for concern" is none.
fn supplies(row: &Row<'_>, at: usize, word: &str) -> bool {
    let next = if matches!(row.word(at + 1), Some("in" | "for")) { at + 2 } else { at + 1 };
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    let is_figure = matches!(row.items.get(next), Some(Item::Figure(_)));
    let is_named = at.checked_sub(1).is_some_and(|place| {
        matches!(row.items[place], Item::Name(_))
            || matches!(row.word(place), Some("we" | "which" | "and" | "also"))
    });
    // "drives attention", "worth explaining": what no figure is.
    const ASIDE: &[&str] = &[
        "attention",
        "comment",
        "comments",
        "curiosity",
        "decision",
        "discussion",
        "look",
        "question",
        "questions",
        "story",
        "thought",
    ];
    let aside =
        (at + 1..at + 3).any(|place| row.word(place).is_some_and(|word| ASIDE.contains(&word)));
    let is_task = (word.starts_with("explain"))
        && matches!(before, Some("worth" | "to" | "cannot" | "should" | "not" | "needs" | "still"));
    if aside || is_task {
        return true;
    }
    match word {
        "brought" => is_figure || matches!(row.word(at + 1), Some("us" | "in")),
        // "nothing suggests that it was affected"
        // "both campaigns are affected", by what is not said
        "affected" if !(at + 1..at + 3).any(|place| row.word(place) == Some("by")) => true,
        "affected" | "affects" => row.words().any(|(place, word)| {
            place < at && matches!(word, "nothing" | "no" | "not" | "whether" | "neither")
        }),
        "contributed" | "yielded" | "responsible" => is_figure,
        // "the count that sales works with"
        "works" | "worked" | "working" | "work" => {
            matches!(row.word(at + 1), Some("with" | "as" | "on" | "from" | "through" | "hours"))
        }
        "responded" | "responds" => is_figure || row.word(at + 1) == Some("with"),
        // "what we paid for a lead"
        "paid" => is_figure || matches!(row.word(at + 1), Some("for" | "per")),
        // "[campaign] drove 12 Meta leads": whose they are.
        "drove" | "drives" | "drew" | "draws" | "attracted" | "attracts" | "pulled" | "pulls" => {
            is_figure && is_named
        }
        // "attributed to it": of campaigns, as data has it.
        "attributed" | "attributable" | "traceable" => {
            let to = matches!(row.word(at + 1), Some("to"));
            let it =
                matches!(row.word(at + 2), Some("it" | "them" | "this" | "that" | "campaigns"));
            let a = matches!(row.word(at + 2), Some("a" | "the" | "any"))
                && matches!(row.word(at + 3), Some("campaign" | "account"));
            to && (it || a || matches!(row.items.get(at + 2), Some(Item::Name(_))))
        }
        // "CRM leads stand behind them", "the figures behind the headline"
        "behind" => {
            let owned = matches!(row.word(at + 1), Some("the" | "its" | "their" | "our" | "these"));
            let it = if owned { at + 2 } else { at + 1 };
            let of_total = (at + 2..at + 5)
                .take_while(|place| row.word(*place).is_some())
                .any(|place| matches!(row.word(place), Some("total" | "totals" | "headline")));
            matches!(before, Some("stand" | "stands" | "lie" | "lies"))
                || of_total
                || matches!(
                    row.word(it),
                    Some("total" | "totals" | "sum" | "headline" | "figure" | "figures" | "number")
                        | Some("numbers" | "campaigns" | "ads" | "count" | "counts")
                )
        }
        "reason" | "reasons" | "cause" => {
            matches!(before, Some("no" | "little" | "any"))
                && matches!(row.word(at + 1), Some("for" | "to"))
        }
        _ => false,
    }
}

/// "What caused it is not known."
fn is_unknown(row: &Row<'_>, word: &str) -> bool {
    let asks = ["cause", "reason", "why", "explain", "behind"].iter().any(|s| word.starts_with(s));
    let open = |at: usize, word: &str| {
        matches!(word, "unknown" | "unclear" | "undetermined" | "unexplained" | "unproven")
            || row.phrase(at, &["not", "known"]).is_some()
            || row.phrase(at, &["not", "clear"]).is_some()
            || row.phrase(at, &["not", "yet", "known"]).is_some()
    };
    asks && row.words().any(|(at, word)| open(at, word))
}

/// "because" with a claim cited in the rest of its clause.
fn is_backed(row: &Row<'_>, at: usize, word: &str) -> bool {
    word == "because"
        && row.items[at + 1..]
            .iter()
            .take_while(|item| !matches!(item, Item::Mark('.' | ';' | ':')))
            .take(8)
            .any(|item| matches!(item, Item::Figure(_) | Item::Move(..)))
}
