//! What an advertiser's week is made of beyond figures: forms, ads, budgets, people. No claim says
//! anything of them, so headline and movements may name them, and let them hold a figure, but tell
//! nothing else of them: that is where an invented cause stands.

use weekledger_projections::figure::Metric;

use super::super::lexicon::{List, METRICS};
use super::super::sentence::{Item, Row};

pub fn wrong(row: &Row<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for at in 0..row.items.len() {
        if let Some(verb) = counting(row, at) {
            wrong.push(format!(
                "\"{verb}\" tells something of a count that no figure shows; write counted, recorded or \
                 shows"
            ));
        }
        if !is_prop(row, at) {
            continue;
        }
        let Some(prop) = row.word(at) else { continue };
        if let Some(word) = quality(row, at) {
            wrong.push(format!(
                "\"{word} {prop}\" says something that no figure shows; leave \"{word}\" out, or make it \
                 a hypothesis with may or might"
            ));
        } else if let Some(word) = doing(row, at) {
            wrong.push(format!(
                "\"{prop} … {word}\" tells something that no figure shows; make it a hypothesis with may \
                 or might, or say only what was counted"
            ));
        }
    }
    wrong
}

/// What Meta or the CRM does beyond counting: "the CRM dropped contacts".
fn counting<'a>(row: &'a Row<'_>, at: usize) -> Option<&'a str> {
    if !matches!(row.word(at), Some("crm" | "meta")) {
        return None;
    }
    let word = row.word(behind_adverbs(row, at + 1))?;
    let is_lossy = matches!(
        word,
        "blocked"
            | "changed"
            | "failed"
            | "ignored"
            | "rejected"
            | "removed"
            | "skipped"
            | "swallowed"
    );
    (is_lossy || List::Causal.contains(word) || is_move(word)).then_some(word)
}

/// A word for such a thing that is no part of a measure's name.
fn is_prop(row: &Row<'_>, at: usize) -> bool {
    let names_measure =
        |start: usize| row.longest(start, METRICS).is_some_and(|(end, _)| start <= at && at < end);
    let before = at.checked_sub(1).and_then(|place| row.items.get(place));
    // "[campaign] and [campaign] form the core"
    let is_verb = row.word(at) == Some("form")
        && before.is_some_and(|item| match item {
            Item::Name(_) => true,
            Item::Word(_, word) => {
                matches!(word.as_str(), "together" | "they" | "both" | "accounts")
            }
            _ => false,
        });
    row.word(at).is_some_and(|word| List::Props.contains(word))
        && !is_verb
        && !(at.saturating_sub(3)..=at).any(names_measure)
}

/// What the thing is called, where that is a judgement: "the slow website".
fn quality<'a>(row: &'a Row<'_>, at: usize) -> Option<&'a str> {
    let word = row.word(at.checked_sub(1)?)?;
    let is_plain = List::PropModifiers.contains(word)
        || List::Props.contains(word)
        || List::PropVerbs.contains(word)
        // "watch ads", but not "broken forms"
        || (List::Verbs.contains(word)
            && !["ed", "en", "ing"].iter().any(|ending| word.ends_with(ending)))
        || row.longest(at - 1, METRICS).is_some()
        || word.ends_with("ly");
    (!is_plain).then_some(word)
}

/// What the thing does or is, beyond holding a figure.
fn doing<'a>(row: &'a Row<'_>, at: usize) -> Option<&'a str> {
    let place = behind(row, at + 1);
    let word = row.word(place)?;
    let next = behind_adverbs(row, place + 1);
    if matches!(
        word,
        "is" | "are" | "was" | "were" | "be" | "been" | "being" | "remain" | "remains"
    ) {
        return row.word(next).filter(|word| !List::PropStates.contains(word));
    }
    if matches!(word, "has" | "have" | "had") {
        return row
            .word(next)
            .filter(|word| *word != "been" && *word != "no" && !List::PropVerbs.contains(word));
    }
    if matches!(word, "did" | "does" | "do" | "can" | "may" | "might" | "could" | "will" | "would")
    {
        return row.word(next).filter(|word| *word != "not" && !List::PropVerbs.contains(word));
    }
    // "with the form out of order"
    const GONE: &[&str] =
        &["away", "broken", "closed", "dead", "down", "gone", "missing", "offline", "out"];
    if GONE.contains(&word) {
        return Some(word);
    }
    // "the budget ran out"
    const PARTICLES: &[&str] =
        &["apart", "away", "back", "down", "dry", "low", "off", "out", "over", "short", "up"];
    if let Some(particle) = row.word(place + 1).filter(|word| PARTICLES.contains(word))
        && List::PropVerbs.contains(word)
        && !(particle == "up" && matches!(word, "add" | "adds" | "sum" | "sums"))
    {
        return Some(particle);
    }
    // "our people handled 12 CRM leads"
    let is_person = row.word(at).is_some_and(|prop| PERSONS.contains(&prop));
    if is_person
        && matches!(row.items.get(place + 1), Some(Item::Figure(_)))
        && !List::Causal.contains(word)
        && !is_move(word)
    {
        return None;
    }
    // "advertisers put 12 of spend behind it"
    let of_spend = |item: &Item<'_>| matches!(item, Item::Figure(claim) if claim.metric == Some(Metric::Spend));
    if row.items.get(place + 1).is_some_and(of_spend) {
        return None;
    }
    let is_plural = row.word(at).is_some_and(|prop| prop.ends_with('s') || prop == "people");
    (is_verb(word, is_plural, place > at + 1) && !List::PropVerbs.contains(word)).then_some(word)
}

