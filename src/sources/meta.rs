//! Meta Marketing API: insights of ad accounts.

pub mod parse;

pub use parse::{parse_account, parse_insights, require_ids};
