//! Makes metrics and mails anew, from archived bytes alone and with the present code.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{
    AnalysisGenerated, CrmWeek, InputRef, MetricsComputed, RawFetched, RunRequested, Template,
};
use weekledger_events::{Digest, Event, Payload};
use weekledger_projections::claim::{ClaimInput, RowLimits};
use weekledger_projections::earlier::Earlier;
use weekledger_projections::figures;
use weekledger_projections::history::{History, Source};
use weekledger_projections::report_view::{ViewInput, view};
use weekledger_projections::restatement::{self, Thresholds, UsualGrowth};
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::week_state::WeekState;
use weekledger_projections::words::Words;

use super::revision::{fetched, settings, subject};
use super::store::with_payload;
use super::{EvidenceError, Store};
use crate::analyst::verifier::{Finished, VERIFIER_VERSION, verify};
use crate::analyst::{Brief, rules};
use crate::chain::Loaded;
use crate::config::RunSettings;
use crate::metrics::{ad_set_weeks, crm_week, is_answer};
use crate::ports::{
    Archive, ArchiveError, ArtifactName, Clock, Created, Secret, SecretName, Secrets, SecretsError,
};
use crate::report::fit::fitting;
use crate::report::render::{render, template};
use crate::stages::compute::{ComputeInput, EarlierMetrics, compute};
use crate::stages::{StageContext, StageError, read_evidence};
use crate::stream::StreamError;

/// What the metrics of an event came to.
pub enum Recomputed {
    /// The whole payload, made from the archived pages.
    FromPages(Box<MetricsComputed>),
    /// The pages have expired: the parts that the rows and the earlier weeks give.
    FromRows(Box<RowsAnew>),
    /// The stage refuses, with this sentence.
    Refused(String),
}

/// The digests that a `MetricsComputed` has to have, from its own rows and inputs.
pub struct RowsAnew {
    pub series: Digest,
    pub figures: Digest,
    /// What does not follow from the rows.
    pub differences: Vec<String>,
}

/// Makes a `MetricsComputed` anew.
pub async fn metrics(
    store: &dyn Store,
    loaded: &Loaded,
    event: &Event,
) -> Result<Recomputed, EvidenceError> {
    let Payload::MetricsComputed(recorded) = &event.payload else {
        return Ok(Recomputed::Refused("the event holds no metrics".to_owned()));
    };
    let settings = settings(store, loaded, event).await?;
    let request = request(loaded, event)?;
    let mut history = Vec::new();
    for input in &recorded.inputs {
        history.push(earlier(store, input, recorded.reported.contains(input)).await?);
    }
    let Some((pull, raw)) = fetched(loaded, event) else {
        return Ok(Recomputed::Refused("the pull that it came from is not in the week".to_owned()));
    };
    if has_expired(store, loaded, pull, raw).await? {
        let rows = rows_anew(store, loaded, recorded, request.known_at, &history, &settings);
        return Ok(Recomputed::FromRows(Box::new(rows.await?)));
    }
    let scratch = Scratch::new(store.archive());
    let context = StageContext {
        archive: &scratch,
        secrets: &Nothing,
        clock: &Nothing,
        stream: &loaded.state.stream,
        run: event.run(),
        trigger: pull.id(),
        settings: &settings,
        goal: request.goal,
        settling: SignedDuration::ZERO,
        deadline: Timestamp::MAX,
        patience: Timestamp::MAX,
        wait_until: Timestamp::MAX,
    };
    let known_at = request.known_at;
    let input = ComputeInput {
        fetched: &pull.envelope,
        raw,
        known_at,
        history: &history,
        unread: &recorded.unread,
    };
    match compute(&context, input).await {
        Ok(metrics) => Ok(Recomputed::FromPages(Box::new(metrics))),
        Err(StageError::Fatal { trouble }) => Ok(Recomputed::Refused(trouble.sentence)),
        Err(StageError::Retryable(cause)) => match cause.downcast::<ArchiveError>() {
            Ok(error) => Err((*error).into()),
            Err(cause) => Ok(Recomputed::Refused(cause.to_string())),
        },
        Err(other) => Ok(Recomputed::Refused(other.to_string())),
    }
}

fn request<'l>(loaded: &'l Loaded, event: &Event) -> Result<&'l RunRequested, EvidenceError> {
    let run = loaded.state.run(event.run());
    run.map(|run| &run.requested).ok_or_else(|| EvidenceError::EventMissing {
        stream: loaded.state.stream.clone(),
        sequence: event.sequence(),
    })
}

