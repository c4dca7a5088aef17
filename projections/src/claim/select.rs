//! Which figures become claims: chosen by code, in a fixed order, within fixed limits.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use weekledger_events::payload::{MetricsComputed, WeekObserved};
use weekledger_events::{Currency, ReportId, Week};

use super::name::clean;
use super::quote::{Quoted, quote};
use super::trend::Trends;
use super::{
    Alias, Claim, ClaimId, ClaimKind, ClaimSet, Entity, LeftOut, NotePart, QuotedFinding,
    RestatedClaim, TrendPoint, shown_name,
};
use crate::display;
use crate::figure::{Figure, FigureKey, Level, Metric, Unit, Window};
use crate::supporting::{FigureSet, SupportingKey, SupportingName};

/// What claims are chosen from.
#[derive(Debug, Clone, Copy)]
pub struct ClaimInput<'a> {
    pub report: &'a ReportId,
    pub title: &'a str,
    pub week: Week,
    pub metrics: &'a MetricsComputed,
    pub figures: &'a FigureSet,
}

/// Rows of the mail's tables. What lies beyond is counted and stands in the figures.
const ACCOUNTS_MAX: usize = 10;
const CAMPAIGNS_MAX: usize = 10;
const AD_SETS_MAX: usize = 12;
const AD_SETS_MAX_PER_CAMPAIGN: usize = 3;
/// Findings and restatements beyond these are counted.
const FINDINGS_MAX: usize = 12;
const RESTATED_MAX: usize = 8;

/// In the order in which the mail shows them.
pub(crate) const REPORT_METRICS: [Metric; 12] = [
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
    chooser.trends();
    chooser.restatements();
    chooser.findings();
    chooser.set
}

struct Chooser<'a> {
    input: ClaimInput<'a>,
    /// The stream's own week, as observed.
    observed: Option<&'a WeekObserved>,
    figures: BTreeMap<&'a str, &'a Figure>,
    by_source: BTreeMap<String, ClaimId>,
    /// Names as events hold them, cleaned but not cut, longest first.
    names: Vec<(String, Alias)>,
    left_out: Vec<(Level, usize)>,
    set: ClaimSet,
}

/// An entity that may get a row.
struct Candidate<'a> {
    id: &'a str,
    name: &'a str,
    parent: Alias,
    spend: Decimal,
}

