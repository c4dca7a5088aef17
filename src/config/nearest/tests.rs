//! Tests of the suggestions.

use super::nearest;

#[test]
fn a_typing_error_finds_the_name_that_was_meant() {
    let known = ["timezone", "title", "id", "open_at", "deliver_at"];
    assert_eq!(nearest("timezon", known), Some("timezone"));
    assert_eq!(nearest("time_zone", known), Some("timezone"));
    assert_eq!(nearest("Titel", known), Some("title"));
    assert_eq!(nearest("deliverat", known), Some("deliver_at"));
}

#[test]
fn a_word_that_is_like_nothing_finds_nothing() {
    assert_eq!(nearest("colour", ["timezone", "title", "id"]), None);
    assert_eq!(nearest("", ["id"]), None);
}

#[test]
fn the_closest_of_several_wins() {
    assert_eq!(nearest("Europe/Berlim", ["Europe/Bern", "Europe/Berlin"]), Some("Europe/Berlin"));
}
