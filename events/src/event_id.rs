//! Event ids: UUIDv5 of what the event is about, so that every attempt makes the same one.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::InvalidId;
use crate::payload::{EventType, Stage};
use crate::{RecipientKey, ReportId, Revision, RunId, Week};

/// Names an event for ever and everywhere.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct EventId(#[schemars(with = "String")] Uuid);

/// UUIDv5 of the URL namespace and "urn:weekledger:event".
const NAMESPACE: Uuid = Uuid::from_u128(0x1555_5e78_b082_56b8_9f7b_1a30_338a_3b2c);

impl EventId {
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| InvalidId::new("an event id", text, "write a UUID with hyphens"))
    }

    /// The run of a schedule, or of a `run` by hand: one for each report and week.
    pub fn report_run(report: &ReportId, week: Week) -> Self {
        Self::derive(&["run", report.as_str(), &week.to_string(), "report"])
    }

    /// The run of a backfill: one for each report and week.
    pub fn figures_run(report: &ReportId, week: Week) -> Self {
        Self::derive(&["run", report.as_str(), &week.to_string(), "figures"])
    }

    /// The run of a re-emit.
    pub fn re_emit_run(report: &ReportId, week: Week, from: Self, revision: Revision) -> Self {
        let (week, from, revision) = (week.to_string(), from.to_string(), revision.to_string());
        Self::derive(&["run", report.as_str(), &week, "re-emit", &from, &revision])
    }

    /// The one output that a run's stage makes from a trigger.
    pub fn stage_output(run: RunId, trigger: Self, event_type: EventType) -> Self {
        Self::derive(&["output", &run.to_string(), &trigger.to_string(), event_type.as_str()])
    }

    /// A failure; `ordinal` counts the failures of this stage and trigger from 1.
    pub fn stage_failed(run: RunId, trigger: Self, stage: Stage, ordinal: u32) -> Self {
        let (run, trigger) = (run.to_string(), trigger.to_string());
        Self::derive(&["failed", &run, &trigger, stage.as_str(), &ordinal.to_string()])
    }

    /// Says that the owner was told of a stall, once for a run, stage and trigger.
    pub fn stage_stalled(run: RunId, trigger: Self, stage: Stage) -> Self {
        Self::derive(&["stalled", &run.to_string(), &trigger.to_string(), stage.as_str()])
    }

    pub fn release(run: RunId, analysis: Self) -> Self {
        Self::derive(&["release", &run.to_string(), &analysis.to_string()])
    }

    /// A release for those whom a revision did not reach; `ordinal` counts these from 1.
    pub fn release_again(run: RunId, analysis: Self, ordinal: u32) -> Self {
        let (run, analysis) = (run.to_string(), analysis.to_string());
        Self::derive(&["release", &run, &analysis, &ordinal.to_string()])
    }

    pub fn send_intended(run: RunId, recipient: &RecipientKey, attempt: u32) -> Self {
        Self::derive(&["intent", &run.to_string(), recipient.as_str(), &attempt.to_string()])
    }

    /// A resolution; `ordinal` counts those of this intent from 1.
    pub fn send_resolved(intent: Self, ordinal: u32) -> Self {
        Self::derive(&["resolved", &intent.to_string(), &ordinal.to_string()])
    }

    /// Stands for a trigger where a stage is only tried; no event has it.
    pub fn rehearsal(trigger: Self) -> Self {
        Self::derive(&["rehearsal", &trigger.to_string()])
    }

    fn derive(parts: &[&str]) -> Self {
        // The separator occurs in no part, so different parts never join to the same text.
        Self(Uuid::new_v5(&NAMESPACE, parts.join("\n").as_bytes()))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}
