//! Weekledger: a weekly advertising report over an event-sourced ledger.

pub mod analyst;
#[cfg(feature = "aws")]
pub mod aws;
pub mod calibrate;
pub mod chain;
pub mod config;
pub mod embedded;
pub mod evidence;
pub mod history;
pub mod metrics;
pub mod ports;
pub mod report;
pub mod simulator;
pub mod sources;
pub mod stages;
pub mod stream;
