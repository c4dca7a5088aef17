//! Whose figure, and of what: names and measures beside a figure are its own.

use weekledger_projections::claim::{Alias, Claim, ClaimKind, ClaimSet};
use weekledger_projections::figure::{Level, Metric};
use weekledger_projections::words::Ground;

use super::super::lexicon::{List, METRICS, WINDOWS, called};
use super::super::sentence::{Item, Row};
use super::{Stand, is_report};

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let mut wrong = names(row, stand);
    wrong.extend(repeated(row));
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
        // "…; its cost per lead is 12" speaks of the name of the clause before.
        let refers = (from..*at)
            .filter_map(|place| row.word(place))
            .any(|word| matches!(word, "its" | "their" | "it" | "there"));
        let near = |place: usize| !is_report(claim) || refers || place >= from;
        let before = names.iter().rfind(|(place, _)| place < at && near(*place));
        let before = before.map(|(_, alias)| *alias);
        if is_shared(row, *at, claim, &names) {
            wrong.push(format!(
                "{} is of {} alone; show a figure for each name",
                row.cites(claim),
                claim.entity
            ));
        }
        if is_paired(row, *at, claim) {
            continue;
        }
        let owner = match behind(row, *at, claim) {
            Some(alias) if before == Some(claim.entity) && is_of(row.set, claim.entity, alias) => {
                before
            }
            Some(alias) => Some(alias),
            None => match before {
                Some(alias) => Some(alias),
                None if is_report(claim) => None,
                None => names.first().map(|(_, alias)| *alias),
            },
        };
        match owner {
            Some(alias) if alias == claim.entity => {}
            Some(_) if is_report(claim) && is_whole(row, *at, claim) => {}
            // "[campaign] sits within [account] and counted 12"
            Some(alias)
                if is_of(row.set, claim.entity, alias)
                    && names.iter().any(|(place, one)| {
                        place < at && *one == claim.entity && full(row, *place) == full(row, *at)
                    }) => {}
            Some(alias) if is_report(claim) && says_all(row, claim) && alias != claim.entity => {}
            None if is_report(claim) => {}
            Some(alias) => {
                let how = if is_of_one_currency(row.set, claim) {
                    "say \"the accounts in that currency\" beside it, or give it a sentence without \
                     names"
                        .to_owned()
                } else if is_report(claim) {
                    "say \"overall\" or \"the whole report\" beside it, or give it a sentence \
                     without names"
                        .to_owned()
                } else {
                    format!(
                        "show the name of {} before it, or \"at\" and the name behind it",
                        claim.entity
                    )
                };
                let cites = row.cites(claim);
                wrong.push(format!("{cites} is of {}, not of {alias}; {how}", claim.entity));
            }
            None => wrong.push(format!(
                "{} is of {}, which is not named; show its name before it",
                row.cites(claim),
                claim.entity
            )),
        }
    }
    let tells = matches!(stand, Stand::Headline | Stand::Moved);
    let owns = |(place, alias): &(usize, Alias)| {
        cited.iter().any(|(at, claim)| {
            full(row, *at) == full(row, *place) && is_of(row.set, claim.entity, *alias)
        })
    };
    for (place, alias) in names.iter().filter(|_| tells) {
        let beside = cited.iter().any(|(at, _)| full(row, *at) == full(row, *place));
        let others = names.iter().filter(|(other, _)| full(row, *other) == full(row, *place));
        if beside && !others.into_iter().any(owns) {
            wrong.push(format!(
                "names {alias}, but no figure beside it is of {alias}; show one of {alias}, or end the \
                 sentence before its name"
            ));
        }
    }
    wrong.extend(names.iter().filter_map(|(place, alias)| miscalled(row, *place, *alias)));
    wrong.extend(cited.iter().filter_map(|(at, _)| intended(row, *at)));
    wrong.extend(cited.iter().filter_map(|(at, claim)| overstated(row, *at, claim)));
    wrong.extend(
        cited.iter().filter(|(_, claim)| is_report(claim)).filter_map(|(at, _)| part(row, *at)),
    );
    if let Stand::Action(grounds) = stand {
        wrong.extend(unfounded(row.set, &names, grounds));
    }
    wrong
}

