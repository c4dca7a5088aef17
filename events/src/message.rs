//! What travels on the bus: pointers to events, never their payloads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EventId, EventType, RunId, Sequence, StreamId};

/// Points a stage to the event that triggers it. `run` differs from the event's own run
/// when a later run reuses the event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Pointer {
    pub stream: StreamId,
    pub sequence: Sequence,
    pub event: EventId,
    pub event_type: EventType,
    pub run: RunId,
}
