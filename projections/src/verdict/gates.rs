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
    /// Weeks that SUSTAINED compares with a baseline. Six wander less than four, and still show a
    /// change within eight weeks.
    pub recent_weeks: usize,
    /// SUSTAINED, for a rate that fell and for one that rose.
    pub fall: Gate,
    pub rise: Gate,
    pub shock: Gate,
    /// Variance over mean that is assumed at least: by SUSTAINED, and by SHOCK.
    pub spread_min: f64,
    pub shock_spread_min: f64,
    /// Growth of that with the mean count, for SUSTAINED: the squared coefficient of variation of a
    /// rate that wanders, times the weeks that move together.
    pub wander: f64,
    /// The same for SHOCK.
    pub scatter: f64,
    /// Two-sided probability above which weeks of an open signal count as ordinary again.
    pub recovery: f64,
}

impl Gates {
    /// Chosen by the calibration for four alerting series: leads and cost of a report and an account.
    pub const BASE: Self = Self {
        recent_weeks: 6,
        fall: Gate { chance: 0.01, ratio: 0.63 },
        rise: Gate { chance: 0.004, ratio: 0.61 },
        shock: Gate { chance: 1e-5, ratio: 0.4 },
        spread_min: 1.7,
        shock_spread_min: 1.2,
        wander: 0.08,
        scatter: 0.0,
        recovery: 0.2,
    };

    /// How many series the rules are measured for.
    pub const SERIES_MAX: usize = BY_SERIES[BY_SERIES.len() - 1].0;

    /// How many series campaigns may bring it to: more would make the rules too strict for the report
    /// and its accounts, which stand above them.
    pub const SERIES_WITH_CAMPAIGNS_MAX: usize = 50;

    /// The gates for a number of series that may alert: the more there are, the stricter, so that no
    /// report has a false alert in more than one of ten years.
    pub fn for_series(series: usize) -> &'static Self {
        let row = BY_SERIES.iter().find(|(most, _)| series <= *most);
        row.or(BY_SERIES.last()).map_or(&Self::BASE, |(_, gates)| gates)
    }

    const fn stricter(fall: Gate, rise: Gate, shock: f64) -> Self {
        let base = Self::BASE;
        Self { fall, rise, shock: Gate { chance: shock, ..base.shock }, ..base }
    }
}

const fn gate(chance: f64, ratio: f64) -> Gate {
    Gate { chance, ratio }
}

/// How many series each row of gates serves at most. `weekledger calibrate` prints what they cost.
pub const BY_SERIES: [(usize, Gates); 6] = [
    (4, Gates::BASE),
    (10, Gates::stricter(gate(0.0045, 0.61), gate(0.002, 0.6), 4e-6)),
    (20, Gates::stricter(gate(0.0025, 0.58), gate(0.001, 0.58), 2e-6)),
    (50, Gates::stricter(gate(0.001, 0.55), gate(0.0004, 0.55), 8e-7)),
    (100, Gates::stricter(gate(0.0005, 0.53), gate(0.0002, 0.53), 4e-7)),
    (200, Gates::stricter(gate(0.00025, 0.51), gate(0.0001, 0.51), 2e-7)),
];
