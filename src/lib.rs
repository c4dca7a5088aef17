//! Weekledger: a weekly advertising report over an event-sourced ledger.

pub mod config;
pub mod metrics;
pub mod ports;
pub mod sources;
pub mod stages;
