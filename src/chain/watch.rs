//! `watch`: wakes what stalled, opens what is missing, tells the owner. Keeps no state.

use weekledger_events::payload::{FailureClass, StageFailed};
use weekledger_events::{EventId, Payload, RunId, StreamId};
use weekledger_projections::due::{Due, DueTable, due};

use super::{Chain, ChainError, Draft, Loaded, RunDraft, Stopped};
use crate::ports::{Append, Message};

/// What a pass of `watch` did.
#[derive(Debug, Default)]
pub struct Watched {
    pub opened: Vec<StreamId>,
    pub woken: Vec<StreamId>,
    pub told: Vec<StreamId>,
    /// Streams whose own record is damaged. All others were looked after.
    pub stopped: Vec<Stopped>,
}

impl Chain {
    /// One pass. `expected` are the weeks that the configuration wants to exist, `streams` those
    /// to look through.
    pub async fn watch(
        &self,
        expected: &[(StreamId, RunDraft)],
        streams: &[StreamId],
        table: &DueTable,
    ) -> Result<Watched, ChainError> {
        let mut watched = Watched::default();
        for (stream, draft) in expected {
            let loaded = self.load_or_put_aside(stream, &mut watched.stopped).await?;
            let Some(loaded) = loaded else { continue };
            let run = RunId(EventId::report_run(&stream.report, stream.week));
            if loaded.state.run(run).is_none() {
                self.open(stream, draft).await?;
                watched.opened.push(stream.clone());
            }
        }
        for stream in streams {
            self.watch_stream(stream, table, &mut watched).await?;
        }
        Ok(watched)
    }

    async fn watch_stream(
        &self,
        stream: &StreamId,
        table: &DueTable,
        watched: &mut Watched,
    ) -> Result<(), ChainError> {
        let loaded = self.load_or_put_aside(stream, &mut watched.stopped).await?;
        let Some(loaded) = loaded else { return Ok(()) };
        let now = self.ports.clock.now();
        let dues: Vec<Due> =
            loaded.state.runs.iter().filter_map(|run| due(&loaded.state, run)).collect();
        for due in dues {
            let nudge = due.nudge(table, now);
            if nudge.wake {
                self.emit(&[Message::Pointer(due.pointer.clone())]).await?;
                watched.woken.push(stream.clone());
            }
            if nudge.tell && self.tell_of_stall(&loaded, &due).await? {
                watched.told.push(stream.clone());
                // The stream has a new head; what else is due here is looked at next time.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Wakes every run that can go on, at once: for a process that knows that nothing else runs.
    /// Answers with the streams that cannot be worked with.
    pub async fn resume_all(&self, streams: &[StreamId]) -> Result<Vec<Stopped>, ChainError> {
        let mut stopped = Vec::new();
        for stream in streams {
            let loaded = self.load_or_put_aside(stream, &mut stopped).await?;
            let Some(Loaded { state, .. }) = &loaded else { continue };
            for due in state.runs.iter().filter_map(|run| due(state, run)) {
                self.emit(&[Message::Pointer(due.pointer)]).await?;
            }
        }
        Ok(stopped)
    }

    /// Tells, then records it: told twice is better than never. False if another was faster.
    async fn tell_of_stall(&self, loaded: &Loaded, due: &Due) -> Result<bool, ChainError> {
        let (stage, trigger, run) = (due.stage, due.pointer.event, due.pointer.run);
        let (sentence, action) = in_words(due);
        let payload = Payload::from(StageFailed {
            stage,
            trigger,
            ordinal: 1,
            class: FailureClass::Stalled,
            sentence: sentence.clone(),
            action: Some(action.clone()),
            retry_at: None,
        });
        let id = EventId::stage_stalled(run, trigger, stage);
        let draft = Draft { id, run, cause: Some(trigger), payload: &payload };
        self.tell_owner(&due.pointer.stream, &sentence, Some(&action)).await?;
        Ok(self.append(loaded, draft).await? == Append::Stored)
    }
}

/// What the owner is told: what a stage says that it waits for goes before the time that has passed.
fn in_words(due: &Due) -> (String, String) {
    let Due { stage, since, .. } = due;
    match &due.waits {
        Some(waits) => {
            let (expected, then) = if waits.by_schedule {
                ("the report was to be sent", "the report goes out")
            } else {
                ("the week was asked for", "the rest follows")
            };
            (
                format!(
                    "{expected} at {} and cannot be made yet: {}",
                    waits.promised, waits.sentence
                ),
                format!(
                    "nothing, if that passes by itself: watch goes on trying, and {then} as soon as \
                     it can; status shows how it stands"
                ),
            )
        }
        None => (
            format!("stage {stage} has not finished since {since}"),
            format!("look at status and the logs of {stage}; watch goes on trying"),
        ),
    }
}
