//! Meta Marketing API: insights of ad accounts.

pub mod error;
pub mod parse;
pub mod usage;

mod pull;
mod request;
mod rules;

pub use parse::{parse_account, parse_insights, require_ids};
pub(crate) use pull::{MetaClient, Pulled};
