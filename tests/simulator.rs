//! The simulator, asked over HTTP as a client would ask it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger::simulator::{
    Effect, Fault, Options, Provider, Replay, Running, SimulatorError, Times, properties, start,
};

const TODAY: Date = date(2026, 11, 15);
const TOKEN: &str = "EAAGplanted%token";
const SEEBLICK: &str = "act_1018340275511096";
const PARKRING: &str = "act_1018340275511203";
const HARBOUR: &str = "act_1018340275511318";

mod world {
    use super::*;

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
            let ad_sets =
                by_day(desk.rows(account, HALF_YEAR, &format!("level=adset&{daily}")).await);
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
        let total =
            |rows: Vec<Value>| rows.iter().map(|row| number(&row["spend"])).sum::<Decimal>();
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
            let rows =
                desk.rows(SEEBLICK, HALF_YEAR, "level=adset&time_increment=1&limit=500").await;
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
            assert!(
                (12 * 26..50 * 26).contains(&leads_in_all),
                "{account} had {leads_in_all} leads"
            );
        }
    }

    #[tokio::test]
    async fn the_launched_campaign_begins_on_a_wednesday_about_nine_weeks_back() {
        let desk = Desk::open(options()).await;
        let rows =
            desk.rows(PARKRING, HALF_YEAR, "level=campaign&time_increment=1&limit=500").await;
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
}

mod meta {
    use super::*;

    #[tokio::test]
    async fn every_scalar_is_a_string_and_zero_is_an_absent_key() {
        let desk = Desk::open(options()).await;
        let mut absent = BTreeSet::new();
        for row in desk.rows(SEEBLICK, HALF_YEAR, "level=adset&time_increment=1&limit=500").await {
            let row = row.as_object().unwrap();
            for (name, value) in row {
                match value {
                    Value::String(text) => {
                        assert!(name == "spend" || text != "0", "{name} is zero")
                    }
                    Value::Array(items) => {
                        assert!(!items.is_empty(), "{name} is empty");
                        for item in items {
                            assert!(item["action_type"].is_string() && item["value"].is_string());
                            assert_ne!(item["value"], "0");
                        }
                    }
                    other => panic!("{name} is {other}"),
                }
            }
            absent.extend(FIELDS.split(',').filter(|field| !row.contains_key(*field)));
        }
        assert_eq!(absent, BTreeSet::new(), "these keys were absent on a day with delivery");
    }

    #[tokio::test]
    async fn an_ad_set_that_rests_has_no_row() {
        let desk = Desk::open(options()).await;
        let rows = desk
            .rows(SEEBLICK, ("2026-11-09", "2026-11-15"), "level=adset&time_increment=1&limit=500")
            .await;
        let weddings = rows.iter().filter(|row| row["campaign_name"] == "Seeblick | Weddings");
        assert_eq!(weddings.count(), 6);
    }

    #[tokio::test]
    async fn leads_after_the_last_day_of_a_campaign_come_without_impressions() {
        let desk = Desk::open(options()).await;
        let rows = desk.rows(HARBOUR, HALF_YEAR, "level=adset&time_increment=1&limit=500").await;
        let late: Vec<&Value> =
            rows.iter().filter(|row| row["spend"] == "0" || row["spend"] == "0.00").collect();
        assert_eq!(late.len(), 2);
        for row in late {
            assert_eq!(leads(row), 1);
            assert!(row.get("impressions").is_none() && row.get("cost_per_action_type").is_none());
        }
    }

    #[tokio::test]
    async fn lead_types_overlap_and_one_account_has_only_components() {
        let desk = Desk::open(options()).await;
        let query = "level=adset&time_increment=1&limit=500";
        for row in desk.rows(SEEBLICK, HALF_YEAR, query).await {
            let of = |kind: &str| action(&row, kind);
            assert_eq!(
                of("lead"),
                of("onsite_conversion.lead_grouped") + of("offsite_conversion.fb_pixel_lead")
            );
            assert_eq!(of("leadgen_grouped"), of("onsite_conversion.lead_grouped"));
        }
        let rows = desk.rows(PARKRING, HALF_YEAR, query).await;
        assert!(rows.iter().all(|row| action(row, "lead") == 0));
        assert!(rows.iter().any(|row| action(row, "onsite_conversion.lead_grouped") > 0));
        let both = rows.iter().filter(|row| action(row, "offsite_conversion.fb_pixel_lead") > 0);
        let days: BTreeSet<String> = both.map(|row| text(&row["date_start"])).collect();
        assert!((1..=7).contains(&days.len()), "two components on {days:?}");
    }

