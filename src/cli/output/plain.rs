//! Text from the outside world, made safe for a terminal.

use std::fmt::Write as _;

/// Shows control characters, line ends and direction marks as escapes: a campaign's name must
/// neither move the cursor nor hide what stands beside it.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Marks that reorder text or take no room, and line separators that are no control characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
