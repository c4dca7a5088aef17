//! What went wrong with a request, what the client does about it, and what a person should do.

use std::time::Duration;

use weekledger_events::payload::{Page, Trouble};

use crate::stages::StageError;

/// A failed request, classified.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Stable name of the failure, for example `token_expired`.
    pub class: &'static str,
    pub remedy: Remedy,
    /// What happened, for somebody who has never seen the provider's console.
    pub sentence: String,
    /// What a person should do if the client's own remedy does not help.
    pub action: String,
    /// The archived answer that ended the pull.
    pub evidence: Option<Box<Page>>,
    /// That answer is checkpointed: whoever resumes the stage would meet it again.
    pub stays: bool,
}

/// What the client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same request again after a growing pause, at least `after`.
    Retry { after: Option<Duration> },
    /// The same request again after growing pauses, and if that does not help, as a job that the
    /// provider works on in its own time.
    RetryThenJob,
    /// A rate limit: nothing for so long.
    Wait { at_least: Duration },
    /// Ask for less. `page`: a smaller page may be enough in the end, otherwise only fewer fields
    /// and a shorter range are.
    Shrink { page: bool },
    /// Begin the listing again at its first page.
    Restart,
    /// The token was refused: read it once again, in case it was exchanged meanwhile; then fatal
    /// for everything that uses it.
    NewToken,
    /// Fatal for this account, or for the CRM; others go on.
    Pull,
    /// Fatal for every account.
    Report,
}

impl Fault {
    pub fn new(
        class: &'static str,
        remedy: Remedy,
        sentence: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        let (sentence, action) = (sentence.into(), action.into());
        Self { class, remedy, sentence, action, evidence: None, stays: false }
    }

    pub fn trouble(&self) -> Trouble {
        Trouble {
            class: self.class.to_owned(),
            sentence: self.sentence.clone(),
            action: self.action.clone(),
        }
    }

    /// True if the configuration mends it. A run keeps the configuration that it was opened with.
    pub fn is_configured(&self) -> bool {
        let names = ["[sources.", "[limits]", "the configuration"];
        names.iter().any(|name| self.action.contains(name))
    }

    /// True if time alone may mend it.
    pub fn may_pass(&self) -> bool {
        matches!(self.remedy, Remedy::Retry { .. } | Remedy::RetryThenJob | Remedy::Wait { .. })
    }
}

/// Why a pull stopped.
#[derive(Debug)]
pub enum Halt {
    /// The stage itself has to stop: out of time, or the archive is not available.
    Stage(StageError),
    Fault(Box<Fault>),
}

impl From<StageError> for Halt {
    fn from(error: StageError) -> Self {
        Self::Stage(error)
    }
}

impl From<crate::ports::ArchiveError> for Halt {
    fn from(error: crate::ports::ArchiveError) -> Self {
        Self::Stage(error.into())
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}
