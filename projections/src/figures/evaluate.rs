//! Evaluation: terms, value or absence, and notes of one figure.

use rust_decimal::Decimal;

use super::absence::Absence;
use super::formula::{Formula, Undefined, formula};
use super::recipe::{self, Selection};
use weekledger_events::payload::Shortfall;

use super::shortfall::Short;
use super::span::{Needs, Scope, Span};
use crate::display;
use crate::figure::{Level, Metric, Window};
use crate::measure::Measure;
use crate::supporting::SupportingName;

/// A figure before it is displayed.
#[derive(Debug, Clone)]
pub(crate) struct Evaluated<'m, 'a> {
    pub formula: Formula,
    /// Empty if the terms are not known.
    pub selections: Vec<Selection<'m, 'a>>,
    /// The sum of each selection.
    pub terms: Vec<Decimal>,
    pub outcome: Result<Decimal, Absence>,
    pub notes: Vec<String>,
}

impl<'m, 'a> Evaluated<'m, 'a> {
    pub(super) fn absent(formula: Formula, absence: Absence) -> Self {
        let notes = absence.note().into_iter().collect();
        let (selections, terms) = Default::default();
        Self { formula, selections, terms, outcome: Err(absence), notes }
    }

    fn of(
        formula: Formula,
        selections: Vec<Selection<'m, 'a>>,
        absence: impl Fn(Undefined) -> Absence,
    ) -> Self {
        let terms: Result<Vec<Decimal>, Undefined> =
            selections.iter().map(Selection::sum).collect();
        match terms {
            Err(undefined) => Self::absent(formula, absence(undefined)),
            Ok(terms) => {
                let outcome = formula.apply(&terms).map_err(absence);
                Self { formula, selections, terms, outcome, notes: Vec::new() }
            }
        }
    }
}

impl<'m, 'a> Scope<'m, 'a> {
    /// A metric in a window.
    pub fn metric(&self, metric: Metric, window: Window) -> Evaluated<'m, 'a> {
        match window.compares() {
            Some((now, before)) => self.change(metric, now, before),
            None => match self.span(self.needs(metric), window) {
                Err(absence) => Evaluated::absent(formula(metric), absence),
                Ok(span) => {
                    let mut evaluated = self.metric_over(metric, &span);
                    evaluated.notes.extend(self.notes(metric, &span, &evaluated));
                    evaluated
                }
            },
        }
    }

    /// A metric over weeks that are known.
    pub fn metric_over(&self, metric: Metric, span: &Span) -> Evaluated<'m, 'a> {
        let formula = formula(metric);
        if self.lacks_ad_sets(metric, span) {
            return Evaluated::absent(formula, Absence::AdSetUnknown);
        }
        let selections = self.selections(metric, span);
        let absence = |undefined| Absence::of_metric(metric, undefined);
        let mut evaluated = Evaluated::of(formula, selections, absence);
        let is_cost = matches!(metric, Metric::Cpl | Metric::CrmCpl | Metric::SpendPerLead);
        if is_cost && evaluated.outcome.as_ref().is_ok_and(|cost| *cost <= Decimal::ZERO) {
            evaluated.outcome = Err(Absence::LateLeads);
        }
        evaluated
    }

    /// Whether the campaign of an ad set has contacts that might be the ad set's.
    fn lacks_ad_sets(&self, metric: Metric, span: &Span) -> bool {
        let is_crm = matches!(metric, Metric::CrmLeads | Metric::CrmCpl);
        if !is_crm || self.entity.level != Level::AdSet {
            return false;
        }
        self.entity.campaigns.iter().any(|campaign| {
            let campaign = self.model.entity(Level::Campaign, campaign.as_str());
            campaign.is_some_and(|campaign| {
                campaign.cells_in(&span.weeks).any(|cell| {
                    cell.ad_set.is_none()
                        && cell.value(Measure::CrmLeads).is_some_and(|count| count > Decimal::ZERO)
                })
            })
        })
    }

    fn change(&self, metric: Metric, now: Window, before: Window) -> Evaluated<'m, 'a> {
        let formula = formula(metric).changed(metric);
        let needs = self.needs(metric);
        let spans = self.span(needs, now).and_then(|now| Ok((now, self.span(needs, before)?)));
        let (now, before) = match spans {
            Ok(spans) => spans,
            Err(absence) => return Evaluated::absent(formula, absence),
        };
        let first = self.metric_over(metric, &now);
        let second = self.metric_over(metric, &before);
        let selections = [first.selections, second.selections].concat();
        let absence = |undefined| Absence::of_metric(metric, undefined);
        let mut evaluated = Evaluated::of(formula, selections, absence);
        let obstacle = first.outcome.err().or_else(|| {
            second.outcome.err().map(|absence| match absence.is_unknown() {
                true => absence,
                false => Absence::Had(Box::new(absence)),
            })
        });
        let not_whole = || {
            let short = self.lacking(metric, &[&before.weeks[..], &now.weeks[..]].concat());
            (!short.is_empty()).then_some(Absence::NotWhole(short))
        };
        let obstacle = self.not_comparable(&now, &before).or_else(not_whole).or(obstacle);
        if let Some(absence) = obstacle {
            if absence.is_unknown() {
                return Evaluated::absent(evaluated.formula, absence);
            }
            evaluated.outcome = Err(absence);
        }
        evaluated
    }

