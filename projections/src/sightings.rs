//! Since which week each campaign is known, by which name and with which ad sets; and which weeks'
//! contacts were given to campaigns before that was known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use weekledger_events::payload::{AdSetWeek, InputRef, WeekObserved};
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};

use crate::history::History;
use crate::series::{KnownWeek, Series};

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

/// An event with observations, and those that it knew.
#[derive(Debug, Clone, Copy)]
pub struct Witness<'a> {
    pub event: &'a InputRef,
    pub observations: &'a [WeekObserved],
    pub inputs: &'a [InputRef],
}

/// What a contact may be matched by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'a> {
    Name(&'a str),
    AdSet(&'a AdSetId),
}

/// Of each mark of a campaign, the first week that an observer saw it in; the run itself is `None`.
type Seen<'a> =
    BTreeMap<(&'a AccountId, &'a CampaignId, Mark<'a>), BTreeMap<Option<&'a InputRef>, Week>>;

/// The weeks whose contacts stand as they were attributed when less was known of the campaigns of
/// these and earlier weeks than is now: older weeks were pulled later. `own` is what the run itself
/// observed, with all that is known.
pub fn attributed_early(
    series: &Series,
    witnesses: &[Witness<'_>],
    own: &[&WeekObserved],
) -> Vec<Week> {
    let mut seen = Seen::new();
    for witness in witnesses {
        witness.observations.iter().for_each(|one| see(&mut seen, Some(witness.event), one));
    }
    own.iter().for_each(|one| see(&mut seen, None, one));
    let is_early = |known: &&KnownWeek| {
        let event = known.crm.as_ref().and_then(|crm| crm.observed.event.as_ref());
        let Some(of) = witnesses.iter().find(|one| Some(one.event) == event) else { return false };
        let knew: BTreeSet<&InputRef> = of.inputs.iter().chain([of.event]).collect();
        // Nothing of its own stream is ever an input, so that there is nothing to be repaired.
        let could_know = |observer: Option<&InputRef>| {
            observer.is_none_or(|event| event == of.event || event.stream != of.event.stream)
        };
        has_contacts(known)
            && seen.values().any(|first| {
                let by_then = || {
                    let seen = first.iter().filter(|(_, week)| **week <= known.week);
                    seen.filter(|(observer, _)| could_know(**observer))
                };
                let known_then = |(observer, _): (&Option<&InputRef>, &Week)| {
                    observer.is_some_and(|event| knew.contains(event))
                };
                by_then().next().is_some() && !by_then().any(known_then)
            })
    };
    series.weeks.iter().filter(is_early).map(|known| known.week).collect()
}

fn see<'a>(seen: &mut Seen<'a>, observer: Option<&'a InputRef>, observed: &'a WeekObserved) {
    for row in &observed.ad_sets {
        for mark in [Mark::Name(&row.campaign_name), Mark::AdSet(&row.ad_set)] {
            let by = seen.entry((&row.account, &row.campaign, mark)).or_default();
            let first = by.entry(observer).or_insert(observed.week);
            *first = observed.week.min(*first);
        }
    }
}

/// Whether there is a contact that a campaign might be given or taken from.
fn has_contacts(known: &KnownWeek) -> bool {
    known.crm.as_ref().is_some_and(|crm| {
        !crm.totals.campaigns.is_empty() || crm.totals.unattributed > 0 || crm.totals.other > 0
    })
}
