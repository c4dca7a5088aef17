//! Insights: rows summed to the level and period asked for, page by page.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::dice::{Dice, fingerprint};
use super::super::world::{Account, AdSet, Campaign, Delivery};
use super::account::account_id;
use super::cursor::Cursor;
use super::errors::Refusal;
use super::query::{Level, Query};
use super::{Call, ok};

/// Fields of an insights row that exist; those without a simulated value are simply absent.
const KNOWN: &[&str] = &[
    "account_currency",
    "account_id",
    "account_name",
    "action_values",
    "actions",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "attribution_setting",
    "buying_type",
    "campaign_id",
    "campaign_name",
    "canvas_avg_view_time",
    "clicks",
    "conversion_values",
    "conversions",
    "cost_per_action_type",
    "cost_per_conversion",
    "cost_per_inline_link_click",
    "cost_per_inline_post_engagement",
    "cost_per_outbound_click",
    "cost_per_result",
    "cost_per_thruplay",
    "cost_per_unique_click",
    "cpc",
    "cpm",
    "cpp",
    "created_time",
    "ctr",
    "date_start",
    "date_stop",
    "frequency",
    "impressions",
    "inline_link_click_ctr",
    "inline_link_clicks",
    "inline_post_engagement",
    "objective",
    "optimization_goal",
    "outbound_clicks",
    "outbound_clicks_ctr",
    "purchase_roas",
    "quality_ranking",
    "reach",
    "results",
    "social_spend",
    "spend",
    "unique_clicks",
    "unique_ctr",
    "updated_time",
    "video_play_actions",
    "video_thruplay_watched_actions",
    "website_ctr",
];

const FIELDS_DEFAULT: &[&str] = &["account_id", "impressions", "spend"];

/// Answers with one page of rows.
pub(super) fn answer(
    call: &Call<'_>,
    account: &Account,
    parameters: &[(String, String)],
) -> Result<Answer, Refusal> {
    let mut query = Query::read(parameters, call.simulator.world.newest)?;
    if let Some(field) = query.fields.iter().find(|field| !KNOWN.contains(&field.as_str())) {
        return Err(Refusal::unknown_insights_field(field));
    }
    if query.fields.is_empty() {
        query.fields = FIELDS_DEFAULT.iter().map(|field| (*field).to_owned()).collect();
    }
    let body = page(call, account, &query, parameters)?;
    Ok(with_usage(ok(&body), account))
}

/// How much of the allowance is used, as on every insights answer.
fn with_usage(answer: Answer, account: &Account) -> Answer {
    let usage = json!({ account_id(account): [{
        "type": "ads_insights", "call_count": 3, "total_cputime": 1, "total_time": 2,
        "estimated_time_to_regain_access": 0, "ads_api_access_tier": "standard_access",
    }]});
    let throttle = json!({ "app_id_util_pct": 0.4, "acc_id_util_pct": 1.2, "ads_api_access_tier": "standard_access" });
    answer
        .with_header("x-business-use-case-usage", usage.to_string())
        .with_header("x-fb-ads-insights-throttle", throttle.to_string())
}

/// A period and the entity that its figures belong to.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    first: Date,
    last: Date,
    campaign: Option<usize>,
    ad_set: Option<usize>,
}

/// The sums asked for, in the order in which they are served.
fn sums(account: &Account, query: &Query) -> Vec<(Key, Delivery)> {
    let mut sums: BTreeMap<Key, Delivery> = BTreeMap::new();
    for row in account.rows.iter().filter(|row| query.since <= row.day && row.day <= query.until) {
        let (campaign, ad_set) = entities(account, row.campaign, row.ad_set);
        if !allowed(&query.campaigns, campaign.map(|campaign| &campaign.id))
            || !allowed(&query.ad_sets, ad_set.map(|ad_set| &ad_set.id))
        {
            continue;
        }
        let (first, last) = query.period(row.day);
        let key = Key {
            first,
            last,
            campaign: (query.level >= Level::Campaign).then_some(row.campaign),
            ad_set: (query.level >= Level::AdSet).then_some(row.ad_set),
        };
        sums.entry(key).or_default().add(&row.delivery);
    }
    sums.into_iter().collect()
}

