//! A model on Bedrock asked by a role: the adapters of AWS sign, and a server on loopback checks
//! each signature as AWS says that it does.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../analyst/double.rs"]
#[expect(dead_code, reason = "the analyst's own tests need more of it")]
mod double;
#[path = "../report/fixture.rs"]
#[expect(dead_code, reason = "the other tests' weeks; these need some of it")]
mod fixture;
#[path = "../sources/support/ports.rs"]
mod ports;
mod role;
#[path = "../sources/support/server.rs"]
#[expect(dead_code, reason = "the other tests' server; these need some of it")]
mod server;
mod sigv4;
#[path = "../analyst/stage.rs"]
#[expect(dead_code, reason = "the analyst's own tests need more of it")]
mod stage;
