//! Sentences, notes, names and verdicts as pieces.

use super::{Line, Piece, Tone};
use crate::claim::{Alias, Claim, ClaimSet, NOT_WHOLE, NotePart};
use crate::figure::{Direction, Metric, Status, Unit};
use crate::words::{Part, Sentence, Show};

pub fn name(set: &ClaimSet, alias: Alias) -> Line {
    let text = set.entity(alias).map_or_else(|| alias.to_string(), |entity| entity.name.clone());
    vec![Piece::Name { alias, text }]
}

/// The value as tables show it.
pub fn value(claim: &Claim) -> Line {
    vec![Piece::Claim { id: claim.id, text: claim.display.clone() }]
}

/// The value as cards and prose show it.
pub fn short(claim: &Claim) -> Line {
    vec![Piece::Claim { id: claim.id, text: claim.short.clone() }]
}

pub fn sentences(set: &ClaimSet, sentences: &[Sentence]) -> Vec<Line> {
    sentences.iter().map(|one| sentence(set, one)).collect()
}

/// A reference that leads nowhere shows as a gap; `Words::check` finds those before.
pub fn sentence(set: &ClaimSet, sentence: &Sentence) -> Line {
    sentence.0.iter().flat_map(|part| self::part(set, part)).collect()
}

fn part(set: &ClaimSet, part: &Part) -> Line {
    match part {
        Part::Text(text) => vec![Piece::Text(text.clone())],
        Part::Label(text) => vec![Piece::Label(text.clone())],
        Part::Show { claim, show } => {
            set.claim(*claim).map(|claim| shown(set, claim, *show)).unwrap_or_default()
        }
        Part::Move { verb, .. } => vec![Piece::text(verb.as_str())],
    }
}

fn shown(set: &ClaimSet, claim: &Claim, show: Show) -> Line {
    match show {
        Show::Value => short(claim),
        Show::Name => name(set, claim.entity),
        Show::Change => claim.change.and_then(|id| set.claim(id)).map(short).unwrap_or_default(),
    }
}

pub fn note(set: &ClaimSet, parts: &[NotePart]) -> Line {
    parts
        .iter()
        .flat_map(|part| match part {
            NotePart::Text(text) => vec![Piece::Text(text.clone())],
            NotePart::Claim(id) => set.claim(*id).map(value).unwrap_or_default(),
            NotePart::Name(alias) => name(set, *alias),
            NotePart::Label(text) => vec![Piece::Label(text.clone())],
        })
        .collect()
}

/// Values that stand below each other: amounts all with their decimals, or all without.
pub fn column(claims: &[&Claim]) -> Vec<Line> {
    let money = claims.iter().filter(|claim| claim.unit == Unit::Money && claim.value.is_some());
    let is_brief = money.clone().all(|claim| claim.short != claim.display);
    let shown = if is_brief { short } else { value };
    claims.iter().map(|claim| shown(claim)).collect()
}

/// The parts of a note that stand between semicolons.
fn segments(parts: &[NotePart]) -> Vec<Vec<NotePart>> {
    let mut segments = vec![Vec::new()];
    for part in parts {
        let texts = match part {
            NotePart::Text(text) => text.split("; ").map(|one| NotePart::Text(one.to_owned())),
            NotePart::Claim(_) | NotePart::Name(_) | NotePart::Label(_) => {
                segments.last_mut().into_iter().for_each(|last| last.push(part.clone()));
                continue;
            }
        };
        for (index, text) in texts.enumerate() {
            if index > 0 {
                segments.push(Vec::new());
            }
            segments.last_mut().into_iter().for_each(|last| last.push(text.clone()));
        }
    }
    segments
}

/// Of a note, the segments whose words pass.
fn kept(set: &ClaimSet, parts: &[NotePart], is_kept: impl Fn(&str) -> bool) -> Option<Line> {
    let words = |segment: &[NotePart]| -> String {
        let text = |part: &NotePart| match part {
            NotePart::Text(text) => Some(text.clone()),
            NotePart::Claim(_) | NotePart::Name(_) | NotePart::Label(_) => None,
        };
        segment.iter().filter_map(text).collect()
    };
    let mut line = Vec::new();
    for segment in segments(parts).iter().filter(|segment| is_kept(&words(segment))) {
        if !line.is_empty() {
            line.push(Piece::text("; "));
        }
        line.extend(note(set, segment));
    }
    (!line.is_empty()).then_some(line)
}

