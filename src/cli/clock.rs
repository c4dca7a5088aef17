//! The clock of the command line: the machine's, or one that `--now` has stopped.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use weekledger::ports::Clock;

/// See the module.
#[derive(Debug)]
pub enum CliClock {
    Machine,
    /// Stands still, except that a sleep moves it on at once by its duration: whoever waits for
    /// an instant reaches it.
    Stopped(Mutex<Timestamp>),
}

impl CliClock {
    pub fn new(now: Option<Timestamp>) -> Self {
        now.map_or(Self::Machine, |now| Self::Stopped(Mutex::new(now)))
    }
}

#[async_trait]
impl Clock for CliClock {
    fn now(&self) -> Timestamp {
        match self {
            Self::Machine => machine_now(),
            Self::Stopped(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    async fn sleep(&self, duration: Duration) {
        match self {
            Self::Machine => tokio::time::sleep(duration).await,
            Self::Stopped(now) => {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
                *now = now.checked_add(duration).unwrap_or(Timestamp::MAX);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the adapter that reads the clock")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
