//! The bitemporal fold: every observation of every week, and what was known of them at a time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use weekledger_events::payload::{AccountWeek, AdSetWeek, InputRef, WeekObserved};
use weekledger_events::{AccountId, CampaignId, Digest, Week};

use crate::measure::Measure;
use crate::series::{
    self, CampaignNames, Early, KnownAccount, KnownCrm, KnownWeek, Observed, SERIES_FORMAT, Series,
};
use crate::verdict::arrived::SETTLED_AGE;

/// Where an observation comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Recorded earlier: another stream, or another run of this one.
    Event(InputRef),
    /// The run's own pull: it counts whatever the run's `known_at` is.
    Own,
}

/// Every observation that was made, in no particular order.
#[derive(Debug, Clone, Default)]
pub struct History {
    observations: Vec<Observation>,
    /// Events whose figures of their own week were mailed.
    reported: BTreeSet<InputRef>,
}

#[derive(Debug, Clone)]
pub(crate) struct Observation {
    pub source: Source,
    pub observed: WeekObserved,
}

/// What was known at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub series: Series,
    /// Every event whose observations counted, also where a newer one replaced them.
    pub inputs: Vec<InputRef>,
}

/// Why an observation cannot be used. Whoever made it has to be corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    #[error("the observation of {week} has ad sets of {account}, which is not among its accounts")]
    UnlistedAccount { week: Week, account: AccountId },
    #[error("the observation of {week} lists {account} twice")]
    AccountTwice { week: Week, account: AccountId },
}

impl History {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an observation. The order of the calls does not matter.
    pub fn observe(&mut self, source: Source, observed: &WeekObserved) -> Result<(), HistoryError> {
        let week = observed.week;
        let mut listed = BTreeSet::new();
        for facts in &observed.accounts {
            if !listed.insert(&facts.account) {
                return Err(HistoryError::AccountTwice { week, account: facts.account.clone() });
            }
        }
        if let Some(stray) = observed.ad_sets.iter().find(|row| !listed.contains(&row.account)) {
            return Err(HistoryError::UnlistedAccount { week, account: stray.account.clone() });
        }
        self.observations.push(Observation { source, observed: observed.clone() });
        Ok(())
    }

    /// Remembers that the event's figures of its own week were mailed.
    pub fn report(&mut self, event: InputRef) {
        self.reported.insert(event);
    }

    /// Whether the event's figures of the week were mailed.
    pub(crate) fn is_reported(&self, event: &InputRef, week: Week) -> bool {
        event.stream.week == week && self.reported.contains(event)
    }

    /// What was known at `known_at` of the weeks up to `newest`. An own observation always counts,
    /// any other if it was made by then. Of each week, account and CRM apart, the newest successful
    /// observation holds.
    pub fn as_known(&self, known_at: Timestamp, newest: Week) -> Known {
        let counted = self.counted(known_at, newest);
        let mut weeks: BTreeMap<Week, Vec<&Observation>> = BTreeMap::new();
        for observation in &counted {
            weeks.entry(observation.observed.week).or_default().push(observation);
        }
        let inputs: BTreeSet<InputRef> =
            counted.iter().filter_map(|observation| observation.event().cloned()).collect();
        Known {
            series: Series {
                format: SERIES_FORMAT,
                weeks: weeks.iter().map(|(week, seen)| known_week(*week, seen)).collect(),
                campaigns: campaign_names(&counted),
            },
            inputs: inputs.into_iter().collect(),
        }
    }

    /// The observations that count, oldest first.
    pub(crate) fn counted(&self, known_at: Timestamp, newest: Week) -> Vec<&Observation> {
        let counts = |observation: &&Observation| {
            let observed = &observation.observed;
            observed.week <= newest
                && (observation.source == Source::Own || observed.observed_at <= known_at)
        };
        let mut counted: Vec<&Observation> = self.observations.iter().filter(counts).collect();
        counted.sort_by_key(|observation| observation.rank());
        counted
    }
}

impl Observation {
    /// Orders observations by age. Two of the same moment are the same pull computed twice: then
    /// the own one, or the later event, is the newer. The digest makes the order total.
    fn rank(&self) -> (Timestamp, &Source, Digest) {
        (self.observed.observed_at, &self.source, self.observed.rows.digest)
    }

    fn event(&self) -> Option<&InputRef> {
        match &self.source {
            Source::Event(input) => Some(input),
            Source::Own => None,
        }
    }

