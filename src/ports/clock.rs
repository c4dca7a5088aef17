//! The clock: the one place where the present comes from.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Returns after `duration` of this clock's time.
    async fn sleep(&self, duration: Duration);
}
