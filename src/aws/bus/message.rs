//! A message as the parts of an EventBridge event, both ways.

use crate::ports::Message;

/// The source of every event of this program.
pub const SOURCE: &str = "weekledger";

/// The detail type of an owner notice; a pointer has the type of its event.
pub const NOTICE_TYPE: &str = "OwnerNotice";

/// An event on the bus that is no message of this program.
#[derive(Debug, thiserror::Error)]
#[error("the event of type \"{detail_type}\" cannot be read")]
pub struct UnreadableMessage {
    detail_type: String,
    #[source]
    source: serde_json::Error,
}

/// What EventBridge is given.
pub(super) struct Parts {
    pub(super) detail_type: &'static str,
    pub(super) detail: String,
}

impl Parts {
    /// The inner error says why the message cannot be sent.
    pub(super) fn of(message: &Message, bytes_max: usize) -> Result<Self, String> {
        let (detail_type, detail) = match message {
            Message::Pointer(pointer) => {
                (pointer.event_type.as_str(), serde_json::to_string(pointer))
            }
            Message::Notice(notice) => (NOTICE_TYPE, serde_json::to_string(notice)),
        };
        let detail = detail.map_err(|error| format!("it cannot be written as JSON: {error}"))?;
        let parts = Self { detail_type, detail };
        if parts.size() > bytes_max {
            return Err(format!("it has {} bytes, more than {bytes_max}", parts.size()));
        }
        Ok(parts)
    }

    /// As EventBridge counts.
    pub(super) fn size(&self) -> usize {
        SOURCE.len() + self.detail_type.len() + self.detail.len()
    }
}

/// The message of an event's `detail-type` and `detail`.
pub fn read_message(detail_type: &str, detail: &str) -> Result<Message, UnreadableMessage> {
    let message = if detail_type == NOTICE_TYPE {
        serde_json::from_str(detail).map(Message::Notice)
    } else {
        serde_json::from_str(detail).map(Message::Pointer)
    };
    message.map_err(|source| UnreadableMessage { detail_type: detail_type.to_owned(), source })
}
