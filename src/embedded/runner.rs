//! The embedded runner: takes messages from the local bus and drives their stages, one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::Stage;
use weekledger_events::{Nonce, Pointer, RunId, StreamId};
use weekledger_projections::decide::stage_of;

use super::{Delivery, LocalBus, Retry};
use crate::chain::{Call, Chain, ChainError, Handled};
use crate::ports::{BusError, Message};

/// Runs the chain on this machine.
pub struct Runner {
    chain: Arc<Chain>,
    bus: Arc<LocalBus>,
    /// Makes the nonce of an invocation.
    nonces: fn() -> Nonce,
    /// The run that a person asks for: its stages do not wait for the time that a failure set.
    insist: Option<RunId>,
    /// How long that person waits for a provider; `None` if nobody waits.
    patience: Option<Timestamp>,
    /// A stage of that run has failed again: insisting any longer would only repeat it.
    refused: AtomicBool,
}

/// Why the runner stopped without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// No message is left.
    Empty,
    /// The next message is visible only then.
    Until(Timestamp),
}

/// Something that happened, for progress.
#[derive(Debug)]
pub enum Progress<'a> {
    Begins { stage: Stage, pointer: &'a Pointer },
    Ended { stage: Stage, pointer: &'a Pointer, handled: &'a Handled },
    TriesAgain { stage: Stage, pointer: &'a Pointer, error: &'a ChainError, at: Timestamp },
}

/// What became of the messages.
#[derive(Debug)]
pub struct Ran {
    pub idle: Idle,
    /// Stages that were given up, each for its own stream; all others went on.
    pub given_up: Vec<RunnerError>,
}

#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    #[error("the local bus failed")]
    Bus(#[from] BusError),
    #[error("stage {stage} of {stream} failed", stream = .pointer.stream)]
    Stage {
        stage: Stage,
        pointer: Box<Pointer>,
        #[source]
        source: Box<ChainError>,
    },
    #[error("a time lies outside of the calendar")]
    Time(#[source] jiff::Error),
}

impl RunnerError {
    /// The stream whose stage failed, if it is one stream's trouble.
    pub fn stream(&self) -> Option<&StreamId> {
        match self {
            Self::Stage { pointer, .. } => Some(&pointer.stream),
            Self::Bus(_) | Self::Time(_) => None,
        }
    }

    /// False where nothing else could be done either: the disk is full, or the bus does not work.
    fn is_of_one_stream(&self) -> bool {
        matches!(self, Self::Stage { source, .. } if !source.is_refused())
    }
}

/// How long one invocation may take: as long as the longest of a function on AWS.
const INVOCATION: SignedDuration = SignedDuration::from_mins(15);

/// The longest pause before a failed message is tried again.
const BACK_OFF_MAX_SECONDS: i64 = 60;

impl Runner {
    pub fn new(chain: Arc<Chain>, bus: Arc<LocalBus>, nonces: fn() -> Nonce) -> Self {
        let (insist, patience, refused) = (None, None, AtomicBool::new(false));
        Self { chain, bus, nonces, insist, patience, refused }
    }

    /// For a run that a person asks for.
    pub fn insisting(self, run: RunId) -> Self {
        Self { insist: Some(run), ..self }
    }

    /// Stages wait for a provider until then at the longest.
    pub fn patient_until(self, at: Timestamp) -> Self {
        Self { patience: Some(at), ..self }
    }

    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Handles messages until none is left, or none becomes visible before `patience` ends.
    pub async fn run(
        &self,
        patience: Timestamp,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Ran, RunnerError> {
        let mut given_up = Vec::new();
        loop {
            let now = self.chain.ports().clock.now();
            if let Some(delivery) = self.bus.take(now)? {
                match self.deliver(&delivery, progress).await {
                    Err(error) if error.is_of_one_stream() => given_up.push(error),
                    delivered => delivered?,
                }
                continue;
            }
            match self.bus.next_visible_at()? {
                None => return Ok(Ran { idle: Idle::Empty, given_up }),
                Some(at) if at > patience => return Ok(Ran { idle: Idle::Until(at), given_up }),
                Some(at) => self.sleep_until(at).await,
            }
        }
    }

    async fn sleep_until(&self, at: Timestamp) {
        let clock = &self.chain.ports().clock;
        let left = at.duration_since(clock.now()).max(SignedDuration::ZERO);
        clock.sleep(left.unsigned_abs()).await;
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), RunnerError> {
        let Message::Pointer(pointer) = &delivery.message else {
            return Ok(self.bus.acknowledge(delivery.id)?);
        };
        let Some(stage) = stage_of(pointer.event_type) else {
            return Ok(self.bus.acknowledge(delivery.id)?);
        };
        progress(Progress::Begins { stage, pointer });
        let now = self.chain.ports().clock.now();
        let deadline = now.checked_add(INVOCATION).map_err(RunnerError::Time)?;
        let insist = self.insist == Some(pointer.run) && !self.refused.load(Ordering::Relaxed);
        // The data directory's lock and one message at a time: nothing else is at work.
        let patience = self.patience;
        let call = Call { nonce: (self.nonces)(), deadline, patience, insist, alone: true };
        match self.chain.handle(stage, pointer, call).await {
            Ok(handled) => {
                match &handled {
                    Handled::WaitUntil(at) => {
                        self.bus.retry_later(delivery.id, *at)?;
                    }
                    Handled::Failed(_) if insist => {
                        self.refused.store(true, Ordering::Relaxed);
                        self.bus.acknowledge(delivery.id)?;
                    }
                    _ => self.bus.acknowledge(delivery.id)?,
                }
                progress(Progress::Ended { stage, pointer, handled: &handled });
                Ok(())
            }
            Err(error) => self.failed(delivery, stage, pointer, error, progress),
        }
    }

    /// Tries again later, until the bus has parked the message.
    fn failed(
        &self,
        delivery: &Delivery,
        stage: Stage,
        pointer: &Pointer,
        source: ChainError,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), RunnerError> {
        let give_up = |source| {
            let pointer = Box::new(pointer.clone());
            Err(RunnerError::Stage { stage, pointer, source: Box::new(source) })
        };
        if source.needs_person() {
            // Where nothing can be stored, the message stays as it is, and comes again.
            if let Err(error) = self.bus.park(delivery.id, &source.sentence()) {
                tracing::warn!(error = &error as &dyn std::error::Error, "not parked");
            }
            return give_up(source);
        }
        let seconds = 1_i64 << delivery.attempts.min(6);
        let pause = SignedDuration::from_secs(seconds.min(BACK_OFF_MAX_SECONDS));
        let now = self.chain.ports().clock.now();
        let at = now.checked_add(pause).map_err(RunnerError::Time)?;
        match self.bus.retry_later(delivery.id, at)? {
            Retry::Parked => give_up(source),
            Retry::Later => {
                progress(Progress::TriesAgain { stage, pointer, error: &source, at });
                Ok(())
            }
        }
    }
}
