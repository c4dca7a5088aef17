//! The report view: everything that the mail says, in order, as pieces of known kinds. Templates
//! only lay it out, so HTML and text part say the same.

mod doubts;
mod overview;
mod prose;
mod quality;
mod tables;

use jiff::tz::TimeZone;
use weekledger_events::payload::{Analyst, MetricsComputed};
use weekledger_events::{ReportId, Week};

use crate::claim::{Alias, ClaimId, ClaimSet, week_name, week_title};
use crate::display;
use crate::figure::Status;
use crate::verdict::arrived::SETTLED_AGE;
use crate::words::Words;

/// What a view is made of.
#[derive(Debug, Clone, Copy)]
pub struct ViewInput<'a> {
    pub report: &'a ReportId,
    pub week: Week,
    pub metrics: &'a MetricsComputed,
    pub claims: &'a ClaimSet,
    pub words: &'a Words,
    pub analyst: &'a Analyst,
    /// An earlier revision of the week was sent.
    pub revised: bool,
}

/// A line of the mail.
pub type Line = Vec<Piece>;

/// A piece of a line. Digits occur in claims, names and labels only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words of the template, of an event's sentence or of the analyst.
    Text(String),
    Claim {
        id: ClaimId,
        text: String,
    },
    /// A name from the outside world.
    Name {
        alias: Alias,
        text: String,
    },
    /// A date, a week, a revision or an identifier.
    Label(String),
    /// `[UP]`, `[DOWN]`, `[FLAT]`, `[ALERT]` or `[OK]`: verdicts have these to themselves.
    Token {
        text: &'static str,
        tone: Tone,
    },
    /// How much a finding weighs, as a word.
    Marker {
        text: &'static str,
        tone: Tone,
    },
}

/// Whether something is welcome. Always said in words or by a token as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    Neutral,
    Good,
    Watch,
    Alert,
}

/// The whole mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    pub subject: String,
    pub title: Line,
    pub week: Line,
    /// That it replaces an earlier mail, and that its week is preliminary.
    pub marks: Vec<Line>,
    pub headline: Line,
    pub cards: Vec<Card>,
    /// What the tokens are about; `None` where there are none.
    pub legend: Option<Line>,
    pub departments: Vec<DepartmentView>,
    pub moved: Vec<Line>,
    pub hypotheses: Vec<Line>,
    pub activity: Vec<ActivityRow>,
    pub activity_more: Vec<Line>,
    /// How leads are attributed: stands with every table of leads.
    pub attribution: Vec<Line>,
    pub trends: Vec<Trend>,
    pub totals: Vec<TotalsRow>,
    /// What each cost per lead rests on.
    pub totals_notes: Vec<Line>,
    /// The day that "all time" begins.
    pub all_time: Option<Line>,
    pub rows: Vec<CampaignRow>,
    pub rows_more: Vec<Line>,
    pub quality: Vec<Line>,
    pub restated: Vec<Line>,
    pub footer: Vec<Line>,
}

/// A key figure: of money one for each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub label: &'static str,
    pub figures: Vec<CardFigure>,
    /// Of the figures as a whole.
    pub below: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFigure {
    pub value: Line,
    /// Direction and status, or why there are none.
    pub verdict: Line,
    /// Change and note.
    pub beside: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentView {
    pub title: &'static str,
    /// Empty: nothing to do this week.
    pub actions: Vec<Line>,
}

/// An account or campaign with its leads of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    pub depth: u8,
    pub name: Line,
    pub spend: Line,
    pub meta_leads: Line,
    pub crm_leads: Line,
    pub state: LeadState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeadState {
    Leads,
    NoLeads,
    /// None were counted, and tracking may be broken.
    Doubtful,
    /// The account's figures are not known.
    Missing,
}

/// Four weeks of one measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    pub caption: Line,
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub week: Line,
    /// Length, at most `BAR_UNITS`.
    pub units: usize,
    pub value: Line,
    /// The week of the report.
    pub newest: bool,
}

/// Longest bar, in units: percent of the mail's width.
pub const BAR_UNITS: usize = 60;

/// One measure over all windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsRow {
    /// With the currency where there are several.
    pub label: String,
    pub week: Line,
    pub week_change: Line,
    pub four_weeks: Line,
    pub four_week_change: Line,
    pub all_time: Line,
}

/// An account, a campaign below it, or an ad set below that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRow {
    pub depth: u8,
    pub name: Line,
    pub spend: Line,
    pub meta_leads: Line,
    pub crm_leads: Line,
    pub cpl: Line,
    /// What the cost per lead rests on; of an ad set or a campaign it is all that was spent.
    pub cpl_note: Option<Line>,
    pub change: Line,
    pub verdict: Line,
}

