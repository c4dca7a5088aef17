//! Judging a figure: its weeks go through the rules of `verdict`, and come out as direction, status
//! and the words beside them.

mod usual;

use rust_decimal::Decimal;
use weekledger_events::Week;

use crate::figure::{Detected, Direction, Metric, Signal, SignalState, Status};
use crate::verdict::baseline::{Baseline, Sample};
use crate::verdict::detectable::detectable;
use crate::verdict::gates::Gates;
use crate::verdict::life::{
    BASELINE_WEEKS_MAX, BASELINE_WEEKS_MIN, Ending, HISTORY_WEEKS_MIN, Kind, Life, Step,
};
use crate::verdict::signal::Side;
use crate::verdict::{arrived, direction};

pub(crate) use usual::Usual;

/// One week of one figure, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekPoint {
    pub week: Week,
    /// The figure; `None` if the week has none, such as a cost per lead without leads.
    pub value: Option<Decimal>,
    /// What is counted: leads, clicks, impressions.
    pub count: Decimal,
    /// What it is counted per: weeks (1), spend, impressions.
    pub exposure: Decimal,
    /// Whether anything was shown or spent. Weeks without delivery are no baseline.
    pub delivered: bool,
    /// False if a note takes the week out of baselines.
    pub ordinary: bool,
    /// How much of the count has arrived.
    pub arrived: Arrived,
}

/// How much of a week's count is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    Full,
    /// So many whole weeks after its end, in a ledger that knows no better.
    Unknown {
        age: usize,
    },
    /// The share that usually is there at this age.
    Usual(Decimal),
}

/// What the rules say about the newest week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub direction: Option<Direction>,
    /// Only where an alert may be raised: see `Watch`.
    pub status: Option<Status>,
    /// Why there is no direction.
    pub untestable: Option<Untestable>,
    /// The changes from week to week that ordinary weeks before the newest show, from and to: relative,
    /// of rates in shares.
    pub usual_change: Option<(Decimal, Decimal)>,
    /// A signal that is open, or that ended with this week; where an alert may be raised.
    pub signal: Option<Signal>,
    /// The smallest lasting change that would be found; where an alert may be raised.
    pub detectable: Option<Detected>,
    /// Of a cost among its ordinary weeks: the mix of campaigns moved all spend over all leads.
    pub moved_by_mix: bool,
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

/// Whether a figure has a direction at all. Cost is judged on spend per lead, over campaigns with a
/// past: those behind `cpl` are other ones each week, so its movement may be theirs alone. Spend follows from
/// budgets, and nothing judges it.
pub fn is_judged(metric: Metric) -> bool {
    !matches!(metric, Metric::Cpl | Metric::CrmCpl | Metric::Spend)
}

/// Whether the weeks of a figure are compared at all, if only for its usual change.
pub fn is_compared(metric: Metric) -> bool {
    is_judged(metric) || metric == Metric::Spend
}

/// How a figure is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// Whether it may raise an alert: few do, so that false ones stay rare.
    pub may_alert: bool,
    /// How many series of the report may.
    pub series: usize,
}

/// Judges the newest of `points`, which stand oldest first. The caller leaves out weeks that are
/// not known, first partial weeks, and weeks before a change of definition.
pub fn judge(metric: Metric, points: &[WeekPoint], watch: Watch) -> Verdict {
    let Some(newest) = points.last() else {
        return Verdict::untestable(Untestable::NotEnoughHistory);
    };
    let lived = Lived::of(points, watch.series);
    let usual = Usual::of(metric, points, &lived);
    let usual_change = usual.map(|Usual { low, high, .. }| (low.0, high.0));
    if !is_judged(metric) {
        return Verdict { usual_change, ..Verdict::default() };
    }
    let verdict = match Judged::of(metric, points, lived) {
        Err(Untestable::NoDelivery) => Verdict::untestable(Untestable::NoDelivery),
        _ if newest.value.is_none() => Verdict::untestable(Untestable::NoValue),
        Err(why) => Verdict::untestable(why),
        Ok(judged) => judged.verdict(metric, newest, watch.may_alert),
    };
    Verdict { usual_change, ..verdict }
}

/// What ordinary weeks before the newest of `points` do.
pub(crate) fn usual(metric: Metric, points: &[WeekPoint], series: usize) -> Option<Usual> {
    Usual::of(metric, points, &Lived::of(points, series))
}

