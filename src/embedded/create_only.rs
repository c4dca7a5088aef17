//! Files that appear whole, once, and are never overwritten: staged, synced, then linked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Makes files below one root. Unfinished ones lie in a staging folder on the same file system,
/// so that a killed process leaves them in one place, where nobody lists them.
pub(super) struct CreateOnly {
    staging: PathBuf,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    New,
    /// The name was taken; nothing was written.
    Taken,
}

/// Why a file was not made, or not surely.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    /// The name does not exist.
    #[error("the file was not written")]
    NotPlaced(#[source] io::Error),
    /// The name exists, but a loss of power may still take it away.
    #[error("the folder of the file could not be synced")]
    NotSynced(#[source] io::Error),
}

impl CreateOnly {
    pub(super) fn new(root: &Path) -> Self {
        Self { staging: root.join(".staging") }
    }

    /// Removes what a killed process left unfinished. Only for whoever holds the lock of the
    /// data directory: it would take away the files of another writer.
    pub(super) fn sweep(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.staging) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// Makes `path` with `bytes` if it does not exist. Durable when it returns, also if the name
    /// was taken: whoever took it may not have come to the sync.
    pub(super) fn place(&self, path: &Path, bytes: &[u8]) -> Result<Placed, PlaceError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let placed = if path.try_exists().map_err(PlaceError::NotPlaced)? {
            Placed::Taken
        } else {
            self.stage_and_link(folder, path, bytes).map_err(PlaceError::NotPlaced)?
        };
        sync_folder(folder).map_err(PlaceError::NotSynced)?;
        Ok(placed)
    }

    fn stage_and_link(&self, folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<Placed> {
        make_folders(&self.staging)?;
        make_folders(folder)?;
        let staged = Staged::write(&self.staging, bytes)?;
        match fs::hard_link(&staged.path, path) {
            Ok(()) => Ok(Placed::New),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Placed::Taken),
            // What file systems without hard links answer, such as exFAT.
            Err(error)
                if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) =>
            {
                rename_if_free(&staged.path, path)
            }
            Err(error) => Err(error),
        }
    }
}

/// A rename overwrites, so it is looked first, one at a time. Other processes are kept away by
/// the lock of the data directory.
fn rename_if_free(staged: &Path, path: &Path) -> io::Result<Placed> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if path.try_exists()? {
        return Ok(Placed::Taken);
    }
    fs::rename(staged, path).map(|()| Placed::New)
}

/// A finished file in the staging folder; its staging name goes when this is dropped.
struct Staged {
    path: PathBuf,
}

impl Staged {
    fn write(staging: &Path, bytes: &[u8]) -> io::Result<Self> {
        let (mut file, staged) = Self::create(staging)?;
        file.write_all(bytes)?;
        let mut permissions = file.metadata()?.permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions)?;
        file.sync_all()?;
        Ok(staged)
    }

    fn create(staging: &Path) -> io::Result<(File, Self)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = staging.join(format!("{}-{number}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, Self { path })),
                // Left by a killed process that had the same number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // If it stays, the next sweep takes it.
        drop(fs::remove_file(&self.path));
    }
}

/// Makes a folder and those above it, each durable.
pub(super) fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new("."));
    make_folders(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(above),
    }
}

/// Makes the names in a folder survive a loss of power. Only Unix can and needs to do it.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
