//! Logs as JSON lines on stdout, where the platform takes them from.

use tracing_subscriber::EnvFilter;

/// Details are of this program only: libraries below it log what they send. `RUST_LOG` says
/// otherwise.
pub(super) fn start() {
    let served = "warn,weekledger=info";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(served));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .init();
}
