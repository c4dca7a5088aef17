//! The history table in DynamoDB: one item a campaign and week, for other tools.
//!
//! Items of mail events lie in the same table (`mail_log`); only rows have the attribute `report`.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::str::FromStr;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use weekledger_events::ReportId;
use weekledger_projections::campaign_weeks::CampaignWeek;

use super::Lazy;
use super::failure::Failure;
use crate::ports::{HistoryTable, HistoryTableError};

/// The table's partition key, `REPORT#CAMPAIGN`.
pub const HISTORY_PARTITION: &str = "campaign_id";
/// The table's sort key, the Monday.
pub const HISTORY_SORT: &str = "week_start_date";

const REPORT: &str = "report";
const KNOWN_AT: &str = "known_at";

type Attributes = HashMap<String, AttributeValue>;

/// A table with the two keys above. It has one row a campaign and week, so reading all of them is
/// a scan.
pub struct DynamoHistory {
    client: Lazy<Client>,
    table: String,
}

impl DynamoHistory {
    pub(super) fn new(client: Lazy<Client>, table: String) -> Self {
        Self { client, table }
    }

    async fn put_row(&self, row: &CampaignWeek) -> Result<(), HistoryTableError> {
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(row)))
            .condition_expression("attribute_not_exists(campaign_id) OR known_at <= :known_at")
            .expression_attribute_values(":known_at", text(sortable(row.known_at)))
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        // A row that was known later stands.
        if error
            .as_service_error()
            .is_some_and(|error| error.is_conditional_check_failed_exception())
        {
            return Ok(());
        }
        Err(unavailable(Failure::new("DynamoDB PutItem", &error)))
    }

    async fn remove_row(&self, row: &CampaignWeek) -> Result<(), HistoryTableError> {
        let sent = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(HISTORY_PARTITION, text(&row.campaign_id))
            .key(HISTORY_SORT, text(row.week_start_date))
            .send()
            .await;
        sent.map(drop).map_err(|error| unavailable(Failure::new("DynamoDB DeleteItem", &error)))
    }

    async fn scan(&self, report: Option<&ReportId>) -> Result<Vec<Attributes>, HistoryTableError> {
        let mut request = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_names("#report", REPORT);
        request = match report {
            Some(report) => request
                .filter_expression("#report = :report")
                .expression_attribute_values(":report", text(report)),
            None => request
                .filter_expression("attribute_exists(#report)")
                .projection_expression("#report"),
        };
        let mut pages = request.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unavailable(Failure::new("DynamoDB Scan", &error)))?;
            items.extend(page.items.unwrap_or_default());
        }
        Ok(items)
    }
}

#[async_trait]
impl HistoryTable for DynamoHistory {
    async fn put(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError> {
        for row in rows {
            self.put_row(row).await?;
        }
        Ok(())
    }

    async fn rows(&self, report: &ReportId) -> Result<Vec<CampaignWeek>, HistoryTableError> {
        let items = self.scan(Some(report)).await?;
        let mut rows = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        Ok(rows)
    }

    async fn remove(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError> {
        for row in rows {
            self.remove_row(row).await?;
        }
        Ok(())
    }

    async fn reports(&self) -> Result<Vec<ReportId>, HistoryTableError> {
        let items = self.scan(None).await?;
        let reports: BTreeSet<ReportId> =
            items.iter().map(|item| parsed(item, REPORT)).collect::<Result<_, _>>()?;
        Ok(reports.into_iter().collect())
    }
}

/// Money is text, like everywhere in the ledger; counts are numbers.
fn attributes(row: &CampaignWeek) -> Attributes {
    let mut item = Attributes::new();
    let mut put = |name: &str, value| drop(item.insert(name.to_owned(), value));
    put(HISTORY_PARTITION, text(&row.campaign_id));
    put(HISTORY_SORT, text(row.week_start_date));
    put(REPORT, text(&row.report));
    put("week", text(row.week));
    put("account", text(&row.account));
    put("campaign", text(&row.campaign));
    put("campaign_name", text(&row.campaign_name));
    put("currency", text(&row.currency));
    put("spend", text(row.spend));
    put("impressions", number(row.impressions));
    put("clicks", number(row.clicks));
    put("link_clicks", number(row.link_clicks));
    put("landing_page_views", number(row.landing_page_views));
    put("meta_leads", number(row.meta_leads));
    if let Some(leads) = row.crm_leads {
        put("crm_leads", number(leads));
    }
    put(KNOWN_AT, text(sortable(row.known_at)));
    item
}

fn read(item: &Attributes) -> Result<CampaignWeek, HistoryTableError> {
    let crm_leads = item.contains_key("crm_leads").then(|| count(item, "crm_leads")).transpose()?;
    Ok(CampaignWeek {
        campaign_id: parsed(item, HISTORY_PARTITION)?,
        week_start_date: parsed(item, HISTORY_SORT)?,
        report: parsed(item, REPORT)?,
        week: parsed(item, "week")?,
        account: parsed(item, "account")?,
        campaign: parsed(item, "campaign")?,
        campaign_name: parsed(item, "campaign_name")?,
        currency: parsed(item, "currency")?,
        spend: parsed(item, "spend")?,
        impressions: count(item, "impressions")?,
        clicks: count(item, "clicks")?,
        link_clicks: count(item, "link_clicks")?,
        landing_page_views: count(item, "landing_page_views")?,
        meta_leads: count(item, "meta_leads")?,
        crm_leads,
        known_at: parsed(item, KNOWN_AT)?,
    })
}

fn parsed<T: FromStr<Err: Error>>(item: &Attributes, name: &str) -> Result<T, HistoryTableError> {
    let Some(AttributeValue::S(text)) = item.get(name) else {
        return Err(damaged(item, format!("{name} is no text")));
    };
    text.parse().map_err(|error| damaged(item, format!("{name} cannot be read: {error}")))
}

fn count(item: &Attributes, name: &str) -> Result<u64, HistoryTableError> {
    let Some(AttributeValue::N(digits)) = item.get(name) else {
        return Err(damaged(item, format!("{name} is no number")));
    };
    digits.parse().map_err(|_| damaged(item, format!("{name} is no count")))
}

fn damaged(item: &Attributes, what: String) -> HistoryTableError {
    let key = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    let what = format!("{} {}: {what}", key(HISTORY_PARTITION), key(HISTORY_SORT));
    HistoryTableError::Damaged { what }
}

/// A time whose text order is its order.
fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn unavailable(failure: Failure) -> HistoryTableError {
    HistoryTableError::Unavailable(Box::new(failure))
}
