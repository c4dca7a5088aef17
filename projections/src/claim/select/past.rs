//! The weeks before: the bars of the last four, what was restated, and what the rules would have said.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use weekledger_events::Currency;

use super::super::{Alias, BacktestClaims, Claim, ClaimId, ClaimKind, RestatedClaim, TrendPoint};
use super::{Chooser, short};
use crate::display;
use crate::figure::{Level, Metric, Unit, Window};
use crate::supporting::WeekFigure;
use crate::verdict::reliance::years_per_false_alert;

/// Restatements beyond these stand in the event.
const RESTATED_MAX: usize = 8;

impl Chooser<'_> {
    /// The newest two weeks are figures already; the others are figures of their own.
    pub(super) fn trends(&mut self) {
        for figure in &self.input.figures.weeks {
            if figure.currency.as_ref().is_some_and(|one| !self.set.currencies.contains(one)) {
                continue;
            }
            let claim = figure.value.map(|value| self.trend_point(figure, value));
            let (metric, currency, week) = (figure.metric, figure.currency.clone(), figure.week);
            self.set.trends.push(TrendPoint { metric, currency, week, claim });
        }
    }

    fn trend_point(&mut self, figure: &WeekFigure, value: Decimal) -> ClaimId {
        let WeekFigure { metric, unit, currency, .. } = figure;
        let window = match self.input.week.weeks_since(figure.week) {
            0 => Some(Window::Week),
            1 => Some(Window::PreviousWeek),
            _ => None,
        };
        let known = window
            .and_then(|window| self.set.figure(Alias::REPORT, *metric, window, currency.as_ref()))
            .filter(|claim| claim.value == Some(value));
        if let Some(claim) = known {
            return claim.id;
        }
        let display = figure.display.clone();
        let id = self.plain(ClaimKind::Trend, figure.id.clone(), display, Some(value));
        let claim = &mut self.set.claims[id.0 as usize - 1];
        *claim = Claim {
            metric: Some(*metric),
            unit: *unit,
            short: short(*unit, value, currency.as_ref()),
            currency: currency.clone(),
            ..claim.clone()
        };
        id
    }

    pub(super) fn restatements(&mut self) {
        let listed = self.input.metrics.restatements.iter().filter(|moved| moved.listed);
        let mut listed: Vec<_> = listed.collect();
        // What readers were told comes before what was only known, and newer weeks before older.
        listed.sort_by_key(|moved| (!moved.reported, Reverse(moved.week)));
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
            let (week, reported) = (restated.week, restated.reported);
            let claim = RestatedClaim { week, account, metric, before, reported, now };
            self.set.restated.push(claim);
        }
        let left_out = listed.len() - self.set.restated.len();
        if left_out > 0 {
            self.set.restated_left_out = Some(self.count("count:restated_left_out", left_out));
        }
    }

    pub(super) fn backtest(&mut self) {
        let judged = self.input.figures.backtest.filter(|record| record.judged_weeks > 0);
        let Some(record) = judged else { return };
        let mut claim = |what: &str, value: Decimal, display: String| {
            self.plain(ClaimKind::Backtest, format!("backtest:{what}"), display, Some(value))
        };
        let alerts = Decimal::from(record.alerts);
        let years = record.series_years();
        let rare = years_per_false_alert(record.series as usize).map(Decimal::from);
        self.set.backtest = Some(BacktestClaims {
            alerts: claim("alerts", alerts, display::count(alerts)),
            series_years: claim("series_years", years, display::tenths(years)),
            years_per_false_alert: rare
                .map(|rare| claim("years_per_false_alert", rare, display::count(rare))),
        });
    }

    fn currency_of(&self, account: &str) -> Option<Currency> {
        let accounts = &self.observed?.accounts;
        accounts.iter().find(|a| a.account.as_str() == account).and_then(|a| a.currency.clone())
    }
}
