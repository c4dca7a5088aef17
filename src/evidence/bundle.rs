//! Bundles: one week with everything that its verification needs, in one tar file of a fixed form.
//!
//! ```text
//! manifest.json                                     format, week, and the digest of every entry
//! archive/…                                         anchors, evidence, raw pages while they are kept
//! events/REPORT/WEEK/000001.envelope.json           the week's events, exact bytes
//! events/REPORT/WEEK/000001.payload.json
//! inputs/REPORT/WEEK/000003.envelope.json           events of other weeks that it rests on
//! inputs/REPORT/WEEK/000003.payload.json
//! ```
//!
//! Entries are sorted, times are zero, so the same week gives the same bytes; a file that is not
//! exactly what `write` makes of its content is refused.

mod collect;
mod error;
mod form;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use weekledger_events::{Sequence, StreamId};

use super::Store;
use crate::ports::{Archive, ArchiveError, ArtifactName, Created, LedgerError, LedgerItem};

pub use collect::collect;
pub use error::BundleError;
pub use form::{BUNDLE_BYTES_MAX, ENTRIES_MAX};

/// Shape of the file. A reader refuses a newer one.
pub const BUNDLE_FORMAT: u32 = 1;

/// One week, whole, with the events of other weeks that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    stream: StreamId,
    events: Arc<Vec<LedgerItem>>,
    inputs: BTreeMap<(StreamId, Sequence), LedgerItem>,
    objects: Objects,
}

/// Archived objects by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Objects(BTreeMap<ArtifactName, Vec<u8>>);

impl Bundle {
    /// The week that it holds.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// How many archived objects it holds.
    pub fn objects(&self) -> usize {
        self.objects.0.len()
    }

    /// The file's bytes. The same bundle gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        form::write(&form::entries(self)?)
    }

    /// Reads a file. Whatever is not exactly of the form of `to_bytes` is refused, so no byte of
    /// it can be altered unseen; what the entries say is for `verify` to judge.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        read::read(bytes)
    }
}

#[async_trait]
impl Store for Bundle {
    async fn stream(&self, stream: &StreamId) -> Result<Arc<Vec<LedgerItem>>, LedgerError> {
        Ok(if *stream == self.stream { self.events.clone() } else { Arc::default() })
    }

    async fn event(
        &self,
        stream: &StreamId,
        sequence: Sequence,
    ) -> Result<Option<LedgerItem>, LedgerError> {
        if *stream == self.stream {
            let index = usize::try_from(sequence.get() - 1).unwrap_or(usize::MAX);
            return Ok(self.events.get(index).cloned());
        }
        Ok(self.inputs.get(&(stream.clone(), sequence)).cloned())
    }

    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        Ok(vec![self.stream.clone()])
    }

    fn archive(&self) -> &dyn Archive {
        &self.objects
    }
}

#[async_trait]
impl Archive for Objects {
    async fn create(&self, name: &ArtifactName, _: &[u8]) -> Result<Created, ArchiveError> {
        let source = "a bundle is read only".into();
        Err(ArchiveError::Refused { name: name.to_string(), source })
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        Ok(self.0.get(name).cloned())
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        Ok(self.0.contains_key(name))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        Ok(self.0.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }
}
