//! Secrets are cut out of bodies; everything else stays as it was received.

use proptest::prelude::*;
use weekledger::ports::Secret;
use weekledger::sources::cut::{CutBody, PagingLinks, cut_secrets};
use weekledger::sources::meta::parse_insights;
use weekledger_events::AccountId;

use crate::support::pages::{page, row};
use crate::support::world::META_TOKEN;

fn cut(body: &str) -> CutBody {
    cut_secrets(body.as_bytes().to_vec(), &[Secret::new(META_TOKEN)], PagingLinks::Secret)
}

#[track_caller]
fn becomes(body: &str, expected: &str) {
    let cut = cut(body);
    assert_eq!(String::from_utf8_lossy(&cut.kept), expected);
    assert_rebuilds(body.as_bytes(), &cut);
}

/// What was kept is the body without the recorded spans.
#[track_caller]
fn assert_rebuilds(body: &[u8], cut: &CutBody) {
    let mut rest = Vec::new();
    let mut from = 0;
    for span in &cut.cuts {
        let (offset, length) =
            (usize::try_from(span.offset).unwrap(), usize::try_from(span.length).unwrap());
        assert!(offset >= from && length > 0);
        rest.extend_from_slice(&body[from..offset]);
        from = offset + length;
    }
    rest.extend_from_slice(&body[from..]);
    assert_eq!(rest, cut.kept);
    assert_eq!(cut.received_length, body.len() as u64);
}

#[test]
fn paging_links_lose_their_content_and_nothing_else_changes() {
    becomes(
        r#"{"data" : [ ],  "paging":{"cursors":{"after":"x"},"next":"https:\/\/g\/?access_token=abc&after=x","previous":"p"}}"#,
        r#"{"data" : [ ],  "paging":{"cursors":{"after":"x"},"next":"","previous":""}}"#,
    );
}

#[test]
fn offsets_are_those_of_the_received_body() {
    let cut = cut(r#"{"paging":{"next":"abc"},"data":[]}"#);
    assert_eq!(cut.cuts.len(), 1);
    assert_eq!((cut.cuts[0].offset, cut.cuts[0].length), (19, 3));
}

#[test]
fn a_page_without_secrets_is_left_alone() {
    let body = r#"{"data":[{"campaign_name":"next & previous paging"}]}"#;
    becomes(body, body);
    let links = r#"{"results":[],"paging":{"next":{"after":"5","link":"https://api.hubapi.com/x?after=5"}}}"#;
    let cut =
        cut_secrets(links.as_bytes().to_vec(), &[Secret::new("pat-eu1-xyz")], PagingLinks::Plain);
    assert_eq!(cut.kept, links.as_bytes());
}

#[test]
fn the_token_goes_however_it_is_escaped() {
    becomes("a EAAplanted|meta/token b", "a  b");
    becomes("a EAAplanted%7Cmeta%2Ftoken b", "a  b");
    becomes("a EAAplanted%7cmeta%2ftoken b", "a  b");
    becomes("a EAAplanted%257Cmeta%252Ftoken b", "a  b");
    becomes(r#"{"m":"EAAplanted|meta\/token"}"#, r#"{"m":""}"#);
    becomes(r#"{"m":"EAAplanted\u007cmeta\u002Ftoken"}"#, r#"{"m":""}"#);
    becomes("EAAplanted|meta/tokenEAAplanted|meta/token", "");
    becomes("EAAplantedEAAplanted|meta/token|meta/token", "");
}

#[test]
fn values_of_access_token_go_in_any_text() {
    becomes("https://g/?a=1&access_token=whatever|x%7Cy&b=2", "https://g/?a=1&access_token=&b=2");
    becomes("<a href='?access_token=secret'>x</a>", "<a href='?access_token='>x</a>");
    becomes("u%3Faccess_token%3Dsecret%26b%3D2", "u%3Faccess_token%3D%26b%3D2");
    becomes(r#"{"u":"?access_token=se\/cret\u0026b=2"}"#, r#"{"u":"?access_token=\u0026b=2"}"#);
    becomes(r#"{"access_token" : "se\"cret", "b":1}"#, r#"{"access_token" : "", "b":1}"#);
    becomes("access_token", "access_token");
    becomes("access_token=", "access_token=");
    becomes(
        r#"{"paging":{"next":"https://g/?access_token=ab"#,
        r#"{"paging":{"next":"https://g/?access_token="#,
    );
}

#[test]
fn a_cut_never_leaves_half_an_escape_behind() {
    let token = [Secret::new("nightingale")];
    let cut = cut_secrets(br#"{"a":"x\nightingale"}"#.to_vec(), &token, PagingLinks::Plain);
    assert_eq!(cut.kept, br#"{"a":"x"}"#);
}

/// Text that a provider may put anywhere: ordinary, escaped, or with pieces of the token.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(META_TOKEN.to_owned()),
        Just("EAAplanted".to_owned()),
        Just("|meta/token".to_owned()),
        Just("%7Cmeta%2Ftoken".to_owned()),
        Just("access_token=".to_owned()),
        Just("&after=1".to_owned()),
        Just("\\".to_owned()),
        Just("\"".to_owned()),
        "[a-zA-Z0-9 <>&%/|ä]{0,6}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_token_survives_and_the_cuts_say_what_was_taken(body in proptest::collection::vec(text(), 0..5)) {
        let body = body.concat();
        let cut = cut(&body);
        let kept = String::from_utf8(cut.kept.clone()).unwrap();
        prop_assert!(!kept.contains(META_TOKEN));
        prop_assert!(!kept.contains("EAAplanted%7Cmeta%2Ftoken"));
        assert_rebuilds(body.as_bytes(), &cut);
    }

    #[test]
    fn a_cut_page_has_the_same_rows(name in text(), after in "[a-zA-Z0-9]{1,12}", spends in proptest::collection::vec(0_u32..100_000, 0..5)) {
        let rows: Vec<_> = spends
            .iter()
            .map(|cents| {
                let mut row = row("100", "2026-11-17", &format!("{}.{:02}", cents / 100, cents % 100), &[("lead", "1")]);
                row["campaign_name"] = serde_json::json!(name);
                row
            })
            .collect();
        let body = page(&rows, Some(&after), META_TOKEN).to_string();
        let account = AccountId::parse("act_1").unwrap();
        let before = parse_insights(body.as_bytes(), &account).unwrap();
        let cut = cut(&body);
        let text = String::from_utf8_lossy(&cut.kept);
        prop_assert!(!text.contains(META_TOKEN));
        let mut after = parse_insights(&cut.kept, &account).unwrap();
        prop_assert_eq!(after.next.as_ref(), before.next.as_ref());
        prop_assert_eq!(after.rows.len(), before.rows.len());
        // Only a name that spelt a token may differ.
        for (row, whole) in after.rows.iter_mut().zip(&before.rows) {
            row.campaign_name = whole.campaign_name.clone();
        }
        prop_assert_eq!(after.rows, before.rows);
    }
}
