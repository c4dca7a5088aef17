//! The finished mail against the events: spans byte for byte, no number outside of them, words as
//! the analyst wrote them, figures in the rows and columns that they belong to, and the text part
//! line by line against the HTML part.

use std::collections::BTreeSet;

use weekledger_projections::claim::{Alias, Claim, ClaimId, ClaimSet};
use weekledger_projections::figure::{Direction, Metric, Status, Window};
use weekledger_projections::words::{Department, Sentence};

use super::page::{Atom, Block, Holder, Page};
use super::prose::flat;
use super::{Finished, normal};

/// What is wrong with the HTML part.
pub fn wrong(mail: &Finished<'_>, page: &Page, labels: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = page.forbidden.clone();
    for block in &page.blocks {
        found.extend(block.atoms.iter().filter_map(|atom| wrong_span(mail.claims, atom, labels)));
        found.extend(numbers(block));
        found.extend(tokens(mail.claims, block, &page.blocks));
        found.extend(place(mail.claims, block, &page.blocks));
        if block.holder == Holder::Title && block.flat() != normal(mail.subject) {
            found.push("the title is not the subject".to_owned());
        }
    }
    found.extend(strange_text(mail, page));
    found.extend(words(mail, page));
    found.extend(alerts(mail, page));
    found
}

fn claim<'a>(set: &'a ClaimSet, id: &str) -> Option<&'a Claim> {
    set.claim(id.parse::<ClaimId>().ok()?)
}

fn wrong_span(set: &ClaimSet, atom: &Atom, labels: &BTreeSet<String>) -> Option<String> {
    let (is_right, what) = match atom {
        Atom::Text(_) => return None,
        Atom::Claim { id, text } => {
            let shown = normal(text);
            let is_it =
                |claim: &Claim| shown == normal(&claim.display) || shown == normal(&claim.short);
            (claim(set, id).is_some_and(is_it), format!("claim {id}"))
        }
        Atom::Name { alias, text } => {
            let entity = alias.parse::<Alias>().ok().and_then(|alias| set.entity(alias));
            let is_it = entity.is_some_and(|entity| normal(text) == normal(&entity.name));
            (is_it, format!("name {alias}"))
        }
        Atom::Label(text) => (labels.contains(&normal(text)), "a label".to_owned()),
    };
    (!is_right).then(|| format!("{what} is shown as \"{}\"", normal(atom.text())))
}

/// The template's own words, by which its headings and captions are known.
const TEMPLATE: &str = include_str!("../../../templates/mail.html");

/// Text outside of spans is the template's, or stands in the text part too.
fn strange_text(mail: &Finished<'_>, page: &Page) -> Vec<String> {
    let text = normal(mail.text);
    let template = normal(TEMPLATE);
    let mut found = Vec::new();
    for block in page.blocks.iter().filter(|block| block.holder != Holder::Title) {
        for atom in &block.atoms {
            let Atom::Text(run) = atom else { continue };
            let run = normal(run);
            let known = |part: &str| text.contains(part) || template.contains(part);
            // Two pieces may stand side by side.
            let pieces = |(at, _): (usize, &str)| known(&run[..at]) && known(run[at..].trim());
            if !known(&run) && !run.match_indices(' ').any(pieces) {
                found.push(format!("\"{run}\" is neither the template's nor in the text part"));
            }
        }
    }
    found
}

/// Digits of any script stand in spans only, and no letter touches a span's figure.
fn numbers(block: &Block) -> Vec<String> {
    let mut found = Vec::new();
    for (at, atom) in block.atoms.iter().enumerate() {
        let Atom::Text(text) = atom else { continue };
        if block.holder != Holder::Title && text.contains(char::is_numeric) {
            found.push(format!("a number outside of a claim: \"{}\"", normal(text)));
        }
        let before = at.checked_sub(1).and_then(|before| block.atoms.get(before));
        let after = block.atoms.get(at + 1);
        let glued = matches!(before, Some(Atom::Claim { .. })) && text.starts_with(is_glue)
            || matches!(after, Some(Atom::Claim { .. })) && text.ends_with(is_glue);
        // Sentences of events are quoted as they are, and those of the analyst were read before.
        if glued && section_of(block).is_empty() && block.under != "Data quality" {
            found.push(format!("text touches a figure: \"{}\"", normal(text)));
        }
    }
    found
}

fn is_glue(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '%' | '-' | '+' | '−' | '€' | '$')
}

