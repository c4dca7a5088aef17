//! Whole weeks through the front door: the binary, a data directory, and simulated providers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod desk;
mod hold;
mod regenerate;
mod run;
mod storage;
mod trouble;
