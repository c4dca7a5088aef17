//! One storm: who runs next, who crashes, what the operator does, and the calm afterwards.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use jiff::{SignedDuration, Timestamp};
use weekledger::chain::{Call, Chain, ChainError, Handled, Ports, Release, RunDraft};
use weekledger::config::{
    AnalystSettings, DeliverySettings, HoldSettings, HubspotSettings, MetaPace, MetaSettings,
    Provider, RecipientSettings, RunSettings, SourceLimits,
};
use weekledger::ports::ArtifactName;
use weekledger_events::payload::{Goal, Origin};
use weekledger_events::{
    ArtifactRef, EventId, EventType, Nonce, Payload, Producer, RecipientKey, ReportId, Revision,
    StreamId, Week,
};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::decide::stage_of;
use weekledger_projections::due::{DueTable, due};
use weekledger_projections::week_state::WeekState;

use crate::dice::Dice;
use crate::invariants;
use crate::ports::{Faults, Sim};
use crate::stages::TinyStages;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    Crashes,
    Messages,
    Stores,
    /// The mail service comes and goes, handlers crash, messages get lost; it knows what it did.
    Outages,
    Everything,
}

impl Weather {
    fn crashes(self) -> bool {
        matches!(self, Self::Crashes | Self::Outages | Self::Everything)
    }

    fn messages(self) -> bool {
        matches!(self, Self::Messages | Self::Outages | Self::Everything)
    }

    /// Not with everything else: an outage makes long streams, and those take long to check.
    fn outages(self) -> bool {
        self == Self::Outages
    }

    fn faults(self) -> Faults {
        let mail_trouble = 60;
        match self {
            Self::Fair | Self::Outages => Faults::default(),
            Self::Crashes | Self::Messages => Faults { mail_trouble, ..Faults::default() },
            Self::Stores | Self::Everything => {
                Faults { fail_before: 25, fail_after: 25, refuse_entry: 40, mail_trouble: 150 }
            }
        }
    }
}

/// Something that is under way.
struct Active {
    future: Pin<Box<dyn Future<Output = Finished>>>,
    /// The platform ends it then.
    deadline: Timestamp,
}

/// What became of it: for a message, whether to acknowledge it or when to show it again.
enum Finished {
    Message { id: u64, again_at: Option<Timestamp>, failed: bool },
    Other,
}

pub struct Storm {
    sim: Sim,
    chain: Arc<Chain>,
    dice: Dice,
    weather: Weather,
    stream: StreamId,
    config: ArtifactRef,
    active: Vec<Active>,
    nonces: u128,
    checked: u64,
}

const STEPS: usize = 900;
const INVOCATION: SignedDuration = SignedDuration::from_mins(15);

impl Storm {
    pub fn new(seed: u64, weather: Weather) -> Self {
        let sim = Sim::new(seed);
        let mut dice = Dice::new(seed ^ 0xdead_beef);
        {
            let mut world = sim.world();
            world.hold_data = dice.chance(200);
            world.stage_trouble = if weather == Weather::Fair { 0 } else { 100 };
            world.faults = weather.faults();
        }
        let port = || Arc::new(sim.clone());
        let ports = Ports {
            ledger: port(),
            archive: port(),
            bus: port(),
            mailer: port(),
            secrets: port(),
            clock: port(),
        };
        let producer = Producer { name: "weekledger".to_owned(), version: "0.0.0".to_owned() };
        let chain = Arc::new(Chain::new(ports, Arc::new(TinyStages(sim.clone())), producer));
        let settings = settings().to_bytes().unwrap();
        let config = ArtifactRef::of(&settings);
        let name = ArtifactName::evidence(&config.digest);
        sim.world().objects.insert(name.as_str().to_owned(), settings);
        let stream = StreamId::new(ReportId::parse("weekly").unwrap(), week());
        Self {
            sim,
            chain,
            dice,
            weather,
            stream,
            config,
            active: Vec::new(),
            nonces: 0,
            checked: 0,
        }
    }

    /// A storm, then calm weather until nothing is left to do.
    pub fn run(mut self) {
        if self.dice.chance(600) {
            self.prepare();
        }
        for _ in 0..STEPS {
            self.step();
            self.check();
        }
        self.calm_down();
        if self.sim.world().streams.contains_key(&self.stream) {
            invariants::check_settled(&self.sim.world(), &self.stream);
        }
    }

