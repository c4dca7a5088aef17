//! The embedded adapters: everything on one machine, in one data directory, without a service.
//!
//! They do their I/O on the calling thread. The embedded system is one chain on a
//! current-thread runtime: a call takes milliseconds, nothing else could use the time, and a
//! future that is dropped can leave no work behind on another thread.

mod archive;
mod bus;
mod clock;
mod create_only;
mod data_dir;
mod history;
mod ledger;
mod mailer;
pub mod runner;
mod secrets;
mod space;
mod sqlite;

pub use archive::{Expired, FileArchive};
pub use bus::{
    ATTEMPTS_MAX, DeadLetter, Delivery, KeptNotice, LocalBus, MESSAGE_BYTES_MAX, MessageId, Retry,
};
pub use clock::{SetClock, SystemClock};
pub use data_dir::{Access, DataDir, DataDirError};
pub use history::SqliteHistory;
pub use ledger::SqliteLedger;
pub use mailer::{OutboxError, OutboxMailer};
pub use secrets::{Environment, LocalSecrets};
