//! Analyze: figures to claims, claims to words, words to a rendered and checked mail without
//! recipients. The analyst never stops a report.

use weekledger_events::EventId;
use weekledger_events::payload::{
    AnalysisGenerated, Analyst as AnalystRecord, Exchange, MetricsComputed, RunRequested, Trouble,
    Verification,
};
use weekledger_projections::claim::{ClaimInput, ClaimSet, claims};
use weekledger_projections::report_view::{ViewInput, view};
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::words::Words;

use super::{StageContext, StageError};
use crate::analyst::rules::Rules;
use crate::analyst::{Analyst, AnalystError, Brief, rules};
use crate::config::Provider;
use crate::ports::Cause;
use crate::report::check::{CHECK_VERSION, Finished, check};
use crate::report::render::{Rendered, render, template};

/// What the stage works on.
#[derive(Debug, Clone, Copy)]
pub struct AnalyzeInput<'a> {
    pub run: &'a RunRequested,
    pub metrics_id: EventId,
    pub metrics: &'a MetricsComputed,
    /// The artifact that `MetricsComputed::figures` names.
    pub figures: &'a [u8],
    /// An earlier revision of the week was sent.
    pub revised: bool,
    /// No model may be asked: it is late, or a model failed for good.
    pub rules_only: bool,
}

/// Writes, renders, checks and archives the mail of a week.
///
/// # Errors
/// Fatal if the figures cannot be read, retryable if the archive is away, out of time if an
/// exchange with a model does not fit any more.
pub async fn analyze(
    ctx: &StageContext<'_>,
    input: AnalyzeInput<'_>,
) -> Result<AnalysisGenerated, StageError> {
    let figures = FigureSet::from_bytes(input.figures).map_err(|_| unreadable())?;
    let claims = claims(ClaimInput {
        report: &ctx.stream.report,
        title: &ctx.settings.title,
        week: ctx.stream.week,
        metrics: input.metrics,
        figures: &figures,
    });
    let brief =
        Brief { claims: &claims, findings: &input.metrics.findings, due: input.run.analysis_due };
    let spoken = speak(ctx, brief, input.rules_only).await?;
    let mail = finish(ctx, &input, &claims, spoken)?;
    archive(ctx, &input, &claims, mail).await
}

/// Words, and who wrote them.
struct Spoken {
    words: Words,
    analyst: AnalystRecord,
    exchanges: Vec<Exchange>,
}

/// A mail in all but its envelope.
struct FinishedMail {
    spoken: Spoken,
    subject: String,
    rendered: Rendered,
    findings: Vec<String>,
}