    #[tokio::test]
    async fn next_carries_the_token_and_after_is_there_on_the_last_page() {
        let desk = Desk::open(options()).await;
        let path = desk.insights(
            SEEBLICK,
            ("2026-11-09", "2026-11-15"),
            "level=adset&time_increment=1&limit=30",
        );
        let (_, first) = desk.meta(&path).await;
        assert_eq!(first["data"].as_array().unwrap().len(), 30);
        let next = text(&first["paging"]["next"]);
        assert!(next.starts_with(&desk.running.meta_base_url()), "{next}");
        assert!(next.contains("access_token=EAAGplanted%25token"), "{next}");
        assert!(first["paging"].get("previous").is_none());
        let mut page = first.clone();
        while let Some(next) = page["paging"]["next"].as_str() {
            page = serde_json::from_str(
                &desk.client.get(next).send().await.unwrap().text().await.unwrap(),
            )
            .unwrap();
        }
        assert_eq!(page["data"].as_array().unwrap().len(), 41 - 30);
        assert!(page["paging"]["cursors"]["after"].is_string());
        assert!(page["paging"].get("next").is_none());
        let previous = text(&page["paging"]["previous"]);
        assert!(previous.contains("access_token="), "{previous}");
        let back = desk.client.get(previous).send().await.unwrap().text().await.unwrap();
        assert_eq!(serde_json::from_str::<Value>(&back).unwrap()["data"], first["data"]);
    }

    #[tokio::test]
    async fn a_page_has_twenty_five_rows_unless_asked_otherwise() {
        let desk = Desk::open(options()).await;
        let (_, page) = desk.meta(&desk.insights(SEEBLICK, HALF_YEAR, "time_increment=1")).await;
        assert_eq!(page["data"].as_array().unwrap().len(), 25);
    }

    #[tokio::test]
    async fn now_and_then_a_page_is_empty_and_still_has_a_next() {
        let desk = Desk::open(options()).await;
        let pages = desk.pages(SEEBLICK, HALF_YEAR, "time_increment=1&limit=5").await;
        let empty = pages.iter().filter(|page| page["data"] == json!([])).count();
        assert!((1..20).contains(&empty), "{empty} of {}", pages.len());
        assert!(pages.iter().rev().skip(1).all(|page| page["paging"]["next"].is_string()));
        let rows: Vec<&Value> =
            pages.iter().flat_map(|page| page["data"].as_array().unwrap()).collect();
        let days: BTreeSet<String> = rows.iter().map(|row| text(&row["date_start"])).collect();
        assert_eq!((rows.len(), days.len()), (182, 182));
    }

    #[tokio::test]
    async fn a_cursor_of_another_question_is_refused() {
        let desk = Desk::open(options()).await;
        let (_, page) = desk.meta(&desk.insights(SEEBLICK, HALF_YEAR, "time_increment=1")).await;
        let after = text(&page["paging"]["cursors"]["after"]);
        for (account, cursor) in [
            (HARBOUR, after.as_str()),
            (SEEBLICK, "nonsense"),
            (SEEBLICK, "ZD"),
            (SEEBLICK, "äöüZD"),
        ] {
            let (status, body) = desk
                .meta(&desk.insights(
                    account,
                    HALF_YEAR,
                    &format!("time_increment=1&after={cursor}"),
                ))
                .await;
            assert_eq!((status, &body["error"]["code"]), (400, &json!(2642)), "{cursor}");
        }
    }

    #[tokio::test]
    async fn a_window_without_delivery_is_an_empty_page_without_paging() {
        let desk = Desk::open(options()).await;
        let (status, body) =
            desk.meta(&desk.insights(SEEBLICK, ("2026-11-16", "2026-11-22"), "level=adset")).await;
        assert_eq!((status, body), (200, json!({ "data": [] })));
    }

    #[tokio::test]
    async fn errors_are_worded_as_the_api_words_them() {
        let desk = Desk::open(options()).await;
        let anonymous =
            |path: &str| desk.client.get(format!("{}{path}", desk.running.meta_base_url()));
        let response = anonymous(&format!("/v26.0/{SEEBLICK}")).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(
            (&body["error"]["type"], &body["error"]["code"]),
            (&json!("OAuthException"), &json!(190))
        );
        assert!(body["error"]["fbtrace_id"].is_string());

        let expired = anonymous("/v26.0/me")
            .bearer_auth("expired")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let expired: Value = serde_json::from_str(&expired).unwrap();
        assert_eq!(
            (&expired["error"]["code"], &expired["error"]["error_subcode"]),
            (&json!(190), &json!(463))
        );

        let (status, body) = desk.meta("/v26.0/act_1?fields=name").await;
        assert_eq!(
            (status, &body["error"]["code"], &body["error"]["error_subcode"]),
            (400, &json!(100), &json!(33))
        );
        assert!(
            text(&body["error"]["message"])
                .starts_with("Unsupported get request. Object with ID 'act_1' does not exist")
        );

        let (_, body) = desk.meta(&format!("/v26.0/{SEEBLICK}?fields=name,colour")).await;
        assert_eq!(
            body["error"]["message"],
            "(#100) Tried accessing nonexisting field (colour) on node type (AdAccount)"
        );
        let (_, body) = desk.meta(&format!("/v26.0/{SEEBLICK}/insights?fields=spend,colour")).await;
        assert!(
            text(&body["error"]["message"])
                .starts_with("(#100) colour is not valid for fields param.")
        );
        for wrong in [
            "level=ad",
            "level=planet",
            "time_increment=0",
            "limit=0",
            "breakdowns=age",
            "time_range=week",
            "date_preset=some_time",
        ] {
            let (status, body) = desk.meta(&format!("/v26.0/{SEEBLICK}/insights?{wrong}")).await;
            assert_eq!((status, &body["error"]["code"]), (400, &json!(100)), "{wrong}");
        }
        let (_, body) = desk.meta("/26/me").await;
        assert_eq!(body["error"]["code"], 2500);
    }

