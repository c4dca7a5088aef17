//! What the simulated providers hold: ad accounts with daily ad-set rows, and contacts.
//!
//! Both sources of a world, the invented one and a replayed export, end in these types; the
//! providers' code knows nothing else.

mod contacts;
mod delivery;
mod invented;
mod plan;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calendar::{ordinal, shift};

pub(super) use invented::{invent, properties};

/// One simulated client property: what a configuration needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The property's name, also the ad account's.
    pub name: String,
    /// The ad account as the API names it, `act_…`.
    pub meta_account: String,
    /// ISO 4217 code of the ad account's currency.
    pub currency: String,
    /// IANA name of the ad account's time zone.
    pub timezone: String,
}

/// Everything that the two providers can be asked about.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// The newest day that has data.
    pub(super) newest: Date,
    pub(super) accounts: Vec<Account>,
    /// In order of creation; `None` where nothing is known of contacts.
    pub(super) contacts: Option<Vec<Contact>>,
}

impl World {
    /// Adds so many contacts of paid social without a campaign, on the Wednesday of the newest
    /// complete week.
    pub(super) fn crowd(&mut self, count: u32) {
        /// Above every other id.
        const FIRST_ID: u64 = 90_000_000_000;
        let monday = shift(self.newest, -ordinal(self.newest).rem_euclid(7));
        let noon = shift(monday, -5).at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
        let created = noon.map_or(Timestamp::UNIX_EPOCH, |noon| noon.timestamp());
        let stamp = created.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let contact = |number: u32| {
            let id = FIRST_ID + u64::from(number);
            let properties = [
                ("hs_object_id", id.to_string()),
                ("createdate", stamp.clone()),
                ("lastmodifieddate", stamp.clone()),
                ("hs_analytics_source", "PAID_SOCIAL".to_owned()),
                ("hs_analytics_source_data_1", "Facebook".to_owned()),
            ];
            Contact { id, created, properties: properties.into_iter().collect() }
        };
        let Some(contacts) = &mut self.contacts else { return };
        contacts.extend((0..count).map(contact));
        contacts.sort_by_key(|contact| (contact.created, contact.id));
    }
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) property: Property,
    pub(super) campaigns: Vec<Campaign>,
    /// At most one row for each day and ad set; ordered by day, campaign, ad set.
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) objective: String,
    pub(super) ad_sets: Vec<AdSet>,
}

#[derive(Debug, Clone)]
pub(super) struct AdSet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) optimization_goal: String,
    pub(super) attribution_setting: String,
}

/// One ad set on one day: the grain from which every other answer is summed.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) day: Date,
    pub(super) campaign: usize,
    pub(super) ad_set: usize,
    pub(super) delivery: Delivery,
}

/// Additive figures, exact. Nothing was delivered where all are zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) spend: Decimal,
    pub(super) impressions: u64,
    pub(super) clicks: u64,
    pub(super) link_clicks: u64,
    /// Summed like the rest here; whoever shows reach must lower it, people overlap.
    pub(super) reach: u64,
    /// Count by action type; a type without a count is not in the map.
    pub(super) actions: BTreeMap<String, u64>,
}

impl Delivery {
    pub(super) fn add(&mut self, other: &Self) {
        self.spend += other.spend;
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.link_clicks += other.link_clicks;
        self.reach += other.reach;
        for (kind, count) in &other.actions {
            *self.actions.entry(kind.clone()).or_default() += count;
        }
    }

    pub(super) fn count(&mut self, action_type: &str, count: u64) {
        if count > 0 {
            *self.actions.entry(action_type.to_owned()).or_default() += count;
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.spend.is_zero() && self.impressions == 0 && self.clicks == 0 && self.actions.is_empty()
    }
}

/// One CRM contact.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) id: u64,
    pub(super) created: Timestamp,
    /// Properties that have a value, by internal name.
    pub(super) properties: BTreeMap<&'static str, String>,
}
