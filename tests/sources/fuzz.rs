//! Whatever arrives, the parsers answer; they never panic.

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderValue};
use weekledger::doctor::{Expected, account_checks, token_checks};
use weekledger::ports::Secret;
use weekledger::sources::cut::{PagingLinks, cut_secrets};
use weekledger::sources::hubspot::{self, parse_contacts};
use weekledger::sources::meta::usage::Usage;
use weekledger::sources::meta::{
    self, parse_account, parse_campaigns, parse_insights, parse_job_created, parse_job_state,
};
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
    let _ = parse_job_created(body);
    let _ = parse_job_state(body);
    if let Ok((campaigns, _)) = parse_campaigns(body) {
        assert!(campaigns.len() <= body.len(), "more was made of it than it held");
    }
    let expected = Expected { zone: "Europe/Berlin", of_account: true, currency: None };
    let _ = account_checks(body, "Hotel", &expected);
    let facts = serde_json::from_slice(body).unwrap_or_default();
    let _ = token_checks(&facts, jiff::Timestamp::UNIX_EPOCH, None);
    if let Ok(value) = HeaderValue::from_bytes(body) {
        let mut headers = HeaderMap::new();
        headers.insert("x-business-use-case-usage", value.clone());
        headers.insert("x-ad-account-usage", value);
        let _ = Usage::read(&headers);
    }
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
        serde_json::json!({"report_run_id": "6118", "async_status": "Job Failed", "async_percent_completion": 45,
            "error_code": 190, "error_message": "x", "data": [{"campaign_id": "120"}],
            "11": [{"type": "ads_insights", "call_count": 12, "estimated_time_to_regain_access": 3}]}),
        serde_json::json!({"is_valid": true, "type": "USER", "user_id": "7", "scopes": ["ads_read"],
            "expires_at": 1_800_000_000, "data_access_expires_at": "1900000000"}),
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
        which in 0_usize..6,
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
fn a_page_of_many_small_rows_is_refused_before_it_fills_the_memory() {
    let row = "{},";
    let body = format!("{{\"data\":[{}{{}}]}}", row.repeat(5_000_000 / row.len()));
    let account = AccountId::parse("act_1").unwrap();
    let error = parse_insights(body.as_bytes(), &account).unwrap_err();
    assert_eq!(error.class(), "page_too_large");
    assert_eq!(parse_campaigns(body.as_bytes()).unwrap_err().class(), "page_too_large");
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    parse_everything("[".repeat(200_000).as_bytes());
    parse_everything(format!("{{\"data\":{}", "[".repeat(200_000)).as_bytes());
    parse_everything("{\"error\":".repeat(100_000).as_bytes());
}
