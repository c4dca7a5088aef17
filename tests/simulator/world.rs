//! The world that is served: its sums, its weeks, and that a seed makes one world.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger::simulator::{Options, properties};

use super::desk::*;

#[tokio::test]
async fn sums_agree_across_levels_on_every_day() {
    let desk = Desk::open(options()).await;
    for account in [SEEBLICK, PARKRING, HARBOUR] {
        let by_day = |rows: Vec<Value>| {
            let mut sums: BTreeMap<String, BTreeMap<String, Decimal>> = BTreeMap::new();
            for row in rows {
                let day = sums.entry(text(&row["date_start"])).or_default();
                for (name, value) in additive(&row) {
                    *day.entry(name).or_default() += value;
                }
            }
            sums
        };
        let daily = "time_increment=1&limit=500";
        let ad_sets = by_day(desk.rows(account, HALF_YEAR, &format!("level=adset&{daily}")).await);
        let campaigns =
            by_day(desk.rows(account, HALF_YEAR, &format!("level=campaign&{daily}")).await);
        let accounts =
            by_day(desk.rows(account, HALF_YEAR, &format!("level=account&{daily}")).await);
        assert_eq!(ad_sets.len(), 182, "a day without delivery in {account}");
        assert_eq!(ad_sets, campaigns);
        assert_eq!(ad_sets, accounts);
    }
}

#[tokio::test]
async fn periods_sum_to_the_days_in_them() {
    let desk = Desk::open(options()).await;
    let total = |rows: Vec<Value>| rows.iter().map(|row| number(&row["spend"])).sum::<Decimal>();
    let days =
        total(desk.rows(HARBOUR, HALF_YEAR, "level=campaign&time_increment=1&limit=500").await);
    for increment in ["7", "monthly", "all_days"] {
        let rows = desk.rows(HARBOUR, HALF_YEAR, &format!("time_increment={increment}")).await;
        assert_eq!(total(rows), days, "{increment}");
    }
    let weeks = desk.rows(HARBOUR, HALF_YEAR, "time_increment=7").await;
    assert_eq!(weeks.len(), 26);
    assert_eq!(
        (&weeks[1]["date_start"], &weeks[1]["date_stop"]),
        (&json!("2026-05-25"), &json!("2026-05-31"))
    );
}

#[tokio::test]
async fn the_same_seed_tells_the_same_world_and_another_seed_another() {
    let ask = |seed| async move {
        let desk = Desk::open(Options { seed, ..options() }).await;
        let rows = desk.rows(SEEBLICK, HALF_YEAR, "level=adset&time_increment=1&limit=500").await;
        (
            rows,
            desk.search(json!({ "limit": 200, "properties": ["hs_analytics_source"] })).await.1
                ["results"]
                .clone(),
        )
    };
    assert_eq!(ask(7).await, ask(7).await);
    assert_ne!(ask(7).await, ask(8).await);
}

#[tokio::test]
async fn a_week_is_of_the_size_that_a_small_advertiser_knows() {
    let desk = Desk::open(options()).await;
    for account in [SEEBLICK, PARKRING, HARBOUR] {
        let mut leads_in_all = 0;
        for week in desk.rows(account, HALF_YEAR, "time_increment=7").await {
            let (spend, leads) = (number(&week["spend"]), leads(&week));
            assert!(
                spend > Decimal::from(700) && spend < Decimal::from(3_500),
                "{account} spent {spend}"
            );
            assert!(leads <= 70, "{account} had {leads} leads");
            leads_in_all += leads;
        }
        assert!((12 * 26..50 * 26).contains(&leads_in_all), "{account} had {leads_in_all} leads");
    }
}

