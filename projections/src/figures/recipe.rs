//! Recipes: what each figure is made of, as selections of cells and a formula over their sums.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use weekledger_events::CampaignId;

use super::formula::{self, Formula, Undefined};
use super::growth;
use super::model::Cell;
use super::span::{Needs, Scope, Span};
use crate::figure::{Level, Metric, Window};
use crate::measure::Measure;
use crate::supporting::SupportingName;

/// A sum within a formula, before the weeks are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ingredient<'a> {
    pub name: &'static str,
    pub measure: Measure,
    pub only: Only<'a>,
}

/// Which cells of an entity count.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Only<'a> {
    All,
    /// Those of campaigns that have some of the measure in the same weeks.
    CampaignsWith(Measure),
    Campaign(&'a CampaignId),
}

/// An ingredient over given weeks of a given scope.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'m, 'a> {
    pub scope: Scope<'m, 'a>,
    pub ingredient: Ingredient<'a>,
    pub span: Span,
}

const fn all(name: &'static str, measure: Measure) -> Ingredient<'static> {
    Ingredient { name, measure, only: Only::All }
}

const fn with(name: &'static str, measure: Measure, leads: Measure) -> Ingredient<'static> {
    Ingredient { name, measure, only: Only::CampaignsWith(leads) }
}

const SPEND: Ingredient<'static> = all("spend", Measure::Spend);
const IMPRESSIONS: Ingredient<'static> = all("impressions", Measure::Impressions);
const CLICKS: Ingredient<'static> = all("clicks", Measure::Clicks);
const LINK_CLICKS: Ingredient<'static> = all("link clicks", Measure::LinkClicks);
const VIEWS: Ingredient<'static> = all("landing page views", Measure::LandingPageViews);
const META_LEADS: Ingredient<'static> = all("Meta leads", Measure::MetaLeads);
const CRM_LEADS: Ingredient<'static> = all("contacts with a known campaign", Measure::CrmLeads);
const UNATTRIBUTED: Ingredient<'static> =
    all("paid social contacts without a known campaign", Measure::CrmUnattributed);
const OTHER: Ingredient<'static> = all("contacts of other sources", Measure::CrmOther);
const OFFLINE: Ingredient<'static> =
    all("contacts entered offline or imported", Measure::CrmOffline);
const SPEND_WITH_LEADS: Ingredient<'static> =
    with("spend of campaigns with a Meta lead", Measure::Spend, Measure::MetaLeads);
const LEADS_OF_THESE: Ingredient<'static> =
    with("Meta leads of these campaigns", Measure::MetaLeads, Measure::MetaLeads);
const SPEND_WITH_CRM_LEADS: Ingredient<'static> =
    with("spend of campaigns with a CRM lead", Measure::Spend, Measure::CrmLeads);
const CRM_LEADS_OF_THESE: Ingredient<'static> =
    with("CRM leads of these campaigns", Measure::CrmLeads, Measure::CrmLeads);

/// What a metric adds up, in the order of its formula.
pub(crate) fn ingredients(metric: Metric, level: Level) -> Vec<Ingredient<'static>> {
    // Below the account, the campaigns with a lead are the entity itself or nothing.
    let whole = matches!(level, Level::Campaign | Level::AdSet);
    match metric {
        Metric::Spend => vec![SPEND],
        Metric::Impressions => vec![IMPRESSIONS],
        Metric::Clicks => vec![CLICKS],
        Metric::LinkClicks => vec![LINK_CLICKS],
        Metric::LandingPageViews => vec![VIEWS],
        Metric::MetaLeads => vec![META_LEADS],
        Metric::CrmLeads if level == Level::Report => vec![CRM_LEADS, UNATTRIBUTED],
        Metric::CrmLeads => vec![CRM_LEADS],
        Metric::Ctr => vec![CLICKS, IMPRESSIONS],
        Metric::Cpc => vec![SPEND, CLICKS],
        Metric::LinkCtr => vec![LINK_CLICKS, IMPRESSIONS],
        Metric::LinkCpc => vec![SPEND, LINK_CLICKS],
        Metric::Cpm => vec![SPEND, IMPRESSIONS],
        Metric::Cpl if whole => vec![SPEND, META_LEADS],
        Metric::Cpl => vec![SPEND_WITH_LEADS, LEADS_OF_THESE],
        Metric::CrmCpl if whole => vec![SPEND, CRM_LEADS],
        Metric::CrmCpl => vec![SPEND_WITH_CRM_LEADS, CRM_LEADS_OF_THESE],
        Metric::SpendPerLead => vec![SPEND, META_LEADS],
    }
}

pub(crate) fn needs(metric: Metric, level: Level) -> Needs {
    match metric {
        // The report counts also those without a campaign. Below it, a contact is a lead of a
        // campaign that an account's rows name: without them it would be nobody's, and the account
        // would seem to have none.
        Metric::CrmLeads if level == Level::Report => Needs::CRM,
        Metric::CrmLeads | Metric::CrmCpl => Needs::BOTH,
        _ => Needs::ADS,
    }
}

pub(crate) fn needs_of_supporting(name: SupportingName) -> Needs {
    match name {
        SupportingName::UnattributedContacts
        | SupportingName::OtherContacts
        | SupportingName::OfflineContacts => Needs::CRM,
        SupportingName::SpendWithCrmLeads | SupportingName::CampaignsWithoutCrmLeads => Needs::BOTH,
        SupportingName::SpendWithLeads
        | SupportingName::CampaignsWithoutLeads
        | SupportingName::SpendShare
        | SupportingName::LaterGrowth
        | SupportingName::SpendOfReadAccounts
        | SupportingName::MetaLeadsOfReadAccounts => Needs::ADS,
    }
}

/// Formula and selections of a supporting figure over a span.
pub(crate) fn supporting<'m, 'a>(
    name: SupportingName,
    scope: Scope<'m, 'a>,
    span: &Span,
) -> (Formula, Vec<Selection<'m, 'a>>) {
    let select = |ingredient| Selection { scope, ingredient, span: span.clone() };
    let sum = |ingredient| (Formula::Sum, vec![select(ingredient)]);
    match name {
        SupportingName::SpendWithLeads => sum(SPEND_WITH_LEADS),
        SupportingName::SpendWithCrmLeads => sum(SPEND_WITH_CRM_LEADS),
        SupportingName::UnattributedContacts => sum(UNATTRIBUTED),
        SupportingName::OtherContacts => sum(OTHER),
        SupportingName::OfflineContacts => sum(OFFLINE),
        // Accounts that could not be read have no cells.
        SupportingName::SpendOfReadAccounts => sum(SPEND),
        SupportingName::MetaLeadsOfReadAccounts => sum(META_LEADS),
        SupportingName::CampaignsWithoutLeads => without_leads(scope, span, META_LEADS),
        SupportingName::CampaignsWithoutCrmLeads => without_leads(scope, span, CRM_LEADS),
        SupportingName::LaterGrowth => (growth::formula(), Vec::new()),
        SupportingName::SpendShare => {
            let of_report = Ingredient { name: "spend of the report", ..SPEND };
            let report = Scope { entity: scope.model.report().unwrap_or(scope.entity), ..scope };
            let whole = Selection { scope: report, ingredient: of_report, span: span.clone() };
            (Formula::Quotient { per: 1 }, vec![select(SPEND), whole])
        }
    }
}

/// A pair of spend and leads for each campaign that spent.
fn without_leads<'m, 'a>(
    scope: Scope<'m, 'a>,
    span: &Span,
    leads: Ingredient<'static>,
) -> (Formula, Vec<Selection<'m, 'a>>) {
    let pairs = scope.campaigns_with(Measure::Spend, span).into_iter().flat_map(|campaign| {
        [SPEND, leads].map(|ingredient| Selection {
            scope,
            ingredient: Ingredient { only: Only::Campaign(campaign), ..ingredient },
            span: span.clone(),
        })
    });
    (Formula::SpentWithoutLeads, pairs.collect())
}

impl<'m, 'a> Scope<'m, 'a> {
    /// The selections of a metric over a span.
    pub fn selections(&self, metric: Metric, span: &Span) -> Vec<Selection<'m, 'a>> {
        ingredients(metric, self.entity.level)
            .into_iter()
            .map(|ingredient| Selection { scope: *self, ingredient, span: span.clone() })
            .collect()
    }

    fn cells<'s>(&'s self, span: &'s Span) -> impl Iterator<Item = &'m Cell<'a>> + 's {
        let cells = self.entity.cells_in(&span.weeks);
        cells.filter(|cell| self.includes(cell.currency))
    }

    /// The campaigns with more than none of a measure.
    fn campaigns_with(&self, measure: Measure, span: &Span) -> BTreeSet<&'a CampaignId> {
        let mut sums = BTreeMap::<&CampaignId, Decimal>::new();
        for cell in self.cells(span) {
            if let (Some(campaign), Some(value)) = (cell.campaign, cell.value(measure)) {
                let sum = sums.entry(campaign).or_default();
                *sum = sum.saturating_add(value);
            }
        }
        sums.retain(|_, sum| *sum > Decimal::ZERO);
        sums.into_keys().collect()
    }
}

