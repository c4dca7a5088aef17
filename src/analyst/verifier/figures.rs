//! Claims against the archived figures, and displays against exact values, with a rounding of its
//! own: a display is right if the value rounds to it, halves away from zero.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::Currency;
use weekledger_projections::claim::{Claim, ClaimKind, ClaimSet};
use weekledger_projections::figure::{Figure, Unit};
use weekledger_projections::supporting::{FigureSet, SupportingFigure};
use weekledger_projections::verdict::reliance::YEARS_PER_FALSE_ALERT;

use super::{Finding, Place};

/// Of a series-year.
const WEEKS_A_YEAR: Decimal = Decimal::from_parts(52, 0, 0, false, 0);

/// Claims that are not what the figures say.
pub fn figures(claims: &ClaimSet, figures: &FigureSet) -> Vec<Finding> {
    let known: BTreeMap<&str, &Figure> =
        figures.figures.iter().map(|figure| (figure.id.as_str(), figure)).collect();
    let beside: BTreeMap<&str, &SupportingFigure> =
        figures.supporting.iter().map(|figure| (figure.id.as_str(), figure)).collect();
    let mut found = Vec::new();
    for claim in &claims.claims {
        let source = claim.source.as_str();
        let wrong = match (claim.kind, known.get(source), beside.get(source)) {
            (ClaimKind::Figure, Some(figure), _) => other_figure(claim, figure),
            (ClaimKind::Figure, None, _) => Some("there is no such figure".to_owned()),
            (ClaimKind::Backtest, ..) => other_record(claim, figures),
            (ClaimKind::Supporting, _, Some(figure)) if figure.value != claim.value => {
                Some("its value is not the figure's".to_owned())
            }
            _ => None,
        };
        let wrong = wrong.or_else(|| wrong_display(claim));
        found.extend(wrong.map(|why| Finding {
            place: Place::Figures,
            of: format!("{} ({})", claim.id, claim.source),
            why,
        }));
    }
    found
}

fn other_figure(claim: &Claim, figure: &Figure) -> Option<String> {
    let parts = [
        ("value", claim.value != figure.value),
        ("unit", claim.unit != figure.unit),
        ("currency", claim.currency != figure.currency),
        ("metric", claim.metric != Some(figure.metric)),
        ("window", claim.window != Some(figure.window)),
        ("direction", claim.direction != figure.direction),
        ("status", claim.status != figure.status),
    ];
    let (part, _) = parts.into_iter().find(|(_, differs)| *differs)?;
    Some(format!("its {part} is not the figure's"))
}

/// What the foot of a mail says of the rules, against the archived record and the calibration.
fn other_record(claim: &Claim, figures: &FigureSet) -> Option<String> {
    let Some(record) = figures.backtest else {
        return Some("the figures hold no record of the rules".to_owned());
    };
    let expected = match claim.source.as_str() {
        "backtest:alerts" => Some(Decimal::from(record.alerts)),
        "backtest:series_years" => Decimal::from(record.judged_weeks).checked_div(WEEKS_A_YEAR),
        "backtest:years_per_false_alert" => {
            let row =
                YEARS_PER_FALSE_ALERT.iter().find(|(most, _)| record.series as usize <= *most);
            row.map(|(_, years)| Decimal::from(*years))
        }
        _ => None,
    };
    (expected.is_none() || claim.value != expected)
        .then(|| "it is not what the record of the rules says".to_owned())
}

fn wrong_display(claim: &Claim) -> Option<String> {
    let Some(value) = claim.value else {
        let texts = [&claim.display, &claim.short];
        let shows =
            |text: &&String| text.contains(char::is_numeric) && !matches!(text.as_str(), "was 0");
        let is_number = claim.kind == ClaimKind::Figure && texts.iter().any(shows);
        return is_number.then(|| "has no value, but shows a number".to_owned());
    };
    if claim.kind == ClaimKind::Finding {
        return None;
    }
    [&claim.display, &claim.short].into_iter().find_map(|text| {
        let is_right = is_rounding(text, value, claim.unit, claim.currency.as_ref());
        (!is_right).then(|| format!("\"{text}\" is no rounding of {value}"))
    })
}

/// Whether `text` is `value` in its unit, rounded once to the digits shown.
pub fn is_rounding(text: &str, value: Decimal, unit: Unit, currency: Option<&Currency>) -> bool {
    let text = match (unit, currency) {
        (Unit::Money, Some(currency)) => {
            // A note names the currency once for several amounts.
            let bare = text.strip_prefix(currency.as_str()).and_then(|t| t.strip_prefix(' '));
            bare.unwrap_or(text)
        }
        (Unit::Ratio | Unit::Change, _) => match text.strip_suffix(" %") {
            Some(bare) => bare,
            None => return false,
        },
        (Unit::Points, _) => match text.strip_suffix(" pt") {
            Some(bare) => bare,
            None => return false,
        },
        _ => text,
    };
    let scaled = match unit {
        Unit::Ratio | Unit::Change | Unit::Points => value.checked_mul(Decimal::ONE_HUNDRED),
        Unit::Count | Unit::Money => Some(value),
    };
    let (Some(scaled), Some((shown, ulp))) = (scaled, number(text)) else { return false };
    let Some(gap) = shown.checked_sub(scaled) else { return false };
    let half = ulp / Decimal::TWO;
    // A half goes away from zero.
    let tie = gap.abs() == half && shown.abs() < scaled.abs();
    let sign = shown.is_zero() || shown.is_sign_negative() == scaled.is_sign_negative();
    gap.abs() <= half && !tie && sign
}

/// A number with its grouping, and the unit of its last digit.
fn number(text: &str) -> Option<(Decimal, Decimal)> {
    let (text, factor) = match text.strip_suffix('k') {
        Some(bare) => (bare, Decimal::ONE_THOUSAND),
        None => match text.strip_suffix('M') {
            Some(bare) => (bare, Decimal::from(1_000_000)),
            None => (text, Decimal::ONE),
        },
    };
    let signed = text.strip_prefix(['+', '-', '−']);
    let is_negative = text.starts_with(['-', '−']);
    let bare = signed.unwrap_or(text);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = digits(first)
        && (rest.is_empty() || first.len() <= 3)
        && rest.iter().all(|group| digits(group) && group.len() == 3);
    if !grouped || (bare.contains('.') && !digits(fraction)) {
        return None;
    }
    let plain: Decimal = bare.replace(',', "").parse().ok()?;
    let ulp = Decimal::new(1, u32::try_from(fraction.len()).ok()?);
    let value = plain.checked_mul(factor)?;
    Some((if is_negative { -value } else { value }, ulp.checked_mul(factor)?))
}
