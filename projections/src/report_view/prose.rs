//! Sentences, notes, names and verdicts as pieces.

use super::{Line, Piece, Tone};
use crate::claim::{Alias, Claim, ClaimSet, NotePart};
use crate::figure::{Direction, Metric, Status};
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

/// The tokens of a claim; empty if it has no verdict.
pub fn tokens(claim: &Claim) -> Line {
    let mut line = Vec::new();
    if let (Some(direction), Some(metric)) = (claim.direction, claim.metric) {
        line.push(direction_token(direction, metric));
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

fn direction_token(direction: Direction, metric: Metric) -> Piece {
    let tone = match (direction, more_is_better(metric)) {
        (Direction::Flat, _) | (_, None) => Tone::Neutral,
        (Direction::Up, Some(true)) | (Direction::Down, Some(false)) => Tone::Good,
        (Direction::Up, Some(false)) | (Direction::Down, Some(true)) => Tone::Watch,
    };
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