/// What a cost per lead rests on: "on 1,000 of 2,000 spent; 1 campaign without leads".
pub fn covered(set: &ClaimSet, claim: &Claim) -> Option<Line> {
    let is_kept = |words: &str| words.starts_with("on ") || words.contains(" without ");
    kept(set, &claim.note, is_kept).filter(|_| claim.value.is_some())
}

/// Since when a sum counts, what was not part of it all the time, and what it lacks.
pub fn since(set: &ClaimSet, claim: &Claim) -> Option<Line> {
    let is_kept = |words: &str| {
        ["since ", "earlier weeks", NOT_WHOLE].iter().any(|start| words.starts_with(start))
            || [" only since ", " only until "].iter().any(|part| words.contains(part))
    };
    kept(set, &claim.note, is_kept).filter(|_| claim.value.is_some())
}

/// What the rules found about a figure: what stands beside a verdict without a signal is for
/// `detectable`.
pub fn signal(set: &ClaimSet, claim: &Claim) -> Option<Line> {
    let is_signal = !claim.verdict_note.is_empty() && !tells_detectable(claim);
    is_signal.then(|| note(set, &claim.verdict_note))
}

/// "a lasting fall of 50 % or more would show": what a verdict could have found.
pub fn detectable(set: &ClaimSet, claim: &Claim) -> Option<Line> {
    tells_detectable(claim).then(|| note(set, &claim.verdict_note))
}

fn tells_detectable(claim: &Claim) -> bool {
    let last = claim.verdict_note.last();
    matches!(last, Some(NotePart::Text(text)) if text.ends_with(" would show"))
}

/// The tokens of a claim; empty if it has no verdict. An open alert outlasts the weeks that raised
/// it: then a direction that is not the bad one would contradict it, and is left out.
pub fn tokens(claim: &Claim) -> Line {
    let mut line = Vec::new();
    if let (Some(direction), Some(metric)) = (claim.direction, claim.metric) {
        let is_bad = direction_tone(direction, metric) == Tone::Watch;
        if is_bad || claim.status != Some(Status::Alert) {
            line.push(direction_token(direction, metric));
        }
    }
    if let Some(status) = claim.status {
        if !line.is_empty() {
            line.push(Piece::text(" "));
        }
        line.push(match status {
            Status::Ok => Piece::Token { text: "[OK]", tone: Tone::Good },
            Status::Alert => Piece::Token { text: "[ALERT]", tone: Tone::Alert },
        });
    }
    line
}

fn direction_tone(direction: Direction, metric: Metric) -> Tone {
    match (direction, more_is_better(metric)) {
        (Direction::Flat, _) | (_, None) => Tone::Neutral,
        (Direction::Up, Some(true)) | (Direction::Down, Some(false)) => Tone::Good,
        (Direction::Up, Some(false)) | (Direction::Down, Some(true)) => Tone::Watch,
    }
}

fn direction_token(direction: Direction, metric: Metric) -> Piece {
    let tone = direction_tone(direction, metric);
    let text = match direction {
        Direction::Up => "[UP]",
        Direction::Down => "[DOWN]",
        Direction::Flat => "[FLAT]",
    };
    Piece::Token { text, tone }
}

/// `None` where neither is: spend and delivery follow from budgets.
fn more_is_better(metric: Metric) -> Option<bool> {
    match metric {
        Metric::MetaLeads
        | Metric::CrmLeads
        | Metric::Ctr
        | Metric::LinkCtr
        | Metric::LandingPageViews => Some(true),
        Metric::Cpl
        | Metric::CrmCpl
        | Metric::SpendPerLead
        | Metric::Cpc
        | Metric::LinkCpc
        | Metric::Cpm => Some(false),
        Metric::Spend | Metric::Impressions | Metric::Clicks | Metric::LinkClicks => None,
    }
}

/// What a reader calls a metric.
pub fn metric_label(metric: Metric) -> &'static str {
    match metric {
        Metric::Spend => "Spend",
        Metric::Impressions => "Impressions",
        Metric::Clicks => "Clicks",
        Metric::LinkClicks => "Link clicks",
        Metric::LandingPageViews => "Landing page views",
        Metric::MetaLeads => "Meta leads",
        Metric::CrmLeads => "CRM leads",
        Metric::Ctr => "Click rate",
        Metric::Cpc => "Cost per click",
        Metric::LinkCtr => "Link click rate",
        Metric::LinkCpc => "Cost per link click",
        Metric::Cpm => "Cost per thousand views",
        Metric::Cpl => "Cost per lead",
        Metric::CrmCpl => "Cost per CRM lead",
        Metric::SpendPerLead => "All spend per lead",
    }
}
