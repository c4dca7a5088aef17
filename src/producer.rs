//! Who writes an event: the program, its version, and a digest of the code that computes.

use weekledger_events::Producer;

/// What this build writes into events. The version's build part follows from the sources of
/// figures and mails, so `verify` can tell a changed program from changed bytes.
pub fn producer() -> Producer {
    Producer { name: "weekledger".to_owned(), version: VERSION.to_owned() }
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("WEEKLEDGER_BUILD"));
