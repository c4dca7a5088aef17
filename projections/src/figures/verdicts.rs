//! Verdicts of figures: which weeks the rules are shown.

use rust_decimal::Decimal;
use weekledger_events::Week;

use super::mix::Mix;
use super::span::{Scope, Span};
use crate::figure::{Direction, Metric, Status, Window};
use crate::judge::{self, Arrived, Verdict, WeekPoint};
use crate::measure::Measure;
use crate::verdict::arrived::SETTLED_AGE;
use crate::verdict::gates::Gates;
use crate::verdict::life::BASELINE_WEEKS_MAX;

/// Weeks before the newest that are looked at: a signal and the level before it fit in.
const LOOK_BACK_WEEKS: i32 = 104;
/// A fall of spend explains one of leads if it is at least so large a part of it. After a budget was
/// halved and leads kept to it, about one report in ten (20 and 30 leads a week, AR(1) 0.5 and 20 %)
/// falsely alerts within a year: 10.9 % and 9.7 %; a part of 0.5 makes it 4.5 %, but calls a fall to a
/// quarter "likewise", and one of 0.75 makes it 24 %. Of spend and leads per spend that both halve,
/// 67 % are found in eight weeks at 30 a week, with 0.5 only 41 %.
const LIKEWISE: Decimal = Decimal::from_parts(65, 0, 0, false, 2);

