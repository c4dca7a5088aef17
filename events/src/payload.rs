//! The nine payloads: four stage events, five run events.

mod deliver;
mod fetched;
mod generated;
mod metrics;
mod run;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::schema::{SchemaError, Upcasters};

pub use deliver::{
    Again, Later, RecipientOutcome, ReleaseGranted, ReportSent, ResolvedBy, SendIntended,
    SendResolved, SendResult, SentOutcome,
};
pub use fetched::{
    AccountPull, CrmPull, Cut, Page, PageKind, PullOutcome, RawFetched, Request, Source, Trouble,
};
pub use generated::{
    AnalysisGenerated, Analyst, EarlierActions, Exchange, Template, Usage, Verification,
};
pub use metrics::{
    AccountWeek, AdSetWeek, Bucket, CampaignCrmLeads, ContactRow, CrmWeek, DayGap, DayRow,
    InputRef, MatchedRule, Measures, MetricsComputed, Objective, Reconciliation, Restatement,
    RowSource, Shortfall, UnreadWeek, WeekObserved, WeekRows,
};
pub use run::{FailureClass, Goal, Origin, RunRequested, Stage, StageFailed};

/// Names the payload types once: enum of types, enum of payloads, reading and writing.
macro_rules! payloads {
    ($($name:ident = $version:literal),* $(,)?) => {
        /// The type of an event; it routes the pointers on the bus.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum EventType { $($name),* }

        impl EventType {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The schema version that this release writes, and the newest that it reads.
            pub fn schema_version(self) -> u32 {
                match self { $(Self::$name => $version),* }
            }

            /// The JSON Schema of the payload.
            pub fn json_schema(self) -> schemars::Schema {
                match self { $(Self::$name => schemars::schema_for!($name)),* }
            }
        }

        /// The payload of an event.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Payload { $($name(Box<$name>)),* }

        $(impl From<$name> for Payload {
            fn from(payload: $name) -> Self {
                Self::$name(Box::new(payload))
            }
        })*

        impl Payload {
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$name(_) => EventType::$name),* }
            }

            /// The canonical bytes: what is stored, and what the envelope's digest is of.
            pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
                match self { $(Self::$name(payload) => canonical::to_bytes(payload)),* }
            }

            fn from_value(event_type: EventType, value: serde_json::Value) -> Result<Self, serde_json::Error> {
                Ok(match event_type {
                    $(EventType::$name => Self::$name(serde_json::from_value(value)?)),*
                })
            }
        }
    };
}

payloads! {
    RunRequested = 1,
    RawFetched = 1,
    MetricsComputed = 1,
    AnalysisGenerated = 1,
    ReleaseGranted = 1,
    SendIntended = 1,
    SendResolved = 1,
    ReportSent = 1,
    StageFailed = 1,
}

impl Payload {
    /// Parses stored bytes of any known schema version, upcast to the newest.
    pub fn read(event_type: EventType, version: u32, bytes: &[u8]) -> Result<Self, SchemaError> {
        let shape = |source| SchemaError::Shape { event_type, source };
        let value = serde_json::from_slice(bytes).map_err(shape)?;
        let newest = event_type.schema_version();
        let value = Upcasters::current().upcast(event_type, version, newest, value)?;
        Self::from_value(event_type, value).map_err(shape)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