    #[tokio::test]
    async fn an_account_tells_only_what_is_asked() {
        let desk = Desk::open(options()).await;
        let (_, account) = desk.meta(&format!("/v25.0/{HARBOUR}?fields=account_status,disable_reason,timezone_offset_hours_utc&nonsense=1")).await;
        assert_eq!(
            account,
            json!({ "id": HARBOUR, "account_status": 1, "disable_reason": 0, "timezone_offset_hours_utc": 0 })
        );
        let (_, token) = desk.meta("/v26.0/debug_token?input_token=EAAG").await;
        assert_eq!(
            (&token["data"]["is_valid"], &token["data"]["expires_at"]),
            (&json!(true), &json!(0))
        );
        let (_, granted) = desk.meta("/v26.0/me/permissions").await;
        assert_eq!(granted["data"][0], json!({ "permission": "ads_read", "status": "granted" }));
    }

    #[tokio::test]
    async fn insights_answers_say_how_much_of_the_allowance_is_used() {
        let desk = Desk::open(options()).await;
        let url =
            format!("{}{}", desk.running.meta_base_url(), desk.insights(SEEBLICK, HALF_YEAR, ""));
        let response = desk.client.get(url).bearer_auth(TOKEN).send().await.unwrap();
        let header = |name: &str| -> Value {
            serde_json::from_str(response.headers()[name].to_str().unwrap()).unwrap()
        };
        assert_eq!(
            header("X-Business-Use-Case-Usage")["1018340275511096"][0]["type"],
            "ads_insights"
        );
        assert_eq!(header("X-FB-Ads-Insights-Throttle")["ads_api_access_tier"], "standard_access");
    }

    #[tokio::test]
    async fn filtering_by_campaign_leaves_the_others_out() {
        let desk = Desk::open(options()).await;
        let all = desk.rows(HARBOUR, HALF_YEAR, "level=campaign").await;
        let id = text(&all[1]["campaign_id"]);
        let filter = json!([{ "field": "campaign.id", "operator": "IN", "value": [id] }]);
        let one = desk
            .rows(
                HARBOUR,
                HALF_YEAR,
                &format!("level=campaign&filtering={}", encoded(&filter.to_string())),
            )
            .await;
        assert_eq!(one, all[1..2]);
    }

