//! A started simulator, a client that knows it by its addresses only, and what they speak of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger::simulator::{Options, Running, start};

pub const TODAY: Date = date(2026, 11, 15);
pub const TOKEN: &str = "EAAGplanted%token";
pub const SEEBLICK: &str = "act_1018340275511096";
pub const PARKRING: &str = "act_1018340275511203";
pub const HARBOUR: &str = "act_1018340275511318";

pub const HALF_YEAR: (&str, &str) = ("2026-05-18", "2026-11-15");
pub const FIELDS: &str = "account_id,account_currency,campaign_id,campaign_name,adset_id,adset_name,objective,optimization_goal,attribution_setting,spend,impressions,reach,clicks,inline_link_clicks,actions,cost_per_action_type,ctr,cpc,cpm,date_start,date_stop";

pub fn options() -> Options {
    Options {
        seed: 7,
        today: TODAY,
        listen: "127.0.0.1:0".parse().unwrap(),
        replay: None,
        faults: Vec::new(),
    }
}

pub fn specimen(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specimens/simulator").join(name)
}

/// A started simulator and a client that knows it by its addresses only.
pub struct Desk {
    pub running: Running,
    pub client: reqwest::Client,
}

impl Desk {
    pub async fn open(options: Options) -> Self {
        // Fails when another test was first, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { running: start(options).await.unwrap(), client: reqwest::Client::new() }
    }

    pub async fn meta(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.running.meta_base_url()));
        let response = request.bearer_auth(TOKEN).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    pub async fn hubspot(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.post(format!("{}{path}", self.running.hubspot_base_url()));
        let response = request.bearer_auth(TOKEN).body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    pub async fn search(&self, body: Value) -> (u16, Value) {
        self.hubspot("/crm/objects/2026-09/contacts/search", body).await
    }

    pub fn insights(&self, account: &str, (since, until): (&str, &str), query: &str) -> String {
        let range = encoded(&json!({ "since": since, "until": until }).to_string());
        format!("/v26.0/{account}/insights?fields={FIELDS}&time_range={range}&{query}")
    }

    /// Every page, followed by `cursors.after` while there is a `next`.
    pub async fn pages(&self, account: &str, range: (&str, &str), query: &str) -> Vec<Value> {
        let path = self.insights(account, range, query);
        let mut pages = vec![self.meta(&path).await.1];
        while let Some(page) = pages.last().filter(|page| page["paging"]["next"].is_string()) {
            let after = text(&page["paging"]["cursors"]["after"]);
            pages.push(self.meta(&format!("{path}&after={after}")).await.1);
        }
        pages
    }

    pub async fn rows(&self, account: &str, range: (&str, &str), query: &str) -> Vec<Value> {
        let pages = self.pages(account, range, query).await;
        pages
            .iter()
            .flat_map(|page| page["data"].as_array().unwrap_or_else(|| panic!("{page}")).clone())
            .collect()
    }

    /// The properties of every paid social contact of the last half year.
    pub async fn paid(&self) -> Vec<Value> {
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

pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub fn number(value: &Value) -> Decimal {
    text(value).parse().unwrap()
}

pub fn action(row: &Value, kind: &str) -> u64 {
    let all = row["actions"].as_array().into_iter().flatten();
    all.filter(|action| action["action_type"] == kind)
        .map(|action| text(&action["value"]).parse::<u64>().unwrap())
        .sum()
}

/// The roll-up, or forms where an account has no roll-up.
pub fn leads(row: &Value) -> u64 {
    match action(row, "lead") {
        0 => action(row, "onsite_conversion.lead_grouped"),
        leads => leads,
    }
}

/// The figures of a row that can be added up.
pub fn additive(row: &Value) -> BTreeMap<String, Decimal> {
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
