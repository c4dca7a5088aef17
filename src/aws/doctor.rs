//! What a stack is asked about itself before a report, read only: mail, schedules, the ledger's
//! protection, life cycles, alarms, and whether the owner hears of them.

mod alarms;
mod mail;
mod schedules;
mod storage;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Cloud;
use super::ask::Ask;
use super::failure::{Failure, Standing};
use crate::config::{Config, Report};
use crate::doctor::{Check, Place};

const AREA: &str = "aws";

/// The names of a stack's resources that are looked at.
#[derive(Debug, Clone)]
pub struct StackNames {
    pub stack: String,
    pub table: String,
    pub raw_bucket: String,
    pub kept_bucket: String,
    /// The Scheduler's group.
    pub schedules: String,
    /// The ARN of the topic that notices and alarms go to.
    pub owner: String,
    /// The one address that mails may come from; unknown where the stack is older than that.
    pub sender: Option<String>,
}

/// A system that runs in a stack.
pub struct StackPlace<'a> {
    cloud: &'a Cloud,
    names: StackNames,
    config: &'a Config,
}

#[async_trait]
impl Place for StackPlace<'_> {
    async fn checks(&self, reports: &[&Report], now: Timestamp) -> Vec<Check> {
        let mut checks = self.mail(reports).await;
        checks.extend(self.schedules(reports, now).await);
        checks.extend(self.storage().await);
        checks.extend(self.alarms().await);
        checks
    }
}

impl<'a> StackPlace<'a> {
    pub fn new(cloud: &'a Cloud, names: StackNames, config: &'a Config) -> Self {
        Self { cloud, names, config }
    }

    fn ask(&self) -> Ask<'_> {
        Ask(&self.cloud.sdk)
    }
}

fn check(name: &'static str, subject: &str, sentence: impl Into<String>) -> Check {
    Check::pass(AREA, name, subject, sentence)
}

/// A question that was not answered says nothing about the report.
fn unanswered(name: &'static str, subject: &str, failure: &Failure) -> Check {
    let refused = failure.standing == Standing::Refused;
    let sentence = format!("This could not be looked at: {failure}.");
    let action = if refused {
        "If access is denied: deploy the template of this version, which permits it."
    } else {
        "Run doctor again later."
    };
    check(name, subject, sentence).unseen(!refused, action)
}
