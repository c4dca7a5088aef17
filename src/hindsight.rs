//! Both times of a figure: what was reported of each week, and what is known of it now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use weekledger_events::payload::InputRef;
use weekledger_events::{EventType, ReportId, Revision, StreamId, Week};
use weekledger_projections::figure::{Figure, Level, Metric, Window};
use weekledger_projections::figures::{self, Subject};
use weekledger_projections::history::{History, HistoryError, Source};
use weekledger_projections::week_state::RunState;

use crate::chain::Loaded;
use crate::config::RunSettings;
use crate::evidence::{self, EvidenceError, Store, read_week};
use crate::stages::read_evidence;

/// Which figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This one, in every week that has it.
    Figure(String),
    /// The week's own figures of one entity.
    Entity { level: Level, id: String },
    /// The week's own figures of the report and its accounts.
    Totals,
}

/// One figure of one week at both times.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hindsight {
    pub report: ReportId,
    pub week: Week,
    pub id: String,
    pub entity_name: String,
    pub metric: Metric,
    /// As the newest mail of the week showed it; `None` if no mail went out.
    pub reported: Option<Told>,
    /// Of a week without a mail: as its own newest revision recorded it.
    pub recorded: Option<Told>,
    /// As every pull until now has it.
    pub known_now: Option<Told>,
    /// True if what is known now differs from what was reported or, without a mail, recorded.
    pub changed: bool,
}

/// A figure as it stood at a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    pub value: Option<Decimal>,
    pub display: String,
    pub note: Option<String>,
    /// The revision that has it so.
    pub revision: Option<Revision>,
}

#[derive(Debug, thiserror::Error)]
pub enum HindsightError {
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("what is recorded of {stream} contradicts itself")]
    History {
        stream: StreamId,
        #[source]
        source: HistoryError,
    },
}

impl Wanted {
    /// A figure's id, or `LEVEL:ENTITY`. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            let key: Result<weekledger_projections::figure::FigureKey, _> = text.parse();
            return key.map(|key| Self::Figure(key.to_string())).map_err(|error| error.to_string());
        }
        let malformed = || format!("\"{text}\" is no figure and no entity; write LEVEL:ENTITY");
        let (level, id) = text.split_once(':').ok_or_else(malformed)?;
        let level = level.parse().map_err(|_| malformed())?;
        Ok(Self::Entity { level, id: id.to_owned() })
    }

    fn selects(&self, figure: &Figure) -> bool {
        match self {
            Self::Figure(id) => figure.id == *id,
            Self::Totals => {
                figure.window == Window::Week
                    && matches!(figure.level, Level::Report | Level::Account)
            }
            Self::Entity { level, id } => {
                figure.window == Window::Week && figure.level == *level && figure.entity_id == *id
            }
        }
    }
}

/// The figures of a report, by week and in the order of the figures.
pub async fn look_back(
    store: &dyn Store,
    streams: &[StreamId],
    report: &ReportId,
    wanted: &Wanted,
) -> Result<Vec<Hindsight>, HindsightError> {
    let mut weeks = BTreeMap::new();
    for stream in streams.iter().filter(|stream| stream.report == *report) {
        weeks.insert(stream.week, read_week(store, stream).await?);
    }
    let history = everything(&weeks)?;
    let Some(newest) = weeks.values().next_back() else { return Ok(Vec::new()) };
    let settings = settings(store, newest).await?;
    // Weeks that were only ever pulled along with a later one were never reported, and are known.
    let known = history.as_known(Timestamp::MAX, newest.state.stream.week);
    let mut all: BTreeSet<Week> = known.series.weeks.iter().map(|week| week.week).collect();
    all.extend(weeks.keys());
    let mut found = Vec::new();
    for week in all {
        let subject = Subject {
            report: report.clone(),
            title: settings.as_ref().map(|settings| settings.title.clone()).unwrap_or_default(),
            week,
            crm: settings.as_ref().is_none_or(|settings| settings.hubspot.enabled),
            excluded: settings
                .as_ref()
                .map(|settings| settings.excluded_weeks())
                .unwrap_or_default(),
            alerts: settings.as_ref().map(|settings| settings.alerts.clone()).unwrap_or_default(),
        };
        let now = figures::compute(&history.as_known(Timestamp::MAX, week).series, &subject);
        let now = now.figures.into_iter().filter(|figure| wanted.selects(figure)).collect();
        let told = match weeks.get(&week) {
            Some(loaded) => reported(store, loaded, wanted).await?,
            None => Vec::new(),
        };
        found.extend(beside(told, now));
    }
    Ok(found)
}

