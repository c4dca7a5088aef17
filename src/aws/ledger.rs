//! The ledger in a DynamoDB table: one item an event, one transaction an append.
//!
//! An append is done if its bytes stand in the slot, whatever the call said: an answer can be
//! lost on its way. The idempotency token that the SDK adds covers one attempt only and is not
//! relied upon: it is forgotten after ten minutes, and a token made from the bytes would tell a
//! second caller with the same bytes that it had stored them.

mod item;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, TransactWriteItem};
use weekledger_events::{Digest, Sequence, StreamId};

use super::failure::{Failure, Standing};
use super::{Lazy, pace};
use crate::ports::ledger_key::{partition, refuse_beyond_limits, slot, stream_of};
use crate::ports::{Append, Clock, Ledger, LedgerError, LedgerItem};

pub use item::{FIRST_ATTRIBUTE, FIRST_VALUE};

/// The index of first events, which lists the weeks: partition key `FIRST_ATTRIBUTE`, sort key
/// `pk`, keys only.
pub const WEEKS_INDEX: &str = "weeks";

/// Of envelope and payload together. DynamoDB takes 400 KB with keys and attribute names.
const ITEM_BYTES_MAX: usize = 395_000;

/// Of one append, throttling and races included.
const ATTEMPTS_MAX: u32 = 6;

/// An append-only ledger in a table with the keys `pk` and `sk`.
pub struct DynamoLedger {
    client: Lazy<Client>,
    table: String,
    clock: Arc<dyn Clock>,
}

/// What one attempt of an append came to.
enum Attempt {
    Stored,
    /// The slot is taken, or the predecessor is another one.
    ConditionFailed,
    Failed(Failure),
}

impl DynamoLedger {
    pub(super) fn new(client: Lazy<Client>, table: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, table, clock }
    }

    async fn attempt(&self, actions: &[TransactWriteItem]) -> Attempt {
        // One attempt a call: only so is it known whether an earlier one may have succeeded.
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions.to_vec()))
            .customize()
            .config_override(once)
            .send()
            .await;
        match sent {
            Ok(_) => Attempt::Stored,
            Err(error) => understood(&error),
        }
    }

    /// What stands in a slot.
    async fn envelope_at(&self, pk: &str, sk: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(item::PK, text(pk))
            .key(item::SK, text(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| not_done(Failure::new("DynamoDB GetItem", &error)))?;
        let envelope = found.item.and_then(|mut item| item.remove(item::ENVELOPE));
        Ok(envelope.and_then(|value| value.as_b().ok().map(|blob| blob.as_ref().to_vec())))
    }

    async fn append_in_slot(
        &self,
        (pk, sk): (&str, &str),
        actions: &[TransactWriteItem],
        envelope: &[u8],
    ) -> Result<Append, LedgerError> {
        let spread = Digest::of(envelope).to_string().bytes().last().unwrap_or_default();
        let mut perhaps_stored = false;
        let mut attempt = 1;
        let failure = loop {
            match self.attempt(actions).await {
                Attempt::Stored => return Ok(Append::Stored),
                Attempt::ConditionFailed if !perhaps_stored => return Ok(Append::Conflict),
                Attempt::ConditionFailed => break None,
                Attempt::Failed(failure) => {
                    perhaps_stored |= failure.standing == Standing::Unknown;
                    if failure.is_refused() || attempt == ATTEMPTS_MAX {
                        break Some(failure);
                    }
                    tracing::warn!(attempt, %failure, "append not answered with success");
                }
            }
            self.clock.sleep(pace::pause(attempt, spread.wrapping_mul(37))).await;
            attempt += 1;
        };
        if let Some(failure) = failure.clone().filter(|_| !perhaps_stored) {
            return Err(not_done(failure));
        }
        match (self.envelope_at(pk, sk).await?, failure) {
            (Some(found), _) if found == envelope => Ok(Append::Stored),
            (Some(_), _) | (None, None) => Ok(Append::Conflict),
            // An attempt that was not answered may even now be on its way: come again.
            (None, Some(failure)) => Err(LedgerError::Unavailable(Box::new(failure))),
        }
    }

    async fn load_all(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&partition(stream)))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| not_done(Failure::new("DynamoDB Query", &error)))?;
            for attributes in page.items.unwrap_or_default() {
                items.push(item::read(stream, attributes)?);
            }
        }
        Ok(items)
    }

    async fn list_streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(WEEKS_INDEX)
            .key_condition_expression("#first = :first")
            .expression_attribute_names("#first", FIRST_ATTRIBUTE)
            .expression_attribute_values(":first", text(FIRST_VALUE))
            .into_paginator()
            .send();
        let mut streams = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| not_done(Failure::new("DynamoDB Query", &error)))?;
            for attributes in page.items.unwrap_or_default() {
                let key = attributes.get(item::PK).and_then(|value| value.as_s().ok());
                streams.push(stream_of(key.map_or("", String::as_str))?);
            }
        }
        streams.sort();
        Ok(streams)
    }
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn load(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError> {
        self.load_all(stream).await
    }

    async fn append(
        &self,
        stream: &StreamId,
        sequence: Sequence,
        previous: Option<Digest>,
        item: &LedgerItem,
    ) -> Result<Append, LedgerError> {
        let bytes = item.envelope.len() + item.payload.as_ref().map_or(0, Vec::len);
        refuse_beyond_limits(stream, sequence, bytes, ITEM_BYTES_MAX)?;
        let (pk, sk) = (partition(stream), slot(sequence));
        let before = match (sequence.previous(), previous) {
            (None, None) => None,
            (Some(before), Some(digest)) => Some((slot(before), digest)),
            // No slot before the first, and no event without one before it.
            (None, Some(_)) | (Some(_), None) => return Ok(Append::Conflict),
        };
        let actions = item::actions(&self.table, &pk, &sk, before, item)
            .map_err(|source| LedgerError::Refused { what: "no request".to_owned(), source })?;
        self.append_in_slot((&pk, &sk), &actions, &item.envelope).await
    }

    /// From an index that follows the table within moments: a week that was opened just now may
    /// be missing.
    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        self.list_streams().await
    }
}

fn understood(error: &SdkError<TransactWriteItemsError>) -> Attempt {
    let mut failure = Failure::new("DynamoDB TransactWriteItems", error);
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return Attempt::Failed(failure);
    };
    let codes = || cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code);
    if codes().any(|code| code == "ConditionalCheckFailed") {
        return Attempt::ConditionFailed;
    }
    let passes = |code| {
        matches!(
            code,
            "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    };
    failure.standing = if codes().all(passes) { Standing::Later } else { Standing::Refused };
    Attempt::Failed(failure)
}

/// Of a call that changes nothing, or certainly did not.
fn not_done(failure: Failure) -> LedgerError {
    if !failure.is_refused() {
        return LedgerError::Unavailable(Box::new(failure));
    }
    let what = format!("DynamoDB answered {}; check role and table name", failure.code);
    LedgerError::Refused { what, source: Box::new(failure) }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
