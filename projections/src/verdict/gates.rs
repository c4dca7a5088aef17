//! Gates: how strict the rules are, by how many series may alert.

/// How rarely chance may show a change, and how large the change is at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Two-sided probability.
    pub chance: f64,
    /// The smaller rate is at most this part of the larger one.
    pub ratio: f64,
}

/// The thresholds of the rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gates {
    /// SUSTAINED, for a rate that fell and for one that rose.
    pub fall: Gate,
    pub rise: Gate,
    pub shock: Gate,
    /// Variance over mean that is assumed at least.
    pub spread_min: f64,
    /// Growth of that with the mean count, for four weeks: the squared coefficient of variation of a
    /// rate that wanders, times the weeks that move together.
    pub wander: f64,
    /// The same for one week.
    pub scatter: f64,
    /// Two-sided probability above which weeks of an open signal count as ordinary again.
    pub recovery: f64,
}

impl Gates {
    /// Chosen by the calibration for four alerting series: leads and cost of a report and an account.
    pub const BASE: Self = Self {
        fall: Gate { chance: 0.01, ratio: 0.65 },
        rise: Gate { chance: 0.01, ratio: 0.63 },
        shock: Gate { chance: 1e-5, ratio: 0.4 },
        spread_min: 1.7,
        wander: 0.04,
        scatter: 0.0,
        recovery: 0.2,
    };

    /// The gates for a number of series that may alert: the more there are, the stricter, so that a
    /// report of many series raises no more false alarms than one of four.
    pub fn for_series(series: usize) -> &'static Self {
        let row = BY_SERIES.iter().find(|(most, _)| series <= *most);
        row.or(BY_SERIES.last()).map_or(&Self::BASE, |(_, gates)| gates)
    }

    const fn stricter(fall: f64, rise: f64, shock: f64) -> Self {
        let base = Self::BASE;
        Self {
            fall: Gate { chance: fall, ..base.fall },
            rise: Gate { chance: rise, ..base.rise },
            shock: Gate { chance: shock, ..base.shock },
            ..base
        }
    }
}

/// How many series each row of gates serves at most. `weekledger calibrate` prints what they cost.
pub const BY_SERIES: [(usize, Gates); 4] = [
    (4, Gates::BASE),
    (10, Gates::stricter(0.004, 0.004, 4e-6)),
    (20, Gates::stricter(0.002, 0.002, 2e-6)),
    (50, Gates::stricter(0.0007, 0.0007, 8e-7)),
];
