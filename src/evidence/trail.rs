//! The trail of one revision: from the delivered mail back to the requests that were made.

use jiff::Timestamp;
use serde::Serialize;
use weekledger_events::payload::{
    Analyst, Goal, Origin, Page, PageKind, RecipientOutcome, RunRequested, SendResult, Template,
    Verification,
};
use weekledger_events::{
    AccountId, Digest, Event, EventId, EventType, Payload, Producer, ReportId, Revision, RunId,
    Sequence, Week,
};
use weekledger_projections::week_state::{Outcome, RunState};

use super::artifact::{self, Kept, Reference, Role, references};
use super::{EvidenceError, Store};
use crate::chain::Loaded;

/// What is promised, and for how long.
pub const PROMISE: &str = "to the recorded row, request and digest for ever; to the bytes while \
                           raw is kept; after that a week is rebuilt from MetricsComputed, which \
                           holds every figure at its lowest grain";

/// See the module. Newest first, as an auditor asks.
#[derive(Debug, Serialize)]
pub struct Trail {
    pub report: ReportId,
    pub week: Week,
    pub revision: Revision,
    pub outcome: Outcome,
    pub promise: &'static str,
    /// Length of the stream and its newest anchored event.
    pub events: usize,
    pub head: Option<Digest>,
    pub anchored_to: Option<Sequence>,
    /// `None` until every recipient is final.
    pub sent: Option<EventRef>,
    pub recipients: Vec<RecipientLine>,
    pub analysis: Option<AnalysisStep>,
    pub metrics: Option<MetricsStep>,
    pub raw: Option<RawStep>,
    pub request: RequestStep,
}

/// An event in the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct EventRef {
    pub sequence: Sequence,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub id: EventId,
    pub digest: Digest,
    pub run: RunId,
    pub cause: Option<EventId>,
    pub recorded_at: Timestamp,
    pub producer: Producer,
    pub payload: Digest,
}

#[derive(Debug, Serialize)]
pub struct RecipientLine {
    pub recipient: String,
    pub attempt: u32,
    /// `accepted`, `refused`, `unknown`, or `open` while it is not resolved.
    pub result: &'static str,
    /// The message id, or a sentence.
    pub detail: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct AnalysisStep {
    #[serde(flatten)]
    pub event: EventRef,
    pub subject: String,
    pub analyst: Analyst,
    pub template: Template,
    pub verification: Verification,
    pub claims: u32,
    pub artifacts: Vec<ArtifactLine>,
}

#[derive(Debug, Serialize)]
pub struct MetricsStep {
    #[serde(flatten)]
    pub event: EventRef,
    pub figures: u32,
    pub data_hold: Option<String>,
    pub findings: usize,
    pub artifacts: Vec<ArtifactLine>,
    /// Events of other weeks that the figures rest on.
    pub inputs: Vec<InputLine>,
}

#[derive(Debug, Serialize)]
pub struct InputLine {
    pub week: Week,
    pub sequence: Sequence,
    pub digest: Digest,
}

#[derive(Debug, Serialize)]
pub struct RawStep {
    #[serde(flatten)]
    pub event: EventRef,
    pub weeks: Vec<Week>,
    pub pages: Vec<PageLine>,
}

/// A page and the request that it answers.
#[derive(Debug, Serialize)]
pub struct PageLine {
    pub kind: PageKind,
    pub account: Option<AccountId>,
    pub number: u32,
    pub method: String,
    pub url: String,
    pub body: Option<String>,
    pub request: Digest,
    pub http_status: u16,
    pub received_at: Timestamp,
    pub rows: u32,
    #[serde(flatten)]
    pub artifact: ArtifactLine,
}

#[derive(Debug, Serialize)]
pub struct ArtifactLine {
    pub role: Role,
    pub artifact: Digest,
    /// In bytes.
    pub length: u64,
    /// Its name in the archive.
    pub object: String,
    pub state: Kept,
}

#[derive(Debug, Serialize)]
pub struct RequestStep {
    #[serde(flatten)]
    pub event: EventRef,
    pub goal: Goal,
    pub origin: Origin,
    pub reason: String,
    pub requested_by: String,
    pub from_event: Option<EventId>,
    pub known_at: Timestamp,
    pub artifacts: Vec<ArtifactLine>,
}

/// Follows a revision back.
pub async fn trail(
    store: &dyn Store,
    loaded: &Loaded,
    run: &RunState,
) -> Result<Trail, EvidenceError> {
    let tracer = Tracer { store, loaded };
    let analysis = tracer.effective(run, EventType::AnalysisGenerated);
    let metrics = tracer.effective(run, EventType::MetricsComputed);
    let raw = match metrics.and_then(|event| event.envelope.cause) {
        Some(cause) => loaded.events.iter().find(|event| event.id() == cause),
        None => tracer.effective(run, EventType::RawFetched),
    };
    let sent = loaded
        .events
        .iter()
        .rfind(|event| event.run() == run.id && event.envelope.event_type == EventType::ReportSent);
    let stream = &loaded.state.stream;
    Ok(Trail {
        report: stream.report.clone(),
        week: stream.week,
        revision: run.requested.revision,
        outcome: loaded.state.outcome(run),
        promise: PROMISE,
        events: loaded.events.len(),
        head: loaded.events.last().map(|event| event.digest),
        anchored_to: loaded.anchored,
        sent: sent.map(event_ref),
        recipients: recipients(run),
        analysis: tracer.analysis(analysis).await?,
        metrics: tracer.metrics(metrics).await?,
        raw: tracer.raw(raw).await?,
        request: tracer.request(run).await?,
    })
}

struct Tracer<'a> {
    store: &'a dyn Store,
    loaded: &'a Loaded,
}

