//! HubSpot CRM API: the contacts of a time span.

pub mod parse;

pub use parse::parse_contacts;
