//! What earlier weeks knew: the names that campaigns have borne, and how accounts were set up.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{AccountWeek, AdSetWeek};
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};
use weekledger_projections::series::{KnownWeek, Series};

/// Taken from earlier observations; empty when there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {
    pub campaigns: Vec<KnownCampaign>,
    /// Of each account, the newest week that is older than every week pulled.
    pub accounts: Vec<AccountWeek>,
    /// The week right before the oldest one pulled.
    pub before: Option<EarlierWeek>,
}

/// A campaign, every name it has borne and its ad sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCampaign {
    pub account: AccountId,
    pub campaign: CampaignId,
    pub names: BTreeSet<String>,
    pub ad_sets: BTreeSet<AdSetId>,
}

/// What an earlier week is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierWeek {
    pub week: Week,
    pub accounts: Vec<AccountWeek>,
    pub ad_sets: Vec<AdSetWeek>,
}

impl Knowledge {
    /// From the series that was known when the run was opened, without its own pull.
    pub fn from_series(series: &Series, oldest_pulled: Week) -> Self {
        let earlier = || series.weeks.iter().filter(|known| known.week < oldest_pulled);
        let mut accounts: BTreeMap<&AccountId, &AccountWeek> = BTreeMap::new();
        for known in earlier().flat_map(|week| &week.accounts) {
            accounts.insert(&known.facts.account, &known.facts);
        }
        Self {
            campaigns: campaigns(series),
            accounts: accounts.into_values().cloned().collect(),
            before: series.week(oldest_pulled.previous()).map(EarlierWeek::of),
        }
    }

    pub(super) fn account(&self, id: &AccountId) -> Option<&AccountWeek> {
        self.accounts.iter().find(|known| known.account == *id)
    }
}

impl EarlierWeek {
    fn of(known: &KnownWeek) -> Self {
        Self {
            week: known.week,
            accounts: known.accounts.iter().map(|account| account.facts.clone()).collect(),
            ad_sets: known.accounts.iter().flat_map(|account| account.ad_sets.clone()).collect(),
        }
    }
}

fn campaigns(series: &Series) -> Vec<KnownCampaign> {
    let mut campaigns: BTreeMap<(&AccountId, &CampaignId), KnownCampaign> = BTreeMap::new();
    for named in &series.campaigns {
        let (account, campaign) = (named.account.clone(), named.campaign.clone());
        let names = named.names.iter().cloned().collect();
        let known = KnownCampaign { account, campaign, names, ad_sets: BTreeSet::new() };
        campaigns.insert((&named.account, &named.campaign), known);
    }
    let accounts = series.weeks.iter().flat_map(|week| &week.accounts);
    for row in accounts.flat_map(|account| &account.ad_sets) {
        if let Some(known) = campaigns.get_mut(&(&row.account, &row.campaign)) {
            known.ad_sets.insert(row.ad_set.clone());
        }
    }
    campaigns.into_values().collect()
}
