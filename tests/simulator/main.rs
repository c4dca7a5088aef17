//! The simulator, asked over HTTP as a client would ask it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod desk;
mod hubspot;
mod meta;
mod replay;
mod server;
mod world;