impl<'a> Scope<'_, 'a> {
    /// The verdict on a metric's newest week; `None` if the figure is not judged or not known.
    pub fn verdict(&self, metric: Metric) -> Option<Verdict> {
        let weeks = self.weeks(metric)?;
        let mix = self.mix_of(metric, &weeks);
        let points = self.points_of(metric, &weeks, mix.as_ref());
        let watch = self.model.watch(metric, self.entity);
        let mut verdict = judge::judge(metric, &points, watch);
        if let (Some(mix), Some(Direction::Flat)) = (&mix, verdict.direction) {
            verdict.moved_by_mix = self.is_moved_by(mix, self.model.subject.week);
        }
        if metric == Metric::MetaLeads && verdict.status == Some(Status::Alert) {
            self.excuse(&mut verdict, &points);
        }
        Some(verdict)
    }

    /// Fewer leads on as much less spend are no alert, unless spend per lead raises one.
    fn excuse(&self, verdict: &mut Verdict, leads: &[WeekPoint]) {
        let mut currencies = self.entity.currencies.iter();
        let (Some(currency), None) = (currencies.next(), currencies.next()) else { return };
        let Some(signal) = &mut verdict.signal else { return };
        let spent = Self { currency: Some(currency), ..*self };
        let weeks = if signal.unconfirmed { 1 } else { Gates::BASE.recent_weeks };
        let Some(spend) = spent.points(Metric::Spend) else { return };
        let falls = (fall(leads, signal.since, weeks), fall(&spend, signal.since, weeks));
        let (Some(of_leads), Some(of_spend)) = falls else { return };
        if of_spend >= of_leads.saturating_mul(LIKEWISE) && !spent.is_dear() {
            signal.follows_spend = true;
            verdict.status = Some(Status::Ok);
        }
    }

    /// Whether spend per lead raises an alert, or has no value since spend brought no lead at all.
    fn is_dear(&self) -> bool {
        let series = self.model.watch(Metric::SpendPerLead, self.entity).series;
        let points = self.points(Metric::SpendPerLead);
        points.is_some_and(|points| judge::is_bad(Metric::SpendPerLead, &points, series))
    }

    /// The weeks as the rules are shown them, oldest first.
    pub fn points(&self, metric: Metric) -> Option<Vec<WeekPoint>> {
        let weeks = self.weeks(metric)?;
        Some(self.points_of(metric, &weeks, self.mix_of(metric, &weeks).as_ref()))
    }

    /// Which campaigns cost is judged on; `None` for all of them, and for every other metric.
    fn mix_of(&self, metric: Metric, weeks: &[Week]) -> Option<Mix<'a>> {
        if metric == Metric::SpendPerLead { self.mix(weeks) } else { None }
    }

    /// The same, where the cost is judged at all, with the weeks that it is judged by.
    pub fn judged_mix(&self, metric: Metric) -> Option<(Mix<'a>, Vec<Week>)> {
        let weeks = self.weeks(metric)?;
        Some((self.mix_of(metric, &weeks)?, weeks))
    }

    fn points_of(&self, metric: Metric, weeks: &[Week], mix: Option<&Mix<'_>>) -> Vec<WeekPoint> {
        weeks.iter().map(|week| self.point(metric, *week, mix)).collect()
    }

    /// The weeks that can be compared, oldest first: one that lacks something would look like a
    /// fall.
    fn weeks(&self, metric: Metric) -> Option<Vec<Week>> {
        let newest = self.model.subject.week;
        let needs = self.needs(metric);
        let whole = |week: Week| {
            self.known(needs, week).is_ok() && self.lacking(metric, &[week]).is_empty()
        };
        if !judge::is_compared(metric) || !whole(newest) {
            return None;
        }
        let observed = self.model.weeks.range(newest.plus(-LOOK_BACK_WEEKS)..).rev();
        let comparable = observed
            .map(|(week, _)| *week)
            .take_while(|week| self.is_comparable(metric, *week, newest));
        let known = comparable
            .filter(|week| whole(*week))
            .filter(|week| *week == newest || !self.is_first_partial(*week));
        let mut weeks: Vec<Week> = known.collect();
        weeks.reverse();
        Some(weeks)
    }

    /// Where other accounts or another lead rule begin, the baseline does.
    fn is_comparable(&self, metric: Metric, week: Week, newest: Week) -> bool {
        let is_meta = matches!(metric, Metric::MetaLeads | Metric::SpendPerLead);
        self.same_accounts(week, newest) && (!is_meta || self.same_lead_definition(week, newest))
    }

    fn is_first_partial(&self, week: Week) -> bool {
        self.entity.first_delivery.is_some_and(|day| week.contains(day) && day > week.monday())
    }

    fn point(&self, metric: Metric, week: Week, mix: Option<&Mix<'_>>) -> WeekPoint {
        let span = Span::one(Window::Week, week);
        let value = self.metric_over(metric, &span).outcome.ok();
        let sum = |measure| self.sum(measure, week);
        let (count, exposure) = match metric {
            Metric::MetaLeads => (sum(Measure::MetaLeads), Decimal::ONE),
            Metric::SpendPerLead => match mix {
                Some(mix) => (self.leads_of(mix, week), self.expected(mix, week)),
                None => (sum(Measure::MetaLeads), sum(Measure::Spend)),
            },
            Metric::Ctr => (sum(Measure::Clicks), sum(Measure::Impressions)),
            Metric::LinkCtr => (sum(Measure::LinkClicks), sum(Measure::Impressions)),
            Metric::Cpc => (sum(Measure::Clicks), sum(Measure::Spend)),
            Metric::LinkCpc => (sum(Measure::LinkClicks), sum(Measure::Spend)),
            Metric::Cpm => (sum(Measure::Impressions), sum(Measure::Spend)),
            _ => (value.unwrap_or_default(), Decimal::ONE),
        };
        WeekPoint {
            week,
            value,
            count,
            exposure,
            delivered: self.entity.is_delivered(week),
            ordinary: !self.model.subject.excluded.contains(&week),
            arrived: self.arrived(metric, week),
        }
    }

    /// Leads of a week are still coming in when it is first seen; what else is counted is not.
    fn arrived(&self, metric: Metric, week: Week) -> Arrived {
        if !matches!(metric, Metric::MetaLeads | Metric::SpendPerLead) {
            return Arrived::Full;
        }
        match self.age(week) {
            Some(age) if age < SETTLED_AGE => match self.usual_share(age) {
                Some(share) => Arrived::Usual(share),
                None => Arrived::Unknown { age },
            },
            _ => Arrived::Full,
        }
    }
}

/// By which share the newest weeks lie below the mean of the weeks before a signal. Leads and spend
/// are compared alike, so this needs no test.
fn fall(points: &[WeekPoint], since: Week, weeks: usize) -> Option<Decimal> {
    let mean = |points: Vec<&WeekPoint>| -> Option<Decimal> {
        let values = points.iter().filter_map(|point| point.value);
        let sum = values.fold(Decimal::ZERO, Decimal::saturating_add);
        sum.checked_div(Decimal::from(points.len()))
    };
    let first = since.plus(1 - i32::try_from(weeks).ok()?);
    let delivered = || points.iter().rev().filter(|point| point.delivered);
    let recent = mean(delivered().take(weeks).collect())?;
    let before: Vec<&WeekPoint> =
        delivered().filter(|point| point.week < first).take(BASELINE_WEEKS_MAX).collect();
    let before = mean(before)?;
    Decimal::ONE.checked_sub(recent.checked_div(before)?)
}
