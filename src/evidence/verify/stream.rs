//! The stream itself: every envelope, every payload, and the digests that link them.

use weekledger_events::envelope::ReadError;
use weekledger_events::schema::SchemaError;
use weekledger_events::verify::{ChainError, check_chain};
use weekledger_events::{Event, StoredEvent};

use super::{Check, EvidenceError, sentence};
use crate::evidence::store::{sequences, with_payload};
use crate::ports::{ArchiveError, LedgerError};

impl Check<'_> {
    /// Every event as stored bytes, as far as the ledger gives them.
    pub(super) async fn stream(&mut self) -> Result<Vec<StoredEvent>, EvidenceError> {
        let items = match self.store.stream(self.stream).await {
            Ok(items) => items,
            Err(error @ LedgerError::Unavailable(_)) => return Err(error.into()),
            Err(LedgerError::Damaged { slot, what, .. }) => {
                self.corrupt(format!("event {}", plain(&slot)), what);
                return Ok(Vec::new());
            }
            Err(error) => {
                self.corrupt("the ledger", sentence(&error));
                return Ok(Vec::new());
            }
        };
        let mut stored = Vec::with_capacity(items.len());
        for (item, sequence) in items.iter().zip(sequences()) {
            match with_payload(self.store.archive(), item).await {
                Ok(event) => stored.push(event),
                Err(error @ ArchiveError::Unavailable(_)) => return Err(error.into()),
                Err(error) => {
                    self.corrupt(format!("the payload of event {sequence}"), sentence(&error));
                    let envelope = item.envelope.clone();
                    stored.push(StoredEvent { envelope, payload: Vec::new() });
                }
            }
        }
        Ok(stored)
    }

    /// The events, if chain and payloads are sound and this version can read them.
    pub(super) fn read(&mut self, stored: &[StoredEvent]) -> Option<Vec<Event>> {
        if let Err(error) = check_chain(self.stream, stored) {
            self.broken(error);
            return None;
        }
        let mut events = Vec::with_capacity(stored.len());
        for (item, sequence) in stored.iter().zip(sequences()) {
            match item.read() {
                Ok(event) => events.push(event),
                Err(error) => self.unreadable(&format!("event {sequence}"), item, error),
            }
        }
        (events.len() == stored.len()).then_some(events)
    }

    fn broken(&mut self, error: ChainError) {
        match error {
            ChainError::Unreadable { sequence, source: ReadError::NewerEnvelope { found } } => {
                self.newer(
                    &format!("event {sequence}"),
                    "a newer version",
                    format!("its envelope has format {found}, which this version cannot read"),
                );
            }
            error => {
                let what = match &error {
                    ChainError::Unreadable { sequence, .. }
                    | ChainError::ForeignEvent { sequence, .. }
                    | ChainError::BrokenLink { sequence, .. } => format!("event {sequence}"),
                    ChainError::Gap { expected, .. } => format!("event {expected}"),
                };
                self.corrupt(what, sentence(&error));
            }
        }
    }

    fn unreadable(&mut self, what: &str, item: &StoredEvent, error: ReadError) {
        match (&error, item.read_envelope()) {
            (ReadError::Payload(SchemaError::Newer { .. }), Ok(envelope)) => {
                let producer = &envelope.producer;
                let made_by = format!("{} {}", producer.name, producer.version);
                self.newer(what, &made_by, sentence(&error));
            }
            _ => self.corrupt(what, sentence(&error)),
        }
    }

    fn newer(&mut self, what: &str, made_by: &str, why: String) {
        let mut note = self.version_note(what.to_owned(), self.present, why);
        made_by.clone_into(&mut note.made_by);
        self.answer.other_versions.push(note);
        self.answer.notes.push(
            "figures and mails were not recomputed; use the version that made them".to_owned(),
        );
    }
}

/// Slots are padded with zeros.
fn plain(slot: &str) -> &str {
    match slot.trim_start_matches('0') {
        "" => slot,
        plain => plain,
    }
}