/// "[account] and [account] counted 12 and 14 Meta leads": as many figures of a measure as names, in
/// the same order.
fn is_paired(row: &Row<'_>, at: usize, claim: &Claim) -> bool {
    let is_link = |item: &Item<'_>| match item {
        Item::Mark(',') => true,
        Item::Word(_, word) => word == "and",
        _ => false,
    };
    // A run of things with nothing but "and" and commas between them, around a place.
    let run = |from: usize, is_one: &dyn Fn(&Item<'_>) -> bool| {
        let (mut first, mut last) = (from, from);
        while first > 0 && (is_one(&row.items[first - 1]) || is_link(&row.items[first - 1])) {
            first -= 1;
        }
        while row.items.get(last + 1).is_some_and(|item| is_one(item) || is_link(item)) {
            last += 1;
        }
        (first..=last).filter(|place| is_one(&row.items[*place])).collect::<Vec<usize>>()
    };
    let is_measured =
        |item: &Item<'_>| matches!(item, Item::Figure(one) if one.metric == claim.metric);
    let figures = run(at, &is_measured);
    let first = figures.first().copied().unwrap_or(0);
    let Some(before) = (0..first).rev().find(|place| matches!(row.items[*place], Item::Name(_)))
    else {
        return false;
    };
    let names = run(before, &|item| matches!(item, Item::Name(_)));
    let place = figures.iter().position(|one| *one == at);
    names.len() > 1
        && names.len() == figures.len()
        && full(row, before) == full(row, at)
        && place.is_some_and(
            |nth| matches!(row.items[names[nth]], Item::Name(alias) if alias == claim.entity),
        )
}

/// "[account] and [account] counted 12 together"
fn is_shared(row: &Row<'_>, at: usize, claim: &Claim, names: &[(usize, Alias)]) -> bool {
    let shares = |place: usize| {
        matches!(row.word(place), Some("together" | "combined" | "each" | "jointly" | "apiece"))
    };
    let behind = (at + 1..at + 5).take_while(|place| {
        !matches!(row.items.get(*place), Some(Item::Mark('.' | ';' | ',') | Item::Figure(_)))
    });
    let before: Vec<Alias> = names
        .iter()
        .filter(|(place, _)| *place < at && full(row, *place) == full(row, at))
        .map(|(_, alias)| *alias)
        .collect();
    !is_report(claim) && before.len() > 1 && behind.into_iter().any(shares)
}

/// "the campaign [account]"
fn miscalled(row: &Row<'_>, place: usize, alias: Alias) -> Option<String> {
    let word = row.word(place.checked_sub(1)?)?;
    let (is_wrong, right) = match alias.level() {
        Level::Account => (word == "campaign", "account"),
        Level::Campaign => (matches!(word, "account" | "hotel" | "property"), "campaign"),
        _ => (false, ""),
    };
    is_wrong
        .then(|| format!("calls {alias} \"{word}\", but it is of another kind; write \"{right}\""))
}

/// "the target was 12": a figure that was counted is no target.
fn intended(row: &Row<'_>, at: usize) -> Option<String> {
    const LINKS: &[&str] =
        &["is", "was", "of", "at", "to", "stands", "stood", "the", "for", "this"];
    let mut before = (at.saturating_sub(5)..at).rev().map_while(|place| row.word(place));
    let first = before.find(|word| !LINKS.contains(word))?;
    let aims = [
        "target", "goal", "budget", "forecast", "quota", "plan", "limit", "loss", "profit",
        "revenue",
    ];
    let is_aim = aims.contains(&first) && row.word(at.checked_sub(1)?) != Some("for");
    is_aim
        .then(|| format!("\"{first}\" before a figure that is none; say what was counted or spent"))
}

/// "retargeting spent 12": the whole report's figure said of a kind of campaign.
fn part(row: &Row<'_>, at: usize) -> Option<String> {
    const KINDS: &[&str] = &["retargeting", "prospecting", "remarketing", "branding", "display"];
    let kind = row.word(at.checked_sub(2)?)?;
    let is_verb =
        row.word(at - 1).is_some_and(|word| List::Verbs.contains(word) || word == "spent");
    (is_verb && KINDS.contains(&kind))
        .then(|| format!("\"{kind}\" is not the whole report; say whose figure it is"))
}

