//! The function `watch`: opens what is missing, wakes what stalled, records what was given up,
//! and listens to what became of the mails.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use weekledger_events::payload::{Goal, SendResult};
use weekledger_events::{EventId, Pointer, ReportId, RunId, StreamId, Week};
use weekledger_projections::decide::stage_of;
use weekledger_projections::due::{Due, DueTable, due};
use weekledger_projections::week_state::{RunState, WeekState};

use super::absent::NoStages;
use super::error::FunctionError;
use super::input::{BusEvent, Input, ReportTime, Scheduled, not};
use super::invocation::Invocation;
use super::metrics::Metrics;
use super::trouble::Trouble;
use super::world::{World, chain, pin};
use super::{Function, mail};
use crate::aws::{BucketConfiguration, Cloud, MailLog, StackNames, StackPlace};
use crate::chain::{Chain, ChainError, Loaded, Ports, load, look};
use crate::config::{Config, Report};
use crate::doctor::Doctor;
use crate::ports::{BusError, Entry, Message, OwnerNotice, with_causes};

/// See the module.
pub struct Watch {
    ports: Ports,
    chain: Chain,
    configuration: BucketConfiguration,
    mail_log: MailLog,
    cloud: Cloud,
    /// What is looked at on the day before a report; absent where the stack is older than that.
    names: Option<StackNames>,
}

/// It runs every five minutes, give or take some seconds: windows overlap, so that none is missed.
const TABLE: DueTable =
    DueTable { watch_every: SignedDuration::from_mins(6), ..DueTable::STANDARD };

/// For weeks that are looked after once an hour.
const TABLE_OF_OLD: DueTable =
    DueTable { watch_every: SignedDuration::from_mins(66), ..DueTable::STANDARD };

/// Weeks that are looked after in every pass, the newest included. Older ones have their turn in
/// the first minutes of every hour.
const RECENT_WEEKS: i32 = 6;
const TURN_OF_OLD_MINUTES: i8 = 6;

/// A run that was opened late is no alarm at once.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// A report has a successor after that.
const REPORT_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What one pass found.
#[derive(Debug, Default)]
struct Tally {
    looked_at: u64,
    opened: u64,
    /// Weeks past due, weeks whose mail reached nobody, and weeks that cannot be read at all.
    overdue: u64,
    /// Weeks that could not be looked after just now.
    failed: u64,
    /// Weeks for which no time was left.
    skipped: u64,
}

impl Watch {
    pub fn new(world: &World) -> Result<Self, FunctionError> {
        // Secrets only for the questions of the day before: no client is made until then.
        let ports = world.ports_with_secrets()?;
        let chain = chain(&ports, Arc::new(NoStages));
        let configuration = world.configuration()?;
        let (mail_log, cloud) = (world.mail_log()?, world.cloud().clone());
        Ok(Self { ports, chain, configuration, mail_log, cloud, names: world.stack_names().ok() })
    }
}

#[async_trait]
impl Function for Watch {
    async fn handle(&self, input: Value, invocation: Invocation) -> Result<Value, FunctionError> {
        match Input::read(input)? {
            Input::Scheduled(Scheduled::Watch {}) => self.pass(&invocation).await,
            Input::Ses(event) => self.hear(event).await,
            Input::Records(records) => self.take_up_all(&records).await,
            Input::Scheduled(_) | Input::Pointer(_) => {
                Err(not("watch does not work on it".to_owned()))
            }
        }
    }
}

/// Passes over the weeks.
impl Watch {
    async fn pass(&self, invocation: &Invocation) -> Result<Value, FunctionError> {
        let config = self.configuration.read().await?;
        let now = self.ports.clock.now();
        let mut tally = Tally::default();
        let mut streams: BTreeSet<StreamId> =
            self.ports.ledger.streams().await?.into_iter().collect();
        streams.retain(|stream| config.report(&stream.report).is_some());
        for report in &config.reports {
            let stream = StreamId::new(report.id.clone(), report.newest_due_week(now));
            match self.open_if_missing(&config, report, &stream, now).await {
                Ok(opened) => tally.opened += u64::from(opened),
                Err(error) => tally.note(&stream, &error),
            }
            // The index of weeks may not know it yet.
            streams.insert(stream);
        }
        let all = now.to_zoned(TimeZone::UTC).minute() < TURN_OF_OLD_MINUTES;
        let since = Week::last_complete(now, &TimeZone::UTC).plus(1 - RECENT_WEEKS);
        for stream in &streams {
            let recent = stream.week >= since;
            if !recent && !all {
                continue;
            }
            if self.ports.clock.now() >= invocation.deadline {
                tally.skipped += 1;
                continue;
            }
            tally.looked_at += 1;
            match self.look_after(stream, if recent { &TABLE } else { &TABLE_OF_OLD }).await {
                Ok(overdue) => tally.overdue += u64::from(overdue),
                Err(error) => tally.note(stream, &error),
            }
        }
        let told = tally.tell();
        self.look_ahead(&config, invocation).await;
        Ok(told)
    }

