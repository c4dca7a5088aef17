//! What the page parsers hand on: rows as typed values, and the rows that cannot be used.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::Objective;
use weekledger_events::{AccountId, AdSetId, CampaignId, Currency};

/// One page of Meta insights.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightsPage {
    pub rows: Vec<InsightRow>,
    pub unusable: Vec<UnusableRow>,
    /// The cursor of the next page; `None` on the last. Present only if the body has `paging.next`,
    /// since `cursors.after` stands on the last page too.
    pub next: Option<String>,
}

/// One insights row: an ad set, a campaign or an account on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightRow {
    /// Position in the page's `data`; its JSON Pointer is `/data/<index>`.
    pub index: usize,
    pub account: AccountId,
    /// As named in the row, if asked for.
    pub account_name: Option<String>,
    pub currency: Option<Currency>,
    pub campaign: Option<CampaignId>,
    pub campaign_name: Option<String>,
    pub ad_set: Option<AdSetId>,
    pub ad_set_name: Option<String>,
    pub date: Date,
    pub attribution_setting: Option<String>,
    /// Of the campaign.
    pub objective: Option<Objective>,
    /// Absent keys are `None`; they count as zero.
    pub spend: Option<Decimal>,
    pub impressions: Option<u64>,
    pub clicks: Option<u64>,
    pub inline_link_clicks: Option<u64>,
    pub actions: Vec<Action>,
}

/// One element of `actions`. Its JSON Pointer is `/data/<row>/actions/<index>/value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub index: usize,
    pub action_type: String,
    pub value: Decimal,
}

/// A row that cannot be used, and why. Never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableRow {
    pub index: usize,
    /// The field at fault, as the provider names it.
    pub field: String,
    pub why: String,
    /// True if the field should have been a number.
    pub not_a_number: bool,
}

/// One page of HubSpot contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactsPage {
    /// The provider's own count of all matches.
    pub total: Option<u64>,
    pub contacts: Vec<Contact>,
    pub unusable: Vec<UnusableRow>,
    /// `paging.next.after`.
    pub next: Option<String>,
}

/// One contact, by id; its JSON Pointer is `/results/<index>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    pub index: usize,
    pub id: String,
    pub created_at: Timestamp,
    /// Null and absent properties are left out.
    pub properties: BTreeMap<String, String>,
}

/// What an ad account says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInfo {
    pub account: AccountId,
    pub currency: Currency,
    pub time_zone: String,
    pub status: Option<u32>,
}
