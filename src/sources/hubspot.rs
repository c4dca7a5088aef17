//! HubSpot CRM API: the contacts of a time span.

pub mod error;
pub mod parse;

mod pace;
mod pull;
mod request;
mod span;

pub use parse::parse_contacts;
pub(crate) use pull::{HubspotClient, PulledContacts};
pub(crate) use request::PROPERTIES;
pub(crate) use span::contact_span;