    /// Why a change between two windows would mislead.
    fn not_comparable(&self, now: &Span, before: &Span) -> Option<Absence> {
        let monday = before.first()?.monday();
        if self.entity.first_delivery.is_some_and(|day| day > monday) {
            return Some(Absence::New);
        }
        let newest = now.weeks.last().copied()?;
        let mut weeks = before.weeks.iter().chain(&now.weeks);
        weeks.any(|week| !self.same_accounts(*week, newest)).then_some(Absence::AccountsChanged)
    }

    fn notes(&self, metric: Metric, span: &Span, evaluated: &Evaluated<'_, '_>) -> Vec<String> {
        if evaluated.outcome.as_ref().is_err_and(Absence::is_unknown) {
            return Vec::new();
        }
        let mut notes = Vec::new();
        notes.extend(self.covered(metric, span));
        if let (Metric::CrmLeads, [_, unattributed]) = (metric, &evaluated.terms[..])
            && !unattributed.is_zero()
        {
            notes.push(format!("{} unattributed", display::count(*unattributed)));
        }
        notes.extend(self.since(self.needs(metric), span));
        notes.extend(Short::notes(&self.lacking(metric, &span.weeks)));
        if self.needs(metric) == Needs::CRM {
            notes.extend(self.campaigns_unknown(span));
        }
        notes.extend(self.partial_accounts(span));
        if span.window == Window::Week && self.needs(metric).ads {
            notes.extend(self.stale_accounts(self.model.subject.week));
        }
        notes
    }

    /// What a cost per lead rests on: "on 1,000 of 2,000 spent; 1 campaign without leads".
    fn covered(&self, metric: Metric, span: &Span) -> Option<String> {
        let (spend, campaigns, leads) = match metric {
            Metric::Cpl => {
                (SupportingName::SpendWithLeads, SupportingName::CampaignsWithoutLeads, "leads")
            }
            Metric::CrmCpl => (
                SupportingName::SpendWithCrmLeads,
                SupportingName::CampaignsWithoutCrmLeads,
                "CRM leads",
            ),
            _ => return None,
        };
        if !has_supporting(spend, self.entity.level) {
            return None;
        }
        let of = self.supporting_over(spend, span).outcome.ok()?;
        let all = self.metric_over(Metric::Spend, span).outcome.ok()?;
        let without = self.supporting_over(campaigns, span).outcome.ok()?;
        let spent = format!("on {} of {} spent", display::whole(of), display::whole(all));
        // Where actions were withheld, nobody knows which campaigns had none.
        let unknown = self.lacking(metric, &span.weeks);
        let unknown = unknown.iter().any(|short| short.why == Shortfall::LeadsWithheld);
        if without.is_zero() || unknown {
            return Some(spent);
        }
        let without = display::counted(without, "campaign", "campaigns");
        Some(format!("{spent}; {without} without {leads}"))
    }

    /// A supporting figure in a window that is no change.
    pub fn supporting(&self, name: SupportingName, window: Window) -> Evaluated<'m, 'a> {
        if name.is_of_read_accounts() {
            return self.of_read_accounts(name, window);
        }
        if name == SupportingName::LaterGrowth {
            return self.later_growth();
        }
        let needs = recipe::needs_of_supporting(name);
        match self.supporting_span(name, needs, window) {
            Err(absence) => {
                let here = Span { window, weeks: Vec::new() };
                Evaluated::absent(recipe::supporting(name, *self, &here).0, absence)
            }
            Ok(span) => {
                let mut evaluated = self.supporting_over(name, &span);
                evaluated.notes.extend(self.since(needs, &span));
                evaluated.notes.extend(Short::notes(&self.short(needs, &span.weeks)));
                evaluated.notes.extend(self.partial_accounts(&span));
                evaluated
            }
        }
    }

    /// What the accounts that could be read in the newest week add up to, and who is not in it.
    fn of_read_accounts(&self, name: SupportingName, window: Window) -> Evaluated<'m, 'a> {
        let newest = self.model.subject.week;
        let mut evaluated = self.supporting_over(name, &Span::one(window, newest));
        evaluated.notes.extend(self.without(newest));
        evaluated
    }

    /// A share needs the whole report over the same weeks.
    fn supporting_span(
        &self,
        name: SupportingName,
        needs: Needs,
        window: Window,
    ) -> Result<Span, Absence> {
        let own = self.span(needs, window)?;
        let Some(report) = self.model.report().filter(|_| name == SupportingName::SpendShare)
        else {
            return Ok(own);
        };
        let whole = Scope { entity: report, ..*self };
        own.weeks.iter().try_for_each(|week| whole.known(needs, *week))?;
        Ok(own)
    }

    fn supporting_over(&self, name: SupportingName, span: &Span) -> Evaluated<'m, 'a> {
        let (formula, selections) = recipe::supporting(name, *self, span);
        Evaluated::of(formula, selections, |undefined| match undefined {
            Undefined::DividedByZero => Absence::NoSpend,
            _ => Absence::TooLarge,
        })
    }
}

/// Whether a supporting figure exists at a level.
pub(crate) fn has_supporting(name: SupportingName, level: Level) -> bool {
    match name {
        SupportingName::SpendShare => level != Level::Report,
        SupportingName::UnattributedContacts
        | SupportingName::OtherContacts
        | SupportingName::OfflineContacts
        | SupportingName::SpendOfReadAccounts
        | SupportingName::MetaLeadsOfReadAccounts => level == Level::Report,
        SupportingName::SpendWithLeads
        | SupportingName::CampaignsWithoutLeads
        | SupportingName::SpendWithCrmLeads
        | SupportingName::CampaignsWithoutCrmLeads
        | SupportingName::LaterGrowth => {
            matches!(level, Level::Report | Level::Account)
        }
    }
}
