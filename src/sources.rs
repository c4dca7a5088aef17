//! Clients of the providers, and the parsers of their pages.

pub mod cut;
pub mod fault;
pub mod http;
pub mod hubspot;
pub mod meta;
pub mod parse;
pub mod rows;

pub(crate) mod ask;
mod json;
mod number;
mod tries;

/// A listing that goes on and on holds nothing: so many pages in a row without a row are its end.
const EMPTY_PAGES_MAX: u32 = 20;
