//! What one ad set delivers on one day, in whole cents and whole counts.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::calendar::ordinal;
use super::super::dice::Dice;
use super::Delivery;
use super::invented::Story;
use super::plan::{AdSetPlan, CampaignPlan, Fate, PropertyPlan};

/// Whose day it is.
pub(super) struct Stage<'a> {
    pub(super) story: &'a Story,
    pub(super) property: &'a PropertyPlan,
    pub(super) campaign: &'a CampaignPlan,
    pub(super) ad_set: &'a AdSetPlan,
}

/// Slots in which a lead may fall on one day; many slots of small chance make counts vary as
/// arrivals do.
const SLOTS: u64 = 32;

/// The insights row of this ad set and day.
pub(super) fn delivery(dice: Dice, stage: &Stage<'_>, day: Date) -> Delivery {
    let roll = dice_of(dice, stage, day);
    let cents = spend_cents(dice, stage, day);
    let plan = stage.ad_set;
    let cpm = plan.cpm_cents * roll.on("cpm").between(900, 1_110) / 1_000;
    let impressions = cents * 1_000 / cpm.max(1);
    let clicks =
        impressions * plan.clicks_per_10k * roll.on("ctr").between(850, 1_160) / 10_000_000;
    let link_clicks = clicks * roll.on("links").between(640, 760) / 1_000;
    let mut row = Delivery {
        spend: Decimal::new(i64::try_from(cents).unwrap_or(i64::MAX), 2),
        impressions,
        clicks,
        link_clicks,
        reach: impressions * roll.on("reach").between(720, 860) / 1_000,
        ..Delivery::default()
    };
    count_engagement(&mut row, roll, plan);
    count_leads(&mut row, dice, stage, day);
    row
}

/// How many people became leads on this day, whether or not anything tracked them.
pub(super) fn demand(dice: Dice, stage: &Stage<'_>, day: Date) -> u64 {
    let story = stage.story;
    match stage.campaign.fate {
        Fate::ZeroLeadWeek if within(day, story.zero_lead_week) => return 0,
        Fate::DriedUp if day >= story.dried_up => return 0,
        Fate::Ended if day > story.ended => {
            return u64::from(matches!(ordinal(day) - ordinal(story.ended), 1 | 4));
        }
        _ => {}
    }
    // Weeks differ by more than chance arrivals explain; a judge of trends must bear that.
    let week = ordinal(day).div_euclid(7);
    let response = dice.on("response").at(stage.campaign.id as i64).at(week).between(820, 1_180);
    let expected = spend_cents(dice, stage, day) * 1_000 * response / stage.campaign.cents_per_lead;
    let roll = dice_of(dice, stage, day).on("lead");
    (0..SLOTS).map(|slot| u64::from(roll.at(slot as i64).per_million(expected / SLOTS))).sum()
}

fn dice_of(dice: Dice, stage: &Stage<'_>, day: Date) -> Dice {
    dice.on("delivery").at(stage.ad_set.id as i64).at(ordinal(day))
}

fn within(day: Date, (first, last): (Date, Date)) -> bool {
    first <= day && day <= last
}

fn spend_cents(dice: Dice, stage: &Stage<'_>, day: Date) -> u64 {
    let running = match stage.campaign.fate {
        Fate::Launched => day >= stage.story.launch,
        Fate::Ended => day <= stage.story.ended,
        _ => true,
    };
    let weekday = usize::try_from(ordinal(day).rem_euclid(7)).unwrap_or(0);
    if !running || (stage.ad_set.rests_on_sunday && weekday == 6) {
        return 0;
    }
    let own = dice.on("spend").at(stage.ad_set.id as i64);
    let share = stage.property.weekdays.get(weekday).copied().unwrap_or(1_000);
    let week = ordinal(day).div_euclid(7);
    let of_account =
        dice.on("budget").at(stage.property.account as i64).at(week).between(900, 1_100);
    let of_week = own.on("week").at(week).between(930, 1_070);
    let of_day = own.on("day").at(ordinal(day)).between(880, 1_120);
    stage.ad_set.daily_cents * share / 1_000 * of_account / 1_000 * of_week / 1_000 * of_day / 1_000
}

/// Everything in `actions` that is not a lead, some of it named so that it could be taken for one.
fn count_engagement(row: &mut Delivery, roll: Dice, plan: &AdSetPlan) {
    let views = if plan.goal == "THRUPLAY" { row.impressions / 9 } else { row.impressions / 60 };
    let reactions = row.impressions * roll.on("reactions").between(2, 7) / 1_000;
    // The `link_click` action counts later clicks too, so it differs from inline link clicks.
    let link_clicks = row.link_clicks + row.link_clicks / 25;
    let engagement = link_clicks + reactions + views;
    let arrivals = row.link_clicks * roll.on("arrivals").between(740, 880) / 1_000;
    row.count("link_click", link_clicks);
    row.count("landing_page_view", arrivals);
    row.count("post_reaction", reactions);
    row.count("video_view", views);
    row.count("post_engagement", engagement);
    row.count("page_engagement", engagement + reactions / 5);
    row.count("offsite_content_view_add_meta_leads", arrivals / 3);
}

/// Leads as the provider knows them on `today`, under every name that it gives them.
fn count_leads(row: &mut Delivery, dice: Dice, stage: &Stage<'_>, day: Date) {
    if stage.property.outage && within(day, stage.story.outage) {
        return;
    }
    let age = ordinal(stage.story.today) - ordinal(day);
    let roll = dice_of(dice, stage, day);
    let (mut forms, mut pixels) = (0, 0);
    for lead in 0..demand(dice, stage, day) {
        if days_late(roll.on("late").at(lead as i64)) > age {
            continue;
        }
        if roll.on("form").at(lead as i64).below(1_000) < stage.ad_set.form_share {
            forms += 1;
        } else {
            pixels += 1;
        }
    }
    if !stage.property.roll_up && within(day, stage.story.two_components) {
        pixels += forms;
    }
    row.count("onsite_conversion.lead_grouped", forms);
    row.count("leadgen_grouped", forms);
    row.count("offsite_conversion.fb_pixel_lead", pixels);
    row.count("onsite_web_lead", pixels);
    if stage.property.roll_up {
        row.count("lead", forms + pixels);
    }
}

/// After how many days the provider attributes a lead: three of four at once, the last ones weeks
/// later. This is why past weeks grow.
fn days_late(roll: Dice) -> i64 {
    let later = roll.on("days");
    let days = match roll.below(1_000) {
        0..720 => 0,
        720..860 => 1,
        860..920 => 2,
        920..980 => later.between(3, 7),
        _ => later.between(8, 24),
    };
    i64::try_from(days).unwrap_or(0)
}