fn entities(
    account: &Account,
    campaign: usize,
    ad_set: usize,
) -> (Option<&Campaign>, Option<&AdSet>) {
    let campaign = account.campaigns.get(campaign);
    (campaign, campaign.and_then(|campaign| campaign.ad_sets.get(ad_set)))
}

fn allowed(ids: &Option<Vec<String>>, id: Option<&String>) -> bool {
    ids.as_ref().is_none_or(|ids| id.is_some_and(|id| ids.contains(id)))
}

fn page(
    call: &Call<'_>,
    account: &Account,
    query: &Query,
    parameters: &[(String, String)],
) -> Result<Value, Refusal> {
    let question = query.question(account_id(account));
    let place = place(query, &question)?;
    let rows = sums(account, query);
    let offset = place.offset.min(rows.len());
    // The real API sometimes sends an empty page in the middle; clients must go on.
    let pauses = Dice::new(call.simulator.seed)
        .at(offset as i64)
        .at((fingerprint(&question) >> 1) as i64)
        .below(11)
        == 0;
    let pause = pauses && !place.paused && offset > 0 && offset < rows.len();
    let end = if pause { offset } else { rows.len().min(offset + query.limit) };
    let data: Vec<Value> = rows[offset..end]
        .iter()
        .map(|(key, delivery)| row(account, query, key, delivery))
        .collect();
    if rows.is_empty() {
        return Ok(json!({ "data": data }));
    }
    let before = Cursor { offset, paused: false }.write(&question);
    let after = Cursor { offset: end, paused: pause }.write(&question);
    let mut paging = json!({ "cursors": { "before": before, "after": after } });
    if end < rows.len() {
        paging["next"] = json!(link(call, parameters, query.limit, "after", &after));
    }
    if offset > 0 {
        paging["previous"] = json!(link(call, parameters, query.limit, "before", &before));
    }
    Ok(json!({ "data": data, "paging": paging }))
}

fn place(query: &Query, question: &str) -> Result<Cursor, Refusal> {
    let read = |text: &String| Cursor::read(text, question).ok_or_else(Refusal::invalid_cursor);
    if let Some(after) = &query.after {
        return read(after);
    }
    let Some(before) = &query.before else {
        return Ok(Cursor { offset: 0, paused: false });
    };
    // Going back repeats no empty page.
    Ok(Cursor { offset: read(before)?.offset.saturating_sub(query.limit), paused: true })
}

/// A ready-made address of a neighbouring page; like the real one it carries the token.
fn link(
    call: &Call<'_>,
    parameters: &[(String, String)],
    limit: usize,
    cursor: &str,
    at: &str,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("access_token", &call.token);
    for (name, value) in parameters {
        if !["access_token", "limit", "after", "before", "method"].contains(&name.as_str()) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("limit", &limit.to_string()).append_pair(cursor, at);
    format!("{}{}?{}", call.simulator.base_url, call.path, query.finish())
}

fn row(account: &Account, query: &Query, key: &Key, delivery: &Delivery) -> Value {
    let (campaign, ad_set) = match (key.campaign, key.ad_set) {
        (Some(campaign), Some(ad_set)) => entities(account, campaign, ad_set),
        (Some(campaign), None) => (account.campaigns.get(campaign), None),
        _ => (None, None),
    };
    let subject = Subject { account, campaign, ad_set, level: query.level };
    let mut object = Map::new();
    for field in &query.fields {
        if let Some(value) = subject.field(field).or_else(|| figure(field, delivery, query.level)) {
            object.insert(field.clone(), value);
        }
    }
    object.insert("date_start".to_owned(), json!(key.first.to_string()));
    object.insert("date_stop".to_owned(), json!(key.last.to_string()));
    Value::Object(object)
}

/// Whom a row is about.
struct Subject<'a> {
    account: &'a Account,
    campaign: Option<&'a Campaign>,
    ad_set: Option<&'a AdSet>,
    level: Level,
}

