//! The embedded adapters: everything on one machine, in one data directory, without a service.
//!
//! They do their I/O on the calling thread. The embedded system is one chain on a
//! current-thread runtime: a call takes milliseconds, nothing else could use the time, and a
//! future that is dropped can leave no work behind on another thread.

mod archive;
mod create_only;
mod data_dir;
mod ledger;
mod sqlite;

pub use archive::{Expired, FileArchive};
pub use data_dir::{Access, DataDir, DataDirError};
pub use ledger::SqliteLedger;
