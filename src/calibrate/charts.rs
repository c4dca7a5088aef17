//! The gate of the harness itself: run lengths of Shewhart charts with runs rules, which others
//! have computed exactly.
//!
//! Champ and Woodall, "Exact Results for Shewhart Control Charts With Supplementary Runs Rules",
//! Technometrics 29 (1987), 393-399; the values as printed in the manual of R's package `spc`
//! (xshewhartrunsrules.arl), the last row from the same table.
#![expect(clippy::float_arithmetic, reason = "simulated charts")]

use super::Plan;
use super::chance::Chance;
use super::parallel;

/// A chart: which rules it has besides a point beyond three sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chart {
    pub name: &'static str,
    two_of_three: bool,
    four_of_five: bool,
    run_of_eight: bool,
}

/// A mean of simulated run lengths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunLength {
    pub mean: f64,
    pub error: f64,
}

/// One cell of the published table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartRow {
    pub chart: Chart,
    /// Of the mean, in sigma.
    pub shift: f64,
    pub published: f64,
    pub simulated: RunLength,
}

const fn chart(name: &'static str, two: bool, four: bool, eight: bool) -> Chart {
    Chart { name, two_of_three: two, four_of_five: four, run_of_eight: eight }
}

/// Charts with their published run lengths at each of `SHIFTS`.
const PUBLISHED: [(Chart, [f64; 6]); 4] = [
    (chart("1 beyond 3 sigma", false, false, false), [370.40, 308.43, 200.08, 43.89, 6.30, 2.00]),
    (chart("and 2 of 3 beyond 2", true, false, false), [225.44, 177.56, 104.46, 20.01, 3.65, 1.68]),
    (chart("and 4 of 5 beyond 1", false, true, false), [166.05, 120.70, 63.88, 12.66, 3.68, 1.89]),
    (chart("and 8 on one side", false, false, true), [152.73, 110.52, 59.76, 14.58, 4.89, 1.99]),
];
const SHIFTS: [f64; 6] = [0.0, 0.2, 0.4, 1.0, 2.0, 3.0];
/// All four rules together, without a shift.
const ALL_RULES: (Chart, f64) = (chart("all four", true, true, true), 91.75);
/// No chart here runs longer by chance.
const POINTS_MAX: u32 = 1_000_000;

impl ChartRow {
    /// Distance of the simulated mean from the published one, in standard errors.
    pub fn distance(&self) -> f64 {
        (self.simulated.mean - self.published) / self.simulated.error
    }
}

/// Simulates every published cell.
pub fn charts(plan: Plan) -> Vec<ChartRow> {
    let mut cells: Vec<(Chart, f64, f64)> = Vec::new();
    for (chart, published) in PUBLISHED {
        cells.extend(SHIFTS.iter().zip(published).map(|(shift, value)| (chart, *shift, value)));
    }
    cells.push((ALL_RULES.0, 0.0, ALL_RULES.1));
    parallel::each(&cells, |number, (chart, shift, published)| ChartRow {
        chart: *chart,
        shift: *shift,
        published: *published,
        simulated: run_length(plan, number, *chart, *shift),
    })
}

fn run_length(plan: Plan, cell: u64, chart: Chart, shift: f64) -> RunLength {
    let (mut sum, mut squares) = (0.0, 0.0);
    for run in 0..plan.runs {
        let mut chance = Chance::of_run(plan.seed, "charts", cell, run);
        let length = f64::from(chart.run(|| chance.normal() + shift));
        sum += length;
        squares += length * length;
    }
    let runs = f64::from(plan.runs);
    let mean = sum / runs;
    RunLength { mean, error: ((squares / runs - mean * mean) / (runs - 1.0)).sqrt() }
}

impl Chart {
    /// Points until the first signal.
    fn run(self, mut point: impl FnMut() -> f64) -> u32 {
        let mut recent = [0.0_f64; 8];
        for count in 1..=POINTS_MAX {
            recent.rotate_right(1);
            recent[0] = point();
            if self.signals(&recent) {
                return count;
            }
        }
        POINTS_MAX
    }

    /// `recent` has the newest first; points before the first are zero and lie on no side.
    fn signals(self, recent: &[f64; 8]) -> bool {
        let beyond = |points: usize, limit: f64, side: f64| {
            recent.iter().take(points).filter(|point| **point * side > limit).count()
        };
        [1.0, -1.0].into_iter().any(|side| {
            beyond(1, 3.0, side) == 1
                || self.two_of_three && beyond(3, 2.0, side) >= 2
                || self.four_of_five && beyond(5, 1.0, side) >= 4
                || self.run_of_eight && beyond(8, 0.0, side) == 8
        })
    }
}
