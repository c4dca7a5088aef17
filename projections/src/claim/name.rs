//! Names from the outside world, made fit to be shown.

/// No shown name is longer, in characters. It fits a line of the text part.
pub const NAME_CHARS_MAX: usize = 72;

/// A name as the mail shows it: one line, no control, direction or zero-width characters, no
/// scheme that a mail reader turns into a link, no token of a verdict, cut at `NAME_CHARS_MAX` with
/// an ellipsis.
pub fn shown_name(raw: &str) -> String {
    let name = clean(raw);
    if name.is_empty() {
        return "(no name)".to_owned();
    }
    if name.chars().count() <= NAME_CHARS_MAX {
        return name;
    }
    let cut: String = name.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{}…", cut.trim_end())
}

/// `shown_name` without the cut: for sentences, and for finding names within them.
pub fn clean(raw: &str) -> String {
    let visible: String = raw.chars().map(spaced).filter(|c| !is_invisible(*c)).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let name = words.join(" ").replace("://", ": //").replace("www.", "www .");
    VERDICTS.iter().fold(name, |name, (token, plain)| name.replace(token, plain))
}

/// The characters of an id that are shown at least.
const ID_END_MIN: usize = 4;

/// The shortest end of an id that none of the others has; `None` if there are no others.
pub fn end_of_id(id: &str, others: &[&str]) -> Option<String> {
    if others.is_empty() {
        return None;
    }
    let starts: Vec<usize> = id.char_indices().map(|(at, _)| at).rev().collect();
    let is_own = |end: &&str| !others.iter().any(|other| other.ends_with(*end));
    let mut ends = starts.iter().skip(ID_END_MIN - 1).map(|at| &id[*at..]);
    let end = ends.find(is_own).filter(|end| *end != id);
    Some(end.map_or_else(|| id.to_owned(), |end| format!("…{end}")))
}

/// A name of at most so many characters, with an ellipsis where it is cut.
pub fn shortened(name: &str, chars_max: usize) -> String {
    if name.chars().count() <= chars_max {
        return name.to_owned();
    }
    let cut: String = name.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end().trim_end_matches('…'))
}

/// The tokens of verdicts, which no name may imitate. The brackets stay brackets, so that what is
/// left cannot form another token.
const VERDICTS: [(&str, &str); 5] = [
    ("[UP]", "(UP)"),
    ("[DOWN]", "(DOWN)"),
    ("[FLAT]", "(FLAT)"),
    ("[ALERT]", "(ALERT)"),
    ("[OK]", "(OK)"),
];

/// Line ends and tabs separate words, so they become spaces before the rest is dropped.
fn spaced(c: char) -> char {
    if c.is_whitespace() { ' ' } else { c }
}

/// Characters that have no shape of their own, or turn those of their neighbours around
/// (Unicode categories Cc and Cf, variation selectors, and the fillers that look empty).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
