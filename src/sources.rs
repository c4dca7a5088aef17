//! Clients of the providers, and the parsers of their pages.

pub mod hubspot;
pub mod meta;
pub mod parse;
pub mod rows;

mod json;
mod number;
