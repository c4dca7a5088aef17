//! Whole reports: several series that share their data, and whether any of them alerts falsely.
#![expect(clippy::float_arithmetic, reason = "simulated series")]

use weekledger_projections::verdict::baseline::Sample;
use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::life::{Life, Step};
use weekledger_projections::verdict::signal::Side;

use super::chance::Chance;
use super::detect::HISTORY;
use super::falsely::YEAR;
use super::worlds::{Wander, World};
use super::{Plan, Share};

/// Budgets wander by this coefficient of variation and correlation, and leads follow them.
const BUDGETS: (f64, f64) = (0.1, 0.5);

/// A report of some accounts, each with its own leads and its own budget: leads and leads per spend
/// of every account and of all together.
pub fn series_of(accounts: usize) -> usize {
    2 * (accounts + 1)
}

/// Watches reports of accounts that have so many leads a week each, for a year after half a year.
/// Nothing is taken off for leads that followed their spend.
pub fn reports(plan: Plan, world: World, accounts: usize, mean: f64, gates: &Gates) -> Share {
    let mut share = Share::default();
    for run in 0..plan.runs {
        let cell = (accounts as u64) << 32 | mean.to_bits() >> 32;
        let chance = Chance::of_run(plan.seed, "report", cell, run);
        share.add(alerts(chance, world, accounts, mean, gates));
    }
    share
}

struct Account {
    leads: Wander,
    budget: Wander,
}

fn alerts(mut chance: Chance, world: World, accounts: usize, mean: f64, gates: &Gates) -> bool {
    let (cv, rho) = match world {
        World::Wandering(cv, rho) => (cv, rho),
        _ => (0.0, 0.0),
    };
    let mut all: Vec<Account> = (0..accounts)
        .map(|_| Account {
            leads: Wander::new(cv, rho, &mut chance),
            budget: Wander::new(BUDGETS.0, BUDGETS.1, &mut chance),
        })
        .collect();
    // Of one account, the report's series are the account's.
    let entities = if accounts == 1 { 1 } else { accounts + 1 };
    let mut lives = vec![[Life::new(gates), Life::new(gates)]; entities];
    let mut alert = false;
    for week in 0..HISTORY + YEAR {
        let mut weeks: Vec<(f64, f64)> = all
            .iter_mut()
            .map(|account| {
                let spend = account.budget.next(&mut chance);
                let rate = account.leads.next(&mut chance);
                (chance.poisson(mean * spend * rate), spend)
            })
            .collect();
        let sum = weeks.iter().fold((0.0, 0.0), |sum, week| (sum.0 + week.0, sum.1 + week.1));
        weeks.push(sum);
        for (lives, (count, spend)) in lives.iter_mut().zip(weeks) {
            for (life, exposure) in lives.iter_mut().zip([1.0, spend]) {
                let opened = life.step(Sample::full(count, exposure)) == Step::Opened;
                let fell = life.open().is_some_and(|open| open.side == Side::Below);
                alert |= opened && fell && week >= HISTORY;
            }
        }
    }
    alert
}
