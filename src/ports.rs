//! What the chain needs from the outside world, in its own words. Adapters live in `embedded`
//! and `aws`; each passes the same contract suite.

mod archive;
mod bus;
mod clock;
mod history;
mod ledger;
mod mailer;
mod secrets;

pub use archive::{Archive, ArchiveError, ArtifactName, Created, READ_LIMIT, StepName};
pub use bus::{Bus, BusError, Entry, Message, OwnerNotice};
pub use clock::Clock;
pub use history::{HistoryTable, HistoryTableError};
pub use ledger::{Append, Ledger, LedgerError, LedgerItem};
pub use mailer::{Mail, MailAddress, Mailer};
pub use secrets::{Secret, SecretName, Secrets, SecretsError};

/// The cause of an adapter's error, kept whole so that the edge can print the chain.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
