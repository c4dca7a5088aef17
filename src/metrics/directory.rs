//! The campaigns that a contact can be matched to: those of the pull and those of earlier weeks,
//! by id and by every name that they had borne by the contact's week.
//!
//! A later week's campaign is not one yet, so a contact is attributed alike whichever weeks are
//! pulled together with its own.

use std::collections::BTreeMap;

use weekledger_events::{AccountId, AdSetId, CampaignId, Week};
use weekledger_projections::sightings::{SightedCampaign, was_there};

use super::account::Account;

/// Everything with the week that it was first seen in.
pub(super) struct Directory {
    campaigns: BTreeMap<CampaignId, (AccountId, Week)>,
    ad_sets: BTreeMap<AdSetId, (CampaignId, Week)>,
    /// By folded name.
    names: BTreeMap<String, BTreeMap<CampaignId, Week>>,
    /// As written, with the week that it was first borne in.
    newest_names: BTreeMap<CampaignId, (Week, String)>,
    /// The report's first week.
    start: Week,
}

impl Directory {
    pub(super) fn new<'a>(
        accounts: &[Account<'_>],
        sighted: impl Iterator<Item = &'a SightedCampaign>,
        start: Week,
    ) -> Self {
        let (campaigns, ad_sets, names, newest_names) = Default::default();
        let mut directory = Self { campaigns, ad_sets, names, newest_names, start };
        let listed = |id: &AccountId| accounts.iter().any(|account| account.id() == id);
        for campaign in sighted.filter(|campaign| listed(&campaign.account)) {
            directory.add(campaign);
        }
        directory
    }

    /// Every row bears a name, so the names say since when there is the campaign.
    fn add(&mut self, sighted: &SightedCampaign) {
        let SightedCampaign { account, campaign, names, ad_sets } = sighted;
        for (name, week) in names {
            let known = self.campaigns.entry(campaign.clone());
            let known = known.or_insert_with(|| (account.clone(), *week));
            known.1 = known.1.min(*week);
            let bears = (*week, name.clone());
            let newest = self.newest_names.entry(campaign.clone()).or_insert_with(|| bears.clone());
            if bears > *newest {
                *newest = bears;
            }
            let folded = fold(name);
            if !folded.is_empty() {
                let bearers = self.names.entry(folded).or_default();
                let first = bearers.entry(campaign.clone()).or_insert(*week);
                *first = (*first).min(*week);
            }
        }
        for (ad_set, week) in ad_sets {
            let known = self.ad_sets.entry(ad_set.clone());
            let known = known.or_insert_with(|| (campaign.clone(), *week));
            known.1 = known.1.min(*week);
        }
    }

    pub(super) fn newest_name(&self, campaign: &CampaignId) -> Option<&str> {
        self.newest_names.get(campaign).map(|(_, name)| name.as_str())
    }

    /// What was there by the end of a week, and in each account when the contact came.
    pub(super) fn by<'d>(&'d self, week: Week, contact: &'d BTreeMap<AccountId, Week>) -> Then<'d> {
        Then { directory: self, week, contact }
    }
}

/// The directory as it was for one contact.
pub(super) struct Then<'d> {
    directory: &'d Directory,
    week: Week,
    /// The week that the contact came in, by each account's zone.
    contact: &'d BTreeMap<AccountId, Week>,
}

impl Then<'_> {
    fn had(&self, account: &AccountId, since: Week) -> bool {
        let Some(own) = self.contact.get(account) else { return false };
        was_there(since, self.week.min(*own), self.directory.start)
    }

    pub(super) fn account_of(&self, campaign: &CampaignId) -> Option<&AccountId> {
        let (account, since) = self.directory.campaigns.get(campaign)?;
        self.had(account, *since).then_some(account)
    }

    pub(super) fn campaign_of(&self, ad_set: &AdSetId) -> Option<&CampaignId> {
        let (campaign, since) = self.directory.ad_sets.get(ad_set)?;
        self.had(self.account_of(campaign)?, *since).then_some(campaign)
    }

    /// Every campaign that bears or has borne the name.
    pub(super) fn bearers(&self, name: &str) -> impl Iterator<Item = &CampaignId> {
        let bearers = self.directory.names.get(&fold(name)).into_iter().flatten();
        let bore = |(campaign, since): &(&CampaignId, &Week)| {
            self.account_of(campaign).is_some_and(|account| self.had(account, **since))
        };
        bearers.filter(bore).map(|(campaign, _)| campaign)
    }
}

/// Two names are alike if they differ in case and blanks only.
pub(super) fn fold(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
