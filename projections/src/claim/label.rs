//! Dates and weeks as the mail writes them.

use jiff::civil::Date;
use weekledger_events::Week;

/// In the order of the year.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(date: Date) -> &'static str {
    MONTHS.get(usize::from(date.month().unsigned_abs()).wrapping_sub(1)).copied().unwrap_or("")
}

/// `22 November 2026`
fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `16 to 22 November 2026`: only what differs is said twice.
pub fn days(week: Week) -> String {
    let (from, to) = (week.monday(), week.sunday());
    if from.year() != to.year() {
        format!("{} to {}", day(from), day(to))
    } else if from.month() != to.month() {
        format!("{} {} to {}", from.day(), month(from), day(to))
    } else {
        format!("{} to {}", from.day(), day(to))
    }
}

/// `week 47`
pub fn week_name(week: Week) -> String {
    let text = week.to_string();
    let number = text.rsplit('W').next().unwrap_or("").trim_start_matches('0');
    format!("week {number}")
}

/// `Week 47, 16 to 22 November 2026`
pub fn week_title(week: Week) -> String {
    format!("W{}, {}", &week_name(week)[1..], days(week))
}