/// The metrics that an event of another week holds; the reference names its digest.
async fn earlier(
    store: &dyn Store,
    input: &InputRef,
    reported: bool,
) -> Result<EarlierMetrics, EvidenceError> {
    let InputRef { stream, sequence, digest } = input;
    let missing = || EvidenceError::EventMissing { stream: stream.clone(), sequence: *sequence };
    let item = store.event(stream, *sequence).await?.ok_or_else(missing)?;
    let stored = with_payload(store.archive(), &item).await?;
    let event = stored.read().map_err(|source| StreamError::Unreadable {
        stream: stream.clone(),
        sequence: *sequence,
        source,
    })?;
    match event.payload {
        Payload::MetricsComputed(metrics) if event.digest == *digest => Ok(EarlierMetrics {
            event: input.clone(),
            recorded_at: event.envelope.recorded_at,
            metrics: *metrics,
            reported,
        }),
        _ => Err(missing()),
    }
}

/// Whether a page with rows is gone.
async fn has_expired(
    store: &dyn Store,
    loaded: &Loaded,
    pull: &Event,
    raw: &RawFetched,
) -> Result<bool, EvidenceError> {
    for page in raw.pages.iter().filter(|page| is_answer(page)) {
        let name = ArtifactName::raw(&loaded.state.stream, pull.run(), &page.artifact.digest);
        if !store.archive().exists(&name).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows to observations, observations to series, series to figures.
async fn rows_anew(
    store: &dyn Store,
    loaded: &Loaded,
    recorded: &MetricsComputed,
    known_at: Timestamp,
    history: &[EarlierMetrics],
    settings: &RunSettings,
) -> Result<RowsAnew, EvidenceError> {
    let mut differences = Vec::new();
    for seen in &recorded.observations {
        let bytes = read_evidence(store.archive(), &seen.rows).await?;
        let shape = |source| EvidenceError::Shape { what: "rows", source };
        let rows: weekledger_events::payload::WeekRows =
            serde_json::from_slice(&bytes).map_err(shape)?;
        if ad_set_weeks(&rows.days) != seen.ad_sets {
            differences.push(format!("the ad sets of {} do not follow from its rows", seen.week));
        }
        // That contacts are missing does not follow from those that are there.
        let anew = |shortfall| CrmWeek { shortfall, ..crm_week(&rows.contacts) };
        if seen.crm.as_ref().is_some_and(|crm| anew(crm.shortfall) != *crm) {
            differences.push(format!("the contacts of {} do not follow from its rows", seen.week));
        }
    }
    let mut folded = History::new();
    recorded.reported.iter().for_each(|event| folded.report(event.clone()));
    let mut broken = |result: Result<(), _>| {
        if let Err(error) = result {
            let error: weekledger_projections::history::HistoryError = error;
            differences.push(error.to_string());
        }
    };
    for earlier in history {
        for seen in &earlier.metrics.observations {
            broken(folded.observe(Source::Event(earlier.event.clone()), seen));
        }
    }
    for seen in &recorded.observations {
        broken(folded.observe(Source::Own, seen));
    }
    let week = loaded.state.stream.week;
    let known = folded.as_known(known_at, week);
    if known.inputs != recorded.inputs {
        differences.push("the inputs are not those that count".to_owned());
    }
    let subject = subject(loaded, settings);
    let (thresholds, usual) = (Thresholds::default(), UsualGrowth::learn(&known.series, &subject));
    let moved = restatement::restatements(&folded, known_at, week, &thresholds, &usual);
    if moved != recorded.restatements {
        differences.push("the restatements do not follow from the observations".to_owned());
    }
    let set = figures::compute(&known.series, &subject);
    Ok(RowsAnew {
        series: Digest::of(&known.series.to_bytes()?),
        figures: Digest::of(&set.to_bytes()?),
        differences,
    })
}

/// What a mail came to.
pub struct MailAnew {
    pub claims: Digest,
    /// `None` if a model wrote them: then they are taken as archived.
    pub words: Option<Digest>,
    pub subject: String,
    pub html: Digest,
    pub text: Digest,
    pub findings: Vec<String>,
    pub template: Template,
}

/// Makes the mail of an `AnalysisGenerated` anew, from its words and the figures.
pub async fn mail(
    store: &dyn Store,
    loaded: &Loaded,
    event: &Event,
    analysis: &AnalysisGenerated,
) -> Result<MailAnew, EvidenceError> {
    let missing = || EvidenceError::EventMissing {
        stream: loaded.state.stream.clone(),
        sequence: event.sequence(),
    };
    let source = loaded.events.iter().find(|one| one.id() == analysis.metrics);
    let Some(Payload::MetricsComputed(metrics)) = source.map(|source| &source.payload) else {
        return Err(missing());
    };
    let settings = settings(store, loaded, event).await?;
    let request = request(loaded, event)?;
    let figures = read_evidence(store.archive(), &metrics.figures).await?;
    let figures = FigureSet::from_bytes(&figures)?;
    let words = read_evidence(store.archive(), &analysis.words).await?;
    let shape = |source| EvidenceError::Shape { what: "words", source };
    let archived: Words = serde_json::from_slice(&words).map_err(shape)?;
    let stream = &loaded.state.stream;
    let chosen = ClaimInput {
        report: &stream.report,
        title: &settings.title,
        week: stream.week,
        metrics,
        figures: &figures,
        rows: RowLimits::LADDER[0],
    };
    let set = fitting(chosen);
    let by_rules = analysis.analyst.provider == "rules";
    let earlier = match &analysis.earlier {
        Some(earlier) => {
            let bytes = read_evidence(store.archive(), &earlier.actions).await?;
            let shape = |source| EvidenceError::Shape { what: "earlier actions", source };
            serde_json::from_slice::<Earlier>(&bytes).map_err(shape)?.actions
        }
        None => Vec::new(),
    };
    let brief = Brief {
        claims: &set,
        findings: &metrics.findings,
        earlier: &earlier,
        due: request.analysis_due,
    };
    let words = by_rules.then(|| rules::checked(brief).words.to_bytes()).transpose()?;
    let input = |revised| ViewInput {
        report: &stream.report,
        week: stream.week,
        metrics,
        claims: &set,
        words: &archived,
        analyst: &analysis.analyst,
        revised,
    };
    // As the stream stood when the mail was made. An event that came in between may have made an
    // earlier revision a sent one, so the other answer counts too if only it gives the mail.
    let revised = was_revised(loaded, event);
    let candidates = [revised, !revised].map(|revised| {
        let view = view(input(revised));
        (view.subject.clone(), render(&view))
    });
    let mut made = Vec::new();
    for (subject, rendered) in candidates {
        let rendered = rendered.map_err(|error| ArchiveError::Refused {
            name: "the mail".to_owned(),
            source: Box::new(error),
        })?;
        made.push((subject, rendered));
    }
    let same = |(_, mail): &&(String, crate::report::render::Rendered)| {
        Digest::of(mail.html.as_bytes()) == analysis.html.digest
    };
    let Some((subject, rendered)) = made.iter().find(same).or(made.first()) else {
        return Err(missing());
    };
    let found = verify(&Finished {
        subject,
        html: &rendered.html,
        text: &rendered.text,
        words: &archived,
        claims: &set,
        figures: &figures,
        metrics,
    });
    // Another version's findings are its own.
    let findings = if analysis.verification.version == VERIFIER_VERSION {
        found.iter().map(ToString::to_string).collect()
    } else {
        analysis.verification.findings.clone()
    };
    Ok(MailAnew {
        claims: Digest::of(&set.to_bytes()?),
        words: words.map(|words| Digest::of(&words)),
        subject: subject.clone(),
        html: Digest::of(rendered.html.as_bytes()),
        text: Digest::of(rendered.text.as_bytes()),
        findings,
        template: template(),
    })
}

fn was_revised(loaded: &Loaded, event: &Event) -> bool {
    let before: Vec<Event> =
        loaded.events.iter().filter(|one| one.sequence() < event.sequence()).cloned().collect();
    let state = WeekState::fold(loaded.state.stream.clone(), &before);
    state.run(event.run()).is_some_and(|run| state.is_revised(run))
}

/// Reads the archive and keeps what is written beside it, so that nothing is left behind.
pub(super) struct Scratch<'a> {
    under: &'a dyn Archive,
    over: Mutex<BTreeMap<ArtifactName, Vec<u8>>>,
}

impl<'a> Scratch<'a> {
    pub(super) fn new(under: &'a dyn Archive) -> Self {
        Self { under, over: Mutex::default() }
    }

    fn over(&self) -> MutexGuard<'_, BTreeMap<ArtifactName, Vec<u8>>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Archive for Scratch<'_> {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        self.over().insert(name.clone(), bytes.to_vec());
        Ok(Created::New)
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        let own = self.over().get(name).cloned();
        match own {
            Some(bytes) => Ok(Some(bytes)),
            None => self.under.read(name).await,
        }
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        let own = self.over().contains_key(name);
        if own { Ok(true) } else { self.under.exists(name).await }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        self.under.list(prefix).await
    }
}

/// Computing needs neither secrets nor the time.
struct Nothing;

#[async_trait]
impl Secrets for Nothing {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}

#[async_trait]
impl Clock for Nothing {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _: Duration) {}
}
