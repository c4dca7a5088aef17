//! Cuts secrets out of received bytes before they are archived. Bytes are taken out, never
//! rewritten, so every other byte of a page stays as it was received.

use serde_json::value::RawValue;
use weekledger_events::payload::Cut;

use super::json;
use crate::ports::Secret;

/// A body without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutBody {
    pub kept: Vec<u8>,
    /// Ascending, apart from each other, in the received body's coordinates.
    pub cuts: Vec<Cut>,
    /// In bytes.
    pub received_length: u64,
}

/// Whether the addresses of neighbouring pages hold the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagingLinks {
    /// Meta puts the token into `paging.next` and `paging.previous`.
    Secret,
    /// HubSpot does not.
    Plain,
}

/// A shorter text is no secret, and cutting it would riddle the page.
const TOKEN_LENGTH_MIN: usize = 8;

/// Takes out the content of secret paging links, every occurrence of a token however it is
/// escaped, and every value of an `access_token` parameter or field, in JSON or anything else.
pub fn cut_secrets(body: Vec<u8>, tokens: &[Secret], links: PagingLinks) -> CutBody {
    let mut spans = Vec::new();
    if links == PagingLinks::Secret {
        spans.extend(paging_links(&body));
    }
    spans.extend(token_values(&body));
    for token in tokens {
        spans.extend(occurrences(&body, token.expose().as_bytes()));
    }
    let mut cut = take_out(&body, spans);
    // What stood before and after a cut may together spell a token.
    while let Some(spans) = remaining(&cut, tokens) {
        let earlier = cut.cuts.iter().map(|cut| (index(cut.offset), index(end_of(cut))));
        cut = take_out(&body, earlier.chain(spans).collect());
    }
    cut
}

/// First byte and first byte after.
type Span = (usize, usize);

fn take_out(body: &[u8], mut spans: Vec<Span>) -> CutBody {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let mut kept = Vec::with_capacity(body.len());
    let mut from = 0;
    for (start, end) in &merged {
        kept.extend_from_slice(&body[from..*start]);
        from = *end;
    }
    kept.extend_from_slice(&body[from..]);
    let cut = |(start, end): Span| Cut { offset: start as u64, length: (end - start) as u64 };
    let cuts = merged.into_iter().map(cut).collect();
    CutBody { kept, cuts, received_length: body.len() as u64 }
}

fn end_of(cut: &Cut) -> u64 {
    cut.offset + cut.length
}

/// Offsets of a body in memory fit.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Occurrences in what was kept, in the received body's coordinates.
fn remaining(cut: &CutBody, tokens: &[Secret]) -> Option<Vec<Span>> {
    let spans: Vec<Span> = tokens
        .iter()
        .flat_map(|token| occurrences(&cut.kept, token.expose().as_bytes()))
        .map(|(start, end)| (received_at(cut, start), received_at(cut, end - 1) + 1))
        .collect();
    (!spans.is_empty()).then_some(spans)
}

/// Where a kept byte stood in the received body.
fn received_at(cut: &CutBody, kept: usize) -> usize {
    let shift = |at: usize, cut: &Cut| {
        if index(cut.offset) <= at { at + index(cut.length) } else { at }
    };
    cut.cuts.iter().fold(kept, shift)
}

/// Where the texts of `paging.next` and `paging.previous` lie, without their quotes.
fn paging_links(body: &[u8]) -> Vec<Span> {
    let Ok((_, fields)) = json::page(body) else { return Vec::new() };
    let Some(paging) = json::field(&fields, "paging").and_then(json::object) else {
        return Vec::new();
    };
    ["next", "previous"]
        .into_iter()
        .filter_map(|name| json::field(&paging, name))
        .filter_map(|raw| string_content(body, raw))
        .collect()
}

/// `raw` is borrowed from `body`, so its address says where it lies.
fn string_content(body: &[u8], raw: &RawValue) -> Option<Span> {
    let text = raw.get();
    let content = text.strip_prefix('"')?.strip_suffix('"')?;
    let start = (text.as_ptr().addr()).checked_sub(body.as_ptr().addr())?.checked_add(1)?;
    let end = start.checked_add(content.len())?;
    (end < body.len()).then_some((start, end))
}

fn occurrences(body: &[u8], token: &[u8]) -> Vec<Span> {
    if token.len() < TOKEN_LENGTH_MIN {
        return Vec::new();
    }
    let mut spans = Vec::new();
    let mut at = 0;
    while at < body.len() {
        match escaped_match(&body[at..], token) {
            Some(length) => {
                spans.push((at - splits_escape(&body[..at]), at + length));
                at += length;
            }
            None => at += 1,
        }
    }
    spans
}

/// 1 if the next byte belongs to an escape that has begun: half an escape must not stay behind.
fn splits_escape(before: &[u8]) -> usize {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2
}

/// How many bytes at the beginning of `text` spell `token`, each of its bytes plain or escaped.
fn escaped_match(text: &[u8], token: &[u8]) -> Option<usize> {
    let mut at = 0;
    for wanted in token {
        let (found, length) = unescape(text.get(at..)?)?;
        // A token may itself hold an escape character.
        let plain = *text.get(at)?;
        at += if found == *wanted {
            length
        } else if plain == *wanted {
            1
        } else {
            return None;
        };
    }
    Some(at)
}

/// The byte that `text` begins with and its written length: plain, `%7C`, `%257C`, `\u007c`, `\/`.
fn unescape(text: &[u8]) -> Option<(u8, usize)> {
    let first = *text.first()?;
    let escaped = match text {
        [b'%', b'2', b'5', high, low, ..] => hex(*high, *low).map(|byte| (byte, 5)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => hex(*high, *low).map(|byte| (byte, 6)),
        _ => None,
    };
    let shorter = match text {
        [b'%', high, low, ..] => hex(*high, *low).map(|byte| (byte, 3)),
        [b'\\', b'/', ..] => Some((b'/', 2)),
        _ => None,
    };
    Some(escaped.or(shorter).unwrap_or((first, 1)))
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Values of `access_token=…` and `"access_token": "…"`.
fn token_values(body: &[u8]) -> Vec<Span> {
    const NAME: &[u8] = b"access_token";
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&body[at..], NAME) {
        let after = at + found + NAME.len();
        let span = parameter_value(body, after).or_else(|| field_value(body, after));
        at = span.map_or(after, |(_, end)| end.max(after));
        spans.extend(span);
    }
    spans
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

fn parameter_value(body: &[u8], at: usize) -> Option<Span> {
    let (sign, length) = unescape(&body[at..])?;
    if sign != b'=' {
        return None;
    }
    let start = at + length;
    let mut end = start;
    while let Some((byte, length)) = unescape(&body[end..]) {
        // An escaped byte belongs to the value, unless it is the sign before the next parameter.
        let plain_end =
            length == 1 && !(byte.is_ascii_alphanumeric() || b"-._~|%+/=:".contains(&byte));
        if byte == b'&' || plain_end {
            break;
        }
        end += length;
    }
    Some((start, end))
}

fn field_value(body: &[u8], at: usize) -> Option<Span> {
    let rest = body[at..].strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let start = body.len() - rest.len();
    let mut end = start;
    while let Some(byte) = body.get(end) {
        match byte {
            b'"' => break,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    Some((start, end.min(body.len())))
}
