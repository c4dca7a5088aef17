//! Doubts beside the figures that they are about, whoever wrote the words of the mail.

use super::{Line, Piece, Tone, prose};
use crate::claim::{Alias, ClaimSet, DoubtKind};
use crate::figure::Metric;

const KINDS: [DoubtKind; 3] =
    [DoubtKind::Tracking, DoubtKind::Incomplete, DoubtKind::CrmIncomplete];

/// What stands right below a figure of the report that is no fact.
pub fn of_metric(set: &ClaimSet, metric: Metric) -> Vec<Line> {
    let said = |kind: DoubtKind| match (kind, metric) {
        (DoubtKind::Tracking, Metric::MetaLeads | Metric::Cpl) => Some("tracking may be broken"),
        (DoubtKind::Incomplete, Metric::Spend | Metric::MetaLeads | Metric::Cpl)
        | (DoubtKind::CrmIncomplete, Metric::CrmLeads) => Some("may be incomplete"),
        _ => None,
    };
    KINDS.into_iter().filter_map(|kind| line(set, kind, said(kind)?)).collect()
}

/// What stands below a headline that does not say it itself.
pub fn marks(set: &ClaimSet) -> Vec<Line> {
    let said = |kind: DoubtKind| match kind {
        DoubtKind::Tracking => "tracking may be broken",
        DoubtKind::Incomplete => "the ad figures may be incomplete",
        DoubtKind::CrmIncomplete => "the CRM leads may be incomplete",
    };
    KINDS.into_iter().filter_map(|kind| line(set, kind, said(kind))).collect()
}

fn line(set: &ClaimSet, kind: DoubtKind, said: &str) -> Option<Line> {
    let about = about(set, kind)?;
    let mut line =
        vec![Piece::Marker { text: "Check:", tone: Tone::Watch }, Piece::Text(format!(" {said}"))];
    line.extend(about);
    Some(line)
}

/// Whether an account's leads of the week may not have been counted.
pub fn is_tracking(set: &ClaimSet, account: Alias) -> bool {
    set.doubts.iter().any(|doubt| {
        doubt.kind == DoubtKind::Tracking && [account, Alias::REPORT].contains(&doubt.about)
    })
}

/// " at Lakeside Hotel", or nothing where the report is meant as a whole; `None` without a doubt.
fn about(set: &ClaimSet, kind: DoubtKind) -> Option<Line> {
    let accounts: Vec<Alias> =
        set.doubts.iter().filter(|doubt| doubt.kind == kind).map(|doubt| doubt.about).collect();
    let mut line = Vec::new();
    for account in accounts.iter().filter(|about| **about != Alias::REPORT) {
        line.push(Piece::text(if line.is_empty() { " at " } else { ", " }));
        line.extend(prose::name(set, *account));
    }
    (!accounts.is_empty()).then_some(line)
}
