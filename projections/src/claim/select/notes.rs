//! Numbers within notes and findings, and the contacts that are no campaign's leads.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use weekledger_events::{Finding, FindingClass, Severity, Week};

use super::super::name::clean;
use super::super::quote::{Known, Quoted, quote};
use super::super::{Alias, Claim, ClaimKind, NotePart, QuotedFinding, week_name};
use super::{Chooser, short};
use crate::display;
use crate::figure::{Figure, Level, Metric, Unit, Window};
use crate::supporting::{SupportingKey, SupportingName};

/// Findings beyond these are counted.
const FINDINGS_MAX: usize = 12;
/// More accounts than these are not told one by one how they usually grow.
const GROWTHS_MAX: usize = 4;
/// Weeks back from the report's that are named by their number alone.
const WEEKS_NAMED_SHORT: i32 = 27;

impl<'a> Chooser<'a> {
    /// A figure's note. Its numbers are rounded forms of other figures, so their claims take the
    /// exact values from there.
    pub(super) fn note(&mut self, entity: Alias, figure: &Figure) -> Vec<NotePart> {
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

    /// Contacts that no campaign can be given, those of other sources and those left out.
    pub(super) fn contacts(&mut self) {
        let names = [
            SupportingName::UnattributedContacts,
            SupportingName::OtherContacts,
            SupportingName::OfflineContacts,
        ];
        for name in names {
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

    /// What is known of a sum of the report that lacks an account.
    pub(super) fn read_accounts(&mut self) {
        let figures = &self.input.figures.supporting;
        for figure in figures.iter().filter(|figure| figure.value.is_some()) {
            let metrics = [Metric::Spend, Metric::MetaLeads];
            let of = |metric: &Metric| SupportingName::of_read_accounts(*metric);
            let Some(metric) = metrics.into_iter().find(|one| of(one) == Some(figure.name)) else {
                continue;
            };
            let note = figure.note.as_deref().unwrap_or("");
            let source = format!("note:{}", figure.id);
            let note = self.quoted(note, &source, ClaimKind::Supporting, Alias::REPORT);
            let display = figure.display.clone();
            let id = self.plain(ClaimKind::Supporting, figure.id.clone(), display, figure.value);
            let claim = &mut self.set.claims[id.0 as usize - 1];
            *claim = Claim {
                metric: Some(metric),
                window: Some(figure.window),
                unit: figure.unit,
                currency: figure.currency.clone(),
                short: figure.value.map_or_else(String::new, |value| {
                    short(figure.unit, value, figure.currency.as_ref())
                }),
                note,
                ..claim.clone()
            };
        }
    }

    /// What the leads of the week usually grow by, of the report and, where it has few accounts, of
    /// each.
    pub(super) fn later_growth(&mut self) {
        let entities = self.set.entities.iter().map(|entity| (entity.alias, entity.id.clone()));
        let accounts = entities.filter(|(alias, _)| alias.level() == Level::Account);
        let accounts: Vec<(Alias, String)> = accounts.collect();
        let report = (Alias::REPORT, self.input.report.to_string());
        let few = (2..=GROWTHS_MAX).contains(&accounts.len());
        let of_accounts = accounts.into_iter().filter(|_| few);
        for (alias, entity_id) in std::iter::once(report).chain(of_accounts) {
            let source = later_growth(alias.level(), entity_id);
            let figures = &self.input.figures.supporting;
            let Some(figure) = figures.iter().find(|figure| figure.id == source) else { continue };
            if figure.value.is_none() {
                continue;
            }
            let display = figure.display.clone();
            let id = self.plain(ClaimKind::Supporting, source, display, figure.value);
            let claim = &mut self.set.claims[id.0 as usize - 1];
            (claim.entity, claim.unit) = (alias, figure.unit);
            // "grow by 8 %": the word is the sign.
            claim.short = claim.display.trim_start_matches('+').to_owned();
        }
    }

    /// Takes a sentence apart; its numbers become claims named `source/1`, `source/2` …
    pub(super) fn quoted(
        &mut self,
        text: &str,
        source: &str,
        kind: ClaimKind,
        entity: Alias,
    ) -> Vec<NotePart> {
        let pieces = quote(&clean(text), Known { names: &self.names, ids: &[] });
        self.taken_apart(pieces, source, kind, entity)
    }

    fn taken_apart(
        &mut self,
        pieces: Vec<Quoted>,
        source: &str,
        kind: ClaimKind,
        entity: Alias,
    ) -> Vec<NotePart> {
        let mut count = 0_usize;
        pieces
            .into_iter()
            .map(|piece| match piece {
                Quoted::Text(text) => NotePart::Text(text),
                Quoted::Name(alias) | Quoted::Id(alias) => NotePart::Name(alias),
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

    /// This week's first, then those of earlier weeks; what is missing before what is odd, and the
    /// weightier first. Restated figures are claims of their own, so their findings are left out.
    pub(super) fn findings(&mut self) {
        let restated = self.input.metrics.restatements.iter().any(|moved| moved.listed);
        let told = |finding: &Finding| !(restated && finding.class == FindingClass::Restated);
        let all = self.input.metrics.findings.iter().enumerate();
        let mut findings: Vec<_> = all
            .filter(|(_, finding)| told(finding))
            .map(|(index, finding)| (index, finding, self.earlier_week(finding)))
            .collect();
        findings.sort_by_key(|(_, finding, week)| (Reverse(*week), rank(finding)));
        findings.sort_by_key(|(_, _, week)| week.is_some());
        for (index, finding, week) in findings.iter().take(FINDINGS_MAX) {
            let source = format!("finding:{index}");
            let message = self.message(finding, &source);
            let action = self.action(finding, &format!("{source}/action"));
            let index = u32::try_from(*index).unwrap_or(u32::MAX);
            self.set.findings.push(QuotedFinding { index, week: *week, message, action });
        }
        if findings.len() > FINDINGS_MAX {
            let count = self.count("count:findings_left_out", findings.len() - FINDINGS_MAX);
            self.set.findings_left_out = Some(count);
        }
    }

    /// The message of a finding, with entities instead of ids and weeks as the mail names them.
    fn message(&mut self, finding: &Finding, source: &str) -> Vec<NotePart> {
        // A name that several bear is that of the finding's own subject, or nobody's in particular.
        let mut names = self.names.clone();
        let own = |(_, alias): &&(String, Alias)| {
            self.set.entity(*alias).is_some_and(|entity| entity.id == finding.subject)
        };
        names.extend(self.shared_names.iter().filter(own).cloned());
        names.sort_by_key(|(name, _)| Reverse(name.len()));
        let known = Known { names: &names, ids: &self.ids };
        let pieces = quote(&clean(&finding.message), known);
        let newest = self.input.week;
        let pieces = pieces.into_iter().flat_map(|piece| match piece {
            Quoted::Label(text) => vec![Quoted::Label(recent_week(&text, newest).unwrap_or(text))],
            Quoted::Id(alias) => self.told_apart(alias),
            other => vec![other],
        });
        let pieces = pieces.collect();
        self.taken_apart(pieces, source, ClaimKind::Finding, Alias::REPORT)
    }

    /// The advice of a finding. Who has to rename campaigns wants to read their names.
    fn action(&mut self, finding: &Finding, source: &str) -> Vec<NotePart> {
        let text = clean(finding.action.as_deref().unwrap_or(""));
        let ids = match finding.class {
            FindingClass::AmbiguousCampaign => &self.ids[..],
            _ => &[],
        };
        let pieces = quote(&text, Known { names: &self.names, ids });
        let pieces = pieces.into_iter().flat_map(|piece| match piece {
            Quoted::Id(alias) => self.told_apart(alias),
            other => vec![other],
        });
        let pieces = pieces.collect();
        self.taken_apart(pieces, source, ClaimKind::Finding, Alias::REPORT)
    }

    /// The name in the place of an id; with what it belongs to where others are called the same.
    fn told_apart(&self, alias: Alias) -> Vec<Quoted> {
        let entity = |alias| self.set.entity(alias);
        let mut pieces = vec![Quoted::Name(alias)];
        let Some(own) = entity(alias) else { return pieces };
        let mut alike = self.set.level(own.level).filter(|other| other.name == own.name);
        if alike.any(|other| other.alias != alias)
            && let Some(parent) = own.parent.filter(|parent| *parent != Alias::REPORT)
        {
            pieces.extend([Quoted::Text(" of ".to_owned()), Quoted::Name(parent)]);
        }
        pieces
    }

    /// The earlier week that a finding is about; `None` if it is about the report's own, or about
    /// the pull as a whole.
    fn earlier_week(&self, finding: &Finding) -> Option<Week> {
        finding.week.filter(|week| *week < self.input.week)
    }
}

/// `2026-W44` as "week 44", where nobody could mean another year's.
fn recent_week(label: &str, newest: Week) -> Option<String> {
    let week = Week::parse(label).ok()?;
    (0..WEEKS_NAMED_SHORT).contains(&newest.weeks_since(week)).then(|| week_name(week))
}

/// What is missing comes first: it explains the rest. Single contacts come last.
fn rank(finding: &Finding) -> (u8, Reverse<Severity>) {
    let place = match finding.class {
        FindingClass::AccountMissing => 0,
        FindingClass::CrmMissing => 1,
        FindingClass::AmbiguousCampaign
        | FindingClass::UnattributedLeads
        | FindingClass::DuplicateContact => 3,
        _ => 2,
    };
    (place, Reverse(finding.severity))
}

/// The id of what the leads of the week usually grow by.
pub(crate) fn later_growth(level: Level, entity_id: String) -> String {
    let (name, window) = (SupportingName::LaterGrowth, Window::Week);
    SupportingKey { level, entity_id, name, window, currency: None }.to_string()
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
