//! The smallest change that a verdict quotes, against weeks drawn apart from the calibration: other
//! chance, other distributions, and the rules as a report calls them.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use rust_decimal::Decimal;
use weekledger_events::Week;
use weekledger_projections::figure::{Metric, Status};
use weekledger_projections::judge::{Arrived, Watch, WeekPoint, judge};

/// The minimal standard generator (Park and Miller 1988).
struct Lehmer(u64);

impl Lehmer {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    /// A rate that varies by 20 %, as the sum of twelve uniform numbers does.
    fn rate(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.uniform()).sum();
        (1.0 + 0.2 * (sum - 6.0)).max(0.0)
    }

    /// Poisson, by waiting times.
    fn count(&mut self, mean: f64) -> i64 {
        let (mut time, mut count) = (0.0, -1);
        while time < mean {
            time -= self.uniform().ln();
            count += 1;
        }
        count.max(0)
    }
}

const HISTORY: i32 = 26;
const SERIES: u32 = 300;

/// The share of series in which an alert stands within eight weeks of a fall by so many percent.
fn found(mean: f64, fall_percent: f64, series: usize) -> f64 {
    let first: Week = "2025-W10".parse().unwrap();
    let mut hits = 0;
    for seed in 1..=u64::from(SERIES) {
        let mut chance = Lehmer(seed * 7919);
        let mut points: Vec<WeekPoint> = Vec::new();
        let mut alert = false;
        for n in 0..HISTORY + 8 {
            let level = if n < HISTORY { mean } else { mean * (1.0 - fall_percent / 100.0) };
            let rate = chance.rate();
            let count = Decimal::from(chance.count(level * rate));
            points.push(WeekPoint {
                week: first.plus(n),
                value: Some(count),
                count,
                exposure: Decimal::ONE,
                delivered: true,
                ordinary: true,
                arrived: Arrived::Full,
            });
            let status = |points: &[WeekPoint]| {
                judge(Metric::MetaLeads, points, Watch { may_alert: true, series }).status
            };
            alert |= n >= HISTORY && status(&points) == Some(Status::Alert);
        }
        hits += u32::from(alert);
    }
    f64::from(hits) / f64::from(SERIES)
}

fn quoted(mean: i64, series: usize) -> f64 {
    let first: Week = "2025-W10".parse().unwrap();
    let points: Vec<WeekPoint> = (0..HISTORY)
        .map(|n| WeekPoint {
            week: first.plus(n),
            value: Some(mean.into()),
            count: mean.into(),
            exposure: Decimal::ONE,
            delivered: true,
            ordinary: true,
            arrived: Arrived::Full,
        })
        .collect();
    let verdict = judge(Metric::MetaLeads, &points, Watch { may_alert: true, series });
    f64::from(verdict.detectable.unwrap().fall_percent.unwrap())
}

#[test]
fn the_fall_that_a_verdict_quotes_is_found_in_four_of_five_cases_and_a_smaller_one_in_fewer() {
    for (mean, series) in [(10, 4), (30, 4), (100, 4), (30, 10)] {
        let quoted = quoted(mean, series);
        let share = |percent: f64| found(mean as f64, percent, series);
        // Three standard errors of 300 series are 7 points.
        assert!(share(quoted) >= 0.73, "{quoted} % of {mean}: {}", share(quoted));
        let smaller = quoted - 10.0;
        assert!(share(smaller) < 0.80, "{smaller} % of {mean}: {}", share(smaller));
    }
}
