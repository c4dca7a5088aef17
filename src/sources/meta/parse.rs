//! Parses pages of Meta insights and the description of an ad account: pure functions on bytes.

use jiff::civil::Date;
use serde_json::value::RawValue;
use weekledger_events::payload::{Objective, PageKind};
use weekledger_events::{AccountId, AdSetId, CampaignId, Currency};

use crate::sources::json::{self, Fields};
use crate::sources::number::{self, NumberError};
use crate::sources::parse::{ParseError, excerpt};
use crate::sources::rows::{AccountInfo, Action, InsightRow, InsightsPage, UnusableRow};

/// Parses one page of `/insights` with daily rows. A row in trouble becomes an `UnusableRow` that
/// names the field; the page as a whole fails only where no row can be trusted.
pub fn parse_insights(body: &[u8], account: &AccountId) -> Result<InsightsPage, ParseError> {
    let (text, fields) = json::page(body)?;
    let rows = json::rows(text, &fields, "data")?;
    let next = next_cursor(&fields)?;
    let mut page = InsightsPage { rows: Vec::new(), unusable: Vec::new(), next };
    for (index, raw) in rows.into_iter().enumerate() {
        match parse_row(index, raw, account) {
            Ok(row) => page.rows.push(row),
            Err(trouble) => page.unusable.push(trouble.at(index)),
        }
    }
    Ok(page)
}

/// Moves rows that lack an id which their level must have to the unusable ones.
pub fn require_ids(mut page: InsightsPage, kind: PageKind) -> InsightsPage {
    let missing = |row: &InsightRow| match kind {
        PageKind::AdSetDays | PageKind::CampaignDays if row.campaign.is_none() => {
            Some("campaign_id")
        }
        PageKind::AdSetDays if row.ad_set.is_none() => Some("adset_id"),
        _ => None,
    };
    let (rows, lacking): (Vec<_>, Vec<_>) =
        page.rows.into_iter().partition(|row| missing(row).is_none());
    page.rows = rows;
    for row in &lacking {
        if let Some(field) = missing(row) {
            page.unusable.push(Trouble::new(field, "is missing").at(row.index));
        }
    }
    page.unusable.sort_by_key(|row| row.index);
    page
}

/// Parses what an ad account says of itself.
pub fn parse_account(body: &[u8]) -> Result<AccountInfo, ParseError> {
    let (text, fields) = json::page(body)?;
    let missing = |field| ParseError::Missing { field, begins: excerpt(text) };
    let scalar = |field| json::field(&fields, field).and_then(json::scalar);
    let unexpected = |field, found: &str, expected| ParseError::Unexpected {
        field,
        found: format!("\"{}\"", excerpt(found)),
        expected,
    };
    let id = scalar("account_id").or_else(|| scalar("id")).ok_or_else(|| missing("id"))?;
    let currency = scalar("currency").ok_or_else(|| missing("currency"))?;
    let time_zone = scalar("timezone_name")
        .filter(|zone| !zone.trim().is_empty())
        .ok_or_else(|| missing("timezone_name"))?;
    Ok(AccountInfo {
        account: account_id(&id).ok_or_else(|| unexpected("id", &id, "an ad account id"))?,
        currency: Currency::parse(&currency)
            .map_err(|_| unexpected("currency", &currency, "a currency code"))?,
        time_zone,
        status: scalar("account_status").and_then(|status| status.parse().ok()),
    })
}

/// The provider names accounts with and without the prefix, by field and version.
fn account_id(text: &str) -> Option<AccountId> {
    let digits = text.strip_prefix("act_").unwrap_or(text);
    AccountId::parse(&format!("act_{digits}")).ok()
}

/// `paging.next` alone says that there is another page: `cursors.after` stands on the last one
/// too. Archived pages have an empty text there, because the provider puts the token into it.
pub(super) fn next_cursor(fields: &Fields<'_>) -> Result<Option<String>, ParseError> {
    const AFTER: &str = "paging.cursors.after";
    let Some(paging) = json::field(fields, "paging").and_then(json::object) else {
        return Ok(None);
    };
    if json::field(&paging, "next").is_none() {
        return Ok(None);
    }
    json::field(&paging, "cursors")
        .and_then(json::object)
        .and_then(|cursors| json::field(&cursors, "after").and_then(json::scalar))
        .filter(|after| !after.is_empty())
        .map(Some)
        .ok_or(ParseError::NoCursor { field: AFTER })
}

/// What is wrong with a row, before its place in the page is known.
struct Trouble {
    field: String,
    why: String,
    not_a_number: bool,
}

impl Trouble {
    fn new(field: &str, why: impl Into<String>) -> Self {
        Self { field: field.to_owned(), why: why.into(), not_a_number: false }
    }

    fn number(field: &str, text: &str, error: NumberError) -> Self {
        Self { field: field.to_owned(), why: said(text, &error.to_string()), not_a_number: true }
    }

    fn at(self, index: usize) -> UnusableRow {
        UnusableRow { index, field: self.field, why: self.why, not_a_number: self.not_a_number }
    }
}

fn said(text: &str, what: &str) -> String {
    format!("\"{}\" {what}", excerpt(text))
}

