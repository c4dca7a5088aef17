//! Which figures become claims: chosen by code, in a fixed order, within fixed limits.

mod doubts;
mod entities;
mod notes;
mod past;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use weekledger_events::payload::{MetricsComputed, WeekObserved};
use weekledger_events::{Currency, ReportId, Week};

pub(crate) use self::notes::later_growth;
use super::{Alias, Claim, ClaimId, ClaimKind, ClaimSet, LeftOut};
use crate::display;
use crate::figure::{Figure, FigureKey, Level, Metric, Unit, Window};
use crate::supporting::FigureSet;

/// What claims are chosen from.
#[derive(Debug, Clone, Copy)]
pub struct ClaimInput<'a> {
    pub report: &'a ReportId,
    pub title: &'a str,
    pub week: Week,
    pub metrics: &'a MetricsComputed,
    pub figures: &'a FigureSet,
    pub rows: RowLimits,
}

/// How many rows the tables of a mail have at most. What lies beyond is counted, and stands in the
/// figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLimits {
    pub campaigns: usize,
    pub ad_sets: usize,
}

impl RowLimits {
    /// From the most to the fewest: a mail takes the first that fit its size.
    pub const LADDER: [Self; 10] = [
        Self { campaigns: 10, ad_sets: 12 },
        Self { campaigns: 10, ad_sets: 8 },
        Self { campaigns: 10, ad_sets: 5 },
        Self { campaigns: 10, ad_sets: 2 },
        Self { campaigns: 10, ad_sets: 0 },
        Self { campaigns: 8, ad_sets: 0 },
        Self { campaigns: 6, ad_sets: 0 },
        Self { campaigns: 3, ad_sets: 0 },
        Self { campaigns: 1, ad_sets: 0 },
        // Accounts always have their rows.
        Self { campaigns: 0, ad_sets: 0 },
    ];
}

/// In the order in which the mail shows them.
const REPORT_METRICS: [Metric; 12] = [
    Metric::Spend,
    Metric::MetaLeads,
    Metric::CrmLeads,
    Metric::Cpl,
    Metric::CrmCpl,
    Metric::SpendPerLead,
    Metric::Impressions,
    Metric::LinkClicks,
    Metric::LandingPageViews,
    Metric::LinkCtr,
    Metric::LinkCpc,
    Metric::Cpm,
];
const ROW_METRICS: [Metric; 5] =
    [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads, Metric::Cpl, Metric::SpendPerLead];
const AD_SET_METRICS: [Metric; 4] =
    [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads, Metric::Cpl];
const ROW_WINDOWS: [Window; 4] =
    [Window::Week, Window::WeekChange, Window::FourWeeks, Window::FourWeekChange];

/// Every figure that the mail of a week may show. The same input gives the same set.
pub fn claims(input: ClaimInput<'_>) -> ClaimSet {
    let mut chooser = Chooser::new(input);
    chooser.entities();
    chooser.figures();
    chooser.contacts();
    chooser.read_accounts();
    chooser.later_growth();
    chooser.trends();
    chooser.restatements();
    chooser.findings();
    chooser.backtest();
    chooser.doubts();
    chooser.set
}

/// Those of the report's money. One that no account has any more, and that no shown sum is in, is
/// left out.
fn currencies(input: &ClaimInput<'_>, observed: Option<&WeekObserved>) -> BTreeSet<Currency> {
    let accounts = observed.map_or(&[][..], |observed| &observed.accounts);
    let is_present = |currency: &Currency| {
        let mut present = accounts.iter().map(|facts| facts.currency.as_ref());
        accounts.is_empty() || present.any(|known| known == Some(currency))
    };
    let shown = [Window::Week, Window::FourWeeks, Window::AllTime];
    let of_report = input
        .figures
        .figures
        .iter()
        .filter(|figure| figure.level == Level::Report && shown.contains(&figure.window));
    let money = of_report.filter_map(|figure| Some((figure.currency.as_ref()?, figure.value)));
    let kept = money.filter(|(currency, value)| value.is_some() || is_present(currency));
    kept.map(|(currency, _)| currency.clone()).collect()
}

