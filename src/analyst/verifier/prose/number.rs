//! Numbers in words: none may quantify a metric, money, a percentage or a period.

use super::super::lexicon::{List, METRICS, NumberWord, WINDOWS, looks_like_digits, number_word};
use super::super::sentence::{Item, Row};
use super::Stand;

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, item) in row.items.iter().enumerate() {
        let Item::Word(written, low) = item else {
            if matches!(item, Item::Figure(_)) {
                wrong.extend(approximate(row, at));
            }
            continue;
        };
        if looks_like_digits(written) && !is_author(row, at) {
            wrong.push(format!("\"{written}\" looks like a number; write another word"));
        }
        match number_word(low) {
            Some(NumberWord::Share) if !is_idiom(row, at) => {
                wrong.push(format!(
                    "\"{low}\" is a figure in words; show a claim, or leave the word out"
                ));
            }
            Some(NumberWord::Count) if !may_count(row, at, stand) => {
                wrong.push(format!(
                    "\"{low}\" counts something that is a claim's to count; show a claim, or write \
                     \"some\" or \"the\""
                ));
            }
            _ => {}
        }
        if is_nothing(row, at) {
            wrong.push(format!(
                "\"{low}\" with a measure is a figure in words; show the claim, even if it is zero"
            ));
        }
        if List::Ranks.contains(low) && ranks(row, at, stand) {
            wrong.push(format!(
                "\"{low}\" ranks figures, and no claim holds a rank; say what the figure is"
            ));
        }
    }
    wrong.extend(vague(row, stand));
    wrong.extend(compared(row, stand));
    wrong
}

/// "a handful of leads", "the lion's share": in advice, only of a measure.
fn vague(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let advises = matches!(stand, Stand::Action(_) | Stand::Hypothesis);
    row.said(List::QuantityPhrases)
        .filter(|(at, phrase)| {
            let end = at + phrase.len();
            !advises || (end..end + 3).any(|at| row.word(at).is_some_and(|w| MEASURES.contains(&w)))
        })
        .map(|(_, phrase)| {
            let said = phrase.join(" ");
            format!("\"{said}\" is a quantity in words; show a claim, or leave the words out")
        })
        .collect()
}

/// "more than [account]": two figures beside each other compare themselves.
fn compared(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    if matches!(stand, Stand::Action(_)) {
        return Vec::new();
    }
    let names = (0..row.items.len()).filter(|at| matches!(row.items[*at], Item::Name(_)));
    names
        .filter_map(|at| {
            let from = (at.saturating_sub(4)..at).rev().take_while(|place| {
                *place + 1 == at
                    || row.word(*place + 1).is_some_and(|word| FILLERS.contains(&word))
            });
            from.filter_map(|place| Some((place, row.word(place)?))).find(|(place, word)| {
                let before = place.checked_sub(1).and_then(|place| row.word(place));
                match *word {
                    "than" => !matches!(before, Some("rather" | "other")),
                    "of" => matches!(before, Some("ahead" | "front")),
                    "over" => matches!(before, Some("margin" | "lead" | "advantage" | "edge")),
                    "as" => matches!(before, Some("much" | "many" | "few" | "little" | "large")),
                    "what" => row.items[..*place].iter().any(|item| matches!(item, Item::Name(_))),
                    _ => false,
                }
            })
        })
        .map(|(_, word)| {
            format!(
                "\"{word}\" before a name compares it with another; show both figures and leave the \
                 comparing to the reader"
            )
        })
        .collect()
}

/// Words between "than" and the name that it compares with.
const FILLERS: &[&str] =
    &["than", "that", "those", "at", "of", "in", "for", "the", "account", "campaign"];

