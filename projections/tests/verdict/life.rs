//! The life of a signal: given weeks, when one more comes, then it opens, persists or ends.

use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::life::{Ending, Kind, Life, Step};
use weekledger_projections::verdict::signal::Side;

use crate::rules::weeks;

/// The life after some weeks, and what the last of them said.
fn after(series: &[&[u32]]) -> (Life<'static>, Step) {
    let mut life = Life::new(&Gates::BASE);
    let steps: Vec<Step> =
        weeks(&series.concat()).into_iter().map(|week| life.step(week)).collect();
    (life, *steps.last().unwrap())
}

fn step(series: &[&[u32]]) -> Step {
    after(series).1
}

const ORDINARY: &[u32] = &[30; 26];

#[test]
fn twelve_weeks_before_the_newest_are_needed() {
    assert_eq!(step(&[&[30; 12]]), Step::Untestable);
    assert_eq!(step(&[&[30; 13]]), Step::Quiet);
    assert_eq!(step(&[&[300; 12], &[0]]), Step::Opened);
    assert_eq!(step(&[&[300; 11], &[0]]), Step::Untestable);
}

#[test]
fn a_fall_opens_once_it_was_seen_at_two_evaluations() {
    // Of 30 in six weeks, five of 14 and one of 30 are 100 of 180, less than 63 %: the fifth week is
    // the candidate, and the sixth confirms it.
    let opened: Vec<usize> =
        (1..=8).filter(|n| step(&[ORDINARY, &vec![14; *n]]) == Step::Opened).collect();
    assert_eq!(opened.len(), 1, "it opens once");
    let weeks = opened[0];
    assert_eq!(weeks, 6);
    let (life, _) = after(&[ORDINARY, &vec![14; weeks]]);
    let open = life.open().unwrap();
    assert_eq!((open.kind, open.side), (Kind::Sustained, Side::Below));
    assert_eq!(step(&[ORDINARY, &vec![14; weeks + 1]]), Step::Persisting);
}

#[test]
fn a_candidate_that_does_not_last_opens_nothing() {
    for back in [31, 45] {
        let series: [&[u32]; 3] = [ORDINARY, &[14; 5], &[back]];
        assert_eq!(step(&series), Step::Quiet);
    }
}

#[test]
fn the_baseline_stays_frozen_while_a_signal_is_open() {
    for weeks in [6, 9, 14] {
        let (life, _) = after(&[ORDINARY, &vec![14; weeks]]);
        assert_eq!(life.baseline().unwrap().rate(), 30.0, "after {weeks} weeks");
    }
}

#[test]
fn a_collapse_opens_at_once_unconfirmed_and_is_confirmed_by_four_weeks() {
    let hundred = &[100; 26][..];
    let (life, step) = after(&[hundred, &[10]]);
    assert_eq!(step, Step::Opened);
    assert_eq!(life.open().unwrap().kind, Kind::Shock);
    let (life, step) = after(&[hundred, &[10; 5]]);
    assert_eq!(step, Step::Persisting);
    assert_eq!(life.open().unwrap().kind, Kind::Sustained);
}

#[test]
fn two_ordinary_weeks_end_a_collapse_of_one() {
    let hundred = &[100; 26][..];
    assert_eq!(step(&[hundred, &[10, 100]]), Step::Persisting);
    let ended = Step::Ended(Side::Below, Kind::Shock, Ending::Recovered);
    assert_eq!(step(&[hundred, &[10, 100, 100]]), ended);
    assert_eq!(step(&[hundred, &[10, 100, 10, 100]]), Step::Persisting, "not in succession");
    assert_eq!(step(&[hundred, &[10, 100, 100, 100]]), Step::Quiet);
}

#[test]
fn a_fall_that_recovers_ends_and_leaves_no_mark_on_the_baseline() {
    let mut series: Vec<u32> = [ORDINARY, &[14; 7]].concat();
    let ended = (1..=8).find(|_| {
        series.push(30);
        matches!(step(&[&series]), Step::Ended(Side::Below, Kind::Sustained, Ending::Recovered))
    });
    assert!(ended.is_some_and(|weeks| weeks >= 3), "four weeks have to look ordinary twice");
    let (life, _) = after(&[&series, &[30; 2]]);
    assert_eq!(life.baseline().unwrap().rate(), 30.0);
}

#[test]
fn after_thirteen_weeks_a_fall_is_the_new_level() {
    let endings: Vec<(usize, Step)> = (1..=30)
        .map(|n| (n, step(&[ORDINARY, &vec![14; n]])))
        .filter(|(_, step)| matches!(step, Step::Ended(..)))
        .collect();
    let ended = Step::Ended(Side::Below, Kind::Sustained, Ending::NewLevel);
    // Six weeks until it opens, and thirteen open.
    assert!(matches!(endings[..], [(19, step)] if step == ended), "{endings:?}");
    let (life, step) = after(&[ORDINARY, &[14; 24]]);
    assert_eq!(step, Step::Quiet);
    assert_eq!(life.baseline().unwrap().rate(), 14.0, "the new level is the baseline");
    assert_eq!(after(&[ORDINARY, &[14; 24], &[30; 7]]).0.open().unwrap().side, Side::Above);
}

/// The first ending of a series of thirties that fell to fourteen for some weeks, and what follows.
fn ending(fallen: usize, back: &[u32]) -> Option<(usize, Step)> {
    let series: Vec<u32> = [ORDINARY, &vec![14; fallen], back].concat();
    let mut found = (27..=series.len()).map(|weeks| (weeks - 26, step(&[&series[..weeks]])));
    found.find(|(_, step)| matches!(step, Step::Ended(..)))
}

#[test]
fn a_figure_that_is_back_when_the_limit_comes_has_recovered() {
    // It opens with the sixth week of the fall, and the nineteenth is the limit.
    let recovered = Step::Ended(Side::Below, Kind::Sustained, Ending::Recovered);
    for fallen in 13..=18 {
        let (weeks, step) = ending(fallen, &[30; 6]).unwrap();
        assert_eq!(step, recovered, "{fallen} low weeks");
        assert!((fallen + 3..=fallen + 5).contains(&weeks), "{fallen} low weeks: {weeks}");
        let (life, step) = after(&[ORDINARY, &vec![14; fallen], &[30; 6]]);
        assert_eq!((step, life.open()), (Step::Quiet, None), "{fallen} low weeks");
        assert_eq!(life.baseline().unwrap().rate(), 30.0, "low weeks are no baseline");
    }
}

#[test]
fn one_ordinary_week_at_the_limit_puts_the_new_level_off() {
    let level = Step::Ended(Side::Below, Kind::Sustained, Ending::NewLevel);
    assert_eq!(ending(18, &[14; 6]), Some((19, level)));
    assert_eq!(ending(18, &[30, 14, 14]), Some((20, level)), "back for a week only");
    let (life, step) = after(&[ORDINARY, &[14; 18], &[30]]);
    assert_eq!(step, Step::Persisting);
    assert_eq!(life.baseline().unwrap().rate(), 30.0, "the baseline stays frozen");
}

#[test]
fn a_collapse_while_a_rise_is_open_is_seen() {
    let (life, step) = after(&[&[100; 26], &[250; 6], &[5]]);
    assert_eq!(step, Step::Opened);
    assert_eq!(life.open().unwrap().side, Side::Below);
}

#[test]
fn no_leads_ever_is_no_baseline() {
    assert_eq!(step(&[&[0; 20]]), Step::Quiet);
    assert_eq!(after(&[&[0; 20]]).0.baseline(), None);
}
