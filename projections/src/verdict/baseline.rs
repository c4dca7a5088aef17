//! Baselines: the rate of ordinary weeks, and how far ordinary weeks scatter around it.
#![expect(
    clippy::float_arithmetic,
    reason = "test statistics are compared with a gate and never reported"
)]

/// Weeks of a block: the recent window that a baseline is compared with.
pub const BLOCK: usize = 4;

/// One delivered week of a series: a count, and what it is a count per.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub count: f64,
    /// Weeks (1), spend, impressions …; more than zero.
    pub exposure: f64,
    /// The share of the count that has arrived, at least and at most: 1 and 1 for an old week.
    pub arrived: (f64, f64),
    /// False if the week may be no part of a baseline.
    pub ordinary: bool,
}

/// What ordinary weeks are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    pub count: f64,
    pub exposure: f64,
    pub weeks: usize,
    /// Variance over mean of single weeks around the common rate; 1 for Poisson counts.
    pub weekly: f64,
    /// The same of blocks of four weeks: more than `weekly` where the rate wanders slowly.
    pub block: f64,
}

impl Sample {
    /// A week that is known in full.
    pub fn full(count: f64, exposure: f64) -> Self {
        Self { count, exposure, arrived: (1.0, 1.0), ordinary: true }
    }
}

impl Baseline {
    /// Of the newest ordinary weeks of `before` (oldest first), at most `weeks_max`; `None` if they
    /// are fewer than `weeks_min` or have no count at all.
    pub fn of(before: &[Sample], weeks_min: usize, weeks_max: usize) -> Option<Self> {
        let chosen = || before.iter().rev().filter(|sample| sample.ordinary).take(weeks_max);
        let weeks = chosen().count();
        let count: f64 = chosen().map(|sample| sample.count).sum();
        let exposure: f64 = chosen().map(|sample| sample.exposure).sum();
        if weeks < weeks_min || count <= 0.0 || exposure <= 0.0 {
            return None;
        }
        let rate = count / exposure;
        // Pearson's statistic over its degrees of freedom, of weeks and of whole blocks.
        let (mut of_weeks, mut of_blocks) = (0.0, 0.0);
        let (mut blocks, mut inside, mut seen, mut due) = (0_u32, 0, 0.0, 0.0);
        for sample in chosen() {
            let expected = rate * sample.exposure;
            of_weeks += (sample.count - expected) * (sample.count - expected) / expected;
            seen += sample.count;
            due += expected;
            inside += 1;
            if inside == BLOCK {
                of_blocks += (seen - due) * (seen - due) / due;
                (blocks, inside, seen, due) = (blocks + 1, 0, 0.0, 0.0);
            }
        }
        let freedom = |n: f64| if n > 1.0 { n - 1.0 } else { 1.0 };
        #[expect(clippy::cast_precision_loss, reason = "a few weeks")]
        let weekly = of_weeks / freedom(weeks as f64);
        let block = of_blocks / freedom(f64::from(blocks));
        Some(Self { count, exposure, weeks, weekly, block })
    }

    pub fn rate(&self) -> f64 {
        self.count / self.exposure
    }

    /// What an ordinary week with this exposure has by now, at least.
    pub fn expected(&self, week: &Sample) -> f64 {
        self.rate() * week.exposure * week.arrived.0
    }

    /// The mean count of a week.
    pub fn mean(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few weeks")]
        let weeks = self.weeks as f64;
        self.count / weeks
    }
}