    #[tokio::test]
    async fn a_post_makes_a_report_run_which_is_polled_and_read() {
        let desk = Desk::open(options()).await;
        let base = desk.running.meta_base_url();
        let range = encoded(&json!({ "since": "2026-11-09", "until": "2026-11-15" }).to_string());
        let form = format!("level=adset&time_increment=1&fields={FIELDS}&time_range={range}");
        let post = |form: String| {
            desk.client
                .post(format!("{base}/v26.0/{SEEBLICK}/insights"))
                .bearer_auth(TOKEN)
                .body(form)
        };
        let made = post(form.clone()).send().await.unwrap().text().await.unwrap();
        let run = text(&serde_json::from_str::<Value>(&made).unwrap()["report_run_id"]);
        let (status, _) = desk.meta(&format!("/v26.0/{run}/insights")).await;
        assert_eq!(status, 400);
        let mut states = Vec::new();
        while states.last().is_none_or(|state| state != "Job Completed") {
            states.push(text(&desk.meta(&format!("/v26.0/{run}")).await.1["async_status"]));
        }
        assert_eq!(states, ["Job Not Started", "Job Running", "Job Completed"]);
        let (_, read) = desk.meta(&format!("/v26.0/{run}/insights?limit=100")).await;
        let rows = desk
            .rows(SEEBLICK, ("2026-11-09", "2026-11-15"), "level=adset&time_increment=1&limit=100")
            .await;
        assert_eq!(read["data"], json!(rows));
        let overridden = post(format!("{form}&method=get&limit=100"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert_eq!(serde_json::from_str::<Value>(&overridden).unwrap()["data"], json!(rows));
    }
}

mod hubspot {
    use super::*;

    #[tokio::test]
    async fn all_contacts_of_a_month_come_page_by_page() {
        let desk = Desk::open(options()).await;
        let month = |after: Option<String>| {
            let mut search = json!({ "limit": 100, "sorts": [{ "propertyName": "createdate", "direction": "ASCENDING" }],
                "filterGroups": [{ "filters": [
                    { "propertyName": "createdate", "operator": "GTE", "value": "1790805600000" },
                    { "propertyName": "createdate", "operator": "LT", "value": "2026-11-01T00:00:00+01:00" },
                ]}] });
            if let Some(after) = after {
                search["after"] = json!(after);
            }
            search
        };
        let (mut ids, mut stamps, mut after) = (BTreeSet::new(), Vec::new(), None);
        let total = loop {
            let (status, page) = desk.search(month(after)).await;
            assert_eq!(status, 200);
            for contact in page["results"].as_array().unwrap() {
                ids.insert(text(&contact["id"]));
                stamps
                    .push(text(&contact["properties"]["createdate"]).parse::<Timestamp>().unwrap());
            }
            after = page["paging"]["next"]["after"].as_str().map(str::to_owned);
            if after.is_none() {
                assert!(page.get("paging").is_none());
                break page["total"].as_u64().unwrap();
            }
        };
        assert_eq!((ids.len() as u64, stamps.len() as u64), (total, total));
        assert!(total > 300, "{total}");
        assert!(stamps.is_sorted());
        // 1 October 2026 in Vienna is 1790805600 seconds after the epoch.
        assert!(
            stamps[0].as_second() >= 1_790_805_600
                && stamps[0].as_second() < 1_790_805_600 + 86_400
        );
    }

    #[tokio::test]
    async fn keyset_paging_by_id_finds_everything_that_the_cap_hides() {
        let desk = Desk::open(options()).await;
        let (_, first) = desk.search(json!({ "limit": 1 })).await;
        let total = first["total"].as_u64().unwrap();
        assert!(total > 10_000, "{total}");
        let (status, _) = desk.search(json!({ "limit": 200, "after": "9800" })).await;
        assert_eq!(status, 200);
        let (status, body) = desk.search(json!({ "limit": 200, "after": "9801" })).await;
        assert_eq!((status, &body["category"]), (400, &json!("VALIDATION_ERROR")));
        let (mut last, mut found) = (0_u64, 0);
        loop {
            let (_, page) = desk.search(json!({ "limit": 200, "sorts": ["hs_object_id"], "filterGroups": [{ "filters": [
                { "propertyName": "hs_object_id", "operator": "GT", "value": last.to_string() }]}] })).await;
            let results = page["results"].as_array().unwrap();
            let Some(end) = results.last() else { break };
            found += results.len() as u64;
            last = text(&end["id"]).parse().unwrap();
        }
        assert_eq!(found, total);
    }

    #[tokio::test]
    async fn names_and_addresses_are_sent_only_when_asked_for() {
        let desk = Desk::open(options()).await;
        let keys = |page: &Value| -> Vec<String> {
            page["results"][0]["properties"].as_object().unwrap().keys().cloned().collect()
        };
        let (_, page) = desk.search(json!({ "properties": ["hs_analytics_source", "hs_merged_object_ids", "no_such_property"] })).await;
        assert_eq!(
            keys(&page),
            [
                "createdate",
                "hs_analytics_source",
                "hs_merged_object_ids",
                "hs_object_id",
                "lastmodifieddate"
            ]
        );
        assert_eq!(page["results"].as_array().unwrap().len(), 10);
        assert_eq!(page["results"][0]["properties"]["hs_merged_object_ids"], Value::Null);
        let (_, page) = desk.search(json!({ "properties": ["email"] })).await;
        assert!(text(&page["results"][0]["properties"]["email"]).ends_with("@example.org"));
    }

    #[tokio::test]
    async fn both_paths_and_both_ways_of_sorting_mean_the_same() {
        let desk = Desk::open(options()).await;
        let ids = |page: &Value| -> Vec<String> {
            page["results"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
        };
        let ask = |path: &'static str, sort: Value| {
            let desk = &desk;
            async move { ids(&desk.hubspot(path, json!({ "sorts": [sort], "limit": 50 })).await.1) }
        };
        let newest = ask("/crm/objects/2026-09/contacts/search", json!("-createdate")).await;
        let object = json!({ "propertyName": "createdate", "direction": "DESCENDING" });
        assert_eq!(newest, ask("/crm/v3/objects/contacts/search", object.clone()).await);
        assert_eq!(newest, ask("/crm/objects/v3/contacts/search", object).await);
        assert_ne!(newest, ask("/crm/objects/2026-09/contacts/search", json!("createdate")).await);
    }

    #[tokio::test]
    async fn every_operator_selects_what_its_name_says() {
        let desk = Desk::open(options()).await;
        let total = |filters: Value| {
            let desk = &desk;
            async move {
                let (status, body) =
                    desk.search(json!({ "limit": 1, "filterGroups": filters })).await;
                assert_eq!(status, 200, "{body}");
                body["total"].as_u64().unwrap()
            }
        };
        let one = |operator: &str, rest: Value| {
            let mut filter = json!({ "propertyName": "hs_analytics_source", "operator": operator });
            filter.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            json!([{ "filters": [filter] }])
        };
        let all = total(json!([])).await;
        let paid = total(one("EQ", json!({ "value": "PAID_SOCIAL" }))).await;
        let direct = total(one("EQ", json!({ "value": "DIRECT_TRAFFIC" }))).await;
        assert!(paid > 1_000 && direct > 500);
        assert_eq!(total(one("NEQ", json!({ "value": "PAID_SOCIAL" }))).await, all - paid);
        assert_eq!(
            total(one("IN", json!({ "values": ["PAID_SOCIAL", "DIRECT_TRAFFIC"] }))).await,
            paid + direct
        );
        assert_eq!(
            total(one("NOT_IN", json!({ "values": ["PAID_SOCIAL", "DIRECT_TRAFFIC"] }))).await,
            all - paid - direct
        );
        let either = json!([
            { "filters": [{ "propertyName": "hs_analytics_source", "operator": "EQ", "value": "PAID_SOCIAL" }] },
            { "filters": [{ "propertyName": "hs_analytics_source", "operator": "EQ", "value": "DIRECT_TRAFFIC" }] },
        ]);
        assert_eq!(total(either).await, paid + direct);
        let clicked = total(json!([{ "filters": [{ "propertyName": "hs_facebook_click_id", "operator": "HAS_PROPERTY" }] }])).await;
        let not = total(json!([{ "filters": [{ "propertyName": "hs_facebook_click_id", "operator": "NOT_HAS_PROPERTY" }] }])).await;
        assert_eq!(clicked + not, all);
        let ids = |operator: &str| json!([{ "filters": [{ "propertyName": "hs_object_id", "operator": operator, "value": "40207250000" }] }]);
        assert_eq!(total(ids("LT")).await + total(ids("GTE")).await, all);
        assert_eq!(total(ids("LTE")).await + total(ids("GT")).await, all);
        let (status, _) = desk.search(json!({ "filterGroups": ids("LIKE") })).await;
        assert_eq!(status, 400);
        let (status, _) = desk.search(json!({ "limit": 201 })).await;
        assert_eq!(status, 400);
    }

    #[tokio::test]
    async fn paid_social_is_recorded_as_untidily_as_in_life() {
        let desk = Desk::open(options()).await;
        let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
        for contact in desk.paid().await {
            let name = contact["hs_analytics_source_data_2"].as_str();
            let url = contact["hs_analytics_first_url"].as_str().unwrap();
            assert_eq!(contact["hs_analytics_source_data_1"], "Facebook");
            let kind = match (name, url) {
                (_, url) if url.contains("{{campaign.id}}") => "unfilled macro",
                (None, url) if url.contains("utm_campaign=1202") => "own tags",
                (None, _) => "campaign unknown",
                (Some(_), url) if url.contains("hsa_cam=1202") && url.contains("&hsa_grp=1202") => {
                    "name and ids"
                }
                (Some(name), _) if name.trim() != name => "blanks",
                (Some(name), _) if name.to_lowercase() == name => "lower case",
                _ => "name only",
            };
            *kinds.entry(kind).or_default() += 1;
        }
        assert_eq!(kinds.len(), 7, "{kinds:?}");
        assert!(kinds.values().all(|count| *count > 20), "{kinds:?}");
    }

    #[tokio::test]
    async fn stamps_vary_in_their_digits_and_some_lie_seconds_from_midnight() {
        let desk = Desk::open(options()).await;
        let vienna = jiff::tz::TimeZone::get("Europe/Vienna").unwrap();
        let (mut digits, mut before, mut after) = (BTreeSet::new(), 0, 0);
        for contact in desk.paid().await {
            let stamp = text(&contact["createdate"]);
            digits.insert(stamp.split_once('.').map_or(0, |(_, fraction)| fraction.len() - 1));
            let local = stamp.parse::<Timestamp>().unwrap().to_zoned(vienna.clone());
            before += u32::from((local.hour(), local.minute()) == (23, 59));
            after += u32::from((local.hour(), local.minute()) == (0, 0));
        }
        assert_eq!(digits, BTreeSet::from([0, 1, 2, 3]));
        assert!(before > 10 && after > 10, "{before} before, {after} after midnight");
    }

    #[tokio::test]
    async fn errors_have_the_real_form() {
        let desk = Desk::open(options()).await;
        let url =
            format!("{}/crm/objects/2026-09/contacts/search", desk.running.hubspot_base_url());
        let ask = |token: Option<&'static str>| {
            let request = desk.client.post(&url).body("{}");
            async move {
                let response = match token {
                    Some(token) => request.bearer_auth(token),
                    None => request,
                }
                .send()
                .await
                .unwrap();
                let status = response.status().as_u16();
                (status, serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap())
            }
        };
        let (status, body) = ask(None).await;
        assert_eq!((status, &body["category"]), (401, &json!("INVALID_AUTHENTICATION")));
        let (status, body) = ask(Some("pat-expired")).await;
        assert_eq!((status, &body["category"]), (401, &json!("EXPIRED_AUTHENTICATION")));
        let (status, body) = ask(Some("pat-noscope")).await;
        assert_eq!((status, &body["category"]), (403, &json!("MISSING_SCOPES")));
        assert_eq!(
            body["errors"][0]["context"]["requiredGranularScopes"][0],
            "crm.objects.contacts.read"
        );
        assert_eq!(body["correlationId"].as_str().unwrap().len(), 36);
    }

    #[tokio::test]
    async fn the_account_its_usage_and_its_properties_can_be_read() {
        let desk = Desk::open(options()).await;
        let get = |path: &'static str| {
            let request = desk
                .client
                .get(format!("{}{path}", desk.running.hubspot_base_url()))
                .bearer_auth(TOKEN);
            async move {
                let response = request.send().await.unwrap();
                assert_eq!(response.headers()["x-hubspot-ratelimit-max"], "190");
                serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap()
            }
        };
        let details = get("/account-info/2026-09/details").await;
        assert_eq!(
            (&details["timeZone"], &details["utcOffsetMilliseconds"]),
            (&json!("Europe/Vienna"), &json!(3_600_000))
        );
        assert_eq!(details["additionalCurrencies"], json!(["GBP"]));
        assert_eq!(
            get("/account-info/2026-09/api-usage/daily/private-apps").await["results"][0]["usageLimit"],
            650_000
        );
        for path in ["/crm/properties/2026-09/contacts", "/crm/v3/properties/contacts"] {
            let list = get(path).await;
            assert!(
                list["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|one| one["name"] == "hs_analytics_source_data_2")
            );
        }
    }
}

mod replay {
    use super::*;

