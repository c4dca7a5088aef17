//! The stages of a real week, behind the driver: each is given what its trigger points to.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use weekledger_events::payload::{
    AnalysisGenerated, InputRef, MetricsComputed, ReportSent, SendResult, Stage, Trouble,
    UnreadWeek,
};
use weekledger_events::{Event, EventId, Payload, StreamId};
use weekledger_projections::claim::ClaimSet;
use weekledger_projections::earlier::Earlier;
use weekledger_projections::words::Words;

use super::analyze::{AnalyzeInput, EarlierReport, analyze};
use super::compute::{ComputeInput, EarlierMetrics, compute};
use super::deliver::{AddressBook, compose};
use super::fetch::fetch;
use super::job::{Job, SendJob, Stages};
use super::{StageError, read_evidence};
use crate::ports::{ArchiveError, Mail, Ports, with_causes};
use crate::stream::{Loaded, StreamError, look};

/// What was asked for longer ago is not followed up any more.
const FOLLOWED_UP_WEEKS: i32 = 4;

/// Fetch, compute, analyze and deliver over ports.
pub struct WeekStages {
    ports: Ports,
    addresses: Arc<dyn AddressBook>,
}

impl WeekStages {
    pub fn new(ports: Ports, addresses: Arc<dyn AddressBook>) -> Self {
        Self { ports, addresses }
    }
}

#[async_trait]
impl Stages for WeekStages {
    async fn perform(&self, job: Job<'_>) -> Result<Payload, StageError> {
        match job.stage {
            Stage::Fetch => Ok(Payload::from(fetch(&job.context, &job.run.requested.pull).await?)),
            Stage::Compute => self.compute(&job).await,
            Stage::Analyze => self.analyze(&job).await,
            Stage::Deliver => Err(misdirected(&job)),
        }
    }

    async fn compose(&self, job: SendJob<'_>) -> Result<Mail, SendResult> {
        compose(&*self.addresses, job).await
    }
}

impl WeekStages {
    async fn compute(&self, job: &Job<'_>) -> Result<Payload, StageError> {
        let Payload::RawFetched(raw) = &job.trigger.payload else {
            return Err(misdirected(job));
        };
        let (history, unread) = self.history(job).await?;
        let input = ComputeInput {
            fetched: &job.trigger.envelope,
            raw,
            known_at: job.run.requested.known_at,
            history: &history,
            unread: &unread,
        };
        Ok(Payload::from(compute(&job.context, input).await?))
    }

    async fn analyze(&self, job: &Job<'_>) -> Result<Payload, StageError> {
        let Payload::MetricsComputed(metrics) = &job.trigger.payload else {
            return Err(misdirected(job));
        };
        let figures = read_evidence(job.context.archive, &metrics.figures).await?;
        let earlier = self.earlier(job).await?;
        let input = AnalyzeInput {
            run: &job.run.requested,
            metrics_id: job.trigger.id(),
            metrics,
            figures: &figures,
            revised: job.loaded.state.is_revised(job.run),
            rules_only: job.rules_only,
            earlier: earlier.as_ref(),
        };
        Ok(Payload::from(analyze(&job.context, input).await?))
    }

    /// What the last report that was sent before this week asked for.
    async fn earlier(&self, job: &Job<'_>) -> Result<Option<EarlierReport>, StageError> {
        let (own, known_at) = (job.context.stream, job.run.requested.known_at);
        for back in 1..=FOLLOWED_UP_WEEKS {
            let stream = StreamId::new(own.report.clone(), own.week.plus(-back));
            let loaded = match look(&self.ports, &stream).await {
                Ok(loaded) => loaded,
                Err(error) if error.is_damage() => return Ok(None),
                Err(error) => return Err(failed(error)),
            };
            let Some((event, analysis, metrics)) = sent(&loaded, known_at) else { continue };
            let archive = job.context.archive;
            let claims = read_evidence(archive, &analysis.claims).await;
            let words = read_evidence(archive, &analysis.words).await;
            let (claims, words) = match (claims, words) {
                (Ok(claims), Ok(words)) => (claims, words),
                (Err(error @ ArchiveError::Unavailable(_)), _)
                | (_, Err(error @ ArchiveError::Unavailable(_))) => return Err(error.into()),
                // What was damaged in an earlier week stops no report.
                _ => return Ok(None),
            };
            let (Ok(claims), Ok(words)) =
                (ClaimSet::from_bytes(&claims), serde_json::from_slice::<Words>(&words))
            else {
                return Ok(None);
            };
            let earlier = Earlier::of(&claims, &metrics.findings, &words);
            let analysis = InputRef { stream, sequence: event.sequence(), digest: event.digest };
            return Ok(Some(EarlierReport { analysis, earlier }));
        }
        Ok(None)
    }

