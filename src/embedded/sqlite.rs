//! How the embedded databases are opened: durable, checked for owner and version.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Access;

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
    let flags = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
    let header = Header::read(&connection).map_err(failed)?;
    if header.is_blank() {
        if access == Access::Read {
            return Err(OpenError::Empty { place: place() });
        }
        make_durable(&connection).and_then(|()| create(&mut connection, kind)).map_err(failed)?;
        return Ok(connection);
    }
    if header.application_id != kind.application_id || header.format < 1 {
        return Err(OpenError::Foreign { place: place() });
    }
    if header.format > kind.format {
        return Err(OpenError::Newer { place: place(), found: header.format, newest: kind.format });
    }
    if access == Access::Write {
        make_durable(&connection).map_err(failed)?;
    }
    Ok(connection)
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