fn parse_row(index: usize, raw: &RawValue, asked: &AccountId) -> Result<InsightRow, Trouble> {
    let fields = json::object(raw)
        .ok_or_else(|| Trouble::new("", said(raw.get(), "is not an object with named fields")))?;
    let row = Row { fields };
    let ad_set = row.id("adset_id", AdSetId::parse)?;
    let campaign = row.id("campaign_id", CampaignId::parse)?;
    if ad_set.is_some() && campaign.is_none() {
        return Err(Trouble::new("campaign_id", "is missing"));
    }
    Ok(InsightRow {
        index,
        account: row.account(asked)?,
        account_name: row.text("account_name"),
        currency: row.id("account_currency", Currency::parse)?,
        campaign,
        campaign_name: row.text("campaign_name"),
        ad_set,
        ad_set_name: row.text("adset_name"),
        date: row.day()?,
        attribution_setting: row.text("attribution_setting"),
        objective: row.text("objective").map(|word| objective(&word)),
        spend: row.number("spend", number::amount)?,
        impressions: row.number("impressions", number::count)?,
        clicks: row.number("clicks", number::count)?,
        inline_link_clicks: row.number("inline_link_clicks", number::count)?,
        actions: row.actions()?,
    })
}

/// Meta's words of today, and those of older campaigns. `CONVERSIONS` could mean leads as well as
/// sales.
fn objective(word: &str) -> Objective {
    match word {
        "OUTCOME_LEADS" | "LEAD_GENERATION" => Objective::Leads,
        "OUTCOME_SALES" | "PRODUCT_CATALOG_SALES" => Objective::Sales,
        "OUTCOME_TRAFFIC" | "LINK_CLICKS" => Objective::Traffic,
        "OUTCOME_AWARENESS" | "BRAND_AWARENESS" | "REACH" | "STORE_VISITS" => Objective::Awareness,
        "OUTCOME_ENGAGEMENT" | "POST_ENGAGEMENT" | "PAGE_LIKES" | "EVENT_RESPONSES"
        | "VIDEO_VIEWS" | "MESSAGES" => Objective::Engagement,
        "OUTCOME_APP_PROMOTION" | "APP_INSTALLS" => Objective::AppPromotion,
        _ => Objective::Other,
    }
}

struct Row<'a> {
    fields: Fields<'a>,
}

impl Row<'_> {
    /// A name; anything but text counts as absent, since no figure depends on it.
    fn text(&self, field: &str) -> Option<String> {
        json::field(&self.fields, field).and_then(json::scalar)
    }

    fn id<T, E>(&self, field: &str, parse: fn(&str) -> Result<T, E>) -> Result<Option<T>, Trouble> {
        let Some(raw) = json::field(&self.fields, field) else { return Ok(None) };
        json::scalar(raw)
            .and_then(|text| parse(&text).ok())
            .map(Some)
            .ok_or_else(|| Trouble::new(field, said(raw.get(), "has not the form of one")))
    }

    fn account(&self, asked: &AccountId) -> Result<AccountId, Trouble> {
        const FIELD: &str = "account_id";
        let Some(raw) = json::field(&self.fields, FIELD) else { return Ok(asked.clone()) };
        let found = json::scalar(raw)
            .and_then(|text| account_id(&text))
            .ok_or_else(|| Trouble::new(FIELD, said(raw.get(), "is not an ad account id")))?;
        if found != *asked {
            return Err(Trouble::new(FIELD, format!("is {found}, but {asked} was asked for")));
        }
        Ok(found)
    }

    fn day(&self) -> Result<Date, Trouble> {
        let start = self.date("date_start")?;
        let start = start.ok_or_else(|| Trouble::new("date_start", "is missing"))?;
        match self.date("date_stop")? {
            Some(stop) if stop != start => {
                Err(Trouble::new("date_stop", format!("is {stop}: the row is not about one day")))
            }
            _ => Ok(start),
        }
    }

    fn date(&self, field: &str) -> Result<Option<Date>, Trouble> {
        let parsed = self.id(field, |text| {
            if text.len() == 10 { text.parse::<Date>().map_err(drop) } else { Err(()) }
        });
        parsed.map_err(|trouble| match self.text(field) {
            Some(text) if looks_like_a_date(&text) => {
                Trouble::new(field, said(&text, "is no date of the calendar"))
            }
            _ => trouble,
        })
    }

    fn number<T>(
        &self,
        field: &str,
        parse: fn(&str) -> Result<T, NumberError>,
    ) -> Result<Option<T>, Trouble> {
        let Some(raw) = json::field(&self.fields, field) else { return Ok(None) };
        read_number(field, raw, parse).map(Some)
    }

    fn actions(&self) -> Result<Vec<Action>, Trouble> {
        let Some(raw) = json::field(&self.fields, "actions") else { return Ok(Vec::new()) };
        let actions = json::array(raw)
            .ok_or_else(|| Trouble::new("actions", said(raw.get(), "is not a list")))?;
        actions.into_iter().enumerate().map(|(index, raw)| parse_action(index, raw)).collect()
    }
}

/// Written as one, such as 2026-11-31, whether or not there is such a day.
fn looks_like_a_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn parse_action(index: usize, raw: &RawValue) -> Result<Action, Trouble> {
    let fields = json::object(raw).unwrap_or_default();
    let action_type = json::field(&fields, "action_type")
        .and_then(json::text)
        .ok_or_else(|| Trouble::new(&format!("actions/{index}/action_type"), "is missing"))?;
    let place = format!("actions/{index}/value");
    let value = json::field(&fields, "value").ok_or_else(|| Trouble::new(&place, "is missing"))?;
    Ok(Action { index, action_type, value: read_number(&place, value, number::amount)? })
}

fn read_number<T>(
    field: &str,
    raw: &RawValue,
    parse: fn(&str) -> Result<T, NumberError>,
) -> Result<T, Trouble> {
    let text = json::scalar(raw)
        .ok_or_else(|| Trouble::number(field, raw.get(), NumberError::NotANumber))?;
    parse(&text).map_err(|error| Trouble::number(field, &text, error))
}
