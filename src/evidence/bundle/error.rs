//! Why a bundle cannot be made or read.

use std::io;

use weekledger_events::Sequence;
use weekledger_events::canonical::CanonicalError;

use super::{BUNDLE_BYTES_MAX, BUNDLE_FORMAT, ENTRIES_MAX};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("the file cannot be read as a tar archive")]
    Tar(#[source] io::Error),
    #[error("the bundle has more than {ENTRIES_MAX} entries")]
    TooMany,
    #[error("the bundle is larger than {BUNDLE_BYTES_MAX} bytes")]
    TooLarge,
    #[error(
        "the bundle has format {found}, newer than {BUNDLE_FORMAT}; install a newer weekledger"
    )]
    Newer { found: u32 },
    #[error("the bundle has no manifest.json")]
    NoManifest,
    #[error("manifest.json is not a bundle's manifest")]
    Manifest(#[source] serde_json::Error),
    /// Names leave no folder, are no links, and are of the kinds that a bundle has.
    #[error("the bundle has an entry {name:?}, which none of this form has")]
    Foreign { name: String },
    #[error("the bundle has {name} twice")]
    Twice { name: String },
    /// The file was altered, or cut.
    #[error("entry {name} is altered or missing: it does not have the digest in manifest.json")]
    Altered { name: String },
    #[error("event {sequence} is missing in the bundle")]
    Gap { sequence: Sequence },
    /// Padding, order or headers differ from what an export writes.
    #[error("the file differs at byte {position} from what an export writes of its content")]
    Form { position: usize },
    #[error("the manifest has no canonical form")]
    Canonical(#[from] CanonicalError),
}
