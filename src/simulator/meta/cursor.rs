//! Opaque cursors: a place in an answer, bound to the question that it belongs to.

use super::super::dice::fingerprint;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) offset: usize,
    /// Whether an empty page has been served at this place already.
    pub(super) paused: bool,
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Cursor {
    /// The cursor as clients see it. `question` is what must not change while paging.
    pub(super) fn write(self, question: &str) -> String {
        let check = fingerprint(question) & 0xffff_ffff;
        let plain = format!("{:x}.{}.{check:08x}", self.offset, u8::from(self.paused));
        // Six bits a character; the end mark is one that the API's own cursors often carry.
        let mut text = String::new();
        for chunk in plain.as_bytes().chunks(3) {
            let word = chunk.iter().fold(0usize, |word, &byte| word << 8 | usize::from(byte))
                << (8 * (3 - chunk.len()));
            for place in 0..=chunk.len() {
                text.push(char::from(ALPHABET[word >> (18 - 6 * place) & 63]));
            }
        }
        text + "ZD"
    }

    /// Reads a cursor back; `None` when it is no cursor of this question.
    pub(super) fn read(text: &str, question: &str) -> Option<Self> {
        let mut plain = Vec::new();
        for chunk in text.strip_suffix("ZD")?.as_bytes().chunks(4) {
            let mut word = 0;
            for byte in chunk {
                word = word << 6 | ALPHABET.iter().position(|letter| letter == byte)?;
            }
            word <<= 6 * (4 - chunk.len());
            plain.extend(
                word.to_be_bytes()
                    .iter()
                    .skip(size_of::<usize>() - 3)
                    .take(chunk.len().saturating_sub(1)),
            );
        }
        let plain = String::from_utf8(plain).ok()?;
        let (offset, rest) = plain.split_once('.')?;
        let (paused, _) = rest.split_once('.')?;
        let cursor =
            Self { offset: usize::from_str_radix(offset, 16).ok()?, paused: paused == "1" };
        (cursor.write(question) == text).then_some(cursor)
    }
}