/// "I would", of whoever writes: before a verb that is no measure.
fn is_author(row: &Row<'_>, at: usize) -> bool {
    const DOES: &[&str] = &["am", "can", "could", "may", "might", "should", "would"];
    let is_verb =
        |word: &str| DOES.contains(&word) || List::Verbs.contains(word) || word.ends_with("ed");
    matches!(row.items[at], Item::Word("I", _))
        && row.word(at + 1).is_some_and(|next| is_verb(next) && !List::Quantities.contains(next))
}

/// "third-party", "double-check", "cost per thousand views".
fn is_idiom(row: &Row<'_>, at: usize) -> bool {
    let names_measure = (at.saturating_sub(2)..=at)
        .any(|start| row.longest(start, METRICS).is_some_and(|(end, _)| end > at));
    if names_measure {
        return true;
    }
    // "may fire twice"
    if row.word(at) == Some("twice")
        && at.checked_sub(1).and_then(|place| row.word(place)).is_some_and(|word| {
            let stem =
                ["fire", "count", "submit", "load", "track", "record", "click", "press", "ask"];
            let more = ["appear", "check", "book", "run", "send", "sent", "test", "them", "it"];
            stem.iter().chain(&more).any(|stem| word.starts_with(stem))
        })
        && !matches!(row.word(at + 1), Some("as" | "the" | "that"))
    {
        return true;
    }
    if row.word(at) == Some("double")
        && matches!(
            row.word(at + 1),
            Some("contacts" | "entries" | "records" | "tags" | "bookings")
        )
    {
        return true;
    }
    let pairs = [("third", "party"), ("third", "parties"), ("double", "check")];
    pairs.iter().any(|(first, second)| row.phrase(at, &[first, second]).is_some())
}

/// A count may stand before a noun that is no measure, in a window's name, or without any noun.
fn may_count(row: &Row<'_>, at: usize, stand: Stand<'_>) -> bool {
    let is_window =
        |start: usize| row.longest(start, WINDOWS).is_some_and(|(end, _)| start <= at && at < end);
    if (at.saturating_sub(1)..=at).any(is_window) {
        return true;
    }
    let word = row.word(at).unwrap_or_default();
    if matches!(word, "both" | "neither") {
        return true;
    }
    if row.phrase(at.saturating_sub(1), &["each", "one"]).is_some() {
        return true;
    }
    if let Some(counts) = counts_weeks(row, at, stand) {
        return counts;
    }
    let next = (at + 1..row.items.len()).find_map(|place| match &row.items[place] {
        Item::Mark('-') => None,
        Item::Word(_, low) => Some(Some(low.as_str())),
        _ => Some(None),
    });
    let next = next.flatten();
    // "two figures frame the week"
    if matches!(next, Some("count" | "counts" | "figure" | "figures" | "numbers" | "totals")) {
        return touches_no_figure(row, at);
    }
    // Within its noun phrase: "one alert this week" counts alerts.
    let ends = ["this", "that", "the", "last", "in", "at", "for", "on", "with", "by", "from"];
    let mut after = next_words(row, at, 3);
    let end = after.iter().position(|word| ends.contains(word)).unwrap_or(after.len());
    after.truncate(end);
    // "one lead type" counts types.
    let describes = |place: usize| {
        after.get(place + 1).is_some_and(|noun| LEAD_NOUNS.contains(noun))
            && matches!(after[place], "lead" | "click")
    };
    let is_counted = |(place, word): (usize, &&str)| {
        (List::Quantities.contains(word) || is_period(word)) && !describes(place)
    };
    if after.iter().enumerate().any(is_counted) && !after.contains(&"test") {
        return false;
    }
    // "two of its campaigns"
    if next == Some("of")
        && after.iter().any(|noun| ["accounts", "campaigns", "sets"].contains(noun))
    {
        return touches_no_figure(row, at);
    }
    let loose = ["of", "or", "by", "another", "more"];
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    match (word, next) {
        // "the one to watch"
        ("one", Some(_))
            if matches!(before, Some("the" | "only" | "this" | "that" | "each" | "every")) =>
        {
            touches_no_figure(row, at)
        }
        ("one", None) => touches_no_figure(row, at),
        ("one", Some(next)) => {
            (loose.contains(&next) || !STAND_INS.contains(&next)) && touches_no_figure(row, at)
        }
        // In advice and guesses, any number of things that are no measure: "five fields".
        (count, Some(next))
            if matches!(count, "two" | "three" | "couple" | "single" | "pair")
                || matches!(stand, Stand::Action(_) | Stand::Hypothesis) =>
        {
            // "two new variants" counts variants, "two new" might count leads.
            let noun = ["new", "more", "additional", "extra"].contains(&next);
            let noun = if noun { after.get(1).copied() } else { Some(next) };
            noun.is_some_and(|noun| !STAND_INS.contains(&noun)) && touches_no_figure(row, at)
        }
        (_, next) => {
            next.is_some_and(|next| List::Countable.contains(next)) && touches_no_figure(row, at)
        }
    }
}

