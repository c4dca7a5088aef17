//! The embedded world: one data directory, its adapters, and the chain over them.

use std::future::Future;
use std::sync::Arc;

use weekledger::chain::{Chain, ChainError, Loaded, Ports, look};
use weekledger::config::{Config, Report};
use weekledger::embedded::runner::{Runner, RunnerError};
use weekledger::embedded::{
    Access, DataDir, FileArchive, LocalBus, LocalSecrets, OutboxMailer, SqliteHistory, SqliteLedger,
};
use weekledger::ports::{HistoryTableError, MailAddress, OwnerNotice, Secrets};
use weekledger::stages::deliver::AddressBook;
use weekledger::stages::keep_evidence;
use weekledger::stages::week::WeekStages;
use weekledger_events::{ArtifactRef, Nonce, Producer, RecipientKey, ReportId, StreamId, Week};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Everything a command needs of the embedded system.
pub struct World {
    pub config: Arc<Config>,
    pub ports: Ports,
    pub chain: Arc<Chain>,
    pub bus: Arc<LocalBus>,
    pub archive: Arc<FileArchive>,
    pub outbox: Arc<OutboxMailer>,
    /// Keeps the lock.
    data_dir: DataDir,
}

/// The live configuration's addresses.
struct Addresses(Arc<Config>);

impl AddressBook for Addresses {
    fn sender(&self) -> MailAddress {
        self.0.mail.from.clone()
    }

    fn recipient(&self, report: &ReportId, key: &RecipientKey) -> Option<MailAddress> {
        self.0.recipient_address(report, key).map(|(_, address)| address)
    }
}

