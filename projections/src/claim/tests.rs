use proptest::prelude::*;

use super::quote::{Known, Quoted};
use super::{Alias, ClaimId, attribution_name, shown_name, week_title};
use crate::figure::Level;

fn quote(text: &str, names: &[(String, Alias)]) -> Vec<Quoted> {
    super::quote::quote(text, Known { names, ids: &[] })
}

fn label(text: &str) -> Quoted {
    Quoted::Label(text.to_owned())
}

fn number(text: &str) -> Quoted {
    Quoted::Number(text.to_owned())
}

fn text(text: &str) -> Quoted {
    Quoted::Text(text.to_owned())
}

#[test]
fn numbers_of_a_note_are_told_from_its_words() {
    assert_eq!(
        quote("on 1,000 of 2,000.50 spent; 1 campaign", &[]),
        [
            text("on "),
            number("1,000"),
            text(" of "),
            number("2,000.50"),
            text(" spent; "),
            number("1"),
            text(" campaign"),
        ]
    );
    assert_eq!(quote("usual -22 % to +35 %", &[])[1], number("-22"));
}

#[test]
fn dates_weeks_and_ids_are_labels() {
    for token in ["2026-11-22", "2026-W44", "act_123", "7d_click_1d_view", "18 May 2026", "v26.0"] {
        assert_eq!(quote(&format!("of {token}, seen"), &[])[1], label(token), "{token}");
    }
}

#[test]
fn an_identifier_is_no_count() {
    for (sentence, id) in [
        ("The row of ad set 52 for Monday came twice", "52"),
        ("2 contacts carry campaign id 7, which nobody knows", "7"),
        ("Campaign \"31\" stopped", "31"),
        ("the ad account is disabled (status 2)", "2"),
        ("it names 120330000000000001 in a field", "120330000000000001"),
        ("fits campaigns 120330 and 120331 alike", "120331"),
    ] {
        let pieces = quote(sentence, &[]);
        assert!(pieces.contains(&label(id)), "{sentence}: {pieces:?}");
        assert!(!pieces.contains(&number(id)), "{sentence}: {pieces:?}");
    }
    for (sentence, count) in [
        ("of campaign 31, 12 leads are late", "12"),
        ("HubSpot sent 3 contacts more than once", "3"),
        ("a board 5 wide", "5"),
        ("a set 5 wide", "5"),
        ("the ad sets of it add up to 120330", "120330"),
    ] {
        let pieces = quote(sentence, &[]);
        assert!(pieces.contains(&number(count)), "{sentence}: {pieces:?}");
    }
}

#[test]
fn a_known_identifier_is_shown_as_its_name() {
    let (set, account) = (Alias::nth(Level::AdSet, 0), Alias::nth(Level::Account, 1));
    let ids = [("52".to_owned(), set), ("act_9".to_owned(), account)];
    let pieces =
        super::quote::quote("52 rows of ad set 52 in act_9", Known { names: &[], ids: &ids });
    assert_eq!(
        pieces,
        [
            number("52"),
            text(" rows of ad set "),
            Quoted::Id(set),
            text(" in "),
            Quoted::Id(account),
        ]
    );
}

#[test]
fn within_a_providers_own_words_an_identifier_stays_as_it_was_written() {
    let account = Alias::nth(Level::Account, 1);
    let ids = [("act_9".to_owned(), account)];
    let said =
        "act_9 cannot be read. Meta's own words: \"Object \"act_9\" is gone\" (code 100) act_9";
    let pieces = super::quote::quote(said, Known { names: &[], ids: &ids });
    let shown = |piece: &Quoted| match piece {
        Quoted::Id(_) => "Lakeside".to_owned(),
        Quoted::Text(text) | Quoted::Number(text) | Quoted::Label(text) => text.clone(),
        Quoted::Name(_) => String::new(),
    };
    assert_eq!(
        pieces.iter().map(shown).collect::<String>(),
        "Lakeside cannot be read. Meta's own words: \"Object \"act_9\" is gone\" (code 100) Lakeside"
    );
}