    /// One scheduled week whose mails meet a service that is away for hours, and messages that are
    /// doubled: who was mailed, sorted.
    pub fn run_through_an_outage(mut self) -> Vec<String> {
        self.sim.world().hold_data = false;
        self.prepare();
        let minutes = 1 + i64::try_from(self.dice.below(8 * 60)).unwrap();
        {
            let mut world = self.sim.world();
            let pointer = world.queue[0].pointer.clone();
            world.enqueue(pointer);
            let deliver_at = world.now.checked_add(SignedDuration::from_mins(120)).unwrap();
            world.mailer_back_at =
                deliver_at.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        }
        self.calm_down();
        let world = self.sim.world();
        assert!(world.now >= world.mailer_back_at, "the outage was not lived through");
        let mut mailed: Vec<String> =
            world.left.iter().map(|mail| mail.recipient.to_string()).collect();
        mailed.sort();
        mailed
    }

    /// Brings the week to the verge of delivery, where most can go wrong, before the storm begins.
    fn prepare(&mut self) {
        let (faults, trouble) = {
            let mut world = self.sim.world();
            let trouble = std::mem::take(&mut world.stage_trouble);
            (std::mem::take(&mut world.faults), trouble)
        };
        self.open(Origin::Schedule, Goal::Deliver, None);
        self.drain();
        for _ in 0..40 {
            while let Some(queued) = self.next_visible() {
                if queued.pointer.event_type == EventType::AnalysisGenerated {
                    break;
                }
                self.handle(queued.id, queued.pointer);
                self.drain();
            }
            self.sim.world().pass(300);
        }
        let mut world = self.sim.world();
        (world.faults, world.stage_trouble) = (faults, trouble);
    }

