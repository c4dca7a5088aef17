//! Compute: from archived pages to observations, series and figures.

mod past;

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::error::Error;

use jiff::Timestamp;
use weekledger_events::payload::{
    InputRef, MetricsComputed, RawFetched, Restatement, Trouble, UnreadWeek, WeekObserved,
};
use weekledger_events::{AccountId, Envelope, Finding, FindingClass, RunId, Severity, Week};
use weekledger_projections::figures::{self, Subject};
use weekledger_projections::history::{History, Known, Source};
use weekledger_projections::restatement::{self, Thresholds, UsualGrowth};
use weekledger_projections::series::Series;
use weekledger_projections::sightings::Witness;
use weekledger_projections::supporting::FigureSet;

use self::past::Past;
use super::{Pages, StageContext, StageError, read_raw};
use crate::config::{NoteSettings, RunSettings};
use crate::metrics::{Knowledge, ObserveInput, Observed, is_answer, observe};
use crate::ports::{ArchiveError, with_causes};
use crate::repair::Repair;

/// What the stage works on besides its context.
#[derive(Debug, Clone, Copy)]
pub struct ComputeInput<'a> {
    /// The envelope of the `RawFetched`. Its run, not the present one, holds the pages.
    pub fetched: &'a Envelope,
    pub raw: &'a RawFetched,
    /// The run's: earlier events count if they were recorded by then.
    pub known_at: Timestamp,
    /// The `MetricsComputed` of other streams, in any order.
    pub history: &'a [EarlierMetrics],
    /// Other streams that could not be read, oldest week first.
    pub unread: &'a [UnreadWeek],
}

/// A `MetricsComputed` of another stream.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierMetrics {
    pub event: InputRef,
    pub recorded_at: Timestamp,
    pub metrics: MetricsComputed,
    /// True if these are the figures that its week's last mail showed.
    pub reported: bool,
}

/// Makes the payload; rows, series and figures are archived before it refers to them.
pub async fn compute(
    context: &StageContext<'_>,
    input: ComputeInput<'_>,
) -> Result<MetricsComputed, StageError> {
    let pages = read_pages(context, input.fetched.run, input.raw).await?;
    let history = earlier_history(&input)?;
    let observed = observe_pages(context, &input, &pages, &history)?;
    let folded = fold(context, &input, history, &observed)?;

    for week in &observed.weeks {
        context.keep_evidence(&week.rows_bytes).await?;
    }
    let series = folded.known.series.to_bytes().map_err(|error| broken(&error))?;
    let figures = folded.figures.to_bytes().map_err(|error| broken(&error))?;
    let findings = findings(context, &input, &observed, &folded);
    Ok(MetricsComputed {
        series: context.keep_evidence(&series).await?,
        figures: context.keep_evidence(&figures).await?,
        figure_count: u32::try_from(folded.figures.figures.len()).unwrap_or(u32::MAX),
        observations: observed.weeks.into_iter().map(|week| week.observed).collect(),
        inputs: folded.known.inputs,
        reconciliation: observed.reconciliation,
        restatements: folded.restatements,
        reported: folded.reported,
        unread: input.unread.to_vec(),
        data_hold: data_hold(&findings, context.stream.week),
        findings,
    })
}

/// The sentence of the finding that holds the report; the newest week's go before others, and those
/// about all of an account or of the CRM before those about some rows.
fn data_hold(findings: &[Finding], newest: Week) -> Option<String> {
    let holds = findings.iter().filter(|finding| finding.severity == Severity::Hold);
    let whole = [FindingClass::AccountMissing, FindingClass::CrmMissing];
    let hold = holds.min_by_key(|finding| {
        let is_earlier = finding.week.is_some_and(|week| week != newest);
        (is_earlier, !whole.contains(&finding.class))
    });
    hold.map(|finding| finding.message.clone())
}

async fn read_pages(
    context: &StageContext<'_>,
    run: RunId,
    raw: &RawFetched,
) -> Result<Pages, StageError> {
    let mut pages = Pages::new();
    for page in raw.pages.iter().filter(|page| is_answer(page)) {
        let digest = page.artifact.digest;
        if let Entry::Vacant(free) = pages.entry(digest) {
            let read = read_raw(context.archive, context.stream, run, &page.artifact).await;
            free.insert(read.map_err(|error| unreadable(context, error))?);
        }
    }
    Ok(pages)
}

