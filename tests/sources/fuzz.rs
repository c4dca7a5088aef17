//! Whatever arrives, the parsers answer; they never panic.

use proptest::prelude::*;
use weekledger::ports::Secret;
use weekledger::sources::cut::{PagingLinks, cut_secrets};
use weekledger::sources::hubspot::{self, parse_contacts};
use weekledger::sources::meta::usage::Usage;
use weekledger::sources::meta::{self, parse_account, parse_insights};
use weekledger_events::AccountId;

use crate::support::pages::{account, contact, contacts, page, row};

fn parse_everything(body: &[u8]) {
    let asked = AccountId::parse("act_1").unwrap();
    if let Ok(page) = parse_insights(body, &asked) {
        assert!(
            page.rows.iter().all(|row| row.spend.is_none_or(|spend| !spend.is_sign_negative()))
        );
    }
    let _ = parse_account(body);
    let _ = parse_contacts(body);
    let _ = meta::error::classify(400, &Usage::default(), body);
    let _ = hubspot::error::classify(429, body);
    let _ = cut_secrets(body.to_vec(), &[Secret::new("a-planted-token")], PagingLinks::Secret);
}

fn valid() -> Vec<Vec<u8>> {
    let row = row("100", "2026-11-17", "12.34", &[("lead", "2"), ("link_click", "1e1")]);
    [
        page(&[row.clone(), row], Some("MTI"), "a-planted-token"),
        account("act_1", "Europe/Berlin"),
        contacts(
            2,
            &[contact(1, "2026-11-17T10:00:00.123Z"), contact(2, "1794909600500")],
            Some("2"),
        ),
        serde_json::json!({"error": {"code": 190, "message": "x", "error_subcode": 463}}),
    ]
    .map(|value| value.to_string().into_bytes())
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        parse_everything(&body);
    }

    #[test]
    fn changed_pages_never_panic(
        which in 0_usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let mut body = valid().swap_remove(which);
        for (place, byte, how) in changes {
            if body.is_empty() {
                break;
            }
            let at = place.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 => drop(body.remove(at)),
                _ => body.truncate(at),
            }
        }
        parse_everything(&body);
    }

    #[test]
    fn json_like_text_never_panics(text in r#"[{}\[\]",:0-9a-z\\\-+.eEu% ]{0,200}"#) {
        parse_everything(text.as_bytes());
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    parse_everything("[".repeat(200_000).as_bytes());
    parse_everything(format!("{{\"data\":{}", "[".repeat(200_000)).as_bytes());
    parse_everything("{\"error\":".repeat(100_000).as_bytes());
}