    /// One scheduled week, no trouble at all: who was mailed, sorted.
    pub fn run_single_week(mut self) -> Vec<String> {
        self.sim.world().hold_data = false;
        self.open(Origin::Schedule, Goal::Deliver, None);
        self.calm_down();
        let world = self.sim.world();
        let mut mailed: Vec<String> =
            world.left.iter().map(|mail| mail.recipient.to_string()).collect();
        mailed.sort();
        mailed
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..=3 => self.operate(),
            4..=5 => self.watch(),
            6..=18 => self.take_message(),
            19..=21 if self.weather.crashes() => self.crash_one(),
            22..=23 if self.weather.messages() => self.lose_or_double(),
            24..=27 => {
                let seconds = i64::try_from(self.dice.below(600)).unwrap();
                self.sim.world().pass(seconds);
            }
            28 if self.weather.outages() => self.interrupt_the_mail(),
            _ => self.poll_one(),
        }
    }

    /// The mail service takes nothing for up to an hour and a half, which may outlast the storm.
    fn interrupt_the_mail(&mut self) {
        let minutes = i64::try_from(self.dice.below(90)).unwrap();
        let mut world = self.sim.world();
        let back_at = world.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        world.mailer_back_at = world.mailer_back_at.max(back_at);
    }

    /// Checks the promises, if anything has happened since the last time.
    fn check(&mut self) {
        let world = self.sim.world();
        if world.effects != self.checked {
            self.checked = world.effects;
            invariants::check(&world);
        }
    }

    fn now(&self) -> Timestamp {
        self.sim.world().now
    }

    fn start(&mut self, future: impl Future<Output = Finished> + 'static) {
        let deadline = self.now().checked_add(INVOCATION).unwrap();
        self.active.push(Active { future: Box::pin(future), deadline });
    }

    fn poll_one(&mut self) {
        if self.active.is_empty() {
            return;
        }
        let index = self.dice.below(self.active.len());
        if self.now() >= self.active[index].deadline {
            drop(self.active.swap_remove(index));
            return;
        }
        let mut context = Context::from_waker(Waker::noop());
        if let std::task::Poll::Ready(finished) =
            self.active[index].future.as_mut().poll(&mut context)
        {
            drop(self.active.swap_remove(index));
            self.finish(finished);
        }
    }

    fn finish(&mut self, finished: Finished) {
        let Finished::Message { id, again_at, failed } = finished else { return };
        let mut world = self.sim.world();
        let now = world.now;
        let Some(index) = world.queue.iter().position(|queued| queued.id == id) else { return };
        if let Some(at) = again_at {
            world.queue[index].visible_at = at;
        } else if failed {
            world.queue[index].visible_at = now.checked_add(SignedDuration::from_mins(1)).unwrap();
        } else {
            world.queue.remove(index);
        }
    }

    fn crash_one(&mut self) {
        if !self.active.is_empty() {
            let index = self.dice.below(self.active.len());
            drop(self.active.swap_remove(index));
        }
    }

    /// Delivers a random visible message. It stays in the queue, so it may be delivered twice.
    fn take_message(&mut self) {
        let queued = {
            let world = self.sim.world();
            let visible: Vec<_> =
                world.queue.iter().filter(|queued| queued.visible_at <= world.now).collect();
            if visible.is_empty() {
                return;
            }
            visible[self.dice.below(visible.len())].clone()
        };
        self.handle(queued.id, queued.pointer);
    }

    fn handle(&mut self, id: u64, pointer: weekledger_events::Pointer) {
        self.nonces += 1;
        let call = Call {
            nonce: Nonce(uuid::Uuid::from_u128(self.nonces)),
            deadline: self.now().checked_add(INVOCATION).unwrap(),
            patience: None,
            insist: self.dice.chance(100),
            alone: false,
        };
        let chain = Arc::clone(&self.chain);
        self.start(async move {
            let stage = stage_of(pointer.event_type).unwrap();
            let result = chain.handle(stage, &pointer, call).await;
            let failed = match &result {
                Err(error) => {
                    assert!(!error.needs_person(), "{}", error.sentence());
                    true
                }
                Ok(_) => false,
            };
            let again_at = match result {
                Ok(Handled::WaitUntil(at)) => Some(at),
                _ => None,
            };
            Finished::Message { id, again_at, failed }
        });
    }

    fn lose_or_double(&mut self) {
        let mut world = self.sim.world();
        if world.queue.is_empty() {
            return;
        }
        let index = self.dice.below(world.queue.len());
        if self.dice.chance(500) {
            world.queue.remove(index);
        } else {
            let pointer = world.queue[index].pointer.clone();
            world.enqueue(pointer);
        }
    }

    fn operate(&mut self) {
        match self.dice.below(8) {
            0..=2 => self.open(Origin::Schedule, Goal::Deliver, None),
            3 => self.open(Origin::Backfill, Goal::Figures, None),
            4..=5 => self.re_emit(),
            _ => self.release(),
        }
    }

    fn open(&mut self, origin: Origin, goal: Goal, from_event: Option<EventId>) {
        let now = self.now();
        let in_minutes = |minutes| now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        let draft = RunDraft {
            goal,
            origin,
            reason: "simulation".to_owned(),
            requested_by: "nobody".to_owned(),
            from_event,
            config: self.config,
            pull: vec![self.stream.week],
            known_at: now,
            not_before: in_minutes(i64::try_from(self.dice.below(20)).unwrap()),
            analysis_due: in_minutes(90),
            deliver_at: in_minutes(i64::try_from(self.dice.below(120)).unwrap()),
        };
        let (chain, stream) = (Arc::clone(&self.chain), self.stream.clone());
        self.start(async move {
            tolerate(chain.open(&stream, &draft).await);
            Finished::Other
        });
    }

    /// Re-emits a random stage event of the week.
    fn re_emit(&mut self) {
        let candidates: Vec<EventId> = {
            let world = self.sim.world();
            if !world.streams.contains_key(&self.stream) {
                return;
            }
            let stage_event = |payload: &Payload| stage_of(payload.event_type()).is_some();
            invariants::events(&world, &self.stream)
                .iter()
                .filter(|event| stage_event(&event.payload))
                // A request that itself reuses an event does not begin a chain.
                .filter(|event| match &event.payload {
                    Payload::RunRequested(run) => run.from_event.is_none(),
                    _ => true,
                })
                .map(weekledger_events::Event::id)
                .collect()
        };
        if candidates.is_empty() {
            return;
        }
        let from = candidates[self.dice.below(candidates.len())];
        let goal = if self.dice.chance(500) { Goal::Deliver } else { Goal::Hold };
        self.open(Origin::ReEmit, goal, Some(from));
    }

    fn release(&mut self) {
        let revision = Revision(1 + u32::try_from(self.dice.below(4)).unwrap());
        let release = Release {
            revision,
            granted_by: "somebody",
            reason: "simulation",
            // Whoever sends to those may send twice: it is not for the simulation to do.
            also_unknown: false,
        };
        let (chain, stream) = (Arc::clone(&self.chain), self.stream.clone());
        self.start(async move {
            // Most releases make no sense at their time, and are refused.
            let _ = chain.release(&stream, release).await;
            Finished::Other
        });
    }

    fn watch(&mut self) {
        let (chain, stream) = (Arc::clone(&self.chain), self.stream.clone());
        self.start(async move {
            tolerate(chain.watch(&[], &[stream], &DueTable::STANDARD).await);
            Finished::Other
        });
    }

    /// No more faults: time passes, watch runs every five minutes, every message is handled.
    fn calm_down(&mut self) {
        {
            let mut world = self.sim.world();
            world.faults = Faults::default();
            world.stage_trouble = 0;
        }
        // Two days: longer than the wait after a fatal failure, and than any outage.
        for _ in 0..576 {
            self.drain();
            self.sim.world().pass(300);
            self.watch();
            self.drain();
            while let Some(queued) = self.next_visible() {
                self.handle(queued.id, queued.pointer);
                self.drain();
            }
            self.check();
            if self.is_settled() {
                return;
            }
        }
    }

    /// No message is left, and no run waits for anything.
    fn is_settled(&self) -> bool {
        let world = self.sim.world();
        let Some(_) = world.streams.get(&self.stream) else { return true };
        let events = invariants::events(&world, &self.stream);
        let state = WeekState::fold(self.stream.clone(), &events);
        world.queue.is_empty() && state.runs.iter().all(|run| due(&state, run).is_none())
    }

    fn next_visible(&self) -> Option<crate::ports::Queued> {
        let world = self.sim.world();
        world.queue.iter().find(|queued| queued.visible_at <= world.now).cloned()
    }

    fn drain(&mut self) {
        while !self.active.is_empty() {
            self.poll_one();
        }
    }
}

