//! Directions in words: they agree with the verdict of the claim that stands nearest.

use weekledger_projections::claim::{Alias, Claim};
use weekledger_projections::figure::{Direction, Level, Metric, Status, Window};
use weekledger_projections::words::Ground;

use super::super::lexicon::{
    Drift, List, METRICS, Mood, ORDINARY, OWNERS, RANGE_PHRASES, RANGE_SIDES, drift,
};
use super::super::sentence::{Item, Row};
use super::{Stand, is_calm, is_signal};

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, low) in row.words() {
        if let Some(is_within) = range(row, at) {
            // What nothing is cited of may be anything: "confirm that it did not change".
            let of_figures = row.subject(at).is_some()
                || (0..row.items.len()).any(|place| row.longest(place, METRICS).is_some());
            let told = match stand {
                Stand::Action(_) => row.cited().next().is_some(),
                _ => low != "not" || of_figures,
            };
            if told && !range_agrees(row, at, is_within) {
                wrong.push(format!(
                    "\"{low} …\" is not what the verdict of the nearest figure says; name what it is \
                     said of beside its own figure"
                ));
            }
        } else if List::ToldOtherwise.contains(low)
            && matches!(stand, Stand::Headline | Stand::Moved)
        {
            wrong.push(refused(low));
        } else if let Some(said) = said(row, at, stand)
            && !agrees_here(row, at, said, stand)
        {
            wrong.push(refused(low));
        }
    }
    wrong.extend(idioms(row, stand));
    wrong
}

/// "took a hit", "on a roll": directions in several words.
fn idioms(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    use Direction::{Down, Flat, Up};
    let lists = [
        (List::ToldUp, Some(Drift::Moved(Up))),
        (List::ToldDown, Some(Drift::Moved(Down))),
        (List::ToldFlat, Some(Drift::Moved(Flat))),
        (List::Better, Some(Drift::Better)),
        (List::Worse, Some(Drift::Worse)),
        (List::ToldOtherwise, None),
    ];
    let tells = |at: usize| match stand {
        Stand::Headline | Stand::Moved => true,
        Stand::Hypothesis => near_measure(row, at) && (!is_guessed(row, at) || near_count(row, at)),
        Stand::Action(_) => near_figure(row, at),
    };
    let mut wrong = Vec::new();
    for (list, drift) in lists {
        let untrue =
            |at: usize| tells(at) && !drift.is_some_and(|said| agrees_here(row, at, said, stand));
        wrong.extend(
            row.said(list)
                .filter(|(at, _)| untrue(*at))
                .map(|(_, phrase)| refused(&phrase.join(" "))),
        );
    }
    wrong
}

fn refused(said: &str) -> String {
    format!(
        "\"{said}\" says a direction that no verdict beside it has; use a move before its figure, or \
         a plain verb such as was, came to, stood at"
    )
}