    #[tokio::test]
    async fn robyns_weekly_series_becomes_one_campaign_with_the_files_own_figures() {
        let replay = Replay::read(&specimen("robyn_weekly.csv")).unwrap();
        let [property] = &properties(Some(&replay))[..] else { panic!("more than one property") };
        assert_eq!((property.name.as_str(), property.currency.as_str()), ("robyn_weekly", "EUR"));
        assert_eq!(replay.newest_day(), date(2019, 11, 17));
        let whole = replay.newest_week().unwrap();
        assert_eq!(whole.sunday(), date(2019, 11, 17), "the last row covers its week whole");
        assert!(replay.notes().iter().any(|note| note.contains("no column “Leads”")));
        assert!(replay.notes().iter().any(|note| note.contains("served whole on its first day")));
        let account = property.meta_account.clone();
        let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
        let rows = desk
            .rows(
                &account,
                ("2016-12-26", "2019-11-17"),
                "level=campaign&time_increment=7&limit=200",
            )
            .await;
        let first = desk
            .rows(&account, ("2016-11-21", "2019-11-17"), "level=adset&time_increment=1&limit=200")
            .await;
        assert!(rows.iter().all(|row| row.get("actions").is_none()));
        assert_eq!(first[0]["account_currency"], "EUR");
        // Summed from the file by other means: every week with spend from 26 December 2016 on.
        assert_eq!(
            rows.iter().map(|row| number(&row["spend"])).sum::<Decimal>(),
            number(&json!("318921.7988877280148"))
        );
        let newest = rows.last().unwrap();
        assert_eq!(newest["date_start"], "2019-11-11");
        assert_eq!(
            (&newest["spend"], &newest["impressions"]),
            (&json!("12206.3586456633"), &json!("42660373"))
        );
        let (_, contacts) = desk.search(json!({})).await;
        assert_eq!(contacts, json!({ "total": 0, "results": [] }));
    }

