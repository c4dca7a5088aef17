//! The text part against the HTML part: every line that holds a figure, a name or a verdict is a
//! line of the HTML part, with the same figures, names and verdicts and no others.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_projections::claim::{ClaimId, ClaimSet};
use weekledger_projections::figure::{Metric, Window};

use super::page::{Atom, Block, Holder, Page};
use super::{Finished, around, normal};

/// A line of the HTML part: a paragraph, or a whole row.
struct Unit {
    flat: String,
    atoms: Vec<Atom>,
    is_paragraph: bool,
    /// What its line in the text begins with.
    head: String,
    /// A row that is named stands once in the text.
    is_named: bool,
}

impl Unit {
    fn new(flat: String, atoms: Vec<Atom>, is_paragraph: bool) -> Self {
        let first = atoms.iter().find(|atom| !normal(atom.text()).is_empty());
        let is_named = !is_paragraph && matches!(first, Some(Atom::Name { .. }));
        let head = first.map_or_else(String::new, |atom| normal(atom.text()));
        Self { flat, atoms, is_paragraph, head, is_named }
    }
}

/// Headings of the text part; all else is a line of the HTML part.
const HEADINGS: [&str; 10] = [
    "WHAT TO DO",
    "WHAT MOVED",
    "POSSIBLE CAUSES (GUESSES)",
    "LEAD ACTIVITY",
    "FOUR WEEKS",
    "ALL MEASURES (change on the period before in brackets)",
    "CAMPAIGNS AND AD SETS (change: Meta leads against the week before)",
    "RESTATED",
    "DATA QUALITY",
    "--",
];

/// Words that rows of the text write beside figures, where the HTML part has columns.
const ROW_WORDS: [&str; 19] = [
    "spend", "meta", "crm", "leads", "cost", "per", "lead", "change", "week", "four", "weeks",
    "all", "time", "no", "data", "was", "not", "known", "late",
];

/// What is wrong with the text part.
pub fn wrong(mail: &Finished<'_>, page: &Page) -> Vec<String> {
    let units = units(page);
    let by_flat: BTreeMap<&str, usize> =
        units.iter().enumerate().rev().map(|(at, unit)| (unit.flat.as_str(), at)).collect();
    let mut found = Vec::new();
    let mut told = vec![false; units.len()];
    let lines: Vec<&str> = mail.text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].trim().is_empty() {
            at += 1;
        } else if let Some((length, unit)) =
            line_at(mail.claims, &units, &by_flat, &told, &lines[at..])
        {
            told[unit] = true;
            at += length;
        } else {
            if !HEADINGS.contains(&lines[at].trim()) {
                found.push(format!("the text part: \"{}\" is no line of the mail", cut(lines[at])));
            }
            at += 1;
        }
    }
    let lines: BTreeSet<&str> = units
        .iter()
        .zip(&told)
        .filter(|(_, told)| **told)
        .map(|(unit, _)| unit.flat.as_str())
        .collect();
    for unit in &units {
        if unit.is_paragraph && !lines.contains(unit.flat.as_str()) {
            found.push(format!("the text part: \"{}\" is missing", cut(&unit.flat)));
        }
    }
    // What the analyst wrote stands in both.
    for sentence in super::sentences(mail.words) {
        let said = normal(&super::prose::flat(mail.claims, sentence));
        let is_told = units.iter().zip(&told).any(|(unit, told)| *told && unit.flat == said);
        if !is_told {
            found.push(format!("the text part: \"{}\" is missing", cut(&said)));
        }
    }
    found
}

/// A logical line is wrapped over some lines: which unit they are together, and how many.
fn line_at(
    set: &ClaimSet,
    units: &[Unit],
    by_flat: &BTreeMap<&str, usize>,
    told: &[bool],
    lines: &[&str],
) -> Option<(usize, usize)> {
    let most = lines.iter().take(LINES_MAX).take_while(|line| !line.trim().is_empty()).count();
    let variants = |length: usize| {
        let joined = lines[..length].iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        let bare = joined.strip_prefix("- ").unwrap_or(&joined).to_owned();
        // A name may begin like a bullet, or hold what looks like a bar.
        [normal(&joined), without_bars(&joined), normal(&bare), without_bars(&bare)]
    };
    let same = |length: usize| {
        variants(length).iter().find_map(|line| Some((length, *by_flat.get(line.as_str())?)))
    };
    let row = |length: usize| {
        variants(length).iter().find_map(|line| {
            let fits = |(at, unit): (usize, &Unit)| {
                line.starts_with(&unit.head)
                    && !(unit.is_named && told[at])
                    && is_row(set, unit, line)
            };
            Some((length, units.iter().enumerate().position(fits)?))
        })
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = lines[1..most].iter().take_while(|line| indent(line) == indent(lines[0]) + 4).count();
    (1..=most).find_map(same).or_else(|| row(own + 1)).or_else(|| row(1))
}

/// No logical line is wrapped over more.
const LINES_MAX: usize = 16;

fn without_bars(line: &str) -> String {
    let words = line.split_whitespace().filter(|word| !word.chars().all(|c| c == '#'));
    words.collect::<Vec<_>>().join(" ")
}

fn cut(line: &str) -> String {
    around(line, 0)
}

fn units(page: &Page) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut rows: Vec<(usize, Vec<Atom>)> = Vec::new();
    for block in page.blocks.iter().filter(|block| block.holder != Holder::Title) {
        let is_paragraph = block.holder == Holder::Paragraph;
        units.push(Unit::new(block.flat(), block.atoms.clone(), is_paragraph));
        // Cards stand in one row, each for itself.
        let in_row = !matches!(block.holder, Holder::Paragraph | Holder::Heading | Holder::Caption);
        if in_row && !block.under.is_empty() {
            extend(&mut rows, block);
        }
    }
    units.extend(rows.into_iter().map(|(_, atoms)| Unit::new(String::new(), atoms, false)));
    units
}

