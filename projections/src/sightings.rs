//! Since which week each campaign is known, by which name and with which ad sets; and which weeks'
//! contacts were given to campaigns before that was known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use weekledger_events::payload::{AdSetWeek, InputRef, WeekObserved};
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};

use crate::history::History;
use crate::series::{KnownAccount, KnownWeek, Series};

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

/// Whether what was first seen in the week `since` was there by the end of another week. `start` is
/// the report's first week: nothing is known of the weeks before, so that what the first one had is
/// taken to have been there at its border.
pub fn was_there(since: Week, by: Week, start: Week) -> bool {
    since <= by || (by < start && since <= start)
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

/// The first week of each observer; the run itself is `None`.
type First<'a> = BTreeMap<Option<&'a InputRef>, Week>;

/// What was seen first when, by whom.
#[derive(Default)]
struct Seen<'a> {
    marks: BTreeMap<(&'a AccountId, &'a CampaignId, Mark<'a>), First<'a>>,
    weeks: First<'a>,
}

/// The weeks whose contacts stand as they were attributed when less was known of the campaigns of
/// these and earlier weeks than is now: older weeks were pulled later. `own` is what the run itself
/// observed, with all that is known; `report_zone` is the IANA name of the report's zone.
pub fn attributed_early(
    series: &Series,
    witnesses: &[Witness<'_>],
    own: &[&WeekObserved],
    report_zone: &str,
) -> Vec<Week> {
    let mut seen = Seen::default();
    for witness in witnesses {
        witness.observations.iter().for_each(|one| seen.see(Some(witness.event), one));
    }
    own.iter().for_each(|one| seen.see(None, one));
    let is_apart = |known: &KnownAccount| known.facts.time_zone != report_zone;
    let zones_differ = series.weeks.iter().flat_map(|week| &week.accounts).any(is_apart);
    let is_early = |known: &&KnownWeek| {
        let event = known.crm.as_ref().and_then(|crm| crm.observed.event.as_ref());
        let Some(of) = witnesses.iter().find(|one| Some(one.event) == event) else { return false };
        seen.say_otherwise(known, of, zones_differ)
    };
    series.weeks.iter().filter(is_early).map(|known| known.week).collect()
}

impl<'a> Seen<'a> {
    fn see(&mut self, observer: Option<&'a InputRef>, observed: &'a WeekObserved) {
        let week = observed.week;
        let note = |first: &mut First<'a>| {
            let first = first.entry(observer).or_insert(week);
            *first = week.min(*first);
        };
        note(&mut self.weeks);
        for row in &observed.ad_sets {
            for mark in [Mark::Name(&row.campaign_name), Mark::AdSet(&row.ad_set)] {
                note(self.marks.entry((&row.account, &row.campaign, mark)).or_default());
            }
        }
    }

    /// Whether contacts of the week would now be matched otherwise than when `of` did it.
    fn say_otherwise(&self, known: &KnownWeek, of: &Witness<'_>, zones_differ: bool) -> bool {
        let knew: BTreeSet<&InputRef> = of.inputs.iter().chain([of.event]).collect();
        let known_then = |observer: Option<&InputRef>| observer.is_some_and(|e| knew.contains(e));
        // Nothing of its own stream is ever an input, so that there is nothing to be repaired.
        let could_know = |observer: Option<&InputRef>| {
            observer.is_none_or(|event| event == of.event || event.stream != of.event.stream)
        };
        let (start_then, start) =
            (earliest(&self.weeks, &known_then), earliest(&self.weeks, &could_know));
        let week = known.week;
        // One at a border may have been left out as another week's, and so not be seen.
        let inside = (has_contacts(known) || zones_differ).then_some(week);
        let border = zones_differ.then(|| week.previous());
        let weeks: Vec<Week> = inside.into_iter().chain(border).collect();
        self.marks.values().any(|first| {
            let (since_then, since) = (earliest(first, &known_then), earliest(first, &could_know));
            weeks.iter().any(|by| {
                let had = |(since, start)| was_there(since, *by, start);
                since_then.zip(start_then).is_some_and(had) != since.zip(start).is_some_and(had)
            })
        })
    }
}

fn earliest(first: &First<'_>, counts: &dyn Fn(Option<&InputRef>) -> bool) -> Option<Week> {
    first.iter().filter(|(observer, _)| counts(**observer)).map(|(_, week)| *week).min()
}

/// Whether there is a contact that a campaign might be given or taken from.
fn has_contacts(known: &KnownWeek) -> bool {
    known.crm.as_ref().is_some_and(|crm| {
        !crm.totals.campaigns.is_empty() || crm.totals.unattributed > 0 || crm.totals.other > 0
    })
}
