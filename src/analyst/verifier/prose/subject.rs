//! Whose figure, and of what: names and measures beside a figure are its own.

use weekledger_projections::claim::{Alias, Claim, ClaimKind, ClaimSet};
use weekledger_projections::figure::Metric;
use weekledger_projections::words::Ground;

use super::super::lexicon::METRICS;
use super::super::sentence::{Item, Row};
use super::{Stand, is_report};

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let mut wrong = names(row, stand);
    for (at, claim) in row.cited() {
        if let Some(metric) = claim.metric {
            wrong.extend(measure(row, at, claim, metric));
        }
    }
    wrong
}

/// The last name before a figure is its entity's, or that of the first name where none is before.
fn names(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let names: Vec<(usize, Alias)> = row
        .items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| match item {
            Item::Name(alias) => Some((at, *alias)),
            _ => None,
        })
        .collect();
    let cited: Vec<(usize, &Claim)> =
        row.cited().filter(|(_, claim)| claim.kind == ClaimKind::Figure).collect();
    for (at, claim) in &cited {
        let from = clause(row, *at);
        let near = |place: usize| !is_report(claim) || place >= from;
        let before = names.iter().rfind(|(place, _)| place < at && near(*place));
        let before = before.map(|(_, alias)| *alias);
        let owner = match before {
            Some(alias) => Some(alias),
            None if is_report(claim) => None,
            None => names.first().map(|(_, alias)| *alias),
        };
        match owner {
            Some(alias) if alias == claim.entity => {}
            Some(alias) if is_report(claim) && says_all(row) && alias != claim.entity => {}
            None if is_report(claim) => {}
            Some(alias) => {
                wrong.push(format!("{} is of {}, not of {alias}", claim.id, claim.entity));
            }
            None => wrong.push(format!("{} is of {}, which is not named", claim.id, claim.entity)),
        }
    }
    let tells = matches!(stand, Stand::Headline | Stand::Moved);
    for (place, alias) in names.iter().filter(|_| tells) {
        let beside: Vec<&Claim> = cited
            .iter()
            .filter(|(at, _)| full(row, *at) == full(row, *place))
            .map(|(_, c)| *c)
            .collect();
        if !beside.is_empty() && !beside.iter().any(|claim| is_of(row.set, claim.entity, *alias)) {
            wrong.push(format!("names {alias}, but no figure beside it is of {alias}"));
        }
    }
    if let Stand::Action(grounds) = stand {
        wrong.extend(unfounded(row.set, &names, grounds));
    }
    wrong
}

/// Where the clause of a place begins.
fn clause(row: &Row<'_>, at: usize) -> usize {
    let ends = |place: &usize| matches!(row.items[*place], Item::Mark('.' | ';'));
    (0..at).rev().find(ends).map_or(0, |place| place + 1)
}

/// Which full sentence a place is in, counted by full stops.
fn full(row: &Row<'_>, at: usize) -> usize {
    row.items[..at].iter().filter(|item| matches!(item, Item::Mark('.'))).count()
}

/// Whether an entity is another one or lies in it.
fn is_of(set: &ClaimSet, entity: Alias, other: Alias) -> bool {
    let mut at = Some(entity);
    while let Some(alias) = at {
        if alias == other {
            return true;
        }
        at = set.entity(alias).and_then(|entity| entity.parent);
    }
    false
}

/// An action that rests on an entity's signal is about that entity, what it lies in, or what lies
/// in it.
fn unfounded(set: &ClaimSet, names: &[(usize, Alias)], grounds: &[Ground]) -> Option<String> {
    let rests: Vec<Alias> = grounds
        .iter()
        .filter_map(|ground| match ground {
            Ground::Claim(id) => set.claim(*id).map(|claim| claim.entity),
            Ground::Finding(_) => None,
        })
        .collect();
    let founded = |alias: Alias| {
        rests.iter().any(|rest| is_of(set, *rest, alias) || is_of(set, alias, *rest))
    };
    let is_founded = names.is_empty()
        || rests.len() < grounds.len()
        || names.iter().any(|(_, alias)| founded(*alias));
    (!is_founded).then(|| "names none of what its signals are about".to_owned())
}

/// After a name, a figure of the whole report needs to be called that.
fn says_all(row: &Row<'_>) -> bool {
    let all = ["overall", "altogether", "together", "report", "accounts"];
    row.words().any(|(_, word)| all.contains(&word))
}

/// The measure named right after a figure, or else the last one before it, is the claim's.
fn measure(row: &Row<'_>, at: usize, claim: &Claim, metric: Metric) -> Option<String> {
    let mismatch = |said: &[Metric]| {
        (!said.contains(&metric))
            .then(|| format!("{} is {metric}, which is not what is said", claim.id))
    };
    if matches!(row.items[at], Item::Figure(_))
        && let Some(said) = following(row, at)
    {
        // "the CRM counted 12 leads": both sides speak.
        let counted = at.checked_sub(2).and_then(|place| row.longest(place, METRICS));
        let counter = counted.filter(|(end, _)| *end == at).and_then(|(_, said)| mismatch(said));
        return mismatch(said).or(counter);
    }
    match preceding(row, at) {
        Some(said) => mismatch(said),
        None if claim.kind == ClaimKind::Figure => {
            Some(format!("{} is shown without saying what it measures", claim.id))
        }
        None => None,
    }
}

fn following(row: &Row<'_>, at: usize) -> Option<&'static [Metric]> {
    let skip = ["of", "in", "new", "the", "all", "ad", "more", "on"];
    let first = list_end(row, at);
    for place in first..first + 3 {
        if let Some((_, said)) = row.longest(place, METRICS) {
            return Some(said);
        }
        if !row.word(place).is_some_and(|word| skip.contains(&word)) {
            return None;
        }
    }
    None
}

/// Behind the last of a list of figures of one measure: "EUR 12, CHF 3 and JPY 4 of spend".
fn list_end(row: &Row<'_>, at: usize) -> usize {
    let Item::Figure(first) = row.items[at] else { return at + 1 };
    let mut end = at + 1;
    for (place, item) in row.items.iter().enumerate().skip(at + 1) {
        match item {
            Item::Mark(',' | '(' | ')') => {}
            Item::Word(_, word) if word == "and" => {}
            Item::Figure(claim) if claim.metric == first.metric => end = place + 1,
            _ => break,
        }
    }
    end
}

/// Within the clause, then within the sentence.
fn preceding(row: &Row<'_>, at: usize) -> Option<&'static [Metric]> {
    let mut last = None;
    let mut place = 0;
    while place < at {
        match row.longest(place, METRICS) {
            Some((end, said)) if end <= at => {
                last = Some(said);
                place = end;
            }
            _ => place += 1,
        }
    }
    last
}