    /// On the day before a report: looks at all that it needs, in what time is left. What did not
    /// fit is looked at in the next pass.
    async fn look_ahead(&self, config: &Config, invocation: &Invocation) {
        let Some(names) = &self.names else { return };
        let place = StackPlace::new(&self.cloud, names.clone(), config);
        let (secrets, clock) = (&*self.ports.secrets, self.ports.clock.clone());
        let doctor = Doctor { config, secrets, clock, place: &place };
        for report in &config.reports {
            let left = invocation.deadline.duration_since(self.ports.clock.now());
            let left = left.max(SignedDuration::ZERO);
            let looked = doctor.on_the_day_before(report, &*self.ports.archive, &*self.ports.bus);
            match tokio::time::timeout(left.unsigned_abs(), looked).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    let error = with_causes(&error);
                    tracing::warn!(report = %report.id, error, "the day before could not be told");
                }
                Err(_) => tracing::warn!(report = %report.id, "the day before took too long"),
            }
        }
    }

    async fn open_if_missing(
        &self,
        config: &Config,
        report: &Report,
        stream: &StreamId,
        now: Timestamp,
    ) -> Result<bool, FunctionError> {
        let run = RunId(EventId::report_run(&stream.report, stream.week));
        match look(&self.ports, stream).await {
            // A week that cannot be read is told when it is looked after.
            Ok(loaded) if loaded.state.run(run).is_none() => {}
            _ => return Ok(false),
        }
        let pinned = pin(&self.ports, config, report).await?;
        let mut draft = report.scheduled_run(stream.week, pinned, now);
        draft.requested_by = "watch".to_owned();
        let opened = self.chain.open(stream, &draft).await?;
        tracing::warn!(%stream, "opened a week that its schedule had not opened");
        Ok(opened.new)
    }

    /// True if the week is past due.
    async fn look_after(&self, stream: &StreamId, table: &DueTable) -> Result<bool, FunctionError> {
        let loaded = match look(&self.ports, stream).await {
            Ok(loaded) => loaded,
            Err(error) => {
                // The driver tells the owner of what needs a person.
                self.chain.watch(&[], std::slice::from_ref(stream), table).await?;
                return Err(error.into());
            }
        };
        let dues: Vec<(&RunState, Due)> = loaded
            .state
            .runs
            .iter()
            .filter_map(|run| due(&loaded.state, run).map(|due| (run, due)))
            .collect();
        if !dues.is_empty() {
            let watched = self.chain.watch(&[], std::slice::from_ref(stream), table).await?;
            if !watched.woken.is_empty() {
                tracing::info!(%stream, "woken");
            }
        }
        self.ask_after_unknown(&loaded).await?;
        let now = self.ports.clock.now();
        let overdue = dues.iter().any(|(run, due)| is_overdue(run, due, table, now));
        let state = &loaded.state;
        Ok(overdue || state.runs.iter().any(|run| reached_nobody(state, run, table, now)))
    }

    /// A mail that nobody answered for may have been heard of since.
    async fn ask_after_unknown(&self, loaded: &Loaded) -> Result<(), FunctionError> {
        let stream = &loaded.state.stream;
        let unknown = loaded
            .state
            .intents()
            .filter(|intent| matches!(intent.result(), Some(SendResult::Unknown { .. })));
        for intent in unknown {
            if let Some(event) = self.mail_log.of_intent(stream, intent.id).await? {
                self.chain.resolve_by_service(stream, intent.id, &event.result()).await?;
            }
        }
        Ok(())
    }
}

fn is_overdue(run: &RunState, due: &Due, table: &DueTable, now: Timestamp) -> bool {
    let requested = &run.requested;
    let (from, limit) = match requested.goal {
        Goal::Figures => (due.since, table.tell_after),
        Goal::Hold | Goal::Deliver => (goes_out_at(run), table.deliver),
    };
    now.duration_since(from) >= limit
}

/// When the mail of a run is expected: its time, or a while after it was opened or sent again.
fn goes_out_at(run: &RunState) -> Timestamp {
    let after = |at: Timestamp| at.saturating_add(GRACE).unwrap_or(Timestamp::MAX);
    let opened = run.requested.deliver_at.max(after(run.requested_at));
    run.again.map_or(opened, |again| opened.max(after(again.at)))
}

/// A delivery that was given up, and that no later revision has made good, until the next report.
fn reached_nobody(state: &WeekState, run: &RunState, table: &DueTable, now: Timestamp) -> bool {
    let late = now.duration_since(goes_out_at(run));
    let given_up = run.reached_nobody() && state.superseded_by(run).is_none();
    given_up && late >= table.deliver && late < REPORT_EVERY
}

impl Tally {
    fn note(&mut self, stream: &StreamId, error: &FunctionError) {
        let (error_type, sentence) = (error.error_type(), error.sentence());
        tracing::error!(%stream, error_type, sentence, "the week could not be looked after");
        match error {
            FunctionError::Chain(error) if error.needs_person() => self.overdue += 1,
            _ => self.failed += 1,
        }
    }

