//! What commands print: for people as tables, for programs as JSON with stable names.

pub mod analyze;
mod audit;
pub mod backtest;
pub mod csv;
pub mod diff;
pub mod doctor;
pub mod expire;
pub mod export;
pub mod figures;
pub mod history;
pub mod moment;
mod plain;
pub mod rebuild;
pub mod run;
pub mod show;
pub mod status;
mod table;
pub mod verify;

use serde::Serialize;

pub use moment::WallClock;
pub use plain::plain;
pub use table::{Align, Table};

/// An answer of a reading command. Serialising it gives the documented JSON.
pub trait Answer: Serialize {
    /// Lines of text, each with its end.
    fn for_people(&self) -> String;
}

#[cfg(test)]
mod tests;