/// What the command line writes into events.
pub fn producer() -> Producer {
    Producer { name: "weekledger".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

impl World {
    /// Opens the data directory with the configuration that the command line names.
    pub fn open(context: &Context, access: Access) -> Result<Self, Failure> {
        let config = Config::load(&context.config_path)?;
        let secrets = LocalSecrets::of_process(config.secrets_file.clone());
        Self::with(context, access, config, Arc::new(secrets))
    }

    /// Opens the data directory with a configuration and secrets at hand.
    pub fn with(
        context: &Context,
        access: Access,
        config: Config,
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, Failure> {
        let data_dir = DataDir::open(&context.data_dir, access).map_err(unusable)?;
        let ledger: Arc<SqliteLedger> = Arc::new(data_dir.ledger().map_err(unusable)?);
        let archive = Arc::new(data_dir.archive().map_err(unusable)?);
        let bus = Arc::new(data_dir.bus().map_err(unusable)?);
        let outbox = Arc::new(data_dir.outbox().map_err(unusable)?);
        let ports = Ports {
            ledger,
            archive: archive.clone(),
            bus: bus.clone(),
            mailer: outbox.clone(),
            secrets,
            clock: context.clock(),
        };
        let config = Arc::new(config);
        let addresses = Arc::new(Addresses(config.clone()));
        let stages = Arc::new(WeekStages::new(ports.clone(), addresses));
        let chain = Arc::new(Chain::new(ports.clone(), stages, producer()));
        Ok(Self { config, ports, chain, bus, archive, outbox, data_dir })
    }

    /// The projection for other tools.
    pub fn history(&self) -> Result<SqliteHistory, HistoryTableError> {
        self.data_dir.history()
    }

    /// Runs the stages in this process.
    pub fn runner(&self) -> Runner {
        Runner::new(self.chain.clone(), self.bus.clone(), nonce)
    }

    /// The reports that `--report` selects, or all.
    pub fn reports(&self, wanted: Option<&ReportId>) -> Result<Vec<&Report>, Failure> {
        select(&self.config, wanted)
    }

    /// The one report that a command is about.
    pub fn one_report(&self, wanted: Option<&ReportId>) -> Result<&Report, Failure> {
        match self.reports(wanted)?.as_slice() {
            [report] => Ok(report),
            reports => {
                let known: Vec<&str> = reports.iter().map(|report| report.id.as_str()).collect();
                Err(Failure::new(Exit::Usage, WhichReport { known: known.join(", ") }))
            }
        }
    }

    /// Tells the owner's notices on stderr, once: on a laptop, whoever runs commands is the owner.
    pub fn tell_notices(&self, context: &Context) -> Result<(), Failure> {
        for kept in self.bus.notices().map_err(failed)? {
            let OwnerNotice { stream, sentence, action } = &kept.notice;
            context.tell(&format!("to the owner: {stream}: {sentence}"));
            if let Some(action) = action {
                context.tell(&format!("  what to do: {action}"));
            }
            self.bus.dismiss(kept.id).map_err(failed)?;
        }
        Ok(())
    }

    /// Removes raw pages that are older than the configuration keeps them.
    pub fn expire_raw(&self, context: &Context) -> Result<(), Failure> {
        let expired = self.archive.expire_raw(context.now(), self.config.keep_raw_days);
        let expired = expired.map_err(failed)?;
        if expired.objects > 0 {
            let days = self.config.keep_raw_days;
            context.tell(&format!("removed {} raw pages older than {days} days", expired.objects));
        }
        Ok(())
    }

    /// Archives what a run of this report pins.
    pub async fn pin(&self, report: &Report) -> Result<ArtifactRef, Failure> {
        let bytes = self.config.settings(report).to_bytes().map_err(failed)?;
        keep_evidence(self.archive.as_ref(), &bytes).await.map_err(failed)
    }

    /// Loads a stream to look at it.
    pub async fn load(&self, stream: &StreamId) -> Result<Loaded, Failure> {
        look(&self.ports, stream).await.map_err(chain_failure)
    }

    /// The streams of a report, oldest week first.
    pub async fn streams(&self, report: &ReportId) -> Result<Vec<StreamId>, Failure> {
        let streams = self.ports.ledger.streams().await.map_err(failed)?;
        Ok(streams.into_iter().filter(|stream| stream.report == *report).collect())
    }

    /// The stream that a command is about: the week given, or the newest one in the ledger.
    pub async fn stream(&self, report: &Report, week: Option<Week>) -> Result<StreamId, Failure> {
        let streams = self.streams(&report.id).await?;
        let found = match week {
            Some(week) => streams.into_iter().find(|stream| stream.week == week),
            None => streams.into_iter().next_back(),
        };
        found.ok_or_else(|| Failure::new(Exit::Usage, NoStream { report: report.id.clone(), week }))
    }
}

/// The reports of a configuration that `--report` selects, or all.
pub fn select<'c>(
    config: &'c Config,
    wanted: Option<&ReportId>,
) -> Result<Vec<&'c Report>, Failure> {
    let Some(id) = wanted else { return Ok(config.reports.iter().collect()) };
    match config.report(id) {
        Some(report) => Ok(vec![report]),
        None => {
            let known: Vec<&str> = config.reports.iter().map(|report| report.id.as_str()).collect();
            Err(Failure::new(
                Exit::Usage,
                UnknownReport { wanted: id.clone(), known: known.join(", ") },
            ))
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the configuration has no report {wanted}\n  fix: use one of: {known}")]
struct UnknownReport {
    wanted: ReportId,
    known: String,
}

#[derive(Debug, thiserror::Error)]
#[error("there are several reports\n  fix: add --report with one of: {known}")]
struct WhichReport {
    known: String,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the ledger has nothing of {report}{}\n  fix: weekledger run, weekledger backfill, or another \
     --data-dir",
    .week.map(|week| format!(" in {week}")).unwrap_or_default()
)]
struct NoStream {
    report: ReportId,
    week: Option<Week>,
}

/// Runs a command's future on this thread.
pub fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Exit::Failed, error))?.block_on(future)
}

#[expect(clippy::disallowed_methods, reason = "the nonce of an invocation is made at the edge")]
fn nonce() -> Nonce {
    Nonce(uuid::Uuid::new_v4())
}

pub fn failed(error: impl Into<weekledger::ports::Cause>) -> Failure {
    Failure::new(Exit::Failed, error)
}

fn unusable(error: impl Into<weekledger::ports::Cause>) -> Failure {
    Failure::new(Exit::Usage, error)
}

/// Damaged evidence and a passing trouble have exit codes of their own.
pub fn chain_failure(error: impl Into<ChainError>) -> Failure {
    let error = error.into();
    let exit = if error.needs_person() { Exit::Corrupt } else { Exit::TryAgain };
    Failure::new(exit, error)
}

pub fn runner_failure(error: RunnerError) -> Failure {
    let exit = match &error {
        RunnerError::Stage { source, .. } if source.needs_person() => Exit::Corrupt,
        RunnerError::Stage { .. } => Exit::TryAgain,
        RunnerError::Bus(_) | RunnerError::Time(_) => Exit::Failed,
    };
    Failure::new(exit, error)
}
