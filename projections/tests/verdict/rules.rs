//! SUSTAINED and SHOCK on series small enough to work by hand.

use weekledger_projections::verdict::baseline::{Baseline, Sample};
use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::signal::{Side, outside, shock, sustained};

pub fn weeks(counts: &[u32]) -> Vec<Sample> {
    counts.iter().map(|count| Sample::full(f64::from(*count), 1.0)).collect()
}

/// Twenty-six weeks of 30, whose scatter is nil.
fn thirty() -> Baseline {
    Baseline::of(&weeks(&[30; 26]), 8, 26).unwrap()
}

fn four_weeks(counts: [u32; 4]) -> Option<Side> {
    sustained(&thirty(), &weeks(&counts), &Gates::BASE)
}

#[test]
fn a_baseline_is_the_rate_of_its_weeks_and_their_scatter() {
    let baseline = Baseline::of(&weeks(&[8, 12, 10, 10, 6, 14, 10, 10]), 8, 26).unwrap();
    // Squares of the distances over the mean: (4 + 4 + 0 + 0 + 16 + 16) / 10 = 4, over 7.
    assert_eq!((baseline.rate(), baseline.mean(), baseline.weeks), (10.0, 10.0, 8));
    assert!((baseline.weekly - 4.0 / 7.0).abs() < 1e-12);
    // Both blocks hold 40, as expected.
    assert_eq!(baseline.block, 0.0);
}

#[test]
fn a_baseline_takes_the_newest_ordinary_weeks_only() {
    let mut series = weeks(&[99, 10, 10, 10, 10, 10, 10, 10, 50, 10]);
    series[8].ordinary = false;
    let baseline = Baseline::of(&series, 8, 8).unwrap();
    assert_eq!((baseline.rate(), baseline.weeks), (10.0, 8));
    assert_eq!(Baseline::of(&series, 10, 26), None, "nine are too few");
}

#[test]
fn a_rate_per_spend_weighs_weeks_by_their_spend() {
    let series: Vec<Sample> =
        (1..=8).map(|n| Sample::full(f64::from(n), f64::from(n) * 100.0)).collect();
    let baseline = Baseline::of(&series, 8, 26).unwrap();
    assert!((baseline.rate() - 0.01).abs() < 1e-15);
    assert!(baseline.weekly < 1e-12, "every week is as expected of its spend");
}

#[test]
fn four_halved_weeks_are_a_fall_and_four_doubled_ones_a_rise() {
    assert_eq!(four_weeks([15, 15, 15, 15]), Some(Side::Below));
    assert_eq!(four_weeks([60, 60, 60, 60]), Some(Side::Above));
    assert_eq!(four_weeks([30, 30, 30, 30]), None);
}

#[test]
fn too_small_a_change_is_none_however_sure() {
    let steady = Baseline::of(&weeks(&[30_000; 26]), 8, 26).unwrap();
    let recent = weeks(&[20_000; 4]);
    assert_eq!(sustained(&steady, &recent, &Gates::BASE), None, "two thirds are above 65 %");
    // Counts of this size are taken to wander, so that even their size proves little alone.
    let fifth = weeks(&[3_000; 4]);
    assert_eq!(sustained(&steady, &fifth, &Gates::BASE), Some(Side::Below));
}

#[test]
fn one_of_the_newest_three_weeks_on_the_other_side_ends_it() {
    assert_eq!(four_weeks([30, 5, 5, 5]), Some(Side::Below));
    assert_eq!(four_weeks([5, 31, 5, 5]), None);
    assert_eq!(four_weeks([31, 10, 5, 5]), Some(Side::Below), "the oldest may differ");
}

#[test]
fn one_week_needs_far_more() {
    let hundred = Baseline::of(&weeks(&[100; 26]), 8, 26).unwrap();
    let newest = |count: u32| shock(&hundred, &weeks(&[count])[0], &Gates::BASE);
    assert_eq!(newest(20), Some(Side::Below));
    assert_eq!(newest(45), None, "less than 60 % down");
    assert_eq!(newest(260), Some(Side::Above));
    let thirty = thirty();
    assert_eq!(shock(&thirty, &weeks(&[12])[0], &Gates::BASE), None, "too few to be that sure");
}

#[test]
fn scatter_of_the_baseline_makes_the_rules_stricter() {
    let wild = Baseline::of(&weeks(&[5, 55, 10, 50].repeat(6)), 8, 26).unwrap();
    assert_eq!(wild.rate(), 30.0);
    assert_eq!(sustained(&wild, &weeks(&[15, 15, 15, 15]), &Gates::BASE), None);
}

#[test]
fn late_leads_raise_no_fall_on_their_own_lateness() {
    let late = |low: f64, high: f64| -> Vec<Sample> {
        let mut recent = weeks(&[16, 16, 16, 16]);
        recent.iter_mut().for_each(|week| week.arrived = (low, high));
        recent
    };
    let said = |recent: &[Sample]| sustained(&thirty(), recent, &Gates::BASE);
    assert_eq!(said(&late(1.0, 1.0)), Some(Side::Below));
    assert_eq!(said(&late(0.7, 1.0)), None, "up to a third may still come");
    // 45 leads where 70 % have arrived stand for 64, but may be all.
    let mut rise = weeks(&[45, 45, 45, 45]);
    rise.iter_mut().for_each(|week| week.arrived = (0.7, 1.0));
    assert_eq!(said(&rise), None);
    rise.iter_mut().for_each(|week| week.arrived = (0.7, 0.7));
    assert_eq!(said(&rise), Some(Side::Above));
}

#[test]
fn the_band_of_ordinary_weeks_asks_for_no_size() {
    let baseline = thirty();
    let side = |count: u32| outside(&baseline, &weeks(&[count]), 1.0, 0.1);
    // Ninety percent of Poisson counts of mean 30 lie within 21 … 39; the baseline widens it a little.
    assert_eq!((side(21), side(39)), (None, None));
    assert_eq!((side(19), side(42)), (Some(Side::Below), Some(Side::Above)));
}

/// Defects of 25 wafers, and their c chart: centre 16, limits 4 and 28, wafer 24 outside (NIST/SEMATECH
/// e-Handbook of Statistical Methods, 6.3.3.1).
const WAFERS: [u32; 25] = [
    16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31,
    13,
];

#[test]
fn of_the_wafers_of_nist_only_the_one_outside_of_its_chart_is_outside_the_band() {
    // Three sigma of a normal number leave 0.27 % outside.
    let baseline = Baseline::of(&weeks(&WAFERS), 8, 26).unwrap();
    assert_eq!(baseline.rate(), 16.0);
    let is_outside = |count: u32| outside(&baseline, &weeks(&[count]), 1.0, 0.0027).is_some();
    let found: Vec<usize> = (1..=25).filter(|wafer| is_outside(WAFERS[wafer - 1])).collect();
    assert_eq!(found, [24]);
    assert!(!is_outside(5) && is_outside(3), "the lower limit is 4");
}

#[test]
fn more_series_have_stricter_gates() {
    let chance = |series: usize| Gates::for_series(series).fall.chance;
    assert_eq!(chance(1), chance(4));
    assert!(chance(5) < chance(4) && chance(11) < chance(10) && chance(50) < chance(20));
    assert!(chance(51) < chance(50) && chance(101) < chance(100));
    assert_eq!(chance(201), chance(200), "beyond the table its last row holds");
}
