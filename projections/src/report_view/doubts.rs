//! Doubts beside the figures that they are about, whoever wrote the words of the mail.

use weekledger_events::Currency;

use super::{Line, Piece, Tone, prose};
use crate::claim::{Alias, ClaimSet, DoubtKind};
use crate::figure::{Metric, Window};

const KINDS: [DoubtKind; 4] =
    [DoubtKind::Tracking, DoubtKind::Incomplete, DoubtKind::CrmIncomplete, DoubtKind::CrmSilent];

/// What stands right below a figure of the report that is no fact: of money what its own currency's
/// accounts make doubtful, and with the first what is doubtful as a whole.
pub fn of_figure(
    set: &ClaimSet,
    metric: Metric,
    currency: Option<&Currency>,
    is_first: bool,
) -> Vec<Line> {
    let is_of = |about: Alias| match currency {
        Some(_) if about != Alias::REPORT => {
            set.figure(about, Metric::Spend, Window::Week, currency).is_some()
        }
        _ => is_first,
    };
    let said = |kind: DoubtKind| match (kind, metric) {
        (DoubtKind::Tracking, Metric::MetaLeads | Metric::Cpl) => Some("tracking may be broken"),
        (DoubtKind::Incomplete, Metric::Spend | Metric::MetaLeads | Metric::Cpl)
        | (DoubtKind::CrmIncomplete, Metric::CrmLeads) => Some("may be incomplete"),
        (DoubtKind::CrmSilent, Metric::CrmLeads) => Some("contacts may be missing"),
        _ => None,
    };
    KINDS.into_iter().filter_map(|kind| line(set, kind, said(kind)?, is_of)).collect()
}

/// What stands below a headline that does not say it itself.
pub fn marks(set: &ClaimSet) -> Vec<Line> {
    let said = |kind: DoubtKind| match kind {
        DoubtKind::Tracking => "tracking may be broken",
        DoubtKind::Incomplete => "the ad figures may be incomplete",
        DoubtKind::CrmIncomplete => "the CRM leads may be incomplete",
        DoubtKind::CrmSilent => "the CRM leads may be missing",
    };
    KINDS.into_iter().filter_map(|kind| line(set, kind, said(kind), |_| true)).collect()
}

fn line(
    set: &ClaimSet,
    kind: DoubtKind,
    said: &str,
    is_of: impl Fn(Alias) -> bool,
) -> Option<Line> {
    let about = about(set, kind, is_of)?;
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
fn about(set: &ClaimSet, kind: DoubtKind, is_of: impl Fn(Alias) -> bool) -> Option<Line> {
    let doubts = set.doubts.iter().filter(|doubt| doubt.kind == kind && is_of(doubt.about));
    let accounts: Vec<Alias> = doubts.map(|doubt| doubt.about).collect();
    let mut line = Vec::new();
    for account in accounts.iter().filter(|about| **about != Alias::REPORT) {
        line.push(Piece::text(if line.is_empty() { " at " } else { ", " }));
        line.extend(prose::name(set, *account));
    }
    (!accounts.is_empty()).then_some(line)
}
