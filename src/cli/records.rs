//! A ledger and its archive, for commands that only read. They need no configuration: evidence
//! outlives it.

use std::sync::Arc;

use weekledger::chain::Loaded;
use weekledger::embedded::{Access, DataDir};
use weekledger::evidence::{EvidenceError, LedgerStore, Store as _, read_week};
use weekledger::ports::ArtifactName;
use weekledger_events::{ReportId, StreamId, Week};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remote::{self, Remote};
use crate::world::failed;

/// See the module.
pub struct Records {
    pub store: LedgerStore,
    place: Place,
}

/// Where they lie.
enum Place {
    Local(DataDir),
    Remote(Arc<dyn Remote>),
}

impl Records {
    pub async fn open(context: &Context) -> Result<Self, Failure> {
        if context.is_remote() {
            let remote = remote::open(context).await?;
            let ports = remote.ports();
            let store = LedgerStore::new(ports.ledger.clone(), ports.archive.clone());
            return Ok(Self { store, place: Place::Remote(remote) });
        }
        let usage = |error| Failure::new(Exit::Usage, error);
        let data_dir = DataDir::open(&context.data_dir, Access::Read).map_err(usage)?;
        let ledger = data_dir.ledger().map_err(|error| evidence_failure(error.into()))?;
        let archive = data_dir.archive().map_err(failed)?;
        let store = LedgerStore::new(Arc::new(ledger), Arc::new(archive));
        Ok(Self { store, place: Place::Local(data_dir) })
    }

    /// Where an archived object lies, for other programs.
    pub fn place_of(&self, name: &ArtifactName) -> Result<String, Failure> {
        match &self.place {
            Place::Local(data_dir) => {
                let path = data_dir.root().join("archive").join(name.as_str());
                Ok(path.display().to_string())
            }
            Place::Remote(remote) => remote.place_of(name),
        }
    }

    /// The streams of the reports that `--report` selects, sorted.
    pub async fn streams(&self, wanted: Option<&ReportId>) -> Result<Vec<StreamId>, Failure> {
        let streams = self.store.streams().await.map_err(|error| evidence_failure(error.into()))?;
        let known: std::collections::BTreeSet<ReportId> =
            streams.iter().map(|stream| stream.report.clone()).collect();
        if let Some(report) = wanted
            && !known.contains(report)
        {
            let known = known.iter().map(|report| report.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Failure::new(Exit::Usage, UnknownReport { wanted: report.clone(), known }));
        }
        let chosen = |stream: &StreamId| wanted.is_none_or(|report| stream.report == *report);
        Ok(streams.into_iter().filter(chosen).collect())
    }

    /// The one stream of a week.
    pub async fn stream(&self, wanted: Option<&ReportId>, week: Week) -> Result<StreamId, Failure> {
        let of_week = |stream: &StreamId| stream.week == week;
        let mut found: Vec<StreamId> =
            self.streams(wanted).await?.into_iter().filter(of_week).collect();
        match (found.pop(), found.is_empty()) {
            (Some(stream), true) => Ok(stream),
            (None, _) => Err(Failure::new(Exit::Usage, NoWeek { week })),
            (Some(last), false) => {
                found.push(last);
                let known: Vec<&str> = found.iter().map(|stream| stream.report.as_str()).collect();
                Err(Failure::new(Exit::Usage, WhichReport { week, known: known.join(", ") }))
            }
        }
    }

    pub async fn week(&self, stream: &StreamId) -> Result<Loaded, Failure> {
        read_week(&self.store, stream).await.map_err(evidence_failure)
    }
}

/// Damaged evidence, a question that does not fit, and passing trouble have codes of their own.
pub fn evidence_failure(error: EvidenceError) -> Failure {
    let exit = if error.is_corrupt() {
        Exit::Corrupt
    } else if error.is_usage() {
        Exit::Usage
    } else if error.is_passing() {
        Exit::TryAgain
    } else {
        Exit::Failed
    };
    let fix = match &error {
        EvidenceError::Stream(error) if exit == Exit::Corrupt => Some(error.remedy()),
        _ => None,
    };
    let failure = Failure::new(exit, error);
    match fix {
        Some(fix) => failure.with_fix(fix),
        None => failure,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the ledger has no report {wanted}\n  fix: use one of: {known}")]
struct UnknownReport {
    wanted: ReportId,
    known: String,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the ledger has no {week}\n  fix: weekledger status lists the weeks; or name another --data-dir"
)]
struct NoWeek {
    week: Week,
}

#[derive(Debug, thiserror::Error)]
#[error("several reports have {week}\n  fix: add --report with one of: {known}")]
struct WhichReport {
    week: Week,
    known: String,
}
