//! Direction: whether one week lies outside the band that 90 % of ordinary weeks stay in.
#![expect(
    clippy::float_arithmetic,
    reason = "test statistics are compared with a gate and never reported"
)]

use super::baseline::{Baseline, Sample};
use super::signal::{Side, outside};

/// The share of ordinary weeks outside of the band.
const OUTSIDE: f64 = 0.1;
/// (z^2 + 1) / 2 at z = 1.645: to first order, how the square of Student's quantile exceeds that of
/// the normal one, times the degrees of freedom (Abramowitz and Stegun 26.7.5).
const STUDENT: f64 = 1.853;
/// No series is steadier than a weekly coefficient of variation of 1 %.
const STEADIEST: f64 = 1e-4;

/// The side on which the week lies outside; `None` within. The scatter is estimated from the same
/// weeks, which widens the band as Student's quantile does.
pub fn side(baseline: &Baseline, newest: &Sample) -> Option<Side> {
    #[expect(clippy::cast_precision_loss, reason = "a few weeks")]
    let freedom = baseline.weeks.saturating_sub(1).max(1) as f64;
    let spread = baseline.weekly.max(1.0).max(STEADIEST * baseline.mean());
    let spread = spread * (1.0 + STUDENT / freedom);
    outside(baseline, std::slice::from_ref(newest), spread, OUTSIDE)
}
