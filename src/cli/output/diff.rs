//! `diff`: what differs between two revisions.

use std::fmt::Write as _;

use serde::Serialize;
use weekledger_events::{ReportId, Revision, Week};
use weekledger_projections::diff::{Changed, Diff};
use weekledger_projections::figure::Figure;

use super::{Align, Answer, Table, plain};

/// Two revisions, compared.
#[derive(Debug, Serialize)]
pub struct DiffAnswer {
    pub report: ReportId,
    pub week: Week,
    pub revisions: [Revision; 2],
    /// Only those that differ.
    pub conditions: Vec<Condition>,
    #[serde(flatten)]
    pub figures: Diff,
}

/// Something under which a revision was made.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub what: String,
    pub before: String,
    pub after: String,
}

impl Condition {
    pub fn new(what: &str, before: &str, after: &str) -> Self {
        Self { what: what.to_owned(), before: before.to_owned(), after: after.to_owned() }
    }
}

impl Answer for DiffAnswer {
    fn for_people(&self) -> String {
        let [before, after] = self.revisions;
        let mut text =
            format!("{} {}: revision {before} against {after}\n", self.report, self.week);
        // Writing to a `String` cannot fail.
        for Condition { what, before, after } in &self.conditions {
            let _ = writeln!(text, "  {}: {} | {}", plain(what), cut(before), cut(after));
        }
        if self.conditions.is_empty() {
            text.push_str("  made under the same conditions\n");
        }
        if self.figures.is_empty() {
            text.push_str("no figure differs\n");
            return text;
        }
        let _ = write!(text, "\n{}", self.table());
        text
    }
}

impl DiffAnswer {
    fn table(&self) -> Table {
        let mut table = Table::new([
            ("FIGURE", Align::Left),
            ("NAME", Align::Left),
            ("BEFORE", Align::Right),
            ("AFTER", Align::Right),
            ("WHAT", Align::Left),
        ]);
        let Diff { changed, added, removed } = &self.figures;
        for Changed { before, after } in changed {
            let what = if before.display == after.display { fields(before, after) } else { "" };
            let (old, new) = (before.display.clone(), after.display.clone());
            table.row([after.id.clone(), after.entity_name.clone(), old, new, what.to_owned()]);
        }
        let mut one_sided = |figures: &[Figure], is_new: bool| {
            for figure in figures {
                let (none, shown) = (String::new(), figure.display.clone());
                let (old, new) = if is_new { (none, shown) } else { (shown, none) };
                let what = if is_new { "added" } else { "removed" };
                table.row([
                    figure.id.clone(),
                    figure.entity_name.clone(),
                    old,
                    new,
                    what.to_owned(),
                ]);
            }
        };
        one_sided(added, true);
        one_sided(removed, false);
        table
    }
}

/// What differs although the figure is shown alike.
fn fields(before: &Figure, after: &Figure) -> &'static str {
    if before.value != after.value {
        "value, beyond what is shown"
    } else if (before.direction, before.status) != (after.direction, after.status) {
        "verdict"
    } else if before.note != after.note {
        "note"
    } else if before.entity_name != after.entity_name {
        "name"
    } else {
        "usual range"
    }
}

fn cut(text: &str) -> String {
    const CHARS_MAX: usize = 100;
    let shown = plain(text);
    if shown.chars().count() <= CHARS_MAX {
        return shown;
    }
    shown.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}
