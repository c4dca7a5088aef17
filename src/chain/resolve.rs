//! What the mail service tells afterwards: of a send that nobody could tell about, or that a mail
//! which it had accepted came back.

use weekledger_events::payload::{ResolvedBy, SendResult};
use weekledger_events::{EventId, StreamId};

use super::{CONFLICTS_MAX, Chain, ChainError};
use crate::ports::Append;

impl Chain {
    /// Replaces an unknown result by what the mail service says, and an accepted one by a refusal.
    /// False if there is nothing to replace: an intent that is still open is resolved by whoever
    /// sends, or asks the mailer.
    pub async fn resolve_by_service(
        &self,
        stream: &StreamId,
        intent: EventId,
        result: &SendResult,
    ) -> Result<bool, ChainError> {
        for _ in 0..=CONFLICTS_MAX {
            let loaded = self.load_or_tell(stream).await?;
            let found = loaded.state.intents().find(|found| found.id == intent);
            let found = found.ok_or(ChainError::IntentLost { intent })?;
            match found.result() {
                // Told, then recorded: told twice is better than never.
                Some(SendResult::Unknown { .. }) => {
                    self.tell_of_known(&loaded, found, result).await?;
                }
                // Whoever heard of it tells the owner of what came back.
                Some(SendResult::Accepted { .. }) if result.is_refused() => {}
                _ => return Ok(false),
            }
            let by = ResolvedBy::ServiceEvent;
            if self.append_resolution(&loaded, intent, result, by).await? == Append::Stored {
                return Ok(true);
            }
        }
        Err(ChainError::Contention)
    }
}
