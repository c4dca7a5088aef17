//! What earlier weeks knew: since when there were which campaigns, and how accounts were set up.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{AccountWeek, AdSetWeek, MatchedRule};
use weekledger_events::{AccountId, Week};
use weekledger_projections::series::{KnownCrm, KnownWeek, Series};
use weekledger_projections::sightings::SightedCampaign;

/// Taken from earlier observations; empty when there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {
    pub campaigns: Vec<SightedCampaign>,
    /// Of each account, as the newest week has it.
    pub accounts: Vec<AccountWeek>,
    /// Every week as it was known before this pull, oldest first; also the weeks now pulled again.
    pub weeks: Vec<EarlierWeek>,
    /// Weeks whose figures were held back for an account, and that nothing better is known of;
    /// events from before `shortfall` do not say so themselves.
    pub doubtful: BTreeSet<(Week, AccountId)>,
}

/// What an earlier week is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierWeek {
    pub week: Week,
    pub accounts: Vec<AccountWeek>,
    pub ad_sets: Vec<AdSetWeek>,
    /// `None` if the CRM is not known.
    pub contacts: Option<EarlierContacts>,
}

/// The contacts of an earlier week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierContacts {
    /// Of every bucket.
    pub all: u64,
    /// Those with a campaign, by rule.
    pub rules: BTreeMap<MatchedRule, u64>,
    /// Nothing is known to be missing.
    pub whole: bool,
    /// They were attributed by a pull that also had the week after.
    pub foreseen: bool,
}

impl Knowledge {
    /// From what was known when the run was opened, without its own pull.
    pub fn new(
        series: &Series,
        campaigns: Vec<SightedCampaign>,
        doubtful: BTreeSet<(Week, AccountId)>,
    ) -> Self {
        let mut accounts: BTreeMap<&AccountId, &AccountWeek> = BTreeMap::new();
        for known in series.weeks.iter().flat_map(|week| &week.accounts) {
            accounts.insert(&known.facts.account, &known.facts);
        }
        Self {
            campaigns,
            accounts: accounts.into_values().cloned().collect(),
            weeks: series.weeks.iter().map(EarlierWeek::of).collect(),
            doubtful,
        }
    }

    /// What is known without doubt.
    pub(super) fn standing(&self) -> BTreeSet<(Week, AccountId)> {
        let pairs = self.weeks.iter().flat_map(|known| {
            let whole =
                known.accounts.iter().filter(|facts| facts.pulled && facts.shortfall.is_none());
            whole.map(|facts| (known.week, facts.account.clone()))
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
            contacts: known.crm.as_ref().map(|crm| EarlierContacts::of(known.week, crm)),
        }
    }
}

impl EarlierContacts {
    pub fn of(week: Week, known: &KnownCrm) -> Self {
        let crm = &known.totals;
        let event = known.observed.event.as_ref();
        let foreseen = event.is_some_and(|event| event.stream.week > week);
        let placed = crm.campaigns.iter().map(|one| one.leads).fold(0, u64::saturating_add);
        let others = [crm.unattributed, crm.other, crm.offline];
        let all = others.into_iter().fold(placed, u64::saturating_add);
        Self { all, rules: crm.rules.clone(), whole: crm.shortfall.is_none(), foreseen }
    }
}
