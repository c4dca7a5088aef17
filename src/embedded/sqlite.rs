//! How the embedded databases are opened: durable, checked for owner and version.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::Access;
use super::space::{is_short, no_space};
use crate::ports::Cause;

/// One kind of database file, told apart by its header.
pub(super) struct Kind {
    pub(super) application_id: i32,
    /// Kept as `user_version`; a higher one was written by a newer release.
    pub(super) format: i32,
    pub(super) schema: &'static str,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("{} has format {found}, newer than {newest}; install a newer weekledger", .place.display())]
    Newer { place: PathBuf, found: i32, newest: i32 },
    #[error(
        "{} is a database of another program; move it away or choose another data directory",
        .place.display()
    )]
    Foreign { place: PathBuf },
    #[error("{} holds nothing yet; start a run first", .place.display())]
    Empty { place: PathBuf },
    /// Disk full, permission: a person is needed.
    #[error("{} cannot be written", .place.display())]
    Refused {
        place: PathBuf,
        #[source]
        source: Cause,
    },
    #[error(
        "{} was not closed, and its folder is read-only; open it once where it can be written, or \
         copy the data directory",
        .place.display()
    )]
    Unfinished { place: PathBuf },
    #[error("{} cannot be opened", .place.display())]
    Failed {
        place: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
}

/// How long a call waits for another connection to finish its write.
const BUSY_WAIT: Duration = Duration::from_secs(5);

pub(super) fn open(path: &Path, access: Access, kind: &Kind) -> Result<Connection, OpenError> {
    let place = || path.to_owned();
    let failed = |source| OpenError::Failed { place: place(), source };
    let not_written = |source| not_opened(path, source);
    let (mut connection, header) = match access {
        Access::Write => connect(path).map_err(not_written)?,
        Access::Read => connect_to_read(path)?,
    };
    connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
    if header.is_blank() {
        if access == Access::Read {
            return Err(OpenError::Empty { place: place() });
        }
        let made = make_durable(&connection).and_then(|()| create(&mut connection, kind));
        made.map_err(not_written)?;
        return Ok(connection);
    }
    if header.application_id != kind.application_id || header.format < 1 {
        return Err(OpenError::Foreign { place: place() });
    }
    if header.format > kind.format {
        return Err(OpenError::Newer { place: place(), found: header.format, newest: kind.format });
    }
    if access == Access::Write {
        make_durable(&connection).map_err(not_written)?;
    }
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<(Connection, Header)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_WAIT)?;
    let header = Header::read(&connection)?;
    Ok((connection, header))
}

/// A database in WAL mode wants to make its shared memory even to be read. Where the folder does
/// not take it, nothing writes either: the file is then read as it stands.
fn connect_to_read(path: &Path) -> Result<(Connection, Header), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = |connection: rusqlite::Result<Connection>| {
        let connection = connection?;
        connection.busy_timeout(BUSY_WAIT)?;
        let header = Header::read(&connection)?;
        Ok((connection, header))
    };
    let failed = |source| OpenError::Failed { place: path.to_owned(), source };
    let error: rusqlite::Error = match read(Connection::open_with_flags(path, flags)) {
        Ok(opened) => return Ok(opened),
        Err(error) => error,
    };
    let cannot_make_memory = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure)
    );
    let Some(address) = immutable_address(path).filter(|_| cannot_make_memory && path.exists())
    else {
        return Err(failed(error));
    };
    // What a killed process left in the log counts, and would not be seen.
    let log = PathBuf::from(format!("{}-wal", path.display()));
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Err(OpenError::Unfinished { place: path.to_owned() });
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_URI;
    read(Connection::open_with_flags(address, flags)).map_err(failed)
}

/// The path as SQLite's own kind of address. `None` if it is not UTF-8.
fn immutable_address(path: &Path) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let mut address = "file:".to_owned();
    for c in path.to_str()?.chars() {
        if plain(c) {
            address.push(c);
        } else {
            let mut bytes = [0; 4];
            let escaped = c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}"));
            address.extend(escaped);
        }
    }
    Some(address + "?immutable=1")
}

fn not_opened(path: &Path, error: rusqlite::Error) -> OpenError {
    match refused(path, error) {
        Ok(source) => OpenError::Refused { place: path.to_owned(), source },
        Err(source) => OpenError::Failed { place: path.to_owned(), source },
    }
}

/// Why the database refuses to be written, if it is for something that a person has to change:
/// no space, no permission. Everything else is handed back.
pub(super) fn refused(path: &Path, error: rusqlite::Error) -> Result<Cause, rusqlite::Error> {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Ok(Box::new(no_space(path))),
        // A file that cannot grow is told as a failure of the system, whatever the cause.
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if is_short(path) => {
            Ok(Box::new(no_space(path)))
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Ok(Box::new(error)),
        _ => Err(error),
    }
}

/// What a database says about itself.
struct Header {
    application_id: i32,
    format: i32,
    objects: i64,
}

impl Header {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            application_id: connection.pragma_query_value(None, "application_id", |r| r.get(0))?,
            format: connection.pragma_query_value(None, "user_version", |r| r.get(0))?,
            objects: connection
                .query_row("SELECT count(*) FROM sqlite_schema", (), |r| r.get(0))?,
        })
    }

    /// True for a new file, and for one whose creation was interrupted.
    fn is_blank(&self) -> bool {
        self.application_id == 0 && self.format == 0 && self.objects == 0
    }
}

/// WAL lets readers work during a run; FULL makes every commit survive a loss of power.
fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Without it, macOS leaves commits in the drive's own cache. Ignored elsewhere.
    connection.pragma_update(None, "fullfsync", true)
}

fn create(connection: &mut Connection, kind: &Kind) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another connection may have been first.
    if Header::read(&transaction)?.is_blank() {
        transaction.execute_batch(kind.schema)?;
        transaction.pragma_update(None, "application_id", kind.application_id)?;
        transaction.pragma_update(None, "user_version", kind.format)?;
    }
    transaction.commit()
}
