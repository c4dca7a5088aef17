//! Meta's usage headers: how much of a limit is used up, and when access comes back.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// What the headers of one answer say, over every id and every item in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The highest share of any limit, in percent.
    pub percent: u64,
    /// The longest time until access comes back, if one is named. Minutes in one header, seconds
    /// in another.
    pub regain_access: Option<Duration>,
    /// Whether a header names the full access tier; the limits of the other are much lower.
    pub full_access: bool,
}

/// No header is believed beyond a day.
const SECONDS_MAX: u64 = 24 * 3600;

/// Shares of a limit, in whole percent. `reset_time_duration` is not among them.
const SHARES: [&str; 6] = [
    "call_count",
    "total_cputime",
    "total_time",
    "acc_id_util_pct",
    "app_id_util_pct",
    "object_count_pct",
];

/// The tiers were renamed in May 2026; which name the headers bear since then is not documented.
const FULL_TIERS: [&str; 2] = ["standard", "full"];

impl Usage {
    /// Reads all five headers; a header that cannot be read says nothing.
    pub fn read(headers: &HeaderMap) -> Self {
        const NAMES: [&str; 5] = [
            "x-business-use-case-usage",
            "x-app-usage",
            "x-ad-account-usage",
            "x-fb-ads-insights-throttle",
            "x-fb-ads-insights-reach-throttle",
        ];
        let mut usage = Self::default();
        for value in NAMES.iter().flat_map(|name| headers.get_all(*name)) {
            if let Ok(value) = serde_json::from_slice::<Value>(value.as_bytes()) {
                usage.add(&value);
            }
        }
        usage
    }

    /// The headers differ in depth: an object, or lists of objects by business or account id.
    fn add(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(fields) => {
                self.add_item(value);
                fields.values().for_each(|field| self.add(field));
            }
            _ => {}
        }
    }

    fn add_item(&mut self, item: &Value) {
        let share = SHARES.iter().filter_map(|name| whole(&item[*name])).max();
        self.percent = self.percent.max(share.unwrap_or(0));
        let minutes = whole(&item["estimated_time_to_regain_access"]).map(|n| n.saturating_mul(60));
        // Present at all times; it matters once the account's limit is reached.
        let reached = whole(&item["acc_id_util_pct"]).is_some_and(|percent| percent >= 100);
        let seconds = whole(&item["reset_time_duration"]).filter(|_| reached);
        let wait = minutes.max(seconds).filter(|seconds| *seconds > 0);
        let wait = wait.map(|seconds| Duration::from_secs(seconds.min(SECONDS_MAX)));
        self.regain_access = self.regain_access.max(wait);
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