fn unreadable(context: &StageContext<'_>, error: ArchiveError) -> StageError {
    let stream = context.stream;
    let repair = Repair::new(&stream.report, stream.week, context.goal);
    match error {
        ArchiveError::Missing { name } => fatal(
            "raw_expired",
            format!("the pages of {stream} are no longer archived: {name} is missing"),
            &repair.alone(),
        ),
        ArchiveError::Corrupt { name, found } => fatal(
            "raw_corrupt",
            format!("an archived page of {stream} is damaged: {name} has digest {found}"),
            &repair.after("Restore the object from a backup, or have the week pulled again."),
        ),
        other => other.into(),
    }
}

fn fatal(class: &str, sentence: String, action: &str) -> StageError {
    let trouble = Trouble { class: class.to_owned(), sentence, action: action.to_owned() };
    StageError::Fatal { trouble }
}

/// For what no page should be able to cause.
fn broken(error: &dyn Error) -> StageError {
    fatal(
        "figures_broken",
        with_causes(error),
        "Tell whoever maintains this program, and install a version that mends it.",
    )
}

/// What other events say. An event recorded after `known_at` is not known, however old its pull.
fn earlier_history(input: &ComputeInput<'_>) -> Result<History, StageError> {
    let mut history = History::new();
    for earlier in input.history.iter().filter(|earlier| earlier.recorded_at <= input.known_at) {
        for observed in &earlier.metrics.observations {
            let source = Source::Event(earlier.event.clone());
            history.observe(source, observed).map_err(|error| broken(&error))?;
        }
    }
    Ok(history)
}

fn observe_pages(
    context: &StageContext<'_>,
    input: &ComputeInput<'_>,
    pages: &Pages,
    history: &History,
) -> Result<Observed, StageError> {
    let newest = context.stream.week;
    let known = history.as_known(input.known_at, newest);
    let campaigns = history.sightings(input.known_at, newest);
    let doubtful = doubtful(&known.series, input.history);
    let observed = observe(ObserveInput {
        raw: input.raw,
        pages,
        settings: context.settings,
        goal: context.goal,
        recorded_at: input.fetched.recorded_at,
        knowledge: &Knowledge::new(&known.series, campaigns, doubtful),
    });
    observed.map_err(|error| {
        let repair = Repair::new(&context.stream.report, context.stream.week, context.goal);
        fatal("pages_unusable", with_causes(&error), &repair.alone())
    })
}

/// Weeks of accounts that stand as an observation has them which was itself held back.
fn doubtful(series: &Series, history: &[EarlierMetrics]) -> BTreeSet<(Week, AccountId)> {
    let mut found = BTreeSet::new();
    for known in &series.weeks {
        for account in &known.accounts {
            let event = account.observed.as_ref().and_then(|observed| observed.event.as_ref());
            let made = history.iter().find(|earlier| Some(&earlier.event) == event);
            let id = &account.facts.account;
            if made.is_some_and(|made| made.held_back(known.week, id)) {
                found.insert((known.week, id.clone()));
            }
        }
    }
    found
}

impl EarlierMetrics {
    /// Whether the account's figures of a week were held back when they were computed.
    fn held_back(&self, week: Week, account: &AccountId) -> bool {
        self.metrics.findings.iter().any(|finding| {
            finding.severity == Severity::Hold
                && finding.week.unwrap_or(self.event.stream.week) == week
                && finding.subject == account.as_str()
        })
    }
}

/// What follows from the history and the own observations.
struct Folded {
    known: Known,
    figures: FigureSet,
    restatements: Vec<Restatement>,
    reported: Vec<InputRef>,
}

