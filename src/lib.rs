//! Weekledger: a weekly advertising report over an event-sourced ledger.

pub mod analyst;
#[cfg(feature = "aws")]
pub mod aws;
pub mod calibrate;
pub mod chain;
pub mod config;
pub mod doctor;
pub mod embedded;
pub mod evidence;
pub mod hindsight;
pub mod history;
pub mod metrics;
pub mod ports;
pub mod producer;
pub mod repair;
pub mod report;
pub mod simulator;
pub mod sources;
pub mod stages;
pub mod stream;
