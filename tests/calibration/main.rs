//! The calibration in small: the harness against exact results, and the committed promises within
//! the error that few runs have.

#![expect(clippy::float_arithmetic, reason = "shares of simulated series")]

mod found;

use weekledger::calibrate::{
    AR, Lateness, Plan, Share, Shift, World, by_history, charts, detectable, detection, falsely,
    flat_share, prints, reports, series_of, unusual_share,
};
use weekledger_projections::verdict::detectable::DETECTABLE;
use weekledger_projections::verdict::gates::{BY_SERIES, Gates};
use weekledger_projections::verdict::reliance::YEARS_PER_FALSE_ALERT;

const SEED: u64 = 1987;
const DOCUMENT: &str = include_str!("../../projections/src/verdict/calibration.md");

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
        detection(runs(600), World::Poisson, (mean, 26), Shift::Step(factor), &Gates::BASE)
    };
    assert!(at_least(of(10.0, 2.0).found, 90.0));
    let halving = of(30.0, 0.5);
    assert!(at_least(halving.found, 96.0));
    assert!(at_most(halving.wrong, 0.1));
    assert!((12.0..=14.0).contains(&halving.open_weeks), "open until it is the new level");
    assert!(at_least(of(100.0, 0.2).at_once, 96.0));
}

#[test]
fn no_report_has_a_false_alert_in_more_than_one_of_ten_years() {
    for (accounts, series) in [(1, 4), (4, 10), (9, 20), (29, 60), (49, 100), (99, 200)] {
        assert_eq!(series_of(accounts), series);
        let runs = runs(if series > 20 { 100 } else { 300 });
        let found = reports(runs, AR, accounts, 20.0, Gates::for_series(series));
        assert!(at_most(found, 10.0), "{series} series: {found:?}");
        let steady = reports(runs, World::Poisson, accounts, 20.0, Gates::for_series(series));
        assert!(at_most(steady, 1.0), "{series} series: {steady:?}");
    }
}

#[test]
fn nothing_is_said_before_the_thirteenth_week() {
    // The rules look at week 13 first, which is five weeks into a year that began after eight.
    let collapse = |history| {
        let plan = runs(50);
        detection(plan, World::Poisson, (200.0, history), Shift::Step(0.05), &Gates::BASE).at_once
    };
    assert_eq!(collapse(11).hits, 0);
    assert_eq!(collapse(12).hits, 50);
}

#[test]
fn a_history_that_happened_to_be_high_costs_more_false_alerts_than_a_low_one() {
    let [low, _, high] = by_history(runs(2_000), AR, 20.0, 26, &Gates::BASE);
    assert_eq!((low.runs, high.runs), (200, 200));
    assert!(low.hits < high.hits, "{low:?}, {high:?}");
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
fn about_one_ordinary_step_in_ten_is_unusual() {
    for history in [20, 40, 52] {
        let share = unusual_share(runs(1_500), AR, 30.0, history);
        assert!(at_most(share, 10.5) && at_least(share, 8.0), "{history} weeks: {share:?}");
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
fn the_committed_document_is_of_the_gates_and_the_tables_of_the_code() {
    let holds = |line: &str| DOCUMENT.lines().any(|one| one.starts_with(line));
    for (most, gates) in BY_SERIES {
        let Gates { fall, rise, .. } = gates;
        let line = format!(
            "| {most} | {} / {} | {} / {} |",
            fall.chance, fall.ratio, rise.chance, rise.ratio
        );
        assert!(holds(&line), "{line}");
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
    for number in [base.shock.ratio, base.spread_min, base.shock_spread_min, base.wander] {
        assert!(DOCUMENT.contains(&format!(" {number}")), "{number}");
    }
}

#[test]
fn the_rules_say_of_the_same_series_what_the_committed_document_says() {
    for print in prints(SEED) {
        let line = format!("| {} | {} |", print.cell, print.hits);
        assert!(DOCUMENT.lines().any(|one| one == line), "{line}: calibrate anew");
    }
}

#[test]
fn the_years_that_a_mail_quotes_are_no_more_than_the_worst_report_measured() {
    // | world | series | leads a week of an account | any false alert |
    let (_, section) = DOCUMENT.split_once("## False alerts of whole reports").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for (series, years) in YEARS_PER_FALSE_ALERT {
        let of = section.lines().filter_map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            let [_, of, _, share] = cells[..] else { return None };
            (of == series.to_string()).then(|| share.trim_end_matches(" |").parse::<f64>().unwrap())
        });
        let worst = of.fold(0.0, f64::max);
        let said = 100.0 / f64::from(years);
        assert!(worst <= said, "{series} series: {worst} %, said {said} %");
        assert!(worst > said / 3.0, "{series} series: {worst} % is far less than {said} %");
    }
}

#[test]
fn what_the_committed_document_misses_is_known() {
    let missed: Vec<&str> = DOCUMENT.lines().filter(|line| line.ends_with("| missed |")).collect();
    let known = "| the same, AR(1), 10 a week |";
    assert!(matches!(missed[..], [one] if one.starts_with(known)), "{missed:?}");
}
