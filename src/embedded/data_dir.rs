//! The data directory: ledger, archive, bus and outbox below one folder, with a format version
//! and one process that writes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::create_only::{CreateOnly, PlaceError, Placed, make_folders};
use super::space;
use super::{FileArchive, LocalBus, OutboxError, OutboxMailer, SqliteHistory, SqliteLedger};
use crate::ports::{ArchiveError, BusError, Cause, HistoryTableError, LedgerError};

/// What a command wants to do with the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Runs: one process at a time, kept by a lock that ends with the process.
    Write,
    /// Questions: any number, also during a run. SQLite's WAL shows them whole commits, and
    /// archived files appear whole.
    Read,
}

/// An open data directory. Writing adapters may be used as long as it lives.
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    access: Access,
    /// Holds the lock until it is closed. `None` for reading.
    _lock: Option<File>,
}

/// Of the layout as a whole; the databases have versions of their own.
const FORMAT: u32 = 1;

const FORMAT_FILE: &str = "format";
const LOCK_FILE: &str = "lock";
const LEDGER_FILE: &str = "ledger.sqlite3";

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error(
        "{} has lost its file \"format\", which says how it is laid out; write {FORMAT} into it if \
         this version made the directory, else restore it from a backup",
        .0.display()
    )]
    NoFormat(PathBuf),
    #[error("there is no data directory at {}; start a run first, or name another with --data-dir", .0.display())]
    Missing(PathBuf),
    #[error(
        "{} is not empty and not a weekledger data directory; name another with --data-dir",
        .0.display()
    )]
    Foreign(PathBuf),
    #[error("{} has format {found}, newer than {FORMAT}; install a newer weekledger", .path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error("{} does not hold a format number, such as {FORMAT}", .0.display())]
    Unreadable(PathBuf),
    #[error(
        "{} is in use by another weekledger process{}; wait until it has ended, or end it",
        .path.display(),
        .process.as_ref().map(|id| format!(" (number {id})")).unwrap_or_default()
    )]
    Locked { path: PathBuf, process: Option<String> },
    /// Needs a person; nothing of the command was done.
    #[error("the data directory cannot be written")]
    NoSpace(#[source] Cause),
    #[error(
        "{} is read-only; commands that only read work, others need a data directory that they may \
         write",
        .path.display()
    )]
    ReadOnly {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} cannot be used", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl DataDir {
    /// Opens the directory at `root`. For writing, makes it if it is absent or empty, and locks
    /// it against a second process.
    pub fn open(root: &Path, access: Access) -> Result<Self, DataDirError> {
        let lock = match access {
            Access::Read => None,
            Access::Write => {
                refuse_foreign(root)?;
                make_private(root).map_err(|source| io_at(root, source))?;
                let lock = lock(root)?;
                CreateOnly::new(root).sweep().map_err(|source| io_at(root, source))?;
                write_format(root)?;
                Some(lock)
            }
        };
        check_format(root)?;
        Ok(Self { root: root.to_owned(), access, _lock: lock })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn ledger(&self) -> Result<SqliteLedger, LedgerError> {
        SqliteLedger::open(&self.root.join(LEDGER_FILE), self.access)
    }

    pub fn archive(&self) -> Result<FileArchive, ArchiveError> {
        FileArchive::open(&self.root.join("archive"), self.access)
    }

    pub fn bus(&self) -> Result<LocalBus, BusError> {
        LocalBus::open(&self.root.join("bus.sqlite3"), self.access)
    }

    /// A projection of the ledger, for other tools.
    pub fn history(&self) -> Result<SqliteHistory, HistoryTableError> {
        SqliteHistory::open(&self.history_path(), self.access)
    }

    /// Where the history table lies, if it has been written.
    pub fn history_path(&self) -> PathBuf {
        self.root.join("history").join("history.sqlite3")
    }

    /// Deletes the history table, which the ledger can make anew. Only the owner of the lock may.
    pub fn remove_history(&self) -> io::Result<()> {
        let path = self.history_path();
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(PathBuf::from(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub fn outbox(&self) -> Result<OutboxMailer, OutboxError> {
        OutboxMailer::open(&self.root.join("outbox"), self.access)
    }
}

/// Refuses to spread files over a folder that somebody, or a newer version, uses otherwise.
fn refuse_foreign(root: &Path) -> Result<(), DataDirError> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|source| io_at(root, source))?,
    };
    let mut other = false;
    for entry in entries {
        let name = entry.map_err(|source| io_at(root, source))?.file_name();
        if name == FORMAT_FILE || name == LEDGER_FILE {
            return check_format(root);
        }
        // Lock and staging alone: the making of this directory was interrupted.
        other |= name != LOCK_FILE && name != ".staging";
    }
    if other { Err(DataDirError::Foreign(root.to_owned())) } else { Ok(()) }
}

/// Makes the directory for its owner alone: mails and their addresses lie in it.
fn make_private(root: &Path) -> io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    make_folders(root)?;
    #[cfg(unix)]
    fs::set_permissions(root, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn lock(root: &Path) -> Result<File, DataDirError> {
    let path = root.join(LOCK_FILE);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = opened.map_err(|source| io_at(&path, source))?;
    match file.try_lock() {
        Ok(()) => {
            // For the message of the next; nobody relies on it.
            drop(file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            Err(DataDirError::Locked { path: root.to_owned(), process: holder(&mut file) })
        }
        Err(TryLockError::Error(source)) => Err(io_at(&path, source)),
    }
}

/// The process number that the holder of the lock wrote, if it came to it.
fn holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.parse::<u32>().ok().map(|id| id.to_string())
}

fn write_format(root: &Path) -> Result<(), DataDirError> {
    let path = root.join(FORMAT_FILE);
    match CreateOnly::new(root).place(&path, format!("{FORMAT}\n").as_bytes()) {
        Ok(Placed::New | Placed::Taken) => Ok(()),
        Err(PlaceError::NotPlaced(source) | PlaceError::NotSynced(source)) => {
            Err(io_at(&path, source))
        }
    }
}

fn check_format(root: &Path) -> Result<(), DataDirError> {
    let path = root.join(FORMAT_FILE);
    let mut text = String::new();
    match File::open(&path).and_then(|file| file.take(64).read_to_string(&mut text)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(match root.join(LEDGER_FILE).exists() {
                true => DataDirError::NoFormat(root.to_owned()),
                false => DataDirError::Missing(root.to_owned()),
            });
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(DataDirError::Unreadable(path));
        }
        Err(source) => return Err(io_at(&path, source)),
        Ok(_) => {}
    }
    match text.trim_end().parse::<u32>() {
        Ok(FORMAT) => Ok(()),
        Ok(found) if found > FORMAT => Err(DataDirError::Newer { path: root.to_owned(), found }),
        _ => Err(DataDirError::Unreadable(path)),
    }
}

fn io_at(path: &Path, source: io::Error) -> DataDirError {
    if space::says_so(&source) {
        return DataDirError::NoSpace(Box::new(space::no_space(path)));
    }
    if source.kind() == ErrorKind::ReadOnlyFilesystem {
        return DataDirError::ReadOnly { path: path.to_owned(), source };
    }
    DataDirError::Io { path: path.to_owned(), source }
}
