//! `rebuild`: every projection from events alone, compared with what stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use weekledger::embedded::{Access, DataDir};
use weekledger::evidence::{EvidenceError, LedgerStore, Store as _};
use weekledger::history::{self, HistoryError};
use weekledger::ports::{HistoryTable, HistoryTableError};
use weekledger_events::ReportId;
use weekledger_projections::campaign_weeks::{CampaignWeek, TableDiff, compare};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::plain;
use crate::output::rebuild::{Rebuilt, ReportDiff};
use crate::records::evidence_failure;
use crate::remote;
use crate::world::{block_on, failed};

/// Build the projections anew from the ledger, or only compare them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger rebuild --check
  weekledger rebuild

The projection for other tools is history/history.sqlite3 in the data directory, or the history
table on AWS: one row a campaign and week, as known now. It can be deleted at any time. With --check
nothing is written, and a difference ends with 1.")]
pub struct Args {
    /// Compare, and change nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// What is rebuilt, and from what.
struct Place {
    store: LedgerStore,
    /// `None` if there is no table to compare with.
    table: Option<Arc<dyn HistoryTable>>,
    name: String,
    /// Keeps the lock of a data directory.
    data_dir: Option<DataDir>,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let mut place =
            if context.is_remote() { remote(context).await? } else { local(context, args.check)? };
        let reports = match place.compared(args.check).await {
            Err(HistoryError::Table(HistoryTableError::Damaged { what })) if !args.check => {
                tell_anew(context, &place.name, &what);
                place.empty_table()?;
                place.compared(false).await
            }
            compared => compared,
        };
        let reports = reports.map_err(history_failure)?;
        let same = reports.iter().all(ReportDiff::is_same);
        let rebuilt = Rebuilt { table: place.name, written: !args.check, reports };
        context.answer(&rebuilt, args.answer)?;
        Ok(if same || !args.check { Exit::Done } else { Exit::Failed })
    })
}

impl Place {
    /// What differs, a line a report; put right as well, unless it is a check.
    async fn compared(&self, check: bool) -> Result<Vec<ReportDiff>, HistoryError> {
        let store = &self.store;
        let mut reports = Vec::new();
        for report in reports_of(store, self.table.as_deref()).await? {
            let differs = match (&self.table, check) {
                (Some(table), false) => history::rebuild(store, &**table, &report).await?,
                (Some(table), true) => match history::check(store, &**table, &report).await {
                    Err(HistoryError::Table(HistoryTableError::Damaged { what })) => {
                        reports.push(unreadable(report, what));
                        continue;
                    }
                    differs => differs?,
                },
                (None, _) => compare(&history::due(store, &report).await?, &[]),
            };
            reports.push(line(report, differs));
        }
        Ok(reports)
    }

    /// Begins a data directory's table anew; a remote one is not this command's to delete.
    fn empty_table(&mut self) -> Result<(), Failure> {
        let Some(data_dir) = &self.data_dir else { return Ok(()) };
        self.table = None;
        data_dir.remove_history().map_err(failed)?;
        let table = data_dir.history().map_err(|error| history_failure(error.into()))?;
        self.table = Some(Arc::new(table));
        Ok(())
    }
}

fn tell_anew(context: &Context, name: &str, why: &str) {
    context.tell(&format!("{name} is made anew: {}", plain(why)));
}

fn local(context: &Context, check: bool) -> Result<Place, Failure> {
    let access = if check { Access::Read } else { Access::Write };
    let usage = |error| Failure::new(Exit::Usage, error);
    // Nothing is made where there is nothing to rebuild from.
    DataDir::open(&context.data_dir, Access::Read).map_err(usage)?;
    let data_dir = DataDir::open(&context.data_dir, access).map_err(usage)?;
    let ledger = data_dir.ledger().map_err(|error| evidence_failure(error.into()))?;
    let archive = data_dir.archive().map_err(failed)?;
    let path = data_dir.history_path();
    let table: Option<Arc<dyn HistoryTable>> = if check && !path.exists() {
        None
    } else {
        let table = match data_dir.history() {
            Err(HistoryTableError::Damaged { what }) if !check => {
                tell_anew(context, &path.display().to_string(), &what);
                data_dir.remove_history().map_err(failed)?;
                data_dir.history()
            }
            opened => opened,
        };
        Some(Arc::new(table.map_err(|error| history_failure(error.into()))?))
    };
    let store = LedgerStore::new(Arc::new(ledger), Arc::new(archive));
    Ok(Place { store, table, name: path.display().to_string(), data_dir: Some(data_dir) })
}

async fn remote(context: &Context) -> Result<Place, Failure> {
    let remote = remote::open(context).await?;
    let (name, table) = remote.history()?;
    let ports = remote.ports();
    let store = LedgerStore::new(ports.ledger.clone(), ports.archive.clone());
    Ok(Place { store, table: Some(table), name, data_dir: None })
}

/// Those of the ledger, and those that only the table has.
async fn reports_of(
    store: &LedgerStore,
    table: Option<&dyn HistoryTable>,
) -> Result<BTreeSet<ReportId>, HistoryError> {
    let streams = store.streams().await.map_err(EvidenceError::from)?;
    let mut reports: BTreeSet<ReportId> = streams.into_iter().map(|it| it.report).collect();
    if let Some(table) = table {
        reports.extend(table.reports().await?);
    }
    Ok(reports)
}

fn line(report: ReportId, diff: TableDiff) -> ReportDiff {
    let keys = |rows: Vec<CampaignWeek>| -> Vec<String> {
        rows.iter().map(|row| format!("{} {}", row.campaign_id, row.week_start_date)).collect()
    };
    ReportDiff {
        report,
        missing: keys(diff.missing),
        different: keys(diff.different),
        extra: keys(diff.extra),
        unreadable: None,
    }
}

/// One row that cannot be read hides the others: nothing else is known of the table.
fn unreadable(report: ReportId, what: String) -> ReportDiff {
    let (missing, different, extra) = Default::default();
    ReportDiff { report, missing, different, extra, unreadable: Some(what) }
}

fn history_failure(error: HistoryError) -> Failure {
    match error {
        HistoryError::Evidence(error) => evidence_failure(error),
        HistoryError::Table(error @ HistoryTableError::Unavailable(_)) => {
            Failure::new(Exit::TryAgain, error)
        }
        HistoryError::Table(error) => failed(error),
    }
}
