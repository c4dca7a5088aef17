//! How much space a disk has left, so that an error can say so.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A disk that takes nothing more.
#[derive(Debug, thiserror::Error)]
#[error("the disk that holds {} is full{}", .path.display(), left(*.free))]
pub(super) struct NoSpace {
    path: PathBuf,
    /// Bytes that are free, if the system tells.
    free: Option<u64>,
}

fn left(free: Option<u64>) -> String {
    free.map(|bytes| format!(": {} KiB are free", bytes / 1024)).unwrap_or_default()
}

/// Of a database a few pages and its shared memory do not fit any more, in bytes.
const SHORT: u64 = 256 << 10;

pub(super) fn no_space(path: &Path) -> NoSpace {
    NoSpace { path: path.to_owned(), free: free(path) }
}

/// Whether the disk is so full that this explains a write that failed for no other known reason.
pub(super) fn is_short(path: &Path) -> bool {
    free(path).is_some_and(|bytes| bytes < SHORT)
}

/// Whether the system says that there is no space, on the disk or for this user.
pub(super) fn says_so(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// Bytes that an ordinary user may still write; looked up at the nearest folder that exists.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let place = path.ancestors().find(|place| place.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(place).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
