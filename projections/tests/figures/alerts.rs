//! Which figures may raise an alert: as the report's configuration says, and no more than the rules
//! are measured for.

use weekledger_projections::alerts::AlertRule;
use weekledger_projections::backtest::{Backtest, backtest};
use weekledger_projections::figure::{Level, Metric, Status};
use weekledger_projections::figures;

use crate::world::*;

/// So many weeks of one account, whose campaigns have the leads that are given for each week.
fn weeks(campaigns: &[&[u64]]) -> Vec<WorldWeek> {
    let count = campaigns[0].len();
    let of_week = |n: usize| WorldWeek {
        week: week("2026-W47").plus(i32::try_from(n + 1).unwrap() - i32::try_from(count).unwrap()),
        accounts: vec![(1, "EUR", true)],
        rows: (110..)
            .step_by(10)
            .zip(campaigns)
            .map(|(ad_set, leads)| row(ad_set, "1000", [1000, 100, 50, 40, leads[n]]))
            .collect(),
        contacts: Some(Contacts::default()),
    };
    (0..count).map(of_week).collect()
}

fn ordinary(leads: u64) -> Vec<u64> {
    vec![leads; 32]
}

/// Thirty leads a week, and twelve in the last six weeks.
fn fallen() -> Vec<u64> {
    [vec![30; 26], vec![12, 14, 11, 13, 12, 10]].concat()
}

fn choose(levels: &[Level], metrics: &[Metric]) -> AlertRule {
    AlertRule {
        levels: levels.iter().copied().collect(),
        metrics: metrics.iter().copied().collect(),
    }
}

/// The world with another choice.
fn watched(mut world: Pulled, rule: AlertRule) -> Pulled {
    world.subject.alerts = rule;
    world.set = figures::compute(&world.series, &world.subject);
    world
}

/// Every figure with a status.
fn with_status(world: &Pulled) -> Vec<&str> {
    let judged = world.set.figures.iter().filter(|figure| figure.status.is_some());
    judged.map(|figure| figure.id.as_str()).collect()
}

fn told(world: &Pulled) -> Backtest {
    backtest(&world.series, &world.subject)
}

const ALL: [Level; 3] = AlertRule::LEVELS;

#[test]
fn unless_told_otherwise_leads_and_their_cost_of_report_and_accounts_may_alert() {
    let world = pulled(&weeks(&[&fallen()]));
    let expected = [
        "report:weekly/meta_leads/week",
        "report:weekly/spend_per_lead/week/EUR",
        "account:act_1/meta_leads/week",
        "account:act_1/spend_per_lead/week/EUR",
    ];
    assert_eq!(with_status(&world), expected);
}

#[test]
fn levels_and_figures_can_be_left_out() {
    let world = pulled(&weeks(&[&fallen()]));
    let world = watched(world, choose(&[Level::Report], &[Metric::SpendPerLead]));
    assert_eq!(with_status(&world), ["report:weekly/spend_per_lead/week/EUR"]);
    let leads = world.figure("report:weekly/meta_leads/week");
    assert!(leads.direction.is_some(), "what may not alert still has a direction");
    assert_eq!(told(&world).series.len(), 1);
}

#[test]
fn a_campaign_may_alert_where_its_account_hides_the_fall() {
    let world = pulled(&weeks(&[&fallen(), &ordinary(60), &ordinary(60)]));
    let status = |world: &Pulled, id: &str| world.figure(id).status;
    let (account, campaign) = ("account:act_1/meta_leads/week", "campaign:11/meta_leads/week");
    // 132 of 150 leads are within what chance explains.
    assert_eq!((status(&world, account), status(&world, campaign)), (Some(Status::Ok), None));
    let world = watched(world, choose(&ALL, &AlertRule::METRICS));
    assert_eq!(status(&world, account), Some(Status::Ok));
    assert_eq!(status(&world, campaign), Some(Status::Alert));
    assert_eq!(status(&world, "campaign:11/spend_per_lead/week/EUR"), Some(Status::Alert));
    assert_eq!(status(&world, "campaign:12/meta_leads/week"), Some(Status::Ok));
}