fn extend(rows: &mut Vec<(usize, Vec<Atom>)>, block: &Block) {
    match rows.last_mut() {
        Some((row, atoms)) if *row == block.row => {
            atoms.push(Atom::Text(" ".to_owned()));
            atoms.extend(block.atoms.iter().cloned());
        }
        _ => rows.push((block.row, block.atoms.clone())),
    }
}

/// Whether a line's figures, names and verdicts are those of a row, and stand behind the words
/// that say what they are.
fn is_row(set: &ClaimSet, unit: &Unit, line: &str) -> bool {
    let mut rest = line.to_owned();
    let mut hard: Vec<&Atom> =
        unit.atoms.iter().filter(|atom| !matches!(atom, Atom::Text(_))).collect();
    // The longest first, so that no figure is taken for a part of another.
    hard.sort_by_key(|atom| std::cmp::Reverse(atom.text().len()));
    let soft: String = unit
        .atoms
        .iter()
        .map(|atom| if let Atom::Text(text) = atom { text.as_str() } else { " " })
        .collect();
    let head = unit.atoms.iter().find(|atom| !atom.text().trim().is_empty());
    if let Some(Atom::Name { text, .. }) = head
        && !line.starts_with(&normal(text))
    {
        return false;
    }
    for atom in &hard {
        let text = normal(atom.text());
        let percent = has_percent(unit, atom);
        let is_it = |before: &str, after: &str| {
            fits(set, atom, before) && percent == after.trim_start().starts_with('%')
        };
        if let Some(at) = whole(&rest, &text, is_it) {
            rest.replace_range(at..at + text.len(), &"\u{1}".repeat(text.len()));
        } else if unit.is_named && matches!(atom, Atom::Claim { .. }) {
            return false;
        }
    }
    for token in ["[UP]", "[DOWN]", "[FLAT]", "[OK]", "[ALERT]"] {
        if rest.matches(token).count() > soft.matches(token).count() {
            return false;
        }
        rest = rest.replace(token, "");
    }
    let names_its_row = hard.iter().any(|atom| matches!(atom, Atom::Name { .. } | Atom::Label(_)))
        || soft.split_whitespace().next().is_some_and(|first| line.starts_with(first));
    names_its_row && only_row_words(&rest, &soft)
}

/// Whether a percent sign follows an atom in the HTML part.
fn has_percent(unit: &Unit, atom: &Atom) -> bool {
    let at = unit.atoms.iter().position(|one| std::ptr::eq(one, atom));
    let next = at.and_then(|at| unit.atoms.get(at + 1));
    next.is_some_and(|next| next.text().trim_start().starts_with('%'))
}

/// What is left of a row are words of rows, or of this row.
fn only_row_words(rest: &str, soft: &str) -> bool {
    let plain = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.to_lowercase()
    };
    let own: Vec<String> = soft.split_whitespace().map(plain).collect();
    rest.split(|c: char| c.is_whitespace() || c == '\u{1}')
        .map(plain)
        .all(|word| word.is_empty() || ROW_WORDS.contains(&word.as_str()) || own.contains(&word))
}

/// Where `text` stands in `line` as a whole, behind words that fit.
fn whole(line: &str, text: &str, fits: impl Fn(&str, &str) -> bool) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    line.match_indices(text).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back();
        let mut after = line[at + text.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "%+−".contains(c));
        let goes_on = matches!(next, Some('.' | ',')) && second.is_some_and(char::is_numeric);
        !joins(before) && !joins(next) && !goes_on && fits(&line[..*at], &line[at + text.len()..])
    })
}

/// The words before a figure in a row of the text name its measure or its window.
fn fits(set: &ClaimSet, atom: &Atom, before: &str) -> bool {
    let Atom::Claim { id, .. } = atom else { return true };
    let claim = id.parse::<ClaimId>().ok().and_then(|id| set.claim(id));
    let (Some(claim), before) = (claim, before.trim_end()) else { return true };
    let Some(metric) = claim.metric else { return true };
    let ends = [
        (", spend", Metric::Spend, None),
        (": spend", Metric::Spend, None),
        (". Meta", Metric::MetaLeads, None),
        (", CRM", Metric::CrmLeads, None),
        ("Meta leads", Metric::MetaLeads, None),
        ("CRM leads", Metric::CrmLeads, None),
        (", cost per lead", Metric::Cpl, None),
        (": week", metric, Some(Window::Week)),
        ("; four weeks", metric, Some(Window::FourWeeks)),
        ("; all time", metric, Some(Window::AllTime)),
        ("; change", Metric::MetaLeads, Some(Window::WeekChange)),
    ];
    ends.iter().filter(|(end, ..)| before.ends_with(end)).all(|(_, named, window)| {
        *named == metric && window.is_none_or(|window| claim.window == Some(window))
    })
}
