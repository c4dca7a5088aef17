//! Why a page cannot be used as a whole. Trouble in one row never gets here.

use weekledger_projections::display::counted;

/// What is wrong with a page. Texts of the page appear shortened and escaped.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error("the page is empty")]
    Empty,
    #[error("the page is not text: byte {position} is not valid UTF-8")]
    NotUtf8 { position: usize },
    /// A proxy, a login page or an outage page answered in place of the provider.
    #[error("the page is HTML instead of JSON; it begins with \"{begins}\"")]
    Html { begins: String },
    #[error("the page breaks off after {}; it begins with \"{begins}\"", bytes(*length))]
    Truncated {
        length: usize,
        begins: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the page is not JSON from byte {position} on; it begins with \"{begins}\"")]
    NotJson {
        position: usize,
        begins: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the page has no `{field}`; it begins with \"{begins}\"")]
    Missing { field: &'static str, begins: String },
    #[error("`{field}` is {found}, which is not {expected}")]
    Unexpected { field: &'static str, found: String, expected: &'static str },
    /// Without a cursor the next page cannot be asked for, so the listing would be incomplete.
    #[error("the page announces another one without a cursor (`{field}`)")]
    NoCursor { field: &'static str },
    #[error("the page has more than {}", counted((*max).into(), "row", "rows"))]
    TooManyRows { max: usize },
}

fn bytes(length: usize) -> String {
    counted(length.into(), "byte", "bytes")
}

impl ParseError {
    /// Stable name of the failure.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Empty => "page_empty",
            Self::NotUtf8 { .. } | Self::NotJson { .. } => "page_not_json",
            Self::Html { .. } => "page_is_html",
            Self::Truncated { .. } => "page_truncated",
            Self::Missing { .. } | Self::Unexpected { .. } | Self::NoCursor { .. } => {
                "page_unexpected"
            }
            Self::TooManyRows { .. } => "page_too_large",
        }
    }

    /// True if the same request may well bring a whole page the next time.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::TooManyRows { .. })
    }
}

/// Rows of one page beyond which it is not a page any more; providers send a few hundred.
pub const PAGE_ROWS_MAX: usize = 50_000;

/// The first characters of a text from outside, on one line and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    shorten(text, 80)
}

/// A provider's own words, fit for a sentence. Mails show no address as a link that somebody else
/// wrote, so addresses lose their scheme.
pub(super) fn own_words(text: &str) -> String {
    const CHARS_MAX: usize = 240;
    shorten(&text.replace("https://", "").replace("http://", ""), CHARS_MAX)
}

/// `chars_max` characters of a text from outside, on one line and without control characters.
pub(crate) fn shorten(text: &str, chars_max: usize) -> String {
    // Directional marks could turn the text around them.
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut rest = text.trim().chars().map(|c| if hidden(c) { ' ' } else { c });
    let mut shown: String = rest.by_ref().take(chars_max).collect();
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}
