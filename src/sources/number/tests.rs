//! What counts as a number on the wire.

use super::{NumberError, amount, count};

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(amount(text).map(|value| value.to_string()), Ok(expected.to_owned()), "{text}");
}

#[test]
fn amounts_keep_every_digit_as_written() {
    reads("76.53", "76.53");
    reads("49.20", "49.20");
    reads("144.", "144");
    reads("0", "0");
    reads("-0", "0");
    reads("007.5", "7.5");
    reads("12345678901234567890.12345678", "12345678901234567890.12345678");
    reads("1.100000000000000000000000000000000000", "1.1");
}

#[test]
fn exponents_are_exact() {
    reads("1e3", "1000");
    reads("1.5E2", "150");
    reads("1.25e-3", "0.00125");
    reads("0e999999", "0");
    assert_eq!(amount("1e99"), Err(NumberError::TooLong));
    assert_eq!(amount("1e99999999999"), Err(NumberError::TooLong));
    assert_eq!(amount("1e-99"), Err(NumberError::TooLong));
}

#[test]
fn anything_else_is_not_a_number() {
    for text in [
        "", " ", "1,234", "1.234,50", "NaN", "Infinity", "-", ".", ".5", "1 234", "1_000", "0x10",
        "12a", "$5", "1e", "e3", "1e+", "--1", "+1", "１２",
    ] {
        assert_eq!(amount(text), Err(NumberError::NotANumber), "{text:?}");
    }
}

#[test]
fn negative_amounts_and_counts_are_refused() {
    assert_eq!(amount("-1"), Err(NumberError::Negative));
    assert_eq!(amount("-0.01"), Err(NumberError::Negative));
    assert_eq!(count("-3"), Err(NumberError::Negative));
}

#[test]
fn counts_are_whole() {
    assert_eq!(count("12.0"), Ok(12));
    assert_eq!(count("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(count("12.5"), Err(NumberError::Fraction));
    assert_eq!(count("18446744073709551616"), Err(NumberError::TooLong));
}
