//! What the driver asks of the stages.

use async_trait::async_trait;
use jiff::Timestamp;
use weekledger_events::payload::{AnalysisGenerated, SendResult, Stage};
use weekledger_events::{Event, Payload, StreamId};
use weekledger_projections::week_state::{Intent, RunState};

use super::{StageContext, StageError};
use crate::ports::{Archive, Mail};
use crate::stream::Loaded;

/// The work of the stages, behind the driver.
#[async_trait]
pub trait Stages: Send + Sync {
    /// Makes the payload of a stage other than deliver.
    async fn perform(&self, job: Job<'_>) -> Result<Payload, StageError>;

    /// Builds the message for one recipient. The error is what to record: nothing was sent.
    async fn compose(&self, job: SendJob<'_>) -> Result<Mail, SendResult>;
}

/// One piece of work for a stage.
pub struct Job<'a> {
    pub stage: Stage,
    pub context: StageContext<'a>,
    pub run: &'a RunState,
    pub trigger: &'a Event,
    /// The whole stream, checked.
    pub loaded: &'a Loaded,
    /// No model may be asked.
    pub rules_only: bool,
}

/// One message to build.
pub struct SendJob<'a> {
    pub archive: &'a dyn Archive,
    pub stream: &'a StreamId,
    pub run: &'a RunState,
    pub intent: &'a Intent,
    /// When the intent was recorded: the mail's date.
    pub intended_at: Timestamp,
    pub analysis: &'a AnalysisGenerated,
    pub second_sending: bool,
}