    /// The metrics of the report's other weeks, as far as this run may know them, and the weeks
    /// whose own record is damaged: they are missing from the figures, which say so.
    async fn history(
        &self,
        job: &Job<'_>,
    ) -> Result<(Vec<EarlierMetrics>, Vec<UnreadWeek>), StageError> {
        let own = job.context.stream;
        let known_at = job.run.requested.known_at;
        let streams =
            self.ports.ledger.streams().await.map_err(StreamError::from).map_err(failed)?;
        let (mut history, mut unread) = (Vec::new(), Vec::new());
        for stream in streams.iter().filter(|other| other.report == own.report && *other != own) {
            let loaded = match look(&self.ports, stream).await {
                Ok(loaded) => loaded,
                Err(error) if error.is_damage() => {
                    tracing::warn!(%stream, error = with_causes(&error), "left out of the history");
                    unread.push(unread_week(stream, &error));
                    continue;
                }
                Err(error) => return Err(failed(error)),
            };
            let known =
                loaded.metrics().filter(|(event, _)| event.envelope.recorded_at <= known_at);
            // The metrics of the last mail that somebody got.
            let mailed = sent(&loaded, known_at).map(|(_, analysis, _)| analysis.metrics);
            history.extend(known.map(|(event, metrics)| EarlierMetrics {
                event: InputRef {
                    stream: stream.clone(),
                    sequence: event.sequence(),
                    digest: event.digest,
                },
                recorded_at: event.envelope.recorded_at,
                metrics: metrics.clone(),
                reported: mailed == Some(event.id()),
            }));
        }
        Ok((history, unread))
    }
}

/// The last analysis that somebody got, as far as was known then, and the metrics it speaks of.
fn sent(
    loaded: &Loaded,
    known_at: Timestamp,
) -> Option<(&Event, &AnalysisGenerated, &MetricsComputed)> {
    let known = loaded.events.iter().filter(|event| event.envelope.recorded_at <= known_at);
    let arrived = |sent: &ReportSent| {
        sent.recipients.iter().any(|one| matches!(one.result, SendResult::Accepted { .. }))
    };
    let analysis = known.rev().find_map(|event| match &event.payload {
        Payload::ReportSent(sent) if arrived(sent) => Some(sent.analysis),
        _ => None,
    })?;
    let found = loaded.event(analysis).ok()?;
    let Payload::AnalysisGenerated(analysis) = &found.payload else { return None };
    let (_, metrics) = loaded.metrics().find(|(event, _)| event.id() == analysis.metrics)?;
    Some((found, analysis, metrics))
}

fn unread_week(stream: &StreamId, error: &StreamError) -> UnreadWeek {
    let (why, action) = (with_causes(error), error.remedy().to_owned());
    UnreadWeek { week: stream.week, why, action }
}

/// A ledger that cannot be asked for the other weeks stops this one only if a person is needed.
fn failed(error: StreamError) -> StageError {
    if !error.needs_person() {
        return StageError::Retryable(Box::new(error));
    }
    let trouble = Trouble {
        class: "history_damaged".to_owned(),
        sentence: with_causes(&error),
        action: error.remedy().to_owned(),
    };
    StageError::Fatal { trouble }
}

/// The driver gives each stage the type of event that it works on; anything else is a mistake in
/// this program.
fn misdirected(job: &Job<'_>) -> StageError {
    let id: EventId = job.trigger.id();
    let trouble = Trouble {
        class: "misdirected".to_owned(),
        sentence: format!("stage {} was given event {id}, which it does not work on", job.stage),
        action: "report this sentence to the maintainers".to_owned(),
    };
    StageError::Fatal { trouble }
}