/// Whether the newest of `points` would be judged if no other series could alert.
pub(crate) fn is_testable(metric: Metric, points: &[WeekPoint]) -> bool {
    let has_value = points.last().is_some_and(|newest| newest.value.is_some());
    has_value && Judged::of(metric, points, Lived::of(points, 1)).is_ok()
}

/// Of no counts at all, where so many were due, one week in twenty has none.
const SURELY_SOME: f64 = 3.0;

/// Whether an unfavourable signal is open at the newest of `points`. A week that has no value since
/// nothing was counted, such as spend without leads, is as bad as any where some were due.
pub(crate) fn is_bad(metric: Metric, points: &[WeekPoint], series: usize) -> bool {
    let has_value = points.last().is_some_and(|newest| newest.value.is_some());
    Judged::of(metric, points, Lived::of(points, series)).is_ok_and(|judged| {
        let were_due = judged.baseline.expected(&judged.newest) >= SURELY_SOME;
        judged.is_alert() || (!has_value && were_due)
    })
}

/// What the rules would have said of each week, oldest first, as the weeks are known now. Weeks that
/// could not be judged are absent.
pub fn replay(metric: Metric, points: &[WeekPoint], series: usize) -> Vec<(Week, Option<Opening>)> {
    let mut life = Life::new(Gates::for_series(series));
    let usable = |point: &&WeekPoint| point.delivered && point.exposure > Decimal::ZERO;
    let evaluated = points.iter().filter(usable).filter_map(|point| {
        let step = life.step(point.sample());
        let opened = life.open().filter(|_| step == Step::Opened);
        let opening = opened.map(|open| Opening {
            unconfirmed: open.kind == Kind::Shock,
            favourable: open.side == Side::Above,
        });
        let baseline = life.baseline().filter(|_| step != Step::Untestable)?;
        shows_falls(metric, &baseline, series).then_some((point.week, opening))
    });
    evaluated.collect()
}

/// A signal that opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub unconfirmed: bool,
    pub favourable: bool,
}

/// The weeks that count, through the fold.
pub(crate) struct Lived<'g> {
    /// The weeks behind the samples.
    weeks: Vec<Week>,
    samples: Vec<Sample>,
    /// The newest evaluation's outcome, and the state at its beginning and end.
    step: Step,
    opened_before: Option<usize>,
    life: Life<'g>,
    series: usize,
}

impl Lived<'static> {
    fn of(points: &[WeekPoint], series: usize) -> Self {
        let counted = || {
            let usable = |point: &&WeekPoint| point.delivered && point.exposure > Decimal::ZERO;
            points.iter().filter(usable)
        };
        let mut life = Life::new(Gates::for_series(series));
        let (mut step, mut opened_before) = (Step::Untestable, None);
        let samples: Vec<Sample> = counted().map(WeekPoint::sample).collect();
        for sample in &samples {
            opened_before = life.open().map(|open| open.opened);
            step = life.step(*sample);
        }
        let weeks = counted().map(|point| point.week).collect();
        Self { weeks, samples, step, opened_before, life, series }
    }
}

impl Lived<'_> {
    /// Whether a week counts, is of the present level, and is no part of a signal.
    fn is_ordinary(&self, week: Week) -> bool {
        // They stand oldest first.
        self.weeks.binary_search(&week).is_ok_and(|position| self.life.is_ordinary(position))
    }
}

/// The newest week, where it can be judged.
struct Judged<'g> {
    lived: Lived<'g>,
    newest: Sample,
    baseline: Baseline,
}

impl<'g> Judged<'g> {
    fn of(metric: Metric, points: &[WeekPoint], lived: Lived<'g>) -> Result<Self, Untestable> {
        let newest =
            points.last().filter(|newest| newest.delivered).ok_or(Untestable::NoDelivery)?;
        if lived.weeks.len() <= HISTORY_WEEKS_MIN || lived.weeks.last() != Some(&newest.week) {
            return Err(Untestable::NotEnoughHistory);
        }
        let (newest, before) = lived.samples.split_last().ok_or(Untestable::NotEnoughHistory)?;
        let baseline = lived
            .life
            .baseline()
            .or_else(|| Baseline::of(before, BASELINE_WEEKS_MIN, BASELINE_WEEKS_MAX));
        let too_few = match metric.is_about_leads() {
            true => Untestable::TooFewLeads,
            false => Untestable::NotEnoughHistory,
        };
        let baseline = baseline.ok_or(too_few)?;
        if !shows_falls(metric, &baseline, lived.series) {
            return Err(Untestable::TooFewLeads);
        }
        Ok(Self { newest: *newest, baseline, lived })
    }

