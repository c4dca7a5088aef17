//! Archived objects: every one that an event refers to is there and has its digest.

use std::collections::BTreeSet;

use weekledger_events::payload::{InputRef, RawFetched, Request};
use weekledger_events::{Anchor, ArtifactRef, Digest, Event, EventId, Payload};

use super::{Check, EvidenceError, Trouble, name_of};
use crate::evidence::Store;
use crate::evidence::artifact::{Reference, Role, is_torn, references};
use crate::ports::ArtifactName;

/// What one object turned out to be.
enum State {
    Whole,
    Gone,
    Altered { found: ArtifactRef },
}

impl Check<'_> {
    /// Reads and hashes what the events refer to. Answers with the events whose references are
    /// sound, so that only those are made anew.
    pub(super) async fn objects(
        &mut self,
        events: &[Event],
    ) -> Result<BTreeSet<EventId>, EvidenceError> {
        let mut sound = BTreeSet::new();
        let mut expired = 0_usize;
        for event in events {
            let mut whole = true;
            for reference in references(self.stream, event) {
                let Reference { role, name, artifact } = &reference;
                match state(self.store, name, artifact).await? {
                    State::Whole => self.answer.objects += 1,
                    State::Gone if *role == Role::Page && !is_torn(self.store, name).await? => {
                        expired += 1;
                    }
                    State::Gone => {
                        whole = false;
                        self.corrupt(name.to_string(), format!("{} needs it", missing(event)));
                    }
                    State::Altered { found } => {
                        whole = false;
                        let why =
                            format!("it has {} bytes and digest {}", found.length, found.digest);
                        self.corrupt(name.to_string(), why);
                    }
                }
            }
            whole &= self.inputs(event).await?;
            whole &= self.requests(event);
            if whole {
                sound.insert(event.id());
            }
        }
        self.answer.expired = expired;
        if expired > 0 {
            self.answer.notes.push(format!("{expired} pages have expired"));
        }
        Ok(sound)
    }

    /// Events of other weeks: there, with the digest that was named.
    async fn inputs(&mut self, event: &Event) -> Result<bool, EvidenceError> {
        let Payload::MetricsComputed(metrics) = &event.payload else { return Ok(true) };
        let earlier = metrics.restatements.iter().map(|moved| &moved.earlier);
        let inputs: BTreeSet<&InputRef> = metrics.inputs.iter().chain(earlier).collect();
        let mut whole = true;
        for input in inputs {
            let InputRef { stream, sequence, digest } = input;
            let what = format!("event {sequence} of {stream}");
            let item = match self.store.event(stream, *sequence).await {
                Ok(item) => item,
                Err(error @ crate::ports::LedgerError::Unavailable(_)) => return Err(error.into()),
                Err(error) => {
                    whole = false;
                    self.corrupt(what, super::sentence(&error));
                    continue;
                }
            };
            self.answer.inputs += 1;
            let found = item.map(|item| Digest::of(&item.envelope));
            if found != Some(*digest) {
                whole = false;
                let found =
                    found.map_or("it is missing".to_owned(), |it| format!("it has digest {it}"));
                self.corrupt(what, format!("{found}; {} names {digest}", name_of(event)));
            } else if let Some(why) = self.anchored_otherwise(input).await? {
                whole = false;
                self.corrupt(what, why);
            }
        }
        Ok(whole)
    }

    /// Why an event of another week is not the one that was anchored; its own verification looks
    /// at the anchors that are missing.
    async fn anchored_otherwise(&self, input: &InputRef) -> Result<Option<String>, EvidenceError> {
        let name = ArtifactName::anchor(&input.stream, input.sequence);
        let Some(body) = self.store.archive().read(&name).await? else { return Ok(None) };
        let anchor = Anchor::parse(&input.stream, input.sequence, &body);
        let same = anchor.is_some_and(|anchor| anchor.digest == input.digest);
        Ok((!same).then(|| format!("{name} holds another digest than {}", input.digest)))
    }

    /// Digests and lengths that a pull says of itself.
    fn requests(&mut self, event: &Event) -> bool {
        let Payload::RawFetched(raw) = &event.payload else { return true };
        let RawFetched { pages, .. } = &**raw;
        let mut whole = true;
        for (index, page) in pages.iter().enumerate() {
            let Request { method, url, body, digest } = &page.request;
            if Request::new(method, url, body.clone()).digest != *digest {
                whole = false;
                let why = format!("the request of page {index} does not have its digest");
                self.corrupt(name_of(event), why);
            }
            let cut: u64 = page.cut.iter().map(|cut| cut.length).sum();
            if page.artifact.length.checked_add(cut) != Some(page.received_length) {
                whole = false;
                let why = format!("the lengths of page {index} do not agree");
                self.corrupt(name_of(event), why);
            }
        }
        whole
    }
}

fn missing(event: &Event) -> String {
    format!("it is missing, and {}", name_of(event))
}

async fn state(
    store: &dyn Store,
    name: &ArtifactName,
    artifact: &ArtifactRef,
) -> Result<State, EvidenceError> {
    let Some(bytes) = store.archive().read(name).await? else { return Ok(State::Gone) };
    let found = ArtifactRef::of(&bytes);
    Ok(if found == *artifact { State::Whole } else { State::Altered { found } })
}

/// Hashes every object whose name is a digest.
pub(super) async fn sweep(store: &dyn Store) -> Result<Vec<Trouble>, EvidenceError> {
    let mut troubles = Vec::new();
    for area in ["evidence/", "raw/"] {
        for name in store.archive().list(area).await? {
            if name.as_str().contains("/steps/") {
                continue;
            }
            let digest = name.as_str().rsplit('/').next().and_then(|it| Digest::parse(it).ok());
            let Some(digest) = digest else {
                let why = "its name is no digest".to_owned();
                troubles.push(Trouble { what: name.to_string(), why });
                continue;
            };
            let bytes = store.archive().read(&name).await?.unwrap_or_default();
            let found = Digest::of(&bytes);
            if found != digest {
                let why = format!("it has {} bytes and digest {found}", bytes.len());
                troubles.push(Trouble { what: name.to_string(), why });
            }
        }
    }
    Ok(troubles)
}
