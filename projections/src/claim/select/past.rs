//! The weeks before: the bars of the last four, and what was restated.

use rust_decimal::Decimal;
use weekledger_events::{Currency, Week};

use super::super::trend::Trends;
use super::super::{Alias, Claim, ClaimId, ClaimKind, RestatedClaim, TrendPoint};
use super::{Chooser, short};
use crate::display;
use crate::figure::{FigureKey, Level, Metric, Unit, Window};

/// Restatements beyond these stand in the event.
const RESTATED_MAX: usize = 8;

impl Chooser<'_> {
    pub(super) fn trends(&mut self) {
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

    pub(super) fn restatements(&mut self) {
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
        accounts.iter().find(|a| a.account.as_str() == account).and_then(|a| a.currency.clone())
    }
}