    #[tokio::test]
    async fn an_export_by_day_is_served_as_it_stands() {
        let replay = Replay::read(&specimen("ads_manager_days.csv")).unwrap();
        let [property] = &properties(Some(&replay))[..] else { panic!("more than one property") };
        assert_eq!((property.name.as_str(), property.currency.as_str()), ("Harbour Lofts", "GBP"));
        assert_eq!(replay.newest_day(), date(2026, 11, 5));
        assert!(
            replay.notes().iter().any(|note| note.starts_with("1 line without a name")),
            "{:?}",
            replay.notes()
        );
        let account = property.meta_account.clone();
        let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
        let week = ("2026-11-02", "2026-11-08");
        let total = desk.rows(&account, week, "level=account").await;
        assert_eq!(
            (&total[0]["spend"], &total[0]["impressions"], &total[0]["clicks"]),
            (&json!("1310.55"), &json!("104220"), &json!("713"))
        );
        assert_eq!(
            (
                action(&total[0], "lead"),
                action(&total[0], "link_click"),
                action(&total[0], "landing_page_view")
            ),
            (9, 402, 291)
        );
        assert_eq!(action(&total[0], "reach"), 0);
        let days = desk.rows(&account, week, "level=adset&time_increment=1").await;
        let shape: Vec<(String, String, String)> = days
            .iter()
            .map(|row| (text(&row["date_start"]), text(&row["adset_name"]), text(&row["spend"])))
            .collect();
        let row = |day: &str, name: &str, spend: &str| {
            (day.to_owned(), name.to_owned(), spend.to_owned())
        };
        let mut expected = vec![
            row("2026-11-02", "First-time buyers", "86.45"),
            row("2026-11-02", "London 28-45", "1104.10"),
            row("2026-11-03", "Broad", "20.00"),
            row("2026-11-03", "London 28-45", "100.00"),
            row("2026-11-05", "London 28-45", "0.00"),
        ];
        let mut shape = shape;
        shape.sort();
        expected.sort();
        assert_eq!(shape, expected);
        assert!(days.iter().all(|row| text(&row["campaign_id"]).starts_with("1202139057000")));
    }

    #[tokio::test]
    async fn an_export_by_week_is_served_on_the_first_day_of_each_week() {
        let replay = Replay::read(&specimen("ads_manager_weeks.csv")).unwrap();
        assert_eq!(replay.newest_day(), date(2026, 11, 8));
        let property = &properties(Some(&replay))[0];
        assert_eq!(
            (property.name.as_str(), property.currency.as_str()),
            ("ads_manager_weeks", "EUR")
        );
        let account = property.meta_account.clone();
        let again = Replay::read(&specimen("ads_manager_weeks.csv")).unwrap();
        assert_eq!(properties(Some(&again))[0].meta_account, account);
        let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
        let days = desk
            .rows(&account, ("2026-10-26", "2026-11-08"), "level=campaign&time_increment=1")
            .await;
        let shape: Vec<_> = days
            .iter()
            .map(|row| (text(&row["date_start"]), text(&row["spend"]), leads(row)))
            .collect();
        assert_eq!(
            shape,
            [
                ("2026-10-26".to_owned(), "310.10".to_owned(), 6),
                ("2026-11-02".to_owned(), "299.90".to_owned(), 5)
            ]
        );
    }

