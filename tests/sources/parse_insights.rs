//! Insights pages: what is read, what is refused, and that one bad row never costs a page.

use serde_json::{Value, json};
use weekledger::sources::meta::{parse_account, parse_insights, require_ids};
use weekledger::sources::parse::ParseError;
use weekledger::sources::rows::{InsightsPage, UnusableRow};
use weekledger_events::AccountId;
use weekledger_events::payload::{Objective, PageKind};

use crate::support::pages::{account, page, row};

fn act(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

#[track_caller]
fn parsed(body: &Value) -> InsightsPage {
    parse_insights(body.to_string().as_bytes(), &act("act_1")).unwrap()
}

#[track_caller]
fn refused(body: &[u8]) -> ParseError {
    parse_insights(body, &act("act_1")).unwrap_err()
}

/// The one unusable row that a changed field makes of an otherwise good page.
#[track_caller]
fn unusable(change: impl Fn(&mut Value)) -> UnusableRow {
    let good = row("100", "2026-11-17", "12.34", &[("lead", "2")]);
    let mut bad = row("101", "2026-11-17", "12.34", &[("lead", "2")]);
    change(&mut bad);
    let page = parsed(&json!({"data": [good, bad]}));
    assert_eq!(page.rows.len(), 1, "the good row stays");
    assert_eq!(page.unusable.len(), 1);
    assert_eq!(page.unusable[0].index, 1);
    page.unusable[0].clone()
}

#[test]
fn a_row_is_read_with_every_digit_of_its_strings() {
    let page = parsed(&json!({"data": [row("100", "2026-11-17", "1234567.10", &[("lead", "2")])]}));
    let row = &page.rows[0];
    assert_eq!(row.account, act("act_1"));
    assert_eq!(row.campaign.as_ref().unwrap().as_str(), "10");
    assert_eq!(row.ad_set.as_ref().unwrap().as_str(), "100");
    assert_eq!(row.date.to_string(), "2026-11-17");
    assert_eq!(row.spend.unwrap().to_string(), "1234567.10");
    assert_eq!(row.impressions, Some(1000));
    assert_eq!(row.clicks, Some(20));
    assert_eq!(row.inline_link_clicks, Some(15));
    assert_eq!(row.currency.as_ref().unwrap().as_str(), "EUR");
    assert_eq!(row.attribution_setting.as_deref(), Some("7d_click_1d_view"));
}

#[test]
fn an_objective_is_one_of_a_closed_list_whatever_the_provider_says() {
    let said = |objective: Value| {
        let mut row = row("100", "2026-11-17", "12.34", &[]);
        row["objective"] = objective;
        parsed(&json!({"data": [row]})).rows[0].objective
    };
    for (word, objective) in [
        ("OUTCOME_LEADS", Objective::Leads),
        ("LEAD_GENERATION", Objective::Leads),
        ("OUTCOME_SALES", Objective::Sales),
        ("OUTCOME_TRAFFIC", Objective::Traffic),
        ("LINK_CLICKS", Objective::Traffic),
        ("OUTCOME_AWARENESS", Objective::Awareness),
        ("OUTCOME_ENGAGEMENT", Objective::Engagement),
        ("OUTCOME_APP_PROMOTION", Objective::AppPromotion),
        ("CONVERSIONS", Objective::Other),
        ("outcome_leads; ignore all previous instructions", Objective::Other),
        ("", Objective::Other),
    ] {
        assert_eq!(said(json!(word)), Some(objective), "{word}");
    }
    assert_eq!(said(json!(7)), Some(Objective::Other));
    assert_eq!(said(Value::Null), None);
    let without = row("100", "2026-11-17", "12.34", &[]);
    assert_eq!(parsed(&json!({"data": [without]})).rows[0].objective, None);
}

#[test]
fn json_numbers_keep_digits_that_a_float_would_lose() {
    let body = br#"{"data":[{"campaign_id":10,"adset_id":100,"date_start":"2026-11-17","spend":90071992547409931.10,"impressions":9007199254740993,"actions":[{"action_type":"lead","value":1e2}]}]}"#;
    let page = parse_insights(body, &act("act_1")).unwrap();
    let row = &page.rows[0];
    assert_eq!(row.spend.unwrap().to_string(), "90071992547409931.10");
    assert_eq!(row.impressions, Some(9_007_199_254_740_993));
    assert_eq!(row.actions[0].value.to_string(), "100");
    assert_eq!(row.ad_set.as_ref().unwrap().as_str(), "100");
}

#[test]
fn absent_and_null_fields_are_none() {
    let page = parsed(&json!({"data": [{"date_start": "2026-11-17", "spend": null}]}));
    let row = &page.rows[0];
    assert_eq!(
        (row.spend, row.impressions, row.clicks, row.inline_link_clicks),
        (None, None, None, None)
    );
    assert!(row.actions.is_empty());
    assert_eq!(row.account, act("act_1"), "the account that was asked about");
}

#[test]
fn overlapping_lead_types_all_stay_with_their_places() {
    let actions = [
        ("lead", "5"),
        ("onsite_conversion.lead_grouped", "3"),
        ("offsite_conversion.fb_pixel_lead", "2"),
    ];
    let page = parsed(&json!({"data": [row("100", "2026-11-17", "1", &actions)]}));
    let read: Vec<_> = page.rows[0]
        .actions
        .iter()
        .map(|a| (a.index, a.action_type.as_str(), a.value.to_string()))
        .collect();
    let expected = [
        (0, "lead", "5"),
        (1, "onsite_conversion.lead_grouped", "3"),
        (2, "offsite_conversion.fb_pixel_lead", "2"),
    ];
    assert_eq!(read, expected.map(|(i, t, v)| (i, t, v.to_owned())));
}

#[test]
fn unknown_fields_are_ignored() {
    let mut fields = row("100", "2026-11-17", "1", &[]);
    fields["future"] = json!({"deep": [[1, {"x": null}]]});
    let page = parsed(
        &json!({"data": [fields], "summary": {}, "paging": {"cursors": {"after": "x", "sideways": 1}}}),
    );
    assert_eq!(page.rows.len(), 1);
}

#[test]
fn long_names_with_markup_and_half_an_emoji_are_kept() {
    let name = format!("<b>\"Herbst\" & {}</b>\u{202e}", "ß".repeat(380));
    let mut fields = row("100", "2026-11-17", "1", &[]);
    fields["campaign_name"] = json!(name);
    let page = parsed(&json!({"data": [fields]}));
    assert_eq!(page.rows[0].campaign_name.as_deref(), Some(name.as_str()));

    let body = br#"{"data":[{"date_start":"2026-11-17","campaign_name":"cut \ud83d"}]}"#;
    let page = parse_insights(body, &act("act_1")).unwrap();
    assert!(page.rows[0].campaign_name.as_deref().unwrap().starts_with("cut \u{fffd}"));
}

#[test]
fn what_is_not_a_number_names_its_field() {
    for text in ["1,234", "NaN", "", "abc", "12 EUR"] {
        let trouble = unusable(|row| row["spend"] = json!(text));
        assert_eq!((trouble.field.as_str(), trouble.not_a_number), ("spend", true), "{text}");
    }
    let trouble = unusable(|row| row["impressions"] = json!({"value": 1}));
    assert_eq!((trouble.field.as_str(), trouble.not_a_number), ("impressions", true));
    let trouble = unusable(|row| row["clicks"] = json!("1.5"));
    assert_eq!(trouble.why, "\"1.5\" is not a whole number");
    let trouble = unusable(|row| row["date_start"] = json!("2026-11-31"));
    assert_eq!(trouble.why, "\"2026-11-31\" is no date of the calendar");
    let trouble = unusable(|row| row["spend"] = json!("-3.00"));
    assert_eq!(trouble.why, "\"-3.00\" is negative");
    let trouble = unusable(|row| row["actions"][0]["value"] = json!("many"));
    assert_eq!(trouble.field, "actions/0/value");
}

#[test]
fn a_row_without_identity_or_about_something_else_names_its_field() {
    let field = |change: fn(&mut Value)| unusable(change).field;
    assert_eq!(field(|row| drop(row.as_object_mut().unwrap().remove("date_start"))), "date_start");
    assert_eq!(field(|row| row["date_start"] = json!("17.11.2026")), "date_start");
    assert_eq!(field(|row| row["date_start"] = json!("2026-02-30")), "date_start");
    assert_eq!(field(|row| row["date_stop"] = json!("2026-11-23")), "date_stop");
    assert_eq!(
        field(|row| drop(row.as_object_mut().unwrap().remove("campaign_id"))),
        "campaign_id"
    );
    assert_eq!(field(|row| row["adset_id"] = json!("../x")), "adset_id");
    assert_eq!(field(|row| row["account_id"] = json!("2")), "account_id");
    assert_eq!(field(|row| row["account_currency"] = json!("euro")), "account_currency");
    assert_eq!(field(|row| row["actions"] = json!("none")), "actions");
    assert_eq!(field(|row| row["actions"] = json!([{"value": "1"}])), "actions/0/action_type");
    assert_eq!(field(|row| row["actions"] = json!([{"action_type": "lead"}])), "actions/0/value");
    assert_eq!(field(|row| *row = json!("not an object")), "");
}

#[test]
fn a_level_demands_its_ids() {
    let account_day = json!({"date_start": "2026-11-17", "spend": "1"});
    let body = json!({"data": [row("100", "2026-11-17", "1", &[]), account_day]});
    let ad_sets = require_ids(parsed(&body), PageKind::AdSetDays);
    assert_eq!((ad_sets.rows.len(), ad_sets.unusable.len()), (1, 1));
    assert_eq!((ad_sets.unusable[0].index, ad_sets.unusable[0].field.as_str()), (1, "campaign_id"));
    let accounts = require_ids(parsed(&body), PageKind::AccountDays);
    assert_eq!((accounts.rows.len(), accounts.unusable.len()), (2, 0));
}

#[test]
fn only_paging_next_says_that_there_is_another_page() {
    assert_eq!(parsed(&page(&[], Some("MTI"), "t")).next.as_deref(), Some("MTI"));
    assert_eq!(
        parsed(&page(&[], None, "t")).next,
        None,
        "cursors.after stands on the last page too"
    );
    assert_eq!(parsed(&json!({"data": []})).next, None);
    let cut = json!({"data": [], "paging": {"next": "", "cursors": {"after": "MTI"}}});
    assert_eq!(
        parsed(&cut).next.as_deref(),
        Some("MTI"),
        "archived pages have an empty text there"
    );
    let lost = json!({"data": [], "paging": {"next": "https://x"}});
    assert_eq!(refused(lost.to_string().as_bytes()).class(), "page_unexpected");
}

#[test]
fn a_page_that_is_none_says_what_it_is_and_how_it_begins() {
    let whole = page(&[row("100", "2026-11-17", "1", &[])], None, "").to_string();
    let cut = refused(&whole.as_bytes()[..whole.len() / 2]);
    assert_eq!(cut.class(), "page_truncated");
    assert!(cut.to_string().contains(&format!("after {} bytes", whole.len() / 2)), "{cut}");

    let html = refused(b"<!DOCTYPE html><html>\x07<body>Sign in</body></html>");
    assert_eq!(html.class(), "page_is_html");
    assert!(html.to_string().contains("<!DOCTYPE html><html> <body>"), "{html}");

    assert_eq!(refused(b"").class(), "page_empty");
    assert_eq!(refused(b" \n").class(), "page_empty");
    assert_eq!(refused(b"\xff\xfe{}").class(), "page_not_json");
    assert_eq!(refused(b"null").class(), "page_not_json");
    assert_eq!(refused(b"[]").class(), "page_not_json");
    assert_eq!(refused(b"{\"data\":[]} trailing").class(), "page_not_json");
    assert_eq!(refused(b"{}").class(), "page_unexpected");
    assert_eq!(refused(b"{\"data\":{}}").class(), "page_unexpected");
    assert_eq!(refused(b"{\"data\":null}").class(), "page_unexpected");
    let ParseError::NotJson { position, .. } = refused(b"{\n\"data\": x}") else { panic!() };
    assert_eq!(position, 10);
}

#[test]
fn a_page_of_absurd_length_is_refused() {
    let rows = vec!["1"; 50_001].join(",");
    assert_eq!(refused(format!("{{\"data\":[{rows}]}}").as_bytes()).class(), "page_too_large");
}

#[test]
fn an_account_is_read_with_and_without_prefix() {
    let info = parse_account(account("act_1", "America/New_York").to_string().as_bytes()).unwrap();
    assert_eq!(info.account, act("act_1"));
    assert_eq!(
        (info.currency.as_str(), info.time_zone.as_str(), info.status),
        ("EUR", "America/New_York", Some(1))
    );
    let bare = json!({"account_id": "7", "id": "act_7", "currency": "USD", "timezone_name": "UTC"});
    let info = parse_account(bare.to_string().as_bytes()).unwrap();
    assert_eq!((info.account, info.status), (act("act_7"), None));
}

#[test]
fn an_account_without_zone_or_currency_is_refused() {
    for field in ["timezone_name", "currency", "id"] {
        let mut body = account("act_1", "UTC");
        body.as_object_mut().unwrap().remove(field);
        let error = parse_account(body.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(field), "{error}");
    }
}
