//! Detection: what the rules find when a rate does change, and how long they keep saying it.
#![expect(clippy::float_arithmetic, reason = "simulated series")]

use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::signal::Side;

use super::chance::Chance;
use super::watched::Watched;
use super::worlds::{Series, World};
use super::{Plan, Share};

/// A lasting change of the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shift {
    /// At once, to this multiple.
    Step(f64),
    /// By this factor each week, for eight weeks.
    Drift(f64),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Detection {
    /// Open on the right side within eight weeks.
    pub found: Share,
    /// In the first week.
    pub at_once: Share,
    /// Opened on the wrong side within eight weeks.
    pub wrong: Share,
    /// Weeks until it was found, in the middle of those found within eight.
    pub delay: f64,
    /// Weeks for which a change found so was open, of the first 26, on average.
    pub open_weeks: f64,
}

/// One row of the table of what can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectableRow {
    pub mean: u32,
    /// The smallest fall and rise that are found, in percent.
    pub fall: Option<u32>,
    pub rise: Option<u32>,
}

/// Weeks of ordinary history, weeks in which a change should be found, and weeks watched.
pub const HISTORY: u32 = 26;
const WITHIN: u32 = 8;
const WATCHED: u32 = 26;
/// The probability with which a change counts as findable.
const FINDABLE: f64 = 0.8;

impl Shift {
    pub fn name(self) -> String {
        match self {
            Self::Step(factor) => format!("x {factor}"),
            Self::Drift(factor) => format!("{:+.0} % a week", (factor - 1.0) * 100.0),
        }
    }

    fn factor(self, week: u32) -> f64 {
        match self {
            Self::Step(factor) => factor,
            Self::Drift(factor) => (0..=week.min(WITHIN - 1)).fold(1.0, |all, _| all * factor),
        }
    }

    fn side(self) -> Side {
        let (Self::Step(factor) | Self::Drift(factor)) = self;
        if factor < 1.0 { Side::Below } else { Side::Above }
    }
}

/// Watches series whose rate changes after some weeks.
pub fn detection(
    plan: Plan,
    world: World,
    (mean, history): (f64, u32),
    shift: Shift,
    gates: &Gates,
) -> Detection {
    let mut result = Detection::default();
    let mut delays = [0_u32; WITHIN as usize];
    let mut open_weeks = 0_u32;
    for run in 0..plan.runs {
        let cell = shift.factor(0).to_bits() >> 32 ^ mean.to_bits();
        let chance = Chance::of_run(plan.seed, "shift", cell, run);
        let mut watched = Watched::new(Series::new(world, chance), gates);
        let before = (0..history).map(|_| watched.week(mean)).last();
        // Something false is open already.
        if before.is_some_and(|monday| monday.open.is_some()) {
            continue;
        }
        let seen = watch(&mut watched, mean, shift);
        result.found.add(seen.after.is_some());
        result.at_once.add(seen.after == Some(0));
        result.wrong.add(seen.wrong);
        if let Some(after) = seen.after {
            delays[after as usize] += 1;
            open_weeks += seen.open_weeks;
        }
    }
    result.delay = f64::from(median(&delays) + 1);
    if result.found.hits > 0 {
        result.open_weeks = f64::from(open_weeks) / f64::from(result.found.hits);
    }
    result
}

struct Seen {
    /// Weeks before the one in which it was found.
    after: Option<u32>,
    wrong: bool,
    open_weeks: u32,
}

fn watch(watched: &mut Watched<'_>, mean: f64, shift: Shift) -> Seen {
    let mut seen = Seen { after: None, wrong: false, open_weeks: 0 };
    for week in 0..WATCHED {
        let Some(open) = watched.week(mean * shift.factor(week)).open else { continue };
        if open.side != shift.side() {
            seen.wrong |= week < WITHIN;
            continue;
        }
        seen.open_weeks += 1;
        if week < WITHIN && seen.after.is_none() {
            seen.after = Some(week);
        }
    }
    seen
}

fn median(counts: &[u32]) -> u32 {
    let all: u32 = counts.iter().sum();
    let mut seen = 0;
    let found = (0_u32..).zip(counts).find(|(_, count)| {
        seen += *count;
        2 * seen >= all
    });
    found.map_or(0, |(position, _)| position)
}

/// The smallest fall and rise found with 80 % probability in eight weeks, in steps of 5 %; a fall of
/// 100 % is a fall to nothing, and rises are looked for up to a quadrupling.
pub fn detectable(plan: Plan, world: World, mean: u32, gates: &Gates) -> DetectableRow {
    let is_found = |factor: f64| {
        let found =
            detection(plan, world, (f64::from(mean), HISTORY), Shift::Step(factor), gates).found;
        found.value() >= FINDABLE
    };
    let smallest = |percents: &[u32], factor: &dyn Fn(u32) -> f64| {
        let position = percents.partition_point(|percent| !is_found(factor(*percent)));
        percents.get(position).copied()
    };
    let falls: Vec<u32> = (4..=20).map(|step| step * 5).collect();
    let rises: Vec<u32> = (6..=60).map(|step| step * 5).collect();
    DetectableRow {
        mean,
        fall: smallest(&falls, &|percent| 1.0 - f64::from(percent) / 100.0),
        rise: smallest(&rises, &|percent| 1.0 + f64::from(percent) / 100.0),
    }
}
