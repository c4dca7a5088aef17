//! Laws that hold for every input.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use weekledger_events::{AccountId, Anchor, Digest, Sequence, Week, canonical};

use crate::sample_week;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(|n| json!(n)),
        ".{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((".{0,6}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_bytes_read_back_as_the_same_value(value in any_json()) {
        let bytes = canonical::to_bytes(&value).unwrap();
        let again: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(canonical::to_bytes(&again).unwrap(), bytes);
    }

    #[test]
    fn keys_are_sorted_by_utf_16_units(a in ".{1,4}", b in ".{1,4}") {
        prop_assume!(a != b);
        let bytes = canonical::to_bytes(&json!({ a.as_str(): 1, b.as_str(): 2 })).unwrap();
        let first = if a.encode_utf16().lt(b.encode_utf16()) { "1" } else { "2" };
        let text = String::from_utf8(bytes).unwrap();
        let digits: String = text.chars().rev().filter(|c| "12".contains(*c)).collect();
        // The last member's value stands before the closing brace.
        prop_assert_eq!(digits.starts_with(first), false);
    }

    #[test]
    fn a_fraction_has_no_canonical_form(whole in -1000_i32..1000, part in 1_u32..99) {
        let number: f64 = format!("{whole}.{part:02}").parse().unwrap();
        prop_assume!(number.fract() != 0.0);
        let refused = canonical::to_bytes(&json!({ "spend": number })).is_err();
        prop_assert!(refused);
    }

    #[test]
    fn weeks_follow_each_other_seven_days_apart(year in 2001_i16..2199, number in 1_i8..=52) {
        let week = Week::parse(&format!("{year:04}-W{number:02}")).unwrap();
        prop_assert_eq!(week.next().previous(), week);
        prop_assert_eq!((week.next().monday() - week.monday()).get_days(), 7);
        prop_assert_eq!(week.days().filter(|day| week.contains(*day)).count(), 7);
        prop_assert_eq!(week.plus(30).weeks_since(week), 30);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,80}") {
        let _ = Week::parse(&text);
        let _ = Digest::parse(&text);
        let _ = AccountId::parse(&text);
    }

    #[test]
    fn an_anchor_reads_back(bytes in any::<[u8; 8]>(), number in 1_u32..1_000_000) {
        let (stream, sequence) = (sample_week::stream(), Sequence::new(number).unwrap());
        let anchor = Anchor { stream: stream.clone(), sequence, digest: Digest::of(&bytes) };
        prop_assert_eq!(Anchor::parse(&stream, sequence, &anchor.body()), Some(anchor));
    }
}
