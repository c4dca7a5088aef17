//! A bus that tells the owner of one trouble once a day.
//!
//! Stages are retried, messages come twice, and `watch` meets a damaged week every few minutes:
//! each would tell again. What was told is kept as evidence under the digest of the notice and
//! its day, so nothing has to be remembered, and a trouble that stands is told again tomorrow.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use weekledger_events::{ArtifactRef, canonical};

use crate::ports::{Archive, ArtifactName, Bus, BusError, Clock, Entry, Message, with_causes};

/// See the module.
pub(super) struct DailyNotices {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Bus for DailyNotices {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError> {
        let mut entries = vec![Entry::Accepted; messages.len()];
        let (mut indices, mut due, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        for (index, message) in messages.iter().enumerate() {
            let mark = self.mark(message);
            if let Some(mark) = &mark
                && self.was_told(mark).await
            {
                continue;
            }
            indices.push(index);
            due.push(message.clone());
            marks.push(mark);
        }
        let answers = self.bus.publish(&due).await?;
        for ((index, entry), mark) in indices.into_iter().zip(answers).zip(marks) {
            if let (Entry::Accepted, Some(mark)) = (&entry, mark) {
                self.remember(&mark).await;
            }
            entries[index] = entry;
        }
        Ok(entries)
    }
}

impl DailyNotices {
    /// The bytes that stand for a notice on its day; `None` for a pointer, which is never held.
    fn mark(&self, message: &Message) -> Option<Vec<u8>> {
        let Message::Notice(notice) = message else { return None };
        let day = self.clock.now().to_zoned(TimeZone::UTC).date();
        canonical::to_bytes(&(notice, day.to_string())).ok()
    }

    /// Where that cannot be found out, telling twice is better than never.
    async fn was_told(&self, mark: &[u8]) -> bool {
        self.archive.exists(&name(mark)).await.unwrap_or(false)
    }

    async fn remember(&self, mark: &[u8]) {
        if let Err(error) = self.archive.create(&name(mark), mark).await {
            tracing::warn!(error = with_causes(&error), "a notice may be told again");
        }
    }
}

fn name(mark: &[u8]) -> ArtifactName {
    ArtifactName::evidence(&ArtifactRef::of(mark).digest)
}
