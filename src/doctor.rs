//! The check before a report, read only: can everything that it needs be reached, does it belong to
//! whom the configuration says, and for how long still?

mod due;
mod eve;
mod hubspot;
mod local;
mod meta;
mod model;
mod probe;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::{Config, Report};
use crate::ports::{Clock, Secrets, SecretsError};
use crate::sources::fault::Fault;

pub use due::{due, is_settled, record_name};
pub use local::LocalPlace;
pub use meta::{Expected, account_checks, token_checks};
pub use probe::ProbeError;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `meta`, `hubspot`, `model`, or where the system runs: `machine`, `aws`.
    pub area: &'static str,
    /// Stable name, for example `token`.
    pub name: &'static str,
    /// An account, a property, a file.
    pub subject: String,
    pub grade: Grade,
    /// What was found, for somebody who has never seen the provider's console.
    pub sentence: String,
    /// What a person should do; `None` if nothing.
    pub action: Option<String>,
    /// Time alone may mend it: nothing is known yet.
    #[serde(skip)]
    pub may_pass: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Pass,
    /// The report goes out; something needs attention soon, or could not be looked at.
    Warn,
    /// The report would not go out, or not whole.
    Fail,
}

/// Where the system runs, with what it has to be asked about itself: a machine its data directory,
/// a cloud its schedule, tables and mail. An adapter brings its own.
#[async_trait]
pub trait Place: Send + Sync {
    /// In the order in which they are shown. `reports` are those that are looked at, at `now`. What
    /// cannot be looked at is a check too, never left out: see `Check::unseen`.
    async fn checks(&self, reports: &[&Report], now: Timestamp) -> Vec<Check>;
}

/// What the checks are made with.
pub struct Doctor<'a> {
    pub config: &'a Config,
    pub secrets: &'a dyn Secrets,
    pub clock: Arc<dyn Clock>,
    pub place: &'a dyn Place,
}

impl Doctor<'_> {
    /// Looks at everything that these reports need. Nothing is changed anywhere.
    pub async fn examine(&self, reports: &[&Report]) -> Vec<Check> {
        let mut checks = self.place.checks(reports, self.clock.now()).await;
        checks.extend(meta::checks(self, reports).await);
        if self.config.hubspot.enabled {
            checks.extend(hubspot::checks(self, reports).await);
        }
        checks.extend(model::checks(self).await);
        checks
    }
}

/// Each account of some reports once, with the report that names it first.
fn accounts<'r>(reports: &[&'r Report]) -> Vec<(&'r Report, &'r crate::config::Account)> {
    let mut seen = BTreeSet::new();
    let all = reports
        .iter()
        .flat_map(|report| report.accounts.iter().map(move |account| (*report, account)));
    all.filter(|(_, account)| seen.insert(account.settings.account.clone())).collect()
}

/// When the next of these reports goes out.
fn next_delivery(reports: &[&Report], now: Timestamp) -> Option<Timestamp> {
    let of = |report: &&Report| {
        let newest = report.last_complete_week(now);
        let times = (0..=2).map(|count| report.schedule(newest.plus(count)).deliver_at);
        times.into_iter().find(|at| *at > now)
    };
    reports.iter().filter_map(of).min()
}

impl Check {
    pub fn pass(
        area: &'static str,
        name: &'static str,
        subject: impl Into<String>,
        sentence: impl Into<String>,
    ) -> Self {
        let (subject, sentence) = (subject.into(), sentence.into());
        let grade = Grade::Pass;
        Self { area, name, subject, grade, sentence, action: None, may_pass: false }
    }

    /// The same finding, graded, with what to do.
    pub fn graded(self, grade: Grade, action: impl Into<String>) -> Self {
        Self { grade, action: Some(action.into()), ..self }
    }

    /// What could not be looked at; `may_pass` if only for now.
    pub fn unseen(self, may_pass: bool, action: impl Into<String>) -> Self {
        Self { may_pass, ..self.graded(Grade::Warn, action) }
    }

    /// A secret that cannot be used, with what mends it; `otherwise` where that is a new one.
    fn of_secret(
        area: &'static str,
        subject: &'static str,
        error: &SecretsError,
        otherwise: &str,
    ) -> Self {
        let sentence = format!("There is no usable token for {subject}: {error}.");
        let check = Self::pass(area, "token", subject, sentence);
        match error {
            SecretsError::Exposed { .. } => {
                check.graded(Grade::Fail, format!("Run: {}", error.remedy()))
            }
            SecretsError::Unavailable(_) => check.unseen(true, "Run doctor again later."),
            _ => check.graded(Grade::Fail, otherwise),
        }
    }

    /// A request that failed. What may pass by itself says nothing about the report yet.
    fn of_fault(
        area: &'static str,
        name: &'static str,
        subject: impl Into<String>,
        fault: Fault,
    ) -> Self {
        let may_pass = fault.may_pass();
        let grade = if may_pass { Grade::Warn } else { Grade::Fail };
        let check = Self::pass(area, name, subject, fault.sentence).graded(grade, fault.action);
        Self { may_pass, ..check }
    }
}
