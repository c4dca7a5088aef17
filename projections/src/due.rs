//! When something should have happened: what `watch` wakes, and when it tells the owner.

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{FailureClass, Goal, Origin, Stage};
use weekledger_events::{EventId, EventType, Pointer};

use crate::decide::stage_of;
use crate::week_state::{Outcome, RunState, WeekState};

/// How long each stage may take before it counts as stalled, and what happens then.
#[derive(Debug, Clone, Copy)]
pub struct DueTable {
    pub fetch: SignedDuration,
    pub compute: SignedDuration,
    pub analyze: SignedDuration,
    pub deliver: SignedDuration,
    /// A stalled stage is woken once in this time.
    pub nudge_every: SignedDuration,
    /// How often `watch` runs. Nudges follow from the time passed, so it keeps no state.
    pub watch_every: SignedDuration,
    /// The owner is told after this, once; of a report that its schedule promised, after `deliver`.
    pub tell_after: SignedDuration,
}

impl DueTable {
    /// Longer than the longest invocation of each stage, so that nothing at work is woken.
    pub const STANDARD: Self = Self {
        fetch: SignedDuration::from_mins(30),
        compute: SignedDuration::from_mins(20),
        analyze: SignedDuration::from_mins(45),
        deliver: SignedDuration::from_mins(20),
        nudge_every: SignedDuration::from_mins(30),
        watch_every: SignedDuration::from_mins(5),
        tell_after: SignedDuration::from_hours(2),
    };

    fn limit(&self, stage: Stage) -> SignedDuration {
        match stage {
            Stage::Fetch => self.fetch,
            Stage::Compute => self.compute,
            Stage::Analyze => self.analyze,
            Stage::Deliver => self.deliver,
        }
    }
}

/// The stage that a run is waiting for, and since when.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub stage: Stage,
    pub pointer: Pointer,
    /// From then on the stage could have worked.
    pub since: Timestamp,
    /// It had to wait for that time (a week's end, a delivery time, a retry), so its message was
    /// answered long ago and only `watch` wakes it.
    pub on_purpose: bool,
    /// The owner was told that it stalls.
    pub told: bool,
    /// What the stage itself said that it waits for; a person had not been told of it.
    pub waits: Option<Waits>,
}

/// A stage that goes on by itself, and a reader who does not know that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// For what.
    pub sentence: String,
    /// When the result was expected.
    pub promised: Timestamp,
    /// By a schedule, and not by a person who asked and was answered.
    pub by_schedule: bool,
}

/// What a run waits for; `None` if nothing more happens by itself: finished, held, a backfill
/// that is complete, or superseded.
pub fn due(state: &WeekState, run: &RunState) -> Option<Due> {
    let outcome = state.outcome(run);
    if !matches!(outcome, Outcome::Running | Outcome::Waiting | Outcome::Failed) {
        return None;
    }
    let event = state.furthest(run);
    let head = state.head(event)?;
    let stage = stage_of(head.event_type)?;
    let stops =
        run.requested.goal == Goal::Figures && head.event_type == EventType::MetricsComputed;
    if stops {
        return None;
    }
    let ready = head.recorded_at.max(run.requested_at);
    let mut since = ready;
    if stage == Stage::Fetch {
        since = since.max(run.requested.not_before);
    }
    if stage == Stage::Deliver {
        since = since.max(run.requested.deliver_at);
        since = run.again.map_or(since, |again| since.max(again.at));
    }
    if let Some(retry) = run.failures_of(stage, event).last().and_then(|f| f.failed.retry_at) {
        since = since.max(retry);
    }
    let told = run.failures.iter().any(|failure| {
        failure.failed.class == FailureClass::Stalled
            && failure.failed.stage == stage
            && failure.failed.trigger == event
    });
    let pointer = state.pointer(run.id, event)?;
    let waits = waits(state, run, stage, event);
    Some(Due { stage, pointer, since, on_purpose: since > ready, told, waits })
}

fn waits(state: &WeekState, run: &RunState, stage: Stage, event: EventId) -> Option<Waits> {
    let standing = state.standing_failure(run).filter(|failure| {
        failure.failed.class == FailureClass::Waiting
            && failure.failed.stage == stage
            && failure.failed.trigger == event
    })?;
    let by_schedule = run.requested.origin == Origin::Schedule;
    let promised = if by_schedule { run.requested.deliver_at } else { run.requested_at };
    let promised = promised.max(run.requested_at);
    Some(Waits { sentence: standing.failed.sentence.clone(), promised, by_schedule })
}

/// What `watch` does about something that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nudge {
    pub wake: bool,
    pub tell: bool,
}

impl Due {
    /// Whether to wake the stage and whether to tell the owner, at `now`.
    pub fn nudge(&self, table: &DueTable, now: Timestamp) -> Nudge {
        let waited = now.duration_since(self.since);
        let late = self.waits.as_ref().is_some_and(|waits| waits.too_long(table, now));
        if waited < SignedDuration::ZERO {
            // Each new try puts `since` off, so that alone would never tell.
            return Nudge { wake: false, tell: late && !self.told };
        }
        let tell = (late || waited >= table.tell_after) && !self.told;
        let over = waited - table.limit(self.stage);
        if over < SignedDuration::ZERO {
            return Nudge { wake: self.on_purpose && waited < table.watch_every, tell };
        }
        let phase = over.as_secs() % table.nudge_every.as_secs().max(1);
        Nudge { wake: phase < table.watch_every.as_secs(), tell }
    }
}

impl Waits {
    fn too_long(&self, table: &DueTable, now: Timestamp) -> bool {
        let limit = if self.by_schedule { table.deliver } else { table.tell_after };
        now.duration_since(self.promised) >= limit
    }
}
