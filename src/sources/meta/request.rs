//! The requests to Meta: explicit ranges and own parameters only, so that the same run makes the
//! same requests. The token is in none of them.

use jiff::civil::Date;
use url::Url;
use weekledger_events::payload::{PageKind, Request};
use weekledger_events::{AccountId, CampaignId, Week};

use super::job::JobId;
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
    /// What people call it.
    pub name: &'a str,
    pub kind: PageKind,
}

/// How many fields a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fields {
    /// With those that only help a person who reads the archived page.
    All,
    /// Those alone that a figure, a name, a finding or a word depends on.
    Needed,
}

/// What the pages of a listing answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question<'a> {
    /// Answered at once.
    Direct { span: Span, fields: Fields },
    /// The rows of a job that is done.
    Job(&'a JobId),
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging<'a> {
    pub limit: u32,
    pub after: Option<&'a str>,
}

pub(super) fn account(settings: &MetaSettings, account: &AccountId) -> Result<Request, HttpError> {
    let mut url = address(settings, account.as_str())?;
    url.query_pairs_mut()
        .append_pair("fields", "account_id,account_status,currency,timezone_name,name");
    Ok(Request::new("GET", url.as_str(), None))
}

/// One page of rows.
pub(super) fn insights(
    settings: &MetaSettings,
    listing: Listing<'_>,
    question: Question<'_>,
    paging: Paging<'_>,
) -> Result<Request, HttpError> {
    let url = match question {
        Question::Direct { span, fields } => {
            let fields = level(listing.kind).fields(fields);
            asked(settings, listing, span, &fields)?
        }
        // What the rows hold was said when the job was made.
        Question::Job(job) => address(settings, &format!("{}/insights", job.as_str()))?,
    };
    Ok(Request::new("GET", paged(url, paging).as_str(), None))
}

/// Makes a job of the same question, of these campaigns alone if they are given.
pub(super) fn job(
    settings: &MetaSettings,
    listing: Listing<'_>,
    span: Span,
    campaigns: Option<&[CampaignId]>,
) -> Result<Request, HttpError> {
    let fields = level(listing.kind).fields(Fields::Needed);
    let mut url = asked(settings, listing, span, &fields)?;
    if let Some(campaigns) = campaigns {
        let ids: Vec<&str> = campaigns.iter().map(CampaignId::as_str).collect();
        let ids = ids.join("\",\"");
        let filter =
            format!("[{{\"field\":\"campaign.id\",\"operator\":\"IN\",\"value\":[\"{ids}\"]}}]");
        url.query_pairs_mut().append_pair("filtering", &filter);
    }
    Ok(Request::new("POST", url.as_str(), None))
}

/// How far a job has come.
pub(super) fn job_state(settings: &MetaSettings, job: &JobId) -> Result<Request, HttpError> {
    let mut url = address(settings, job.as_str())?;
    url.query_pairs_mut().append_pair(
        "fields",
        "id,async_status,async_percent_completion,error_code,error_message,error_subcode,\
         error_user_title,error_user_msg,date_start,date_stop,time_completed",
    );
    Ok(Request::new("GET", url.as_str(), None))
}

/// The campaigns that delivered in a span: one short row each.
pub(super) fn campaigns(
    settings: &MetaSettings,
    account: &AccountId,
    span: Span,
    after: Option<&str>,
) -> Result<Request, HttpError> {
    /// Rows of a few bytes.
    const LIMIT: u32 = 500;
    let mut url = address(settings, &format!("{account}/insights"))?;
    url.query_pairs_mut()
        .append_pair("level", "campaign")
        .append_pair("fields", "campaign_id")
        .append_pair("time_range", &range(span))
        .append_pair("time_increment", "all_days");
    Ok(Request::new("GET", paged(url, Paging { limit: LIMIT, after }).as_str(), None))
}

fn asked(
    settings: &MetaSettings,
    listing: Listing<'_>,
    span: Span,
    fields: &str,
) -> Result<Url, HttpError> {
    let mut url = address(settings, &format!("{}/insights", listing.account))?;
    url.query_pairs_mut()
        .append_pair("level", level(listing.kind).name)
        .append_pair("fields", fields)
        .append_pair("time_range", &range(span))
        .append_pair("time_increment", "1")
        // Ignored since June 2025; says which attribution the figures are meant to have.
        .append_pair("use_unified_attribution_setting", "true");
    Ok(url)
}

fn range(span: Span) -> String {
    format!("{{\"since\":\"{}\",\"until\":\"{}\"}}", span.since, span.until)
}

fn paged(mut url: Url, Paging { limit, after }: Paging<'_>) -> Url {
    url.query_pairs_mut().append_pair("limit", &limit.to_string());
    if let Some(after) = after {
        url.query_pairs_mut().append_pair("after", after);
    }
    url
}

/// A level of insights with its fields.
struct Level {
    name: &'static str,
    needed: &'static str,
    /// Besides.
    helpful: &'static str,
}

impl Level {
    fn fields(&self, fields: Fields) -> String {
        const MEASURES: &str =
            "spend,impressions,clicks,inline_link_clicks,actions,date_start,date_stop";
        match fields {
            Fields::All => format!("{}{}{MEASURES}", self.needed, self.helpful),
            Fields::Needed => format!("{}{MEASURES}", self.needed),
        }
    }
}

/// Reach is left out because it cannot be added up, cost per action because it is computed.
fn level(kind: PageKind) -> Level {
    match kind {
        PageKind::CampaignDays => Level {
            name: "campaign",
            needed: "account_id,campaign_id,",
            helpful: "account_currency,campaign_name,",
        },
        PageKind::AccountDays => Level {
            name: "account",
            needed: "account_id,",
            helpful: "account_currency,account_name,",
        },
        PageKind::AdSetDays | PageKind::Account | PageKind::InsightsJob | PageKind::Contacts => {
            Level {
                name: "adset",
                needed: "account_id,account_currency,campaign_id,campaign_name,adset_id,adset_name,\
                         attribution_setting,objective,",
                helpful: "optimization_goal,",
            }
        }
    }
}

fn address(settings: &MetaSettings, path: &str) -> Result<Url, HttpError> {
    let base = settings.base_url.trim_end_matches('/');
    let text = format!("{base}/{}/{path}", settings.api_version.trim_matches('/'));
    Url::parse(&text).map_err(|_| HttpError::Address)
}
