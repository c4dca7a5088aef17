//! The campaigns that a contact can be matched to: those of the pull and those of earlier weeks,
//! by id and by every name that they have borne.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::{AccountId, AdSetId, CampaignId};

use super::account::Account;
use super::knowledge::KnownCampaign;
use super::pages::Received;

#[derive(Default)]
pub(super) struct Directory {
    campaigns: BTreeMap<CampaignId, AccountId>,
    ad_sets: BTreeMap<AdSetId, CampaignId>,
    /// By folded name.
    names: BTreeMap<String, BTreeSet<CampaignId>>,
}

impl Directory {
    pub(super) fn new(
        accounts: &[Account<'_>],
        received: &Received,
        earlier: &[KnownCampaign],
    ) -> Self {
        let mut directory = Self::default();
        let listed = |id: &AccountId| accounts.iter().any(|account| account.id() == id);
        for known in earlier.iter().filter(|known| listed(&known.account)) {
            directory.add(&known.account, &known.campaign);
            known.names.iter().for_each(|name| directory.add_name(&known.campaign, name));
            for ad_set in &known.ad_sets {
                directory.ad_sets.insert(ad_set.clone(), known.campaign.clone());
            }
        }
        for sourced in received.campaigns.iter().chain(&received.ad_sets) {
            let row = &sourced.row;
            let Some(campaign) = &row.campaign else { continue };
            directory.add(&row.account, campaign);
            row.campaign_name.iter().for_each(|name| directory.add_name(campaign, name));
            if let Some(ad_set) = &row.ad_set {
                directory.ad_sets.insert(ad_set.clone(), campaign.clone());
            }
        }
        directory
    }

    fn add(&mut self, account: &AccountId, campaign: &CampaignId) {
        self.campaigns.insert(campaign.clone(), account.clone());
    }

    fn add_name(&mut self, campaign: &CampaignId, name: &str) {
        let folded = fold(name);
        if !folded.is_empty() {
            self.names.entry(folded).or_default().insert(campaign.clone());
        }
    }

    pub(super) fn account_of(&self, campaign: &CampaignId) -> Option<&AccountId> {
        self.campaigns.get(campaign)
    }

    pub(super) fn campaign_of(&self, ad_set: &AdSetId) -> Option<&CampaignId> {
        self.ad_sets.get(ad_set)
    }

    /// Every campaign that bears or has borne the name.
    pub(super) fn bearers(&self, name: &str) -> impl Iterator<Item = &CampaignId> {
        self.names.get(&fold(name)).into_iter().flatten()
    }
}

/// Two names are alike if they differ in case and blanks only.
pub(super) fn fold(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
