//! The run that a schedule, a person or a backfill asks for, from the configuration as it is now.

use jiff::Timestamp;
use weekledger_events::payload::{Goal, Origin};
use weekledger_events::{ArtifactRef, EventId, Week};

use super::{Report, analysis_due};

/// A run that somebody asks for. Revision and id follow from the stream.
#[derive(Debug, Clone)]
pub struct RunDraft {
    pub goal: Goal,
    pub origin: Origin,
    pub reason: String,
    pub requested_by: String,
    pub from_event: Option<EventId>,
    pub config: ArtifactRef,
    pub pull: Vec<Week>,
    pub known_at: Timestamp,
    pub not_before: Timestamp,
    pub analysis_due: Timestamp,
    pub deliver_at: Timestamp,
}

/// Providers restate figures for 28 days: the four weeks before the newest are pulled again.
const RESTATED_WEEKS: i32 = 4;

impl Report {
    /// The run of a schedule: prepared early, sent at the report's time.
    pub fn scheduled_run(&self, week: Week, config: ArtifactRef, now: Timestamp) -> RunDraft {
        let schedule = self.schedule(week);
        RunDraft {
            goal: self.goal(),
            origin: Origin::Schedule,
            reason: format!("the schedule of {week}"),
            requested_by: "schedule".to_owned(),
            from_event: None,
            config,
            pull: with_restated(week),
            known_at: now,
            not_before: schedule.starts_at,
            analysis_due: schedule.analysis_due,
            deliver_at: schedule.deliver_at,
        }
    }

    /// A run by hand: it sends as soon as it is ready.
    pub fn run_by_hand(&self, week: Week, config: ArtifactRef, now: Timestamp) -> RunDraft {
        RunDraft {
            goal: self.goal(),
            origin: Origin::Hand,
            reason: "a run by hand".to_owned(),
            requested_by: "command line".to_owned(),
            from_event: None,
            config,
            pull: with_restated(week),
            known_at: now,
            not_before: now,
            analysis_due: analysis_due(now, now),
            deliver_at: now,
        }
    }

    /// A backfill: the figures of one week, pulled once.
    pub fn backfill_run(&self, week: Week, config: ArtifactRef, now: Timestamp) -> RunDraft {
        RunDraft {
            goal: Goal::Figures,
            origin: Origin::Backfill,
            reason: format!("backfill of {week}"),
            pull: vec![week],
            ..self.run_by_hand(week, config, now)
        }
    }

    fn goal(&self) -> Goal {
        if self.approval { Goal::Hold } else { Goal::Deliver }
    }
}

/// Oldest first.
fn with_restated(week: Week) -> Vec<Week> {
    (-RESTATED_WEEKS..=0).map(|count| week.plus(count)).collect()
}
