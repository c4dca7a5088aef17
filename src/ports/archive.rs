//! The archive: bytes that are created once and never changed.

use std::fmt;

use async_trait::async_trait;
use weekledger_events::{Anchor, Digest, RunId, Sequence, StreamId};

use super::Cause;

/// The name of an archived object: `raw/…`, `evidence/…` or `anchors/…`. Made only from
/// validated parts, so it can be a path or a key as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactName(String);

impl ArtifactName {
    /// An API response, kept with its run and expired by age.
    pub fn raw(stream: &StreamId, run: RunId, digest: &Digest) -> Self {
        Self(format!("{}{digest}", Self::raw_prefix(stream, run)))
    }

    /// Everything raw of one run.
    pub fn raw_prefix(stream: &StreamId, run: RunId) -> String {
        format!("raw/{}/{}/{run}/", stream.report, stream.week)
    }

    /// A page's checkpoint: which artifact a step of a run produced. Expires with the raw pages.
    pub fn raw_step(stream: &StreamId, run: RunId, step: &StepName) -> Self {
        Self(format!("{}steps/{}", Self::raw_prefix(stream, run), step.0))
    }

    /// Anything that is kept: series, figures, claims, mails, model exchanges, large payloads.
    pub fn evidence(digest: &Digest) -> Self {
        Self(format!("evidence/{digest}"))
    }

    /// A model exchange's checkpoint.
    pub fn evidence_step(run: RunId, step: &StepName) -> Self {
        Self(format!("evidence/steps/{run}/{}", step.0))
    }

    pub fn anchor(stream: &StreamId, sequence: Sequence) -> Self {
        Self(format!("anchors/{}", Anchor::name(stream, sequence)))
    }

    /// Every anchor of a stream.
    pub fn anchor_prefix(stream: &StreamId) -> String {
        format!("anchors/{}/{}/", stream.report, stream.week)
    }

    /// A name as an adapter lists it. Refuses anything that could leave its area.
    pub fn from_listing(text: &str) -> Option<Self> {
        let area = ["raw/", "evidence/", "anchors/"].iter().any(|area| text.starts_with(area));
        let plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
                && !part.starts_with('.')
        };
        (area && text.split('/').all(plain)).then(|| Self(text.to_owned()))
    }

    /// True for what expires by age.
    pub fn is_raw(&self) -> bool {
        self.0.starts_with("raw/")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArtifactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names one step of a stage: trigger, step and attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepName(String);

impl StepName {
    /// `step` is reduced to letters, digits and hyphens.
    pub fn new(trigger: weekledger_events::EventId, step: &str, attempt: u32) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let step: String = step.chars().map(plain).collect();
        Self(format!("{trigger}/{step}-{attempt}"))
    }
}

/// What became of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    New,
    /// The same bytes were there already.
    Same,
    /// Other bytes are there, and stay.
    Other(Vec<u8>),
}

#[async_trait]
pub trait Archive: Send + Sync {
    /// Stores bytes under a name that must be free. Durable when it returns; never overwrites.
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError>;

    /// The bytes under a name, or `None`. At most `READ_LIMIT` of them.
    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError>;

    /// Whether a name exists, without reading it.
    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError>;

    /// Every name that begins with `prefix`, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError>;
}

/// No archived object is larger, in bytes.
pub const READ_LIMIT: u64 = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the archive is not available")]
    Unavailable(#[source] Cause),
    #[error("the archive refuses {name}")]
    Refused {
        name: String,
        #[source]
        source: Cause,
    },
    #[error("{name} is {length} bytes long, more than {READ_LIMIT}")]
    TooLarge { name: String, length: u64 },
    /// Bytes under a digest's name have another digest.
    #[error("{name} is corrupt: its bytes have digest {found}")]
    Corrupt { name: String, found: Digest },
    #[error("{name} is missing from the archive")]
    Missing { name: String },
}

impl ArchiveError {
    /// True if one object is gone or is not what its name says: the archive itself works.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Corrupt { .. } | Self::Missing { .. } => true,
            Self::Unavailable(_) | Self::Refused { .. } | Self::TooLarge { .. } => false,
        }
    }
}