/// The direction that a word says here; `None` where it says none.
fn said(row: &Row<'_>, at: usize, stand: Stand<'_>) -> Option<Drift> {
    let word = row.word(at)?;
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    if matches!(word, "up" | "down") && before.is_some_and(|b| List::BeforeParticles.contains(b)) {
        return None;
    }
    if let Some((_, company)) = IN_COMPANY.iter().find(|(one, _)| *one == word)
        && !before.is_some_and(|before| company.contains(&before))
    {
        return None;
    }
    let next = row.word(at + 1);
    // "was flagged" says no movement, "outstanding leads" are still to come.
    let is_passive = matches!(before, Some("was" | "were" | "is" | "are" | "been" | "anything"));
    if (word == "flagged" && (is_passive || matches!(next, Some("by" | "in" | "as"))))
        || (word == "outstanding" && next.is_some_and(|next| List::Quantities.contains(next)))
    {
        return None;
    }
    // "raised an alert"
    if word == "raised" && (at + 1..=at + 3).any(|place| row.word(place) == Some("alert")) {
        return None;
    }
    if SIZES.contains(&word) && next.is_some_and(|next| !List::Quantities.contains(next)) {
        return None;
    }
    if word == "more" {
        let next = (at + 1..=at + 2).filter_map(|place| row.word(place));
        let counts = next.into_iter().any(|next| MEASURED.contains(&next));
        let told = !matches!(stand, Stand::Action(_));
        return (counts && told).then_some(Drift::Moved(Direction::Up));
    }
    // "thin evidence", "a good question": of what is no figure.
    if next.is_some_and(|next| ABSTRACT.contains(&next)) {
        return None;
    }
    // "better leads", as a wish.
    if matches!(stand, Stand::Action(_))
        && COMPARATIVES.contains(&word)
        && next.is_some()
        && !matches!(
            before,
            Some("are" | "is" | "was" | "were" | "the" | "its" | "their" | "whose")
        )
        && row.cited().next().is_none()
    {
        return None;
    }
    // "too sparse to judge"
    if before == Some("too")
        && matches!(next, Some("to" | "for"))
        && (at + 2..at + 7).any(|place| row.word(place).is_some_and(|w| JUDGING.contains(&w)))
    {
        return None;
    }
    // "less clear", "less relevant visitors"
    if word == "less"
        && next.is_some_and(|next| next != "than" && !List::Quantities.contains(next))
        && !row.word(at + 2).is_some_and(|next| MEASURED.contains(&next))
    {
        return None;
    }
    // "might be pushing costs up": a guess, unless it is about what is counted.
    if matches!(stand, Stand::Hypothesis) && is_guessed(row, at) && !near_count(row, at) {
        return None;
    }
    // "lower budgets may have slowed it": of nothing that is counted.
    if matches!(stand, Stand::Hypothesis)
        && row.words().any(|(_, word)| List::Hedges.contains(word))
        && !near_count(row, at)
        && !(at.saturating_sub(3)..at + 4)
            .any(|place| matches!(row.word(place), Some("cost" | "costs" | "cpl" | "ctr" | "rate")))
    {
        return None;
    }
    let (drift, mood) = drift(word)?;
    // "the newest week may still grow": of no figure, and of no past.
    let modal = (at.saturating_sub(3)..at)
        .filter_map(|place| row.word(place))
        .any(|word| matches!(word, "may" | "might" | "can" | "could"));
    if mood == Mood::Base && modal && row.subject(at).is_none() {
        return None;
    }
    match (mood, stand) {
        (Mood::Base, Stand::Action(_)) => {
            let determined = ["the", "this", "that", "its", "their", "sharp", "steep", "recent"];
            // "find out why leads fall": said of something that happened.
            let why = (0..at).rev().take(4).filter_map(|p| row.word(p)).any(|w| w == "why");
            let is_noun = before.is_some_and(|before| determined.contains(&before));
            let of = row.word(at + 1).is_some_and(|next| matches!(next, "in" | "of"));
            ((is_noun && of) || why).then_some(drift)
        }
        (_, Stand::Hypothesis) => near_measure(row, at).then_some(drift),
        // "a stronger creative", "keep the setup unchanged": advice.
        (Mood::Told, Stand::Action(_)) => near_figure(row, at).then_some(drift),
        _ => Some(drift),
    }
}

/// Words that say "held" only behind these.
const IN_COMPANY: &[(&str, &[&str])] = &[
    ("level", &["stayed", "remained", "kept", "held", "is", "are", "was", "were"]),
    ("still", &["stood", "stand", "stands"]),
    ("put", &["stayed", "stay", "stays"]),
];

const COMPARATIVES: &[&str] = &[
    "better",
    "bigger",
    "cheaper",
    "healthier",
    "larger",
    "lower",
    "smaller",
    "stronger",
    "strong",
    "weaker",
    "weak",
    "good",
    "poor",
];

const ABSTRACT: &[&str] = &[
    "argument",
    "arguments",
    "basis",
    "case",
    "comparison",
    "conclusion",
    "conclusions",
    "evidence",
    "example",
    "fit",
    "ground",
    "grounds",
    "guide",
    "hint",
    "idea",
    "inference",
    "judgement",
    "look",
    "match",
    "moment",
    "opinion",
    "practice",
    "proof",
    "proxy",
    "question",
    "questions",
    "reason",
    "reasons",
    "sample",
    "samples",
    "sense",
    "statement",
    "time",
    "word",
    "words",
];

