//! The history table in a SQLite file of its own, so that other tools can open it without coming
//! near the ledger.

use std::error::Error;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row, TransactionBehavior, params};
use weekledger_events::ReportId;
use weekledger_projections::campaign_weeks::CampaignWeek;

use super::Access;
use super::create_only::make_folders;
use super::sqlite::{self, Kind};
use crate::ports::{HistoryTable, HistoryTableError};

/// "WLHI" in ASCII.
const KIND: Kind =
    Kind { application_id: 0x574c_4849, format: 1, schema: include_str!("sql/history_schema.sql") };

/// A table in a file. Every change is one transaction.
pub struct SqliteHistory {
    connection: Mutex<Connection>,
}

impl SqliteHistory {
    /// Opens the database at `path`; for writing, creates it and its folder if there is none.
    pub fn open(path: &Path, access: Access) -> Result<Self, HistoryTableError> {
        if access == Access::Write
            && let Some(folder) = path.parent()
        {
            make_folders(folder).map_err(unavailable)?;
        }
        let connection = sqlite::open(path, access, &KIND).map_err(unreadable)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_now(&self, rows: &[CampaignWeek]) -> rusqlite::Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for row in rows {
            put(&transaction, row)?;
        }
        transaction.commit()
    }

    fn remove_now(&self, rows: &[CampaignWeek]) -> rusqlite::Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for row in rows {
            transaction
                .prepare_cached(include_str!("sql/history_remove.sql"))?
                .execute((&row.campaign_id, row.week_start_date.to_string()))?;
        }
        transaction.commit()
    }

    fn rows_now(&self, report: &ReportId) -> Result<Vec<CampaignWeek>, HistoryTableError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(include_str!("sql/history_rows.sql")).map_err(unavailable)?;
        let mut found = statement.query((report.as_str(),)).map_err(unavailable)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(unreadable)? {
            rows.push(read(row).map_err(|error| named(row, error))?);
        }
        Ok(rows)
    }

    fn reports_now(&self) -> Result<Vec<ReportId>, HistoryTableError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(include_str!("sql/history_reports.sql"))
            .map_err(unavailable)?;
        let found = statement.query_map((), |row| row.get::<_, String>(0)).map_err(unreadable)?;
        found.map(|text| parsed(&text.map_err(unreadable)?)).collect()
    }
}

#[async_trait]
impl HistoryTable for SqliteHistory {
    async fn put(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError> {
        self.put_now(rows).map_err(unavailable)
    }

    async fn rows(&self, report: &ReportId) -> Result<Vec<CampaignWeek>, HistoryTableError> {
        self.rows_now(report)
    }

    async fn remove(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError> {
        self.remove_now(rows).map_err(unavailable)
    }

    async fn reports(&self) -> Result<Vec<ReportId>, HistoryTableError> {
        self.reports_now()
    }
}

fn put(connection: &Connection, row: &CampaignWeek) -> rusqlite::Result<()> {
    connection.prepare_cached(include_str!("sql/history_put.sql"))?.execute(params![
        row.campaign_id,
        row.week_start_date.to_string(),
        row.report.as_str(),
        row.week.to_string(),
        row.account.as_str(),
        row.campaign.as_str(),
        row.campaign_name,
        row.currency.as_str(),
        row.spend.to_string(),
        i64::try_from(row.impressions).unwrap_or(i64::MAX),
        i64::try_from(row.clicks).unwrap_or(i64::MAX),
        i64::try_from(row.link_clicks).unwrap_or(i64::MAX),
        i64::try_from(row.landing_page_views).unwrap_or(i64::MAX),
        i64::try_from(row.meta_leads).unwrap_or(i64::MAX),
        row.crm_leads.map(|leads| i64::try_from(leads).unwrap_or(i64::MAX)),
        sortable(row.known_at),
    ])?;
    Ok(())
}

/// A time whose text order is its order.
fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

fn read(row: &Row<'_>) -> Result<CampaignWeek, HistoryTableError> {
    let text = |index: usize| row.get::<_, String>(index).map_err(damaged);
    let count = |index: usize| {
        let number: i64 = row.get(index).map_err(damaged)?;
        u64::try_from(number).map_err(damaged)
    };
    let crm_leads: Option<i64> = row.get(14).map_err(damaged)?;
    Ok(CampaignWeek {
        campaign_id: text(0)?,
        week_start_date: parsed(&text(1)?)?,
        report: parsed(&text(2)?)?,
        week: parsed(&text(3)?)?,
        account: parsed(&text(4)?)?,
        campaign: parsed(&text(5)?)?,
        campaign_name: text(6)?,
        currency: parsed(&text(7)?)?,
        spend: parsed(&text(8)?)?,
        impressions: count(9)?,
        clicks: count(10)?,
        link_clicks: count(11)?,
        landing_page_views: count(12)?,
        meta_leads: count(13)?,
        crm_leads: crm_leads.map(u64::try_from).transpose().map_err(damaged)?,
        known_at: parsed(&text(15)?)?,
    })
}

fn parsed<T: FromStr<Err: Error>>(text: &str) -> Result<T, HistoryTableError> {
    text.parse().map_err(damaged)
}

fn damaged(error: impl Error) -> HistoryTableError {
    HistoryTableError::Damaged { what: error.to_string() }
}

/// Says which row it is, as far as that can be read.
fn named(row: &Row<'_>, error: HistoryTableError) -> HistoryTableError {
    let key = |index: usize| row.get::<_, String>(index).unwrap_or_else(|_| "?".to_owned());
    match error {
        HistoryTableError::Damaged { what } => {
            HistoryTableError::Damaged { what: format!("{} {}: {what}", key(0), key(1)) }
        }
        other => other,
    }
}

/// A file that is no database any more is damaged; anything else may work later.
fn unreadable(error: impl Error + Send + Sync + 'static) -> HistoryTableError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        let code =
            one.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
        if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
            return damaged(one);
        }
        cause = one.source();
    }
    unavailable(error)
}

fn unavailable(error: impl Error + Send + Sync + 'static) -> HistoryTableError {
    HistoryTableError::Unavailable(Box::new(error))
}
