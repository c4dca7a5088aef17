//! Formulas: how a figure follows from its terms. Exact but for quotients, which have 28 digits.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::figure::Metric;

/// How a figure follows from its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// All terms added.
    Sum,
    /// The first term over the second, times `per`.
    Quotient { per: u32 },
    /// (now - before) / before, where the first half of the terms makes now, the second before.
    RelativeChange(Box<Self>),
    /// now - before, likewise.
    Difference(Box<Self>),
    /// How many of the pairs (spend, leads) have spend and no leads.
    SpentWithoutLeads,
}

/// Why a formula has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// The divisor of a quotient is zero.
    DividedByZero,
    /// The change starts from zero.
    FromZero,
    /// The change starts from a negative amount, so its sign would mislead.
    FromNegative,
    /// Beyond 28 digits.
    TooLarge,
    /// The terms do not fit the formula.
    Malformed,
}

/// The formula of a metric within a window that is no change.
pub fn formula(metric: Metric) -> Formula {
    match metric {
        Metric::Spend
        | Metric::Impressions
        | Metric::Clicks
        | Metric::LinkClicks
        | Metric::LandingPageViews
        | Metric::MetaLeads
        | Metric::CrmLeads => Formula::Sum,
        Metric::Cpm => Formula::Quotient { per: 1000 },
        Metric::Ctr
        | Metric::Cpc
        | Metric::LinkCtr
        | Metric::LinkCpc
        | Metric::Cpl
        | Metric::CrmCpl
        | Metric::SpendPerLead => Formula::Quotient { per: 1 },
    }
}

impl Formula {
    /// The formula of the change of what `self` computes: rates change in points.
    pub fn changed(self, metric: Metric) -> Self {
        if metric.is_rate() {
            Self::Difference(Box::new(self))
        } else {
            Self::RelativeChange(Box::new(self))
        }
    }

    /// The value, without trailing zeros.
    pub fn apply(&self, terms: &[Decimal]) -> Result<Decimal, Undefined> {
        let value = match self {
            Self::Sum => sum(terms.iter().copied())?,
            Self::Quotient { per } => quotient(terms, *per)?,
            Self::RelativeChange(of) => {
                let (now, before) = of.now_and_before(terms)?;
                if before.is_zero() {
                    return Err(Undefined::FromZero);
                }
                if before.is_sign_negative() {
                    return Err(Undefined::FromNegative);
                }
                let moved = now.checked_sub(before).ok_or(Undefined::TooLarge)?;
                moved.checked_div(before).ok_or(Undefined::TooLarge)?
            }
            Self::Difference(of) => {
                let (now, before) = of.now_and_before(terms)?;
                now.checked_sub(before).ok_or(Undefined::TooLarge)?
            }
            Self::SpentWithoutLeads => terms
                .chunks_exact(2)
                .filter(|pair| matches!(pair, [spend, leads] if spend > &Decimal::ZERO && leads.is_zero()))
                .count()
                .into(),
        };
        Ok(value.normalize())
    }

    fn now_and_before(&self, terms: &[Decimal]) -> Result<(Decimal, Decimal), Undefined> {
        let (now, before) = terms.split_at(terms.len() / 2);
        Ok((self.apply(now)?, self.apply(before)?))
    }
}

/// The sum, exact or nothing.
pub(crate) fn sum(mut values: impl Iterator<Item = Decimal>) -> Result<Decimal, Undefined> {
    values.try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value)).ok_or(Undefined::TooLarge)
}

fn quotient(terms: &[Decimal], per: u32) -> Result<Decimal, Undefined> {
    let [over, under] = terms else { return Err(Undefined::Malformed) };
    if under.is_zero() {
        return Err(Undefined::DividedByZero);
    }
    let scaled = over.checked_mul(per.into()).ok_or(Undefined::TooLarge)?;
    scaled.checked_div(*under).ok_or(Undefined::TooLarge)
}
