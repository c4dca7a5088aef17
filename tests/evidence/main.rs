//! Evidence: every number of a mail leads to archived bytes, and whatever is altered is found.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod bundle;
mod commands;
mod figures;
mod findings;
mod history;
mod pages;
mod tamper;
mod versions;
mod world;
