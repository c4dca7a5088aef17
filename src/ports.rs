//! What the chain needs from the outside world, in its own words. Adapters live in `embedded`
//! and `aws`; each passes the same contract suite.

mod archive;
mod bus;
mod clock;
mod history;
mod ledger;
pub mod ledger_key;
mod mail_event;
mod mailer;
mod secrets;

use std::sync::Arc;

pub use archive::{Archive, ArchiveError, ArtifactName, Created, READ_LIMIT, StepName};
pub use bus::{Bus, BusError, Entry, Message, OwnerNotice, publish_all};
pub use clock::Clock;
pub use history::{HistoryTable, HistoryTableError};
pub use ledger::{Append, Ledger, LedgerError, LedgerItem};
pub use mail_event::{MailEvent, MailFate};
pub use mailer::{Mail, MailAddress, Mailer, SentAs};
pub use secrets::{Secret, SecretName, Secrets, SecretsError, Unsigned};

/// The outside world, as chain and stages see it.
#[derive(Clone)]
pub struct Ports {
    pub ledger: Arc<dyn Ledger>,
    pub archive: Arc<dyn Archive>,
    pub bus: Arc<dyn Bus>,
    pub mailer: Arc<dyn Mailer>,
    pub secrets: Arc<dyn Secrets>,
    pub clock: Arc<dyn Clock>,
}

/// The cause of an adapter's error, kept whole so that the edge can print the chain.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error and its causes as one sentence, for an event or a notice.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |sentence, cause| format!("{sentence}: {cause}"))
}
