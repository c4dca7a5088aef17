//! Elementary functions from additions, multiplications, divisions and square roots alone: these
//! are exact in IEEE 754, so every machine gives the same bits and a replay the same verdict.
#![expect(
    clippy::float_arithmetic,
    reason = "test statistics are compared with a gate and never reported"
)]

const LN_2: f64 = std::f64::consts::LN_2;
/// The bits of `LN_2` that fit into 32 bits of mantissa, and the rest, for an exact reduction.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// ln(sqrt(2 pi)).
const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

/// Below this the argument is moved up before Stirling's series is used.
const STIRLING_FROM: f64 = 12.0;
/// Of the continued fraction; it takes about the square root of the counts.
const FRACTION_TERMS_MAX: u32 = 20_000;
const FRACTION_PRECISION: f64 = 1e-14;
/// Stands for zero in a denominator (modified Lentz).
const TINY: f64 = 1e-300;

/// The natural logarithm of a positive normal number; negative infinity for zero and less.
pub fn ln(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let bits = x.to_bits();
    // The mantissa in [1, 2), then in [sqrt 1/2, sqrt 2), so that the series is short.
    let mut exponent = f64::from(u32::try_from((bits >> 52) & 0x7ff).unwrap_or(0)) - 1023.0;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    // 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + …)
    let mut sum = 0.0;
    for odd in (0..=11_u32).rev() {
        sum = sum * square + 1.0 / f64::from(2 * odd + 1);
    }
    2.0 * s * sum + exponent * LN_2_LOW + exponent * LN_2_HIGH
}

/// e to the power of x; zero below about -700, and never more than e^700.
pub fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = if x > 700.0 { 700.0 } else { x };
    let halves = (x / LN_2).round();
    let rest = (x - halves * LN_2_HIGH) - halves * LN_2_LOW;
    let mut sum = 1.0;
    for n in (1..=15_u32).rev() {
        sum = 1.0 + sum * rest / f64::from(n);
    }
    #[expect(clippy::cast_possible_truncation, reason = "lies between -1011 and 1011")]
    let exponent = halves as i64;
    sum * f64::from_bits(u64::try_from(exponent + 1023).unwrap_or(0) << 52)
}

/// ln Γ(x) for x > 0, by Stirling's series (Abramowitz and Stegun 6.1.41).
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < STIRLING_FROM {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let mut series = 0.0;
    for coefficient in [
        1.0 / 156.0,
        -691.0 / 360_360.0,
        1.0 / 1188.0,
        -1.0 / 1680.0,
        1.0 / 1260.0,
        -1.0 / 360.0,
        1.0 / 12.0,
    ] {
        series = series * square + coefficient;
    }
    (x - 0.5) * ln(x) - x + LN_SQRT_2_PI + series * inverse - ln(product)
}

/// The regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1], by its continued
/// fraction (Abramowitz and Stegun 26.5.8) in the modified form of Lentz.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln(x) + b * ln(1.0 - x));
    // The fraction converges quickly on the near side of the mean.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let off_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for term in 1..=FRACTION_TERMS_MAX {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / off_zero(1.0 + even * d);
        c = off_zero(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / off_zero(1.0 + odd * d);
        c = off_zero(1.0 + odd / c);
        let step = d * c;
        product *= step;
        if (step - 1.0).abs() < FRACTION_PRECISION {
            break;
        }
    }
    product
}
