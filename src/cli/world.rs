//! The world that a command works in: the configuration, the chain over its ports, and what only
//! one of the two systems has: the embedded one, or a remote one whose stages run elsewhere.

mod embedded;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use weekledger::chain::{Chain, ChainError, Loaded, Ports, look};
use weekledger::config::{Config, Report};
use weekledger::embedded::runner::RunnerError;
use weekledger::embedded::{Access, LocalSecrets};
use weekledger::ports::{
    BusError, Cause, LedgerError, MailEvent, SecretName, Secrets, SecretsError,
};
use weekledger::producer::producer;
use weekledger::stages::keep_evidence;
use weekledger::stages::week::WeekStages;
use weekledger::stream::StreamError;
use weekledger_events::{ArtifactRef, ReportId, StreamId, Week};

use self::embedded::Addresses;
pub use self::embedded::Embedded;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::WallClock;
use crate::remote::{self, Remote, live_config};

/// Everything a command needs.
pub struct World {
    pub config: Arc<Config>,
    pub ports: Ports,
    pub chain: Arc<Chain>,
    pub system: System,
}

/// Where the stages run.
pub enum System {
    /// In this process.
    Embedded(Embedded),
    Remote(Arc<dyn Remote>),
}

impl World {
    /// Opens the system that the command line names, with its configuration: the file of the
    /// embedded one, the live configuration of a remote one.
    pub async fn open(context: &Context, access: Access) -> Result<Self, Failure> {
        if context.is_remote() {
            return Self::remote(remote::open(context).await?).await;
        }
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
        let newest = self.embedded()?.ledger.newest_recorded().map_err(unusable)?;
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
        let embedded = Embedded::open(context, access)?;
        let ports = embedded.ports(secrets, context);
        let config = Arc::new(config);
        let addresses = Arc::new(Addresses(config.clone()));
        let stages = Arc::new(WeekStages::new(ports.clone(), addresses));
        let chain = Arc::new(Chain::new(ports.clone(), stages, producer()));
        Ok(Self { config, ports, chain, system: System::Embedded(embedded) })
    }

    async fn remote(remote: Arc<dyn Remote>) -> Result<Self, Failure> {
        let config = live_config(&*remote).await?;
        let ports = remote.ports().clone();
        let chain = Arc::new(Chain::new(ports.clone(), remote.stages(), producer()));
        Ok(Self { config: Arc::new(config), ports, chain, system: System::Remote(remote) })
    }

    /// True if the stages run elsewhere.
    pub fn is_remote(&self) -> bool {
        matches!(self.system, System::Remote(_))
    }

    /// What only the embedded system has; `remote::refuse` tells of it in good time.
    pub fn embedded(&self) -> Result<&Embedded, Failure> {
        match &self.system {
            System::Embedded(embedded) => Ok(embedded),
            System::Remote(_) => Err(Failure::new(Exit::Usage, "this needs a data directory")),
        }
    }

    /// Fails before anything is done if the pull could not even begin. A CRM token that was never
    /// set is no such case: the report goes out without CRM figures, and says so. A remote system
    /// keeps its secrets to itself.
    pub async fn check_secrets(&self) -> Result<(), Failure> {
        if self.is_remote() {
            return Ok(());
        }
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

    /// The time as a report's readers know it.
    pub fn wall_clock(&self, report: &ReportId, now: Timestamp) -> WallClock {
        let found = self.config.reports.iter().find(|known| known.id == *report);
        WallClock::new(found.map_or(TimeZone::UTC, |known| known.time_zone.clone()), now)
    }

    /// What the mail service told of a week's mails. `None` where there is no such service.
    pub async fn mails(&self, stream: &StreamId) -> Result<Option<Vec<MailEvent>>, Failure> {
        match &self.system {
            System::Embedded(_) => Ok(None),
            System::Remote(remote) => remote.mails(stream).await.map(Some),
        }
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

    /// Archives what a run of this report pins.
    pub async fn pin(&self, report: &Report) -> Result<ArtifactRef, Failure> {
        let bytes = self.config.settings(report).to_bytes().map_err(failed)?;
        keep_evidence(&*self.ports.archive, &bytes).await.map_err(failed)
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
