//! Meta Marketing API: insights of ad accounts.

pub mod error;
pub mod job;
pub mod parse;
pub mod usage;

mod by_job;
mod levels;
mod listing;
mod pull;
mod request;
mod rules;

pub use job::{parse_campaigns, parse_job_created, parse_job_state};
pub use parse::{parse_account, parse_insights, require_ids};
pub(crate) use pull::{MetaClient, Pulled, inactive};
