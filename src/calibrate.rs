//! The calibration: how often the rules speak falsely, and how soon they find what is there.
//!
//! Everything is drawn from one seed, so the committed table can be printed again.
#![expect(
    clippy::float_arithmetic,
    reason = "simulated series and their statistics; no reported figure comes from here"
)]

mod chance;
mod charts;
mod detect;
mod document;
mod falsely;
mod parallel;
mod reports;
mod table;
mod watched;
mod worlds;

pub use self::charts::{ChartRow, RunLength, charts};
pub use self::detect::{DetectableRow, Detection, Shift, detectable, detection};
pub use self::falsely::{Falsely, by_history, falsely, flat_share, unusual_share};
pub use self::reports::{reports, series_of};
pub use self::table::{AR, Calibration, Print, calibrate, prints};
pub use self::worlds::{Lateness, World};

/// How much is drawn, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    /// Simulated series a cell.
    pub runs: u32,
}

/// A share of runs, with its standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Share {
    pub hits: u32,
    pub runs: u32,
}

impl Share {
    pub fn value(self) -> f64 {
        if self.runs == 0 { 0.0 } else { f64::from(self.hits) / f64::from(self.runs) }
    }

    /// Of a binomial share.
    pub fn error(self) -> f64 {
        let p = self.value();
        if self.runs == 0 { 0.0 } else { (p * (1.0 - p) / f64::from(self.runs)).sqrt() }
    }

    fn add(&mut self, hit: bool) {
        self.runs += 1;
        self.hits += u32::from(hit);
    }
}
