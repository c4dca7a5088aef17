//! What commands print: for people as tables, for programs as JSON with stable names.

#[cfg_attr(not(test), expect(dead_code, reason = "its command waits for the chain"))]
pub mod audit;
pub mod csv;
#[cfg_attr(not(test), expect(dead_code, reason = "its command waits for the chain"))]
pub mod figures;
mod plain;
pub mod run;
pub mod status;
mod table;

use serde::Serialize;

pub use plain::plain;
pub use table::{Align, Table};

/// An answer of a reading command. Serialising it gives the documented JSON.
pub trait Answer: Serialize {
    /// Lines of text, each with its end.
    fn for_people(&self) -> String;
}

#[cfg(test)]
mod tests;
