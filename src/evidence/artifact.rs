//! The archived objects that an event refers to, and whether they are still there.

use serde::Serialize;
use weekledger_events::payload::MetricsComputed;
use weekledger_events::{ArtifactRef, Event, Payload, StreamId};

use super::{EvidenceError, Store};
use crate::chain::Loaded;
use crate::ports::ArtifactName;

/// What an object is to the event that refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Settings,
    Page,
    Rows,
    Series,
    Figures,
    Claims,
    Words,
    EarlierActions,
    ModelRequest,
    ModelResponse,
    Html,
    Text,
}

/// Whether an object is still in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    Kept,
    /// A raw page, gone as configured.
    Expired,
    /// Evidence, which never expires; or a page whose pull is there otherwise.
    Missing,
}

/// One reference of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub role: Role,
    pub name: ArtifactName,
    pub artifact: ArtifactRef,
}

/// Every object that an event refers to, in the order of the payload; its own payload aside.
pub fn references(stream: &StreamId, event: &Event) -> Vec<Reference> {
    let evidence = |role, artifact: &ArtifactRef| Reference {
        role,
        name: ArtifactName::evidence(&artifact.digest),
        artifact: *artifact,
    };
    match &event.payload {
        Payload::RunRequested(run) => vec![evidence(Role::Settings, &run.config)],
        Payload::RawFetched(raw) => {
            let page = |artifact: &ArtifactRef| Reference {
                role: Role::Page,
                name: ArtifactName::raw(stream, event.run(), &artifact.digest),
                artifact: *artifact,
            };
            raw.pages.iter().map(|one| page(&one.artifact)).collect()
        }
        Payload::MetricsComputed(metrics) => of_metrics(metrics, evidence),
        Payload::AnalysisGenerated(analysis) => {
            let mut found = vec![
                evidence(Role::Claims, &analysis.claims),
                evidence(Role::Words, &analysis.words),
            ];
            for exchange in &analysis.exchanges {
                found.push(evidence(Role::ModelRequest, &exchange.request));
                found.push(evidence(Role::ModelResponse, &exchange.response));
            }
            if let Some(earlier) = &analysis.earlier {
                found.push(evidence(Role::EarlierActions, &earlier.actions));
            }
            found.push(evidence(Role::Html, &analysis.html));
            found.push(evidence(Role::Text, &analysis.text));
            found
        }
        _ => Vec::new(),
    }
}

fn of_metrics(
    metrics: &MetricsComputed,
    evidence: impl Fn(Role, &ArtifactRef) -> Reference,
) -> Vec<Reference> {
    let rows = metrics.observations.iter().map(|one| evidence(Role::Rows, &one.rows));
    let mut found: Vec<Reference> = rows.collect();
    found.push(evidence(Role::Series, &metrics.series));
    found.push(evidence(Role::Figures, &metrics.figures));
    found
}

/// Whether the object exists; its bytes are not looked at.
pub(super) async fn kept(store: &dyn Store, reference: &Reference) -> Result<Kept, EvidenceError> {
    Ok(match store.archive().exists(&reference.name).await? {
        true => Kept::Kept,
        false if reference.role == Role::Page && !is_torn(store, &reference.name).await? => {
            Kept::Expired
        }
        false => Kept::Missing,
    })
}

/// Whether other objects of a page's pull are still there. An expiry takes a pull as a whole, so
/// a page that is gone alone was taken away.
pub(super) async fn is_torn(store: &dyn Store, page: &ArtifactName) -> Result<bool, EvidenceError> {
    let pull = page.as_str().rsplit_once('/').map_or("", |(pull, _)| pull);
    Ok(!store.archive().list(&format!("{pull}/")).await?.is_empty())
}

/// The pages of a week that are gone and did not expire.
///
/// # Errors
/// If the archive cannot be read.
pub async fn lost_pages(
    store: &dyn Store,
    loaded: &Loaded,
) -> Result<Vec<ArtifactName>, EvidenceError> {
    let mut lost = Vec::new();
    for event in &loaded.events {
        let references = references(&loaded.state.stream, event);
        for page in references.into_iter().filter(|one| one.role == Role::Page) {
            if kept(store, &page).await? == Kept::Missing {
                lost.push(page.name);
            }
        }
    }
    Ok(lost)
}
