//! The embedded world: one data directory, its adapters, and the chain over them.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use weekledger::chain::{Chain, ChainError, Loaded, Ports, look};
use weekledger::config::{Config, Report};
use weekledger::embedded::runner::{Runner, RunnerError};
use weekledger::embedded::{
    Access, DataDir, DataDirError, FileArchive, LocalBus, LocalSecrets, OutboxMailer,
    SqliteHistory, SqliteLedger,
};
use weekledger::ports::{
    BusError, Cause, HistoryTableError, LedgerError, MailAddress, OwnerNotice, SecretName, Secrets,
    SecretsError,
};
use weekledger::producer::producer;
use weekledger::stages::deliver::AddressBook;
use weekledger::stages::keep_evidence;
use weekledger::stages::week::WeekStages;
use weekledger::stream::StreamError;
use weekledger_events::{ArtifactRef, Nonce, RecipientKey, ReportId, StreamId, Week};
use weekledger_projections::display;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Everything a command needs of the embedded system.
pub struct World {
    pub config: Arc<Config>,
    pub ports: Ports,
    pub chain: Arc<Chain>,
    pub bus: Arc<LocalBus>,
    pub ledger: Arc<SqliteLedger>,
    pub archive: Arc<FileArchive>,
    pub outbox: Arc<OutboxMailer>,
    /// Keeps the lock.
    data_dir: DataDir,
}

/// An open run that was not written about for so many events has been given up, or its message
/// lies on the bus. A failed stage is tried and recorded anew every few hours.
const RECENT_EVENTS: u32 = 200;

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

impl World {
    /// Opens the data directory with the configuration that the command line names.
    pub fn open(context: &Context, access: Access) -> Result<Self, Failure> {
        let config = Config::load(&context.config_path)?;
        let secrets = LocalSecrets::of_process(config.secrets_file.clone());
        let world = Self::with(context, access, config, Arc::new(secrets))?;
        if access == Access::Write {
            world.warn_of_clock(context)?;
        }
        Ok(world)
    }

    /// A run knows what was recorded before it, by the clock: one that was set back hides the rest.
    fn warn_of_clock(&self, context: &Context) -> Result<(), Failure> {
        let now = context.now();
        let newest = self.ledger.newest_recorded().map_err(unusable)?;
        if let Some(newest) = newest.filter(|newest| *newest > now) {
            context.tell(&format!(
                "warning: the clock says {now}, but an event in the ledger was recorded at {newest}: \
                 what was recorded after the clock's time counts as unknown; set the clock right \
                 first"
            ));
        }
        Ok(())
    }

    /// Opens the data directory with a configuration and secrets at hand.
    pub fn with(
        context: &Context,
        access: Access,
        config: Config,
        secrets: Arc<dyn Secrets>,
    ) -> Result<Self, Failure> {
        let data_dir = DataDir::open(&context.data_dir, access).map_err(|error| match error {
            DataDirError::NoSpace(_) => no_room(error),
            other => unusable(other),
        })?;
        let ledger: Arc<SqliteLedger> =
            Arc::new(data_dir.ledger().map_err(|error| match error {
                LedgerError::Refused { .. } => no_room(error),
                other => unusable(other),
            })?);
        let archive = Arc::new(data_dir.archive().map_err(unusable)?);
        let bus = Arc::new(data_dir.bus().map_err(|error| match error {
            BusError::NotStored(_) => no_room(error),
            other => unusable(other),
        })?);
        let outbox = Arc::new(data_dir.outbox().map_err(unusable)?);
        let ports = Ports {
            ledger: ledger.clone(),
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
        Ok(Self { config, ports, chain, bus, ledger, archive, outbox, data_dir })
    }

    /// Fails before anything is done if the pull could not even begin. A CRM token that was never
    /// set is no such case: the report goes out without CRM figures, and says so.
    pub async fn check_secrets(&self) -> Result<(), Failure> {
        let file = self.config.secrets_file.as_ref().filter(|file| !file.exists());
        let unready = |error| match (&error, file) {
            (SecretsError::Missing(_), Some(file)) => {
                Failure::new(Exit::Usage, NoSecretsFile(error, file.clone()))
            }
            _ => Failure::new(Exit::Usage, Unready(error)),
        };
        let secrets = &self.ports.secrets;
        secrets.read(SecretName::MetaToken).await.map_err(unready)?;
        if !self.config.hubspot.enabled {
            return Ok(());
        }
        match secrets.read(SecretName::HubspotToken).await {
            Ok(_) | Err(SecretsError::Missing(_)) => Ok(()),
            Err(error) => Err(unready(error)),
        }
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
            show(context, &kept.notice);
            self.bus.dismiss(kept.id).map_err(failed)?;
        }
        Ok(())
    }

