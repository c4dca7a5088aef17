//! Tolerant reading of JSON from outside: fields as raw text, so that numbers keep every digit.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde_json::value::RawValue;

use super::parse::{PAGE_ROWS_MAX, ParseError, excerpt};

/// The fields of an object, each as its text on the wire. Of a doubled key the last counts.
pub(super) type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The top level of a page.
pub(super) fn page(body: &[u8]) -> Result<(&str, Fields<'_>), ParseError> {
    let text = std::str::from_utf8(body)
        .map_err(|error| ParseError::NotUtf8 { position: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    match serde_json::from_str(text) {
        Ok(fields) => Ok((text, fields)),
        Err(error) => Err(not_an_object(text, error)),
    }
}

fn not_an_object(text: &str, source: serde_json::Error) -> ParseError {
    let begins = excerpt(text);
    if text.trim_start().starts_with('<') {
        ParseError::Html { begins }
    } else if source.is_eof() {
        ParseError::Truncated { length: text.len(), begins, source }
    } else {
        ParseError::NotJson { position: position(text, &source), begins, source }
    }
}

/// Where a JSON error lies, in bytes from the start.
fn position(text: &str, error: &serde_json::Error) -> usize {
    let before = error.line().saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    line_start.saturating_add(error.column().saturating_sub(1)).min(text.len())
}

/// A field that is present and not null.
pub(super) fn field<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a RawValue> {
    fields.get(name).copied().filter(|raw| raw.get() != "null")
}

pub(super) fn object(raw: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(raw.get()).ok()
}

pub(super) fn array(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The rows of a page: an array that must be there.
pub(super) fn rows<'a>(
    text: &str,
    fields: &Fields<'a>,
    name: &'static str,
) -> Result<Vec<&'a RawValue>, ParseError> {
    let raw = field(fields, name)
        .ok_or_else(|| ParseError::Missing { field: name, begins: excerpt(text) })?;
    let rows = array(raw).ok_or_else(|| ParseError::Unexpected {
        field: name,
        found: excerpt(raw.get()),
        expected: "a list",
    })?;
    if rows.len() > PAGE_ROWS_MAX {
        return Err(ParseError::TooManyRows { max: PAGE_ROWS_MAX });
    }
    Ok(rows)
}

/// The text of a JSON string. Half a surrogate pair, as left by a name that was cut in the middle
/// of an emoji, becomes a replacement character.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    struct Lossy;
    impl Visitor<'_> for Lossy {
        type Value = String;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
    }
    if !raw.get().starts_with('"') {
        return None;
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_bytes(Lossy).ok()
}

/// The text of a string, or of a number or boolean as it stands on the wire.
pub(super) fn scalar(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first() {
        Some(b'"') => text(raw),
        Some(b'{' | b'[' | b'n') | None => None,
        Some(_) => Some(raw.get().to_owned()),
    }
}
