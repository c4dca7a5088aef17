//! What an invocation fails with, under names that alarms can rest on.

use lambda_runtime::Diagnostic;

use crate::aws::configuration::ConfigurationError;
use crate::aws::mail_log::MailLogError;
use crate::chain::ChainError;
use crate::config::SettingsError;
use crate::ports::{ArchiveError, LedgerError, with_causes};
use crate::stream::StreamError;

#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    #[error("the environment variable {name} is not set")]
    Environment { name: &'static str },
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    #[error("the configuration has no report {report}")]
    NoSuchReport { report: String },
    #[error("the input cannot be understood: {what}")]
    Input { what: String },
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    MailLog(#[from] MailLogError),
    #[error("the settings of a run cannot be pinned")]
    Pin(#[source] SettingsError),
}

impl FunctionError {
    /// Stable: the first is worth a retry, the others need a person.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Environment { .. } => "Weekledger.Environment",
            Self::Configuration(ConfigurationError::Unavailable { .. }) => RETRYABLE,
            Self::Configuration(_) | Self::NoSuchReport { .. } => "Weekledger.Configuration",
            Self::Input { .. } => "Weekledger.Input",
            Self::Chain(error) if error.needs_person() => "Weekledger.Damaged",
            Self::Pin(_) => "Weekledger.Configuration",
            Self::Chain(_) | Self::MailLog(_) => RETRYABLE,
        }
    }

    /// The error and its causes.
    pub fn sentence(&self) -> String {
        with_causes(self)
    }
}

/// It may succeed later, without anybody doing anything.
pub(super) const RETRYABLE: &str = "Weekledger.Retryable";

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.sentence() }
    }
}

impl From<StreamError> for FunctionError {
    fn from(error: StreamError) -> Self {
        Self::Chain(error.into())
    }
}

impl From<LedgerError> for FunctionError {
    fn from(error: LedgerError) -> Self {
        Self::Chain(error.into())
    }
}

impl From<ArchiveError> for FunctionError {
    fn from(error: ArchiveError) -> Self {
        Self::Chain(error.into())
    }
}
