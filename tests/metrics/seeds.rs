//! The published daily seeds of fivetran/dbt_facebook_ads, served as insights pages.
//!
//! Worked by hand from the files. An ad is mapped to its ad set by the ad history; actions without
//! a delivery row of the ad and day make a row without delivery, as the provider sends them. Days
//! lie in three weeks: 2020-11-30 to 12-06 (W49), 12-07 to 12-13 (W50), 12-14 to 12-20 (W51).
//!
//! | week | ad set | spend | impressions | link clicks | leads |
//! |---|---|---|---|---|---|
//! | W49 | …4564071 | 55.26 + 54.87 + 49.2 = 159.33 | 2575 + 2537 + 2063 = 7175 | 10 + 13 + 14 = 37 | 0 |
//! | W49 | …2732871 | 144 | 10701 | 27 | 0 |
//! | W49 | …7985271 | 56.63 + 55.11 = 111.74 | 3476 + 3298 = 6774 | 14 + 13 = 27 | 2 + 3 + 2 + 2 + 2 = 11 |
//! | W50 | …3450671 | 76.53 | 4233 | 10 | 0 |
//! | W50 | …7985271 | 50.52 + 51.56 = 102.08 | 2986 + 3049 = 6035 | 18 + 14 = 32 | 2 + 4 = 6 |
//! | W51 | …7985271 | 49.95 | 2357 | 16 | 3 |
//!
//! Two action rows belong to ad 6317039926871, which the ad history does not know.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger_events::FindingClass;
use weekledger_events::payload::PageKind;

use crate::kit::{Pull, account_settings, campaign, week};

const ACCOUNT: &str = "act_1700252260223815";
const DELIVERY: &str = include_str!("../specimens/dbt_facebook_ads/facebook_ads_basic_ad_data.csv");
const ACTIONS: &str =
    include_str!("../specimens/dbt_facebook_ads/facebook_ads_basic_ad_actions_data.csv");
const ADS: &str = include_str!("../specimens/dbt_facebook_ads/facebook_ads_ad_history_data.csv");

type Record = BTreeMap<String, String>;

fn records(text: &str) -> Vec<Record> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn insights() -> Vec<Value> {
    let ads: BTreeMap<String, Record> =
        records(ADS).into_iter().map(|ad| (ad["id"].clone(), ad)).collect();
    let mut rows: BTreeMap<(String, String), Value> = BTreeMap::new();
    let row = |ad: &str, date: &str| -> Value {
        let mut row = json!({ "date_start": date, "date_stop": date });
        if let Some(ad) = ads.get(ad) {
            row["account_id"] = ad["account_id"].as_str().into();
            row["adset_id"] = ad["ad_set_id"].as_str().into();
            row["campaign_id"] = ad["campaign_id"].as_str().into();
        }
        row
    };
    for record in records(DELIVERY) {
        let (ad, date) = (&record["ad_id"], &record["date"]);
        let row = rows.entry((ad.clone(), date.clone())).or_insert_with(|| row(ad, date));
        for field in ["impressions", "inline_link_clicks", "spend"] {
            row[field] = record[field].as_str().into();
        }
    }
    for record in records(ACTIONS) {
        let (ad, date) = (&record["ad_id"], &record["date"]);
        let row = rows.entry((ad.clone(), date.clone())).or_insert_with(|| row(ad, date));
        row["actions"] =
            json!([{ "action_type": record["action_type"], "value": record["value"] }]);
    }
    rows.into_values().collect()
}

fn pull() -> Pull {
    let mut pull = Pull::of(&["2020-W49", "2020-W50", "2020-W51"]);
    pull.settings.accounts = vec![account_settings("Seeds", ACCOUNT)];
    pull.raw.accounts.truncate(1);
    pull.raw.accounts[0].account = ACCOUNT.parse().unwrap();
    // Two pages, so that pointers begin anew.
    let mut rows = insights();
    let second = rows.split_off(7);
    pull.ad_sets(ACCOUNT, rows).ad_sets(ACCOUNT, second)
}