/// The configured analyst, if this version has it.
fn configured(ctx: &StageContext<'_>) -> Result<Box<dyn Analyst>, &'static str> {
    match ctx.settings.analyst.provider {
        Provider::Rules => Ok(Box::new(Rules)),
        Provider::Anthropic => Err("the provider Anthropic is not available in this version"),
        Provider::Bedrock => Err("the provider Bedrock is not available in this version"),
    }
}

async fn speak(
    ctx: &StageContext<'_>,
    brief: Brief<'_>,
    rules_only: bool,
) -> Result<Spoken, StageError> {
    let analyst = match configured(ctx) {
        Ok(analyst) => analyst,
        Err(why) => return Ok(by_rules(brief, Some(why.to_owned()), Vec::new())),
    };
    if rules_only {
        return Ok(by_rules(brief, not_asked(analyst.provider()), Vec::new()));
    }
    match analyst.write(brief).await {
        Ok(written) => {
            let (provider, model) = (analyst.provider().to_owned(), written.model);
            let analyst = AnalystRecord { provider, model, fallback: None };
            Ok(Spoken { words: written.words, analyst, exchanges: written.exchanges })
        }
        Err(AnalystError::Unusable { reason, exchanges }) => {
            Ok(by_rules(brief, Some(reason), exchanges))
        }
        Err(AnalystError::OutOfTime) => Err(StageError::OutOfTime),
    }
}

/// The rules are never too late.
fn not_asked(provider: &str) -> Option<String> {
    let why = "its time had passed, or it had failed for good";
    (provider != "rules").then(|| format!("{provider} was not asked: {why}"))
}

fn by_rules(brief: Brief<'_>, fallback: Option<String>, exchanges: Vec<Exchange>) -> Spoken {
    let analyst = AnalystRecord { provider: "rules".to_owned(), model: None, fallback };
    Spoken { words: rules::write(brief), analyst, exchanges }
}

/// Renders and checks. Words that fail the check give way to those of the rules.
fn finish(
    ctx: &StageContext<'_>,
    input: &AnalyzeInput<'_>,
    claims: &ClaimSet,
    spoken: Spoken,
) -> Result<FinishedMail, StageError> {
    let mail = rendered(ctx, input, claims, spoken)?;
    for finding in &mail.findings {
        tracing::warn!(run = %ctx.run, provider = mail.spoken.analyst.provider, finding, "mail check");
    }
    if mail.findings.is_empty() || mail.spoken.analyst.provider == "rules" {
        return Ok(mail);
    }
    let brief = Brief { claims, findings: &input.metrics.findings, due: input.run.analysis_due };
    let why = Some("its words did not pass the check of figures".to_owned());
    rendered(ctx, input, claims, by_rules(brief, why, mail.spoken.exchanges))
}

fn rendered(
    ctx: &StageContext<'_>,
    input: &AnalyzeInput<'_>,
    claims: &ClaimSet,
    spoken: Spoken,
) -> Result<FinishedMail, StageError> {
    let view = view(ViewInput {
        report: &ctx.stream.report,
        week: ctx.stream.week,
        run: input.run,
        metrics: input.metrics,
        claims,
        words: &spoken.words,
        analyst: &spoken.analyst,
        revised: input.revised,
    });
    let rendered = render(&view).map_err(broken)?;
    let mut findings = spoken.words.check(claims);
    findings.extend(check(&Finished {
        subject: &view.subject,
        html: &rendered.html,
        text: &rendered.text,
        claims,
        run: input.run,
        metrics: input.metrics,
    }));
    Ok(FinishedMail { spoken, subject: view.subject, rendered, findings })
}

async fn archive(
    ctx: &StageContext<'_>,
    input: &AnalyzeInput<'_>,
    claims: &ClaimSet,
    mail: FinishedMail,
) -> Result<AnalysisGenerated, StageError> {
    let FinishedMail { spoken, subject, rendered, findings } = mail;
    let claim_bytes = claims.to_bytes().map_err(broken)?;
    let word_bytes = spoken.words.to_bytes().map_err(broken)?;
    Ok(AnalysisGenerated {
        metrics: input.metrics_id,
        analyst: spoken.analyst,
        claims: ctx.keep_evidence(&claim_bytes).await?,
        claim_count: u32::try_from(claims.claims.len()).unwrap_or(u32::MAX),
        words: ctx.keep_evidence(&word_bytes).await?,
        exchanges: spoken.exchanges,
        subject,
        html: ctx.keep_evidence(rendered.html.as_bytes()).await?,
        text: ctx.keep_evidence(rendered.text.as_bytes()).await?,
        template: template(),
        verification: Verification { version: CHECK_VERSION, findings },
    })
}

fn unreadable() -> StageError {
    fatal(
        "figures_unreadable",
        "the archived figures of this week cannot be read by this version",
        "re-emit the week from RawFetched, or install a newer version",
    )
}

/// A defect of the program: the same input would fail again.
fn broken(error: impl Into<Cause>) -> StageError {
    let error = error.into();
    tracing::error!(error = &*error as &dyn std::error::Error, "the mail cannot be made");
    fatal(
        "mail_broken",
        "the mail of this week could not be made",
        "report this as a defect, with the log of this run",
    )
}

fn fatal(class: &str, sentence: &str, action: &str) -> StageError {
    StageError::Fatal {
        trouble: Trouble {
            class: class.to_owned(),
            sentence: sentence.to_owned(),
            action: action.to_owned(),
        },
    }
}