    fn seen(&self) -> Observed {
        Observed {
            at: self.observed.observed_at,
            rows: self.observed.rows,
            event: self.event().cloned(),
        }
    }
}

/// Folds the observations of one week, oldest first.
fn known_week(week: Week, seen: &[&Observation]) -> KnownWeek {
    let mut accounts: BTreeMap<&AccountId, KnownAccount> = BTreeMap::new();
    let mut crm: Option<KnownCrm> = None;
    for observation in seen {
        let at = observation.observed.observed_at;
        for facts in &observation.observed.accounts {
            match accounts.get_mut(&facts.account) {
                Some(known) if !facts.pulled && known.observed.is_some() => {
                    known.failed_at = Some(at);
                }
                earlier => {
                    let mut early = Vec::new();
                    if let Some(known) = earlier.filter(|known| counts_alike(&known.facts, facts)) {
                        early = std::mem::take(&mut known.early);
                    }
                    let known = known_account(observation, facts, early);
                    accounts.insert(&facts.account, known);
                }
            }
        }
        match (&observation.observed.crm, &mut crm) {
            (Some(totals), _) => {
                let totals = totals.clone();
                crm = Some(KnownCrm { totals, observed: observation.seen(), failed_at: None });
            }
            (None, Some(known)) => known.failed_at = Some(at),
            (None, None) => {}
        }
    }
    KnownWeek { week, accounts: accounts.into_values().collect(), crm }
}

/// Where the lead rule, the zone or the currency changed, a difference is no growth.
fn counts_alike(earlier: &AccountWeek, now: &AccountWeek) -> bool {
    (&earlier.lead_rule, &earlier.time_zone, &earlier.currency)
        == (&now.lead_rule, &now.time_zone, &now.currency)
}

/// One account as one observation has it: nothing but its facts if the pull failed.
/// `early` is what younger pulls knew, as far as they counted the same.
fn known_account(
    observation: &Observation,
    facts: &AccountWeek,
    early: Vec<Early>,
) -> KnownAccount {
    let rows = &observation.observed.ad_sets;
    let mut ad_sets: Vec<AdSetWeek> =
        rows.iter().filter(|row| facts.pulled && row.account == facts.account).cloned().collect();
    ad_sets.sort_by(|a, b| (&a.campaign, &a.ad_set).cmp(&(&b.campaign, &b.ad_set)));
    let mut known = KnownAccount {
        facts: facts.clone(),
        observed: facts.pulled.then(|| observation.seen()),
        failed_at: None,
        ad_sets,
        early,
    };
    known.early.extend(seen_early(observation, &known));
    known
}

/// What a young pull knows, if it is the first of its age.
fn seen_early(observation: &Observation, known: &KnownAccount) -> Option<Early> {
    let observed = known.observed.clone()?;
    let age =
        series::age(observation.observed.week, observed.at).filter(|age| *age < SETTLED_AGE)?;
    let is_first = known.early.iter().all(|earlier| earlier.age != age);
    let crm = observation.observed.crm.as_ref();
    let meta_leads = known.ad_sets.iter();
    let meta_leads = meta_leads.fold(0_u64, |sum, row| sum.saturating_add(row.measures.meta_leads));
    is_first.then(|| Early {
        age,
        meta_leads,
        spend: series::sum(&known.ad_sets, Measure::Spend),
        crm_leads: crm.map(|totals| series::crm_leads(totals, &known.facts.account)),
        observed: Some(observed),
    })
}

/// Every name of every campaign, by when it was last seen.
fn campaign_names(counted: &[&Observation]) -> Vec<CampaignNames> {
    let mut names: BTreeMap<(&AccountId, &CampaignId), Vec<&str>> = BTreeMap::new();
    // By week first: a later week's row knows a later name, whenever it was pulled.
    let mut by_week = counted.to_vec();
    by_week.sort_by_key(|observation| observation.observed.week);
    for observation in by_week {
        let mut rows: Vec<&AdSetWeek> = observation.observed.ad_sets.iter().collect();
        rows.sort_by_key(|row| (&row.campaign, &row.campaign_name, &row.ad_set));
        for row in rows {
            let names = names.entry((&row.account, &row.campaign)).or_default();
            names.retain(|name| *name != row.campaign_name);
            names.push(&row.campaign_name);
        }
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    names
        .into_iter()
        .map(|((account, campaign), names)| CampaignNames {
            account: account.clone(),
            campaign: campaign.clone(),
            names: owned(names),
        })
        .collect()
}
