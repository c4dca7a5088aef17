//! The bus in a file of its own: messages stay until they are acknowledged, so a kill only
//! repeats them. Apart from the ledger, whose file nothing may ever be deleted from; a lost bus
//! costs nothing but time, because `watch` emits again what the ledger says is due.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};
use weekledger_events::StreamId;

use super::Access;
use super::sqlite::{self, Kind, OpenError};
use crate::ports::{Bus, BusError, Entry, Message, OwnerNotice};

/// "WLBS" in ASCII.
const KIND: Kind =
    Kind { application_id: 0x574c_4253, format: 1, schema: include_str!("sql/bus_schema.sql") };

/// A message that is given back this often is parked.
pub const ATTEMPTS_MAX: u32 = 10;

/// Of one message as JSON: what managed buses take, so that nothing works here alone.
pub const MESSAGE_BYTES_MAX: usize = 256 << 10;

/// At least once, in no promised order, to one consumer.
pub struct LocalBus {
    state: Mutex<State>,
    path: PathBuf,
}

struct State {
    connection: Connection,
    /// Taken and not yet settled. Forgotten with the process: then they are delivered again.
    in_flight: BTreeSet<i64>,
}

/// Names a message of this bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(i64);

/// A message to work on. It comes again unless it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: MessageId,
    pub message: Message,
    /// Counts this delivery and those that were given back. A kill does not count: it says
    /// nothing about the message.
    pub attempts: u32,
}

/// What became of a message that was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    Later,
    /// It was the last attempt.
    Parked,
}

/// A message that is not delivered any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub id: MessageId,
    /// `None` if its bytes cannot be read.
    pub message: Option<Message>,
    pub attempts: u32,
    pub why: String,
}

/// A notice to the owner that nobody has dismissed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptNotice {
    pub id: MessageId,
    pub notice: OwnerNotice,
}

impl LocalBus {
    /// Opens the bus at `path`; for writing, creates it if there is none.
    pub fn open(path: &Path, access: Access) -> Result<Self, BusError> {
        let connection = sqlite::open(path, access, &KIND).map_err(|error| match error {
            OpenError::Refused { .. } => BusError::NotStored(Box::new(error)),
            other => BusError::Unavailable(Box::new(other)),
        })?;
        let state = State { connection, in_flight: BTreeSet::new() };
        Ok(Self { state: Mutex::new(state), path: path.to_owned() })
    }

    /// The oldest message that is visible at `now` and not being worked on.
    pub fn take(&self, now: Timestamp) -> Result<Option<Delivery>, BusError> {
        let mut state = self.state();
        while let Some(row) = state.next_visible(now).map_err(unavailable)? {
            match serde_json::from_str(&row.body) {
                Ok(message) => {
                    state.in_flight.insert(row.id);
                    let attempts = row.failures.saturating_add(1);
                    return Ok(Some(Delivery { id: MessageId(row.id), message, attempts }));
                }
                // Aside, so that it neither blocks the others nor is lost.
                Err(error) => {
                    state.park(row.id, &format!("it cannot be read: {error}"))?;
                }
            }
        }
        Ok(None)
    }

    /// The work is done and recorded; the message goes. Unknown ids are no error.
    pub fn acknowledge(&self, id: MessageId) -> Result<(), BusError> {
        self.state().settle(id, include_str!("sql/bus_remove.sql"), (id.0,))
    }

    /// Gives a message back until `visible_at`, or parks it if that was its last attempt.
    pub fn retry_later(&self, id: MessageId, visible_at: Timestamp) -> Result<Retry, BusError> {
        let mut state = self.state();
        let why = format!("it was tried {ATTEMPTS_MAX} times");
        let parked: Option<bool> = state
            .connection
            .prepare_cached(include_str!("sql/bus_retry.sql"))
            .and_then(|mut statement| {
                let values = (id.0, nanoseconds(visible_at), ATTEMPTS_MAX, why);
                statement.query_row(values, |row| row.get(0)).optional()
            })
            .map_err(unavailable)?;
        state.in_flight.remove(&id.0);
        Ok(if parked == Some(true) { Retry::Parked } else { Retry::Later })
    }

    /// Puts a message among the dead letters.
    pub fn park(&self, id: MessageId, why: &str) -> Result<(), BusError> {
        self.state().park(id.0, why)
    }

    /// Every parked message, oldest first.
    pub fn dead_letters(&self) -> Result<Vec<DeadLetter>, BusError> {
        self.state().query(include_str!("sql/bus_parked.sql"), |row| {
            let body: String = row.get(1)?;
            Ok(DeadLetter {
                id: MessageId(row.get(0)?),
                message: serde_json::from_str(&body).ok(),
                attempts: row.get(2)?,
                why: row.get(3)?,
            })
        })
    }

    /// Removes a dead letter, once the ledger says what became of it.
    pub fn discard(&self, id: MessageId) -> Result<(), BusError> {
        self.acknowledge(id)
    }

