//! Numbers within notes and findings, and the contacts that are no campaign's leads.

use rust_decimal::Decimal;

use super::super::name::clean;
use super::super::quote::{Quoted, quote};
use super::super::{Alias, ClaimKind, NotePart, QuotedFinding};
use super::Chooser;
use crate::display;
use crate::figure::{Figure, Level, Metric, Unit, Window};
use crate::supporting::{SupportingKey, SupportingName};

/// Findings beyond these are counted.
const FINDINGS_MAX: usize = 12;

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

    /// Contacts that no campaign can be given, and those of other sources.
    pub(super) fn contacts(&mut self) {
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

    /// Takes a sentence apart; its numbers become claims named `source/1`, `source/2` …
    pub(super) fn quoted(
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

    /// The weightiest findings first.
    pub(super) fn findings(&mut self) {
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
