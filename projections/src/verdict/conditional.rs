//! The exact conditional test of two rates, continued to counts that are no whole numbers.
//!
//! Of two Poisson counts with exposures E1 and E0 and one rate, the first given their sum n is
//! binomial with n trials and probability E1 / (E0 + E1) (Przyborowski and Wilenski 1940; Lehmann
//! and Romano, Testing Statistical Hypotheses, section 4.5). A binomial tail is an incomplete beta
//! function (Abramowitz and Stegun 26.5.24), which is defined between whole numbers as well: so
//! counts divided by their overdispersion can be tested, and whole ones give the exact binomial.
#![expect(
    clippy::float_arithmetic,
    reason = "test statistics are compared with a gate and never reported"
)]

use super::number::incomplete_beta;

/// P(X >= first) of a binomial X with `first + second` trials of probability `share`.
pub fn at_least(first: f64, second: f64, share: f64) -> f64 {
    if first <= 0.0 { 1.0 } else { incomplete_beta(first, second.max(0.0) + 1.0, share) }
}

/// P(X <= first) of the same.
pub fn at_most(first: f64, second: f64, share: f64) -> f64 {
    if second <= 0.0 { 1.0 } else { incomplete_beta(second, first.max(0.0) + 1.0, 1.0 - share) }
}
