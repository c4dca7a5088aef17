//! What kind of campaign each is, as far as the ledger knows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use weekledger_events::payload::Objective;
use weekledger_events::{CampaignId, Week};

use super::model::{Content, Entity, Model};
use crate::figure::Level;
use crate::supporting::{Age, Attributes};

/// The attributes of every campaign that has figures. One of which nothing is known has none.
pub(super) fn of_campaigns(model: &Model<'_>) -> BTreeMap<CampaignId, Attributes> {
    let campaigns = model.entities.iter().filter(|entity| entity.level == Level::Campaign);
    let known = campaigns.filter_map(|entity| {
        let campaign = entity.campaigns.first()?;
        let age = entity.first_delivery.and_then(|day| age(model, entity, day));
        let attributes = Attributes { objective: objective(entity), age };
        let is_known = attributes.objective.is_some() || attributes.age.is_some();
        is_known.then(|| ((*campaign).clone(), attributes))
    });
    known.collect()
}

/// As the newest row says that says any.
fn objective(entity: &Entity<'_>) -> Option<Objective> {
    let cells = entity.cells.values().rev().flat_map(|cells| cells.iter().rev());
    let mut said = cells.filter_map(|cell| match cell.content {
        Content::Ads(row) => row.objective,
        Content::Contacts(..) => None,
    });
    said.next()
}

fn age(model: &Model<'_>, entity: &Entity<'_>, first: Date) -> Option<Age> {
    let days = (model.subject.week.sunday() - first).get_days() + 1;
    let started = Week::containing(first);
    let mut known = model.weeks.keys().copied().filter(|week| is_read(model, entity, *week));
    Some(Age { weeks: u32::try_from(days / 7).ok()?, at_least: known.next() == Some(started) })
}

/// Whether an account of the entity was read in a week.
fn is_read(model: &Model<'_>, entity: &Entity<'_>, week: Week) -> bool {
    model.accounts_of(entity, None, week).any(|account| account.observed.is_some())
}
