//! Finished mails, changed by chance in one of their parts: how many changes does the verifier
//! find?

use weekledger::analyst::verifier::{Finished, verify};

use super::dice::Dice;
use super::fixture::Made;
use super::weeks;

const EACH: usize = 200;
const SEED: u64 = 0x5eed_0000_0a11;

/// Replacements: one of the first by one of the second.
type Swaps = &'static [(&'static str, &'static [&'static str])];

const DIRECTIONS: Swaps = &[
    ("[UP]", &["[DOWN]", "[FLAT]"]),
    ("[DOWN]", &["[UP]", "[FLAT]"]),
    ("[FLAT]", &["[UP]", "[DOWN]"]),
    (" rose ", &[" fell ", " held steady "]),
    (" fell ", &[" rose ", " held steady "]),
    (" climbed ", &[" slipped ", " held "]),
    (" slipped ", &[" climbed ", " held "]),
];
const WINDOWS: Swaps = &[
    ("four weeks", &["this week", "last month", "twelve weeks"]),
    ("week on week", &["month on month", "year on year"]),
    ("on the week before", &["on the month before", "on the day before"]),
    ("all time", &["this week", "this year"]),
    ("All time", &["This week", "Week"]),
    ("Week 45", &["Week 46", "Week 9"]),
    ("week 47", &["week 46", "week 48"]),
];
const UNITS: Swaps =
    &[("EUR ", &["USD ", "", "CHF "]), (" %", &[" pt", "", " EUR"]), (" pt", &[" %"])];
const INSERTED: &[(&str, &[&str])] = &[
    ("number word", &["half of", "twelve", "a third of", "doubled", "ten percent", "dozens of"]),
    ("cause", &["because the new form went live", "due to rain", "thanks to a new offer"]),
    ("false alert", &["[ALERT]", "[ALERT] now", "[DOWN] [ALERT]"]),
    (
        "injection",
        &["ignore all previous instructions", "<script>alert(1)</script>", "<a href=\"x\">y</a>"],
    ),
];

/// A part of a mail that may be changed.
struct Part {
    bytes: String,
    /// Where text is, and not markup.
    text: Vec<(usize, usize)>,
}

impl Part {
    fn html(html: &str) -> Self {
        let start = html.find("<body").unwrap();
        let mut text = Vec::new();
        let mut at = start;
        while let Some(open) = html[at..].find('>') {
            let from = at + open + 1;
            let to = html[from..].find('<').map_or(html.len(), |next| from + next);
            if !html[from..to].trim().is_empty() {
                text.push((from, to));
            }
            at = to;
        }
        Self { bytes: html.to_owned(), text }
    }

    fn text(text: &str) -> Self {
        Self { bytes: text.to_owned(), text: vec![(0, text.len())] }
    }

    /// Places of a text outside of markup.
    fn places(&self, of: &str) -> Vec<usize> {
        let inside = |range: &(usize, usize)| {
            let (from, to) = *range;
            self.bytes[from..to].match_indices(of).map(move |(at, _)| from + at).collect::<Vec<_>>()
        };
        self.text.iter().flat_map(inside).collect()
    }

    fn replace(&self, at: usize, length: usize, by: &str) -> String {
        format!("{}{by}{}", &self.bytes[..at], &self.bytes[at + length..])
    }

    fn digits(&self) -> Vec<usize> {
        let (from_to, bytes) = (&self.text, self.bytes.as_bytes());
        let digit = |range: &(usize, usize)| {
            (range.0..range.1).filter(|at| bytes[*at].is_ascii_digit()).collect::<Vec<_>>()
        };
        from_to.iter().flat_map(digit).collect()
    }

    fn swap(&self, swaps: Swaps, dice: &mut Dice) -> Option<String> {
        let (from, to) = *dice.pick(swaps);
        let at = *dice.pick_some(&self.places(from))?;
        let to = dice.pick(to);
        Some(self.replace(at, from.len(), to))
    }

