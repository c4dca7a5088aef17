//! The bus on EventBridge: pointers and notices as events, answered for one by one.

mod message;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

use super::failure::Failure;
use super::{Lazy, pace};
use crate::ports::{Bus, BusError, Clock, Entry, Message};
use message::Parts;

pub use message::{NOTICE_TYPE, SOURCE, UnreadableMessage, read_message};

/// Of one request.
const ENTRIES_MAX: usize = 10;

/// Of one request and of one entry, counted as EventBridge does: source, detail type and detail.
const BYTES_MAX: usize = 256 << 10;

/// Of an entry that EventBridge could not take just then.
const ATTEMPTS_MAX: u32 = 5;

/// A custom bus.
pub struct EventBus {
    client: Lazy<Client>,
    name: String,
    clock: Arc<dyn Clock>,
}

/// A message on its way: where its answer belongs, and what is sent.
struct Waiting {
    index: usize,
    parts: Parts,
    /// Why it was not taken the last time.
    refusal: String,
}

impl EventBus {
    pub(super) fn new(client: Lazy<Client>, name: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, name, clock }
    }

    /// Sends a request. What is worth another attempt is given back.
    async fn send(
        &self,
        batch: Vec<Waiting>,
        entries: &mut [Entry],
    ) -> Result<Vec<Waiting>, BusError> {
        let request = batch.iter().map(|waiting| self.entry(&waiting.parts)).collect();
        let sent = self.client.put_events().set_entries(Some(request)).send().await;
        let answers = match sent {
            Ok(answer) => answer.entries.unwrap_or_default(),
            Err(error) => {
                let failure = Failure::new("EventBridge PutEvents", &error);
                if !failure.is_refused() {
                    return Err(BusError::Unavailable(Box::new(failure)));
                }
                for waiting in batch {
                    entries[waiting.index] = Entry::Refused(failure.to_string());
                }
                return Ok(Vec::new());
            }
        };
        // An entry without an answer was perhaps not taken: at least once means once more.
        let mut answers = answers.into_iter();
        let mut again = Vec::new();
        for mut waiting in batch {
            match judge(answers.next()) {
                Judged::Taken => entries[waiting.index] = Entry::Accepted,
                Judged::Refused(why) => entries[waiting.index] = Entry::Refused(why),
                Judged::Later(why) => {
                    waiting.refusal = why;
                    again.push(waiting);
                }
            }
        }
        Ok(again)
    }

    fn entry(&self, parts: &Parts) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(parts.detail_type)
            .detail(&parts.detail)
            .build()
    }
}

#[async_trait]
impl Bus for EventBus {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError> {
        let mut entries = vec![Entry::Accepted; messages.len()];
        let mut waiting = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            match Parts::of(message, BYTES_MAX) {
                Ok(parts) => waiting.push(Waiting { index, parts, refusal: String::new() }),
                Err(why) => entries[index] = Entry::Refused(why),
            }
        }
        let mut attempt = 1;
        loop {
            let mut again = Vec::new();
            for batch in batches(waiting) {
                again.extend(self.send(batch, &mut entries).await?);
            }
            if again.is_empty() {
                return Ok(entries);
            }
            if attempt == ATTEMPTS_MAX {
                for waiting in again {
                    let why = format!("{}, {ATTEMPTS_MAX} times", waiting.refusal);
                    entries[waiting.index] = Entry::Refused(why);
                }
                return Ok(entries);
            }
            tracing::warn!(attempt, count = again.len(), "the bus did not take every message");
            self.clock.sleep(pace::pause(attempt, u8::MAX / 2)).await;
            waiting = again;
            attempt += 1;
        }
    }
}

/// In order, each within the limits of one request.
fn batches(waiting: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut batches: Vec<Vec<Waiting>> = Vec::new();
    let mut bytes = 0;
    for one in waiting {
        let size = one.parts.size();
        match batches.last_mut() {
            Some(batch) if batch.len() < ENTRIES_MAX && bytes + size <= BYTES_MAX => {
                bytes += size;
                batch.push(one);
            }
            _ => {
                bytes = size;
                batches.push(vec![one]);
            }
        }
    }
    batches
}

/// What EventBridge says about one entry.
enum Judged {
    Taken,
    Refused(String),
    Later(String),
}

fn judge(answer: Option<PutEventsResultEntry>) -> Judged {
    let Some(answer) = answer else {
        return Judged::Later("EventBridge did not answer for it".to_owned());
    };
    let Some(code) = answer.error_code() else { return Judged::Taken };
    let message = answer.error_message().unwrap_or("no words");
    let why = format!("EventBridge answered {code}: {message}");
    let passes = code.contains("Throttl") || code.contains("Internal");
    if passes { Judged::Later(why) } else { Judged::Refused(why) }
}

#[cfg(test)]
mod tests;