    #[test]
    fn the_newest_whole_week_is_the_last_that_the_rows_cover_to_its_sunday() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export.csv");
        let by_week = "Reporting starts,Reporting ends,Amount spent (EUR),Leads";
        let cases = [
            (format!("{by_week}\n2026-11-09,2026-11-15,5,1\n"), Some(date(2026, 11, 15))),
            // From Sunday to Saturday: its figures count in the week of its first day.
            (format!("{by_week}\n2026-11-08,2026-11-14,5,1\n"), Some(date(2026, 11, 8))),
            ("Day,Spend,Leads\n2026-11-09,5,1\n2026-11-15,5,1\n".into(), Some(date(2026, 11, 15))),
            ("Day,Spend,Leads\n2026-11-02,5,1\n2026-11-11,5,1\n".into(), Some(date(2026, 11, 8))),
            ("Day,Spend,Leads\n2026-11-10,5,1\n2026-11-12,5,1\n".into(), None),
        ];
        for (content, sunday) in cases {
            std::fs::write(&file, &content).unwrap();
            let replay = Replay::read(&file).unwrap();
            assert_eq!(replay.newest_week().map(|week| week.sunday()), sunday, "{content}");
            let said = replay.notes().iter().any(|note| note.contains("no whole week"));
            assert_eq!(said, sunday.is_none(), "{content}");
            assert!(!replay.notes().iter().any(|note| note.contains("no column “Leads”")));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_file_line_column_and_fix() {
        let heading = "Campaign name,Day,Amount spent (EUR),Impressions,Leads";
        let cases = [
            (
                format!("{heading}\nA,2026-11-02,12.50,100,1\nA,03/11/2026,1,1,1\n"),
                "line 3, column “Day”: “03/11/2026” is no date; write it as 2026-11-16",
            ),
            (
                format!("{heading}\nA,2026-11-02,\"12,50\",100,1\n"),
                "line 2, column “Amount spent (EUR)”: “12,50” is no number; write it as 1234.56",
            ),
            (format!("{heading}\nA,2026-11-02,€ 12,100,1\n"), "“€ 12” is no number"),
            (format!("{heading}\nA,2026-11-02,-3,100,1\n"), "“-3” is negative"),
            (
                "Campaign name,Campaign ID,Day,Amount spent (EUR)\nA,1.2021E+17,2026-11-02,3\n"
                    .to_owned(),
                "line 2, column “Campaign ID”: “1.2021E+17” is no id; export again",
            ),
            (format!("{heading}\nA,2026-11-02,3\n"), "line 2: "),
            (format!("{heading}\n"), "no row has any spend"),
            (
                "Campaign name,Amount spent (EUR)\nA,1\n".to_owned(),
                "line 1: there is no column “Day”; in Ads Manager choose Breakdown",
            ),
            ("Campaign name,Day\nA,2026-11-02\n".to_owned(), "there is no column “Amount spent”"),
            (
                "Day,Amount spent (EUR),Results\n2026-11-02,1,5\n".to_owned(),
                "there is no column “Result indicator”",
            ),
            (
                "Reporting starts,Reporting ends,Amount spent (EUR)\n2026-11-01,2026-11-30,5\n"
                    .to_owned(),
                "neither a day nor seven days",
            ),
        ];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export.csv");
        for (content, expected) in cases {
            std::fs::write(&file, &content).unwrap();
            let message = Replay::read(&file).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}\nfor\n{content}");
            assert!(message.contains("export.csv"), "{message}");
        }
        let missing = Replay::read(&folder.path().join("none.csv")).unwrap_err().to_string();
        assert!(missing.contains("none.csv"), "{missing}");
    }
}

mod server {
    use super::*;

    #[tokio::test]
    async fn it_listens_on_loopback_only() {
        let outside = Options { listen: "0.0.0.0:0".parse().unwrap(), ..options() };
        let error = start(outside).await.err().unwrap();
        assert!(matches!(error, SimulatorError::NotLoopback(_)));
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
    }

    #[tokio::test]
    async fn a_taken_port_is_said_to_be_taken() {
        let desk = Desk::open(options()).await;
        let error =
            start(Options { listen: desk.running.address(), ..options() }).await.err().unwrap();
        assert!(error.to_string().contains(&desk.running.address().to_string()), "{error}");
    }

    #[tokio::test]
    async fn requests_can_be_looked_at_afterwards() {
        let desk = Desk::open(options()).await;
        desk.meta("/v26.0/me?fields=id%2Cname").await;
        desk.search(json!({ "limit": 1 })).await;
        let seen = desk.running.requests();
        assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/meta/v26.0/me"));
        assert_eq!(seen[0].parameter("fields"), Some("id,name"));
        assert_eq!(seen[0].header("authorization"), Some("Bearer EAAGplanted%token"));
        assert_eq!(seen[1].body, r#"{"limit":1}"#);
    }

    #[tokio::test]
    async fn after_stop_nobody_answers() {
        let desk = Desk::open(options()).await;
        let url = format!("{}/v26.0/me", desk.running.meta_base_url());
        desk.running.stop().await;
        assert!(desk.client.get(url).bearer_auth(TOKEN).send().await.is_err());
    }

    #[tokio::test]
    async fn faults_strike_where_and_as_often_as_told() {
        let faults = vec![
            Fault {
                path_contains: "/insights".to_owned(),
                ..Fault::meta_rate_limited(Times::First(1), 5)
            },
            Fault::hubspot_rate_limited(Times::Nth(2)),
            Fault {
                provider: Provider::Meta,
                path_contains: "/me".to_owned(),
                times: Times::Always,
                effect: Effect::HtmlPage,
            },
        ];
        let desk = Desk::open(Options { faults, ..options() }).await;
        let path = desk.insights(SEEBLICK, HALF_YEAR, "");
        let (status, body) = desk.meta(&path).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!(80_000)));
        assert_eq!(desk.meta(&path).await.0, 200);
        let statuses = [
            desk.search(json!({})).await.0,
            desk.search(json!({})).await.0,
            desk.search(json!({})).await.0,
        ];
        assert_eq!(statuses, [200, 429, 200]);
        let page = desk
            .client
            .get(format!("{}/v26.0/me", desk.running.meta_base_url()))
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    }
}

