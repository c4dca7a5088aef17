//! Pauses between attempts that an adapter makes itself.

use std::time::Duration;

/// Before attempt `attempt + 1`: 50, 100, 200 … milliseconds, at most two seconds, and between
/// half and one and a half times that. `spread` keeps contenders apart without chance: it is
/// taken from what each of them writes.
pub(super) fn pause(attempt: u32, spread: u8) -> Duration {
    const FIRST_MS: u64 = 50;
    const LONGEST_MS: u64 = 2_000;
    let doubled = FIRST_MS.checked_shl(attempt.saturating_sub(1)).unwrap_or(LONGEST_MS);
    let whole = doubled.min(LONGEST_MS);
    Duration::from_millis(whole / 2 + whole * u64::from(spread) / 255)
}

#[cfg(test)]
mod tests;
