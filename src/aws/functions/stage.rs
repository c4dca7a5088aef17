//! The functions of the stages: each works on the pointers of one type of event.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::{Value, json};
use weekledger_events::payload::Stage;
use weekledger_events::{Pointer, RecipientKey, ReportId, StreamId, Week};
use weekledger_projections::decide::stage_of;
use weekledger_projections::due::due;

use super::Function;
use super::absent::NoAddresses;
use super::error::FunctionError;
use super::input::{Input, ReportTime, Scheduled, not};
use super::invocation::Invocation;
use super::metrics::Metrics;
use super::world::{World, chain};
use crate::aws::{BucketConfiguration, DynamoHistory};
use crate::chain::{Handled, Ports, load};
use crate::config::Config;
use crate::evidence::LedgerStore;
use crate::history;
use crate::ports::{MailAddress, with_causes};
use crate::stages::deliver::AddressBook;
use crate::stages::week::WeekStages;

/// A stage that is at most this early waits in place: a schedule fires on the second.
const WAIT_IN_PLACE: SignedDuration = SignedDuration::from_secs(60);

/// Whoever is waited for may be done sooner.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(3);

/// See the module.
pub struct StageFunction {
    stage: Stage,
    ports: Ports,
    /// Where figures are computed: the projection for other tools.
    history: Option<DynamoHistory>,
    /// Where mails are sent: who they go to.
    configuration: Option<BucketConfiguration>,
}

impl StageFunction {
    pub fn fetch(world: &World) -> Result<Self, FunctionError> {
        Ok(Self::of(Stage::Fetch, world.ports_with_secrets()?))
    }

    pub fn compute(world: &World) -> Result<Self, FunctionError> {
        let history = Some(world.history()?);
        Ok(Self { history, ..Self::of(Stage::Compute, world.ports()?) })
    }

    pub fn analyze(world: &World) -> Result<Self, FunctionError> {
        Ok(Self::of(Stage::Analyze, world.ports_with_secrets()?))
    }

    pub fn deliver(world: &World) -> Result<Self, FunctionError> {
        let configuration = Some(world.configuration()?);
        Ok(Self { configuration, ..Self::of(Stage::Deliver, world.ports_with_mailer()?) })
    }

    fn of(stage: Stage, ports: Ports) -> Self {
        Self { stage, ports, history: None, configuration: None }
    }
}

#[async_trait]
impl Function for StageFunction {
    async fn handle(&self, input: Value, invocation: Invocation) -> Result<Value, FunctionError> {
        let config = match &self.configuration {
            Some(configuration) => Some(Arc::new(configuration.read().await?)),
            None => None,
        };
        let pointers = match (Input::read(input)?, &config) {
            (Input::Pointer(pointer), _) => vec![pointer],
            (Input::Scheduled(Scheduled::Deliver(time)), Some(config)) => {
                self.ready(config, time).await?
            }
            _ => return Err(not(format!("{} does not work on it", self.stage))),
        };
        let addresses: Arc<dyn AddressBook> = match config {
            Some(config) => Arc::new(Addresses(config)),
            None => Arc::new(NoAddresses),
        };
        let mut answers = Vec::new();
        for pointer in &pointers {
            let handled = self.work(addresses.clone(), pointer, &invocation).await?;
            answers.push(self.report(pointer, &handled).await);
        }
        Ok(Value::Array(answers))
    }
}

impl StageFunction {
    /// What a delivery schedule finds ready. What is not ready yet sends by its own event.
    async fn ready(
        &self,
        config: &Config,
        time: ReportTime,
    ) -> Result<Vec<Pointer>, FunctionError> {
        let report = config
            .report(&time.report)
            .ok_or_else(|| FunctionError::NoSuchReport { report: time.report.to_string() })?;
        let week = Week::last_complete(time.scheduled, &report.time_zone);
        let stream = StreamId::new(report.id.clone(), week);
        let loaded = load(&self.ports, &stream).await?;
        let state = &loaded.state;
        let dues = state.runs.iter().filter_map(|run| due(state, run));
        Ok(dues.filter(|due| due.stage == Stage::Deliver).map(|due| due.pointer).collect())
    }

    async fn work(
        &self,
        addresses: Arc<dyn AddressBook>,
        pointer: &Pointer,
        invocation: &Invocation,
    ) -> Result<Handled, FunctionError> {
        if stage_of(pointer.event_type) != Some(self.stage) {
            return Err(not(format!("{} does not work on {}", self.stage, pointer.event_type)));
        }
        let stages = Arc::new(WeekStages::new(self.ports.clone(), addresses));
        let chain = chain(&self.ports, stages);
        loop {
            let handled = chain.handle(self.stage, pointer, invocation.call()).await?;
            if handled == Handled::Continues {
                self.brake(invocation).await;
            }
            let Handled::WaitUntil(until) = handled else { return Ok(handled) };
            let now = self.ports.clock.now();
            let wait = until.duration_since(now);
            if wait > WAIT_IN_PLACE || until >= invocation.deadline {
                return Ok(handled);
            }
            let pause = wait.clamp(SignedDuration::ZERO, LOOK_AGAIN);
            self.ports.clock.sleep(pause.unsigned_abs()).await;
        }
    }

    /// A stage that gives up with most of its time left has less than its next step may take, and
    /// would call itself at once and without end. It does so once in that time, and says why.
    async fn brake(&self, invocation: &Invocation) {
        let left = invocation.deadline.duration_since(self.ports.clock.now());
        if left > invocation.deadline.duration_since(invocation.began) / 2 {
            tracing::error!(stage = %self.stage, "the function's time limit is too short for one step");
            Metrics::of(self.stage.as_str()).count("StageFailed", 1).emit();
            self.ports.clock.sleep(left.unsigned_abs()).await;
        }
    }

    /// Says what became of a pointer: to the log, as a metric, and in the answer.
    async fn report(&self, pointer: &Pointer, handled: &Handled) -> Value {
        let failed = matches!(handled, Handled::Failed(_));
        Metrics::of(self.stage.as_str()).count("StageFailed", u64::from(failed)).emit();
        if let Handled::Failed(trouble) = handled {
            let (class, sentence) = (&trouble.class, &trouble.sentence);
            tracing::warn!(stream = %pointer.stream, class, sentence, "the stage failed");
        }
        if *handled == Handled::Done
            && let Some(table) = &self.history
        {
            self.project(table, &pointer.stream.report).await;
        }
        let outcome = match handled {
            Handled::Done => "done".to_owned(),
            Handled::Continues => "continues".to_owned(),
            Handled::Superseded(by) => format!("superseded by revision {by}"),
            Handled::WaitUntil(at) => format!("waits until {at}"),
            Handled::Held(reason) => format!("held: {reason}"),
            Handled::Failed(trouble) => format!("failed: {}", trouble.sentence),
        };
        json!({ "stream": pointer.stream.to_string(), "outcome": outcome })
    }

    /// Brings the history table up to the ledger. Trouble with it is told and stops nothing.
    async fn project(&self, table: &DynamoHistory, report: &ReportId) {
        let store = LedgerStore::new(self.ports.ledger.clone(), self.ports.archive.clone());
        let refreshed = history::refresh(&store, table, report).await;
        if let Err(error) = &refreshed {
            tracing::error!(%report, error = with_causes(error), "the history table is behind");
        }
        let failed = u64::from(refreshed.is_err());
        Metrics::of(self.stage.as_str()).count("HistoryFailed", failed).emit();
    }
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