const HALF_YEAR: (&str, &str) = ("2026-05-18", "2026-11-15");
const FIELDS: &str = "account_id,account_currency,campaign_id,campaign_name,adset_id,adset_name,objective,optimization_goal,attribution_setting,spend,impressions,reach,clicks,inline_link_clicks,actions,cost_per_action_type,ctr,cpc,cpm,date_start,date_stop";

fn options() -> Options {
    Options {
        seed: 7,
        today: TODAY,
        listen: "127.0.0.1:0".parse().unwrap(),
        replay: None,
        faults: Vec::new(),
    }
}

fn specimen(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specimens/simulator").join(name)
}

/// A started simulator and a client that knows it by its addresses only.
struct Desk {
    running: Running,
    client: reqwest::Client,
}

impl Desk {
    async fn open(options: Options) -> Self {
        // Fails when another test was first, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { running: start(options).await.unwrap(), client: reqwest::Client::new() }
    }

    async fn meta(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.running.meta_base_url()));
        let response = request.bearer_auth(TOKEN).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    async fn hubspot(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.post(format!("{}{path}", self.running.hubspot_base_url()));
        let response = request.bearer_auth(TOKEN).body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    async fn search(&self, body: Value) -> (u16, Value) {
        self.hubspot("/crm/objects/2026-09/contacts/search", body).await
    }

    fn insights(&self, account: &str, (since, until): (&str, &str), query: &str) -> String {
        let range = encoded(&json!({ "since": since, "until": until }).to_string());
        format!("/v26.0/{account}/insights?fields={FIELDS}&time_range={range}&{query}")
    }

    /// Every page, followed by `cursors.after` while there is a `next`.
    async fn pages(&self, account: &str, range: (&str, &str), query: &str) -> Vec<Value> {
        let path = self.insights(account, range, query);
        let mut pages = vec![self.meta(&path).await.1];
        while let Some(page) = pages.last().filter(|page| page["paging"]["next"].is_string()) {
            let after = text(&page["paging"]["cursors"]["after"]);
            pages.push(self.meta(&format!("{path}&after={after}")).await.1);
        }
        pages
    }

    async fn rows(&self, account: &str, range: (&str, &str), query: &str) -> Vec<Value> {
        let pages = self.pages(account, range, query).await;
        pages
            .iter()
            .flat_map(|page| page["data"].as_array().unwrap_or_else(|| panic!("{page}")).clone())
            .collect()
    }

    /// The properties of every paid social contact of the last half year.
    async fn paid(&self) -> Vec<Value> {
        let mut contacts = Vec::new();
        let mut after = json!("0");
        while after.is_string() {
            let (_, page) = self.search(json!({
                "limit": 200,
                "after": after,
                "properties": ["hs_analytics_source_data_1", "hs_analytics_source_data_2", "hs_analytics_first_url"],
                "filterGroups": [{ "filters": [
                    { "propertyName": "hs_analytics_source", "operator": "EQ", "value": "PAID_SOCIAL" },
                    { "propertyName": "createdate", "operator": "GTE", "value": "2026-05-18T00:00:00Z" },
                ]}],
            })).await;
            contacts.extend(
                page["results"].as_array().unwrap().iter().map(|one| one["properties"].clone()),
            );
            after = page["paging"]["next"]["after"].clone();
        }
        contacts
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn number(value: &Value) -> Decimal {
    text(value).parse().unwrap()
}

fn action(row: &Value, kind: &str) -> u64 {
    let all = row["actions"].as_array().into_iter().flatten();
    all.filter(|action| action["action_type"] == kind)
        .map(|action| text(&action["value"]).parse::<u64>().unwrap())
        .sum()
}

/// The roll-up, or forms where an account has no roll-up.
fn leads(row: &Value) -> u64 {
    match action(row, "lead") {
        0 => action(row, "onsite_conversion.lead_grouped"),
        leads => leads,
    }
}

/// The figures of a row that can be added up.
fn additive(row: &Value) -> BTreeMap<String, Decimal> {
    let plain = ["spend", "impressions", "clicks", "inline_link_clicks"];
    let scalars = plain
        .iter()
        .filter(|name| row.get(*name).is_some())
        .map(|name| ((*name).to_owned(), number(&row[*name])));
    let actions = row["actions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (text(&one["action_type"]), number(&one["value"])));
    scalars.chain(actions).collect()
}
