//! What is read first: cards, what to do, and the four-week bars.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use weekledger_events::Currency;

use super::doubts;
use super::prose::{self, metric_label};
use super::{BAR_UNITS, Bar, Card, CardFigure, DepartmentView, Line, Piece, Trend, ViewInput};
use crate::claim::{Alias, Claim, ClaimSet, TrendPoint, week_name};
use crate::figure::{Direction, Level, Metric, Window};
use crate::supporting::{SupportingKey, SupportingName};
use crate::words::Department;

/// What a reader looks for first.
pub const KEY_METRICS: [Metric; 4] =
    [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads, Metric::Cpl];

/// Spend, leads and their cost: four cards, of money with a figure for each currency.
pub fn cards(set: &ClaimSet, preliminary: bool) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    for metric in KEY_METRICS {
        let claims = of_each_currency(set, metric);
        let mut card = card(set, metric, &claims, preliminary);
        // What a card before has said stands there.
        let said = |line: &Line| cards.iter().flat_map(lines).any(|other| other == line);
        for figure in card.figures.iter_mut().filter(|figure| !has_claim(&figure.value, set)) {
            figure.beside.retain(|line| !said(line));
        }
        cards.push(card);
    }
    cards
}

fn lines(card: &Card) -> impl Iterator<Item = &Line> {
    card.figures.iter().flat_map(|figure| &figure.beside)
}

/// Whether a line shows a number, not the words for its absence.
fn has_claim(line: &Line, set: &ClaimSet) -> bool {
    line.iter().any(|piece| match piece {
        Piece::Claim { id, .. } => set.claim(*id).is_some_and(|claim| claim.value.is_some()),
        _ => false,
    })
}

/// The report's figures of the week for a metric. Of money there is none where no account's currency
/// was ever learned.
fn of_each_currency(set: &ClaimSet, metric: Metric) -> Vec<&Claim> {
    let claim =
        |currency: Option<&Currency>| set.figure(Alias::REPORT, metric, Window::Week, currency);
    if metric.is_money() {
        set.currencies.iter().filter_map(|currency| claim(Some(currency))).collect()
    } else {
        claim(None).into_iter().collect()
    }
}

fn card(set: &ClaimSet, metric: Metric, claims: &[&Claim], preliminary: bool) -> Card {
    let values = prose::column(claims);
    let several = claims.len() > 1;
    let figure = |(claim, value): (&&Claim, Line)| {
        let (value, beside) = if is_partly_read(set, claim) {
            (vec![Piece::text("no total")], of_read_accounts(set, claim).into_iter().collect())
        } else {
            (value, beside(set, claim))
        };
        CardFigure {
            value: match &claim.currency {
                // "no leads" has no currency of its own.
                Some(currency) if several && claim.value.is_none() => {
                    let mut line = vec![Piece::Text(format!("{currency}: "))];
                    line.extend(value);
                    line
                }
                _ => value,
            },
            verdict: verdict(
                judged_cost(set, claim)
                    .filter(|judged| judged.value.is_some() && judged.value == claim.value)
                    .unwrap_or(claim),
            ),
            beside,
        }
    };
    let mut figures: Vec<CardFigure> = claims.iter().zip(values).map(figure).collect();
    if figures.is_empty() {
        let (verdict, beside) = Default::default();
        figures.push(CardFigure { value: not_known(), verdict, beside });
    }
    for (place, figure) in figures.iter_mut().enumerate() {
        let currency = claims.get(place).and_then(|claim| claim.currency.as_ref());
        let doubts = doubts::of_figure(set, metric, currency, place == 0);
        if !doubts.is_empty() {
            // What is in doubt is not called fine; its direction stays.
            figure.verdict.retain(|piece| match piece {
                Piece::Token { text, .. } => *text != "[OK]",
                Piece::Text(text) => !text.trim().is_empty(),
                _ => true,
            });
        }
        figure.beside.splice(0..0, doubts);
    }
    let is_lead_count = matches!(metric, Metric::MetaLeads | Metric::CrmLeads);
    let is_known = claims.iter().any(|claim| claim.value.is_some());
    let below =
        (preliminary && is_lead_count && is_known).then(|| vec![Piece::text("preliminary")]);
    Card { label: metric_label(metric), figures, below: below.into_iter().collect() }
}

/// "EUR 1,200 without Harbour Residence": what the other accounts have, where an account that
/// could not be read leaves no total.
fn of_read_accounts(set: &ClaimSet, claim: &Claim) -> Option<Line> {
    let known = known(set, claim, claim.metric?)?;
    let mut line = prose::short(known);
    line.push(Piece::text(" "));
    line.extend(prose::note(set, &known.note));
    Some(line)
}

/// What the accounts that could be read have of a metric, where a figure has no value.
fn known<'a>(set: &'a ClaimSet, claim: &Claim, metric: Metric) -> Option<&'a Claim> {
    let name = SupportingName::of_read_accounts(metric).filter(|_| claim.value.is_none())?;
    let key = SupportingKey {
        level: Level::Report,
        entity_id: set.report.to_string(),
        name,
        window: Window::Week,
        currency: claim.currency.clone(),
    };
    set.source(&key.to_string()).filter(|known| known.value.is_some())
}

