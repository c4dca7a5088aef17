//! The conditional test against exact binomial tails, summed in fractions (Python's `fractions` and
//! `math.comb`): P(X >= k) and P(X <= k) of n trials with probability p.

use weekledger_projections::verdict::conditional::{at_least, at_most};

fn same(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 1e-11
}

#[test]
fn at_least_is_the_upper_tail_of_a_binomial() {
    for (k, n, p, expected) in [
        (7.0, 10.0, 0.5, 1.718_75e-1),
        (18.0, 20.0, 0.5, 2.012_252_807_617_187_5e-4),
        (6.0, 12.0, 0.2, 1.940_527_923_2e-2),
        (40.0, 160.0, 4.0 / 30.0, 5.343_678_755_051_324_9e-5),
        (80.0, 340.0, 4.0 / 30.0, 2.488_595_034_361_866_7e-7),
        (20.0, 1020.0, 1.0 / 30.0, 9.966_784_958_938_246_2e-1),
        (3.0, 26.0, 4.0 / 13.0, 9.945_940_262_327_323e-1),
    ] {
        let found = at_least(k, n - k, p);
        assert!(same(found, expected), "P(X >= {k}), {n}, {p} = {found}");
    }
}

#[test]
fn at_most_is_the_lower_tail_of_a_binomial() {
    for (k, n, p, expected) in [
        (3.0, 10.0, 0.5, 1.718_75e-1),
        (20.0, 280.0, 4.0 / 30.0, 7.516_993_076_240_073_1e-4),
        (60.0, 840.0, 4.0 / 30.0, 8.190_378_338_896_230_1e-9),
        (20.0, 2620.0, 1.0 / 27.0, 6.331_641_828_885_717_3e-22),
        (0.0, 100.0, 1.0 / 27.0, 2.295_928_616_738_658_6e-2),
    ] {
        let found = at_most(k, n - k, p);
        assert!(same(found, expected), "P(X <= {k}), {n}, {p} = {found}");
    }
}

#[test]
fn between_whole_counts_a_tail_lies_between_theirs() {
    let tails: Vec<f64> =
        (0..=8).map(|eighth| at_least(7.0 + f64::from(eighth) / 8.0, 3.0, 0.5)).collect();
    assert!(tails.windows(2).all(|pair| pair[1] < pair[0]), "{tails:?}");
}

#[test]
fn nothing_counted_is_no_evidence_of_a_rise_nor_everything_of_a_fall() {
    assert_eq!(at_least(0.0, 20.0, 0.3), 1.0);
    assert_eq!(at_most(20.0, 0.0, 0.3), 1.0);
}
