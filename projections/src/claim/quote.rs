//! Sentences from events, taken apart into words, numbers, names and labels, so that no number
//! reaches the mail outside of a claim.

use super::Alias;
use super::label::MONTHS;

/// A piece of a quoted sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quoted {
    Text(String),
    /// A number as written, with its sign.
    Number(String),
    Name(Alias),
    /// An id of something that has a name.
    Id(Alias),
    /// A date, a week, or a token of letters and digits such as an id.
    Label(String),
}

/// What a sentence may speak of, as events write it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The longest first.
    pub names: &'a [(String, Alias)],
    /// The provider's ids.
    pub ids: &'a [(String, Alias)],
}

/// Takes a sentence apart. The pieces joined give it back, but for names and known ids, which
/// are shown as the mail shows the names.
pub fn quote(text: &str, known: Known<'_>) -> Vec<Quoted> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let said = &text[..text.len() - rest.len()];
        let names = known.names;
        let name = names.iter().find(|(raw, _)| at_word_start(before, raw) && begins(rest, raw));
        let piece = match name {
            Some((raw, alias)) => Some((raw.len(), Quoted::Name(*alias))),
            None => token(rest, said, known.ids),
        };
        let length = match piece {
            Some((length, piece)) => {
                flush(&mut words, &mut pieces);
                pieces.push(piece);
                length
            }
            None => {
                words.push(first);
                first.len_utf8()
            }
        };
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    flush(&mut words, &mut pieces);
    pieces
}

fn flush(words: &mut String, pieces: &mut Vec<Quoted>) {
    if !words.is_empty() {
        pieces.push(Quoted::Text(std::mem::take(words)));
    }
}

fn at_word_start(before: Option<char>, name: &str) -> bool {
    !(before.is_some_and(char::is_alphanumeric) && name.starts_with(char::is_alphanumeric))
}

/// Whether `rest` begins with `name` as whole words.
fn begins(rest: &str, name: &str) -> bool {
    rest.strip_prefix(name).is_some_and(|after| {
        !(name.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric))
    })
}

/// The number, label or known id that `rest` begins with after `said`, if it begins a token that
/// holds a digit.
fn token(rest: &str, said: &str, ids: &[(String, Alias)]) -> Option<(usize, Quoted)> {
    let before = said.chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    if let Some(length) = written_date(rest) {
        return Some((length, Quoted::Label(rest[..length].to_owned())));
    }
    let signed = rest.starts_with(['+', '-', '−', '±']) && before.is_none_or(char::is_whitespace);
    let sign = if signed { rest.chars().next().map_or(0, char::len_utf8) } else { 0 };
    let body = &rest[sign..];
    let length = body
        .char_indices()
        .take_while(|(at, c)| c.is_alphanumeric() || *c == '_' || joins(body, *at, *c))
        .last()
        .map(|(at, c)| at + c.len_utf8())?;
    let token = &body[..length];
    if !token.contains(char::is_numeric) {
        return None;
    }
    let is_number = token.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if is_number && !(sign == 0 && is_id(token, said)) {
        return Some((sign + length, Quoted::Number(rest[..sign + length].to_owned())));
    }
    let ids = if is_verbatim(said) || said.ends_with(" id ") { &[] } else { ids };
    let known = || ids.iter().find(|(id, _)| id == token).map(|(_, alias)| Quoted::Id(*alias));
    let label = || Quoted::Label(token.to_owned());
    (sign == 0).then(|| (length, known().unwrap_or_else(label)))
}

/// Whether what follows is quoted from a provider: `Meta's own words: "…" (code 100)`.
fn is_verbatim(said: &str) -> bool {
    said.rsplit_once("own words: \"").is_some_and(|(_, quoted)| !quoted.contains("\" ("))
}

/// Counts of so many digits are written with separators.
const ID_DIGITS_MIN: usize = 10;
/// So many digits after "and" or a comma continue a list of ids.
const LISTED_ID_DIGITS_MIN: usize = 6;
/// What an id follows.
const ID_WORDS: [&str; 14] = [
    "account",
    "accounts",
    "campaign",
    "campaigns",
    "ad set",
    "ad sets",
    "ad",
    "contact",
    "form",
    "id",
    "ids",
    "status",
    "code",
    "subcode",
];

/// Whether plain digits are an identifier, not a count.
fn is_id(token: &str, said: &str) -> bool {
    if !token.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let said = said.trim_end_matches([' ', '"', '#', '`', '(']);
    let after = |word: &&str| {
        let at = said.len().checked_sub(word.len());
        let split = at.filter(|at| said.is_char_boundary(*at)).map(|at| said.split_at(at));
        split.is_some_and(|(left, right)| {
            right.eq_ignore_ascii_case(word) && !left.ends_with(char::is_alphanumeric)
        })
    };
    let listed = said.strip_suffix(" and").or_else(|| said.strip_suffix(','));
    let continues = listed.is_some_and(|list| list.ends_with(|c: char| c.is_ascii_digit()));
    token.len() >= ID_DIGITS_MIN
        || (continues && token.len() >= LISTED_ID_DIGITS_MIN)
        || ID_WORDS.iter().any(after)
}

/// Whether a separator stands within a token: between digits of any script, or in a date or an id.
fn joins(body: &str, at: usize, c: char) -> bool {
    let left = body[..at].chars().next_back();
    let right = body[at + c.len_utf8()..].chars().next();
    match c {
        '.' | ',' => left.is_some_and(char::is_numeric) && right.is_some_and(char::is_numeric),
        '-' | ':' | '/' => {
            left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
        }
        _ => false,
    }
}

/// The length of a date such as "18 May 2026" that `rest` begins with.
fn written_date(rest: &str) -> Option<usize> {
    let mut words = rest.splitn(3, ' ');
    let (day, month, after) = (words.next()?, words.next()?, words.next()?);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let is_day = matches!(day.len(), 1 | 2) && digits(day) == day.len();
    let is_month = month.len() >= 3 && MONTHS.iter().any(|name| name.starts_with(month));
    (is_day && is_month && digits(after) == 4).then(|| day.len() + month.len() + 6)
}
