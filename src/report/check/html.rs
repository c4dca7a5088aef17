//! Reads the HTML part: spans of claims, names and labels are compared, and outside of them no
//! digit may stand.

use std::collections::BTreeSet;

use weekledger_projections::claim::{Alias, ClaimId, ClaimSet};
use weekledger_projections::figure::Status;

use super::{Finished, around, normal};

/// A piece of HTML as a reader meets it.
enum Token<'a> {
    Open { name: &'a str, attributes: &'a str },
    Close { name: &'a str },
    Text(String),
}

/// What a span says it holds.
enum Span<'a> {
    Claim(&'a str),
    Name(&'a str),
    Label,
}

pub fn check(mail: &Finished<'_>, fixed: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut plain = String::new();
    let mut span: Option<(Span<'_>, String)> = None;
    let mut in_title = false;
    for token in tokens(mail.html) {
        match token {
            Token::Open { name, attributes } => {
                if span.is_some() {
                    findings.push(format!("HTML: <{name}> stands within a span"));
                }
                in_title |= name == "title";
                span = opened(name, attributes).map(|kind| (kind, String::new())).or(span);
                plain.push(' ');
            }
            Token::Close { name } => {
                in_title &= name != "title";
                if let Some((kind, text)) = span.take_if(|_| name == "span") {
                    findings.extend(wrong_span(&kind, &normal(&text), mail.claims, fixed));
                    // A figure glued to a letter or digit would read as another one.
                    plain.push('\u{fffc}');
                }
            }
            Token::Text(text) if in_title => {
                if normal(&text) != normal(mail.subject) {
                    findings.push("HTML: the title is not the subject".to_owned());
                }
            }
            Token::Text(text) => match &mut span {
                Some((_, inside)) => inside.push_str(&text),
                None => plain.push_str(&text),
            },
        }
    }
    findings.extend(numbers(&plain));
    findings.extend(false_alerts(&plain, mail));
    findings
}

fn opened<'a>(name: &str, attributes: &'a str) -> Option<Span<'a>> {
    if name != "span" {
        return None;
    }
    let value = |key: &str| attributes.strip_prefix(key)?.strip_suffix('"');
    value("data-c=\"")
        .map(Span::Claim)
        .or_else(|| value("data-n=\"").map(Span::Name))
        .or_else(|| value("data-d=\"").map(|_| Span::Label))
}

fn wrong_span(
    span: &Span<'_>,
    text: &str,
    set: &ClaimSet,
    fixed: &BTreeSet<String>,
) -> Option<String> {
    let is_right = match span {
        Span::Claim(id) => {
            let claim = id.parse::<ClaimId>().ok().and_then(|id| set.claim(id));
            claim
                .is_some_and(|claim| text == normal(&claim.display) || text == normal(&claim.short))
        }
        Span::Name(alias) => {
            let entity = alias.parse::<Alias>().ok().and_then(|alias| set.entity(alias));
            entity.is_some_and(|entity| text == normal(&entity.name))
        }
        Span::Label => fixed.contains(text),
    };
    let what = match span {
        Span::Claim(id) => format!("claim {id}"),
        Span::Name(alias) => format!("name {alias}"),
        Span::Label => "a label".to_owned(),
    };
    (!is_right).then(|| format!("HTML: {what} is shown as \"{text}\""))
}

fn numbers(plain: &str) -> Vec<String> {
    plain
        .match_indices(char::is_numeric)
        .map(|(at, _)| format!("HTML: a number outside of a claim: \"{}\"", around(plain, at)))
        .collect()
}

/// `[ALERT]` needs an alert; findings have words of their own.
fn false_alerts(plain: &str, mail: &Finished<'_>) -> Option<String> {
    let raised = mail.claims.claims.iter().any(|claim| claim.status == Some(Status::Alert));
    let is_false = !raised && plain.contains("[ALERT]");
    is_false.then(|| "HTML: [ALERT] although nothing raised one".to_owned())
}

fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        tokens.push(Token::Text(decoded(&rest[..at])));
        let inside = &rest[at + 1..];
        let end = tag_end(inside);
        let tag = &inside[..end];
        tokens.push(match tag.strip_prefix('/') {
            Some(name) => Token::Close { name: name.trim() },
            None => {
                let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                Token::Open { name, attributes }
            }
        });
        rest = inside.get(end + 1..).unwrap_or("");
    }
    tokens.push(Token::Text(decoded(rest)));
    tokens
}

/// The position of the `>` that ends a tag; one within quotes does not.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    tag.len()
}

/// Character references as characters.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.find(';').filter(|end| *end <= 10)?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}