impl<'a> Tracer<'a> {
    fn effective(&self, run: &RunState, event_type: EventType) -> Option<&'a Event> {
        let id = self.loaded.state.effective(run, event_type)?;
        self.loaded.events.iter().find(|event| event.id() == id)
    }

    async fn analysis(&self, event: Option<&Event>) -> Result<Option<AnalysisStep>, EvidenceError> {
        let Some(event) = event else { return Ok(None) };
        let Payload::AnalysisGenerated(analysis) = &event.payload else { return Ok(None) };
        Ok(Some(AnalysisStep {
            event: event_ref(event),
            subject: analysis.subject.clone(),
            analyst: analysis.analyst.clone(),
            template: analysis.template.clone(),
            verification: analysis.verification.clone(),
            claims: analysis.claim_count,
            artifacts: self.artifacts(event).await?,
        }))
    }

    async fn metrics(&self, event: Option<&Event>) -> Result<Option<MetricsStep>, EvidenceError> {
        let Some(event) = event else { return Ok(None) };
        let Payload::MetricsComputed(metrics) = &event.payload else { return Ok(None) };
        let inputs = metrics.inputs.iter().map(|input| InputLine {
            week: input.stream.week,
            sequence: input.sequence,
            digest: input.digest,
        });
        Ok(Some(MetricsStep {
            event: event_ref(event),
            figures: metrics.figure_count,
            data_hold: metrics.data_hold.clone(),
            findings: metrics.findings.len(),
            artifacts: self.artifacts(event).await?,
            inputs: inputs.collect(),
        }))
    }

    async fn raw(&self, event: Option<&Event>) -> Result<Option<RawStep>, EvidenceError> {
        let Some(event) = event else { return Ok(None) };
        let Payload::RawFetched(raw) = &event.payload else { return Ok(None) };
        let artifacts = self.artifacts(event).await?;
        let pages = raw.pages.iter().zip(artifacts).map(|(page, line)| page_line(page, line));
        Ok(Some(RawStep {
            event: event_ref(event),
            weeks: raw.weeks.clone(),
            pages: pages.collect(),
        }))
    }

    async fn request(&self, run: &RunState) -> Result<RequestStep, EvidenceError> {
        let sequence = run.sequence;
        let event = self.loaded.events.iter().find(|event| event.sequence() == sequence);
        let event = event.ok_or_else(|| EvidenceError::EventMissing {
            stream: self.loaded.state.stream.clone(),
            sequence,
        })?;
        let RunRequested { goal, origin, reason, requested_by, from_event, known_at, .. } =
            run.requested.clone();
        let artifacts = self.artifacts(event).await?;
        let event = event_ref(event);
        Ok(RequestStep {
            event,
            goal,
            origin,
            reason,
            requested_by,
            from_event,
            known_at,
            artifacts,
        })
    }

    async fn artifacts(&self, event: &Event) -> Result<Vec<ArtifactLine>, EvidenceError> {
        let mut lines = Vec::new();
        for reference in references(&self.loaded.state.stream, event) {
            let state = artifact::kept(self.store, &reference).await?;
            let Reference { role, name, artifact } = reference;
            lines.push(ArtifactLine {
                role,
                artifact: artifact.digest,
                length: artifact.length,
                object: name.to_string(),
                state,
            });
        }
        Ok(lines)
    }
}

fn event_ref(event: &Event) -> EventRef {
    let envelope = &event.envelope;
    EventRef {
        sequence: envelope.sequence,
        event_type: envelope.event_type,
        id: envelope.id,
        digest: event.digest,
        run: envelope.run,
        cause: envelope.cause,
        recorded_at: envelope.recorded_at,
        producer: envelope.producer.clone(),
        payload: envelope.payload.digest,
    }
}

fn page_line(page: &Page, artifact: ArtifactLine) -> PageLine {
    PageLine {
        kind: page.kind,
        account: page.account.clone(),
        number: page.number,
        method: page.request.method.clone(),
        url: page.request.url.clone(),
        body: page.request.body.clone(),
        request: page.request.digest,
        http_status: page.http_status,
        received_at: page.received_at,
        rows: page.rows,
        artifact,
    }
}

/// As `ReportSent` has it; until then as the intents stand.
fn recipients(run: &RunState) -> Vec<RecipientLine> {
    if let Some(sent) = run.sent.as_ref().filter(|_| run.closed) {
        let line = |one: &RecipientOutcome| {
            recipient_line(one.recipient.to_string(), one.attempt, Some(&one.result))
        };
        return sent.recipients.iter().map(line).collect();
    }
    let line = |intent: &weekledger_projections::week_state::Intent| {
        let intended = &intent.intended;
        recipient_line(intended.recipient.to_string(), intended.attempt, intent.result())
    };
    run.intents.iter().map(line).collect()
}

fn recipient_line(recipient: String, attempt: u32, result: Option<&SendResult>) -> RecipientLine {
    let (result, detail) = match result {
        Some(SendResult::Accepted { message_id }) => ("accepted", Some(message_id.clone())),
        Some(SendResult::Refused { sentence, .. }) => ("refused", Some(sentence.clone())),
        Some(SendResult::Unknown { sentence }) => ("unknown", Some(sentence.clone())),
        None => ("open", None),
    };
    RecipientLine { recipient, attempt, result, detail }
}
