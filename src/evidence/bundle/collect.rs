//! Collects what the verification of one week needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weekledger_events::payload::{InputRef, MetricsComputed};
use weekledger_events::{Payload, StreamId};
use weekledger_projections::series::Series;

use super::{Bundle, Objects};
use crate::evidence::artifact::{Role, references};
use crate::evidence::store::with_payload;
use crate::evidence::{EvidenceError, Store, read_week};
use crate::ports::{ArchiveError, ArtifactName, LedgerItem};
use crate::stages::read_evidence;

/// Everything of a week: its events and anchors, all that they refer to (raw pages as far as they
/// are kept), the events of other weeks that its figures rest on, with their anchors, and the rows
/// behind the whole series, so that every figure can be followed to its rows.
pub async fn collect(store: &dyn Store, stream: &StreamId) -> Result<Bundle, EvidenceError> {
    let loaded = read_week(store, stream).await?;
    let mut collector = Collector { store, objects: Objects::default(), inputs: BTreeMap::new() };
    collector.anchors(stream).await?;
    for event in &loaded.events {
        for reference in references(stream, event) {
            collector.object(&reference.name, reference.role == Role::Page).await?;
        }
        if let Payload::MetricsComputed(metrics) = &event.payload {
            collector.metrics(metrics).await?;
        }
    }
    let mut events = Vec::new();
    for item in store.stream(stream).await?.iter() {
        events.push(whole(store, item).await?);
    }
    let Collector { objects, inputs, .. } = collector;
    Ok(Bundle { stream: stream.clone(), events: Arc::new(events), inputs, objects })
}

struct Collector<'a> {
    store: &'a dyn Store,
    objects: Objects,
    inputs: BTreeMap<(StreamId, weekledger_events::Sequence), LedgerItem>,
}

impl Collector<'_> {
    async fn anchors(&mut self, stream: &StreamId) -> Result<(), EvidenceError> {
        let prefix = ArtifactName::anchor_prefix(stream);
        for name in self.store.archive().list(&prefix).await? {
            self.object(&name, false).await?;
        }
        Ok(())
    }

    /// One object; one that may have expired is left out then.
    async fn object(&mut self, name: &ArtifactName, may_expire: bool) -> Result<(), EvidenceError> {
        if self.objects.0.contains_key(name) {
            return Ok(());
        }
        match self.store.archive().read(name).await? {
            Some(bytes) => {
                self.objects.0.insert(name.clone(), bytes);
                Ok(())
            }
            None if may_expire => Ok(()),
            None => Err(ArchiveError::Missing { name: name.to_string() }.into()),
        }
    }

    async fn metrics(&mut self, metrics: &MetricsComputed) -> Result<(), EvidenceError> {
        let earlier = metrics.restatements.iter().map(|moved| &moved.earlier);
        let inputs: BTreeSet<&InputRef> = metrics.inputs.iter().chain(earlier).collect();
        for InputRef { stream, sequence, .. } in inputs {
            let missing =
                || EvidenceError::EventMissing { stream: stream.clone(), sequence: *sequence };
            let item = self.store.event(stream, *sequence).await?.ok_or_else(missing)?;
            let item = whole(self.store, &item).await?;
            self.inputs.insert((stream.clone(), *sequence), item);
            let anchor = ArtifactName::anchor(stream, *sequence);
            self.object(&anchor, true).await?;
        }
        let series = read_evidence(self.store.archive(), &metrics.series).await?;
        for week in Series::from_bytes(&series)?.weeks {
            let accounts = week.accounts.iter().filter_map(|account| account.observed.as_ref());
            let early = week.accounts.iter().flat_map(|account| &account.early);
            let early = early.filter_map(|early| early.observed.as_ref());
            let contacts = week.crm.iter().map(|crm| &crm.observed);
            for observed in accounts.chain(early).chain(contacts) {
                self.object(&ArtifactName::evidence(&observed.rows.digest), false).await?;
            }
        }
        Ok(())
    }
}

/// An event with its payload beside it, wherever the ledger keeps it.
async fn whole(store: &dyn Store, item: &LedgerItem) -> Result<LedgerItem, EvidenceError> {
    let stored = with_payload(store.archive(), item).await?;
    Ok(LedgerItem { envelope: stored.envelope, payload: Some(stored.payload) })
}
