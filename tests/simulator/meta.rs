//! Meta's side: rows, pages, errors and jobs as the API gives them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::desk::*;

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
    for (account, cursor) in
        [(HARBOUR, after.as_str()), (SEEBLICK, "nonsense"), (SEEBLICK, "ZD"), (SEEBLICK, "äöüZD")]
    {
        let (status, body) = desk
            .meta(&desk.insights(account, HALF_YEAR, &format!("time_increment=1&after={cursor}")))
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
    let anonymous = |path: &str| desk.client.get(format!("{}{path}", desk.running.meta_base_url()));
    let response = anonymous(&format!("/v26.0/{SEEBLICK}")).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(
        (&body["error"]["type"], &body["error"]["code"]),
        (&json!("OAuthException"), &json!(190))
    );
    assert!(body["error"]["fbtrace_id"].is_string());

    let expired =
        anonymous("/v26.0/me").bearer_auth("expired").send().await.unwrap().text().await.unwrap();
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
        text(&body["error"]["message"]).starts_with("(#100) colour is not valid for fields param.")
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
    let url = format!("{}{}", desk.running.meta_base_url(), desk.insights(SEEBLICK, HALF_YEAR, ""));
    let response = desk.client.get(url).bearer_auth(TOKEN).send().await.unwrap();
    let header = |name: &str| -> Value {
        serde_json::from_str(response.headers()[name].to_str().unwrap()).unwrap()
    };
    assert_eq!(header("X-Business-Use-Case-Usage")["1018340275511096"][0]["type"], "ads_insights");
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
        desk.client.post(format!("{base}/v26.0/{SEEBLICK}/insights")).bearer_auth(TOKEN).body(form)
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
    let overridden =
        post(format!("{form}&method=get&limit=100")).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&overridden).unwrap()["data"], json!(rows));
}
