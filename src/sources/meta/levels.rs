//! Whether the levels of an account add up to each other, day by day. They are listed one after the
//! other, so what comes in meanwhile is in the later ones alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::sources::rows::InsightRow;

/// What a row says of everything that adds up.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    spend: Decimal,
    /// Impressions, clicks and link clicks.
    counts: [u64; 3],
    /// Of each type of the account's lead rule.
    leads: BTreeMap<String, Decimal>,
    /// The type that counts in this row.
    chosen: Option<String>,
}

impl Measured {
    pub fn of(row: &InsightRow, lead_rule: &[String]) -> Self {
        let leads = row.actions.iter().filter(|action| lead_rule.contains(&action.action_type));
        let leads: BTreeMap<String, Decimal> =
            leads.map(|action| (action.action_type.clone(), action.value)).collect();
        let counts = [row.impressions, row.clicks, row.inline_link_clicks];
        Self {
            spend: row.spend.unwrap_or_default(),
            counts: counts.map(Option::unwrap_or_default),
            chosen: lead_rule.iter().find(|kind| leads.contains_key(*kind)).cloned(),
            leads,
        }
    }
}

/// The sums of one level.
#[derive(Debug, Default)]
pub(super) struct Level {
    days: BTreeMap<Date, Sum>,
    chosen: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct Sum {
    rows: u32,
    spend: Decimal,
    counts: [u64; 3],
    leads: BTreeMap<String, Decimal>,
}

impl Level {
    pub fn add(&mut self, date: Date, row: &Measured) {
        let day = self.days.entry(date).or_default();
        day.rows = day.rows.saturating_add(1);
        day.spend = day.spend.saturating_add(row.spend);
        for (sum, count) in day.counts.iter_mut().zip(row.counts) {
            *sum = sum.saturating_add(count);
        }
        for (kind, value) in &row.leads {
            let sum = day.leads.entry(kind.clone()).or_default();
            *sum = sum.saturating_add(*value);
        }
        self.chosen.extend(row.chosen.clone());
    }

    /// Each row's spend is rounded to hundredths, so it may be off by half of one.
    pub fn adds_up_to(&self, other: &Self) -> bool {
        let chosen: Vec<&String> = self.chosen.union(&other.chosen).collect();
        let dates: BTreeSet<&Date> = self.days.keys().chain(other.days.keys()).collect();
        dates.into_iter().all(|date| {
            let of = |level: &Self| level.days.get(date).cloned().unwrap_or_default();
            let (one, two) = (of(self), of(other));
            let rounding = Decimal::new(5, 3) * Decimal::from(one.rows.saturating_add(two.rows));
            let leads = |sum: &Sum, kind: &String| sum.leads.get(kind).copied().unwrap_or_default();
            (one.spend - two.spend).abs() <= rounding
                && one.counts == two.counts
                && chosen.iter().all(|kind| leads(&one, kind) == leads(&two, kind))
        })
    }
}