    fn verdict(&self, metric: Metric, newest: &WeekPoint, may_alert: bool) -> Verdict {
        let side = newest.value.and(direction::side(&self.baseline, &self.newest));
        let direction = Some(match side {
            None => Direction::Flat,
            Some(side) if (side == Side::Above) == is_inverse(metric) => Direction::Down,
            Some(_) => Direction::Up,
        });
        if !may_alert {
            return Verdict { direction, ..Verdict::default() };
        }
        let status = Some(if self.is_alert() { Status::Alert } else { Status::Ok });
        Verdict {
            direction,
            status,
            signal: self.signal(),
            detectable: self.detectable(metric),
            ..Verdict::default()
        }
    }

    fn is_alert(&self) -> bool {
        self.lived.life.open().is_some_and(|open| open.side == Side::Below)
    }

    fn signal(&self) -> Option<Signal> {
        let Lived { weeks, step, opened_before, life, .. } = &self.lived;
        let week = |position: usize| weeks.get(position).copied();
        let signal = |side, kind, state, opened| {
            Some(Signal {
                unconfirmed: kind == Kind::Shock,
                favourable: side == Side::Above,
                state,
                since: week(opened)?,
                follows_spend: false,
            })
        };
        match *step {
            Step::Untestable | Step::Quiet => None,
            Step::Opened | Step::Persisting => {
                let open = life.open()?;
                let state = match *step {
                    Step::Opened => SignalState::Opened,
                    _ => SignalState::Persisting,
                };
                signal(open.side, open.kind, state, open.opened)
            }
            Step::Ended(side, kind, ending) => {
                let state = match ending {
                    Ending::Recovered => SignalState::Recovered,
                    Ending::NewLevel => SignalState::NewLevel,
                };
                signal(side, kind, state, (*opened_before)?)
            }
        }
    }

    /// In terms of the figure: where leads per spend fall by a half, spend per lead doubles.
    fn detectable(&self, metric: Metric) -> Option<Detected> {
        let found = detectable(self.lived.series, self.baseline.mean())?;
        let inverse = |by: u32, rises: bool| {
            // (1 / (1 - f) - 1) and (1 - 1 / (1 + r)), in percent, rounded up.
            let rate = if rises { 100 + by } else { 100_u32.checked_sub(by)? };
            (rate > 0).then(|| (100 * by).div_ceil(rate))
        };
        Some(if is_inverse(metric) {
            Detected {
                fall_percent: found.rise.and_then(|by| inverse(by, true)),
                rise_percent: found.fall.and_then(|by| inverse(by, false)),
            }
        } else {
            Detected { fall_percent: found.fall, rise_percent: found.rise }
        })
    }
}

/// Whether at least a fall to nothing would be found. Only leads can be too few for that.
fn shows_falls(metric: Metric, baseline: &Baseline, series: usize) -> bool {
    let found = || detectable(series, baseline.mean()).and_then(|found| found.fall);
    !metric.is_about_leads() || found().is_some()
}

/// Whether a figure falls where its rate rises: money per click is judged as clicks per money.
fn is_inverse(metric: Metric) -> bool {
    metric.is_money()
}

impl WeekPoint {
    fn sample(&self) -> Sample {
        let arrived = match self.arrived {
            Arrived::Full => (1.0, 1.0),
            Arrived::Unknown { age } => arrived::unknown(age),
            Arrived::Usual(share) => (float(share).min(1.0), float(share).min(1.0)),
        };
        let (count, exposure) = (float(self.count).max(0.0), float(self.exposure));
        Sample { count, exposure, arrived, ordinary: self.ordinary }
    }
}

/// For the tests of chance only: a figure itself never becomes a floating point number.
#[expect(clippy::float_arithmetic, reason = "input of a test statistic, never reported")]
fn float(value: Decimal) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a statistic needs no more than 53 bits")]
    let mantissa = value.mantissa() as f64;
    (0..value.scale()).fold(mantissa, |value, _| value / 10.0)
}

impl Verdict {
    fn untestable(why: Untestable) -> Self {
        Self { untestable: Some(why), ..Self::default() }
    }
}
