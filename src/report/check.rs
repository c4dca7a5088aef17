//! A first verifier: reads the finished HTML and text, and finds every number in them that is not
//! a claim's, and every name or label that is not the week's. It knows claims and events, but
//! neither view nor templates.

mod fixed;
mod html;
mod text;

use weekledger_events::payload::{MetricsComputed, RunRequested};
use weekledger_projections::claim::ClaimSet;

/// Raised whenever the check finds other things than before.
pub const CHECK_VERSION: u32 = 2;

/// A finished mail and what it may say.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
    pub claims: &'a ClaimSet,
    pub run: &'a RunRequested,
    pub metrics: &'a MetricsComputed,
}

/// What is wrong with a mail; empty if every number in it is a claim's.
pub fn check(mail: &Finished<'_>) -> Vec<String> {
    let fixed = fixed::labels(mail);
    let mut findings = html::check(mail, &fixed);
    findings.extend(text::check("the text part", mail.text, mail.claims, &fixed));
    findings.extend(text::check("the subject", mail.subject, mail.claims, &fixed));
    findings
}

/// One space for any white space, also the unbreakable.
fn normal(text: &str) -> String {
    text.split(|c: char| c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The surroundings of a place, for a finding.
fn around(text: &str, at: usize) -> String {
    let skip = text[..at].chars().count().saturating_sub(20);
    text.chars().skip(skip).take(44).collect()
}