/// `[UP]`, `[ALERT]` and the others are those of the claim that stands before them.
fn tokens(set: &ClaimSet, block: &Block, all: &[Block]) -> Vec<String> {
    let mut found = Vec::new();
    if block.holder == Holder::Title {
        return found;
    }
    let mut last = row_claim(set, block, all);
    for atom in &block.atoms {
        match atom {
            Atom::Claim { id, .. } => {
                last = match claim(set, id) {
                    // A change stands between a figure and its verdict, nothing else does.
                    Some(shown) if is_change(shown) => judged(set, shown).or(last),
                    Some(shown) => judged(set, shown),
                    None => last,
                };
            }
            Atom::Text(text) => {
                for token in bracketed(text) {
                    let is_right = last.is_some_and(|claim| has_token(claim, token));
                    if !is_right {
                        found.push(format!(
                            "[{token}] is not the verdict beside it: \"{}\"",
                            block.flat()
                        ));
                    }
                }
            }
            Atom::Name { .. } | Atom::Label(_) => {}
        }
    }
    found
}

fn is_change(claim: &Claim) -> bool {
    matches!(claim.window, Some(Window::WeekChange | Window::FourWeekChange))
}

/// In a cell without an own claim, the verdict is that of the row's leads.
fn row_claim<'a>(set: &'a ClaimSet, block: &Block, all: &[Block]) -> Option<&'a Claim> {
    let alias = row_alias(block, all)?;
    set.figure(alias, Metric::MetaLeads, Window::Week, None)
}

/// The figure that a claim's verdict belongs to.
fn judged<'a>(set: &'a ClaimSet, claim: &'a Claim) -> Option<&'a Claim> {
    if claim.direction.is_some() || claim.status.is_some() {
        return Some(claim);
    }
    if claim.metric == Some(Metric::Cpl) && claim.window == Some(Window::Week) {
        // Cost is judged on all spend per lead; where both are the same figure, one is shown.
        let all = Metric::SpendPerLead;
        let judged = set.figure(claim.entity, all, Window::Week, claim.currency.as_ref())?;
        return (judged.value == claim.value).then_some(judged);
    }
    if claim.window != Some(Window::WeekChange) {
        return None;
    }
    set.claims.iter().find(|base| base.change == Some(claim.id))
}

/// The tokens of a text.
fn bracketed(text: &str) -> impl Iterator<Item = &str> {
    let known = |token: &&str| ["UP", "DOWN", "FLAT", "OK", "ALERT"].contains(token);
    let inside = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    inside.map(|(token, _)| token).filter(known)
}

fn has_token(claim: &Claim, token: &str) -> bool {
    match token {
        "UP" => claim.direction == Some(Direction::Up),
        "DOWN" => claim.direction == Some(Direction::Down),
        "FLAT" => claim.direction == Some(Direction::Flat),
        "OK" => claim.status == Some(Status::Ok),
        "ALERT" => claim.status == Some(Status::Alert),
        _ => false,
    }
}

/// An alert is never lost.
fn alerts(mail: &Finished<'_>, page: &Page) -> Option<String> {
    let raised = mail.claims.claims.iter().any(|claim| claim.status == Some(Status::Alert));
    let says = |text: &str| text.contains("[ALERT]");
    let body = page.blocks.iter().filter(|block| block.holder != Holder::Title);
    let told = body.into_iter().any(|block| says(&block.flat())) && says(mail.text);
    if raised && !(told && says(mail.subject)) {
        return Some("an alert is not shown in subject, HTML and text".to_owned());
    }
    (!raised && says(mail.subject)).then(|| "[ALERT] although nothing raised one".to_owned())
}

fn row_alias(block: &Block, all: &[Block]) -> Option<Alias> {
    let head = all.iter().find(|head| head.row == block.row && head.holder == Holder::RowHead)?;
    head.atoms.iter().find_map(|atom| match atom {
        Atom::Name { alias, .. } => alias.parse().ok(),
        _ => None,
    })
}

/// A figure in a table is of the row's entity or measure, and of the column's measure or window.
fn place(set: &ClaimSet, block: &Block, all: &[Block]) -> Vec<String> {
    if block.holder != Holder::Cell {
        return Vec::new();
    }
    let column = all.iter().find(|head| {
        head.table == block.table
            && head.column == block.column
            && head.holder == Holder::ColumnHead
    });
    let Some(column) = column.map(Block::flat) else { return card(set, block) };
    let alias = row_alias(block, all);
    let head = all.iter().find(|head| head.row == block.row && head.holder == Holder::RowHead);
    let measure = head.and_then(|head| metric(&head.flat()));
    let mut found = Vec::new();
    for atom in &block.atoms {
        let Atom::Claim { id, .. } = atom else { continue };
        let Some(claim) = claim(set, id) else { continue };
        let fits = match alias {
            Some(alias) => claim.entity == alias && fits_column(claim, &column).unwrap_or(true),
            None => measure.is_none_or(|measure| {
                claim.metric == Some(measure) && fits_window(claim, &column, block.column)
            }),
        };
        if !fits && claim.metric.is_some() {
            found.push(format!("{id} stands in a row or column that is not its own"));
        }
    }
    found
}

