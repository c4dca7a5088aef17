//! Numbers on the wire: strings or JSON numbers, read digit by digit and never through a float.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// Why a text is not a usable amount or count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NumberError {
    /// Also "1,234": whether the comma groups or divides cannot be known.
    #[error("is not a number")]
    NotANumber,
    #[error("has more digits than can be kept exactly")]
    TooLong,
    /// Spend and counts of a day are never negative; subtracting one would hide something else.
    #[error("is negative")]
    Negative,
    #[error("is not a whole number")]
    Fraction,
}

/// An amount: digits, optionally with a point and an exponent, exactly as written.
pub(super) fn amount(text: &str) -> Result<Decimal, NumberError> {
    let text = text.trim();
    let value = if text.contains(['e', 'E']) { scaled(text)? } else { plain(text)? };
    if value.is_sign_negative() && !value.is_zero() {
        return Err(NumberError::Negative);
    }
    // "-0" is zero, and 1.50 keeps both its decimals.
    Ok(value.abs())
}

/// A count. "12.0" is twelve; "12.5" is an error.
pub(super) fn count(text: &str) -> Result<u64, NumberError> {
    let value = amount(text)?;
    if !value.fract().is_zero() {
        return Err(NumberError::Fraction);
    }
    value.to_u64().ok_or(NumberError::TooLong)
}

fn plain(text: &str) -> Result<Decimal, NumberError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(NumberError::NotANumber);
    }
    let fraction = trimmed(fraction);
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if digits.len() == text.len() { "" } else { "-" };
    Decimal::from_str_exact(&format!("{sign}{whole}{point}{fraction}"))
        .map_err(|_| NumberError::TooLong)
}

/// Zeros beyond what a decimal can hold say nothing.
fn trimmed(fraction: &str) -> &str {
    const PLACES_MAX: usize = 20;
    if fraction.len() > PLACES_MAX { fraction.trim_end_matches('0') } else { fraction }
}

/// `1.5e3`: a number that some serialisers write in place of 1500, and no less exact.
fn scaled(text: &str) -> Result<Decimal, NumberError> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).ok_or(NumberError::NotANumber)?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let exponent: i32 =
        exponent.trim_start_matches('+').parse().map_err(|_| NumberError::TooLong)?;
    let mantissa = plain(mantissa)?;
    if mantissa.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let places = i64::from(mantissa.scale()) - i64::from(exponent);
    if let Ok(places) = u32::try_from(places) {
        let value = Decimal::try_from_i128_with_scale(mantissa.mantissa(), places);
        return value.map_err(|_| NumberError::TooLong);
    }
    let power = u32::try_from(-places).ok().and_then(|n| 10_i128.checked_pow(n));
    power
        .and_then(|power| mantissa.mantissa().checked_mul(power))
        .and_then(|value| Decimal::try_from_i128_with_scale(value, 0).ok())
        .ok_or(NumberError::TooLong)
}

#[cfg(test)]
mod tests;