struct Chooser<'a> {
    input: ClaimInput<'a>,
    /// The stream's own week, as observed.
    observed: Option<&'a WeekObserved>,
    figures: BTreeMap<&'a str, &'a Figure>,
    by_source: BTreeMap<String, ClaimId>,
    /// Names as events hold them, cleaned but not cut, longest first.
    names: Vec<(String, Alias)>,
    /// Those that several entities of a level bear: they tell nobody apart.
    shared_names: Vec<(String, Alias)>,
    /// The provider's ids.
    ids: Vec<(String, Alias)>,
    left_out: Vec<(Level, usize)>,
    set: ClaimSet,
}

impl<'a> Chooser<'a> {
    fn new(input: ClaimInput<'a>) -> Self {
        let observed = input.metrics.observations.iter().rfind(|seen| seen.week == input.week);
        let currencies = currencies(&input, observed);
        Self {
            input,
            observed,
            figures: input
                .figures
                .figures
                .iter()
                .map(|figure| (figure.id.as_str(), figure))
                .collect(),
            by_source: BTreeMap::new(),
            names: Vec::new(),
            shared_names: Vec::new(),
            ids: Vec::new(),
            left_out: Vec::new(),
            set: ClaimSet {
                report: input.report.clone(),
                week: input.week,
                claims: Vec::new(),
                entities: Vec::new(),
                currencies: currencies.into_iter().collect(),
                left_out: Vec::new(),
                trends: Vec::new(),
                restated: Vec::new(),
                restated_left_out: None,
                findings: Vec::new(),
                findings_left_out: None,
                backtest: None,
                doubts: Vec::new(),
            },
        }
    }

    fn figures(&mut self) {
        for metric in REPORT_METRICS {
            self.windows(Alias::REPORT, metric, Window::ALL);
        }
        let entities: Vec<Alias> = self.set.entities.iter().map(|entity| entity.alias).collect();
        for alias in entities {
            match alias.level() {
                Level::Report => {}
                Level::Account | Level::Campaign => {
                    for metric in ROW_METRICS {
                        self.windows(alias, metric, &ROW_WINDOWS);
                    }
                }
                Level::AdSet => {
                    for metric in AD_SET_METRICS {
                        self.windows(alias, metric, &[Window::Week]);
                    }
                }
            }
        }
        for (level, count) in std::mem::take(&mut self.left_out) {
            if count > 0 {
                let claim = self.count(&format!("count:{level}_rows_left_out"), count);
                self.set.left_out.push(LeftOut { level, claim });
            }
        }
        self.link_changes();
    }

    fn windows(&mut self, alias: Alias, metric: Metric, windows: &[Window]) {
        let Some(id) = self.set.entity(alias).map(|entity| entity.id.clone()) else { return };
        for window in windows {
            let figures: Vec<&Figure> = self.figure(alias.level(), &id, metric, *window).collect();
            for figure in figures {
                self.claim_figure(alias, figure);
            }
        }
    }