/// The name right behind a figure or move: "12 Meta leads at [account]".
fn behind(row: &Row<'_>, at: usize, claim: &Claim) -> Option<Alias> {
    const BETWEEN: &[&str] = &[
        "meta",
        "crm",
        "leads",
        "lead",
        "link",
        "clicks",
        "impressions",
        "landing",
        "page",
        "views",
        "of",
        "spend",
        "to",
        "per",
        "cost",
        "this",
        "week",
    ];
    const LINKS: &[&str] = &["at", "in", "for", "from"];
    // "12 Meta leads belong to [account]"
    const BELONGS: &[&str] = &["belong", "belongs", "go", "goes", "went"];
    // "…, and 14 Meta leads to [account]": the verb stands in the clause before.
    let is_verb = |verb: usize| row.word(verb).is_some_and(|verb| BELONGS.contains(&verb));
    let belongs = |place: usize| {
        row.word(place) == Some("to")
            && (0..place).any(|verb| is_verb(verb) && full(row, verb) == full(row, at))
    };
    for place in at + 1..row.items.len() {
        match &row.items[place] {
            Item::Name(alias) => {
                let linked = row.word(place - 1).is_some_and(|w| LINKS.contains(&w));
                return (linked || belongs(place - 1)).then_some(*alias);
            }
            Item::Figure(figure) if figure.entity == claim.entity => {}
            Item::Word(_, word) if [BETWEEN, LINKS, BELONGS].concat().contains(&word.as_str()) => {}
            _ => return None,
        }
    }
    None
}

/// A figure twice in one sentence is a part of itself, or beside the point.
fn repeated(row: &Row<'_>) -> Option<String> {
    let shown: Vec<(usize, &Claim)> = row.figures().collect();
    shown.iter().enumerate().find_map(|(nth, (at, claim))| {
        let earlier = shown[..nth]
            .iter()
            .any(|(other, same)| same.id == claim.id && full(row, *other) == full(row, *at));
        earlier.then(|| format!("shows {} twice in one sentence", claim.id))
    })
}

/// "12 of the 40 Meta leads": the whole of which a part was shown.
fn is_whole(row: &Row<'_>, at: usize, whole: &Claim) -> bool {
    let small = ["of", "the", "all", "a", "total", "meta", "crm", "leads", "spend"];
    let part = (0..at).rev().find(|place| !row.word(*place).is_some_and(|w| small.contains(&w)));
    let of = at
        .checked_sub(1)
        .is_some_and(|place| matches!(row.word(place), Some("of" | "the" | "all")));
    let is_part = |place: usize| matches!(row.items[place], Item::Figure(part) if part.metric == whole.metric);
    of && part.is_some_and(is_part)
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
    (!is_founded).then(|| "names none of what its signals are about; show their name".to_owned())
}

/// After a name, a figure of the whole report needs to be called that.
fn says_all(row: &Row<'_>, claim: &Claim) -> bool {
    let of_one = is_of_one_currency(row.set, claim);
    row.words().any(|(_, word)| word == "accounts" || (WHOLE.contains(&word) && !of_one))
}

const WHOLE: &[&str] = &["overall", "altogether", "together", "report", "portfolio"];

/// Of several currencies, an amount is of those accounts only that use its own.
fn is_of_one_currency(set: &ClaimSet, claim: &Claim) -> bool {
    is_report(claim) && claim.currency.is_some() && set.currencies.len() > 1
}

/// "Overall, spend per lead was EUR 12": with pounds beside it, that is not all.
fn overstated(row: &Row<'_>, at: usize, claim: &Claim) -> Option<String> {
    let from = clause(row, at);
    let said = (from..at)
        .filter_map(|place| row.word(place))
        .find(|word| matches!(*word, "overall" | "altogether" | "portfolio" | "whole"))?;
    is_of_one_currency(row.set, claim).then(|| {
        format!(
            "\"{said}\" before {}, which is of the accounts in one currency only; leave it out, or \
             say \"the accounts in that currency\"",
            row.cites(claim)
        )
    })
}

