//! Ad-set weeks: sums over the days of each ad set.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::payload::{AdSetWeek, DayRow, Measures};

/// One entry for each ad set that has a row, by account, campaign and ad set. Names and objective
/// are those of the newest day; a day without spend and impressions is none of delivery.
pub fn ad_set_weeks<'a>(days: impl IntoIterator<Item = &'a DayRow>) -> Vec<AdSetWeek> {
    let mut days: Vec<&DayRow> = days.into_iter().collect();
    days.sort_by_key(|day| day.date);
    let mut weeks: BTreeMap<_, AdSetWeek> = BTreeMap::new();
    for day in days {
        let key = (&day.account, &day.campaign, &day.ad_set);
        add(weeks.entry(key).or_insert_with(|| empty(day)), day);
    }
    weeks.into_values().collect()
}

fn empty(day: &DayRow) -> AdSetWeek {
    AdSetWeek {
        account: day.account.clone(),
        campaign: day.campaign.clone(),
        campaign_name: String::new(),
        ad_set: day.ad_set.clone(),
        ad_set_name: String::new(),
        objective: None,
        first_delivery: None,
        delivery_days: 0,
        measures: Measures::default(),
    }
}

/// Days come in order.
fn add(week: &mut AdSetWeek, day: &DayRow) {
    week.campaign_name.clone_from(&day.campaign_name);
    week.ad_set_name.clone_from(&day.ad_set_name);
    week.objective = day.objective.or(week.objective);
    week.measures += day.measures;
    if delivered(&day.measures) {
        week.first_delivery.get_or_insert(day.date);
        week.delivery_days = week.delivery_days.saturating_add(1);
    }
}

fn delivered(measures: &Measures) -> bool {
    measures.impressions > 0 || measures.spend > Decimal::ZERO
}