    /// When `take` has something to give, as far as is known; `UNIX_EPOCH` means now.
    pub fn next_visible_at(&self) -> Result<Option<Timestamp>, BusError> {
        let state = self.state();
        let waiting: Vec<(i64, i64)> = state
            .query(include_str!("sql/bus_waiting.sql"), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let next = waiting.into_iter().find(|(id, _)| !state.in_flight.contains(id));
        next.map(|(_, at)| {
            Timestamp::from_nanosecond(at.into())
                .map_err(|error| BusError::Unavailable(Box::new(error)))
        })
        .transpose()
    }

    /// The streams that a message is about, also a parked one.
    pub fn streams(&self) -> Result<Vec<StreamId>, BusError> {
        let bodies: Vec<String> =
            self.state().query(include_str!("sql/bus_bodies.sql"), |row| row.get(0))?;
        let streams = bodies.iter().filter_map(|body| match serde_json::from_str(body).ok()? {
            Message::Pointer(pointer) => Some(pointer.stream),
            Message::Notice(notice) => Some(notice.stream),
        });
        Ok(streams.collect())
    }

    /// Every notice that was not dismissed, oldest first.
    pub fn notices(&self) -> Result<Vec<KeptNotice>, BusError> {
        let kept: Vec<(i64, String)> = self
            .state()
            .query(include_str!("sql/bus_notices.sql"), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let read = |(id, body): (i64, String)| {
            let notice = serde_json::from_str(&body)
                .map_err(|error| BusError::Unavailable(Box::new(error)))?;
            Ok(KeptNotice { id: MessageId(id), notice })
        };
        kept.into_iter().map(read).collect()
    }

    /// The owner has read a notice.
    pub fn dismiss(&self, id: MessageId) -> Result<(), BusError> {
        self.state().execute(include_str!("sql/bus_dismiss.sql"), (id.0,))
    }

    fn publish_now(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError> {
        let mut state = self.state();
        let State { connection, in_flight } = &mut *state;
        let not_stored = |error| self.not_stored(error);
        // It looks before it writes: another publisher must not come in between.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(not_stored)?;
        let entries = messages.iter().map(|message| store(&transaction, in_flight, message));
        let entries = entries.collect::<Result<_, _>>().map_err(not_stored)?;
        transaction.commit().map_err(not_stored)?;
        Ok(entries)
    }

    fn not_stored(&self, error: rusqlite::Error) -> BusError {
        match sqlite::refused(&self.path, error) {
            Ok(cause) => BusError::NotStored(cause),
            Err(error) => unavailable(error),
        }
    }

    /// A poisoned lock is used on: every change is one statement or one transaction.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError> {
        self.publish_now(messages)
    }
}

/// A row of `messages` that may be delivered.
struct Visible {
    id: i64,
    body: String,
    failures: u32,
}

impl State {
    fn next_visible(&self, now: Timestamp) -> rusqlite::Result<Option<Visible>> {
        let mut statement = self.connection.prepare_cached(include_str!("sql/bus_visible.sql"))?;
        let mut rows = statement.query((nanoseconds(now),))?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if !self.in_flight.contains(&id) {
                return Ok(Some(Visible { id, body: row.get(1)?, failures: row.get(2)? }));
            }
        }
        Ok(None)
    }

    fn park(&mut self, id: i64, why: &str) -> Result<(), BusError> {
        self.settle(MessageId(id), include_str!("sql/bus_park.sql"), (id, why))
    }

    /// Changes a message durably, then forgets that somebody works on it.
    fn settle(
        &mut self,
        id: MessageId,
        sql: &str,
        values: impl rusqlite::Params,
    ) -> Result<(), BusError> {
        self.execute(sql, values)?;
        self.in_flight.remove(&id.0);
        Ok(())
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), BusError> {
        let statement = self.connection.prepare_cached(sql);
        statement.and_then(|mut statement| statement.execute(values)).map(drop).map_err(unavailable)
    }

    fn query<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, BusError> {
        let statement = self.connection.prepare_cached(sql);
        statement
            .and_then(|mut statement| statement.query_map((), read)?.collect())
            .map_err(unavailable)
    }
}

/// Stores one message of a batch, or says why it never will be. What lies there already is made
/// visible again instead of doubled: whoever publishes it means the same work, or tells the same.
fn store(
    transaction: &Transaction<'_>,
    in_flight: &BTreeSet<i64>,
    message: &Message,
) -> rusqlite::Result<Entry> {
    let (sql, body) = match message {
        Message::Pointer(_) => {
            (include_str!("sql/bus_publish.sql"), serde_json::to_string(message))
        }
        Message::Notice(notice) => {
            (include_str!("sql/bus_notify.sql"), serde_json::to_string(notice))
        }
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => return Ok(Entry::Refused(format!("it cannot be written as JSON: {error}"))),
    };
    if body.len() > MESSAGE_BYTES_MAX {
        let sentence = format!("it has {} bytes, more than {MESSAGE_BYTES_MAX}", body.len());
        return Ok(Entry::Refused(sentence));
    }
    if matches!(message, Message::Notice(_)) || !wake(transaction, in_flight, &body)? {
        transaction.prepare_cached(sql)?.execute((body,))?;
    }
    Ok(Entry::Accepted)
}

/// Makes a message that waits already visible at once. False if there is none, or if somebody is
/// at work on it: that copy goes when the work is acknowledged.
fn wake(
    transaction: &Transaction<'_>,
    in_flight: &BTreeSet<i64>,
    body: &str,
) -> rusqlite::Result<bool> {
    let mut statement = transaction.prepare_cached(include_str!("sql/bus_same.sql"))?;
    let same: Vec<i64> =
        statement.query_map((body,), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let Some(id) = same.into_iter().find(|id| !in_flight.contains(id)) else { return Ok(false) };
    transaction.prepare_cached(include_str!("sql/bus_wake.sql"))?.execute((id,))?;
    Ok(true)
}

/// Within what the database can hold: from 1677 to 2262.
fn nanoseconds(at: Timestamp) -> i64 {
    at.as_nanosecond().clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

fn unavailable(error: rusqlite::Error) -> BusError {
    BusError::Unavailable(Box::new(error))
}
