//! False alarms: what the rules say in a year in which nothing changes.

use rust_decimal::Decimal;
use weekledger_events::Week;
use weekledger_projections::figure::Metric;
use weekledger_projections::judge::{Arrived, Watch, WeekPoint, judge};
use weekledger_projections::verdict::baseline::{Baseline, Sample};
use weekledger_projections::verdict::direction;
use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::life::{BASELINE_WEEKS_MAX, BASELINE_WEEKS_MIN, Kind, Open};
use weekledger_projections::verdict::signal::Side;

use super::chance::Chance;
use super::watched::Watched;
use super::worlds::{Series, World};
use super::{Plan, Share};

/// Weeks of a series-year.
pub const YEAR: u32 = 52;

/// Shares of series that within a year falsely opened …
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Falsely {
    /// a fall: an alert.
    pub alert: Share,
    /// a rise: welcome, and named in words only.
    pub rise: Share,
    /// a fall by one week alone.
    pub shock: Share,
    /// anything.
    pub any: Share,
}

/// The week in which a series begins, which matters to nothing.
const FIRST: &str = "2025-W01";

/// What one series said in a year.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    alert: bool,
    rise: bool,
    shock: bool,
}

impl Said {
    fn hear(&mut self, open: &Open) {
        match (open.side, open.kind) {
            (Side::Below, kind) => {
                self.alert = true;
                self.shock |= kind == Kind::Shock;
            }
            (Side::Above, _) => self.rise = true,
        }
    }
}

/// Watches series of a mean for a year, after some weeks of history.
pub fn falsely(plan: Plan, world: World, mean: f64, history: u32, gates: &Gates) -> Falsely {
    let mut result = Falsely::default();
    for run in 0..plan.runs {
        let said = year(series(plan, world, mean, history, run), mean, history, gates);
        result.alert.add(said.alert);
        result.rise.add(said.rise);
        result.shock.add(said.shock);
        result.any.add(said.alert || said.rise);
    }
    result
}

fn series(plan: Plan, world: World, mean: f64, history: u32, run: u32) -> Series {
    let cell = u64::from(history) << 32 | mean.to_bits() >> 32;
    Series::new(world, Chance::of_run(plan.seed, &world.name(), cell, run))
}

fn year(series: Series, mean: f64, history: u32, gates: &Gates) -> Said {
    let mut said = Said::default();
    let mut watched = Watched::new(series, gates);
    for week in 0..history + YEAR {
        let monday = watched.week(mean);
        // What was open when the year began is no alarm of it.
        if let Some(open) = monday.open.filter(|_| monday.opened && week >= history) {
            said.hear(&open);
        }
    }
    said
}

/// False alerts in the year after a history that happened to be low, ordinary or high: the tenth of
/// the series whose history had the fewest leads, the middle tenth, and the one with the most.
pub fn by_history(plan: Plan, world: World, mean: f64, history: u32, gates: &Gates) -> [Share; 3] {
    let mut years: Vec<(f64, bool)> = (0..plan.runs)
        .map(|run| {
            let mut same = series(plan, world, mean, history, run);
            let before: f64 = (0..history).map(|_| same.next(mean)).sum();
            let series = series(plan, world, mean, history, run);
            (before, year(series, mean, history, gates).alert)
        })
        .collect();
    years.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tenth = years.len() / 10;
    [0, (years.len() - tenth) / 2, years.len() - tenth].map(|first| {
        let mut share = Share::default();
        years.iter().skip(first).take(tenth).for_each(|(_, alert)| share.add(*alert));
        share
    })
}

/// The share of ordinary weeks that are called flat.
pub fn flat_share(plan: Plan, world: World, mean: f64, history: u32) -> Share {
    let mut flat = Share::default();
    for run in 0..plan.runs {
        let cell = u64::from(history) << 32 | mean.to_bits() >> 32;
        let chance = Chance::of_run(plan.seed, "flat", cell, run);
        let mut series = Series::new(world, chance);
        let before: Vec<Sample> =
            (0..history).map(|_| Sample::full(series.next(mean), 1.0)).collect();
        let Some(baseline) = Baseline::of(&before, BASELINE_WEEKS_MIN, BASELINE_WEEKS_MAX) else {
            continue;
        };
        let newest = Sample::full(series.next(mean), 1.0);
        flat.add(direction::side(&baseline, &newest).is_none());
    }
    flat
}

/// The share of ordinary weeks whose step from the week before lies outside of the usual range of a
/// report's leads, where there is one. A fall to nothing or a rise from it is no step.
pub fn unusual_share(plan: Plan, world: World, mean: f64, history: u32) -> Share {
    let mut unusual = Share::default();
    for run in 0..plan.runs {
        let cell = u64::from(history) << 32 | mean.to_bits() >> 32;
        let chance = Chance::of_run(plan.seed, "usual", cell, run);
        let mut series = Series::new(world, chance);
        let counts: Vec<Decimal> =
            (0..=history).map(|_| Decimal::from(series.next(mean) as u32)).collect();
        let [.., before, newest] = counts[..] else { continue };
        let step = newest.checked_div(before).filter(|_| !newest.is_zero());
        let watch = Watch { may_alert: true, series: 4 };
        let usual = judge(Metric::MetaLeads, &points(&counts), watch).usual_change;
        if let (Some(step), Some((low, high))) = (step, usual) {
            let change = step - Decimal::ONE;
            unusual.add(change < low || change > high);
        }
    }
    unusual
}

fn points(counts: &[Decimal]) -> Vec<WeekPoint> {
    let Ok(first) = FIRST.parse::<Week>() else { return Vec::new() };
    let point = |(week, count): (i32, &Decimal)| WeekPoint {
        week: first.plus(week),
        value: Some(*count),
        count: *count,
        exposure: Decimal::ONE,
        delivered: true,
        ordinary: true,
        arrived: Arrived::Full,
    };
    (0..).zip(counts).map(point).collect()
}
