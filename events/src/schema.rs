//! Schema versions of payloads: older ones are upcast, newer ones refused.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::EventType;

/// Why a payload's bytes cannot be read with the schemas known here.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Readers ship one release ahead of writers, so this means an older program than the ledger.
    #[error(
        "{event_type} has schema version {found}, newer than {newest}; install a newer weekledger"
    )]
    Newer { event_type: EventType, found: u32, newest: u32 },
    #[error("{event_type} has schema version {found}, and no upcaster starts there")]
    NoUpcaster { event_type: EventType, found: u32 },
    #[error("{event_type} of schema version {found} cannot be upcast: {reason}")]
    Upcast { event_type: EventType, found: u32, reason: String },
    #[error("{event_type} does not fit its schema")]
    Shape {
        event_type: EventType,
        #[source]
        source: serde_json::Error,
    },
}

/// Turns a payload of one version into the next; the error says what was unexpected.
pub type Upcaster = fn(Value) -> Result<Value, String>;

/// The upcasters of a program, by event type and the version they start from.
#[derive(Default)]
pub struct Upcasters {
    steps: BTreeMap<(EventType, u32), Upcaster>,
}

impl Upcasters {
    /// Those of this release. Every payload is still at its first version.
    pub fn current() -> Self {
        Self::default()
    }

    /// Adds the step from `version` to `version + 1`.
    pub fn with(mut self, event_type: EventType, version: u32, step: Upcaster) -> Self {
        self.steps.insert((event_type, version), step);
        self
    }

    /// Brings `payload` from `version` to `newest`, one step at a time.
    pub fn upcast(
        &self,
        event_type: EventType,
        version: u32,
        newest: u32,
        mut payload: Value,
    ) -> Result<Value, SchemaError> {
        if version > newest {
            return Err(SchemaError::Newer { event_type, found: version, newest });
        }
        for found in version..newest {
            let step = self
                .steps
                .get(&(event_type, found))
                .ok_or(SchemaError::NoUpcaster { event_type, found })?;
            payload = step(payload).map_err(|reason| SchemaError::Upcast {
                event_type,
                found,
                reason,
            })?;
        }
        Ok(payload)
    }
}
