//! The analyst over a provider that answers by a script: what it is asked, and what becomes of a
//! report when it fails.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod asking;
mod bedrock;
mod double;
mod failing;
#[path = "../report/fixture.rs"]
#[expect(dead_code, reason = "the other tests' weeks; these need some of it")]
mod fixture;
mod following;
mod logging;
#[path = "../sources/support/ports.rs"]
mod ports;
#[path = "../sources/support/server.rs"]
#[expect(dead_code, reason = "the other tests' server; these need some of it")]
mod server;
mod specimens;
mod stage;
