//! Keeps the history table up to the ledger. Whoever finishes figures calls `refresh`; `rebuild`
//! makes the table what the events say, whatever stood in it.

use weekledger_events::{Payload, ReportId};
use weekledger_projections::campaign_weeks::{CampaignWeek, TableDiff, campaign_weeks, compare};

use crate::evidence::{EvidenceError, Store, read_week};
use crate::ports::{HistoryTable, HistoryTableError};

/// Why the table could not be brought up to the ledger.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the ledger cannot be read for the history table")]
    Evidence(#[from] EvidenceError),
    #[error("the history table cannot be written")]
    Table(#[from] HistoryTableError),
}

/// Whether a week whose own record is damaged stops the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Stops,
    /// Its rows stay as they are.
    LeftOut,
}

/// The rows of a report as the ledger gives them.
pub async fn due(store: &dyn Store, report: &ReportId) -> Result<Vec<CampaignWeek>, EvidenceError> {
    due_with(store, report, Damage::Stops).await
}

async fn due_with(
    store: &dyn Store,
    report: &ReportId,
    damage: Damage,
) -> Result<Vec<CampaignWeek>, EvidenceError> {
    let mut metrics = Vec::new();
    for stream in store.streams().await? {
        if stream.report == *report {
            let loaded = match read_week(store, &stream).await {
                Err(EvidenceError::Stream(error))
                    if error.is_damage() && damage == Damage::LeftOut =>
                {
                    continue;
                }
                read => read?,
            };
            metrics.extend(loaded.events.into_iter().filter_map(|event| match event.payload {
                Payload::MetricsComputed(metrics) => Some(metrics),
                _ => None,
            }));
        }
    }
    Ok(campaign_weeks(report, metrics.iter().map(|metrics| &**metrics)))
}

/// Puts what the ledger gives; rows of a later time stay, and so do those of a damaged week.
pub async fn refresh(
    store: &dyn Store,
    table: &dyn HistoryTable,
    report: &ReportId,
) -> Result<(), HistoryError> {
    let due = due_with(store, report, Damage::LeftOut).await?;
    let standing = table.rows(report).await?;
    let TableDiff { missing, different, .. } = compare(&due, &standing);
    table.put(&missing).await?;
    Ok(table.put(&different).await?)
}

/// What differs between ledger and table.
pub async fn check(
    store: &dyn Store,
    table: &dyn HistoryTable,
    report: &ReportId,
) -> Result<TableDiff, HistoryError> {
    let due = due(store, report).await?;
    Ok(compare(&due, &table.rows(report).await?))
}

/// Makes the table what the ledger gives. Answers with what differed.
pub async fn rebuild(
    store: &dyn Store,
    table: &dyn HistoryTable,
    report: &ReportId,
) -> Result<TableDiff, HistoryError> {
    let diff = check(store, table, report).await?;
    table.remove(&diff.extra).await?;
    // Removed first, since a row that claims a later time would stay.
    table.remove(&diff.different).await?;
    table.put(&diff.different).await?;
    table.put(&diff.missing).await?;
    Ok(diff)
}
