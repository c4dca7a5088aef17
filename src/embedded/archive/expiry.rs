//! Expiry of raw pages: whole runs by age, never evidence or anchors.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::{FileArchive, is_absent, unavailable, walk};
use crate::ports::ArchiveError;

/// What an expiry removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expired {
    /// Pages and their steps.
    pub objects: u64,
    pub bytes: u64,
}

impl FileArchive {
    /// Removes the raw pages and steps of every run whose newest file was written more than
    /// `keep_days` days of 24 hours before `now`. A run goes as a whole, because its steps name
    /// its pages.
    pub fn expire_raw(&self, now: Timestamp, keep_days: u32) -> Result<Expired, ArchiveError> {
        let oldest_kept = now
            .checked_sub(SignedDuration::from_hours(24 * i64::from(keep_days)))
            .unwrap_or(Timestamp::MIN);
        let mut expired = Expired::default();
        for run in self.run_folders().map_err(unavailable)? {
            let files = RunFiles::read(&run).map_err(unavailable)?;
            if files.newest.is_some_and(|newest| newest >= oldest_kept) {
                continue;
            }
            files.remove(&run).map_err(unavailable)?;
            expired.objects += files.paths.len() as u64;
            expired.bytes += files.bytes;
        }
        Ok(expired)
    }

    /// `raw/<report>/<week>/<run>`.
    fn run_folders(&self) -> io::Result<Vec<PathBuf>> {
        let mut folders = vec![self.root.join("raw")];
        for _level in ["report", "week", "run"] {
            let mut below = Vec::new();
            for folder in &folders {
                below.extend(folders_in(folder)?);
            }
            folders = below;
        }
        Ok(folders)
    }
}

/// The files of one run.
struct RunFiles {
    paths: Vec<PathBuf>,
    bytes: u64,
    /// `None` if there is no file: what an interrupted expiry left.
    newest: Option<Timestamp>,
}

impl RunFiles {
    fn read(folder: &Path) -> io::Result<Self> {
        let mut paths = Vec::new();
        walk(folder, "", &mut |_, path| paths.push(path.to_owned()))?;
        let mut bytes = 0;
        let mut newest = None;
        for path in &paths {
            let metadata = fs::metadata(path)?;
            bytes += metadata.len();
            let written = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
            newest = newest.max(Some(written));
        }
        Ok(Self { paths, bytes, newest })
    }

    /// Steps go before pages: a step that names no page would be worse than a page without step.
    fn remove(&self, folder: &Path) -> io::Result<()> {
        let steps = folder.join("steps");
        let (steps, pages): (Vec<_>, Vec<_>) =
            self.paths.iter().partition(|path| path.starts_with(&steps));
        for path in steps.into_iter().chain(pages) {
            fs::remove_file(path)?;
        }
        fs::remove_dir_all(folder)?;
        // The folders of week and report go with their last run; until then this fails.
        for above in folder.ancestors().skip(1).take(2) {
            if fs::remove_dir(above).is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}