/// The measure named right after a figure, or else the last one before it, is the claim's.
fn measure(row: &Row<'_>, at: usize, claim: &Claim, metric: Metric) -> Option<String> {
    let mismatch = |said: &[Metric]| {
        (!said.contains(&metric)).then(|| {
            format!(
                "{} is {metric}, which is not what is said; write \"{}\" beside it",
                row.cites(claim),
                called(metric)
            )
        })
    };
    if matches!(row.items[at], Item::Figure(_))
        && let Some((said, is_next)) = following(row, at)
        && (!is_next || said.contains(&metric))
    {
        // "the CRM counted 12 leads": both sides speak.
        return mismatch(said).or_else(|| mismatch(counter(row, at, said)?));
    }
    // "14 Meta leads for EUR 12": money for something is spent.
    let before = at.checked_sub(1).and_then(|place| row.word(place));
    if metric == Metric::Spend
        && matches!(before, Some("for"))
        && row.word(at + 1) != Some("per")
        && !(at.saturating_sub(3)..at).any(|place| row.word(place) == Some("responsible"))
        && matches!(row.items[at], Item::Figure(_))
        && following(row, at).is_none()
    {
        return None;
    }
    match preceding(row, at).or_else(|| added(row, at)) {
        Some(said) => mismatch(said),
        None if claim.kind == ClaimKind::Figure => Some(format!(
            "{} is shown without saying what it measures; write \"{}\" right behind it",
            row.cites(claim),
            called(metric)
        )),
        None => None,
    }
}

/// "12 people, counted as Meta leads": the measure said behind a link, before the next figure.
fn added(row: &Row<'_>, at: usize) -> Option<&'static [Metric]> {
    let mut places = (at + 1..row.items.len())
        .take_while(|place| !matches!(row.items[*place], Item::Figure(_) | Item::Mark('.' | ';')));
    // "12 bookings, as Meta leads": that is another measure.
    const OTHERS: &[&str] = &[
        "bookings",
        "buyers",
        "calls",
        "clicks",
        "customers",
        "guests",
        "orders",
        "purchases",
        "reservations",
        "sales",
        "signups",
        "stays",
        "views",
        "visitors",
        "visits",
    ];
    if row.word(at + 1).is_some_and(|word| OTHERS.contains(&word)) {
        return None;
    }
    places.find_map(|place| {
        let linked = matches!(row.word(place - 1), Some("by" | "as" | "in" | "through" | "for"));
        let (_, said) = row.longest(place, METRICS)?;
        linked.then_some(said)
    })
}

/// Who counted the leads behind a figure: Meta or the CRM, before the verb.
fn counter(row: &Row<'_>, at: usize, said: &[Metric]) -> Option<&'static [Metric]> {
    if !said.contains(&Metric::MetaLeads) || !said.contains(&Metric::CrmLeads) {
        return None;
    }
    let mut before = (at.saturating_sub(4)..at).rev().map_while(|place| row.word(place));
    before.find_map(|word| match word {
        "meta" => Some(&[Metric::MetaLeads][..]),
        "crm" => Some(&[Metric::CrmLeads][..]),
        _ => None,
    })
}

/// The measure behind a figure, and whether it is rather said of the next one: "12 on spend of 40".
fn following(row: &Row<'_>, at: usize) -> Option<(&'static [Metric], bool)> {
    let skip = ["of", "in", "new", "the", "all", "ad", "more", "on", "total"];
    let listed = list_end(row, at);
    let first = row.longest(listed, WINDOWS).map_or(listed, |(end, _)| end);
    for place in first..first + 4 {
        if let Some((end, said)) = row.longest(place, METRICS) {
            let is_next = row.word(end) == Some("of")
                && matches!(row.items.get(end + 1), Some(Item::Figure(_)));
            return Some((said, is_next));
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
            Item::Word(_, word) if matches!(word.as_str(), "and" | "of" | "the" | "all") => {}
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
                // "cost per lead on campaigns with leads"
                let before = place.checked_sub(1).and_then(|before| row.word(before));
                let is_told = row.word(end) == Some("of")
                    && matches!(row.items.get(end + 1), Some(Item::Figure(_)));
                let is_aside = matches!(row.word(place), Some("lead" | "leads" | "clicks"))
                    && end == place + 1
                    && matches!(before, Some("with" | "without"))
                    && !is_told;
                if !is_aside {
                    last = Some(said);
                }
                place = end;
            }
            _ => place += 1,
        }
    }
    last
}
