//! `verify`: one verdict a week, and what is behind it.

use std::fmt::Write as _;

use serde::Serialize;
use weekledger::evidence::{Trouble, Verdict, WeekVerdict};
use weekledger_events::Producer;
use weekledger_projections::display::counted;

use super::{Answer, plain};

/// The whole answer; `verdict` is the gravest of all.
#[derive(Debug, Serialize)]
pub struct Verified {
    pub verdict: Verdict,
    pub checked_by: String,
    pub weeks: Vec<WeekVerdict>,
    /// What is wrong with archived objects that no week above names.
    pub archive: Vec<Trouble>,
}

impl Verified {
    pub fn new(present: Producer) -> Self {
        let checked_by = format!("{} {}", present.name, present.version);
        Self { verdict: Verdict::Same, checked_by, weeks: Vec::new(), archive: Vec::new() }
    }

    pub fn add(&mut self, week: WeekVerdict) {
        self.verdict = self.verdict.max(week.verdict);
        self.weeks.push(week);
    }

    /// Adds what the weeks do not say already.
    pub fn add_archive(&mut self, mut troubles: Vec<Trouble>) {
        let told = |trouble: &Trouble| {
            self.weeks.iter().flat_map(|week| &week.corrupt).any(|one| one.what == trouble.what)
        };
        troubles.retain(|trouble| !told(trouble));
        if !troubles.is_empty() {
            self.verdict = Verdict::Corrupt;
        }
        self.archive = troubles;
    }
}

impl Answer for Verified {
    fn for_people(&self) -> String {
        let mut text: String = self.weeks.iter().map(week).collect();
        // Writing to a `String` cannot fail.
        if !self.archive.is_empty() {
            text.push_str("archive: CORRUPT\n");
            troubles(&mut text, &self.archive);
        }
        let verdict = match self.verdict {
            Verdict::Same => "the same: everything is there and comes out alike",
            Verdict::OtherVersion => {
                "made by another version: everything is there, and comes out differently here"
            }
            Verdict::Corrupt => "CORRUPT: something was altered, or is gone",
        };
        let _ = writeln!(text, "{verdict} (checked by {})", plain(&self.checked_by));
        text
    }
}

fn week(week: &WeekVerdict) -> String {
    let verdict = match week.verdict {
        Verdict::Same => "the same",
        Verdict::OtherVersion => "made by another version",
        Verdict::Corrupt => "CORRUPT",
    };
    let anchored = week.anchored_to.map_or_else(|| "none".to_owned(), |n| n.to_string());
    let mut text = format!("{} {}: {verdict}\n", week.report, week.week);
    let _ = writeln!(
        text,
        "  {}, anchored to {anchored}; {}, {}; made anew: {}, {}",
        counted(week.events.into(), "event", "events"),
        counted(week.objects.into(), "object", "objects"),
        counted(week.inputs.into(), "event of other weeks", "events of other weeks"),
        counted(week.figures_recomputed.into(), "figure", "figures"),
        counted(week.mails_recomputed.into(), "mail", "mails"),
    );
    troubles(&mut text, &week.corrupt);
    for note in &week.other_versions {
        let _ = writeln!(
            text,
            "  {}: made by {}, checked by {}: {}",
            plain(&note.what),
            plain(&note.made_by),
            plain(&note.checked_by),
            plain(&note.why)
        );
    }
    for note in &week.notes {
        let _ = writeln!(text, "  note: {}", plain(note));
    }
    text
}

fn troubles(text: &mut String, troubles: &[Trouble]) {
    for Trouble { what, why } in troubles {
        let _ = writeln!(text, "  corrupt: {}: {}", plain(what), plain(why));
    }
}