/// Stores may be unavailable in a storm; nothing else may go wrong.
fn tolerate<T>(result: Result<T, ChainError>) {
    if let Err(error) = result {
        assert!(!error.needs_person(), "{}", error.sentence());
    }
}

fn week() -> Week {
    Week::parse("2026-W47").unwrap()
}

fn settings() -> RunSettings {
    let recipient = |key: &str| RecipientSettings {
        key: RecipientKey::parse(key).unwrap(),
        department: "Marketing".to_owned(),
    };
    RunSettings {
        report: ReportId::parse("weekly").unwrap(),
        title: "Weekly".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        accounts: Vec::new(),
        recipients: vec![recipient("rcpt-one"), recipient("rcpt-two")],
        meta: MetaSettings {
            base_url: "http://127.0.0.1:1".to_owned(),
            api_version: "v26.0".to_owned(),
            page_size: 100,
            pace: MetaPace::default(),
        },
        hubspot: HubspotSettings {
            enabled: false,
            base_url: "http://127.0.0.1:1".to_owned(),
            api_version: "2026-09".to_owned(),
            page_size: 200,
            exclude_offline: true,
            count_unattributed: true,
            searches_per_second: 4,
        },
        analyst: AnalystSettings {
            provider: Provider::Rules,
            base_url: String::new(),
            model: String::new(),
            region: None,
            purposes: std::collections::BTreeMap::new(),
            api_version: None,
        },
        delivery: DeliverySettings { approval: false, attempts_max: 3 },
        notes: Vec::new(),
        alerts: AlertRule::default(),
        hold: HoldSettings {
            reconciliation_percent_max: 2,
            accounts_missing_max: 0,
            accounts_silent_max: 1,
            accounts_stopped_max: 1,
        },
        limits: SourceLimits {
            pages_max: 10,
            body_bytes_max: 1 << 20,
            rows_max: 1000,
            request_seconds_max: 30,
            attempts_max: 3,
        },
    }
}
