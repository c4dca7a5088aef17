//! Since which week each campaign is known, by which name and with which ad sets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use weekledger_events::payload::AdSetWeek;
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};

use crate::history::History;

/// A campaign with the first week that had a row of each of its names and ad sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightedCampaign {
    pub account: AccountId,
    pub campaign: CampaignId,
    pub names: BTreeMap<String, Week>,
    pub ad_sets: BTreeMap<AdSetId, Week>,
}

/// Gathers ad sets of any weeks, in any order, into campaigns; by account and campaign.
pub fn sightings<'a>(
    rows: impl IntoIterator<Item = (Week, &'a AdSetWeek)>,
) -> Vec<SightedCampaign> {
    let mut sighted: BTreeMap<(&AccountId, &CampaignId), SightedCampaign> = BTreeMap::new();
    for (week, row) in rows {
        let campaign = sighted.entry((&row.account, &row.campaign)).or_insert_with(|| {
            let (account, campaign) = (row.account.clone(), row.campaign.clone());
            let (names, ad_sets) = Default::default();
            SightedCampaign { account, campaign, names, ad_sets }
        });
        let first = campaign.names.entry(row.campaign_name.clone()).or_insert(week);
        *first = week.min(*first);
        let first = campaign.ad_sets.entry(row.ad_set.clone()).or_insert(week);
        *first = week.min(*first);
    }
    sighted.into_values().collect()
}

impl History {
    /// The campaigns that were known at `known_at`, also by rows that a later pull replaced: a
    /// contact may come by a name that the campaign no longer has.
    pub fn sightings(&self, known_at: Timestamp, newest: Week) -> Vec<SightedCampaign> {
        let counted = self.counted(known_at, newest);
        let rows = counted.iter().flat_map(|observation| {
            let observed = &observation.observed;
            observed.ad_sets.iter().map(|row| (observed.week, row))
        });
        sightings(rows)
    }
}