fn fold(
    context: &StageContext<'_>,
    input: &ComputeInput<'_>,
    mut history: History,
    observed: &Observed,
) -> Result<Folded, StageError> {
    let reported = reported(input, observed);
    reported.iter().for_each(|event| history.report(event.clone()));
    for week in &observed.weeks {
        history.observe(Source::Own, &week.observed).map_err(|error| broken(&error))?;
    }
    let week = context.stream.week;
    let known = history.as_known(input.known_at, week);
    let subject = Subject {
        report: context.stream.report.clone(),
        title: context.settings.title.clone(),
        week,
        crm: context.settings.hubspot.enabled,
        excluded: context.settings.excluded_weeks(),
        alerts: context.settings.alerts.clone(),
    };
    let figures = figures::compute(&known.series, &subject);
    let (thresholds, usual) = (Thresholds::default(), UsualGrowth::learn(&known.series, &subject));
    let restatements =
        restatement::restatements(&history, input.known_at, week, &thresholds, &usual);
    Ok(Folded { known, figures, restatements, reported })
}

/// The mailed figures of the weeks that were pulled again.
fn reported(input: &ComputeInput<'_>, observed: &Observed) -> Vec<InputRef> {
    let again = |week: Week| observed.weeks.iter().any(|own| own.observed.week == week);
    let known = input.history.iter().filter(|earlier| earlier.recorded_at <= input.known_at);
    let mailed = known.filter(|earlier| earlier.reported && again(earlier.event.stream.week));
    let sorted: BTreeSet<InputRef> = mailed.map(|earlier| earlier.event.clone()).collect();
    sorted.into_iter().collect()
}

/// Those of the pull, of the observations, of the history and of the restatements, in this order:
/// readers of `MetricsComputed` need no other event's findings.
fn findings(
    context: &StageContext<'_>,
    input: &ComputeInput<'_>,
    observed: &Observed,
    folded: &Folded,
) -> Vec<Finding> {
    let own = &observed.findings;
    let pull = input.raw.findings.iter().filter(|pull| !own.iter().any(|own| retells(own, pull)));
    let mut findings: Vec<Finding> = pull.chain(own).cloned().collect();
    let own: Vec<&WeekObserved> = observed.weeks.iter().map(|week| &week.observed).collect();
    let past = Past {
        series: &folded.known.series,
        settings: context.settings,
        newest: context.stream.week,
        own: &own,
        witnesses: &witnesses(input),
        unread: input.unread,
    };
    findings.extend(past.findings());
    findings.extend(restatement::findings(&folded.restatements, &folded.known.series));
    findings.extend(notes(context.settings, context.stream.week));
    findings
}

/// What was known before, and what each of it knew itself.
fn witnesses<'a>(input: &ComputeInput<'a>) -> Vec<Witness<'a>> {
    let known = input.history.iter().filter(|earlier| earlier.recorded_at <= input.known_at);
    known
        .map(|earlier| Witness {
            event: &earlier.event,
            observations: &earlier.metrics.observations,
            inputs: &earlier.metrics.inputs,
        })
        .collect()
}

/// A note is told for as long as its week is part of the four-week change.
const NOTE_WEEKS: i32 = 8;

/// What the company did in the weeks that the report looks at.
fn notes(settings: &RunSettings, newest: Week) -> impl Iterator<Item = Finding> + '_ {
    let is_told = move |note: &&NoteSettings| {
        note.week <= newest && newest.weeks_since(note.week) < NOTE_WEEKS
    };
    settings.notes.iter().filter(is_told).map(|note| {
        let excluded = if note.exclude { " (left out of what is ordinary)" } else { "" };
        Finding {
            class: FindingClass::CompanyNote,
            severity: Severity::Note,
            subject: note.week.to_string(),
            week: Some(note.week),
            message: format!("{}: {}{excluded}", note.week, note.text),
            action: None,
        }
    })
}

/// What both the pull and the observations tell is told once, with the severity that the settings
/// give it.
fn retells(own: &Finding, pull: &Finding) -> bool {
    let told_again = matches!(
        own.class,
        FindingClass::AccountMissing
            | FindingClass::AccountInactive
            | FindingClass::CrmMissing
            | FindingClass::DuplicateRow
            | FindingClass::DuplicateContact
    );
    own == pull || (told_again && own.class == pull.class && own.subject == pull.subject)
}
