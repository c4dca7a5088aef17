//! `doctor` over simulated providers: what it says, what it asks, and that it changes nothing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod desk;
mod machine;
mod model;
mod providers;
mod sunday;
mod token;
