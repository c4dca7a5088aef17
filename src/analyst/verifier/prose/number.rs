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
        if looks_like_digits(written) {
            wrong.push(format!("\"{written}\" looks like a number"));
        }
        match number_word(low) {
            Some(NumberWord::Share) if !is_idiom(row, at) => {
                wrong.push(format!("\"{low}\" is a figure in words; show a claim"));
            }
            Some(NumberWord::Count) if !may_count(row, at) => {
                wrong.push(format!("\"{low}\" counts something that is a claim's to count"));
            }
            _ => {}
        }
        if is_nothing(row, at) {
            wrong.push(format!("\"{low}\" with a measure is a figure in words"));
        }
        if List::Ranks.contains(low) && ranks(row, at, stand) {
            wrong.push(format!("\"{low}\" ranks figures, and no claim holds a rank"));
        }
    }
    wrong
}

/// "third-party", "double-check", "cost per thousand views".
fn is_idiom(row: &Row<'_>, at: usize) -> bool {
    let names_measure = (at.saturating_sub(2)..=at)
        .any(|start| row.longest(start, METRICS).is_some_and(|(end, _)| end > at));
    if names_measure {
        return true;
    }
    let pairs = [("third", "party"), ("third", "parties"), ("double", "check")];
    pairs.iter().any(|(first, second)| row.phrase(at, &[first, second]).is_some())
}

/// A count may stand before a noun that is no measure, in a window's name, or without any noun.
fn may_count(row: &Row<'_>, at: usize) -> bool {
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
    let next = (at + 1..row.items.len()).find_map(|place| match &row.items[place] {
        Item::Mark('-') => None,
        Item::Word(_, low) => Some(Some(low.as_str())),
        _ => Some(None),
    });
    let next = next.flatten();
    // Within its noun phrase: "one alert this week" counts alerts.
    let ends = ["this", "that", "the", "last", "in", "at", "for", "on", "with", "by", "from"];
    let mut after = next_words(row, at, 3);
    let end = after.iter().position(|word| ends.contains(word)).unwrap_or(after.len());
    after.truncate(end);
    if after.iter().any(|word| List::Quantities.contains(word) || is_period(word))
        && !after.contains(&"test")
    {
        return false;
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
        ("two" | "three" | "couple" | "single" | "pair", Some(next)) => {
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
    if word == "least" && before == Some("at") || word == "most" && before == Some("at") {
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

/// "over EUR 2,000" says another figure than the claim, and so does "12 thousand".
fn approximate(row: &Row<'_>, at: usize) -> Option<String> {
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    // "all over 12" is not English; "over" before a figure is always "more than".
    if let Some(word) = before
        && List::Approximate.contains(word)
    {
        return Some(format!("\"{word}\" before a figure changes it"));
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
        return Some(format!("\"{}\" beside a figure changes it", phrase.join(" ")));
    }
    let beside = [before, row.word(at + 1)].into_iter().flatten();
    let unit = beside.into_iter().find(|word| List::Units.contains(word))?;
    Some(format!("\"{unit}\" beside a figure gives it another unit"))
}
