//! Clients of the providers, and the parsers of their pages.

pub mod rows;
