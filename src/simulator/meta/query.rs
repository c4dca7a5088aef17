//! What an insights request asks for.

use jiff::civil::Date;
use serde::Deserialize;

use super::super::calendar::{ordinal, shift};
use super::errors::Refusal;
use super::list;

/// The level of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Account,
    Campaign,
    AdSet,
}

/// How days are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Increment {
    Days(i64),
    Monthly,
    AllDays,
}

/// A read and checked insights request.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) level: Level,
    pub(super) fields: Vec<String>,
    pub(super) since: Date,
    pub(super) until: Date,
    pub(super) increment: Increment,
    pub(super) campaigns: Option<Vec<String>>,
    pub(super) ad_sets: Option<Vec<String>>,
    pub(super) limit: usize,
    pub(super) after: Option<String>,
    pub(super) before: Option<String>,
}

#[derive(Deserialize)]
struct TimeRange {
    since: Date,
    until: Date,
}

#[derive(Deserialize)]
struct Filter {
    field: String,
    operator: String,
    value: serde_json::Value,
}

/// The API's page size when none is asked for.
const LIMIT_DEFAULT: usize = 25;
const LIMIT_MAX: usize = 5_000;

impl Query {
    /// Reads the parameters. Unknown ones are ignored, as the API does; those that would change
    /// the figures and are not simulated are refused.
    pub(super) fn read(parameters: &[(String, String)], newest: Date) -> Result<Self, Refusal> {
        let get = |name: &str| {
            parameters
                .iter()
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.as_str())
        };
        for name in ["breakdowns", "time_ranges", "summary_action_breakdowns"] {
            if get(name).is_some_and(|value| value != "[]") {
                return Err(Refusal::not_simulated(name));
            }
        }
        if get("action_breakdowns")
            .is_some_and(|value| list(value).iter().any(|item| item != "action_type"))
        {
            return Err(Refusal::not_simulated("action_breakdowns other than action_type"));
        }
        let (since, until) = range(&get, newest)?;
        let (campaigns, ad_sets) = filters(get("filtering"))?;
        Ok(Self {
            level: level(get("level"))?,
            fields: list(get("fields").unwrap_or_default()),
            since,
            until,
            increment: increment(get("time_increment"))?,
            campaigns,
            ad_sets,
            limit: limit(get("limit"))?,
            after: get("after").map(str::to_owned),
            before: get("before").map(str::to_owned),
        })
    }

    /// First and last day of the period that `day` falls into.
    pub(super) fn period(&self, day: Date) -> (Date, Date) {
        let (first, last) = match self.increment {
            Increment::AllDays => (self.since, self.until),
            Increment::Monthly => (day.first_of_month(), day.last_of_month()),
            Increment::Days(length) => {
                let number = (ordinal(day) - ordinal(self.since)).div_euclid(length);
                let first = shift(self.since, number * length);
                (first, shift(first, length - 1))
            }
        };
        (first.max(self.since), last.min(self.until))
    }

    /// What must stay the same from page to page. Page size and fields may change: a client may
    /// shrink its request on the way.
    pub(super) fn question(&self, account: &str) -> String {
        let Self { level, since, until, increment, campaigns, ad_sets, .. } = self;
        format!("{account} {level:?} {since} {until} {increment:?} {campaigns:?} {ad_sets:?}")
    }
}

fn level(text: Option<&str>) -> Result<Level, Refusal> {
    match text {
        None | Some("account") => Ok(Level::Account),
        Some("campaign") => Ok(Level::Campaign),
        Some("adset") => Ok(Level::AdSet),
        Some("ad") => Err(Refusal::not_simulated("level ad")),
        Some(_) => Err(Refusal::invalid(
            "(#100) level must be one of the following values: ad, adset, campaign, account",
        )),
    }
}

fn increment(text: Option<&str>) -> Result<Increment, Refusal> {
    match text {
        None | Some("all_days") => Ok(Increment::AllDays),
        Some("monthly") => Ok(Increment::Monthly),
        Some(days) => match days.parse() {
            Ok(days @ 1..=90) => Ok(Increment::Days(days)),
            _ => Err(Refusal::invalid(
                "(#100) time_increment must be an integer between 1 and 90, or one of: monthly, all_days",
            )),
        },
    }
}

