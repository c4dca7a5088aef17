//! The verifier: it accepts what is right, and finds what was changed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails fails its test")]

mod corpus;
mod dice;
#[path = "../report/fixture.rs"]
#[expect(dead_code, reason = "the other tests' weeks; these need some of it")]
mod fixture;
mod mails;
mod mutations;
mod voices;
mod weeks;