/// "account missing" alone would read as if nothing of the currency were known.
fn is_partly_read(set: &ClaimSet, claim: &Claim) -> bool {
    let metric = if claim.currency.is_some() { Some(Metric::Spend) } else { claim.metric };
    metric.is_some_and(|metric| known(set, claim, metric).is_some())
}

fn beside(set: &ClaimSet, claim: &Claim) -> Vec<Line> {
    let mut beside = Vec::new();
    // A change without a value has words of its own, unless the figure has none either.
    let change = claim.change.and_then(|id| set.claim(id));
    if let Some(change) = change.filter(|change| change.display != claim.display) {
        let mut line = prose::value(change);
        if change.value.is_some() {
            line.push(Piece::text(" week on week"));
        }
        if change.unusual {
            line.push(Piece::text(", unusual"));
        }
        beside.push(line);
        if !change.usual.is_empty() {
            beside.push(prose::note(set, &change.usual));
        }
        // The token beside it is about the level, and would seem to contradict the change.
        if change.unusual && claim.direction == Some(Direction::Flat) {
            beside.push(vec![Piece::text("level still usual")]);
        }
    }
    if !claim.note.is_empty() {
        beside.push(prose::note(set, &claim.note));
    }
    beside.extend(prose::signal(set, claim));
    beside.extend(all_spend_per_lead(set, claim));
    beside
}

/// Cost is judged on all spend over all leads, so its verdict stands beside the cost per lead;
/// where both are the same, it is the verdict of both.
fn judged_cost<'a>(set: &'a ClaimSet, claim: &Claim) -> Option<&'a Claim> {
    let currency = claim.currency.as_ref();
    set.figure(Alias::REPORT, Metric::SpendPerLead, Window::Week, currency)
        .filter(|_| claim.metric == Some(Metric::Cpl))
}

fn all_spend_per_lead(set: &ClaimSet, cost: &Claim) -> Option<Line> {
    let claim = judged_cost(set, cost).filter(|judged| judged.value != cost.value)?;
    let tokens = prose::tokens(claim);
    if claim.value.is_none() || tokens.is_empty() {
        return None;
    }
    let mut line = vec![Piece::text("all spend per lead ")];
    line.extend(prose::short(claim));
    line.push(Piece::text(" "));
    line.extend(tokens);
    if let Some(signal) = prose::signal(set, claim) {
        line.push(Piece::text(": "));
        line.extend(signal);
    }
    Some(line)
}

/// Tokens, or why there are none.
fn verdict(claim: &Claim) -> Line {
    let tokens = prose::tokens(claim);
    match claim.untestable {
        Some(why) if tokens.is_empty() => vec![Piece::text(why.as_str())],
        _ => tokens,
    }
}

/// The three departments, always all of them.
pub fn departments(input: &ViewInput<'_>) -> Vec<DepartmentView> {
    let actions = |department| {
        input
            .words
            .departments
            .iter()
            .filter(move |words| words.department == department)
            .flat_map(|words| &words.actions)
            .map(|action| prose::sentence(input.claims, &action.sentence))
            .collect()
    };
    Department::ALL
        .into_iter()
        .map(|department| DepartmentView {
            title: department.title(),
            actions: actions(department),
        })
        .collect()
}

/// Bars for every measure with at least one known week.
pub fn trends(set: &ClaimSet, preliminary: bool) -> Vec<Trend> {
    set.trends
        .chunk_by(|a, b| (a.metric, &a.currency) == (b.metric, &b.currency))
        .filter(|points| points.iter().any(|point| point.claim.is_some()))
        .filter_map(|points| trend(set, points, preliminary))
        .collect()
}

fn trend(set: &ClaimSet, points: &[TrendPoint], preliminary: bool) -> Option<Trend> {
    let first = points.first()?;
    let mut caption = vec![Piece::text(metric_label(first.metric))];
    if let Some(currency) = &first.currency {
        caption.push(Piece::Text(format!(", {currency}")));
    }
    let claim = |point: &TrendPoint| point.claim.and_then(|id| set.claim(id));
    let known: Vec<&Claim> = points.iter().filter_map(claim).collect();
    let most = known.iter().filter_map(|claim| claim.value).max().unwrap_or_default();
    let mut shown = prose::column(&known).into_iter();
    let bars = points
        .iter()
        .map(|point| {
            let newest = point.week == set.week;
            let value = claim(point).and_then(|claim| claim.value);
            let mut line = value.and_then(|_| shown.next()).unwrap_or_else(not_known);
            if preliminary && newest && value.is_some() && point.metric.is_about_leads() {
                line.push(Piece::text(" (preliminary)"));
            }
            Bar {
                week: vec![Piece::Label(capital(&week_name(point.week)))],
                units: value.map_or(0, |value| units(value, most)),
                value: line,
                newest,
            }
        })
        .collect();
    Some(Trend { caption, bars })
}

fn not_known() -> Line {
    vec![Piece::text("not known")]
}

/// At least one unit for anything above zero.
fn units(value: Decimal, most: Decimal) -> usize {
    if value <= Decimal::ZERO || most <= Decimal::ZERO {
        return 0;
    }
    let share = value.checked_div(most).unwrap_or_default();
    let units = share.saturating_mul(Decimal::from(BAR_UNITS)).round();
    units.to_usize().unwrap_or(BAR_UNITS).clamp(1, BAR_UNITS)
}

/// With its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
