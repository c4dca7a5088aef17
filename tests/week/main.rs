//! Whole weeks through the front door: the binary, a data directory, and simulated providers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod damage;
mod demo;
mod desk;
#[path = "../analyst/double.rs"]
#[expect(dead_code, reason = "the analyst's tests have more scripts")]
mod double;
mod hold;
mod regenerate;
mod rehearsal;
mod run;
mod sending;
#[path = "../sources/support/server.rs"]
#[expect(dead_code, reason = "the other tests' server; these need some of it")]
mod server;
mod storage;
mod trouble;
mod waiting;