/// "one week is no trend", "wait two more weeks": weeks that no figure is of. `None` where no period is
/// counted.
fn counts_weeks(row: &Row<'_>, at: usize, stand: Stand<'_>) -> Option<bool> {
    let more =
        matches!(row.word(at + 1), Some("more" | "further" | "additional" | "ordinary" | "full"));
    let noun = if more { at + 2 } else { at + 1 };
    let period = row.word(noun).filter(|word| is_period(word))?;
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    let behind = row.word(noun + 1);
    let is_row =
        matches!(behind, Some("in" | "running" | "straight" | "ago" | "earlier" | "without"));
    if is_row || !touches_no_figure(row, at) || !touches_no_figure(row, noun) {
        return Some(false);
    }
    if let Stand::Action(_) = stand {
        let waits = [
            "to", "for", "within", "in", "after", "another", "least", "wait", "run", "give",
            "these",
        ];
        let strength = row.word(at) != Some("two") && before == Some("of");
        return Some(more || strength || before.is_some_and(|w| waits.contains(&w) || w == "a"));
    }
    let is_one =
        matches!(row.word(at), Some("one" | "single")) && matches!(period, "week" | "report");
    let leads = [
        "a", "any", "only", "just", "than", "to", "on", "from", "of", "by", "is", "about", "every",
    ];
    let follows =
        ["is", "alone", "does", "cannot", "can", "only", "of", "may", "says", "will", "and"];
    let said = before.is_some_and(|word| leads.contains(&word))
        || behind.is_some_and(|word| follows.contains(&word));
    let is_future = more && matches!(before, Some("for" | "after" | "takes" | "needs" | "least"));
    Some((is_one && (said || more)) || is_future)
}

/// What "lead" or "click" may describe.
const LEAD_NOUNS: &[&str] = &[
    "ad", "ads", "campaign", "event", "events", "form", "forms", "magnet", "page", "route", "rule",
    "source", "sources", "type", "types",
];

/// Words that stand for a measure said before.
const STAND_INS: &[&str] = &[
    "of",
    "or",
    "to",
    "ones",
    "them",
    "less",
    "fewer",
    "extra",
    "additional",
    "new",
    "and",
    "in",
    "from",
    "on",
    "for",
    "is",
    "was",
    "were",
    "are",
    "this",
    "per",
    "had",
    "came",
    "times",
    "as",
];

fn is_period(word: &str) -> bool {
    List::Periods.contains(word)
}

fn touches_no_figure(row: &Row<'_>, at: usize) -> bool {
    let beside = [at.checked_sub(1), Some(at + 1)];
    let is_figure = |place: usize| matches!(row.items.get(place), Some(Item::Figure(_)));
    !beside.into_iter().flatten().any(is_figure)
}

/// The next words up to a mark.
fn next_words<'a>(row: &'a Row<'_>, at: usize, count: usize) -> Vec<&'a str> {
    row.items[at + 1..]
        .iter()
        .filter(|item| !matches!(item, Item::Mark('-')))
        .map_while(|item| match item {
            Item::Word(_, low) => Some(low.as_str()),
            _ => None,
        })
        .take(count)
        .collect()
}

