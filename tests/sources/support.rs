//! What the tests run against: ports in memory, a scripted server, and settings for both.

pub mod pages;
pub mod ports;
pub mod server;
pub mod world;
