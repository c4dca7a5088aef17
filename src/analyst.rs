//! The analyst: claims and findings in, words out. Whoever writes, the words hold references
//! instead of figures.

pub mod anthropic;
pub mod rules;
pub mod verifier;

use async_trait::async_trait;
use jiff::Timestamp;
use weekledger_events::Finding;
use weekledger_events::payload::Exchange;
use weekledger_projections::claim::ClaimSet;
use weekledger_projections::earlier::EarlierAction;
use weekledger_projections::words::Words;

use crate::ports::Cause;

/// Why no model could be asked.
pub const NO_KEY: &str = "no key is configured";
pub const NO_ROLE: &str = "neither a role nor a key for Bedrock is there";
pub const UNUSABLE_KEY: &str = "the configured key cannot be used";

/// What an analyst is given.
#[derive(Debug, Clone, Copy)]
pub struct Brief<'a> {
    pub claims: &'a ClaimSet,
    /// Those of `MetricsComputed`; `ClaimSet::findings` refers to them by position.
    pub findings: &'a [Finding],
    /// To be followed up.
    pub earlier: &'a [EarlierAction],
    /// Past this, the rules write.
    pub due: Timestamp,
}

/// What an analyst hands back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub words: Words,
    /// The model that answered; `None` for rules.
    pub model: Option<String>,
    /// Archived already.
    pub exchanges: Vec<Exchange>,
}

#[async_trait]
pub trait Analyst: Send + Sync {
    /// As configured: `anthropic` or `bedrock`; the rules need no asking.
    fn provider(&self) -> &'static str;

    /// Writes the words of a week. On an error the rules write instead; none stops the report.
    async fn write(&self, brief: Brief<'_>) -> Result<Written, AnalystError>;

    /// Writes once more, knowing what the verifier found in the words before.
    async fn mend(&self, brief: Brief<'_>, findings: &[String]) -> Result<Written, AnalystError> {
        let _ = findings;
        self.write(brief).await
    }
}

/// Why an analyst wrote nothing that can be used.
#[derive(Debug, thiserror::Error)]
pub enum AnalystError {
    /// Said in the mail, so in words for its readers and without figures.
    #[error("{reason}")]
    Unusable { reason: String, exchanges: Vec<Exchange> },
    /// The next exchange does not fit into the time of this invocation.
    #[error("the time of this invocation is used up")]
    OutOfTime,
    /// The exchange cannot be archived, or its key not be read: the stage is tried again.
    #[error("the exchange with the model cannot be kept")]
    Archive(#[source] Cause),
}
