//! Canonical JSON: RFC 8785, without any number that is not a whole one.

use serde::Serialize;
use serde_json::Value;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    #[error("the value cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// Decimals are strings in the ledger, so a fraction here is a mistake in a payload type.
    #[error("the number {0} is not an integer within 53 bits; decimals are kept as strings")]
    Number(String),
}

/// The canonical bytes of a value.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(CanonicalError::Json)?;
    refuse_fractions(&value)?;
    serde_json_canonicalizer::to_vec(&value).map_err(CanonicalError::Json)
}

/// Beyond 53 bits, RFC 8785 and readers that use doubles would round.
const MAX_INTEGER: i64 = 1 << 53;

fn refuse_fractions(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(n) if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) => Ok(()),
            _ => Err(CanonicalError::Number(number.to_string())),
        },
        Value::Array(items) => items.iter().try_for_each(refuse_fractions),
        Value::Object(fields) => fields.values().try_for_each(refuse_fractions),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}