impl Subject<'_> {
    fn field(&self, field: &str) -> Option<Value> {
        let property = &self.account.property;
        Some(json!(match field {
            "account_id" => account_id(self.account),
            "account_name" => &property.name,
            "account_currency" => &property.currency,
            "campaign_id" => &self.campaign?.id,
            "campaign_name" => &self.campaign?.name,
            "objective" => &self.campaign?.objective,
            "adset_id" => &self.ad_set?.id,
            "adset_name" => &self.ad_set?.name,
            "optimization_goal" => &self.ad_set?.optimization_goal,
            "buying_type" if self.level >= Level::Campaign => "AUCTION",
            "attribution_setting" => return self.attribution(),
            _ => return None,
        }))
    }

    /// Above the ad set: the one setting that all have, else `mixed`.
    fn attribution(&self) -> Option<Value> {
        let all: Vec<&AdSet> = match (self.ad_set, self.campaign) {
            (Some(ad_set), _) => vec![ad_set],
            (None, Some(campaign)) => campaign.ad_sets.iter().collect(),
            (None, None) => {
                self.account.campaigns.iter().flat_map(|campaign| &campaign.ad_sets).collect()
            }
        };
        let first = &all.first()?.attribution_setting;
        if first.is_empty() {
            return None;
        }
        let same = all.iter().all(|ad_set| ad_set.attribution_setting == *first);
        Some(json!(if same { first } else { "mixed" }))
    }
}

/// A figure as a string; absent instead of zero, but for spend.
fn figure(field: &str, delivery: &Delivery, level: Level) -> Option<Value> {
    let Delivery { spend, impressions, clicks, link_clicks, .. } = delivery;
    let reach = reach(delivery, level);
    let text = match field {
        "spend" => spend.to_string(),
        "impressions" => count(*impressions)?,
        "clicks" => count(*clicks)?,
        "inline_link_clicks" => count(*link_clicks)?,
        "inline_post_engagement" => count(*delivery.actions.get("post_engagement")?)?,
        "reach" => count(reach)?,
        "frequency" => ratio(Decimal::from(*impressions), reach)?,
        "cpc" => ratio(*spend, *clicks)?,
        "cpm" => ratio(*spend * Decimal::ONE_THOUSAND, *impressions)?,
        "cpp" => ratio(*spend * Decimal::ONE_THOUSAND, reach)?,
        "ctr" => ratio(Decimal::from(*clicks) * Decimal::ONE_HUNDRED, *impressions)?,
        "inline_link_click_ctr" => {
            ratio(Decimal::from(*link_clicks) * Decimal::ONE_HUNDRED, *impressions)?
        }
        "cost_per_inline_link_click" => ratio(*spend, *link_clicks)?,
        "actions" => return actions(delivery, |_, count| Some(count.to_string())),
        "cost_per_action_type" => {
            return actions(delivery, |delivery, count| ratio(delivery.spend, count));
        }
        _ => return None,
    };
    Some(json!(text))
}

fn count(count: u64) -> Option<String> {
    (count > 0).then(|| count.to_string())
}

fn ratio(amount: Decimal, over: u64) -> Option<String> {
    let ratio = amount.checked_div(Decimal::from(over)).filter(|_| !amount.is_zero())?;
    Some(ratio.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero).to_string())
}

/// People seen through several campaigns are one person, so reach is less than its parts' sum.
fn reach(delivery: &Delivery, level: Level) -> u64 {
    match level {
        Level::AdSet => delivery.reach,
        Level::Campaign => delivery.reach * 93 / 100,
        Level::Account => delivery.reach * 84 / 100,
    }
}

fn actions(delivery: &Delivery, value: impl Fn(&Delivery, u64) -> Option<String>) -> Option<Value> {
    let one = |(kind, count): (&String, &u64)| {
        Some(json!({ "action_type": kind, "value": value(delivery, *count)? }))
    };
    let list: Vec<Value> = delivery.actions.iter().filter_map(one).collect();
    (!list.is_empty()).then(|| json!(list))
}
