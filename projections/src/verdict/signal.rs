//! The two rules that find a change: SUSTAINED, of some weeks, and SHOCK, of one.
#![expect(
    clippy::float_arithmetic,
    reason = "test statistics are compared with a gate and never reported"
)]

use super::baseline::{Baseline, Sample};
use super::conditional::{at_least, at_most};
use super::gates::{Gate, Gates};

/// The side of the baseline on which the rate lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// Weeks at the end of the recent window that must all lie on the signal's side.
const AGREEING_WEEKS: usize = 3;

/// Whether the recent weeks (oldest first) differ from the baseline by chance too rarely, by enough,
/// and in each of the newest three.
pub fn sustained(baseline: &Baseline, recent: &[Sample], gates: &Gates) -> Option<Side> {
    let spread = baseline
        .weekly
        .max(baseline.block)
        .max(gates.spread_min)
        .max(1.0 + gates.wander * baseline.mean());
    let side = beyond(baseline, recent, (gates.fall, gates.rise), spread)?;
    let agree = recent.iter().rev().take(AGREEING_WEEKS);
    agree.into_iter().all(|week| week_side(baseline, week) == Some(side)).then_some(side)
}

/// Whether the newest week alone does, far more strictly.
pub fn shock(baseline: &Baseline, newest: &Sample, gates: &Gates) -> Option<Side> {
    let spread =
        baseline.weekly.max(gates.shock_spread_min).max(1.0 + gates.scatter * baseline.mean());
    beyond(baseline, std::slice::from_ref(newest), (gates.shock, gates.shock), spread)
}

/// The side on which weeks lie outside the band of ordinary ones, whatever the size of the change.
pub fn outside(baseline: &Baseline, weeks: &[Sample], spread: f64, chance: f64) -> Option<Side> {
    let any = Gate { chance, ratio: 1.0 };
    beyond(baseline, weeks, (any, any), spread)
}

/// The side on which the weeks lie beyond the gate of a fall, or that of a rise.
fn beyond(
    baseline: &Baseline,
    weeks: &[Sample],
    (fall, rise): (Gate, Gate),
    spread: f64,
) -> Option<Side> {
    let count: f64 = weeks.iter().map(|week| week.count).sum();
    let at = |arrived: fn(&Sample) -> f64| -> f64 {
        weeks.iter().map(|week| week.exposure * arrived(week)).sum()
    };
    // A fall must hold though all that is late were yet to come, a rise though nothing were.
    let (least, most) = (at(|week| week.arrived.0), at(|week| week.arrived.1));
    let rate = baseline.rate();
    let (side, exposure, gate) = if count <= fall.ratio * rate * least {
        (Side::Below, least, fall)
    } else if count * rise.ratio >= rate * most {
        (Side::Above, most, rise)
    } else {
        return None;
    };
    let share = exposure / (exposure + baseline.exposure);
    let (first, second) = (count / spread, baseline.count / spread);
    let tail = match side {
        Side::Below => at_most(first, second, share),
        Side::Above => at_least(first, second, share),
    };
    (2.0 * tail < gate.chance).then_some(side)
}

fn week_side(baseline: &Baseline, week: &Sample) -> Option<Side> {
    let expected = baseline.rate() * week.exposure;
    if week.count < expected * week.arrived.0 {
        Some(Side::Below)
    } else if week.count > expected * week.arrived.1 {
        Some(Side::Above)
    } else {
        None
    }
}
