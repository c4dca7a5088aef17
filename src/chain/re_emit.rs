//! Before a re-emit: does everything that it would reuse still exist?

use weekledger_events::{Event, Payload};

use super::{ChainError, Loaded, Ports};
use crate::ports::ArtifactName;

/// The names of archived objects that a run starting from `from` needs and the archive lacks.
pub async fn missing_artifacts(
    ports: &Ports,
    loaded: &Loaded,
    from: &Event,
) -> Result<Vec<ArtifactName>, ChainError> {
    let mut missing = Vec::new();
    for name in needed(loaded, from)? {
        if !ports.archive.exists(&name).await? {
            missing.push(name);
        }
    }
    Ok(missing)
}

fn needed(loaded: &Loaded, from: &Event) -> Result<Vec<ArtifactName>, ChainError> {
    let stream = &loaded.state.stream;
    let evidence = |digest| ArtifactName::evidence(&digest);
    let mut names = vec![evidence(loaded.request(from.run())?.config.digest)];
    match &from.payload {
        Payload::RawFetched(raw) => {
            let page = |page: &weekledger_events::payload::Page| {
                ArtifactName::raw(stream, from.run(), &page.artifact.digest)
            };
            names.extend(raw.pages.iter().map(page));
        }
        Payload::MetricsComputed(metrics) => {
            names.push(evidence(metrics.figures.digest));
            names.push(evidence(metrics.series.digest));
            names.extend(metrics.observations.iter().map(|one| evidence(one.rows.digest)));
        }
        Payload::AnalysisGenerated(analysis) => {
            names.extend(
                [analysis.html, analysis.text, analysis.claims].map(|a| evidence(a.digest)),
            );
        }
        _ => {}
    }
    Ok(names)
}
