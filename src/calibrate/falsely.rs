//! False alarms: what the rules say in a year in which nothing changes.

use weekledger_projections::verdict::baseline::{Baseline, Sample};
use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::life::{
    BASELINE_WEEKS_MAX, BASELINE_WEEKS_MIN, Kind, Life, Open, Step,
};
use weekledger_projections::verdict::signal::Side;
use weekledger_projections::verdict::{arrived, direction};

use super::chance::Chance;
use super::worlds::{ARRIVED, Lateness, Series, World};
use super::{Plan, Share};

/// Weeks of a series-year.
const YEAR: u32 = 52;

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
        let cell = u64::from(history) << 32 | mean.to_bits() >> 32;
        let chance = Chance::of_run(plan.seed, &world.name(), cell, run);
        let series = Series::new(world, chance);
        let said = match world {
            World::Late(lateness) => late_year(series, lateness, mean, history, gates),
            _ => year(series, mean, history, gates),
        };
        result.alert.add(said.alert);
        result.rise.add(said.rise);
        result.shock.add(said.shock);
        result.any.add(said.alert || said.rise);
    }
    result
}

fn year(mut series: Series, mean: f64, history: u32, gates: &Gates) -> Said {
    let mut said = Said::default();
    let mut life = Life::new(gates);
    for week in 0..history + YEAR {
        let step = life.step(Sample::full(series.next(mean), 1.0));
        // What was open when the year began is no alarm of it.
        if week >= history
            && step == Step::Opened
            && let Some(open) = life.open()
        {
            said.hear(open);
        }
    }
    said
}

/// Each Monday knows the newest weeks in part: the life so far is lived again over full weeks, and
/// the newest four as they are known.
fn late_year(
    mut series: Series,
    lateness: Lateness,
    mean: f64,
    history: u32,
    gates: &Gates,
) -> Said {
    let mut said = Said::default();
    let mut settled = Life::new(gates);
    let mut newest: Vec<[f64; 5]> = Vec::new();
    for week in 0..history + YEAR {
        newest.push(series.next_late(mean));
        if newest.len() > ARRIVED.len() {
            let [.., full] = newest.remove(0);
            settled.step(Sample::full(full, 1.0));
        }
        if week < history {
            continue;
        }
        let was_open = settled.open().map(|open| open.opened);
        let mut known = settled.clone();
        for (age, counts) in newest.iter().enumerate().map(|(n, week)| (newest.len() - 1 - n, week))
        {
            let share = match lateness {
                Lateness::Unknown => arrived::unknown(age),
                Lateness::Learned => (ARRIVED[age], ARRIVED[age]),
            };
            known.step(Sample { arrived: share, ..Sample::full(counts[age], 1.0) });
        }
        if let Some(open) = known.open()
            && was_open != Some(open.opened)
        {
            said.hear(open);
        }
    }
    said
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
