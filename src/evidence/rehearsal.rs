//! A rehearsal: the analysis of a past week once more, with the present prompts, model and rules.
//! Ledger and archive stay as they are.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use weekledger_events::payload::{AnalysisGenerated, RunRequested, Usage};
use weekledger_events::{EventId, Payload};
use weekledger_projections::claim::ClaimSet;
use weekledger_projections::words::{Department, Words};

use super::recompute::Scratch;
use super::{Analysed, Computed, EvidenceError, Store};
use crate::analyst::verifier::told;
use crate::chain::Loaded;
use crate::config::RunSettings;
use crate::ports::{Archive, Clock, Secrets};
use crate::stages::analyze::{AnalyzeInput, EarlierReport, analyze};
use crate::stages::{StageContext, StageError, read_evidence};

/// What a rehearsal needs beside the evidence.
pub struct Stagehands<'a> {
    /// The present settings: their analyst is tried.
    pub settings: &'a RunSettings,
    pub secrets: Arc<dyn Secrets>,
    pub clock: Arc<dyn Clock>,
}

/// The words of a mail and how they came about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    pub provider: String,
    pub model: Option<String>,
    pub fallback: Option<String>,
    pub headline: String,
    pub moved: Vec<String>,
    pub hypotheses: Vec<String>,
    /// With the department before each.
    pub actions: Vec<String>,
    /// What the verifier found in the finished mail.
    pub findings: Vec<String>,
    /// What it found in words that it refused.
    pub refused: Vec<String>,
    /// How each exchange ended.
    pub exchanges: Vec<String>,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// `None` if an exchange has no price.
    pub cost_usd: Option<Decimal>,
}

/// No invocation of the chain has longer.
const MINUTES: i64 = 15;

/// Why there was no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("the week cannot be read")]
    Evidence(#[from] EvidenceError),
    #[error("the analysis failed")]
    Stage(#[from] StageError),
}

/// Analyses a week again and forgets it.
pub async fn rehearse(
    store: &dyn Store,
    loaded: &Loaded,
    of: Computed<'_>,
    hands: &Stagehands<'_>,
) -> Result<Told, RehearsalError> {
    let scratch = Scratch::new(store.archive());
    let figures = read(store.archive(), &of.metrics.figures).await?;
    let now = hands.clock.now();
    let late = now.checked_add(SignedDuration::from_mins(MINUTES)).unwrap_or(Timestamp::MAX);
    let run = RunRequested { analysis_due: late, ..of.run.requested.clone() };
    let ctx = StageContext {
        archive: &scratch,
        secrets: &*hands.secrets,
        clock: &*hands.clock,
        stream: &loaded.state.stream,
        run: of.run.id,
        // The record of the run's own exchanges answers nothing here.
        trigger: EventId::rehearsal(of.event.id()),
        settings: hands.settings,
        goal: run.goal,
        settling: SignedDuration::ZERO,
        deadline: late,
        patience: late,
        wait_until: late,
    };
    let earlier = followed_up(store, loaded, of.event.id()).await?;
    let input = AnalyzeInput {
        run: &run,
        metrics_id: of.event.id(),
        metrics: of.metrics,
        figures: &figures,
        revised: false,
        rules_only: false,
        earlier: earlier.as_ref(),
    };
    let analysis = analyze(&ctx, input).await?;
    Ok(tell(&scratch, &analysis).await?)
}

/// What the recorded analysis of these figures followed up.
async fn followed_up(
    store: &dyn Store,
    loaded: &Loaded,
    metrics: EventId,
) -> Result<Option<EarlierReport>, EvidenceError> {
    let recorded = loaded.events.iter().rev().find_map(|event| match &event.payload {
        Payload::AnalysisGenerated(analysis) if analysis.metrics == metrics => {
            analysis.earlier.as_ref()
        }
        _ => None,
    });
    let Some(recorded) = recorded else { return Ok(None) };
    let bytes = read(store.archive(), &recorded.actions).await?;
    let shape = |source| EvidenceError::Shape { what: "earlier actions", source };
    let earlier = serde_json::from_slice(&bytes).map_err(shape)?;
    Ok(Some(EarlierReport { analysis: recorded.analysis.clone(), earlier }))
}

/// What a recorded mail says.
pub async fn recorded(store: &dyn Store, of: Analysed<'_>) -> Result<Told, EvidenceError> {
    tell(store.archive(), of.analysis).await
}

async fn tell(archive: &dyn Archive, analysis: &AnalysisGenerated) -> Result<Told, EvidenceError> {
    let claims = read(archive, &analysis.claims).await?;
    let shape = |what| move |source| EvidenceError::Shape { what, source };
    let claims = ClaimSet::from_bytes(&claims).map_err(shape("claims"))?;
    let words = read(archive, &analysis.words).await?;
    let words: Words = serde_json::from_slice(&words).map_err(shape("words"))?;
    let usages: Vec<&Usage> =
        analysis.exchanges.iter().filter_map(|one| one.usage.as_ref()).collect();
    let all = |of: &[weekledger_projections::words::Sentence]| -> Vec<String> {
        of.iter().map(|sentence| told(&claims, sentence)).collect()
    };
    Ok(Told {
        provider: analysis.analyst.provider.clone(),
        model: analysis.analyst.model.clone(),
        fallback: analysis.analyst.fallback.clone(),
        headline: told(&claims, &words.headline),
        moved: all(&words.moved),
        hypotheses: all(&words.hypotheses),
        actions: actions(&claims, &words),
        findings: analysis.verification.findings.clone(),
        refused: analysis.verification.refused.clone(),
        exchanges: analysis
            .exchanges
            .iter()
            .map(|one| {
                let ended = one.ended.as_deref().unwrap_or("not recorded");
                format!("{} {}: {ended}", one.pass, one.attempt)
            })
            .collect(),
        input_tokens: usages.iter().map(|usage| usage.input_tokens).sum(),
        output_tokens: usages.iter().map(|usage| usage.output_tokens).sum(),
        cost_usd: usages.iter().map(|usage| usage.cost_usd).sum(),
    })
}

fn actions(claims: &ClaimSet, words: &Words) -> Vec<String> {
    let of = |department: Department| {
        let words = words.departments.iter().filter(move |one| one.department == department);
        words.flat_map(|one| &one.actions).map(move |action| {
            format!("{}: {}", department.title(), told(claims, &action.sentence))
        })
    };
    Department::ALL.into_iter().flat_map(of).collect()
}

async fn read(
    archive: &dyn Archive,
    artifact: &weekledger_events::ArtifactRef,
) -> Result<Vec<u8>, EvidenceError> {
    Ok(read_evidence(archive, artifact).await?)
}
