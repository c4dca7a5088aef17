//! How much of a young week's leads may be there, where the ledger has not learned it yet.

/// The least share of its leads that a week may have on the Monday after it and on the next three.
/// Providers restate for 28 days; most of what comes late comes within the first week.
const AT_LEAST: [f64; 4] = [0.75, 0.9, 0.95, 0.97];

/// Ages from which on a week is known in full.
pub const SETTLED_AGE: usize = AT_LEAST.len();

/// At least and at most, by age in weeks.
pub fn unknown(age: usize) -> (f64, f64) {
    (AT_LEAST.get(age).copied().unwrap_or(1.0), 1.0)
}
