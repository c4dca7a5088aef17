//! The history table: a projection for other tools. It can be lost and built anew at any time.

use async_trait::async_trait;
use weekledger_events::ReportId;
use weekledger_projections::campaign_weeks::CampaignWeek;

use super::Cause;

#[async_trait]
pub trait HistoryTable: Send + Sync {
    /// Puts rows. A row that is known at a later time than the one given stays as it is; one of
    /// the same time is replaced.
    async fn put(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError>;

    /// Every row of a report, by campaign and week.
    async fn rows(&self, report: &ReportId) -> Result<Vec<CampaignWeek>, HistoryTableError>;

    /// Removes rows, named by their keys; for a rebuild, which takes away what no event gives.
    async fn remove(&self, rows: &[CampaignWeek]) -> Result<(), HistoryTableError>;

    /// Every report that has a row.
    async fn reports(&self) -> Result<Vec<ReportId>, HistoryTableError>;
}

#[derive(Debug, thiserror::Error)]
pub enum HistoryTableError {
    #[error("the history table is not available")]
    Unavailable(#[source] Cause),
    /// Rebuild it: nothing else is lost.
    #[error("the history table holds a row that cannot be read: {what}; run weekledger rebuild")]
    Damaged { what: String },
}
