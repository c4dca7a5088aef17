//! A token bucket of one: HubSpot's search answers carry no rate headers, so the client has to
//! know. Five requests a second are allowed; a reserve would let more than that start together.

use std::time::Duration;

use jiff::Timestamp;

/// So many requests a second, evenly: of four, one that is late on its way still leaves no second
/// with six.
#[derive(Debug)]
pub(super) struct Bucket {
    cost: Duration,
    /// When the bucket holds a request again.
    full_at: Option<Timestamp>,
}

impl Bucket {
    pub fn new(per_second: u32) -> Self {
        Self { cost: Duration::from_secs(1) / per_second.max(1), full_at: None }
    }

    /// Takes one request, and says how long it has to wait from `now` on.
    pub fn take(&mut self, now: Timestamp) -> Duration {
        let start = self.full_at.map_or(now, |full_at| full_at.max(now));
        self.full_at = start.checked_add(self.cost).ok();
        Duration::try_from(start.duration_since(now)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