/// "no leads", "without any spend", "not a single click".
fn is_nothing(row: &Row<'_>, at: usize) -> bool {
    if !matches!(row.word(at), Some("no" | "without" | "zero" | "nearly" | "almost")) {
        return false;
    }
    let after = next_words(row, at, 3);
    let measure = after.iter().position(|word| MEASURES.contains(word));
    let skip = ["any", "meta", "crm", "a", "single", "new", "ad", "more", "the", "all"];
    measure.is_some_and(|place| after[..place].iter().all(|word| skip.contains(word)))
        && !after.contains(&"test")
}

const MEASURES: &[&str] =
    &["lead", "leads", "click", "clicks", "impressions", "spend", "conversions", "contacts"];

fn ranks(row: &Row<'_>, at: usize, stand: Stand<'_>) -> bool {
    let word = row.word(at).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    let next = row.word(at + 1);
    // "the most important point" is the writer's opinion, "on record" a phrase of offices.
    let is_opinion = word == "most" && next.is_some_and(|next| OPINIONS.contains(&next));
    let is_file = word == "record"
        && before.is_none_or(|word| word != "a" && word != "new" && word != "another")
        && !next.is_some_and(|next| List::Quantities.contains(next) || HEIGHTS.contains(&next));
    if matches!((before, word), (Some("at"), "least" | "most")) || is_opinion || is_file {
        return false;
    }
    match stand {
        Stand::Action(_) => {
            matches!(word, "most" | "least") && {
                let after = next_words(row, at, 3);
                after.iter().any(|word| List::Quantities.contains(word))
            }
        }
        Stand::Headline | Stand::Moved | Stand::Hypothesis => true,
    }
}

const OPINIONS: &[&str] = &[
    "clearly",
    "important",
    "informative",
    "interesting",
    "likely",
    "notable",
    "obvious",
    "plausible",
    "pressing",
    "recent",
    "relevant",
    "useful",
];

const HEIGHTS: &[&str] = &["high", "highs", "low", "lows", "week", "weeks", "year"];

/// "over EUR 2,000" says another figure than the claim, and so does "12 thousand".
fn approximate(row: &Row<'_>, at: usize) -> Option<String> {
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    // "all over 12" is not English; "over" before a figure is always "more than".
    if let Some(word) = before
        && List::Approximate.contains(word)
    {
        return Some(format!("\"{word}\" before a figure changes it; let the figure stand alone"));
    }
    // "… adds up to 12"
    let sum = ["add", "adds"];
    let is_sum = at
        .checked_sub(3)
        .and_then(|start| row.word(start))
        .is_some_and(|word| sum.contains(&word) && row.phrase(at - 2, &["up", "to"]).is_some());
    let phrases = if is_sum { &[] } else { List::ApproximatePhrases.phrases() };
    let phrase = phrases.iter().find(|phrase| {
        at.checked_sub(phrase.len()).is_some_and(|start| row.phrase(start, phrase) == Some(at))
            || row.phrase(at + 1, phrase).is_some()
    });
    if let Some(phrase) = phrase {
        return Some(format!(
            "\"{}\" beside a figure changes it; let the figure stand alone",
            phrase.join(" ")
        ));
    }
    let beside = [before, row.word(at + 1)].into_iter().flatten();
    // "ads were shown 12 times"
    let is_seen = at.checked_sub(1).and_then(|place| row.word(place)).is_some_and(|word| {
        matches!(word, "shown" | "seen" | "viewed" | "clicked" | "displayed" | "page")
    });
    let unit = beside
        .into_iter()
        .find(|word| List::Units.contains(word) && !(is_seen && *word == "times"))?;
    Some(format!("\"{unit}\" beside a figure gives it another unit; its own is shown with it"))
}
