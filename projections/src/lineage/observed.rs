//! Lineage of a figure that one observation holds, whatever other observations of the week say: both
//! sides of a restatement.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::payload::{AdSetWeek, CampaignCrmLeads, CrmWeek, InputRef, WeekObserved};
use weekledger_events::{AccountId, CampaignId, Currency};

use super::{Explanation, Part, Term};
use crate::display;
use crate::figure::{Metric, Unit, Window};
use crate::figures::formula::{Formula, formula};
use crate::measure::Measure;
use crate::series::Observed;

/// An observation and the event that holds it; `None` for the run's own.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub observed: &'a WeekObserved,
    pub event: Option<InputRef>,
}

/// Explains a metric over one observation: of one account, or of all that were pulled and have the
/// currency, if one is given. `None` if the metric is neither additive nor a cost per lead, or if
/// there are no leads to divide by.
pub fn figure_of_week(
    id: &str,
    seen: &Seen<'_>,
    metric: Metric,
    account: Option<&AccountId>,
    currency: Option<&Currency>,
) -> Option<Explanation> {
    let terms = match metric {
        Metric::CrmLeads => seen.contacts(account),
        Metric::Cpl => seen.cost(Measure::MetaLeads, account, currency),
        Metric::CrmCpl => seen.cost(Measure::CrmLeads, account, currency),
        _ => vec![seen.ads(metric.as_str().parse().ok()?, account, currency)],
    };
    let values: Vec<Decimal> = terms.iter().map(|term| term.value).collect();
    let operation = formula(metric);
    let value = operation.apply(&values).ok()?;
    let unit = if metric.is_money() { Unit::Money } else { Unit::Count };
    let names: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
    let names = names.join(if operation == Formula::Sum { " + " } else { " / " });
    let week = seen.observed.week;
    Some(Explanation {
        id: id.to_owned(),
        value: Some(value),
        display: display::value(unit, value, currency),
        note: None,
        formula: format!("{metric} of {week} = {names}, as observed at {}", seen.at()),
        operation,
        terms,
        judged_on: None,
    })
}

impl Seen<'_> {
    fn at(&self) -> jiff::Timestamp {
        self.observed.observed_at
    }

    fn ads(
        &self,
        measure: Measure,
        account: Option<&AccountId>,
        currency: Option<&Currency>,
    ) -> Term {
        let counts = |row: &&AdSetWeek| {
            account.is_none_or(|account| row.account == *account)
                && self.observed.accounts.iter().any(|facts| {
                    facts.account == row.account
                        && facts.pulled
                        && currency.is_none_or(|currency| facts.currency.as_ref() == Some(currency))
                })
        };
        let parts = self.observed.ad_sets.iter().filter(counts).filter_map(|row| {
            Some(Part {
                account: Some(row.account.clone()),
                campaign: Some(row.campaign.clone()),
                ad_set: Some(row.ad_set.clone()),
                ..self.part(measure, measure.of(&row.measures)?)
            })
        });
        term(measure.as_str().replace('_', " "), parts.collect())
    }

    /// Spend and leads of the campaigns that have leads.
    fn cost(
        &self,
        leads: Measure,
        account: Option<&AccountId>,
        currency: Option<&Currency>,
    ) -> Vec<Term> {
        let of_leads = match leads {
            Measure::CrmLeads => self.contacts(account).swap_remove(0),
            _ => self.ads(leads, account, currency),
        };
        let mut sums = BTreeMap::<Option<CampaignId>, Decimal>::new();
        for part in &of_leads.parts {
            let sum = sums.entry(part.campaign.clone()).or_default();
            *sum = sum.saturating_add(part.value);
        }
        let has_leads = |part: &Part| sums.get(&part.campaign).is_some_and(|sum| !sum.is_zero());
        let mut terms = vec![self.ads(Measure::Spend, account, currency), of_leads];
        for term in &mut terms {
            term.parts.retain(has_leads);
        }
        let names = ["spend of campaigns with a lead", "leads of these campaigns"];
        let terms = terms.into_iter().zip(names);
        terms.map(|(of, name)| term(name.to_owned(), of.parts)).collect()
    }

    /// Of one account, those of its campaigns; a contact without a campaign belongs to none.
    fn contacts(&self, account: Option<&AccountId>) -> Vec<Term> {
        let empty = CrmWeek::default();
        let totals = self.observed.crm.as_ref().unwrap_or(&empty);
        let mut known = Vec::new();
        let is_own = |leads: &&CampaignCrmLeads| account.is_none_or(|own| leads.account == *own);
        for leads in totals.campaigns.iter().filter(is_own) {
            let of_campaign = |ad_set, count: u64| Part {
                account: Some(leads.account.clone()),
                campaign: Some(leads.campaign.clone()),
                ad_set,
                ..self.part(Measure::CrmLeads, count.into())
            };
            for (ad_set, count) in &leads.ad_sets {
                known.push(of_campaign(Some(ad_set.clone()), *count));
            }
            let placed = leads.ad_sets.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
            let rest = leads.leads.saturating_sub(placed);
            if rest > 0 {
                known.push(of_campaign(None, rest));
            }
        }
        let known = term("contacts of known campaigns".to_owned(), known);
        if account.is_some() {
            return vec![known];
        }
        let unknown = self.part(Measure::CrmUnattributed, totals.unattributed.into());
        vec![known, term("paid social contacts without a known campaign".to_owned(), vec![unknown])]
    }

    /// A part of no account, campaign or ad set.
    fn part(&self, measure: Measure, value: Decimal) -> Part {
        let WeekObserved { week, observed_at, rows, .. } = self.observed;
        let observed = Observed { at: *observed_at, rows: *rows, event: self.event.clone() };
        let (account, campaign, ad_set) = (None, None, None);
        Part { week: *week, account, campaign, ad_set, measure, value, observed }
    }
}

fn term(name: String, parts: Vec<Part>) -> Term {
    let value = parts.iter().fold(Decimal::ZERO, |sum, part| sum.saturating_add(part.value));
    Term { name, window: Window::Week, value, parts }
}