#[test]
fn the_more_figures_may_alert_the_larger_a_change_has_to_be() {
    let note = |world: &Pulled| {
        world.figure("account:act_1/meta_leads/week").verdict_note.clone().unwrap()
    };
    let world = pulled(&weeks(&[&ordinary(15), &ordinary(15)]));
    // 30 leads a week: by the table of the calibration for up to four series, and for up to ten.
    assert_eq!(note(&world), "a lasting fall of 50 % or more would show");
    let leads = choose(&[Level::Account], &[Metric::MetaLeads]);
    assert_eq!(note(&watched(world, leads)), "a lasting fall of 50 % or more would show");
    let ten = |leads| pulled(&weeks(&[&ordinary(leads), &ordinary(leads)]));
    assert_eq!(note(&ten(5)), "a lasting fall of 60 % or more would show");
    // Eight series: leads and cost of the report, the account and the two campaigns. Those of the
    // report are the account's, and are told once.
    let eight = watched(ten(5), choose(&ALL, &AlertRule::METRICS));
    assert_eq!(told(&eight).series.len(), 6);
    assert_eq!(note(&eight), "a lasting fall of 65 % or more would show");
}

#[test]
fn a_campaign_that_cannot_be_judged_makes_the_rules_no_stricter() {
    // Beside it eight with a lead a week, of which not even a fall to nothing would show.
    let few = ordinary(1);
    let small = std::iter::repeat_n(few.as_slice(), 8);
    let young: Vec<u64> = [vec![0; 25], vec![30; 7]].concat();
    let large = ordinary(30);
    let all: Vec<&[u64]> = [large.as_slice()].into_iter().chain(small).collect();
    let world = watched(pulled(&weeks(&all)), choose(&ALL, &AlertRule::METRICS));
    assert_eq!(told(&world).series.len(), 4, "account and one campaign");
    assert_eq!(world.figure("campaign:12/meta_leads/week").status, None);
    // Another has leads enough, but seven weeks of them are no history.
    let mut weeks = weeks(&[&large, &young]);
    for week in weeks.iter_mut().take(25) {
        week.rows.pop();
    }
    let world = watched(pulled(&weeks), choose(&ALL, &AlertRule::METRICS));
    assert_eq!(told(&world).series.len(), 4);
}

#[test]
fn campaigns_make_no_more_than_fifty_series() {
    // 24 campaigns with 40, 41 … 63 leads. With two figures each, 23 fit beside the four of report
    // and account: 50.
    let all: Vec<Vec<u64>> = (0..24).map(|n| ordinary(40 + n)).collect();
    let all: Vec<&[u64]> = all.iter().map(Vec::as_slice).collect();
    // Ad sets 110 to 340 belong to three accounts.
    let mut weeks = weeks(&all);
    for week in &mut weeks {
        week.accounts = vec![(1, "EUR", true), (2, "EUR", true), (3, "EUR", true)];
    }
    let world =
        watched(pulled(&weeks), choose(&[Level::Report, Level::Campaign], &AlertRule::METRICS));
    // Two of the report and two of each campaign: all 24 fit.
    assert_eq!(told(&world).series.len(), 50);
    let world = watched(world, choose(&ALL, &AlertRule::METRICS));
    // Eight of report and accounts leave room for 21: those with 43 leads and more.
    assert_eq!(told(&world).series.len(), 50);
    let status = |number: u32| world.figure(&format!("campaign:{number}/meta_leads/week")).status;
    let without = (11..35).filter(|number| status(*number).is_none());
    assert_eq!(without.collect::<Vec<_>>(), [11, 12, 13]);
}

#[test]
fn many_accounts_make_the_rules_stricter_beyond_fifty_series() {
    // 26 accounts of 50 leads a week: leads and cost of 27 are 54 series. Of 50 series the rises of
    // 105 % would show, and so a fall of the cost by 52 %.
    let all: Vec<Vec<u64>> = (0..26).map(|_| ordinary(50)).collect();
    let all: Vec<&[u64]> = all.iter().map(Vec::as_slice).collect();
    let mut weeks = weeks(&all);
    for week in &mut weeks {
        let numbers = 1..=u32::try_from(all.len()).unwrap();
        for (number, row) in numbers.clone().zip(&mut week.rows) {
            row.ad_set = number * 100 + 11;
        }
        week.accounts = numbers.map(|number| (number, "EUR", true)).collect();
    }
    let world = pulled(&weeks);
    assert_eq!(told(&world).series.len(), 54);
    let found = world.figure("account:act_1/spend_per_lead/week/EUR").detectable.unwrap();
    assert_eq!((found.fall_percent, found.rise_percent), (Some(54), Some(123)));
}
