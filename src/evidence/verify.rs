//! `verify`: is the evidence of a week whole, and does the present code make the same of it?
//! Three answers: the same; made by another version; corrupt.

mod anchors;
mod anew;
mod objects;
mod stream;

use serde::Serialize;
use weekledger_events::{Event, Producer, ReportId, Sequence, StreamId, Week};
use weekledger_projections::week_state::WeekState;

use super::{EvidenceError, Store};
use crate::chain::Loaded;

/// What a verification comes to; the order is that of gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything is there, and the present code makes the same bytes of it.
    Same,
    /// Everything is there, and another version of the code made something else of it.
    OtherVersion,
    /// Something was altered, or is gone.
    Corrupt,
}

/// The verification of one week.
#[derive(Debug, Serialize)]
pub struct WeekVerdict {
    pub report: ReportId,
    pub week: Week,
    pub verdict: Verdict,
    pub events: usize,
    /// The newest event whose digest stands outside of the ledger as well.
    pub anchored_to: Option<Sequence>,
    pub anchors: usize,
    /// Objects that were read and hashed.
    pub objects: usize,
    /// Pages that have expired; their digests stay.
    pub expired: usize,
    /// Events of other weeks whose digests were compared.
    pub inputs: usize,
    pub figures_recomputed: u64,
    pub mails_recomputed: u64,
    /// What is altered or gone, each named.
    pub corrupt: Vec<Trouble>,
    /// What another version made differently.
    pub other_versions: Vec<VersionNote>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// Something that is altered or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// An event, an anchor or an archived object.
    pub what: String,
    pub why: String,
}

/// Something that the present code makes differently, or cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionNote {
    pub what: String,
    pub made_by: String,
    pub checked_by: String,
    pub why: String,
}

/// Verifies one week: chain, anchors, objects, inputs, figures and mails.
///
/// # Errors
/// Only if ledger or archive cannot be read at the moment; damage is an answer.
pub async fn verify_week(
    store: &dyn Store,
    stream: &StreamId,
    present: &Producer,
) -> Result<WeekVerdict, EvidenceError> {
    let mut check = Check { store, stream, present, answer: WeekVerdict::new(stream) };
    let stored = check.stream().await?;
    check.answer.events = stored.len();
    check.anchors(&stored).await?;
    if let Some(events) = check.read(&stored) {
        let sound = check.objects(&events).await?;
        let state = WeekState::fold(stream.clone(), &events);
        let anchored = check.answer.anchored_to;
        check.anew(&Loaded { events, state, anchored }, sound).await?;
    }
    Ok(check.finish())
}

/// Every object whose name says its digest, whether an event refers to it or not; and anchors of
/// weeks that the ledger does not have. Checkpoints are working notes that nothing refers to.
pub async fn verify_archive(store: &dyn Store) -> Result<Vec<Trouble>, EvidenceError> {
    let mut troubles = objects::sweep(store).await?;
    troubles.extend(anchors::of_lost_streams(store).await?);
    Ok(troubles)
}

/// The objects of `verify_archive` alone, for a bundle, which has anchors of weeks that it only
/// rests on.
pub async fn verify_archive_objects(store: &dyn Store) -> Result<Vec<Trouble>, EvidenceError> {
    objects::sweep(store).await
}

/// One verification under way.
struct Check<'a> {
    store: &'a dyn Store,
    stream: &'a StreamId,
    present: &'a Producer,
    answer: WeekVerdict,
}

impl Check<'_> {
    fn corrupt(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let trouble = Trouble { what: what.into(), why: why.into() };
        if !self.answer.corrupt.contains(&trouble) {
            self.answer.corrupt.push(trouble);
        }
    }

    /// A difference is another version's if another version made it, and damage otherwise.
    fn differs(&mut self, event: &Event, other_template: bool, why: String) {
        let made_by = &event.envelope.producer;
        let what = name_of(event);
        if made_by == self.present && !other_template {
            self.corrupt(what, why);
        } else {
            let note = self.version_note(what, made_by, why);
            self.answer.other_versions.push(note);
        }
    }

    fn version_note(&self, what: String, made_by: &Producer, why: String) -> VersionNote {
        VersionNote { what, made_by: name(made_by), checked_by: name(self.present), why }
    }

    fn finish(self) -> WeekVerdict {
        let mut answer = self.answer;
        answer.verdict = if !answer.corrupt.is_empty() {
            Verdict::Corrupt
        } else if !answer.other_versions.is_empty() {
            Verdict::OtherVersion
        } else {
            Verdict::Same
        };
        answer
    }
}

impl WeekVerdict {
    fn new(stream: &StreamId) -> Self {
        Self {
            report: stream.report.clone(),
            week: stream.week,
            verdict: Verdict::Same,
            events: 0,
            anchored_to: None,
            anchors: 0,
            objects: 0,
            expired: 0,
            inputs: 0,
            figures_recomputed: 0,
            mails_recomputed: 0,
            corrupt: Vec::new(),
            other_versions: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn name(producer: &Producer) -> String {
    format!("{} {}", producer.name, producer.version)
}

fn name_of(event: &Event) -> String {
    format!("event {} ({})", event.sequence(), event.envelope.event_type)
}

/// An error and its causes in one sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |sentence, cause| format!("{sentence}: {cause}"))
}
