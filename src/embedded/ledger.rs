//! The ledger in one SQLite file. Its triggers refuse whatever is not an append, so that not
//! even the `sqlite3` shell changes an event by mistake; chain and anchors show who insists.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row, ffi};
use weekledger_events::{Digest, Sequence, StreamId};

use super::Access;
use super::sqlite::{self, Kind, OpenError};
use crate::ports::ledger_key::{partition, refuse_beyond_limits, slot, stream_of};
use crate::ports::{Append, Ledger, LedgerError, LedgerItem};

/// "WLDG" in ASCII; `file` and `sqlite3` show it.
const KIND: Kind =
    Kind { application_id: 0x574c_4447, format: 1, schema: include_str!("sql/ledger_schema.sql") };

/// Of envelope and payload together. Larger payloads belong into the archive.
const ITEM_BYTES_MAX: usize = 16 << 20;

/// An append-only ledger in a file. A poisoned lock is used on: every call is one statement, so
/// a panic leaves nothing half done.
pub struct SqliteLedger {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl SqliteLedger {
    /// Opens the database at `path`; for writing, creates it if there is none.
    pub fn open(path: &Path, access: Access) -> Result<Self, LedgerError> {
        let connection = sqlite::open(path, access, &KIND).map_err(|error| match error {
            OpenError::Newer { found, newest, .. } => LedgerError::Newer {
                place: path.display().to_string(),
                what: format!(
                    "it has format {found}, this version reads up to {newest}; install a newer weekledger"
                ),
            },
            OpenError::Refused { place, source } => {
                LedgerError::Refused { what: format!("{} cannot be written", place.display()), source }
            }
            other => LedgerError::Unavailable(Box::new(other)),
        })?;
        Ok(Self { connection: Mutex::new(connection), path: path.to_owned() })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load_now(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError> {
        let connection = self.connection();
        let unavailable = |error| LedgerError::Unavailable(Box::new(error));
        let mut statement = connection
            .prepare_cached(include_str!("sql/ledger_load.sql"))
            .map_err(|error| self.not_read(error))?;
        let mut rows = statement.query((partition(stream),)).map_err(unavailable)?;
        let mut chain = Chain { stream, slot: Sequence::FIRST, previous: None };
        let mut items = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => items.push(chain.check(row)?),
                Ok(None) => return Ok(items),
                Err(error) if is_corrupt(&error) => return Err(chain.damaged(&error.to_string())),
                Err(error) => return Err(unavailable(error)),
            }
        }
    }

    fn append_now(
        &self,
        stream: &StreamId,
        sequence: Sequence,
        previous: Option<Digest>,
        item: &LedgerItem,
    ) -> Result<Append, LedgerError> {
        let bytes = item.envelope.len() + item.payload.as_ref().map_or(0, Vec::len);
        refuse_beyond_limits(stream, sequence, bytes, ITEM_BYTES_MAX)?;
        let connection = self.connection();
        let row = (
            partition(stream),
            slot(sequence),
            previous.map(|digest| digest.to_string()),
            Digest::of(&item.envelope).to_string(),
            &item.envelope,
            &item.payload,
        );
        let stored = connection
            .prepare_cached(include_str!("sql/ledger_append.sql"))
            .and_then(|mut statement| statement.execute(row));
        match stored {
            Ok(_) => Ok(Append::Stored),
            Err(error) if is_conflict(&error) => Ok(Append::Conflict),
            Err(error) => Err(self.not_stored(error)),
        }
    }

    /// The streams that the newest `events` events belong to, sorted.
    pub fn recent_streams(&self, events: u32) -> Result<Vec<StreamId>, LedgerError> {
        self.keys(include_str!("sql/ledger_recent.sql"), (events,))
    }

    /// Grows with every event: the same twice means that nothing was appended in between.
    pub fn position(&self) -> Result<i64, LedgerError> {
        self.connection()
            .query_row(include_str!("sql/ledger_position.sql"), (), |row| row.get(0))
            .map_err(|error| self.not_read(error))
    }

    /// The latest time at which an event was recorded, by the clocks of then. `None` if there is no
    /// event yet.
    pub fn newest_recorded(&self) -> Result<Option<Timestamp>, LedgerError> {
        let text: Option<String> = self
            .connection()
            .query_row(include_str!("sql/ledger_newest_recorded.sql"), (), |row| row.get(0))
            .map_err(|error| self.not_read(error))?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    fn keys(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<StreamId>, LedgerError> {
        let connection = self.connection();
        let mut streams = connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_map(values, |row| row.get(0))?.collect::<Result<Vec<String>, _>>()
            })
            .map_err(|error| self.not_read(error))?
            .iter()
            .map(|key| stream_of(key))
            .collect::<Result<Vec<_>, _>>()?;
        streams.sort();
        Ok(streams)
    }

    fn not_read(&self, error: rusqlite::Error) -> LedgerError {
        if is_corrupt(&error) {
            return LedgerError::Damaged {
                stream: self.path.display().to_string(),
                slot: "any".to_owned(),
                what: error.to_string(),
            };
        }
        LedgerError::Unavailable(Box::new(error))
    }

    fn not_stored(&self, error: rusqlite::Error) -> LedgerError {
        let may_not = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
        );
        match sqlite::refused(&self.path, error) {
            Ok(source) => {
                let why = if may_not {
                    "is open for reading only; check its permissions"
                } else {
                    "cannot be written"
                };
                let what = format!("{} {why}", self.path.display());
                LedgerError::Refused { what, source }
            }
            Err(error) => self.not_read(error),
        }
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn load(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError> {
        self.load_now(stream)
    }

    async fn append(
        &self,
        stream: &StreamId,
        sequence: Sequence,
        previous: Option<Digest>,
        item: &LedgerItem,
    ) -> Result<Append, LedgerError> {
        self.append_now(stream, sequence, previous, item)
    }

    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        self.keys(include_str!("sql/ledger_streams.sql"), ())
    }
}

/// Checks row after row that keys, digests and bytes agree. A row that was put in or changed
/// behind the triggers' back is damage, not an event.
struct Chain<'a> {
    stream: &'a StreamId,
    slot: Sequence,
    previous: Option<String>,
}

impl Chain<'_> {
    fn check(&mut self, row: &Row<'_>) -> Result<LedgerItem, LedgerError> {
        let column = |error: rusqlite::Error| self.damaged(&error.to_string());
        let sk: String = row.get(0).map_err(column)?;
        let previous: Option<String> = row.get(1).map_err(column)?;
        let digest: String = row.get(2).map_err(column)?;
        let item = LedgerItem {
            envelope: row.get(3).map_err(column)?,
            payload: row.get(4).map_err(column)?,
        };
        if sk != slot(self.slot) {
            return Err(self.damaged(&format!("slot {sk} stands in its place")));
        }
        if digest != Digest::of(&item.envelope).to_string() {
            return Err(self.damaged("the envelope's bytes do not have the digest of its column"));
        }
        if previous != self.previous {
            return Err(self.damaged("it does not name the slot before as its predecessor"));
        }
        self.slot = self.slot.next();
        self.previous = Some(digest);
        Ok(item)
    }

    fn damaged(&self, what: &str) -> LedgerError {
        LedgerError::Damaged {
            stream: self.stream.to_string(),
            slot: slot(self.slot),
            what: what.to_owned(),
        }
    }
}

/// The trigger says "conflict" exactly where the slot is taken or the predecessor is wrong.
fn is_conflict(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(code, Some(message))
            if code.extended_code == ffi::SQLITE_CONSTRAINT_TRIGGER && message.starts_with("conflict")
    )
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

#[cfg(test)]
mod tests;
