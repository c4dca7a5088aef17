//! Verdicts: whether a figure moved out of its ordinary range, and whether that is bad.
//!
//! The rules here are simple and use no distribution; calibrated ones take their place behind
//! the same interface.

use rust_decimal::Decimal;
use weekledger_events::Week;

use crate::figure::{Direction, Level, Metric, Status};
use crate::figures::formula::Formula;

/// One week of one figure, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekPoint {
    pub week: Week,
    /// The figure; `None` if the week has none, such as a cost per lead without leads.
    pub value: Option<Decimal>,
    /// The leads behind the figure; 0 for figures that are not about leads.
    pub count: u64,
    /// Whether anything was shown or spent. Weeks without delivery are no baseline.
    pub delivered: bool,
}

/// What the rules say about the newest week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub direction: Option<Direction>,
    /// Only where an alert may be raised: see `may_alert`.
    pub status: Option<Status>,
    /// Why there is no direction.
    pub untestable: Option<Untestable>,
    /// Lowest and highest change from week to week before the newest: relative, of rates in shares.
    pub usual_change: Option<(Decimal, Decimal)>,
}

named! {
    /// Why a figure was not judged.
    Untestable {
        NotEnoughHistory = "not enough history",
        TooFewLeads = "too few leads to judge",
        NoDelivery = "no delivery",
        /// The newest week has no value, such as a cost per lead without leads.
        NoValue = "nothing to judge",
    }
}

/// Delivered weeks before the newest that a verdict needs.
pub const BASELINE_WEEKS_MIN: usize = 12;
/// Delivered weeks before the newest that count at most.
pub const BASELINE_WEEKS_MAX: usize = 26;
/// Mean leads a week below which no change can be told from chance.
pub const MEAN_LEADS_MIN: u64 = 5;

/// Whether a figure has a verdict at all. Cost is judged on spend per lead: the campaigns behind
/// `cpl` are other ones each week, so its movement may be theirs alone.
pub fn is_judged(metric: Metric) -> bool {
    !matches!(metric, Metric::Cpl | Metric::CrmCpl)
}

/// Whether a figure may raise an alert: few do, so that false ones stay rare.
pub fn may_alert(metric: Metric, level: Level) -> bool {
    matches!(metric, Metric::MetaLeads | Metric::SpendPerLead)
        && matches!(level, Level::Report | Level::Account)
}

/// Judges the newest of `points`, which stand oldest first. The caller leaves out weeks that are
/// not known, first partial weeks, and weeks before a change of definition.
pub fn judge(metric: Metric, level: Level, points: &[WeekPoint]) -> Verdict {
    let Some((newest, before)) = points.split_last() else {
        return Verdict::untestable(Untestable::NotEnoughHistory);
    };
    let usual_change = usual_change(metric, before);
    let Some(value) = newest.value.filter(|_| newest.delivered) else {
        let why = if newest.delivered { Untestable::NoValue } else { Untestable::NoDelivery };
        return Verdict { usual_change, ..Verdict::untestable(why) };
    };
    match Baseline::of(metric, before) {
        Err(why) => Verdict { usual_change, ..Verdict::untestable(why) },
        Ok(baseline) => Verdict {
            direction: Some(baseline.side(value)),
            status: if may_alert(metric, level) { status(metric, value, before) } else { None },
            untestable: None,
            usual_change,
        },
    }
}

impl Verdict {
    fn untestable(why: Untestable) -> Self {
        Self { untestable: Some(why), ..Self::default() }
    }
}

/// The band of ordinary weeks: lowest and highest of the delivered weeks before.
///
/// It is the distribution-free prediction interval between the extreme order statistics: of n
/// earlier values and a further one of the same kind, the further one lies between the lowest and
/// the highest of the n with probability (n - 1) / (n + 1) (Hahn and Meeker, Statistical Intervals,
/// chapter 5). That is 85 % at 12 weeks, 90 % at 19 and 93 % at 26.
struct Baseline {
    low: Decimal,
    high: Decimal,
}

impl Baseline {
    /// Of `before`, oldest first, the newest delivered weeks count.
    fn of(metric: Metric, before: &[WeekPoint]) -> Result<Self, Untestable> {
        let weeks: Vec<(Decimal, u64)> = before
            .iter()
            .rev()
            .filter(|point| point.delivered)
            .filter_map(|point| Some((point.value?, point.count)))
            .take(BASELINE_WEEKS_MAX)
            .collect();
        if weeks.len() < BASELINE_WEEKS_MIN {
            return Err(Untestable::NotEnoughHistory);
        }
        let leads: u128 = weeks.iter().map(|(_, count)| u128::from(*count)).sum();
        if metric.is_about_leads() && leads < u128::from(MEAN_LEADS_MIN) * weeks.len() as u128 {
            return Err(Untestable::TooFewLeads);
        }
        let values = || weeks.iter().map(|(value, _)| *value);
        match (values().min(), values().max()) {
            (Some(low), Some(high)) => Ok(Self { low, high }),
            _ => Err(Untestable::NotEnoughHistory),
        }
    }

    fn side(&self, value: Decimal) -> Direction {
        if value > self.high {
            Direction::Up
        } else if value < self.low {
            Direction::Down
        } else {
            Direction::Flat
        }
    }
}

/// Alert if the two newest weeks both lie outside of all the weeks before them, on the bad side.
/// `None` if there are too few weeks before the two. A week without delivery or value ends it.
fn status(metric: Metric, newest: Decimal, before: &[WeekPoint]) -> Option<Status> {
    let (second, earlier) = before.split_last()?;
    let baseline = Baseline::of(metric, earlier).ok()?;
    let bad = unfavourable(metric);
    let second_is_bad =
        second.delivered && second.value.is_some_and(|value| baseline.side(value) == bad);
    Some(if second_is_bad && baseline.side(newest) == bad { Status::Alert } else { Status::Ok })
}

/// The bad side of a figure that may alert.
fn unfavourable(metric: Metric) -> Direction {
    if metric.is_money() { Direction::Up } else { Direction::Down }
}

/// The lowest and highest change between successive delivered weeks, from at least twelve changes.
fn usual_change(metric: Metric, before: &[WeekPoint]) -> Option<(Decimal, Decimal)> {
    let changes = changes(metric, before);
    if changes.len() < BASELINE_WEEKS_MIN {
        return None;
    }
    let values = || changes.iter().map(|(_, change)| *change);
    Some((values().min()?, values().max()?))
}

/// The changes that the usual range is taken from, the newest first, each with its later week.
pub(crate) fn changes(metric: Metric, before: &[WeekPoint]) -> Vec<(Week, Decimal)> {
    before
        .windows(2)
        .rev()
        .filter_map(|pair| match pair {
            [a, b] if a.delivered && b.delivered && a.week.next() == b.week => {
                Some((b.week, change(metric, a.value?, b.value?)?))
            }
            _ => None,
        })
        .take(BASELINE_WEEKS_MAX)
        .collect()
}

fn change(metric: Metric, before: Decimal, now: Decimal) -> Option<Decimal> {
    let formula = Formula::Sum.changed(metric);
    formula.apply(&[now, before]).ok()
}
