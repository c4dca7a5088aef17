//! A token bucket: HubSpot's search answers carry no rate headers, so the client has to know.

use std::time::Duration;

use jiff::Timestamp;

/// Four requests a second, with one second's worth in reserve.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// When the bucket is full again.
    full_at: Option<Timestamp>,
}

const COST: Duration = Duration::from_millis(250);
const RESERVE: Duration = Duration::from_millis(750);

impl Bucket {
    /// Takes one request, and says how long it has to wait from `now` on.
    pub fn take(&mut self, now: Timestamp) -> Duration {
        let level = self.full_at.map_or(now, |full_at| full_at.max(now));
        let backlog = Duration::try_from(level.duration_since(now)).unwrap_or_default();
        self.full_at = level.checked_add(COST).ok();
        backlog.saturating_sub(RESERVE)
    }
}

#[cfg(test)]
mod tests;
