//! Weekledger: a weekly advertising report over an event-sourced ledger.

pub mod analyst;
pub mod config;
pub mod ports;
pub mod report;
pub mod sources;
pub mod stages;