    fn tell(&self) -> Value {
        Metrics::of("watch")
            .count("Overdue", self.overdue)
            .count("WatchFailed", self.failed)
            .count("WatchSkipped", self.skipped)
            .emit();
        json!({
            "looked_at": self.looked_at,
            "opened": self.opened,
            "overdue": self.overdue,
            "failed": self.failed,
            "skipped": self.skipped,
        })
    }
}

/// The failure queues.
impl Watch {
    /// Works through a batch, and names the messages that stay in the queue.
    async fn take_up_all(&self, messages: &[Value]) -> Result<Value, FunctionError> {
        let mut failed = Vec::new();
        for message in messages {
            if let Err(error) = self.take_up(message).await {
                let (error_type, sentence) = (error.error_type(), error.sentence());
                tracing::error!(error_type, sentence, "a failure could not be taken up");
                // Without its id, nothing but the whole batch can be left.
                let id = message["messageId"].as_str().ok_or(error)?;
                failed.push(json!({ "itemIdentifier": id }));
            }
        }
        Ok(json!({ "batchItemFailures": failed }))
    }

    async fn take_up(&self, message: &Value) -> Result<(), FunctionError> {
        let trouble = Trouble::read(message)?;
        match Input::read(trouble.input.clone())? {
            Input::Pointer(pointer) => self.record(&pointer, &trouble).await,
            Input::Ses(event) => self.hear(event).await.map(drop),
            Input::Scheduled(Scheduled::Open(time)) => self.tell("open", &time, &trouble).await,
            Input::Scheduled(Scheduled::Deliver(time)) => {
                self.tell("deliver", &time, &trouble).await
            }
            // The next pass is its retry, and its metric is missed meanwhile.
            Input::Scheduled(Scheduled::Watch {}) => {
                tracing::warn!(sentence = trouble.sentence("watch"), "a pass was given up");
                Ok(())
            }
            Input::Records(_) => Err(not("a batch within a batch".to_owned())),
        }
    }

    async fn record(&self, pointer: &Pointer, trouble: &Trouble) -> Result<(), FunctionError> {
        let stage = stage_of(pointer.event_type)
            .ok_or_else(|| not(format!("no stage works on {}", pointer.event_type)))?;
        let given_up = trouble.given_up(stage, self.ports.clock.now());
        let recorded = self.chain.record_given_up(pointer, &given_up).await?;
        let sentence = &given_up.sentence;
        tracing::warn!(stream = %pointer.stream, %stage, ?recorded, sentence, "given up");
        let failed = recorded == crate::chain::Recorded::Failed;
        Metrics::of(stage.as_str()).count("StageFailed", u64::from(failed)).emit();
        Ok(())
    }

    /// A schedule that did nothing. What it should have opened or sent is opened and sent by the
    /// next pass; the owner may want to know why it was late.
    async fn tell(
        &self,
        who: &str,
        time: &ReportTime,
        trouble: &Trouble,
    ) -> Result<(), FunctionError> {
        let ReportTime { report, scheduled } = time;
        let week = Week::last_complete(*scheduled, &self.zone(report).await);
        self.publish(OwnerNotice {
            stream: StreamId::new(report.clone(), week),
            sentence: trouble.sentence(who),
            action: Some(format!("look at the logs of {who}; watch makes up for it")),
        })
        .await
    }

    /// Where the configuration is what failed, any zone is good enough for a notice.
    async fn zone(&self, report: &ReportId) -> TimeZone {
        let config = self.configuration.read().await.ok();
        let report = config.as_ref().and_then(|config| config.report(report));
        report.map_or(TimeZone::UTC, |report| report.time_zone.clone())
    }

    async fn publish(&self, notice: OwnerNotice) -> Result<(), FunctionError> {
        let entries = self.ports.bus.publish(&[Message::Notice(notice)]).await;
        match entries.map_err(ChainError::from)?.into_iter().next() {
            Some(Entry::Refused(first)) => {
                Err(ChainError::from(BusError::Refused { count: 1, of: 1, first }).into())
            }
            _ => Ok(()),
        }
    }
}

/// The events of SES.
impl Watch {
    /// Kept first: whoever gives an intent up asks for it.
    async fn hear(&self, event: BusEvent) -> Result<Value, FunctionError> {
        let Some(event) = mail::read(event)? else { return Ok(json!({ "heard": false })) };
        let loaded = load(&self.ports, &event.stream).await?;
        let is_meant = |run: &&RunState| run.intents.iter().any(|one| one.id == event.intent);
        let Some(run) = loaded.state.runs.iter().find(is_meant) else {
            // Of another stack in this account.
            tracing::warn!(stream = %event.stream, intent = %event.intent, "no mail of this ledger");
            return Ok(json!({ "heard": false }));
        };
        self.mail_log.record(&event).await?;
        let result = event.result();
        let resolved = self.chain.resolve_by_service(&event.stream, event.intent, &result).await?;
        tracing::info!(
            stream = %event.stream,
            recipient = %event.recipient,
            fate = %event.fate,
            resolved,
            "heard of a mail"
        );
        if let Some(notice) = mail::notice(&event, run.requested.revision) {
            self.publish(notice).await?;
        }
        Ok(json!({ "heard": true, "resolved": resolved }))
    }
}