fn limit(text: Option<&str>) -> Result<usize, Refusal> {
    match text.map(str::parse) {
        None => Ok(LIMIT_DEFAULT),
        Some(Ok(limit @ 1..=LIMIT_MAX)) => Ok(limit),
        _ => Err(Refusal::invalid(format!(
            "(#100) Param limit must be an integer between 1 and {LIMIT_MAX}"
        ))),
    }
}

fn range<'a>(
    get: &impl Fn(&str) -> Option<&'a str>,
    newest: Date,
) -> Result<(Date, Date), Refusal> {
    let malformed = || {
        Refusal::invalid(
            "(#100) param time_range must be an object such as {'since':'YYYY-MM-DD','until':'YYYY-MM-DD'}",
        )
    };
    let (since, until) = if let Some(text) = get("time_range") {
        let range: TimeRange =
            serde_json::from_str(&text.replace('\'', "\"")).map_err(|_| malformed())?;
        (range.since, range.until)
    } else if let (Some(since), Some(until)) = (get("time_range[since]"), get("time_range[until]"))
    {
        (since.parse().map_err(|_| malformed())?, until.parse().map_err(|_| malformed())?)
    } else {
        preset(get("date_preset").unwrap_or("last_30d"), newest)?
    };
    if since > until {
        return Err(Refusal::invalid(
            "(#100) The start date of the time range must be before its end date",
        ));
    }
    if since < shift(newest, -1_130) {
        return Err(Refusal::too_long_ago());
    }
    Ok((since, until))
}

/// The newest day with data stands for today.
fn preset(name: &str, newest: Date) -> Result<(Date, Date), Refusal> {
    let yesterday = shift(newest, -1);
    let monday = shift(newest, -ordinal(newest).rem_euclid(7));
    Ok(match name {
        "today" => (newest, newest),
        "yesterday" => (yesterday, yesterday),
        "last_3d" => (shift(newest, -3), yesterday),
        "last_7d" => (shift(newest, -7), yesterday),
        "last_14d" => (shift(newest, -14), yesterday),
        "last_28d" => (shift(newest, -28), yesterday),
        "last_30d" => (shift(newest, -30), yesterday),
        "last_90d" => (shift(newest, -90), yesterday),
        "this_month" => (newest.first_of_month(), newest),
        "last_week_mon_sun" => (shift(monday, -7), shift(monday, -1)),
        "this_week_mon_today" => (monday, newest),
        "maximum" => (shift(newest, -1_126), newest),
        _ => return Err(Refusal::not_simulated("this date_preset; send time_range")),
    })
}

type Ids = Option<Vec<String>>;

/// Filters on campaign and ad set ids.
fn filters(text: Option<&str>) -> Result<(Ids, Ids), Refusal> {
    let (mut campaigns, mut ad_sets) = (None, None);
    let malformed = |_| {
        Refusal::invalid(
            "(#100) param filtering must be an array of objects with field, operator and value",
        )
    };
    let filters: Vec<Filter> =
        text.map_or(Ok(Vec::new()), serde_json::from_str).map_err(malformed)?;
    for filter in filters {
        let ids = match (&filter.value, filter.operator.as_str()) {
            (serde_json::Value::Array(items), "IN") => items.iter().map(plain).collect(),
            (one, "EQUAL") => vec![plain(one)],
            _ => {
                return Err(Refusal::not_simulated(
                    "filtering by other operators than IN and EQUAL",
                ));
            }
        };
        match filter.field.as_str() {
            "campaign.id" => campaigns = Some(ids),
            "adset.id" => ad_sets = Some(ids),
            _ => {
                return Err(Refusal::not_simulated(
                    "filtering by other fields than campaign.id and adset.id",
                ));
            }
        }
    }
    Ok((campaigns, ad_sets))
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