    fn insert(&self, words: &[&str], dice: &mut Dice) -> Option<String> {
        let at = *dice.pick_some(&self.places(" "))?;
        Some(self.replace(at, 1, &format!(" {} ", dice.pick(words))))
    }
}

fn change(kind: &str, part: &Part, made: &Made, dice: &mut Dice) -> Option<String> {
    match kind {
        "value" | "rounding" => {
            let at = *dice.pick_some(&part.digits())?;
            let old = &part.bytes[at..=at];
            let new = if kind == "rounding" { "0" } else { *dice.pick(&["1", "3", "6", "8", "9"]) };
            (old != new).then(|| part.replace(at, 1, new))
        }
        "look-alike" => {
            let at = *dice.pick_some(&part.digits())?;
            let digit = u32::from(part.bytes.as_bytes()[at] - b'0');
            let zero = *dice.pick(&['０', '٠', '०', '𝟎']);
            let other = char::from_u32(u32::from(zero) + digit).unwrap().to_string();
            Some(part.replace(at, 1, &other))
        }
        "entity" => {
            let names: Vec<&String> = made
                .claims
                .entities
                .iter()
                .filter(|entity| entity.parent.is_some())
                .map(|entity| &entity.name)
                .collect();
            let (old, new) = (*dice.pick(&names), *dice.pick(&names));
            let at = *dice.pick_some(&part.places(old))?;
            (old != new).then(|| part.replace(at, old.len(), new))
        }
        "direction" => part.swap(DIRECTIONS, dice),
        "window" => part.swap(WINDOWS, dice),
        "unit" => part.swap(UNITS, dice),
        _ => part.insert(INSERTED.iter().find(|(name, _)| *name == kind)?.1, dice),
    }
}

fn findings(made: &Made, html: &str, text: &str) -> usize {
    verdict(made, html, text).len()
}

fn verdict(made: &Made, html: &str, text: &str) -> Vec<String> {
    let found = verify(&Finished {
        subject: &made.view.subject,
        html,
        text,
        words: &made.words,
        claims: &made.claims,
        figures: &made.figures,
        metrics: &made.metrics,
    });
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_changed_part_of_a_mail_is_found() {
    let mut dice = Dice(SEED);
    let kinds = [
        "value",
        "entity",
        "direction",
        "window",
        "unit",
        "rounding",
        "look-alike",
        "number word",
        "cause",
        "false alert",
        "injection",
    ];
    println!("changed mails, seed {SEED:#x}");
    for kind in kinds {
        let (mut made_count, mut missed) = (0, Vec::new());
        while made_count < EACH {
            let made = dice.pick(weeks::all());
            let mail = &made.mail;
            let in_html = dice.below(2) == 0;
            let part = if in_html { Part::html(&mail.html) } else { Part::text(&mail.text) };
            let Some(changed) = change(kind, &part, made, &mut dice) else { continue };
            made_count += 1;
            let found = if in_html {
                findings(made, &changed, &mail.text)
            } else {
                findings(made, &mail.html, &changed)
            };
            if found == 0 {
                let old = if in_html { &mail.html } else { &mail.text };
                missed.push(format!("html {in_html}: {}", difference(old, &changed)));
            }
        }
        println!("{kind:>12}: {} of {made_count} found", made_count - missed.len());
        for one in missed.iter().take(6) {
            println!("              missed: {one}");
        }
        assert!(missed.len() * 100 <= made_count, "{kind}: {} missed", missed.len());
    }
}

/// The surroundings of the first difference.
fn difference(old: &str, new: &str) -> String {
    let at = old.char_indices().zip(new.chars()).find(|((_, a), b)| a != b);
    let at = at.map_or(0, |((at, _), _)| at);
    let chars: Vec<char> = new.chars().collect();
    let before = new[..at].chars().count();
    chars[before.saturating_sub(50)..(before + 40).min(chars.len())].iter().collect()
}

#[test]
fn untouched_mails_pass() {
    for made in weeks::all() {
        assert_eq!(verdict(made, &made.mail.html, &made.mail.text), Vec::<String>::new());
    }
}
