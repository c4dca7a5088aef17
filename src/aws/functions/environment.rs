//! The variables that the template sets for each function.

use std::env;

use super::error::FunctionError;

/// How a variable is read; the process's own environment outside of tests.
pub struct Environment(Box<Read>);

type Read = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The stack's name.
pub(super) const STACK: &str = "WEEKLEDGER_STACK";
pub(super) const TABLE: &str = "WEEKLEDGER_TABLE";
pub(super) const HISTORY_TABLE: &str = "WEEKLEDGER_HISTORY_TABLE";
pub(super) const RAW_BUCKET: &str = "WEEKLEDGER_RAW_BUCKET";
pub(super) const KEPT_BUCKET: &str = "WEEKLEDGER_KEPT_BUCKET";
pub(super) const BUS: &str = "WEEKLEDGER_BUS";
/// One JSON secret, by name or ARN.
pub(super) const SECRET: &str = "WEEKLEDGER_SECRET";
/// Instead of `SECRET`: one secret each, named by this prefix.
pub(super) const SECRETS_PREFIX: &str = "WEEKLEDGER_SECRETS_PREFIX";
pub(super) const CONFIG_KEY: &str = "WEEKLEDGER_CONFIG_KEY";
/// The Scheduler's group of the reports' schedules.
pub(super) const SCHEDULES: &str = "WEEKLEDGER_SCHEDULES";
/// The topic that tells the owner.
pub(super) const OWNER_TOPIC: &str = "WEEKLEDGER_OWNER_TOPIC";
/// The one address that `deliver` may send from.
pub(super) const SENDER: &str = "WEEKLEDGER_SENDER";
pub(super) const CONFIGURATION_SET: &str = "WEEKLEDGER_CONFIGURATION_SET";

/// Where the configuration lies unless the environment says otherwise.
pub(super) const CONFIG_KEY_DEFAULT: &str = "config/weekledger.toml";

impl Environment {
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the mains are configured by it alone")]
        Self::new(|name| env::var(name).ok())
    }

    pub fn new(read: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Box::new(read))
    }

    /// An empty variable counts as absent: that is how a template leaves one out.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &'static str) -> Result<String, FunctionError> {
        self.optional(name).ok_or(FunctionError::Environment { name })
    }
}