impl<'a> Chooser<'a> {
    fn new(input: ClaimInput<'a>) -> Self {
        let currencies: BTreeSet<Currency> = input
            .figures
            .figures
            .iter()
            .filter(|figure| figure.level == Level::Report && figure.window == Window::Week)
            .filter_map(|figure| figure.currency.clone())
            .collect();
        Self {
            input,
            observed: input.metrics.observations.iter().rfind(|seen| seen.week == input.week),
            figures: input
                .figures
                .figures
                .iter()
                .map(|figure| (figure.id.as_str(), figure))
                .collect(),
            by_source: BTreeMap::new(),
            names: Vec::new(),
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
                findings: Vec::new(),
                findings_left_out: None,
            },
        }
    }

    fn entities(&mut self) {
        self.entity(Alias::REPORT, self.input.report.as_str(), self.input.title, None);
        self.accounts();
        self.campaigns();
        self.ad_sets();
        self.names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    fn accounts(&mut self) {
        let Some(observed) = self.observed else { return };
        for (index, account) in observed.accounts.iter().take(ACCOUNTS_MAX).enumerate() {
            let alias = Alias::nth(Level::Account, index);
            let parent = Some(Alias::REPORT);
            self.entity(alias, account.account.as_str(), &account.name, parent);
        }
        self.leave_out(Level::Account, observed.accounts.len().saturating_sub(ACCOUNTS_MAX));
    }

    /// The campaigns that spent most of those with spend or leads, account by account.
    fn campaigns(&mut self) {
        let mut found: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        if let Some(observed) = self.observed {
            for row in &observed.ad_sets {
                found.insert(row.campaign.as_str(), (row.account.as_str(), &row.campaign_name));
            }
            for row in observed.crm.iter().flat_map(|crm| &crm.campaigns) {
                found.entry(row.campaign.as_str()).or_insert((row.account.as_str(), ""));
            }
        }
        let candidates = found.into_iter().map(|(id, (account, name))| (id, name, account));
        let candidates = candidates.collect();
        self.rows(Level::Campaign, candidates, Level::Account, CAMPAIGNS_MAX, usize::MAX);
    }

    fn ad_sets(&mut self) {
        let rows = self.observed.map_or(&[][..], |observed| &observed.ad_sets);
        let candidates = rows
            .iter()
            .map(|row| (row.ad_set.as_str(), row.ad_set_name.as_str(), row.campaign.as_str()))
            .collect();
        let each = AD_SETS_MAX_PER_CAMPAIGN;
        self.rows(Level::AdSet, candidates, Level::Campaign, AD_SETS_MAX, each);
    }

    /// Rows for the active ones of `(id, name, parent's id)`. Those whose parent has no row get
    /// none either.
    fn rows(
        &mut self,
        level: Level,
        all: Vec<(&'a str, &'a str, &'a str)>,
        parents: Level,
        max: usize,
        max_each: usize,
    ) {
        let active: Vec<_> = all.into_iter().filter(|(id, ..)| self.is_active(level, id)).collect();
        let total = active.len();
        let candidates: Vec<Candidate<'a>> = active
            .into_iter()
            .filter_map(|(id, name, parent)| {
                let parent = self.alias(parents, parent)?;
                let spend = self.most(level, id, Metric::Spend);
                Some(Candidate { id, name, parent, spend })
            })
            .collect();
        self.leave_out(level, total - candidates.len());
        self.shown(level, candidates, max, max_each);
    }

    /// Whether an entity has spend or leads in the week.
    fn is_active(&self, level: Level, id: &str) -> bool {
        [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads]
            .into_iter()
            .any(|metric| !self.most(level, id, metric).is_zero())
    }

    /// An entity has one currency, so this is its figure of the week, or zero.
    fn most(&self, level: Level, id: &str, metric: Metric) -> Decimal {
        let figures = self.figure(level, id, metric, Window::Week);
        figures.filter_map(|figure| figure.value).max().unwrap_or_default()
    }

    /// Gives aliases to those that spent most, in the order of their parents.
    fn shown(&mut self, level: Level, mut all: Vec<Candidate<'a>>, max: usize, max_each: usize) {
        let total = all.len();
        all.sort_by(|a, b| b.spend.cmp(&a.spend).then_with(|| a.id.cmp(b.id)));
        let mut of_parent: BTreeMap<Alias, usize> = BTreeMap::new();
        all.retain(|candidate| {
            let count = of_parent.entry(candidate.parent).or_default();
            *count += 1;
            *count <= max_each
        });
        all.truncate(max);
        // Stable: within a parent the order by spend stays.
        all.sort_by_key(|candidate| candidate.parent);
        self.leave_out(level, total - all.len());
        for (index, one) in all.into_iter().enumerate() {
            self.entity(Alias::nth(level, index), one.id, one.name, Some(one.parent));
        }
    }

    fn entity(&mut self, alias: Alias, id: &str, name: &str, parent: Option<Alias>) {
        let level = alias.level();
        let named = self
            .input
            .figures
            .figures
            .iter()
            .find(|figure| name.is_empty() && figure.level == level && figure.entity_id == id)
            .map_or(name, |figure| &figure.entity_name);
        let cleaned = clean(named);
        if cleaned.chars().count() > 1 && level != Level::Report {
            self.names.push((cleaned, alias));
        }
        let name = shown_name(named);
        self.set.entities.push(Entity { alias, level, id: id.to_owned(), name, parent });
    }

    fn leave_out(&mut self, level: Level, count: usize) {
        match self.left_out.iter_mut().find(|(of, _)| *of == level) {
            Some((_, sum)) => *sum += count,
            None => self.left_out.push((level, count)),
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
            untestable: figure.untestable,
            change: None,
        });
    }

    /// A figure's note. Its numbers are rounded forms of other figures, so their claims take the
    /// exact values from there.
    fn note(&mut self, entity: Alias, figure: &Figure) -> Vec<NotePart> {
        let text = figure.note.as_deref().unwrap_or("");
        let source = format!("note:{}", figure.id);
        let parts = self.quoted(text, &source, ClaimKind::Supporting, entity);
        let beside = self.beside(figure);
        for part in &parts {
            let NotePart::Claim(id) = part else { continue };
            let Some(claim) = self.set.claims.get_mut(id.0 as usize - 1) else { continue };
            let Some(known) = beside.iter().find(|known| known.text == claim.display) else {
                continue;
            };
            claim.value = Some(known.value);
            claim.unit = known.unit;
            claim.window = Some(figure.window);
            claim.currency = figure.currency.clone().filter(|_| known.unit == Unit::Money);
            // A source names one claim; where it is taken, the note's own name stays.
            if !self.by_source.contains_key(known.id) {
                self.by_source.insert(known.id.to_owned(), *id);
                known.id.clone_into(&mut claim.source);
            }
        }
        parts
    }

    /// The figures that a note may speak of, as notes write them.
    fn beside(&self, figure: &Figure) -> Vec<Beside<'a>> {
        let supporting = self
            .input
            .figures
            .supporting
            .iter()
            .filter(|other| {
                (other.level, &other.entity_id, other.window)
                    == (figure.level, &figure.entity_id, figure.window)
                    && (other.currency.is_none() || other.currency == figure.currency)
            })
            .filter_map(|other| Beside::new(&other.id, other.unit, other.value?));
        let spend = self
            .figure(figure.level, &figure.entity_id, Metric::Spend, figure.window)
            .filter(|other| other.currency == figure.currency)
            .filter_map(|other| Beside::new(&other.id, other.unit, other.value?));
        supporting.chain(spend).collect()
    }

    /// Contacts that no campaign can be given, and those of other sources.
    fn contacts(&mut self) {
        for name in [SupportingName::UnattributedContacts, SupportingName::OtherContacts] {
            let key = SupportingKey {
                level: Level::Report,
                entity_id: self.input.report.to_string(),
                name,
                window: Window::Week,
                currency: None,
            };
            let source = key.to_string();
            let found = self.input.figures.supporting.iter().find(|figure| figure.id == source);
            if let Some(figure) = found {
                self.plain(ClaimKind::Supporting, source, figure.display.clone(), figure.value);
            }
        }
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

    /// Takes a sentence apart; its numbers become claims named `source/1`, `source/2` …
    fn quoted(
        &mut self,
        text: &str,
        source: &str,
        kind: ClaimKind,
        entity: Alias,
    ) -> Vec<NotePart> {
        let text = clean(text);
        let mut count = 0_usize;
        quote(&text, &self.names)
            .into_iter()
            .map(|piece| match piece {
                Quoted::Text(text) => NotePart::Text(text),
                Quoted::Name(alias) => NotePart::Name(alias),
                Quoted::Label(text) => NotePart::Label(text),
                Quoted::Number(display) => {
                    count += 1;
                    let value = display.replace(',', "").replace('−', "-").parse().ok();
                    let id = self.plain(kind, format!("{source}/{count}"), display, value);
                    self.set.claims[id.0 as usize - 1].entity = entity;
                    NotePart::Claim(id)
                }
            })
            .collect()
    }

    fn trends(&mut self) {
        let trends = Trends::new(&self.input.metrics.observations, &self.set.currencies);
        for (metric, currency) in trends.series() {
            for week in self.input.week.four_ending() {
                let claim = self.trend_point(&trends, metric, currency.as_ref(), week);
                let currency = currency.clone();
                self.set.trends.push(TrendPoint { metric, currency, week, claim });
            }
        }
    }

    /// The newest two weeks are figures already; the others are sums of what was observed.
    fn trend_point(
        &mut self,
        trends: &Trends,
        metric: Metric,
        currency: Option<&Currency>,
        week: Week,
    ) -> Option<ClaimId> {
        let window = match self.input.week.weeks_since(week) {
            0 => Some(Window::Week),
            1 => Some(Window::PreviousWeek),
            _ => None,
        };
        if let Some(window) = window {
            let figure = self.set.figure(Alias::REPORT, metric, window, currency)?;
            return figure.value.map(|_| figure.id);
        }
        let value = trends.sum(metric, currency, week)?;
        let key = FigureKey {
            level: Level::Report,
            entity_id: self.input.report.to_string(),
            metric,
            window: Window::Week,
            currency: currency.cloned(),
        };
        let unit = if metric.is_money() { Unit::Money } else { Unit::Count };
        let display = display::value(unit, value, currency);
        let short = short(unit, value, currency);
        let id = self.plain(ClaimKind::Trend, format!("{key}@{week}"), display, Some(value));
        let claim = &mut self.set.claims[id.0 as usize - 1];
        *claim = Claim {
            metric: Some(metric),
            unit,
            currency: currency.cloned(),
            short,
            ..claim.clone()
        };
        Some(id)
    }

    fn restatements(&mut self) {
        let listed: Vec<_> = self.input.metrics.restatements.iter().filter(|r| r.listed).collect();
        for restated in listed.iter().take(RESTATED_MAX) {
            let Ok(metric) = restated.measure.parse::<Metric>() else { continue };
            let id = restated.account.as_str();
            let Some(account) = self.alias(Level::Account, id) else { continue };
            let currency = self.currency_of(id).filter(|_| metric.is_money());
            let unit = if metric.is_money() { Unit::Money } else { Unit::Count };
            let source = format!("restatement:{}/{id}/{metric}", restated.week);
            let mut claim = |side: &str, value: Decimal| {
                let display = display::value(unit, value, currency.as_ref());
                let source = format!("{source}/{side}");
                let id = self.plain(ClaimKind::Restatement, source, display, Some(value));
                let claim = &mut self.set.claims[id.0 as usize - 1];
                let (metric, currency) = (Some(metric), currency.clone());
                *claim = Claim { entity: account, metric, unit, currency, ..claim.clone() };
                id
            };
            let (before, now) = (claim("before", restated.before), claim("now", restated.now));
            let week = restated.week;
            self.set.restated.push(RestatedClaim { week, account, metric, before, now });
        }
    }

    fn currency_of(&self, account: &str) -> Option<Currency> {
        let accounts = &self.observed?.accounts;
        accounts.iter().find(|a| a.account.as_str() == account).map(|a| a.currency.clone())
    }

    /// The weightiest findings first.
    fn findings(&mut self) {
        let mut findings: Vec<_> = self.input.metrics.findings.iter().enumerate().collect();
        findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        for (index, finding) in findings.iter().take(FINDINGS_MAX) {
            let source = format!("finding:{index}");
            let kind = ClaimKind::Finding;
            let message = self.quoted(&finding.message, &source, kind, Alias::REPORT);
            let action = finding.action.as_deref().unwrap_or("");
            let action = self.quoted(action, &format!("{source}/action"), kind, Alias::REPORT);
            let index = u32::try_from(*index).unwrap_or(u32::MAX);
            self.set.findings.push(QuotedFinding { index, message, action });
        }
        if findings.len() > FINDINGS_MAX {
            let count = self.count("count:findings_left_out", findings.len() - FINDINGS_MAX);
            self.set.findings_left_out = Some(count);
        }
    }

    fn alias(&self, level: Level, id: &str) -> Option<Alias> {
        self.set.level(level).find(|entity| entity.id == id).map(|entity| entity.alias)
    }
}

/// A figure as a note beside another one writes it.
struct Beside<'a> {
    id: &'a str,
    unit: Unit,
    value: Decimal,
    text: String,
}

impl<'a> Beside<'a> {
    fn new(id: &'a str, unit: Unit, value: Decimal) -> Option<Self> {
        let text = match unit {
            Unit::Money => display::whole(value),
            Unit::Count => display::count(value),
            Unit::Ratio | Unit::Change | Unit::Points => return None,
        };
        Some(Self { id, unit, value, text })
    }
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
