//! Dates and weeks as the mail writes them.

use jiff::civil::Date;
use weekledger_events::Week;

use super::shown_name;

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
fn days(week: Week) -> String {
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

/// `7d_click_1d_view` as "7-day click, 1-day view"; anything else as it is.
pub fn attribution_name(setting: &str) -> String {
    let words: Vec<&str> = setting.split('_').collect();
    let parts: Option<Vec<String>> = words
        .chunks(2)
        .map(|pair| match pair {
            [days, what] if matches!(*what, "click" | "view" | "ev") => {
                let days = days.strip_suffix('d')?;
                let plain = !days.is_empty() && days.bytes().all(|b| b.is_ascii_digit());
                let what = if *what == "ev" { "engaged view" } else { what };
                plain.then(|| format!("{days}-day {what}"))
            }
            _ => None,
        })
        .collect();
    parts.map_or_else(|| shown_name(setting), |parts| parts.join(", "))
}
