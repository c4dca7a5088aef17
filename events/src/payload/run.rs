//! What opens a run, and what says that a stage of it failed.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ArtifactRef, EventId, Revision, Week};

/// Opens one pass of the chain over a week. Every stage reads this, never the present
/// configuration or the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequested {
    pub revision: Revision,
    pub goal: Goal,
    pub origin: Origin,
    pub reason: String,
    /// Who or what asked: a schedule, `watch`, or a name given on the command line.
    pub requested_by: String,
    /// The event that a re-emit starts from; what came before it is reused byte for byte.
    pub from_event: Option<EventId>,
    /// The configuration in force, archived without recipients' addresses.
    pub config: ArtifactRef,
    /// The weeks to pull, oldest first: the week of the stream, and those before it that
    /// providers may still restate.
    pub pull: Vec<Week>,
    /// Observations of other streams count if they were known by then.
    #[schemars(with = "String")]
    pub known_at: Timestamp,
    /// Nothing is pulled earlier.
    #[schemars(with = "String")]
    pub not_before: Timestamp,
    /// Past this, the rules write the words.
    #[schemars(with = "String")]
    pub analysis_due: Timestamp,
    /// Nothing is sent earlier.
    #[schemars(with = "String")]
    pub deliver_at: Timestamp,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Stop after `MetricsComputed`.
    Figures,
    /// Stop before sending, until a release.
    Hold,
    Deliver,
}

/// What opened a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Schedule,
    Hand,
    Backfill,
    /// Opened as a revision: may send to somebody who was sent an earlier one.
    ReEmit,
}

/// A stage of the chain.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Fetch,
    Compute,
    Analyze,
    Deliver,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Compute => "compute",
            Self::Analyze => "analyze",
            Self::Deliver => "deliver",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A stage could not do its work and a retry at once would not help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageFailed {
    pub stage: Stage,
    /// The event whose pointer the stage was working on.
    pub trigger: EventId,
    /// Counts the failures of this stage and trigger within the run, from 1.
    pub ordinal: u32,
    pub class: FailureClass,
    /// What happened, for a person.
    pub sentence: String,
    /// What a person should do; `None` if waiting is enough.
    pub action: Option<String>,
    /// When `watch` tries again; `None` where only a person can help.
    #[schemars(with = "Option<String>")]
    pub retry_at: Option<Timestamp>,
}

/// Why a stage stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Will work later, without anybody doing anything.
    Waiting,
    /// A person has to do something first.
    Fatal,
    /// A deadline has passed.
    Overdue,
    /// Nothing has been heard of the stage for too long; says that the owner was told.
    Stalled,
}