    /// The same for a command that only reads: what nobody was told yet, because a process was
    /// killed before.
    pub fn show_notices(&self, context: &Context) -> Result<(), Failure> {
        for kept in self.bus.notices().map_err(failed)? {
            show(context, &kept.notice);
        }
        Ok(())
    }

    /// Removes raw pages that are older than the configuration keeps them.
    pub fn expire_raw(&self, context: &Context) -> Result<(), Failure> {
        let expired = self.archive.expire_raw(context.now(), self.config.keep_raw_days);
        let expired = expired.map_err(failed)?;
        if expired.objects > 0 {
            let pages = display::counted(expired.objects.into(), "raw page", "raw pages");
            let days = display::counted(self.config.keep_raw_days.into(), "day", "days");
            context.tell(&format!("removed {pages} older than {days}"));
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

    /// Those streams of a report on which work may be open: what the ledger was written about
    /// last, and what lies on the bus. A ledger of years is not read for every pass.
    pub async fn active_streams(&self, report: &ReportId) -> Result<Vec<StreamId>, Failure> {
        let recent = self.ledger.recent_streams(RECENT_EVENTS).map_err(failed)?;
        let waiting = self.bus.streams().map_err(failed)?;
        let active: BTreeSet<StreamId> = recent.into_iter().chain(waiting).collect();
        Ok(active.into_iter().filter(|stream| stream.report == *report).collect())
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

fn show(context: &Context, notice: &OwnerNotice) {
    let OwnerNotice { stream, sentence, action } = notice;
    context.tell(&format!("to the owner: {stream}: {sentence}"));
    if let Some(action) = action {
        context.tell(&format!("  what to do: {action}"));
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

pub fn failed(error: impl Into<Cause>) -> Failure {
    Failure::new(Exit::Failed, error)
}

fn unusable(error: impl Into<Cause>) -> Failure {
    Failure::new(Exit::Usage, error)
}

/// Damaged evidence, a store that refuses, and a passing trouble have exit codes of their own.
pub fn chain_failure(error: impl Into<ChainError>) -> Failure {
    let error = error.into();
    if error.is_refused() {
        return no_room(error);
    }
    let (exit, remedy) = (chain_exit(&error), error.remedy());
    let failure = Failure::new(exit, error);
    if exit == Exit::Corrupt { failure.with_fix(&remedy) } else { failure }
}

pub fn runner_failure(error: RunnerError) -> Failure {
    match error {
        RunnerError::Stage { source, .. } if source.is_refused() => no_room(*source),
        RunnerError::Stage { ref source, .. } => Failure::new(chain_exit(source), error),
        RunnerError::Bus(BusError::NotStored(_)) => no_room(error),
        RunnerError::Bus(_) | RunnerError::Time(_) => Failure::new(Exit::Failed, error),
    }
}

fn chain_exit(error: &ChainError) -> Exit {
    if matches!(error, ChainError::Stream(StreamError::Ledger(LedgerError::Newer { .. }))) {
        return Exit::Usage;
    }
    if error.needs_person() { Exit::Corrupt } else { Exit::TryAgain }
}

/// A store takes nothing: the disk is full, or may not be written.
fn no_room(error: impl Into<Cause>) -> Failure {
    let fix = "free space there, or mend the permissions, then run the same command again: what \
               was done is kept";
    Failure::new(Exit::Failed, error).with_fix(fix)
}

#[derive(Debug, thiserror::Error)]
#[error("{_0}\n  fix: {}", _0.remedy())]
struct Unready(SecretsError);

#[derive(Debug, thiserror::Error)]
#[error("{_0}, and [secrets] file names {}, which is not there\n  fix: make that file, or {}", _1.display(), _0.remedy())]
struct NoSecretsFile(SecretsError, PathBuf);
