//! Analyze: figures to claims, claims to words, words to a rendered and checked mail without
//! recipients. The analyst never stops a report.

use weekledger_events::payload::{
    AnalysisGenerated, Analyst as AnalystRecord, EarlierActions, Exchange, InputRef,
    MetricsComputed, RunRequested, Trouble, Verification,
};
use weekledger_events::{EventId, StreamId};
use weekledger_projections::claim::{ClaimInput, ClaimSet, RowLimits};
use weekledger_projections::earlier::Earlier;
use weekledger_projections::report_view::{ViewInput, view};
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::words::Words;

use super::{StageContext, StageError};
use crate::analyst::anthropic::Anthropic;
use crate::analyst::verifier::{self, Finished, Place, VERIFIER_VERSION, verify};
use crate::analyst::{Analyst, AnalystError, Brief, Written, rules};
use crate::config::Provider;
use crate::ports::Cause;
use crate::report::fit::fitting;
use crate::report::render::{Rendered, render, template};

/// At most one sentence in so many is left out of a model's words; otherwise the rules write.
const LEFT_OUT_ONE_IN: usize = 3;
const LEFT_OUT: &str = "sentences that did not pass the check of figures were left out";

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
    /// What the last report that was sent before asked for.
    pub earlier: Option<&'a EarlierReport>,
}

/// The actions of an earlier report, and where they are from.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierReport {
    pub analysis: InputRef,
    pub earlier: Earlier,
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
    let figures = FigureSet::from_bytes(input.figures).map_err(|_| unreadable(ctx.stream))?;
    let chosen = ClaimInput {
        report: &ctx.stream.report,
        title: &ctx.settings.title,
        week: ctx.stream.week,
        metrics: input.metrics,
        figures: &figures,
        rows: RowLimits::LADDER[0],
    };
    let claims = fitting(chosen);
    let work = Work { ctx, input, figures: &figures, claims: &claims };
    let mail = work.mail().await?;
    archive(ctx, &input, &claims, mail).await
}

/// A week on its way to its mail.
struct Work<'a> {
    ctx: &'a StageContext<'a>,
    input: AnalyzeInput<'a>,
    figures: &'a FigureSet,
    claims: &'a ClaimSet,
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
    findings: Vec<verifier::Finding>,
    /// What was found in words before these.
    refused: Vec<String>,
}

impl FinishedMail {
    /// What the analyst is to blame for.
    fn faults(&self) -> Vec<String> {
        let is_of_words =
            |finding: &&verifier::Finding| matches!(finding.place, Place::Words | Place::Unclear);
        self.findings.iter().filter(is_of_words).map(ToString::to_string).collect()
    }

    /// Others were refused before.
    fn after(mut self, mut refused: Vec<String>) -> Self {
        refused.append(&mut self.refused);
        Self { refused, ..self }
    }
}

/// The model that is configured, if one is.
fn model<'a>(ctx: &'a StageContext<'a>) -> Option<Anthropic<'a>> {
    match ctx.settings.analyst.provider {
        Provider::Rules => None,
        Provider::Anthropic | Provider::Bedrock => Some(Anthropic::new(ctx)),
    }
}

