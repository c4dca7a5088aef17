//! HubSpot's side: the contact search, its pages and its limits.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::desk::*;

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
            stamps.push(text(&contact["properties"]["createdate"]).parse::<Timestamp>().unwrap());
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
        stamps[0].as_second() >= 1_790_805_600 && stamps[0].as_second() < 1_790_805_600 + 86_400
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
        let (_, page) = desk
            .search(
                json!({ "limit": 200, "sorts": ["hs_object_id"], "filterGroups": [{ "filters": [
            { "propertyName": "hs_object_id", "operator": "GT", "value": last.to_string() }]}] }),
            )
            .await;
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
            let (status, body) = desk.search(json!({ "limit": 1, "filterGroups": filters })).await;
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
    let url = format!("{}/crm/objects/2026-09/contacts/search", desk.running.hubspot_base_url());
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