fn fits_column(claim: &Claim, column: &str) -> Option<bool> {
    let metric = claim.metric?;
    let is_week = claim.window == Some(Window::Week);
    Some(match column {
        "Meta" => metric == Metric::MetaLeads && is_week,
        "CRM" => metric == Metric::CrmLeads && is_week,
        "Spend" => metric == Metric::Spend && is_week,
        "Cost per lead" => metric == Metric::Cpl && is_week,
        "Change" => metric == Metric::MetaLeads && claim.window == Some(Window::WeekChange),
        _ => return None,
    })
}

fn fits_window(claim: &Claim, column: &str, number: usize) -> bool {
    let window = match (column, number) {
        ("Week", _) => Window::Week,
        ("Four weeks", _) => Window::FourWeeks,
        ("All time", _) => Window::AllTime,
        ("Change", 3) => Window::WeekChange,
        ("Change", _) => Window::FourWeekChange,
        _ => return true,
    };
    claim.window == Some(window)
}

/// A card begins with its measure; the first figure is the week's.
fn card(set: &ClaimSet, block: &Block) -> Vec<String> {
    let Some(Atom::Text(first)) = block.atoms.first() else { return Vec::new() };
    let Some(measure) = metric(&normal(first)) else { return Vec::new() };
    let first = block.atoms.iter().find_map(|atom| match atom {
        Atom::Claim { id, .. } => claim(set, id),
        _ => None,
    });
    let is_right = first
        .is_none_or(|claim| claim.metric == Some(measure) && claim.window == Some(Window::Week));
    if is_right { Vec::new() } else { vec!["a card shows another figure than it says".to_owned()] }
}

/// What a label of the mail means.
pub fn metric(label: &str) -> Option<Metric> {
    Some(match label {
        "Spend" => Metric::Spend,
        "Impressions" => Metric::Impressions,
        "Clicks" => Metric::Clicks,
        "Link clicks" => Metric::LinkClicks,
        "Landing page views" => Metric::LandingPageViews,
        "Meta leads" => Metric::MetaLeads,
        "CRM leads" => Metric::CrmLeads,
        "Click rate" => Metric::Ctr,
        "Cost per click" => Metric::Cpc,
        "Link click rate" => Metric::LinkCtr,
        "Cost per link click" => Metric::LinkCpc,
        "Cost per thousand views" => Metric::Cpm,
        "Cost per lead" => Metric::Cpl,
        "Cost per CRM lead" => Metric::CrmCpl,
        "All spend per lead" => Metric::SpendPerLead,
        _ => return None,
    })
}

/// Headline, movements, guesses and actions stand as they were written, each in its section, and
/// nothing else stands there.
fn words(mail: &Finished<'_>, page: &Page) -> Vec<String> {
    let set = mail.claims;
    let mut found = Vec::new();
    let mut compare = |section: &str, said: Vec<String>| {
        let shown: Vec<String> = page
            .blocks
            .iter()
            .filter(|block| section_of(block) == section)
            .map(Block::flat)
            .collect();
        for one in said.iter().filter(|one| !shown.contains(one)) {
            found.push(format!("{section}: \"{one}\" is not shown as it was written"));
        }
        if section != "headline" {
            for one in shown.iter().filter(|one| !said.contains(one)) {
                found.push(format!("{section}: \"{one}\" was written by nobody"));
            }
        }
    };
    let all = |sentences: &[Sentence]| -> Vec<String> {
        sentences.iter().map(|sentence| normal(&flat(set, sentence))).collect()
    };
    compare("headline", all(std::slice::from_ref(&mail.words.headline)));
    compare("moved", all(&mail.words.moved));
    compare("causes", all(&mail.words.hypotheses));
    let mut actions: Vec<String> = Department::ALL
        .into_iter()
        .flat_map(|department| {
            let of = mail.words.departments.iter().filter(move |one| one.department == department);
            let said: Vec<String> = of
                .flat_map(|one| &one.actions)
                .map(|action| normal(&flat(set, &action.sentence)))
                .collect();
            if said.is_empty() { vec!["Nothing to do this week.".to_owned()] } else { said }
        })
        .collect();
    actions.extend(Department::ALL.map(|department| department.title().to_owned()));
    compare("actions", actions);
    found
}

fn section_of(block: &Block) -> &'static str {
    if matches!(block.holder, Holder::Title | Holder::Heading) {
        return "";
    }
    match block.under.as_str() {
        "What to do" => "actions",
        "What moved" => "moved",
        "Possible causes (guesses)" => "causes",
        "Lead activity"
        | "Four weeks"
        | "All measures"
        | "Campaigns and ad sets"
        | "Restated"
        | "Data quality" => "",
        _ if block.holder == Holder::Paragraph => "headline",
        _ => "",
    }
}
