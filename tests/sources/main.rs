//! The sources: parsers, classification of errors, cutting of secrets, and the fetch stage against
//! a scripted server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; the exemption of the linter covers test functions only"
)]

mod classify_hubspot;
mod classify_meta;
mod cut;
mod fetch_crm;
mod fetch_faults;
mod fetch_meta;
mod fuzz;
mod jobs;
mod leaks;
mod parse_contacts;
mod parse_insights;
mod seeds;
mod support;
mod tries;
