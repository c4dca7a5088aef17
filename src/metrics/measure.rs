//! One insights row as measures, each with its JSON Pointer. A field that cannot be a measure
//! turns the whole row down: spend without its leads would make every lead look dear.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use weekledger_events::payload::Measures;

use super::leads::{self, LeadTypes};
use crate::sources::rows::{Action, InsightRow};

pub(super) const SPEND: &str = "spend";
pub(super) const IMPRESSIONS: &str = "impressions";
pub(super) const CLICKS: &str = "clicks";
pub(super) const LINK_CLICKS: &str = "link_clicks";
pub(super) const LANDING_PAGE_VIEWS: &str = "landing_page_views";
pub(super) const META_LEADS: &str = "meta_leads";

/// Meta's action type of the same meaning.
const LANDING_PAGE_VIEW: &str = "landing_page_view";

/// No ad set counts or spends that much in a day, in any currency. Below it no sum overflows.
const VALUE_MAX: u64 = 1_000_000_000_000;

/// Digits after the point beyond which sums could not be kept exactly.
const SCALE_MAX: u32 = 12;

/// A row's measures and where they stand.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) measures: Measures,
    pub(super) lead_action: Option<String>,
    /// Lead types that stand side by side without their roll-up.
    pub(super) parts_apart: Vec<String>,
    /// Every type of the lead rule that the row has.
    pub(super) leads: LeadTypes,
    pub(super) pointers: BTreeMap<String, String>,
}

/// A field that cannot be a measure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadField {
    pub(super) field: String,
    pub(super) why: String,
}

impl BadField {
    /// With the value, as the page's reader shows one that is no number at all.
    fn of(field: &str, value: impl ToString, what: &str) -> Self {
        const CHARS_MAX: usize = 40;
        let shown: String = value.to_string().chars().take(CHARS_MAX).collect();
        Self { field: field.to_owned(), why: format!("\"{shown}\" {what}") }
    }
}

/// Measures a row by the account's lead rule. An absent key counts as zero and has no pointer.
pub(super) fn measure(row: &InsightRow, lead_rule: &[String]) -> Result<Measured, BadField> {
    let mut pointers = Pointers { row: row_pointer(row.index), found: BTreeMap::new() };
    let spend = row.spend.map(|value| pointers.amount(value)).transpose()?.unwrap_or_default();
    let lead = leads::chosen(lead_rule, &row.actions);
    let views = row.actions.iter().find(|action| action.action_type == LANDING_PAGE_VIEW);
    refuse_twice(row, lead.into_iter().chain(views))?;
    let measures = Measures {
        spend,
        impressions: pointers.count(IMPRESSIONS, "impressions", row.impressions)?,
        clicks: pointers.count(CLICKS, "clicks", row.clicks)?,
        link_clicks: pointers.count(LINK_CLICKS, "inline_link_clicks", row.inline_link_clicks)?,
        landing_page_views: pointers.action(LANDING_PAGE_VIEWS, views)?,
        meta_leads: pointers.action(META_LEADS, lead)?,
    };
    let parts_apart = leads::parts_apart(lead_rule, &row.actions);
    Ok(Measured {
        measures,
        lead_action: lead.map(|action| action.action_type.clone()),
        parts_apart: parts_apart.into_iter().map(ToOwned::to_owned).collect(),
        leads: leads::types(lead_rule, &row.actions),
        pointers: pointers.found,
    })
}

/// RFC 6901, within an insights page.
pub(super) fn row_pointer(index: usize) -> String {
    format!("/data/{index}")
}

/// A type that comes twice with different values was broken down by something else: neither is
/// the total.
fn refuse_twice<'a>(
    row: &InsightRow,
    used: impl IntoIterator<Item = &'a Action>,
) -> Result<(), BadField> {
    let differs = |action: &Action| {
        row.actions.iter().any(|a| a.action_type == action.action_type && a.value != action.value)
    };
    match used.into_iter().find(|action| differs(action)) {
        Some(action) => Err(BadField {
            field: action.action_type.clone(),
            why: "comes twice in one row with different values".to_owned(),
        }),
        None => Ok(()),
    }
}

struct Pointers {
    row: String,
    found: BTreeMap<String, String>,
}

impl Pointers {
    fn amount(&mut self, value: Decimal) -> Result<Decimal, BadField> {
        let bad = |what| BadField::of(SPEND, value, what);
        if value.scale() > SCALE_MAX && value.normalize().scale() > SCALE_MAX {
            return Err(bad("has more decimals than any currency"));
        }
        if value.abs() > Decimal::from(VALUE_MAX) {
            return Err(bad("is too large to be true"));
        }
        self.found.insert(SPEND.to_owned(), format!("{}/{SPEND}", self.row));
        Ok(value)
    }

    fn count(&mut self, measure: &str, key: &str, value: Option<u64>) -> Result<u64, BadField> {
        let Some(value) = value else { return Ok(0) };
        if value > VALUE_MAX {
            return Err(BadField::of(key, value, "is too large to be true"));
        }
        self.found.insert(measure.to_owned(), format!("{}/{key}", self.row));
        Ok(value)
    }

    fn action(&mut self, measure: &str, action: Option<&Action>) -> Result<u64, BadField> {
        let Some(action) = action else { return Ok(0) };
        let bad = |what| BadField::of(&action.action_type, action.value, what);
        if !action.value.fract().is_zero() || action.value.is_sign_negative() {
            return Err(bad("is not a whole number"));
        }
        let value = action.value.to_u64().filter(|value| *value <= VALUE_MAX);
        let value = value.ok_or_else(|| bad("is too large to be true"))?;
        let pointer = format!("{}/actions/{}/value", self.row, action.index);
        self.found.insert(measure.to_owned(), pointer);
        Ok(value)
    }
}
