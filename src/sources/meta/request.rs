//! The requests to Meta: explicit ranges and own parameters only, so that the same run makes the
//! same requests. The token is in none of them.

use jiff::civil::Date;
use url::Url;
use weekledger_events::payload::{PageKind, Request};
use weekledger_events::{AccountId, Week};

use crate::config::MetaSettings;
use crate::sources::http::HttpError;

/// Days of an ad account, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub since: Date,
    pub until: Date,
}

impl Span {
    /// From the Monday of the oldest week to the Sunday of the newest.
    pub fn of(weeks: &[Week]) -> Option<Self> {
        let since = weeks.iter().min()?.monday();
        Some(Self { since, until: weeks.iter().max()?.sunday() })
    }

    /// Weeks, or the days of one week; a single day cannot be split.
    pub fn split(self) -> Option<Vec<Self>> {
        if self.since == self.until {
            return None;
        }
        let (first, last) = (Week::containing(self.since), Week::containing(self.until));
        if first == last {
            let inside = |day: &Date| (self.since..=self.until).contains(day);
            return Some(
                first.days().filter(inside).map(|day| Self { since: day, until: day }).collect(),
            );
        }
        let mut parts = Vec::new();
        let mut week = first;
        while week <= last {
            parts.push(Self {
                since: week.monday().max(self.since),
                until: week.sunday().min(self.until),
            });
            week = week.next();
        }
        Some(parts)
    }
}

/// Which rows to list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing<'a> {
    pub account: &'a AccountId,
    pub kind: PageKind,
}

pub(super) fn account(settings: &MetaSettings, account: &AccountId) -> Result<Request, HttpError> {
    let mut url = address(settings, account.as_str())?;
    url.query_pairs_mut()
        .append_pair("fields", "account_id,account_status,currency,timezone_name,name");
    Ok(Request::new("GET", url.as_str(), None))
}

pub(super) fn insights(
    settings: &MetaSettings,
    listing: Listing<'_>,
    span: Span,
    limit: u32,
    after: Option<&str>,
) -> Result<Request, HttpError> {
    let mut url = address(settings, &format!("{}/insights", listing.account))?;
    let (level, fields) = level(listing.kind);
    let range = format!("{{\"since\":\"{}\",\"until\":\"{}\"}}", span.since, span.until);
    let mut query = url.query_pairs_mut();
    query
        .append_pair("level", level)
        .append_pair("fields", fields)
        .append_pair("time_range", &range)
        .append_pair("time_increment", "1")
        // Ignored since June 2025; says which attribution the figures are meant to have.
        .append_pair("use_unified_attribution_setting", "true")
        .append_pair("limit", &limit.to_string());
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    drop(query);
    Ok(Request::new("GET", url.as_str(), None))
}

/// Reach is left out because it cannot be added up, cost per action because it is computed.
fn level(kind: PageKind) -> (&'static str, &'static str) {
    match kind {
        PageKind::CampaignDays => (
            "campaign",
            "account_id,account_currency,campaign_id,campaign_name,\
             spend,impressions,clicks,inline_link_clicks,actions,date_start,date_stop",
        ),
        PageKind::AccountDays => (
            "account",
            "account_id,account_currency,account_name,\
             spend,impressions,clicks,inline_link_clicks,actions,date_start,date_stop",
        ),
        PageKind::AdSetDays | PageKind::Account | PageKind::Contacts => (
            "adset",
            "account_id,account_currency,campaign_id,campaign_name,adset_id,adset_name,\
             objective,optimization_goal,attribution_setting,\
             spend,impressions,clicks,inline_link_clicks,actions,date_start,date_stop",
        ),
    }
}

fn address(settings: &MetaSettings, path: &str) -> Result<Url, HttpError> {
    let base = settings.base_url.trim_end_matches('/');
    let text = format!("{base}/{}/{path}", settings.api_version.trim_matches('/'));
    Url::parse(&text).map_err(|_| HttpError::Address)
}