const JUDGING: &[&str] = &[
    "allow",
    "compare",
    "comparison",
    "conclude",
    "conclusion",
    "confirm",
    "draw",
    "judge",
    "judgement",
    "judgment",
    "read",
    "say",
    "show",
    "speak",
    "support",
    "tell",
    "test",
    "verdict",
];

/// Before a noun that is no measure these say how large it is: "a smaller campaign".
const SIZES: &[&str] = &["smaller", "larger", "bigger", "slow", "slower", "cheaper", "dearer"];

const MEASURED: &[&str] =
    &["leads", "lead", "clicks", "impressions", "spend", "conversions", "contacts", "views"];

fn near_measure(row: &Row<'_>, at: usize) -> bool {
    let near = at.saturating_sub(4)..=at + 4;
    near.into_iter().any(|place| {
        row.word(place).is_some_and(|word| List::Quantities.contains(word))
            || matches!(row.items.get(place), Some(Item::Figure(_) | Item::Move(..)))
    })
}

/// Behind a word of guessing, in the same clause.
fn is_guessed(row: &Row<'_>, at: usize) -> bool {
    let clause = (0..at).rev().take_while(|place| !row.ends_clause(*place));
    clause.into_iter().any(|place| row.word(place).is_some_and(|word| List::Hedges.contains(word)))
}

fn near_count(row: &Row<'_>, at: usize) -> bool {
    let near = at.saturating_sub(4)..=at + 4;
    near.into_iter().any(|place| {
        row.word(place).is_some_and(|word| {
            word != "contacts" && (MEASURED.contains(&word) || word == "results")
        }) || matches!(row.items.get(place), Some(Item::Figure(_) | Item::Move(..)))
    })
}

fn near_figure(row: &Row<'_>, at: usize) -> bool {
    let near = at.saturating_sub(4)..=at + 4;
    near.into_iter().any(|place| {
        row.word(place).is_some_and(|word| MEASURED.contains(&word))
            || matches!(row.items.get(place), Some(Item::Figure(_) | Item::Move(..)))
    })
}

/// "The other accounts stayed within their range": of those that the sentence does not name. `None`
/// where it speaks of one that it cites.
fn others_are_calm(row: &Row<'_>, at: usize) -> Option<bool> {
    let from = (0..at).rev().find(|place| row.ends_clause(*place)).map_or(0, |place| place + 1);
    let said = |place: usize| row.word(place).is_some_and(|word| OTHERS.contains(&word));
    let cites =
        |place: usize| matches!(row.items[place], Item::Figure(_) | Item::Move(..) | Item::Name(_));
    // "The other accounts stayed calm: [account] counted 12 …": those are the others.
    let is_named = |place: usize| matches!(row.items[place], Item::Name(alias) if alias.level() == Level::Account);
    let are_listed = (at..row.items.len()).any(is_named);
    if !(from..at).any(said) || (from..at).any(cites) || are_listed {
        return None;
    }
    let names = |alias: Alias| {
        row.items.iter().any(|item| matches!(item, Item::Name(one) if *one == alias))
    };
    Some(!row.set.claims.iter().any(|claim| {
        claim.entity.level() == Level::Account && is_signal(claim) && !names(claim.entity)
    }))
}

const OTHERS: &[&str] = &["other", "others", "remaining", "rest", "remainder", "elsewhere"];

/// What is denied agrees with every other verdict: "not so good".
fn agrees_here(row: &Row<'_>, at: usize, said: Drift, stand: Stand<'_>) -> bool {
    if !is_denied(row, at) {
        return agrees(row, at, said, stand);
    }
    let others = match said {
        Drift::Moved(_) => [Direction::Up, Direction::Down, Direction::Flat].map(Drift::Moved),
        _ => [Drift::Better, Drift::Worse, Drift::Moved(Direction::Flat)],
    };
    others.into_iter().any(|other| other != said && agrees(row, at, other, stand))
}

/// "not", at most three words before: "did not really fall".
fn is_denied(row: &Row<'_>, at: usize) -> bool {
    const DENIALS: &[&str] =
        &["not", "never", "didn't", "isn't", "wasn't", "weren't", "doesn't", "don't", "aren't"];
    const NOTHING: &[&str] = &["nothing", "little", "none", "no"];
    let before = |at: usize| (0..at).rev().take(3).map_while(|place| row.word(place));
    before(at).any(|word| DENIALS.contains(&word))
        || before(at).take(1).any(|word| NOTHING.contains(&word))
}