#[tokio::test]
async fn the_launched_campaign_begins_on_a_wednesday_about_nine_weeks_back() {
    let desk = Desk::open(options()).await;
    let rows = desk.rows(PARKRING, HALF_YEAR, "level=campaign&time_increment=1&limit=500").await;
    let mut launched =
        rows.iter().filter(|row| row["campaign_name"] == "Parkring | Penthouse Launch");
    let first: Date = text(&launched.next().unwrap()["date_start"]).parse().unwrap();
    assert_eq!(first.weekday(), jiff::civil::Weekday::Wednesday);
    let age = (TODAY - first).get_days();
    assert!((6 * 7..=12 * 7).contains(&age), "{age} days");
}

#[tokio::test]
async fn tracking_fails_for_five_days_while_spend_and_contacts_go_on() {
    let desk = Desk::open(options()).await;
    let rows = desk.rows(HARBOUR, HALF_YEAR, "time_increment=1&limit=500").await;
    let silent: Vec<Date> = rows
        .iter()
        .filter(|row| leads(row) == 0)
        .map(|row| text(&row["date_start"]).parse().unwrap())
        .collect();
    let outage = silent.windows(5).find(|days| (days[4] - days[0]).get_days() == 4).unwrap();
    assert!((9 * 7..=14 * 7).contains(&(TODAY - outage[0]).get_days()));
    let (_, found) = desk.search(json!({ "filterGroups": [{ "filters": [
        { "propertyName": "createdate", "operator": "BETWEEN",
          "value": format!("{}T00:00:00Z", outage[0]), "highValue": format!("{}T23:59:59.999Z", outage[4]) },
        { "propertyName": "hs_analytics_source", "operator": "EQ", "value": "PAID_SOCIAL" },
        { "propertyName": "hs_analytics_source_data_2", "operator": "CONTAINS_TOKEN", "value": "Harbour" },
    ]}]})).await;
    assert!(found["total"].as_u64().unwrap() > 3, "{found}");
}

#[tokio::test]
async fn a_small_campaign_has_one_week_without_leads_and_another_has_none_lately() {
    let desk = Desk::open(options()).await;
    let rows = desk.rows(SEEBLICK, HALF_YEAR, "level=campaign&time_increment=7").await;
    let weeks = |name: &str| -> Vec<u64> {
        rows.iter().filter(|row| row["campaign_name"] == name).map(leads).collect()
    };
    let weddings = weeks("Seeblick | Weddings");
    assert!(weddings.contains(&0), "{weddings:?}");
    let film = weeks("Seeblick | Brand Film");
    assert_eq!(film.len(), 26);
    assert_eq!(film[24..], [0, 0]);
    assert!(film.iter().sum::<u64>() > 20, "{film:?}");
}

#[tokio::test]
async fn leads_of_recent_days_still_grow_and_nothing_else_changes() {
    let early = Desk::open(options()).await;
    let late = Desk::open(Options { today: date(2026, 11, 22), ..options() }).await;
    let range = ("2026-11-09", "2026-11-15");
    let (mut grown, mut compared) = (0, 0);
    for account in [SEEBLICK, PARKRING, HARBOUR] {
        let query = "level=adset&time_increment=1&limit=500";
        let before = early.rows(account, range, query).await;
        let after = late.rows(account, range, query).await;
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            for same in ["date_start", "adset_id", "spend", "impressions", "clicks"] {
                assert_eq!(before[same], after[same]);
            }
            assert!(leads(after) >= leads(before));
            grown += leads(after) - leads(before);
            compared += leads(after);
        }
    }
    assert!(grown * 30 > compared && grown * 4 < compared, "{grown} of {compared}");
}

#[tokio::test]
async fn the_properties_are_the_ad_accounts_served() {
    let desk = Desk::open(options()).await;
    assert_eq!(properties(None), desk.running.properties());
    for property in properties(None) {
        let path = format!(
            "/v26.0/{}?fields=name,currency,timezone_name,account_id",
            property.meta_account
        );
        let (_, account) = desk.meta(&path).await;
        assert_eq!(
            account,
            json!({
                "id": property.meta_account,
                "account_id": property.meta_account.trim_start_matches("act_"),
                "name": property.name,
                "currency": property.currency,
                "timezone_name": property.timezone,
            })
        );
    }
}
