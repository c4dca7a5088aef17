//! Logging to stderr: warnings, and more with `-v`.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts it. Details are of this program only: libraries below it log what they send.
pub fn start(verbose: u8) {
    let filter = match verbose {
        0 => "warn",
        1 => "warn,weekledger=info",
        _ => "warn,weekledger=debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