#[test]
fn a_number_in_a_name_stays_in_the_name() {
    let alias = Alias::nth(Level::Campaign, 0);
    let names = [("Summer 2026 LAL 1%".to_owned(), alias)];
    assert_eq!(
        quote("Summer 2026 LAL 1%: 3 rows", &names),
        [Quoted::Name(alias), text(": "), number("3"), text(" rows")]
    );
    assert_eq!(quote("aSummer 2026 LAL 1%", &names)[1], number("2026"));
}

#[test]
fn digits_of_another_script_stand_with_those_beside_them() {
    assert_eq!(quote("\u{de6}.0 left", &[]), [label("\u{de6}.0"), text(" left")]);
}

proptest! {
    #[test]
    fn the_pieces_of_a_sentence_give_it_back(sentence in ".{0,80}") {
        let pieces = quote(&sentence, &[]);
        let joined: String = pieces
            .iter()
            .map(|piece| match piece {
                Quoted::Text(text) | Quoted::Number(text) | Quoted::Label(text) => text.as_str(),
                Quoted::Name(_) | Quoted::Id(_) => "",
            })
            .collect();
        prop_assert_eq!(joined, sentence);
        for piece in pieces {
            if let Quoted::Text(text) = piece {
                prop_assert!(!text.contains(char::is_numeric), "{text}");
            }
        }
    }

    #[test]
    fn a_shown_name_is_one_short_visible_line(name in "\\PC{0,400}|.{0,100}") {
        let shown = shown_name(&name);
        prop_assert!(!shown.is_empty() && shown.chars().count() <= 72);
        prop_assert!(!shown.contains(char::is_control));
        prop_assert!(!shown.contains("  "));
    }
}

#[test]
fn a_shown_name_keeps_its_letters_and_loses_what_turns_them() {
    assert_eq!(shown_name("Café\u{202e} Größe\u{200b}\r\nBcc: x"), "Café Größe Bcc: x");
    assert_eq!(shown_name("https://evil.example"), "https: //evil.example");
    assert_eq!(shown_name(" \u{feff}\t"), "(no name)");
    assert_eq!(shown_name("Leads [AL\u{200b}ERT] [[OK]]"), "Leads (ALERT) [(OK)]");
    assert_eq!(shown_name(&"ä".repeat(400)), format!("{}…", "ä".repeat(71)));
}

#[test]
fn references_are_read_as_they_are_written() {
    for text in ["R", "A1", "C12", "S3"] {
        assert_eq!(text.parse::<Alias>().unwrap().to_string(), text);
    }
    assert_eq!("c12".parse::<ClaimId>().unwrap().to_string(), "c12");
    for text in ["", "A", "A0", "A01", "R1", "X1", "A-1", "a1"] {
        assert!(text.parse::<Alias>().is_err(), "{text}");
    }
    for text in ["c", "c0", "c01", "C1", "c1 ", "c99999999999"] {
        assert!(text.parse::<ClaimId>().is_err(), "{text}");
    }
}

#[test]
fn a_week_is_titled_with_only_what_differs() {
    let title = |week: &str| week_title(week.parse().unwrap());
    assert_eq!(title("2026-W47"), "Week 47, 16 to 22 November 2026");
    assert_eq!(title("2026-W05"), "Week 5, 26 January to 1 February 2026");
    assert_eq!(title("2026-W01"), "Week 1, 29 December 2025 to 4 January 2026");
}

#[test]
fn attribution_settings_read_like_words() {
    assert_eq!(attribution_name("7d_click_1d_view"), "7-day click, 1-day view");
    assert_eq!(attribution_name("1d_click"), "1-day click");
    assert_eq!(attribution_name("1d_ev"), "1-day engaged view");
    assert_eq!(attribution_name("skan"), "skan");
    assert_eq!(attribution_name("<b>_click"), "<b>_click");
}
