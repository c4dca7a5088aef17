//! Meta's usage headers: how much of a limit is used up, and when access comes back.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// What the headers of one answer say, over every id and every item in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The app or the user of the token: whatever account is asked about next.
    pub everyone: Limit,
    /// Insights of the account that was asked about.
    pub account: Limit,
    /// Requests of other kinds, such as those that change advertisements: they are counted apart, and
    /// keep no insights back.
    pub others: Limit,
    /// Whether a header names the full access tier; the limits of the other are much lower.
    pub full_access: bool,
}

/// How far limits of one kind are used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// The highest share of any, in percent.
    pub percent: u64,
    /// The longest time until access comes back, if one is named. Minutes in one header, seconds
    /// in another.
    pub regain_access: Option<Duration>,
}

impl Limit {
    fn add(&mut self, percent: Option<u64>, regain_access: Option<Duration>) {
        self.percent = self.percent.max(percent.unwrap_or(0));
        self.regain_access = self.regain_access.max(regain_access);
    }
}

/// No header is believed beyond a day.
const SECONDS_MAX: u64 = 24 * 3600;

/// By business or account, an item for each kind of request.
const BUSINESS: &str = "x-business-use-case-usage";
const REACH: &str = "x-fb-ads-insights-reach-throttle";

/// The kind of request that this program makes, as an item's `type` names it.
const INSIGHTS: &str = "ads_insights";

/// Shares of a limit, in whole percent. `reset_time_duration` is not among them.
const SHARES: [&str; 5] =
    ["call_count", "total_cputime", "total_time", "acc_id_util_pct", "object_count_pct"];

/// The share of what all accounts have together.
const SHARES_OF_APP: [&str; 1] = ["app_id_util_pct"];

/// The tiers were renamed in May 2026; which name the headers bear since then is not documented.
const FULL_TIERS: [&str; 2] = ["standard", "full"];

impl Usage {
    /// Reads all five headers; a header that cannot be read says nothing.
    pub fn read(headers: &HeaderMap) -> Self {
        const NAMES: [&str; 5] =
            [BUSINESS, "x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle", REACH];
        let mut usage = Self::default();
        for name in NAMES {
            for value in headers.get_all(name) {
                if let Ok(value) = serde_json::from_slice::<Value>(value.as_bytes()) {
                    usage.add(name, &value);
                }
            }
        }
        usage
    }

    /// The highest share of any limit, in percent.
    pub fn percent(&self) -> u64 {
        self.everyone.percent.max(self.account.percent).max(self.others.percent)
    }

    /// When a request that was refused may be tried again: what concerns it goes first.
    pub fn regain_access(&self) -> Option<Duration> {
        self.everyone.regain_access.max(self.account.regain_access).or(self.others.regain_access)
    }

    /// The headers differ in depth: an object, or lists of objects by business or account id.
    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(name, item)),
            Value::Object(fields) => {
                self.add_item(name, value);
                fields.values().for_each(|field| self.add(name, field));
            }
            _ => {}
        }
    }

    fn add_item(&mut self, name: &str, item: &Value) {
        let share = |names: &[&str]| names.iter().filter_map(|name| whole(&item[*name])).max();
        let minutes = whole(&item["estimated_time_to_regain_access"]).map(|n| n.saturating_mul(60));
        // Present at all times; it matters once the account's limit is reached.
        let reached = whole(&item["acc_id_util_pct"]).is_some_and(|percent| percent >= 100);
        let seconds = whole(&item["reset_time_duration"]).filter(|_| reached);
        let wait = minutes.max(seconds).filter(|seconds| *seconds > 0);
        let wait = wait.map(|seconds| Duration::from_secs(seconds.min(SECONDS_MAX)));
        let of_other_kind = item["type"].as_str().is_some_and(|kind| kind != INSIGHTS);
        // Reach is never asked for.
        if of_other_kind || name == REACH {
            self.others.add(share(&[&SHARES[..], &SHARES_OF_APP].concat()), wait);
        } else if name == "x-app-usage" {
            self.everyone.add(share(&SHARES), wait);
        } else {
            self.account.add(share(&SHARES), wait);
            self.everyone.add(share(&SHARES_OF_APP), None);
        }
        let tier = item["ads_api_access_tier"].as_str().unwrap_or_default();
        self.full_access |= FULL_TIERS.iter().any(|full| tier.starts_with(full));
    }
}

/// The whole part of a number or of a number in a string.
fn whole(value: &Value) -> Option<u64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    text.split('.').next()?.parse().ok()
}
