//! Verdicts of figures: which weeks the rules are shown.

use weekledger_events::Week;

use super::recipe;
use super::span::{Scope, Span};
use crate::figure::{Metric, Window};
use crate::judge::{self, Verdict, WeekPoint};
use crate::measure::Measure;

/// Weeks before the newest that are looked at for a baseline.
const LOOK_BACK_WEEKS: i32 = 52;

impl Scope<'_, '_> {
    /// The verdict on a metric's newest week; `None` if the figure is not judged or not known.
    pub fn verdict(&self, metric: Metric) -> Option<Verdict> {
        let points = self.points(metric)?;
        Some(judge::judge(metric, self.entity.level, &points))
    }

    /// The weeks that the rules are shown, oldest first.
    pub fn points(&self, metric: Metric) -> Option<Vec<WeekPoint>> {
        let newest = self.model.subject.week;
        let needs = recipe::needs(metric);
        if !judge::is_judged(metric) || self.known(needs, newest).is_err() {
            return None;
        }
        let observed = self.model.weeks.range(newest.plus(-LOOK_BACK_WEEKS)..).rev();
        let comparable = observed
            .map(|(week, _)| *week)
            .take_while(|week| self.is_comparable(metric, *week, newest));
        let known = comparable
            .filter(|week| self.known(needs, *week).is_ok())
            .filter(|week| *week == newest || !self.is_first_partial(*week));
        let mut points: Vec<WeekPoint> = known.map(|week| self.point(metric, week)).collect();
        points.reverse();
        Some(points)
    }

    /// Where other accounts or another lead rule begin, the baseline does.
    fn is_comparable(&self, metric: Metric, week: Week, newest: Week) -> bool {
        let is_meta = matches!(metric, Metric::MetaLeads | Metric::SpendPerLead);
        self.same_accounts(week, newest) && (!is_meta || self.same_lead_definition(week, newest))
    }

    fn is_first_partial(&self, week: Week) -> bool {
        self.entity.first_delivery.is_some_and(|day| week.contains(day) && day > week.monday())
    }

    fn point(&self, metric: Metric, week: Week) -> WeekPoint {
        let value = self.metric_over(metric, &Span::one(Window::Week, week)).outcome.ok();
        let count = match metric {
            Metric::MetaLeads | Metric::Cpl | Metric::SpendPerLead => {
                self.count(Measure::MetaLeads, week)
            }
            Metric::CrmLeads | Metric::CrmCpl => {
                let known = self.count(Measure::CrmLeads, week);
                known.saturating_add(self.count(Measure::CrmUnattributed, week))
            }
            _ => 0,
        };
        WeekPoint { week, value, count, delivered: self.entity.is_delivered(week) }
    }
}
