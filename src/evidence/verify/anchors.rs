//! Anchors: every one of them names the digest of an event that the ledger still has.

use std::collections::BTreeSet;

use weekledger_events::{Anchor, ReportId, Sequence, StoredEvent, StreamId, Week};

use super::{Check, EvidenceError, Trouble};
use crate::evidence::Store;
use crate::evidence::store::sequences;
use crate::ports::ArtifactName;

impl Check<'_> {
    /// Compares every anchor of the week with its event, and every event with its anchor.
    pub(super) async fn anchors(&mut self, stored: &[StoredEvent]) -> Result<(), EvidenceError> {
        let archive = self.store.archive();
        let names = archive.list(&ArtifactName::anchor_prefix(self.stream)).await?;
        self.answer.anchors = names.len();
        let mut anchored: BTreeSet<Sequence> = BTreeSet::new();
        for name in &names {
            let Some(sequence) = sequence(name, self.stream) else {
                self.corrupt(name.to_string(), "it is no anchor of this week");
                continue;
            };
            anchored.insert(sequence);
            let body = archive.read(name).await?.unwrap_or_default();
            let Some(anchor) = Anchor::parse(self.stream, sequence, &body) else {
                self.corrupt(name.to_string(), "it does not hold a digest and a line end");
                continue;
            };
            let index = usize::try_from(sequence.get() - 1).unwrap_or(usize::MAX);
            match stored.get(index) {
                Some(event) if event.digest() == anchor.digest => {}
                Some(event) => self.corrupt(
                    format!("event {sequence}"),
                    format!(
                        "it has digest {}, but {} was anchored in {name}",
                        event.digest(),
                        anchor.digest
                    ),
                ),
                None => self.corrupt(
                    format!("event {sequence}"),
                    format!("it was anchored in {name}, and the ledger ends at {}", stored.len()),
                ),
            }
        }
        self.answer.anchored_to = anchored.last().copied();
        let head = stored.len();
        for (_, sequence) in stored.iter().zip(sequences()) {
            let is_head = usize::try_from(sequence.get()).is_ok_and(|number| number == head);
            if anchored.contains(&sequence) {
                continue;
            }
            if is_head {
                // A crash between append and anchor; the next run writes it.
                self.answer.notes.push(format!("event {sequence}, the newest, has no anchor yet"));
            } else {
                let name = ArtifactName::anchor(self.stream, sequence);
                self.corrupt(name.to_string(), "the anchor is missing");
            }
        }
        Ok(())
    }
}

/// The event that an anchor is of, if its name is written as `Anchor::name` does.
fn sequence(name: &ArtifactName, stream: &StreamId) -> Option<Sequence> {
    let sequence = name.as_str().rsplit('/').next()?.parse().ok().and_then(Sequence::new)?;
    (ArtifactName::anchor(stream, sequence) == *name).then_some(sequence)
}

/// Anchors of weeks of which the ledger has no event at all.
pub(super) async fn of_lost_streams(store: &dyn Store) -> Result<Vec<Trouble>, EvidenceError> {
    let known: BTreeSet<StreamId> = store.streams().await?.into_iter().collect();
    let mut lost: BTreeSet<String> = BTreeSet::new();
    for name in store.archive().list("anchors/").await? {
        match stream_of(&name) {
            Some(stream) if known.contains(&stream) => {}
            Some(stream) => {
                lost.insert(stream.to_string());
            }
            None => {
                lost.insert(name.to_string());
            }
        }
    }
    let trouble = |what: String| Trouble {
        what,
        why: "it was anchored, and the ledger has no event of it".to_owned(),
    };
    Ok(lost.into_iter().map(trouble).collect())
}

/// `anchors/<report>/<week>/<sequence>`
fn stream_of(name: &ArtifactName) -> Option<StreamId> {
    let parts: Vec<&str> = name.as_str().split('/').collect();
    let [_, report, week, _] = parts[..] else { return None };
    Some(StreamId::new(ReportId::parse(report).ok()?, Week::parse(week).ok()?))
}
