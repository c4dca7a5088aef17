//! The mail: claims, words, view, rendering, envelope, check, and the stage that ties them.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod checking;
mod claims;
mod envelope;
mod fixture;
mod hostile;
mod lacking;
mod life;
mod markup;
mod open_alerts;
mod order;
mod reading;
mod rows;
mod stage;
mod telling;
mod weeks;
mod worlds;
