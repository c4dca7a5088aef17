//! Where evidence is read from: a ledger with its archive, or a bundle. Nothing here writes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use weekledger_events::verify::check_chain;
use weekledger_events::{Sequence, StoredEvent, StreamId};
use weekledger_projections::week_state::WeekState;

use super::EvidenceError;
use crate::chain::Loaded;
use crate::ports::{Archive, ArchiveError, ArtifactName, Ledger, LedgerError, LedgerItem};
use crate::stream::StreamError;

/// Read-only evidence.
#[async_trait]
pub trait Store: Send + Sync {
    /// Every event of a stream in order; none if the stream is not known here.
    async fn stream(&self, stream: &StreamId) -> Result<Arc<Vec<LedgerItem>>, LedgerError>;

    /// One event, also of a stream that is here in part only.
    async fn event(
        &self,
        stream: &StreamId,
        sequence: Sequence,
    ) -> Result<Option<LedgerItem>, LedgerError>;

    /// Every stream that is here as a whole, sorted.
    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError>;

    fn archive(&self) -> &dyn Archive;
}

/// A ledger and its archive. Remembers what it has read, so it lives for one question.
pub struct LedgerStore {
    ledger: Arc<dyn Ledger>,
    archive: Arc<dyn Archive>,
    read: Mutex<BTreeMap<StreamId, Arc<Vec<LedgerItem>>>>,
}

impl LedgerStore {
    pub fn new(ledger: Arc<dyn Ledger>, archive: Arc<dyn Archive>) -> Self {
        Self { ledger, archive, read: Mutex::default() }
    }

    fn read(&self) -> MutexGuard<'_, BTreeMap<StreamId, Arc<Vec<LedgerItem>>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for LedgerStore {
    async fn stream(&self, stream: &StreamId) -> Result<Arc<Vec<LedgerItem>>, LedgerError> {
        let known = self.read().get(stream).cloned();
        if let Some(items) = known {
            return Ok(items);
        }
        let items = Arc::new(self.ledger.load(stream).await?);
        self.read().insert(stream.clone(), items.clone());
        Ok(items)
    }

    async fn event(
        &self,
        stream: &StreamId,
        sequence: Sequence,
    ) -> Result<Option<LedgerItem>, LedgerError> {
        let items = self.stream(stream).await?;
        let index = usize::try_from(sequence.get() - 1).unwrap_or(usize::MAX);
        Ok(items.get(index).cloned())
    }

    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        self.ledger.streams().await
    }

    fn archive(&self) -> &dyn Archive {
        &*self.archive
    }
}

/// Reads a whole week and checks its digest chain. Anchors are looked at by `verify`.
pub async fn read_week(store: &dyn Store, stream: &StreamId) -> Result<Loaded, EvidenceError> {
    let mut stored = Vec::new();
    for item in store.stream(stream).await?.iter() {
        stored.push(with_payload(store.archive(), item).await?);
    }
    check_chain(stream, &stored)
        .map_err(|source| StreamError::Broken { stream: stream.clone(), source })?;
    let mut events = Vec::with_capacity(stored.len());
    for (item, sequence) in stored.iter().zip(sequences()) {
        let unreadable =
            |source| StreamError::Unreadable { stream: stream.clone(), sequence, source };
        events.push(item.read().map_err(unreadable)?);
    }
    let state = WeekState::fold(stream.clone(), &events);
    let anchored = anchored_to(store.archive(), stream).await?;
    Ok(Loaded { events, state, anchored })
}

/// The newest event that was anchored.
pub(super) async fn anchored_to(
    archive: &dyn Archive,
    stream: &StreamId,
) -> Result<Option<Sequence>, ArchiveError> {
    let names = archive.list(&ArtifactName::anchor_prefix(stream)).await?;
    let number = |name: &ArtifactName| name.as_str().rsplit('/').next()?.parse().ok();
    Ok(names.iter().filter_map(number).max().and_then(Sequence::new))
}

/// 1, 2, 3 …
pub(super) fn sequences() -> impl Iterator<Item = Sequence> {
    std::iter::successors(Some(Sequence::FIRST), |sequence| Some(sequence.next()))
}

/// An event with the payload that may lie in the archive.
pub(super) async fn with_payload(
    archive: &dyn Archive,
    item: &LedgerItem,
) -> Result<StoredEvent, ArchiveError> {
    let envelope = item.envelope.clone();
    if let Some(payload) = &item.payload {
        return Ok(StoredEvent { envelope, payload: payload.clone() });
    }
    let Ok(read) = weekledger_events::envelope::read_envelope(&envelope) else {
        // Whoever checks the chain says which event this is.
        return Ok(StoredEvent { envelope, payload: Vec::new() });
    };
    let name = ArtifactName::evidence(&read.payload.digest);
    let payload = archive.read(&name).await?;
    let payload = payload.ok_or_else(|| ArchiveError::Missing { name: name.to_string() })?;
    Ok(StoredEvent { envelope, payload })
}
