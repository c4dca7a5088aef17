//! How values are displayed. Here, and only here, figures are rounded, each once.
//!
//! Halves are rounded away from zero, as a reader with a pocket calculator does. All texts are
//! ASCII: a plain space and "-", so that mail, terminal and CSV show and search them alike; where a
//! line must not break, the renderer says so. Separators are fixed: "," for thousands, "." for
//! decimals.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use weekledger_events::Currency;

use crate::figure::Unit;

/// The display of a value: "EUR 1,234.56", "1,234", "1.92 %", "+18 %", "+0.2 pt".
pub fn value(unit: Unit, value: Decimal, currency: Option<&Currency>) -> String {
    match unit {
        Unit::Count => count(value),
        Unit::Money => match currency {
            Some(currency) => money(value, currency),
            None => grouped(value, 2),
        },
        Unit::Ratio => format!("{} %", grouped(percent(value), 2)),
        Unit::Change => signed(rounded(percent(value), 0), "%"),
        Unit::Points => signed(rounded(percent(value), 2).normalize(), "pt"),
    }
}

/// A form for prose: "EUR 1.2k", "EUR 3.4M", "12.3k"; small values and rates in full.
pub fn short(unit: Unit, value: Decimal, currency: Option<&Currency>) -> String {
    let brief = match unit {
        Unit::Count | Unit::Money => abbreviated(value),
        Unit::Ratio | Unit::Change | Unit::Points => None,
    };
    match (brief, currency) {
        (Some(brief), Some(currency)) if unit == Unit::Money => format!("{currency} {brief}"),
        (Some(brief), _) => brief,
        (None, _) => self::value(unit, value, currency),
    }
}

/// An amount with the decimals of its currency: "EUR 1,234.56", "JPY 1,235".
pub fn money(value: Decimal, currency: &Currency) -> String {
    format!("{currency} {}", grouped(value, minor_digits(currency)))
}

/// An amount in whole units and without its currency, for notes: "1,235".
pub fn whole(value: Decimal) -> String {
    grouped(value, 0)
}

/// A count: "1,234".
pub fn count(value: Decimal) -> String {
    let digits = if value.is_integer() { 0 } else { 2 };
    grouped(value, digits)
}

/// With one decimal: "5.3".
pub fn tenths(value: Decimal) -> String {
    grouped(value, 1)
}

/// A count with its noun: "1 campaign", "2 campaigns".
pub fn counted(number: Decimal, one: &str, many: &str) -> String {
    format!("{} {}", count(number), noun(number, one, many))
}

/// The form of a noun that fits a count: one campaign, but no campaigns and two campaigns.
pub fn noun<'a>(number: Decimal, one: &'a str, many: &'a str) -> &'a str {
    if number == Decimal::ONE { one } else { many }
}

/// A calendar day: "18 May 2026".
pub fn day(day: Date) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = usize::try_from(day.month() - 1).ok().and_then(|index| MONTHS.get(index));
    format!("{} {} {}", day.day(), month.copied().unwrap_or_default(), day.year())
}

/// Decimals of a currency's smaller unit (ISO 4217); two where it is not an exception.
pub fn minor_digits(currency: &Currency) -> u32 {
    match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

fn percent(value: Decimal) -> Decimal {
    value.saturating_mul(Decimal::ONE_HUNDRED)
}

fn rounded(value: Decimal, digits: u32) -> Decimal {
    let mut value = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    value
}

/// With a sign unless it is zero.
fn signed(rounded: Decimal, unit: &str) -> String {
    let plus = if rounded > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{} {unit}", group(&rounded.to_string()))
}

/// Rounded to `digits` decimals, all of them shown, with separators.
fn grouped(value: Decimal, digits: u32) -> String {
    let digits_shown = digits as usize;
    group(&format!("{:.digits_shown$}", rounded(value, digits)))
}

fn group(plain: &str) -> String {
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// With one decimal and a letter; `None` below a thousand.
fn abbreviated(value: Decimal) -> Option<String> {
    let thousand = Decimal::ONE_THOUSAND;
    if value.abs() < thousand {
        return None;
    }
    let thousands = rounded(value / thousand, 1);
    if thousands.abs() < thousand {
        return Some(format!("{}k", group(&thousands.normalize().to_string())));
    }
    let millions = rounded(value / thousand / thousand, 1);
    Some(format!("{}M", group(&millions.normalize().to_string())))
}

#[cfg(test)]
mod tests;
