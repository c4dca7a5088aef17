//! Contact pages, recorded and made by hand.

use serde_json::{Value, json};
use weekledger::sources::hubspot::parse_contacts;
use weekledger::sources::rows::ContactsPage;

use crate::support::pages::{contact, contacts};

/// The response body of a VCR cassette: a single-quoted YAML text, folded over several lines.
pub fn recorded_body(cassette: &str) -> String {
    let response = cassette.split("  response:").nth(1).unwrap();
    let text = response.split("      string: '").nth(1).unwrap();
    let quoted = text.split("'\n  recorded_at").next().unwrap();
    let lines: Vec<&str> = quoted.split('\n').map(str::trim_start).collect();
    lines.join(" ").replace("''", "'")
}

#[track_caller]
fn parsed(body: &Value) -> ContactsPage {
    parse_contacts(body.to_string().as_bytes()).unwrap()
}

/// The time of one contact whose `createdate` is as given.
#[track_caller]
fn created(value: Value) -> Option<String> {
    let mut contact = contact(1, "x");
    contact["properties"]["createdate"] = value;
    let page = parsed(&json!({"results": [contact]}));
    if let Some(trouble) = page.unusable.first() {
        assert_eq!(trouble.field, "createdate");
    }
    page.contacts.first().map(|contact| contact.created_at.to_string())
}

#[test]
fn a_recorded_search_is_read() {
    let body =
        recorded_body(include_str!("../specimens/hubspot/ruby_hubspot_api__contacts__search.yml"));
    let page = parse_contacts(body.as_bytes()).unwrap();
    assert_eq!(page.total, Some(10));
    assert_eq!(page.next.as_deref(), Some("5"));
    assert!(page.unusable.is_empty());
    let ids: Vec<_> = page.contacts.iter().map(|contact| contact.id.as_str()).collect();
    assert_eq!(ids, ["73183578356", "73183578357", "73183578358", "73183578359", "73183578360"]);
    assert_eq!(page.contacts[4].index, 4);
    assert_eq!(page.contacts[0].created_at.to_string(), "2024-10-23T22:42:36.65Z");
}

#[test]
fn other_recorded_listings_are_read() {
    let by_text = recorded_body(include_str!(
        "../specimens/hubspot/ruby_hubspot_api__contacts__search_by_string.yml"
    ));
    let page = parse_contacts(by_text.as_bytes()).unwrap();
    assert_eq!((page.total, page.contacts.len(), page.next.as_deref()), (Some(10), 5, Some("5")));

    let list = recorded_body(include_str!(
        "../specimens/hubspot/ruby_hubspot_api__contacts__list_first_with_props.yml"
    ));
    let page = parse_contacts(list.as_bytes()).unwrap();
    assert_eq!(
        (page.total, page.contacts.len(), page.next.as_deref()),
        (None, 1, Some("51854903510"))
    );

    let batch = recorded_body(include_str!(
        "../specimens/hubspot/ruby_hubspot_api__lifecycle__contacts__batches__search.yml"
    ));
    let page = parse_contacts(batch.as_bytes()).unwrap();
    assert_eq!((page.contacts.len(), page.unusable.len(), page.next), (10, 0, None));
    assert_eq!(page.contacts[0].properties["hs_object_source"], "INTEGRATION");
}

#[test]
fn times_come_in_every_shape() {
    let expected = Some("2026-11-17T10:00:00.5Z".to_owned());
    assert_eq!(created(json!("2026-11-17T10:00:00.5Z")), expected);
    assert_eq!(created(json!("2026-11-17T10:00:00.500Z")), expected);
    assert_eq!(created(json!("2026-11-17T10:00:00.500000000000Z")), expected);
    assert_eq!(created(json!("2026-11-17T11:00:00.5+01:00")), expected);
    assert_eq!(created(json!("1794909600500")), expected);
    assert_eq!(created(json!(1_794_909_600_500_i64)), expected);
    assert_eq!(created(json!("2026-11-17T10:00:00Z")), Some("2026-11-17T10:00:00Z".to_owned()));
}

#[test]
fn what_is_no_time_is_unusable() {
    for value in [
        json!("yesterday"),
        json!(""),
        json!("1794909600"),
        json!("2026-11-17"),
        json!(true),
        json!("2026-11-17T10:00:00"),
    ] {
        assert_eq!(created(value.clone()), None, "{value}");
    }
}

#[test]
fn a_contact_without_id_or_time_is_unusable_and_the_others_stay() {
    let page = parsed(&json!({"results": [
        contact(1, "2026-11-17T10:00:00Z"),
        {"properties": {"createdate": "2026-11-17T10:00:00Z"}},
        {"id": "3", "properties": {}},
        {"id": "../../4", "properties": {"createdate": "2026-11-17T10:00:00Z"}},
        "five",
        {"id": 6, "createdAt": "2026-11-17T10:00:00Z"},
    ]}));
    let ids: Vec<_> = page.contacts.iter().map(|c| (c.index, c.id.as_str())).collect();
    assert_eq!(ids, [(0, "1"), (5, "6")]);
    let fields: Vec<_> = page.unusable.iter().map(|row| (row.index, row.field.as_str())).collect();
    assert_eq!(fields, [(1, "id"), (2, "createdate"), (3, "id"), (4, "")]);
}

#[test]
fn null_properties_are_left_out_and_others_keep_their_text() {
    let mut one = contact(1, "2026-11-17T10:00:00Z");
    one["properties"]["number"] = json!(12);
    one["properties"]["blank"] = json!("");
    let page = parsed(&contacts(1, &[one], None));
    let properties = &page.contacts[0].properties;
    assert!(!properties.contains_key("hs_analytics_source_data_2"));
    assert_eq!(properties["number"], "12");
    assert_eq!(properties["blank"], "");
}

#[test]
fn paging_ends_without_next_and_total_may_be_absent() {
    let page = parsed(&json!({"results": [], "paging": {}}));
    assert_eq!((page.total, page.next), (None, None));
    assert_eq!(
        parsed(&json!({"results": [], "total": "7", "paging": {"next": {"after": 200}}}))
            .next
            .as_deref(),
        Some("200")
    );
    let lost = json!({"results": [], "paging": {"next": {}}}).to_string();
    assert_eq!(parse_contacts(lost.as_bytes()).unwrap_err().class(), "page_unexpected");
}

#[test]
fn html_and_halves_are_no_pages() {
    assert_eq!(parse_contacts(b"<html>").unwrap_err().class(), "page_is_html");
    assert_eq!(parse_contacts(b"{\"total\":1,\"resu").unwrap_err().class(), "page_truncated");
    assert_eq!(parse_contacts(b"{\"total\":1}").unwrap_err().class(), "page_unexpected");
}
