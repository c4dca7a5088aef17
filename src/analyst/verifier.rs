//! The verifier: reads the figures, the words and the finished mail of a week, and says what in
//! them does not follow from the week's events. It shares no code with analysts and renderer.

mod figures;
mod labels;
mod lexicon;
mod mail;
mod page;
mod plain;
mod prose;
mod sentence;

use std::fmt;

use weekledger_events::Finding as EventFinding;
use weekledger_events::payload::MetricsComputed;
use weekledger_projections::claim::{Alias, ClaimId, ClaimSet, week_title};
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::words::{Action, Department, Part, Sentence, Show, Words};

use prose::{Stand, Wrong};

pub use figures::figures;
pub use prose::{flat as told, is_signal};

/// Raised whenever the verifier finds other things than before.
pub const VERIFIER_VERSION: u32 = 6;

/// Sentences of a kind that a reader still reads.
pub const MOVED_MAX: usize = 8;
pub const HYPOTHESES_MAX: usize = 4;
pub const ACTIONS_MAX: usize = 4;

/// Where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A claim is not its figure.
    Figures,
    /// The analyst's own words: they state what is not so.
    Words,
    /// The analyst's own words: no rule can tell whether they are right.
    Unclear,
    /// The finished mail, beyond the words.
    Mail,
}

/// Something that does not follow from the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub place: Place,
    /// The sentence or line that holds it.
    pub of: String,
    pub why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.why)
    }
}

/// A finished mail, and the events that it follows from.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
    pub words: &'a Words,
    /// Made anew from the figures.
    pub claims: &'a ClaimSet,
    pub figures: &'a FigureSet,
    pub metrics: &'a MetricsComputed,
}

/// Everything that is wrong with a finished mail; empty if all of it follows from the events.
pub fn verify(mail: &Finished<'_>) -> Vec<Finding> {
    let mut found = figures(mail.claims, mail.figures);
    found.extend(words(mail.words, mail.claims, &mail.metrics.findings));
    let page = page::read(mail.html);
    let mut checked = mail::wrong(mail, &page, &labels::all(mail));
    checked.extend(plain::wrong(mail, &page));
    checked.extend(subject(mail));
    let of_mail = |why| Finding { place: Place::Mail, of: "mail".to_owned(), why };
    found.extend(checked.into_iter().map(of_mail));
    found
}

/// What is wrong with an analyst's words, sentence by sentence.
pub fn words(words: &Words, claims: &ClaimSet, findings: &[EventFinding]) -> Vec<Finding> {
    let (_, mut found) = passing(words.clone(), claims, findings);
    found.extend(shape(words));
    found
}

/// The words without the sentences that are wrong, and what is wrong with those. A wrong headline
/// gives way to one that says nothing of figures.
pub fn passing(
    mut words: Words,
    claims: &ClaimSet,
    findings: &[EventFinding],
) -> (Words, Vec<Finding>) {
    let mut found = Vec::new();
    let mut passes = |what: &str, stand: Stand<'_>, sentence: &Sentence| {
        let of = format!("{what} \"{}\"", sentence.outline());
        let Wrong { untrue, unclear } = prose::wrong(claims, findings, stand, sentence);
        let is_right = untrue.is_empty() && unclear.is_empty();
        let untrue = untrue.into_iter().map(|why| (Place::Words, why));
        let unclear = unclear.into_iter().map(|why| (Place::Unclear, why));
        let all = untrue.chain(unclear);
        found.extend(all.map(|(place, why)| Finding { place, of: of.clone(), why }));
        is_right
    };
    if !passes("headline", Stand::Headline, &words.headline) {
        words.headline = Sentence(vec![Part::Text(HEADLINE_WITHOUT_FIGURES.to_owned())]);
    }
    words.moved.retain(|sentence| passes("what moved", Stand::Moved, sentence));
    words.hypotheses.retain(|sentence| passes("hypothesis", Stand::Hypothesis, sentence));
    for department in &mut words.departments {
        let what = format!("action for {}", department.department.title());
        let is_right =
            |action: &Action| passes(&what, Stand::Action(&action.grounds), &action.sentence);
        department.actions.retain(is_right);
    }
    (words, found)
}

/// Stands where no headline passes.
pub const HEADLINE_WITHOUT_FIGURES: &str = "The figures of the week stand below.";

/// Limits that no schema can hold.
fn shape(words: &Words) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut limit = |of: &str, count: usize, max: usize| {
        if count > max {
            let why = format!("{count} sentences, at most {max}");
            found.push(Finding { place: Place::Words, of: of.to_owned(), why });
        }
    };
    limit("what moved", words.moved.len(), MOVED_MAX);
    limit("hypotheses", words.hypotheses.len(), HYPOTHESES_MAX);
    for department in Department::ALL {
        let of: Vec<_> =
            words.departments.iter().filter(|one| one.department == department).collect();
        let actions = of.iter().map(|one| one.actions.len()).sum();
        limit(department.title(), actions, ACTIONS_MAX);
    }
    found
}

/// What a reference shows.
fn shown(set: &ClaimSet, claim: ClaimId, show: Show) -> Option<String> {
    let claim = set.claim(claim)?;
    Some(match show {
        Show::Value => claim.short.clone(),
        Show::Change => set.claim(claim.change?)?.short.clone(),
        Show::Name => set.entity(claim.entity)?.name.clone(),
    })
}

/// Every sentence of the analyst's.
pub fn sentences(words: &Words) -> impl Iterator<Item = &Sentence> {
    let actions = words.departments.iter().flat_map(|one| &one.actions);
    std::iter::once(&words.headline)
        .chain(&words.moved)
        .chain(&words.hypotheses)
        .chain(actions.map(|action| &action.sentence))
}

/// The subject is the report's title and week, and an alert's token.
fn subject(mail: &Finished<'_>) -> Option<String> {
    let title = mail.claims.entity(Alias::REPORT).map_or("Report", |entity| &entity.name);
    let plain = format!("{title}: {}", week_title(mail.claims.week));
    let bare = mail.subject.strip_prefix("[ALERT] ").unwrap_or(mail.subject);
    (bare != plain).then(|| "the subject is not the report's title and week".to_owned())
}

/// One space for any white space, also the unbreakable.
fn normal(text: &str) -> String {
    let words = text.split(char::is_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The surroundings of a place, for a finding.
fn around(text: &str, at: usize) -> String {
    let skip = text[..at].chars().count().saturating_sub(20);
    text.chars().skip(skip).take(60).collect()
}
