//! Pages made of published daily figures give the sums of a table worked by hand.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger::sources::meta::parse_insights;
use weekledger_events::AccountId;

type Records = Vec<BTreeMap<String, String>>;

fn records(text: &str) -> Records {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// One insights page, written as text so that every digit is the seed's own.
fn page() -> String {
    let basic =
        records(include_str!("../specimens/dbt_facebook_ads/facebook_ads_basic_ad_data.csv"));
    let actions = records(include_str!(
        "../specimens/dbt_facebook_ads/facebook_ads_basic_ad_actions_data.csv"
    ));
    let ads =
        records(include_str!("../specimens/dbt_facebook_ads/facebook_ads_ad_history_data.csv"));
    let rows: Vec<String> = basic
        .iter()
        .map(|day| {
            let ad = ads.iter().find(|ad| ad["id"] == day["ad_id"]).unwrap();
            let own = actions.iter().filter(|a| a["ad_id"] == day["ad_id"] && a["date"] == day["date"]);
            let actions: Vec<String> = own
                .map(|a| format!(r#"{{"action_type":"{}","value":"{}"}}"#, a["action_type"], a["value"]))
                .collect();
            format!(
                r#"{{"account_id":"{}","campaign_id":"{}","adset_id":"{}","date_start":"{}","date_stop":"{}","impressions":"{}","inline_link_clicks":"{}","spend":"{}","actions":[{}]}}"#,
                day["account_id"],
                ad["campaign_id"],
                ad["ad_set_id"],
                day["date"],
                day["date"],
                day["impressions"],
                day["inline_link_clicks"],
                day["spend"],
                actions.join(",")
            )
        })
        .collect();
    format!(r#"{{"data":[{}]}}"#, rows.join(","))
}

/// | day | ad | spend | impressions | link clicks | pixel leads |
/// |---|---|---|---|---|---|
/// | 12-10 | …456071 | 76.53 | 4233 | 10 | |
/// | 12-04 | …566671 | 55.26 | 2575 | 10 | |
/// | 12-05 | …566671 | 54.87 | 2537 | 13 | |
/// | 12-06 | …566671 | 49.20 | 2063 | 14 | |
/// | 12-02 | …744671 | 144.00 | 10701 | 27 | |
/// | 12-03 | …992271 | 56.63 | 3476 | 14 | 3 |
/// | 12-14 | …992271 | 49.95 | 2357 | 16 | 3 |
/// | 12-13 | …992271 | 51.56 | 3049 | 14 | 4 |
/// | 12-05 | …992271 | 55.11 | 3298 | 13 | 2 |
/// | 12-08 | …992271 | 50.52 | 2986 | 18 | |
/// | sum | | 643.63 | 37275 | 149 | 12 |
#[test]
fn published_days_add_up_to_the_table() {
    let account = AccountId::parse("act_1700252260223815").unwrap();
    let page = parse_insights(page().as_bytes(), &account).unwrap();
    assert_eq!(page.unusable, []);
    assert_eq!(page.rows.len(), 10);
    let spend: Decimal = page.rows.iter().filter_map(|row| row.spend).sum();
    assert_eq!(spend.normalize().to_string(), "643.63");
    assert_eq!(page.rows.iter().filter_map(|row| row.impressions).sum::<u64>(), 37_275);
    assert_eq!(page.rows.iter().filter_map(|row| row.inline_link_clicks).sum::<u64>(), 149);
    let leads: Decimal =
        page.rows.iter().flat_map(|row| &row.actions).map(|action| action.value).sum();
    assert_eq!(leads.normalize().to_string(), "12");
    let ad_sets: std::collections::BTreeSet<_> =
        page.rows.iter().map(|row| row.ad_set.clone().unwrap()).collect();
    assert_eq!(ad_sets.len(), 4);
}
