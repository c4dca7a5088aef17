//! The archive as files: a name is a path below one folder, created once and never changed.

mod expiry;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::Access;
use super::create_only::{CreateOnly, PlaceError, Placed};
use super::space;
use crate::ports::{Archive, ArchiveError, ArtifactName, Created, READ_LIMIT};

pub use expiry::Expired;

pub struct FileArchive {
    root: PathBuf,
    access: Access,
    files: CreateOnly,
}

impl FileArchive {
    /// Opens the archive in `root`. For writing, the caller holds the data directory's lock:
    /// what a killed process left unfinished is removed.
    pub fn open(root: &Path, access: Access) -> Result<Self, ArchiveError> {
        let files = CreateOnly::new(root);
        if access == Access::Write {
            files.sweep().map_err(unavailable)?;
        }
        Ok(Self { root: root.to_owned(), access, files })
    }

    fn path(&self, name: &ArtifactName) -> PathBuf {
        self.root.join(name.as_str())
    }

    fn create_now(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        if self.access == Access::Read {
            let source = io::Error::new(
                ErrorKind::PermissionDenied,
                "the data directory is open for reading only",
            );
            return Err(refused(name, source));
        }
        let length = bytes.len() as u64;
        if length > READ_LIMIT {
            return Err(ArchiveError::TooLarge { name: name.to_string(), length });
        }
        match self.files.place(&self.path(name), bytes) {
            Ok(Placed::New) => Ok(Created::New),
            Ok(Placed::Taken) => self.compare(name, bytes),
            Err(PlaceError::NotPlaced(error) | PlaceError::NotSynced(error)) => {
                Err(self.not_stored(name, error))
            }
        }
    }

    /// Full disks, quotas and permissions need a person; everything else may pass.
    fn not_stored(&self, name: &ArtifactName, error: io::Error) -> ArchiveError {
        if space::says_so(&error) {
            let source = Box::new(space::no_space(&self.root));
            return ArchiveError::Refused { name: name.to_string(), source };
        }
        match error.kind() {
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => refused(name, error),
            _ => unreadable(name, error),
        }
    }

    fn compare(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        match self.read_now(name)? {
            Some(found) if found == bytes => Ok(Created::Same),
            Some(found) => Ok(Created::Other(found)),
            // Nothing removes a name but the expiry, which takes no file as young as this one.
            None => Err(ArchiveError::Missing { name: name.to_string() }),
        }
    }

    fn read_now(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        let file = match File::open(self.path(name)) {
            Err(error) if is_absent(&error) => return Ok(None),
            file => file.map_err(|error| unreadable(name, error))?,
        };
        let length = file.metadata().map_err(|error| unreadable(name, error))?.len();
        let mut bytes = Vec::new();
        // One byte more than allowed, for a file that grows while it is read.
        let read = file.take(READ_LIMIT + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(name, error))?;
        let length = length.max(bytes.len() as u64);
        if length > READ_LIMIT {
            return Err(ArchiveError::TooLarge { name: name.to_string(), length });
        }
        Ok(Some(bytes))
    }

    fn list_now(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A prefix that leaves the archive begins no name.
        if folder.split('/').any(|part| part.starts_with('.')) || prefix.starts_with('/') {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        walk(&self.root.join(folder), folder, &mut |name, _| {
            names.extend(ArtifactName::from_listing(name).filter(|_| name.starts_with(prefix)));
        })
        .map_err(unavailable)?;
        names.sort();
        Ok(names)
    }
}

#[async_trait]
impl Archive for FileArchive {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        self.create_now(name, bytes)
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        self.read_now(name)
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        match fs::metadata(self.path(name)) {
            Ok(found) => Ok(found.is_file()),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(unreadable(name, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        self.list_now(prefix)
    }
}

/// Calls `visit` for every file below `folder` with its name below the archive and its path.
/// Hidden entries, such as the staging folder, and symbolic links are no part of the archive.
fn walk(folder: &Path, name: &str, visit: &mut impl FnMut(&str, &Path)) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_absent(&error) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let file_name = entry.file_name();
        let Some(part) = file_name.to_str().filter(|part| !part.starts_with('.')) else {
            continue;
        };
        let name = if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &name, visit)?;
        } else if kind.is_file() {
            visit(&name, &entry.path());
        }
    }
    Ok(())
}

/// A name below another name, as in `evidence/a/b` beside `evidence/a`, does not exist either.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn refused(name: &ArtifactName, error: io::Error) -> ArchiveError {
    ArchiveError::Refused { name: name.to_string(), source: Box::new(error) }
}

fn unreadable(name: &ArtifactName, error: io::Error) -> ArchiveError {
    unavailable(io::Error::new(error.kind(), format!("{name}: {error}")))
}

fn unavailable(error: io::Error) -> ArchiveError {
    ArchiveError::Unavailable(Box::new(error))
}
