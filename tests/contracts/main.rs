//! The contract of every port as one suite, and the adapters that keep it. A later adapter needs
//! a `Place` and one line per suite.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the linter takes the cases for ordinary functions"
)]

#[macro_use]
mod place;
#[macro_use]
mod archive;
#[macro_use]
mod bus;
#[macro_use]
mod clock;
#[macro_use]
mod history;
#[macro_use]
mod ledger;
#[macro_use]
mod mailer;
#[macro_use]
mod secrets;
mod embedded;
mod samples;