/// Behind "at [account]", adverbs and what else may stand between a subject and its verb.
fn behind(row: &Row<'_>, from: usize) -> usize {
    let mut at = behind_adverbs(row, from);
    while row
        .word(at)
        .is_some_and(|word| matches!(word, "at" | "of" | "in" | "for" | "on" | "from"))
    {
        let mut end = at + 1;
        while row.word(end).is_some_and(|word| {
            matches!(
                word,
                "the" | "its" | "all" | "both" | "our" | "this" | "that" | "account" | "account's"
            ) || matches!(
                word,
                "accounts" | "campaign" | "campaigns" | "page" | "site" | "town" | "week"
            )
        }) {
            end += 1;
        }
        if matches!(row.items.get(end), Some(Item::Name(_))) {
            end += 1;
        } else if end == at + 1 {
            return at;
        }
        at = behind_adverbs(row, end);
    }
    at
}

fn behind_adverbs(row: &Row<'_>, from: usize) -> usize {
    const ADVERBS: &[&str] = &[
        "also", "still", "now", "just", "never", "then", "no", "longer", "not", "simply", "again",
    ];
    let is_adverb = |at: usize| {
        matches!(row.items.get(at), Some(Item::Phrase))
            || row
                .word(at)
                .is_some_and(|w| ADVERBS.contains(&w) || (w.ends_with("ly") && w != "only"))
    };
    (from..).find(|at| !is_adverb(*at)).unwrap_or(from)
}

/// Whether a word is a verb where it stands: by its ending, or because it is known as one and what
/// is before it is a plural.
fn is_verb(word: &str, is_plural: bool, is_apart: bool) -> bool {
    // "the ad figures are not known"
    if List::Quantities.contains(word) || List::Countable.contains(word) {
        return false;
    }
    let is_past = word.ends_with("ed") && word.len() > 4;
    let is_irregular = IRREGULAR.contains(&word) || List::Causal.contains(word);
    let stem = word.strip_suffix("es").or_else(|| word.strip_suffix('s'));
    let is_third = !is_plural
        && !List::Props.contains(word)
        && stem.is_some_and(|stem| {
            List::Verbs.contains(stem)
                || List::Verbs.contains(&format!("{stem}e"))
                || List::Verbs.contains(word)
        });
    let is_base = is_plural && (List::Verbs.contains(word) || is_apart && is_move(word));
    is_past || is_irregular || is_third || is_base || is_move(word)
}

fn is_move(word: &str) -> bool {
    super::super::lexicon::drift(word).is_some()
}

const PERSONS: &[&str] =
    &["agency", "colleagues", "desk", "people", "reception", "sales", "staff", "team", "teams"];

const IRREGULAR: &[&str] = &[
    "ate",
    "beat",
    "forgot",
    "fled",
    "drank",
    "sang",
    "swore",
    "woke",
    "slung",
    "clung",
    "bent",
    "bred",
    "dug",
    "ground",
    "spun",
    "spat",
    "split",
    "stank",
    "strove",
    "trod",
    "wept",
    "withdrew",
    "undid",
    "understood",
    "overcame",
    "outbid",
    "appeal",
    "appeals",
    "leave",
    "leaves",
    "stop",
    "stops",
    "wait",
    "waits",
    "became",
    "began",
    "bit",
    "blew",
    "bore",
    "broke",
    "built",
    "burst",
    "caught",
    "chose",
    "cost",
    "crept",
    "cut",
    "dealt",
    "drove",
    "fed",
    "fell",
    "felt",
    "flew",
    "fought",
    "found",
    "froze",
    "grew",
    "hid",
    "hit",
    "hung",
    "hurt",
    "kept",
    "knew",
    "laid",
    "led",
    "lent",
    "let",
    "lit",
    "lost",
    "made",
    "meant",
    "overran",
    "put",
    "quit",
    "rang",
    "rode",
    "rose",
    "sank",
    "sent",
    "set",
    "shook",
    "shot",
    "shut",
    "slept",
    "slid",
    "sold",
    "spoke",
    "spread",
    "sprang",
    "stole",
    "struck",
    "stuck",
    "swept",
    "swung",
    "taught",
    "threw",
    "thrust",
    "tore",
    "went",
    "went",
    "won",
    "wore",
    "work",
    "works",
    "lack",
    "lacks",
    "like",
    "likes",
    "dislike",
    "dislikes",
    "prefer",
    "prefers",
];
