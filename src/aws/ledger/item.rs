//! An event as a DynamoDB item, both ways. What cannot be understood is damage, never skipped.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};
use weekledger_events::envelope::read_envelope;
use weekledger_events::{Digest, StreamId};

use crate::ports::ledger_key::{SEQUENCE_MAX, slot};
use crate::ports::{Cause, LedgerError, LedgerItem};

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
pub(super) const ENVELOPE: &str = "envelope";
/// Absent if the payload lies in the archive.
const PAYLOAD: &str = "payload";
/// Of the envelope, as text: the next append is conditional on it.
const DIGEST: &str = "digest";

/// Only a stream's first event has this attribute, so that an index over it holds each week once.
pub const FIRST_ATTRIBUTE: &str = "first";
/// Its value: one partition of the index holds every week.
pub const FIRST_VALUE: &str = "week";

/// The transaction that stores an item: the predecessor must stand, the slot must be free.
pub(super) fn actions(
    table: &str,
    pk: &str,
    sk: &str,
    before: Option<(String, Digest)>,
    item: &LedgerItem,
) -> Result<Vec<TransactWriteItem>, Cause> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let bytes = |value: &[u8]| AttributeValue::B(Blob::new(value));
    let mut put = Put::builder()
        .table_name(table)
        .item(PK, text(pk))
        .item(SK, text(sk))
        .item(ENVELOPE, bytes(&item.envelope))
        .item(DIGEST, text(&Digest::of(&item.envelope).to_string()))
        .condition_expression("attribute_not_exists(pk)");
    if let Some(payload) = &item.payload {
        put = put.item(PAYLOAD, bytes(payload));
    }
    let Some((slot_before, digest)) = before else {
        let put = put.item(FIRST_ATTRIBUTE, text(FIRST_VALUE)).build().map_err(boxed)?;
        return Ok(vec![TransactWriteItem::builder().put(put).build()]);
    };
    let check = ConditionCheck::builder()
        .table_name(table)
        .key(PK, text(pk))
        .key(SK, text(&slot_before))
        .condition_expression("#digest = :previous")
        .expression_attribute_names("#digest", DIGEST)
        .expression_attribute_values(":previous", text(&digest.to_string()))
        .build()
        .map_err(boxed)?;
    let put = put.build().map_err(boxed)?;
    Ok(vec![
        TransactWriteItem::builder().condition_check(check).build(),
        TransactWriteItem::builder().put(put).build(),
    ])
}

/// The event of an item. Keys, digest and bytes must agree; gaps are the chain's to find, which
/// reads again once.
pub(super) fn read(
    stream: &StreamId,
    mut attributes: HashMap<String, AttributeValue>,
) -> Result<LedgerItem, LedgerError> {
    let sk = match attributes.remove(SK) {
        Some(AttributeValue::S(sk)) => sk,
        _ => String::new(),
    };
    let damaged = |what: &str| LedgerError::Damaged {
        stream: stream.to_string(),
        slot: sk.clone(),
        what: what.to_owned(),
    };
    let number: Option<u32> = sk.parse().ok().filter(|number| (1..=SEQUENCE_MAX).contains(number));
    if number.is_none() || sk.len() != 6 {
        return Err(damaged("its key is not a six-digit number"));
    }
    let Some(AttributeValue::B(envelope)) = attributes.remove(ENVELOPE) else {
        return Err(damaged("it has no envelope in bytes"));
    };
    let envelope = envelope.into_inner();
    let payload = match attributes.remove(PAYLOAD) {
        None => None,
        Some(AttributeValue::B(payload)) => Some(payload.into_inner()),
        Some(_) => return Err(damaged("its payload is not in bytes")),
    };
    match attributes.remove(DIGEST) {
        Some(AttributeValue::S(digest)) if digest == Digest::of(&envelope).to_string() => {}
        _ => return Err(damaged("the envelope's bytes do not have the digest beside them")),
    }
    // An envelope that cannot be read is reported by the chain check, with its number.
    if let Ok(read) = read_envelope(&envelope)
        && slot(read.sequence) != sk
    {
        return Err(damaged(&format!("it holds event {}", read.sequence)));
    }
    Ok(LedgerItem { envelope, payload })
}

fn boxed(error: BuildError) -> Cause {
    Box::new(error)
}
