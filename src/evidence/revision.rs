//! Which events a revision consists of: its metrics and its analysis, made by it or reused.

use weekledger_events::payload::{AnalysisGenerated, MetricsComputed, RawFetched};
use weekledger_events::{Event, EventType, Payload, Revision};
use weekledger_projections::figures::Subject;
use weekledger_projections::series::Series;
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::week_state::RunState;

use super::{EvidenceError, Store};
use crate::chain::Loaded;
use crate::config::RunSettings;
use crate::stages::read_evidence;

/// A revision that has figures.
#[derive(Debug, Clone, Copy)]
pub struct Computed<'l> {
    pub run: &'l RunState,
    pub event: &'l Event,
    pub metrics: &'l MetricsComputed,
}

/// A revision that has a mail.
#[derive(Debug, Clone, Copy)]
pub struct Analysed<'l> {
    pub run: &'l RunState,
    pub event: &'l Event,
    pub analysis: &'l AnalysisGenerated,
}

/// The figures of a revision, or those of the newest revision that has some.
pub fn computed(loaded: &Loaded, wanted: Option<Revision>) -> Result<Computed<'_>, EvidenceError> {
    let (run, event) = reached(loaded, wanted, EventType::MetricsComputed)?;
    match &event.payload {
        Payload::MetricsComputed(metrics) => Ok(Computed { run, event, metrics }),
        _ => Err(not_reached(loaded, wanted, EventType::MetricsComputed)),
    }
}

/// The mail of a revision, or that of the newest revision that has one.
pub fn analysed(loaded: &Loaded, wanted: Option<Revision>) -> Result<Analysed<'_>, EvidenceError> {
    let (run, event) = reached(loaded, wanted, EventType::AnalysisGenerated)?;
    match &event.payload {
        Payload::AnalysisGenerated(analysis) => Ok(Analysed { run, event, analysis }),
        _ => Err(not_reached(loaded, wanted, EventType::AnalysisGenerated)),
    }
}

/// The archived figures of a revision.
pub async fn figures(
    store: &dyn Store,
    metrics: &MetricsComputed,
) -> Result<FigureSet, EvidenceError> {
    let bytes = read_evidence(store.archive(), &metrics.figures).await?;
    Ok(FigureSet::from_bytes(&bytes)?)
}

/// The archived series of a revision, and what its figures are of.
pub async fn series(
    store: &dyn Store,
    loaded: &Loaded,
    computed: &Computed<'_>,
) -> Result<(Series, Subject), EvidenceError> {
    let settings = settings(store, loaded, computed.event).await?;
    let bytes = read_evidence(store.archive(), &computed.metrics.series).await?;
    Ok((Series::from_bytes(&bytes)?, subject(loaded, &settings)))
}

fn reached(
    loaded: &Loaded,
    wanted: Option<Revision>,
    event_type: EventType,
) -> Result<(&RunState, &Event), EvidenceError> {
    let state = &loaded.state;
    let runs: Vec<&RunState> = match wanted {
        None => state.runs.iter().rev().collect(),
        Some(revision) => {
            vec![state.revision(revision).ok_or_else(|| no_revision(loaded, revision))?]
        }
    };
    let found = runs.into_iter().find_map(|run| {
        let id = state.effective(run, event_type)?;
        Some((run, loaded.events.iter().find(|event| event.id() == id)?))
    });
    found.ok_or_else(|| not_reached(loaded, wanted, event_type))
}

fn no_revision(loaded: &Loaded, revision: Revision) -> EvidenceError {
    let known = loaded.state.runs.iter().map(|run| run.requested.revision.to_string());
    EvidenceError::NoRevision {
        stream: loaded.state.stream.clone(),
        revision,
        known: known.collect(),
    }
}

fn not_reached(loaded: &Loaded, revision: Option<Revision>, wanted: EventType) -> EvidenceError {
    EvidenceError::NotReached { stream: loaded.state.stream.clone(), revision, wanted }
}

/// The settings that the run of an event pinned.
pub(super) async fn settings(
    store: &dyn Store,
    loaded: &Loaded,
    event: &Event,
) -> Result<RunSettings, EvidenceError> {
    let run = loaded.state.run(event.run()).ok_or_else(|| EvidenceError::EventMissing {
        stream: loaded.state.stream.clone(),
        sequence: event.sequence(),
    })?;
    let bytes = read_evidence(store.archive(), &run.requested.config).await?;
    Ok(RunSettings::from_bytes(&bytes)?)
}

/// What the figures of a week are of.
pub(super) fn subject(loaded: &Loaded, settings: &RunSettings) -> Subject {
    let stream = &loaded.state.stream;
    Subject {
        report: stream.report.clone(),
        title: settings.title.clone(),
        week: stream.week,
        crm: settings.hubspot.enabled,
        excluded: settings.excluded_weeks(),
        alerts: settings.alerts.clone(),
    }
}

/// The pull that metrics were computed from.
pub(super) fn fetched<'l>(
    loaded: &'l Loaded,
    metrics: &Event,
) -> Option<(&'l Event, &'l RawFetched)> {
    let cause = metrics.envelope.cause?;
    let event = loaded.events.iter().find(|event| event.id() == cause)?;
    match &event.payload {
        Payload::RawFetched(raw) => Some((event, raw)),
        _ => None,
    }
}