impl<'m, 'a> Selection<'m, 'a> {
    /// The cells that count, each with its value.
    pub fn parts(&self) -> Vec<(&'m Cell<'a>, Decimal)> {
        let Ingredient { measure, only, .. } = self.ingredient;
        let campaigns = match only {
            Only::All => None,
            Only::CampaignsWith(leads) => Some(self.scope.campaigns_with(leads, &self.span)),
            Only::Campaign(campaign) => Some(BTreeSet::from([campaign])),
        };
        let is_in = |cell: &Cell<'_>| match (&campaigns, cell.campaign) {
            (None, _) => true,
            (Some(campaigns), Some(campaign)) => campaigns.contains(campaign),
            (Some(_), None) => false,
        };
        let cells = self.scope.cells(&self.span).filter(|cell| is_in(cell));
        cells.filter_map(|cell| Some((cell, cell.value(measure)?))).collect()
    }

    pub fn sum(&self) -> Result<Decimal, Undefined> {
        formula::sum(self.parts().into_iter().map(|(_, value)| value)).map(|sum| sum.normalize())
    }

    /// For example "spend, week".
    pub fn name(&self) -> String {
        let Ingredient { name, only, .. } = self.ingredient;
        let window = self.span.window;
        match only {
            Only::Campaign(campaign) => format!("{name} of campaign {campaign}, {window}"),
            Only::All | Only::CampaignsWith(_) => format!("{name}, {window}"),
        }
    }
}

/// The windows that are no changes.
pub(crate) fn base_windows() -> impl Iterator<Item = Window> {
    Window::ALL.iter().copied().filter(|window| window.compares().is_none())
}