impl Work<'_> {
    fn brief(&self) -> Brief<'_> {
        let AnalyzeInput { run, metrics, earlier, .. } = self.input;
        Brief {
            claims: self.claims,
            findings: &metrics.findings,
            earlier: earlier.map_or(&[], |report| &report.earlier.actions),
            due: run.analysis_due,
        }
    }

    /// The mail in the analyst's words, if those pass the verifier, at once or mended; otherwise
    /// in the words of the rules.
    async fn mail(&self) -> Result<FinishedMail, StageError> {
        let Some(analyst) = model(self.ctx) else { return self.by_rules(None, Vec::new()) };
        let provider = analyst.provider();
        if self.input.rules_only {
            let why = "its time had passed, or it had failed for good";
            return self.by_rules(Some(format!("{provider} was not asked: {why}")), Vec::new());
        }
        let first = match analyst.write(self.brief()).await {
            Ok(written) => self.rendered(spoken(provider, written))?,
            Err(error) => return self.without(error, Vec::new(), ""),
        };
        let mut refused = first.faults();
        if refused.is_empty() {
            return self.proven(first);
        }
        let second = match analyst.mend(self.brief(), &refused).await {
            Ok(written) => self.rendered(spoken(provider, written))?,
            Err(error) => {
                let before = "its words did not pass the check of figures, and then ";
                let mail = self.without(error, first.spoken.exchanges, before)?;
                return Ok(mail.after(refused));
            }
        };
        let faults = second.faults();
        if faults.is_empty() {
            return Ok(self.proven(second)?.after(refused));
        }
        refused.extend(faults);
        if let Some(words) = self.without_the_unclear(&second) {
            let fallback = Some(LEFT_OUT.to_owned());
            let analyst = AnalystRecord { fallback, ..second.spoken.analyst.clone() };
            let exchanges = second.spoken.exchanges.clone();
            let third = self.rendered(Spoken { words, analyst, exchanges })?;
            if third.faults().is_empty() {
                return Ok(self.proven(third)?.after(refused));
            }
        }
        let why = "its words did not pass the check of figures".to_owned();
        Ok(self.by_rules(Some(why), second.spoken.exchanges)?.after(refused))
    }

    /// A model's mail that holds something else than its words which does not follow from the
    /// events gives way to the mail of the rules.
    fn proven(&self, mail: FinishedMail) -> Result<FinishedMail, StageError> {
        let of_mail = mail.findings.iter().filter(|finding| finding.place == Place::Mail);
        let found: Vec<String> = of_mail.map(ToString::to_string).collect();
        if found.is_empty() {
            return Ok(mail);
        }
        let why = "its finished mail did not pass the check of figures".to_owned();
        Ok(self.by_rules(Some(why), mail.spoken.exchanges)?.after(found))
    }

    /// The words without a few sentences of which the verifier cannot tell whether they are right.
    /// Who states what is not so, twice, or cannot write a headline, is not to be trusted with the
    /// rest either.
    fn without_the_unclear(&self, mail: &FinishedMail) -> Option<Words> {
        let is_untrue = |finding: &verifier::Finding| finding.place == Place::Words;
        if mail.findings.iter().any(is_untrue) {
            return None;
        }
        let (claims, findings) = (self.claims, &self.input.metrics.findings);
        let (words, _) = verifier::passing(mail.spoken.words.clone(), claims, findings);
        let all = verifier::sentences(&mail.spoken.words).count();
        let kept = verifier::sentences(&words).count();
        let is_same_headline = words.headline == mail.spoken.words.headline;
        (is_same_headline && (all - kept) * LEFT_OUT_ONE_IN <= all).then_some(words)
    }

    /// An analyst that failed: the rules write, unless another invocation can do better.
    fn without(
        &self,
        error: AnalystError,
        earlier: Vec<Exchange>,
        before: &str,
    ) -> Result<FinishedMail, StageError> {
        match error {
            AnalystError::Unusable { reason, exchanges } => {
                let exchanges = if exchanges.is_empty() { earlier } else { exchanges };
                self.by_rules(Some(format!("{before}{reason}")), exchanges)
            }
            AnalystError::OutOfTime => Err(StageError::OutOfTime),
            AnalystError::Archive(cause) => Err(StageError::Retryable(cause)),
        }
    }

    fn by_rules(
        &self,
        fallback: Option<String>,
        exchanges: Vec<Exchange>,
    ) -> Result<FinishedMail, StageError> {
        let analyst = AnalystRecord { provider: "rules".to_owned(), model: None, fallback };
        let rules::Checked { words, refused } = rules::checked(self.brief());
        for refused in &refused {
            tracing::warn!(run = %self.ctx.run, refused, "a sentence of the rules was left out");
        }
        Ok(self.rendered(Spoken { words, analyst, exchanges })?.after(refused))
    }

    /// Renders and verifies.
    fn rendered(&self, spoken: Spoken) -> Result<FinishedMail, StageError> {
        let Self { ctx, input, claims, .. } = self;
        let view = view(ViewInput {
            report: &ctx.stream.report,
            week: ctx.stream.week,
            metrics: input.metrics,
            claims,
            words: &spoken.words,
            analyst: &spoken.analyst,
            revised: input.revised,
        });
        let rendered = render(&view).map_err(broken)?;
        let findings = self.verified(&spoken, &view.subject, &rendered);
        for finding in &findings {
            let provider = &spoken.analyst.provider;
            tracing::warn!(run = %ctx.run, provider, place = ?finding.place, %finding, "verifier");
        }
        let (provider, version) = (&spoken.analyst.provider, VERIFIER_VERSION);
        tracing::info!(run = %ctx.run, provider, version, findings = findings.len(), "verified");
        let refused = Vec::new();
        Ok(FinishedMail { spoken, subject: view.subject, rendered, findings, refused })
    }

    fn verified(
        &self,
        spoken: &Spoken,
        subject: &str,
        rendered: &Rendered,
    ) -> Vec<verifier::Finding> {
        let Self { input, claims, .. } = self;
        verify(&Finished {
            subject,
            html: &rendered.html,
            text: &rendered.text,
            words: &spoken.words,
            claims,
            figures: self.figures,
            metrics: input.metrics,
        })
    }
}

fn spoken(provider: &str, written: Written) -> Spoken {
    let Written { words, model, exchanges } = written;
    let analyst = AnalystRecord { provider: provider.to_owned(), model, fallback: None };
    Spoken { words, analyst, exchanges }
}

async fn archive(
    ctx: &StageContext<'_>,
    input: &AnalyzeInput<'_>,
    claims: &ClaimSet,
    mail: FinishedMail,
) -> Result<AnalysisGenerated, StageError> {
    let FinishedMail { spoken, subject, rendered, findings, refused } = mail;
    let earlier = match input.earlier {
        Some(report) => {
            let actions = report.earlier.to_bytes().map_err(broken)?;
            let actions = ctx.keep_evidence(&actions).await?;
            Some(EarlierActions { analysis: report.analysis.clone(), actions })
        }
        None => None,
    };
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
        verification: Verification {
            version: VERIFIER_VERSION,
            findings: findings.iter().map(ToString::to_string).collect(),
            refused,
        },
        earlier,
    })
}

fn unreadable(StreamId { report, week }: &StreamId) -> StageError {
    let action = format!(
        "Install a newer version, or have the figures made anew by this one: run `weekledger re-emit \
         {week} --report {report} --from RawFetched --reason TEXT`."
    );
    fatal(
        "figures_unreadable",
        "the archived figures of this week cannot be read by this version",
        &action,
    )
}

/// A defect of the program: the same input would fail again.
fn broken(error: impl Into<Cause>) -> StageError {
    let error = error.into();
    tracing::error!(error = &*error as &dyn std::error::Error, "the mail cannot be made");
    fatal(
        "mail_broken",
        "the mail of this week could not be made",
        "Report this as a defect, with the log of this run, and install a version that mends it.",
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