fn agrees(row: &Row<'_>, at: usize, said: Drift, stand: Stand<'_>) -> bool {
    if let Some(calm) = others_are_calm(row, at) {
        return calm && said == Drift::Moved(Direction::Flat);
    }
    if let Some(claim) = row.subject(at) {
        // "a collapse of leads" is about leads, whatever figure stands beside it.
        let of =
            matches!(row.word(at + 1), Some("of" | "in")).then(|| row.longest(at + 2, METRICS));
        if let Some(Some((_, said))) = of
            && claim.metric.is_some_and(|metric| !said.contains(&metric))
        {
            return false;
        }
        return is_so(row, claim, said);
    }
    if let Stand::Action(grounds) = stand
        && grounds.iter().any(|ground| match ground {
            Ground::Claim(id) => row.set.claim(*id).is_some_and(|claim| is_so(row, claim, said)),
            Ground::Finding(_) => false,
        })
    {
        return true;
    }
    said == Drift::Moved(Direction::Flat) && is_calm(row.set)
}

fn is_so(row: &Row<'_>, claim: &Claim, said: Drift) -> bool {
    let verdict = row.verdict(claim);
    match said {
        Drift::Moved(direction) => verdict == Some(direction),
        Drift::Better => verdict.is_some() && verdict == claim.metric.and_then(good),
        Drift::Worse => verdict.is_some() && verdict == claim.metric.and_then(good).map(opposite),
    }
}

/// The welcome direction of a metric; none where budgets decide.
fn good(metric: Metric) -> Option<Direction> {
    match metric {
        Metric::MetaLeads
        | Metric::CrmLeads
        | Metric::Ctr
        | Metric::LinkCtr
        | Metric::LandingPageViews => Some(Direction::Up),
        Metric::Spend | Metric::Impressions | Metric::Clicks | Metric::LinkClicks => None,
        _ => Some(Direction::Down),
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
        Direction::Flat => Direction::Flat,
    }
}

/// Whether a phrase puts something inside or outside of the ordinary range.
fn range(row: &Row<'_>, at: usize) -> Option<bool> {
    let is_within = side(row, at)?;
    // "no movement beyond ordinary variation"
    let mut before = (at.saturating_sub(3)..at).filter_map(|place| row.word(place));
    let is_denied = before.any(|word| {
        matches!(word, "no" | "not" | "nothing" | "never" | "none" | "neither" | "nor")
    });
    Some(is_within != is_denied)
}

fn side(row: &Row<'_>, at: usize) -> Option<bool> {
    if let Some((_, is_within)) = row.longest(at, RANGE_PHRASES) {
        return Some(is_within);
    }
    let (end, is_within) = row.longest(at, RANGE_SIDES)?;
    let owner = row.word(end).is_some_and(|word| OWNERS.contains(&word));
    let place = if owner { end + 1 } else { end };
    row.word(place).is_some_and(|word| ORDINARY.contains(&word)).then_some(is_within)
}

fn range_agrees(row: &Row<'_>, at: usize, is_within: bool) -> bool {
    if let Some(calm) = others_are_calm(row, at) {
        return calm && is_within;
    }
    let Some(claim) = row.subject(at) else { return is_within && is_calm(row.set) };
    // "+42 % on the week before, which lies outside its usual range": of the step.
    if claim.window == Some(Window::WeekChange)
        && !claim.usual.is_empty()
        && claim.unusual != is_within
    {
        return true;
    }
    match row.verdict(claim) {
        Some(Direction::Flat) if !is_within => row.status(claim) == Some(Status::Alert),
        Some(Direction::Flat) => true,
        Some(direction) => !is_within && Some(direction) != ruled_out(row, at),
        None => false,
    }
}

/// The verdict that a phrase such as "above their ordinary range" rules out.
fn ruled_out(row: &Row<'_>, at: usize) -> Option<Direction> {
    match row.word(at)? {
        "above" => Some(Direction::Down),
        "below" => Some(Direction::Up),
        _ => None,
    }
}
