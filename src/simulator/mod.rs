//! A simulator of both providers over loopback HTTP, for demonstration and tests.
//!
//! It shares no code with the clients that read it: it writes its JSON itself, so that a mistake
//! in reading cannot be cancelled by the same mistake in writing. Everything it serves follows
//! from its [`Options`]; it reads no clock and keeps no randomness.

mod answer;
mod calendar;
mod catalog;
mod dice;
mod effect;
mod faults;
mod hubspot;
mod line;
mod meta;
pub mod replay;
mod server;
mod world;

use std::net::SocketAddr;

use jiff::civil::Date;

pub use catalog::{CATALOG, Switch, switch_named};
pub use effect::Effect;
pub use faults::{Fault, Provider, Times};
pub use replay::{Replay, ReplayError};
pub use server::{Running, SeenRequest, SimulatorError, start};
pub use world::Property;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed tells the same world.
    pub seed: u64,
    /// The newest day that has data. With `replay` the export's newest day takes its place.
    pub today: Date,
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serve this export instead of the invented world.
    pub replay: Option<Replay>,
    /// What goes wrong, in order of precedence; normally nothing.
    pub faults: Vec<Fault>,
}

/// The simulated properties, in order, so that a configuration can be written for them: three
/// invented ones, or the ad accounts of an export (normally one).
pub fn properties(replay: Option<&Replay>) -> Vec<Property> {
    match replay {
        Some(replay) => replay.properties(),
        None => world::properties(),
    }
}
