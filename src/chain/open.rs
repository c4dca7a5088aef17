//! Opening a run: one request, however often it is asked for.

use weekledger_events::payload::{Origin, RunRequested};
use weekledger_events::{EventId, Payload, Pointer, ReportId, Revision, RunId, StreamId, Week};
use weekledger_projections::week_state::{RunState, WeekState};

use super::{CONFLICTS_MAX, Chain, ChainError, Draft, Loaded};
use crate::config::RunDraft;
use crate::ports::{Append, Message};

/// The run that answers a draft.
#[derive(Debug, Clone)]
pub struct Opened {
    pub run: RunId,
    pub revision: Revision,
    /// What makes the run go on. `None` if nothing is left to do.
    pub pointer: Option<Pointer>,
    /// False if the run was there already.
    pub new: bool,
}

impl Chain {
    /// Opens a run, or finds the one that was opened for the same reason before, and emits the
    /// pointer that makes it go on.
    pub async fn open(&self, stream: &StreamId, draft: &RunDraft) -> Result<Opened, ChainError> {
        for _ in 0..=CONFLICTS_MAX {
            let loaded = self.load_or_tell(stream).await?;
            if let Some(run) = existing(&loaded.state, draft) {
                return self.resume(&loaded, run).await;
            }
            let revision = loaded.state.next_revision();
            let id = run_id(stream, draft, revision);
            let payload = Payload::from(request(draft, revision));
            let run = RunId(id);
            let event = Draft { id, run, cause: draft.from_event, payload: &payload };
            if self.append(&loaded, event).await? == Append::Stored {
                let loaded = self.load_or_tell(stream).await?;
                let opened = self.resume(&loaded, loaded.run(run)?).await?;
                return Ok(Opened { new: true, ..opened });
            }
        }
        Err(ChainError::Contention)
    }

    /// Emits what makes a run go on, unless it has reached its end.
    async fn resume(&self, loaded: &Loaded, run: &RunState) -> Result<Opened, ChainError> {
        let state = &loaded.state;
        let open = !state.outcome(run).is_final() || run.failures.last().is_some();
        let pointer = state.pointer(run.id, state.furthest(run)).filter(|pointer| {
            open && weekledger_projections::decide::stage_of(pointer.event_type).is_some()
        });
        if let Some(pointer) = &pointer {
            self.emit(&[Message::Pointer(pointer.clone())]).await?;
        }
        Ok(Opened { run: run.id, revision: run.requested.revision, pointer, new: false })
    }
}

/// The run that a repeated request means.
fn existing<'a>(state: &'a WeekState, draft: &RunDraft) -> Option<&'a RunState> {
    let report = &state.stream.report;
    match draft.origin {
        Origin::Schedule | Origin::Hand => {
            state.run(RunId(EventId::report_run(report, state.stream.week)))
        }
        Origin::Backfill => state.run(RunId(EventId::figures_run(report, state.stream.week))),
        // A re-emit that was cut short is resumed; one that came to its end is not the same.
        Origin::ReEmit => state.runs.last().filter(|run| {
            run.requested.origin == Origin::ReEmit
                && run.requested.from_event == draft.from_event
                && run.requested.goal == draft.goal
                && run.requested.reason == draft.reason
                && !state.outcome(run).is_final()
        }),
    }
}

fn run_id(stream: &StreamId, draft: &RunDraft, revision: Revision) -> EventId {
    let (report, week): (&ReportId, Week) = (&stream.report, stream.week);
    match (draft.origin, draft.from_event) {
        (Origin::Backfill, _) => EventId::figures_run(report, week),
        (Origin::ReEmit, Some(from)) => EventId::re_emit_run(report, week, from, revision),
        _ => EventId::report_run(report, week),
    }
}

fn request(draft: &RunDraft, revision: Revision) -> RunRequested {
    RunRequested {
        revision,
        goal: draft.goal,
        origin: draft.origin,
        reason: draft.reason.clone(),
        requested_by: draft.requested_by.clone(),
        from_event: draft.from_event,
        config: draft.config,
        pull: draft.pull.clone(),
        known_at: draft.known_at,
        not_before: draft.not_before,
        analysis_due: draft.analysis_due,
        deliver_at: draft.deliver_at,
    }
}