#[test]
fn the_published_seeds_give_the_sums_worked_by_hand() {
    let expected = [
        ("2020-W49", "6215304564071", "159.33", 7175, 37, 0, 3, Some("2020-12-04")),
        ("2020-W49", "6215762732871", "144", 10701, 27, 0, 1, Some("2020-12-02")),
        ("2020-W49", "6229007985271", "111.74", 6774, 27, 11, 2, Some("2020-12-03")),
        ("2020-W50", "6215293450671", "76.53", 4233, 10, 0, 1, Some("2020-12-10")),
        ("2020-W50", "6229007985271", "102.08", 6035, 32, 6, 2, Some("2020-12-08")),
        ("2020-W51", "6229007985271", "49.95", 2357, 16, 3, 1, Some("2020-12-14")),
    ];
    let observed = pull().observe();
    let mut found = Vec::new();
    for one in &observed.weeks {
        for row in &one.observed.ad_sets {
            let m = &row.measures;
            found.push((
                one.observed.week,
                row.ad_set.to_string(),
                *m,
                row.delivery_days,
                row.first_delivery,
            ));
        }
    }
    assert_eq!(found.len(), expected.len());
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    for (found, expected) in found.iter().zip(expected) {
        let (in_week, ad_set, spend, impressions, link_clicks, leads, days, first) = expected;
        let (found_week, found_ad_set, measures, found_days, found_first) = found;
        assert_eq!((*found_week, found_ad_set.as_str()), (week(in_week), ad_set));
        assert_eq!(measures.spend, spend.parse::<Decimal>().unwrap(), "{in_week} {ad_set}");
        assert_eq!(measures.impressions, impressions, "{in_week} {ad_set}");
        assert_eq!(measures.link_clicks, link_clicks, "{in_week} {ad_set}");
        assert_eq!(measures.meta_leads, leads, "{in_week} {ad_set}");
        assert_eq!(*found_days, days, "{in_week} {ad_set}");
        assert_eq!(found_first.map(|day| day.to_string()).as_deref(), first);
    }
}

#[test]
fn all_spend_of_the_seeds_arrives() {
    // 415.07 + 178.61 + 49.95, by adding the ten rows of the file.
    let observed = pull().observe();
    let rows = observed.weeks.iter().flat_map(|week| &week.observed.ad_sets);
    let spend: Decimal = rows.map(|row| row.measures.spend).sum();
    assert_eq!(spend, Decimal::new(64363, 2));
}

#[test]
fn a_campaign_is_the_one_of_the_ad_history() {
    let observed = pull().observe();
    let row = &observed.weeks[2].observed.ad_sets[0];
    assert_eq!(row.campaign, campaign("6229007982271"));
}

#[test]
fn rows_of_an_unknown_ad_are_told_and_not_lost_in_silence() {
    let found = pull().findings(FindingClass::UnusableRow);
    // 5 December and 8 December; of earlier weeks the newer stands for both.
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = &found[0].message;
    assert!(message.contains("2020-12-08") && message.contains("campaign_id"), "{message}");
    let more = "And 1 more of this kind in earlier weeks.";
    assert!(message.ends_with(more), "{message}");
}

#[test]
fn two_lead_types_in_one_week_of_the_seeds_are_told() {
    // In W49 one row has `lead`, the others the pixel's type; in W50 and W51 only the pixel's.
    let found = pull().findings(FindingClass::LeadTypesMixed);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("2020-W49"));
}

#[test]
fn every_pointer_of_the_seeds_leads_to_the_value_in_the_archived_page() {
    let pull = pull();
    let mut checked = 0;
    for day in pull.observe().weeks.iter().flat_map(|week| &week.rows.days) {
        let page: Value = serde_json::from_slice(&pull.pages[&day.source.artifact]).unwrap();
        let row = page.pointer(&day.source.pointer).unwrap();
        assert_eq!(row["adset_id"], day.ad_set.as_str());
        assert_eq!(row["date_start"], day.date.to_string());
        for (measure, pointer) in &day.pointers {
            let text = page.pointer(pointer).and_then(Value::as_str).unwrap();
            let value = match measure.as_str() {
                "spend" => day.measures.spend,
                "impressions" => day.measures.impressions.into(),
                "link_clicks" => day.measures.link_clicks.into(),
                "meta_leads" => day.measures.meta_leads.into(),
                other => panic!("the seeds have no {other}"),
            };
            assert_eq!(text.trim_end_matches('.').parse::<Decimal>().unwrap(), value, "{pointer}");
            assert!(pointer.starts_with(&day.source.pointer));
            checked += 1;
        }
    }
    // Ten rows with three measures each, and eight usable action rows.
    assert_eq!(checked, 38);
}

#[test]
fn the_kinds_of_pages_that_the_seeds_lack_are_told() {
    let found = pull().findings(FindingClass::IncompletePages);
    let kinds: Vec<bool> = ["campaign control", "account control"]
        .map(|kind| found.iter().any(|finding| finding.message.contains(kind)))
        .to_vec();
    assert_eq!(kinds, [true, true]);
    assert!(pull().raw.pages.iter().all(|page| page.kind == PageKind::AdSetDays));
}
