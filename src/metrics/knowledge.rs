//! What earlier weeks knew: the names that campaigns have borne, and how accounts were set up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use weekledger_events::payload::WeekObserved;
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};

/// Taken from observations of earlier weeks; empty when there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {
    pub campaigns: Vec<KnownCampaign>,
    /// The newest week that is older than every week pulled.
    pub before: Option<WeekObserved>,
}

/// A campaign, every name it has borne and its ad sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCampaign {
    pub account: AccountId,
    pub campaign: CampaignId,
    pub names: BTreeSet<String>,
    pub ad_sets: BTreeSet<AdSetId>,
}

impl Knowledge {
    /// What was known at `known_at`; later observations do not count, so that a run can be
    /// repeated. Of several observations of a week the newest counts, names of all are kept.
    pub fn gather<'a>(
        observations: impl IntoIterator<Item = &'a WeekObserved>,
        oldest_pulled: Week,
        known_at: Timestamp,
    ) -> Self {
        let mut campaigns: BTreeMap<_, KnownCampaign> = BTreeMap::new();
        let mut before: Option<&WeekObserved> = None;
        for observed in observations.into_iter().filter(|o| o.observed_at <= known_at) {
            for row in &observed.ad_sets {
                let key = (row.account.clone(), row.campaign.clone());
                let known = campaigns.entry(key).or_insert_with(|| KnownCampaign {
                    account: row.account.clone(),
                    campaign: row.campaign.clone(),
                    names: BTreeSet::new(),
                    ad_sets: BTreeSet::new(),
                });
                known.names.insert(row.campaign_name.clone());
                known.ad_sets.insert(row.ad_set.clone());
            }
            let rank = |o: &WeekObserved| (o.week, o.observed_at);
            if observed.week < oldest_pulled && before.is_none_or(|b| rank(b) < rank(observed)) {
                before = Some(observed);
            }
        }
        Self { campaigns: campaigns.into_values().collect(), before: before.cloned() }
    }
}
