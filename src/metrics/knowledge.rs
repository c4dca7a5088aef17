//! What earlier weeks knew: the names that campaigns have borne, and how accounts were set up.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{AccountWeek, AdSetWeek};
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};
use weekledger_projections::series::{KnownWeek, Series};

/// Taken from earlier observations; empty when there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {
    pub campaigns: Vec<KnownCampaign>,
    /// Of each account, as the newest week has it.
    pub accounts: Vec<AccountWeek>,
    /// Every week as it was known before this pull, oldest first; also the weeks now pulled again.
    pub weeks: Vec<EarlierWeek>,
    /// Weeks whose figures were held back for an account, and that nothing better is known of.
    pub doubtful: BTreeSet<(Week, AccountId)>,
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
    pub fn from_series(series: &Series, doubtful: BTreeSet<(Week, AccountId)>) -> Self {
        let mut accounts: BTreeMap<&AccountId, &AccountWeek> = BTreeMap::new();
        for known in series.weeks.iter().flat_map(|week| &week.accounts) {
            accounts.insert(&known.facts.account, &known.facts);
        }
        Self {
            campaigns: campaigns(series),
            accounts: accounts.into_values().cloned().collect(),
            weeks: series.weeks.iter().map(EarlierWeek::of).collect(),
            doubtful,
        }
    }

    /// What is known without doubt.
    pub(super) fn standing(&self) -> BTreeSet<(Week, AccountId)> {
        let pairs = self.weeks.iter().flat_map(|known| {
            let pulled = known.accounts.iter().filter(|facts| facts.pulled);
            pulled.map(|facts| (known.week, facts.account.clone()))
        });
        pairs.filter(|pair| !self.doubtful.contains(pair)).collect()
    }

    pub(super) fn week(&self, week: Week) -> Option<&EarlierWeek> {
        self.weeks.iter().find(|known| known.week == week)
    }

    pub(super) fn before(&self, week: Week) -> impl DoubleEndedIterator<Item = &EarlierWeek> {
        self.weeks.iter().filter(move |known| known.week < week)
    }

    pub(super) fn account(&self, id: &AccountId) -> Option<&AccountWeek> {
        self.accounts.iter().find(|known| known.account == *id)
    }
}

impl EarlierWeek {
    fn of_account(&self, account: &AccountId) -> impl Iterator<Item = &AdSetWeek> {
        self.ad_sets.iter().filter(move |row| row.account == *account)
    }

    pub(super) fn delivered(&self, account: &AccountId) -> bool {
        self.of_account(account).any(|row| row.first_delivery.is_some())
    }

    pub(super) fn had_leads(&self, account: &AccountId) -> bool {
        self.of_account(account).any(|row| row.measures.meta_leads > 0)
    }

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
