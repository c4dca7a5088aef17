//! The last four weeks, week by week, from what was observed of each.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::payload::WeekObserved;
use weekledger_events::{Currency, Week};

use crate::figure::Metric;

/// Sums of additive measures over the whole report, by week.
pub struct Trends {
    series: Vec<(Metric, Option<Currency>)>,
    sums: BTreeMap<(Metric, Option<Currency>, Week), Decimal>,
}

impl Trends {
    pub fn new(observations: &[WeekObserved], currencies: &[Currency]) -> Self {
        let mut series = vec![(Metric::MetaLeads, None)];
        if observations.iter().any(|seen| seen.crm.is_some()) {
            series.push((Metric::CrmLeads, None));
        }
        series.extend(currencies.iter().map(|currency| (Metric::Spend, Some(currency.clone()))));
        let mut trends = Self { series, sums: BTreeMap::new() };
        // A later observation of a week replaces an earlier one.
        let newest: BTreeMap<Week, &WeekObserved> =
            observations.iter().map(|seen| (seen.week, seen)).collect();
        newest.values().for_each(|seen| trends.observe(seen));
        trends
    }

    /// What is shown as bars, in order.
    pub fn series(&self) -> Vec<(Metric, Option<Currency>)> {
        self.series.clone()
    }

    /// `None` if the week was not observed, or an account that belongs into the sum is missing: a
    /// part is never shown as the whole.
    pub fn sum(&self, metric: Metric, currency: Option<&Currency>, week: Week) -> Option<Decimal> {
        self.sums.get(&(metric, currency.cloned(), week)).copied()
    }

    fn observe(&mut self, seen: &WeekObserved) {
        for account in seen.accounts.iter().filter(|account| account.pulled) {
            let rows = || seen.ad_sets.iter().filter(|row| row.account == account.account);
            let spend = rows().map(|row| row.measures.spend).sum();
            let leads: u64 = rows().map(|row| row.measures.meta_leads).sum();
            self.add(Metric::Spend, account.currency.clone(), seen.week, spend);
            self.add(Metric::MetaLeads, None, seen.week, Decimal::from(leads));
        }
        for missing in seen.accounts.iter().filter(|account| !account.pulled) {
            let lacks = |metric: &Metric, currency: &Option<Currency>, week: &Week| {
                let spend = *metric == Metric::Spend
                    && (missing.currency.is_none() || missing.currency == *currency);
                *week == seen.week && (spend || *metric == Metric::MetaLeads)
            };
            self.sums.retain(|(metric, currency, week), _| !lacks(metric, currency, week));
        }
        if let Some(crm) = &seen.crm {
            let known: u64 = crm.campaigns.iter().map(|campaign| campaign.leads).sum();
            let leads = Decimal::from(known + crm.unattributed);
            self.add(Metric::CrmLeads, None, seen.week, leads);
        }
    }

    fn add(&mut self, metric: Metric, currency: Option<Currency>, week: Week, value: Decimal) {
        *self.sums.entry((metric, currency, week)).or_default() += value;
    }
}
