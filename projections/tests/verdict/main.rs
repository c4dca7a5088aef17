//! Verdicts: elementary functions, the conditional test, the rules, the life of a signal.

#![expect(clippy::float_arithmetic, reason = "test statistics are floating point")]
#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]
#![expect(
    clippy::excessive_precision,
    clippy::approx_constant,
    reason = "values stand as the independent library printed them"
)]
#![expect(clippy::unwrap_used, reason = "a test whose parts cannot be made has failed")]

mod conditional;
mod life;
mod number;
mod rules;
