//! References to archived bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// Archived bytes, named by their digest. The length makes a truncation visible before hashing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct ArtifactRef {
    pub digest: Digest,
    /// In bytes.
    pub length: u64,
}

impl ArtifactRef {
    pub fn of(bytes: &[u8]) -> Self {
        Self { digest: Digest::of(bytes), length: bytes.len() as u64 }
    }
}
