//! The invented world: a little over a year of three properties, told from the cast in `plan`.
//!
//! Every figure is a function of seed, entity, day and `today`. Nothing but late leads depends on
//! the exact `today`; see [`Story`].

use jiff::civil::Date;

use super::super::calendar::{days, ordinal, shift};
use super::super::dice::Dice;
use super::contacts::contacts;
use super::delivery::{Stage, delivery};
use super::plan::{CampaignPlan, PROPERTIES, PropertyPlan};
use super::{Account, AdSet, Campaign, Property, Row, World};

/// The dates of everything that happens once.
///
/// They hang on the start of a four-week block rather than on `today`, so that a simulator started
/// a week later tells the same past (except where a block ends in between).
#[derive(Debug, Clone, Copy)]
pub(super) struct Story {
    /// The first day of any data.
    pub(super) begins: Date,
    /// First day of the launched campaign, a Wednesday 7 to 11 weeks back.
    pub(super) launch: Date,
    /// First and last day without tracked leads, 10 to 14 weeks back.
    pub(super) outage: (Date, Date),
    /// Monday and Sunday of the small campaign's week without leads.
    pub(super) zero_lead_week: (Date, Date),
    /// From here on one campaign brings no leads any more.
    pub(super) dried_up: Date,
    /// Monday and Sunday of the week in which a pixel doubles the forms of a property that has no
    /// roll-up.
    pub(super) two_components: (Date, Date),
    /// Last day of the campaign that ended.
    pub(super) ended: Date,
    pub(super) today: Date,
}

impl Story {
    pub(super) fn told_on(today: Date) -> Self {
        let anchor = shift(today, -ordinal(today).rem_euclid(28));
        let week = |weeks: i64| (shift(anchor, -7 * weeks), shift(anchor, 6 - 7 * weeks));
        Self {
            begins: week(60).0,
            launch: shift(week(7).0, 2),
            outage: (shift(week(10).0, 1), shift(week(10).0, 5)),
            zero_lead_week: week(3),
            dried_up: week(2).0,
            two_components: week(5),
            ended: shift(week(20).0, 4),
            today,
        }
    }
}

/// The cast as properties.
pub(in crate::simulator) fn properties() -> Vec<Property> {
    PROPERTIES.iter().map(property).collect()
}

/// Makes the world as it looks on `today`.
pub(in crate::simulator) fn invent(seed: u64, today: Date) -> World {
    let dice = Dice::new(seed);
    let story = Story::told_on(today);
    let accounts = PROPERTIES.iter().map(|plan| account(dice, &story, plan)).collect();
    World { newest: today, accounts, contacts: Some(contacts(dice, &story)) }
}

fn property(plan: &PropertyPlan) -> Property {
    Property {
        name: plan.name.to_owned(),
        meta_account: format!("act_{}", plan.account),
        currency: plan.currency.to_owned(),
        timezone: plan.timezone.to_owned(),
    }
}

fn account(dice: Dice, story: &Story, plan: &PropertyPlan) -> Account {
    let mut rows = Vec::new();
    for day in days(story.begins, story.today) {
        for (campaign, campaign_plan) in plan.campaigns.iter().enumerate() {
            for (ad_set, ad_set_plan) in campaign_plan.ad_sets.iter().enumerate() {
                let stage =
                    Stage { story, property: plan, campaign: campaign_plan, ad_set: ad_set_plan };
                let delivery = delivery(dice, &stage, day);
                if !delivery.is_nothing() {
                    rows.push(Row { day, campaign, ad_set, delivery });
                }
            }
        }
    }
    Account {
        property: property(plan),
        campaigns: plan.campaigns.iter().map(campaign).collect(),
        rows,
    }
}

fn campaign(plan: &CampaignPlan) -> Campaign {
    let ad_sets = plan.ad_sets.iter().map(|ad_set| AdSet {
        id: ad_set.id.to_string(),
        name: ad_set.name.to_owned(),
        optimization_goal: ad_set.goal.to_owned(),
        attribution_setting: ad_set.attribution.to_owned(),
    });
    Campaign {
        id: plan.id.to_string(),
        name: plan.name.to_owned(),
        objective: plan.objective.to_owned(),
        ad_sets: ad_sets.collect(),
    }
}
