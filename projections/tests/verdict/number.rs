//! Elementary functions against values of mpmath 1.3 at 40 digits.

use weekledger_projections::verdict::number::{exp, incomplete_beta, ln, ln_gamma};

/// Equal but for a few units in the last place.
fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 4e-15 * expected.abs().max(1.0)
}

#[test]
fn logarithms_are_right_to_the_last_places() {
    for (x, expected) in [
        (1e-300, -690.775_527_898_213_71),
        (0.1, -2.302_585_092_994_045_6),
        (0.5, -0.693_147_180_559_945_31),
        (1.0, 0.0),
        (1.5, 0.405_465_108_108_164_38),
        (10.0, 2.302_585_092_994_045_7),
        (1e10, 23.025_850_929_940_457),
    ] {
        assert!(close(ln(x), expected), "ln {x} = {}", ln(x));
    }
    assert_eq!(ln(0.0), f64::NEG_INFINITY);
}

#[test]
fn exponentials_are_right_to_the_last_places() {
    for (x, expected) in [
        (-700.0, 9.859_676_543_759_770_9e-305),
        (-20.5, 1.250_152_866_386_742_6e-9),
        (-1.0, 0.367_879_441_171_442_32),
        (-1e-9, 0.999_999_999),
        (0.0, 1.0),
        (0.5, 1.648_721_270_700_128_1),
        (20.0, 485_165_195.409_790_28),
        (650.0, 1.956_199_921_370_271_9e282),
    ] {
        let relative = exp(x) / expected - 1.0;
        assert!(relative.abs() < 1e-13, "exp {x} = {}", exp(x));
    }
}

#[test]
fn gamma_is_right_over_its_whole_range() {
    for (x, expected) in [
        (0.5, 0.572_364_942_924_700_09),
        (1.0, 0.0),
        (2.0, 0.0),
        (3.7, 1.428_072_326_665_388_1),
        (10.0, 12.801_827_480_081_47),
        (12.25, 18.115_669_505_710_893),
        (171.0, 706.573_062_245_787_35),
        (1e6, 12_815_504.569_147_612),
    ] {
        assert!((ln_gamma(x) - expected).abs() < 3e-14 * expected.max(1.0), "ln gamma {x}");
    }
}

#[test]
fn the_incomplete_beta_function_holds_between_whole_numbers() {
    for (a, b, x, expected) in [
        (0.5, 0.5, 0.25, 1.0 / 3.0),
        (2.5, 1.5, 0.6, 0.426_867_579_831_847_9),
        (13.333, 67.7, 0.12, 0.134_631_668_410_981_8),
        (26.666_7, 174.333_3, 0.133_333_333_333_333_3, 0.531_329_267_110_242_46),
        (350.5, 2100.25, 0.15, 0.838_418_922_270_374_75),
        // scipy 1.17.1
        (1e5 + 0.5, 6.5e5, 0.1333, 0.465_904_748_549_154_26),
    ] {
        let found = incomplete_beta(a, b, x);
        assert!((found - expected).abs() < 1e-9, "I_{x}({a}, {b}) = {found}");
    }
}
