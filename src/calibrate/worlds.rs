//! Worlds: how weekly counts come about.
#![expect(clippy::float_arithmetic, reason = "simulated series")]

use weekledger_projections::verdict::number::{exp, ln};

use super::chance::Chance;

/// How the counts of a series scatter around their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum World {
    Poisson,
    /// Negative binomial with this variance over mean.
    Overdispersed(f64),
    /// The rate of each week varies on its own by this coefficient of variation.
    Scattered(f64),
    /// The rate wanders: AR(1) on the log scale, with coefficient of variation and correlation.
    Wandering(f64, f64),
    /// Up and down by 20 % over the year, and two weeks of 60 % at its end.
    Seasonal,
    /// Poisson, and late: 85 % of a week's leads are there on Monday, 95, 98 and 99 % on the next
    /// three.
    Late(Lateness),
}

/// What the rules know of lateness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lateness {
    /// Nothing: a fall has to hold whatever may still come.
    Unknown,
    /// The usual share of leads that is there at each age.
    Learned,
}

/// The share of a late week's leads that is there at each age, in weeks.
pub const ARRIVED: [f64; 4] = [0.85, 0.95, 0.98, 0.99];

/// Weeks of a year, and those of its end that are slow.
const YEAR: f64 = 52.0;
const SLOW: [u32; 2] = [51, 0];

impl World {
    pub fn name(self) -> String {
        match self {
            Self::Poisson => "Poisson".to_owned(),
            Self::Overdispersed(ratio) => format!("variance {ratio} x mean"),
            Self::Scattered(cv) => format!("rate varies by {:.0} %", cv * 100.0),
            Self::Wandering(cv, rho) => format!("AR(1) {rho}, {:.0} %", cv * 100.0),
            Self::Seasonal => "seasonal, slow year's end".to_owned(),
            Self::Late(Lateness::Unknown) => "late leads, ages unknown".to_owned(),
            Self::Late(Lateness::Learned) => "late leads, ages learned".to_owned(),
        }
    }
}

/// A series in the making.
pub struct Series {
    world: World,
    pub chance: Chance,
    wander: Wander,
    /// Where in the year the next week lies.
    week: u32,
}

impl Series {
    pub fn new(world: World, mut chance: Chance) -> Self {
        let (cv, rho) = match world {
            World::Wandering(cv, rho) => (cv, rho),
            _ => (0.0, 0.0),
        };
        let wander = Wander::new(cv, rho, &mut chance);
        let week = (chance.uniform() * YEAR) as u32;
        Self { world, chance, wander, week }
    }

    pub fn world(&self) -> World {
        self.world
    }

    /// The count of the next week.
    pub fn next(&mut self, mean: f64) -> f64 {
        self.week = (self.week + 1) % 52;
        let rate = match self.world {
            World::Poisson | World::Late(_) => 1.0,
            World::Overdispersed(ratio) => self.chance.gamma(mean / (ratio - 1.0)),
            World::Scattered(cv) => {
                let z = self.chance.normal();
                lognormal(cv, z)
            }
            World::Wandering(..) => self.wander.next(&mut self.chance),
            World::Seasonal => season(self.week),
        };
        self.chance.poisson(mean * rate)
    }

    /// A week of Poisson leads as known at each age, and at last.
    pub fn next_late(&mut self, mean: f64) -> [f64; 5] {
        let [a, b, c, d] = ARRIVED;
        let mut known = 0.0;
        [a, b - a, c - b, d - c, 1.0 - d].map(|share| {
            known += self.chance.poisson(mean * share);
            known
        })
    }
}

/// A rate of mean 1 that wanders: AR(1) on the log scale.
#[derive(Debug, Clone, Copy)]
pub struct Wander {
    cv: f64,
    rho: f64,
    /// In standard deviations.
    state: f64,
}

impl Wander {
    pub fn new(cv: f64, rho: f64, chance: &mut Chance) -> Self {
        Self { cv, rho, state: chance.normal() }
    }

    pub fn next(&mut self, chance: &mut Chance) -> f64 {
        let z = chance.normal();
        self.state = self.rho * self.state + (1.0 - self.rho * self.rho).sqrt() * z;
        lognormal(self.cv, self.state)
    }
}

/// A rate of mean 1 with a coefficient of variation.
fn lognormal(cv: f64, z: f64) -> f64 {
    let variance = ln(1.0 + cv * cv);
    exp(variance.sqrt() * z - variance / 2.0)
}

/// A triangle wave needs no sine and is as harsh.
fn season(week: u32) -> f64 {
    let phase = f64::from(week) / YEAR;
    let wave = 1.0 - 4.0 * (phase - 0.5).abs();
    let slow = if SLOW.contains(&week) { 0.6 } else { 1.0 };
    (1.0 - 0.2 * wave) * slow
}