/// The mail of a week. The same input gives the same view.
pub fn view(input: ViewInput<'_>) -> ReportView {
    let (set, preliminary) = (input.claims, is_preliminary(&input));
    let (activity, activity_more) = tables::activity(set);
    let (rows, rows_more) = tables::campaigns(set);
    ReportView {
        subject: subject(&input),
        title: prose::name(set, Alias::REPORT),
        week: vec![Piece::Label(week_title(input.week))],
        marks: marks(&input),
        headline: prose::sentence(set, &input.words.headline),
        cards: overview::cards(set, preliminary),
        legend: legend(set),
        departments: overview::departments(&input),
        moved: prose::sentences(set, &input.words.moved),
        hypotheses: prose::sentences(set, &input.words.hypotheses),
        activity,
        activity_more,
        attribution: quality::attribution(&input),
        trends: overview::trends(set, preliminary),
        totals: tables::totals(set),
        totals_notes: tables::totals_notes(set),
        all_time: tables::all_time(set),
        rows,
        rows_more,
        quality: quality::findings(&input),
        restated: quality::restated(set),
        footer: footer(&input),
    }
}

fn subject(input: &ViewInput<'_>) -> String {
    let alert = input.claims.claims.iter().any(|claim| claim.status == Some(Status::Alert));
    let title = input.claims.entity(Alias::REPORT).map_or("Report", |entity| &entity.name);
    let alert = if alert { "[ALERT] " } else { "" };
    format!("{alert}{title}: {}", week_title(input.week))
}

fn marks(input: &ViewInput<'_>) -> Vec<Line> {
    let mut marks = Vec::new();
    // No number: a later revision may send these very bytes again, and its envelope says which.
    if input.revised {
        marks.push(vec![Piece::text("Revised: replaces an earlier report of this week.")]);
    }
    // The rules say it in the headline itself.
    if input.analyst.provider != "rules" {
        marks.extend(doubts::marks(input.claims));
    }
    if is_preliminary(input) {
        let mut preliminary = vec![
            Piece::text("Preliminary: leads of "),
            Piece::Label(week_name(input.week)),
            Piece::text(" still arrive for some weeks."),
        ];
        preliminary.extend(quality::later_growth(input.claims));
        preliminary.push(Piece::text(" What changes later is listed in later reports."));
        marks.push(preliminary);
    }
    marks
}

/// Whether the week was seen while leads of it still arrive. A week that nobody saw is taken for a
/// young one.
fn is_preliminary(input: &ViewInput<'_>) -> bool {
    let age = i32::try_from(SETTLED_AGE).unwrap_or(i32::MAX);
    let (_, settled) = input.week.plus(age).bounds(&TimeZone::UTC);
    let seen = input.metrics.observations.iter().filter(|seen| seen.week == input.week);
    seen.map(|seen| seen.observed_at).max().is_none_or(|seen| seen < settled)
}

/// A change may be unusual while the level is not, so a reader has to know which is which.
fn legend(set: &ClaimSet) -> Option<Line> {
    let is_judged = set.claims.iter().any(|claim| claim.direction.is_some());
    let said = "In brackets: the week's level against ordinary weeks. Percentages: the change on \
                the week before.";
    is_judged.then(|| vec![Piece::text(said)])
}

fn footer(input: &ViewInput<'_>) -> Vec<Line> {
    let (report, week) = (input.report, input.week);
    let place = format!("Report {report}, week {week}");
    let mut lines = vec![
        vec![
            Piece::text("Every figure here can be traced to the bytes that the sources returned: "),
            Piece::Label(format!("weekledger audit {week} --report {report}")),
            Piece::text("."),
        ],
        vec![
            Piece::text("All figures, exact and by ad set: "),
            Piece::Label(format!("weekledger figures {week} --report {report}")),
            Piece::text("."),
        ],
        vec![
            Piece::text("An alert stays until the figure is back among its ordinary weeks; until "),
            Piece::text("then it may stand alone."),
        ],
    ];
    lines.extend(backtest(input.claims));
    lines.push(vec![Piece::Label(place), Piece::text(".")]);
    lines
}

/// How often the rules speak, and how seldom falsely.
fn backtest(set: &ClaimSet) -> Option<Line> {
    let claims = set.backtest?;
    let (alerts, years) = (set.claim(claims.alerts)?, set.claim(claims.series_years)?);
    let mut line = vec![Piece::text("Over this ledger the alert rules would have spoken ")];
    line.extend(prose::value(alerts));
    let times = display::noun(alerts.value.unwrap_or_default(), "time", "times");
    line.push(Piece::Text(format!(" {times} in ")));
    line.extend(prose::value(years));
    line.push(Piece::text(" series-years"));
    if let Some(rare) = claims.years_per_false_alert.and_then(|id| set.claim(id)) {
        line.push(Piece::text("; where nothing changes, expect at most about one false alert in "));
        line.extend(prose::value(rare));
        line.push(Piece::text(" years"));
    }
    line.push(Piece::text("."));
    Some(line)
}

impl Piece {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// What a reader sees.
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Claim { text, .. }
            | Self::Name { text, .. }
            | Self::Label(text) => text,
            Self::Token { text, .. } | Self::Marker { text, .. } => text,
        }
    }
}
