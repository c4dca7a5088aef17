//! From archived pages to observations: grain, lead rule, controls, contacts and the compute stage.

#![expect(clippy::unwrap_used, reason = "a test whose parts cannot be made has failed")]

mod accounts;
mod attribution;
mod compute;
mod contacts;
mod controls;
mod grain;
mod kit;
mod laws;
mod leads;
mod seeds;
mod silence;
mod soundness;
