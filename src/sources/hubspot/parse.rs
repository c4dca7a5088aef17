//! Parses pages of HubSpot's contact search: pure functions on bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::sources::json::{self, Fields};
use crate::sources::parse::{ParseError, excerpt};
use crate::sources::rows::{Contact, ContactsPage, UnusableRow};

/// Parses one page of contacts. A contact in trouble becomes an `UnusableRow`.
pub fn parse_contacts(body: &[u8]) -> Result<ContactsPage, ParseError> {
    let (text, fields) = json::page(body)?;
    let results = json::rows(text, &fields, "results")?;
    let mut page = ContactsPage {
        total: json::field(&fields, "total")
            .and_then(json::scalar)
            .and_then(|total| total.parse().ok()),
        contacts: Vec::new(),
        unusable: Vec::new(),
        next: next_cursor(&fields)?,
    };
    for (index, raw) in results.into_iter().enumerate() {
        match parse_contact(index, raw) {
            Ok(contact) => page.contacts.push(contact),
            Err(unusable) => page.unusable.push(unusable),
        }
    }
    Ok(page)
}

fn next_cursor(fields: &Fields<'_>) -> Result<Option<String>, ParseError> {
    let next = json::field(fields, "paging")
        .and_then(json::object)
        .and_then(|paging| json::field(&paging, "next"));
    let Some(next) = next else { return Ok(None) };
    json::object(next)
        .and_then(|next| json::field(&next, "after").and_then(json::scalar))
        .filter(|after| !after.is_empty())
        .map(Some)
        .ok_or(ParseError::NoCursor { field: "paging.next.after" })
}

fn parse_contact(index: usize, raw: &RawValue) -> Result<Contact, UnusableRow> {
    let unusable = |field: &str, why: String| UnusableRow {
        index,
        field: field.to_owned(),
        why,
        not_a_number: false,
    };
    let fields = json::object(raw).ok_or_else(|| unusable("", "is not an object".to_owned()))?;
    let properties = properties(&fields);
    let id = json::field(&fields, "id")
        .and_then(json::scalar)
        .or_else(|| properties.get("hs_object_id").cloned())
        .ok_or_else(|| unusable("id", "is missing".to_owned()))?;
    if !is_contact_id(&id) {
        return Err(unusable("id", format!("\"{}\" has not the form of one", excerpt(&id))));
    }
    // The search filters by the property, so it goes before the object's own field.
    let property = properties.get("createdate").cloned().map(|text| ("createdate", text));
    let own = || json::field(&fields, "createdAt").and_then(json::scalar);
    let (field, text) = property
        .or_else(|| own().map(|text| ("createdAt", text)))
        .ok_or_else(|| unusable("createdate", "is missing".to_owned()))?;
    let created_at = instant(&text)
        .ok_or_else(|| unusable(field, format!("\"{}\" is not a time", excerpt(&text))))?;
    Ok(Contact { index, id, created_at, properties })
}

/// HubSpot's ids are digits; other systems that speak its protocol may use a wider alphabet.
fn is_contact_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !id.is_empty() && id.len() <= 64 && id.bytes().all(plain)
}

/// Properties with a value; one that is itself structured is kept as its text on the wire.
fn properties(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let properties = json::field(fields, "properties").and_then(json::object).unwrap_or_default();
    properties
        .iter()
        .filter(|(_, raw)| raw.get() != "null")
        .map(|(name, raw)| {
            let value = json::scalar(raw).unwrap_or_else(|| raw.get().to_owned());
            (name.clone().into_owned(), value)
        })
        .collect()
}

/// A time as HubSpot writes it: ISO 8601 with any number of fraction digits, or milliseconds
/// since 1970. Digits that would mean a year before 2000 are seconds or an error, never taken.
fn instant(text: &str) -> Option<Timestamp> {
    /// 2000-01-01T00:00:00Z.
    const MILLISECONDS_MIN: i64 = 946_684_800_000;
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let milliseconds: i64 = text.parse().ok()?;
        let plausible = milliseconds >= MILLISECONDS_MIN;
        return plausible.then(|| Timestamp::from_millisecond(milliseconds).ok()).flatten();
    }
    nanoseconds_at_most(text).parse().ok()
}

/// Fraction digits beyond nanoseconds are dropped.
fn nanoseconds_at_most(text: &str) -> String {
    const DIGITS_MAX: usize = 9;
    let Some((before, after)) = text.split_once('.') else { return text.to_owned() };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = after.split_at(digits);
    format!("{before}.{}{rest}", &fraction[..digits.min(DIGITS_MAX)])
}