/// Every observation that any event holds.
fn everything(weeks: &BTreeMap<Week, Loaded>) -> Result<History, HindsightError> {
    let mut history = History::new();
    for loaded in weeks.values() {
        let stream = &loaded.state.stream;
        for (event, metrics) in loaded.metrics() {
            let (sequence, digest) = (event.sequence(), event.digest);
            let source = Source::Event(InputRef { stream: stream.clone(), sequence, digest });
            for observed in &metrics.observations {
                let added = history.observe(source.clone(), observed);
                added
                    .map_err(|source| HindsightError::History { stream: stream.clone(), source })?;
            }
        }
    }
    Ok(history)
}

/// What the newest run pinned; `None` if the week has no run.
async fn settings(
    store: &dyn Store,
    loaded: &Loaded,
) -> Result<Option<RunSettings>, EvidenceError> {
    let Some(run) = loaded.state.runs.last() else { return Ok(None) };
    let bytes = read_evidence(store.archive(), &run.requested.config).await?;
    Ok(Some(RunSettings::from_bytes(&bytes)?))
}

/// A figure as a revision of its own week has it.
struct Earlier {
    revision: Revision,
    is_mailed: bool,
    figure: Figure,
}

/// The figures behind the newest mail; without one, those of the newest revision.
async fn reported(
    store: &dyn Store,
    loaded: &Loaded,
    wanted: &Wanted,
) -> Result<Vec<Earlier>, EvidenceError> {
    let mailed = loaded.state.runs.iter().rev().find(|run| run.sent.is_some());
    let is_computed =
        |run: &&RunState| loaded.state.effective(run, EventType::MetricsComputed).is_some();
    let newest = || loaded.state.runs.iter().rev().find(is_computed);
    let Some(run) = mailed.or_else(newest) else { return Ok(Vec::new()) };
    let (revision, is_mailed) = (run.requested.revision, run.sent.is_some());
    let computed = evidence::computed(loaded, Some(revision))?;
    let set = evidence::figures(store, computed.metrics).await?;
    let chosen = set.figures.into_iter().filter(|figure| wanted.selects(figure));
    Ok(chosen.map(|figure| Earlier { revision, is_mailed, figure }).collect())
}

/// Pairs by id; what is known now sets the order.
fn beside(told: Vec<Earlier>, now: Vec<Figure>) -> Vec<Hindsight> {
    let mut told: BTreeMap<String, Earlier> =
        told.into_iter().map(|earlier| (earlier.figure.id.clone(), earlier)).collect();
    let mut found: Vec<Hindsight> =
        now.into_iter().filter_map(|figure| pair(told.remove(&figure.id), Some(figure))).collect();
    found.extend(told.into_values().filter_map(|earlier| pair(Some(earlier), None)));
    found
}

fn pair(earlier: Option<Earlier>, now: Option<Figure>) -> Option<Hindsight> {
    let any = now.as_ref().or(earlier.as_ref().map(|earlier| &earlier.figure))?;
    let (report, week, metric) = (any.report.clone(), any.week, any.metric);
    let (id, entity_name) = (any.id.clone(), any.entity_name.clone());
    let of = |figure: Figure, revision| Told {
        value: figure.value,
        display: figure.display,
        note: figure.note,
        revision,
    };
    let (mut reported, mut recorded) = (None, None);
    if let Some(Earlier { revision, is_mailed, figure }) = earlier {
        let told = Some(of(figure, Some(revision)));
        if is_mailed { reported = told } else { recorded = told }
    }
    let known_now = now.map(|figure| of(figure, None));
    let changed = match (reported.as_ref().or(recorded.as_ref()), &known_now) {
        (Some(then), Some(now)) => then.value != now.value,
        _ => false,
    };
    Some(Hindsight {
        report,
        week,
        id,
        entity_name,
        metric,
        reported,
        recorded,
        known_now,
        changed,
    })
}
