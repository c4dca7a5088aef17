use rust_decimal::Decimal;
use weekledger_events::Currency;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn code(text: &str) -> Currency {
    Currency::parse(text).unwrap()
}

#[test]
fn money_has_separators_and_the_decimals_of_its_currency() {
    for (value, currency, shown) in [
        ("1234.56", "EUR", "EUR 1,234.56"),
        ("0", "EUR", "EUR 0.00"),
        ("999.9", "EUR", "EUR 999.90"),
        ("1000000", "USD", "USD 1,000,000.00"),
        ("-1234.5", "EUR", "EUR -1,234.50"),
        ("1234.5", "JPY", "JPY 1,235"),
        ("1.2345", "KWD", "KWD 1.235"),
    ] {
        assert_eq!(money(decimal(value), &code(currency)), shown);
    }
}

#[test]
fn halves_are_rounded_away_from_zero() {
    assert_eq!(money(decimal("0.125"), &code("EUR")), "EUR 0.13");
    assert_eq!(money(decimal("0.135"), &code("EUR")), "EUR 0.14");
    assert_eq!(money(decimal("-0.125"), &code("EUR")), "EUR -0.13");
    assert_eq!(value(Unit::Change, decimal("0.125"), None), "+13 %");
    assert_eq!(value(Unit::Change, decimal("-0.125"), None), "-13 %");
}

#[test]
fn what_rounds_to_zero_has_no_sign() {
    assert_eq!(money(decimal("-0.001"), &code("EUR")), "EUR 0.00");
    assert_eq!(value(Unit::Change, decimal("-0.004"), None), "0 %");
    assert_eq!(value(Unit::Points, decimal("0.00001"), None), "0 pt");
}

#[test]
fn shares_changes_and_points_are_told_apart() {
    assert_eq!(value(Unit::Ratio, decimal("0.0192"), None), "1.92 %");
    assert_eq!(value(Unit::Ratio, decimal("0.5"), None), "50.00 %");
    assert_eq!(value(Unit::Change, decimal("0.18"), None), "+18 %");
    assert_eq!(value(Unit::Change, decimal("-0.5"), None), "-50 %");
    assert_eq!(value(Unit::Change, decimal("12.345"), None), "+1,235 %");
    assert_eq!(value(Unit::Points, decimal("0.002"), None), "+0.2 pt");
    assert_eq!(value(Unit::Points, decimal("-0.00126"), None), "-0.13 pt");
}

#[test]
fn counts_have_separators() {
    assert_eq!(value(Unit::Count, decimal("0"), None), "0");
    assert_eq!(value(Unit::Count, decimal("1234567"), None), "1,234,567");
    assert_eq!(counted(decimal("1"), "campaign", "campaigns"), "1 campaign");
    assert_eq!(counted(decimal("1000"), "campaign", "campaigns"), "1,000 campaigns");
}

#[test]
fn a_noun_fits_its_count() {
    for (number, noun_of) in [("0", "leads"), ("1", "lead"), ("2", "leads"), ("1.5", "leads")] {
        assert_eq!(noun(decimal(number), "lead", "leads"), noun_of, "{number}");
    }
}

#[test]
fn the_short_form_abbreviates_from_a_thousand() {
    let eur = code("EUR");
    let short = |text| short(Unit::Money, decimal(text), Some(&eur));
    assert_eq!(short("999.99"), "EUR 999.99");
    assert_eq!(short("1000"), "EUR 1k");
    assert_eq!(short("1249.99"), "EUR 1.2k");
    assert_eq!(short("1250"), "EUR 1.3k");
    assert_eq!(short("999949"), "EUR 999.9k");
    assert_eq!(short("999950"), "EUR 1M");
    assert_eq!(short("-3400000"), "EUR -3.4M");
    assert_eq!(super::short(Unit::Count, decimal("12345"), None), "12.3k");
    assert_eq!(super::short(Unit::Change, decimal("0.18"), None), "+18 %");
}

#[test]
fn a_day_is_written_out() {
    assert_eq!(day(jiff::civil::date(2026, 5, 18)), "18 May 2026");
    assert_eq!(day(jiff::civil::date(2027, 12, 1)), "1 Dec 2027");
}