    /// The figure of an entity: one, or for money one for each currency.
    fn figure(
        &self,
        level: Level,
        id: &str,
        metric: Metric,
        window: Window,
    ) -> impl Iterator<Item = &'a Figure> {
        let of = |currency: Option<&Currency>| {
            let entity_id = id.to_owned();
            FigureKey { level, entity_id, metric, window, currency: currency.cloned() }.to_string()
        };
        let mut ids = vec![of(None)];
        ids.extend(self.set.currencies.iter().map(|currency| of(Some(currency))));
        let found: Vec<&'a Figure> =
            ids.iter().filter_map(|id| self.figures.get(id.as_str()).copied()).collect();
        found.into_iter()
    }

    fn claim_figure(&mut self, entity: Alias, figure: &Figure) {
        let note = self.note(entity, figure);
        let usual = figure.usual.as_ref().map_or("", |usual| usual.display.as_str());
        let usual =
            self.quoted(usual, &format!("{}/usual", figure.id), ClaimKind::Supporting, entity);
        let verdict = figure.verdict_note.as_deref().unwrap_or("");
        let verdict_source = format!("{}/verdict", figure.id);
        let verdict_note = self.quoted(verdict, &verdict_source, ClaimKind::Supporting, entity);
        self.push(Claim {
            id: ClaimId::nth(0),
            kind: ClaimKind::Figure,
            source: figure.id.clone(),
            entity,
            metric: Some(figure.metric),
            window: Some(figure.window),
            unit: figure.unit,
            currency: figure.currency.clone(),
            value: figure.value,
            short: figure.value.map_or_else(
                || figure.display.clone(),
                |value| short(figure.unit, value, figure.currency.as_ref()),
            ),
            display: figure.display.clone(),
            direction: figure.direction,
            status: figure.status,
            note,
            usual,
            unusual: is_unusual(figure),
            verdict_note,
            detectable: figure.detectable,
            untestable: figure.untestable,
            change: None,
        });
    }

    /// The same source twice is one claim.
    fn push(&mut self, claim: Claim) -> ClaimId {
        if let Some(id) = self.by_source.get(&claim.source) {
            return *id;
        }
        let id = ClaimId::nth(self.set.claims.len());
        self.by_source.insert(claim.source.clone(), id);
        self.set.claims.push(Claim { id, ..claim });
        id
    }

    fn plain(
        &mut self,
        kind: ClaimKind,
        source: String,
        display: String,
        value: Option<Decimal>,
    ) -> ClaimId {
        self.push(Claim {
            id: ClaimId::nth(0),
            kind,
            source,
            entity: Alias::REPORT,
            metric: None,
            window: None,
            unit: Unit::Count,
            currency: None,
            value,
            short: display.clone(),
            display,
            direction: None,
            status: None,
            note: Vec::new(),
            usual: Vec::new(),
            unusual: false,
            verdict_note: Vec::new(),
            detectable: None,
            untestable: None,
            change: None,
        })
    }

    fn count(&mut self, source: &str, count: usize) -> ClaimId {
        let value = Decimal::from(count);
        self.plain(ClaimKind::Count, source.to_owned(), display::count(value), Some(value))
    }

    fn link_changes(&mut self) {
        let changes =
            [(Window::Week, Window::WeekChange), (Window::FourWeeks, Window::FourWeekChange)];
        for index in 0..self.set.claims.len() {
            let claim = &self.set.claims[index];
            let change = changes.iter().find(|(window, _)| claim.window == Some(*window));
            let (Some((_, change)), Some(metric)) = (change, claim.metric) else { continue };
            let found = self.set.figure(claim.entity, metric, *change, claim.currency.as_ref());
            let found = found.map(|claim| claim.id);
            self.set.claims[index].change = found;
        }
    }

    fn alias(&self, level: Level, id: &str) -> Option<Alias> {
        self.set.level(level).find(|entity| entity.id == id).map(|entity| entity.alias)
    }
}

/// Whether a change lies outside of its usual range, both as they are shown. A fall to nothing
/// speaks for itself.
fn is_unusual(figure: &Figure) -> bool {
    let (Some(value), Some(usual)) = (figure.value, &figure.usual) else { return false };
    if figure.unit == Unit::Change && value == -Decimal::ONE {
        return false;
    }
    let shown = |value| display::value(figure.unit, value, None);
    let differs = |bound| shown(value) != shown(bound);
    value < usual.low && differs(usual.low) || value > usual.high && differs(usual.high)
}

/// Amounts of four digits and more without their cents; everything else in full.
fn short(unit: Unit, value: Decimal, currency: Option<&Currency>) -> String {
    match currency {
        Some(currency) if unit == Unit::Money && value.abs() >= Decimal::ONE_THOUSAND => {
            format!("{currency} {}", display::whole(value))
        }
        _ => display::value(unit, value, currency),
    }
}
