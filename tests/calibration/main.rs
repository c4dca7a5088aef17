//! The calibration in small: the harness against exact results, and the committed promises within
//! the error that few runs have.

#![expect(clippy::float_arithmetic, reason = "shares of simulated series")]

mod found;

use weekledger::calibrate::{
    Lateness, Plan, Share, Shift, World, charts, detectable, detection, falsely, flat_share,
};
use weekledger_projections::verdict::detectable::DETECTABLE;
use weekledger_projections::verdict::gates::{BY_SERIES, Gates};
use weekledger_projections::verdict::reliance::YEARS_PER_FALSE_ALERT;

const SEED: u64 = 1987;
const AR: World = World::Wandering(0.2, 0.5);

fn runs(runs: u32) -> Plan {
    Plan { seed: SEED, runs }
}

/// Whether a share may be `percent` at most, given the error of so few runs.
fn at_most(share: Share, percent: f64) -> bool {
    let p = percent / 100.0;
    let error = (p * (1.0 - p) / f64::from(share.runs)).sqrt();
    share.value() <= p + 3.0 * error
}

fn at_least(share: Share, percent: f64) -> bool {
    at_most(Share { hits: share.runs - share.hits, ..share }, 100.0 - percent)
}

#[test]
fn the_harness_reproduces_the_run_lengths_of_champ_and_woodall() {
    let rows = charts(runs(1_000));
    assert_eq!(rows.len(), 25);
    for row in &rows {
        // Twenty-five cells, so that four standard errors are out by chance once in 600 seeds.
        assert!(row.distance().abs() < 4.0, "{row:?}: {:.1}", row.distance());
    }
    let wide = rows.iter().filter(|row| row.distance().abs() > 2.0).count();
    assert!(wide <= 4, "{wide} of 25 lie beyond two standard errors");
}

#[test]
fn false_alerts_stay_under_their_targets() {
    let of = |world, mean| falsely(runs(600), world, mean, 26, &Gates::BASE);
    assert!(at_most(of(World::Poisson, 10.0).alert, 0.5));
    for (mean, alert, shock) in [(10.0, 3.0, 0.1), (30.0, 10.0, 0.7), (100.0, 10.0, 2.2)] {
        let found = of(AR, mean);
        assert!(at_most(found.alert, alert), "{mean} a week: {found:?}");
        assert!(at_most(found.shock, shock), "{mean} a week: {found:?}");
    }
}

#[test]
fn changes_are_found_as_often_as_promised() {
    let of = |mean, factor| {
        detection(runs(600), World::Poisson, mean, Shift::Step(factor), &Gates::BASE)
    };
    assert!(at_least(of(10.0, 2.0).found, 90.0));
    let halving = of(30.0, 0.5);
    assert!(at_least(halving.found, 96.0));
    assert!(at_most(halving.wrong, 0.1));
    assert!((12.0..=14.0).contains(&halving.open_weeks), "open until it is the new level");
    assert!(at_least(of(100.0, 0.2).at_once, 96.0));
}

#[test]
fn late_leads_raise_no_more_alerts_than_leads_in_time() {
    for lateness in [Lateness::Unknown, Lateness::Learned] {
        let found = falsely(runs(300), World::Late(lateness), 30.0, 26, &Gates::BASE);
        assert!(at_most(found.alert, 0.5), "{lateness:?}: {found:?}");
    }
}

#[test]
fn nine_in_ten_ordinary_weeks_are_flat() {
    for history in [12, 26] {
        let share = flat_share(runs(3_000), World::Scattered(0.2), 1000.0, history);
        assert!(at_least(share, 89.0) && at_most(share, 94.0), "{history} weeks: {share:?}");
    }
}

#[test]
fn the_table_of_what_is_found_is_what_the_harness_finds() {
    // Steps of the table are 5 %; few runs may be one off.
    for (most, mean) in [(4, 30), (10, 30), (4, 10)] {
        let (_, rows) = DETECTABLE.iter().find(|(series, _)| *series == most).unwrap();
        let row = rows.iter().find(|row| row.mean == mean).unwrap();
        let found = detectable(runs(800), World::Scattered(0.2), mean, Gates::for_series(most));
        let near =
            |a: Option<u32>, b: Option<u32>, off: u32| a.unwrap().abs_diff(b.unwrap()) <= off;
        assert!(near(found.fall, row.fall, 5), "{most} series, {mean} a week: {found:?}");
        assert!(near(found.rise, row.rise, 15), "{most} series, {mean} a week: {found:?}");
    }
}

#[test]
fn stricter_gates_speak_less() {
    let of = |gates: &Gates| falsely(runs(600), AR, 30.0, 26, gates).any.hits;
    let said: Vec<u32> = BY_SERIES.iter().map(|(_, gates)| of(gates)).collect();
    assert!(said.windows(2).all(|pair| pair[1] <= pair[0]), "{said:?}");
    assert!(said[0] > 0, "a rule that never speaks is none");
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let of = |seed| falsely(Plan { seed, runs: 200 }, AR, 30.0, 26, &Gates::BASE);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn the_committed_document_is_of_the_gates_and_the_table_of_the_code() {
    let document = include_str!("../../projections/src/verdict/calibration.md");
    let holds = |line: &str| document.lines().any(|one| one.starts_with(line));
    for (most, gates) in BY_SERIES {
        assert!(holds(&format!("| {most} | {} |", gates.fall.chance)), "gates of {most} series");
    }
    let shown = |found: Option<u32>| found.map_or("none".to_owned(), |some| some.to_string());
    for (most, rows) in DETECTABLE {
        for row in rows {
            let line =
                format!("| {most} | {} | {} | {} |", row.mean, shown(row.fall), shown(row.rise));
            assert!(holds(&line), "{line}");
        }
    }
    let base = Gates::BASE;
    for number in [base.fall.ratio, base.rise.ratio, base.shock.ratio, base.spread_min, base.wander]
    {
        assert!(document.contains(&format!(" {number}")), "{number}");
    }
}

#[test]
fn the_years_that_a_mail_quotes_are_those_of_the_committed_document() {
    // | series up to | chance | alert at 10 | at 30 | at 100 | any series at 30 | …
    let document = include_str!("../../projections/src/verdict/calibration.md");
    let (_, section) = document.split_once("## Gates by the number of series").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for (series, years) in YEARS_PER_FALSE_ALERT {
        let row = section.lines().find(|line| line.starts_with(&format!("| {series} |"))).unwrap();
        let any: f64 = row.split(" | ").nth(5).unwrap().parse().unwrap();
        assert_eq!(f64::from(years), (100.0 / any).floor(), "{series} series: {any} %");
    }
}
