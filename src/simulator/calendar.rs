//! Whole-day arithmetic on civil dates.

use jiff::Span;
use jiff::civil::{Date, date};

/// Days since Monday, 5 January 1970; a multiple of seven is a Monday.
pub(super) fn ordinal(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 5)).as_hours() / 24
}

/// The day `days` later, or earlier when negative.
pub(super) fn shift(day: Date, days: i64) -> Date {
    let days = i32::try_from(days).unwrap_or(0);
    day.saturating_add(Span::new().days(days))
}

/// Every day from `first` to `last`, both included.
pub(super) fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    (0..=ordinal(last) - ordinal(first)).map(move |n| shift(first, n))
}
