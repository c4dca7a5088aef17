//! What goes out on the bus: the pointer that wakes the next stage, and notices to the owner.

use std::collections::BTreeSet;

use weekledger_events::payload::SendResult;
use weekledger_events::{EventType, Finding, FindingClass, Payload, Pointer, StreamId};

use super::{Chain, ChainError, Loaded};
use crate::ports::{BusError, Entry, Message, OwnerNotice};

impl Chain {
    /// Publishes and checks the answer entry by entry: one refused entry fails the invocation,
    /// and the retry publishes again.
    pub(super) async fn emit(&self, messages: &[Message]) -> Result<(), ChainError> {
        if messages.is_empty() {
            return Ok(());
        }
        let entries = self.ports.bus.publish(messages).await?;
        let refused: Vec<&String> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Accepted => None,
                Entry::Refused(why) => Some(why),
            })
            .collect();
        let unanswered = messages.len().saturating_sub(entries.len());
        if refused.is_empty() && unanswered == 0 {
            return Ok(());
        }
        let first = refused.first().map_or("no answer for the entry", |why| why.as_str());
        let (count, of) = (refused.len() + unanswered, messages.len());
        Err(BusError::Refused { count, of, first: first.to_owned() }.into())
    }

    /// Emits what follows a stage's event. A finished analysis that the data holds back is
    /// also told to the owner, since nobody else will let it go.
    pub(super) async fn emit_after(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        emit: Option<Pointer>,
    ) -> Result<(), ChainError> {
        let Some(next) = emit else { return self.tell_of_unreached(loaded, pointer).await };
        let analysed = next.event_type == EventType::AnalysisGenerated;
        let mut messages = vec![Message::Pointer(next)];
        let run = loaded.run(pointer.run)?;
        if analysed && let Some(reason) = loaded.state.data_hold(run) {
            let (week, revision) = (pointer.stream.week, run.requested.revision);
            messages.push(Message::Notice(OwnerNotice {
                stream: pointer.stream.clone(),
                sentence: format!("the report is held: {reason}"),
                action: Some(format!(
                    "look at it with show {week}, then send {week} --revision {revision}, or \
                     repair the source and re-emit"
                )),
            }));
        }
        if analysed && let Some(notice) = missing_data(loaded, pointer) {
            messages.push(Message::Notice(notice));
        }
        self.emit(&messages).await
    }

    /// After the end: says whom the report did not reach for certain.
    async fn tell_of_unreached(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
    ) -> Result<(), ChainError> {
        let Some(sent) = &loaded.run(pointer.run)?.sent else { return Ok(()) };
        let unreached: Vec<String> = sent
            .recipients
            .iter()
            .filter_map(|one| match &one.result {
                SendResult::Accepted { .. } => None,
                SendResult::Refused { sentence } | SendResult::Unknown { sentence } => {
                    Some(format!("{}: {sentence}", one.recipient))
                }
            })
            .collect();
        if unreached.is_empty() {
            return Ok(());
        }
        let sentence = format!("the report did not certainly reach {}", unreached.join("; "));
        let action = "correct the address, or ask whether it arrived; to send it again, re-emit \
                      the AnalysisGenerated event with --deliver";
        self.tell_owner(&pointer.stream, &sentence, Some(action)).await
    }

    pub(super) async fn tell_owner(
        &self,
        stream: &StreamId,
        sentence: &str,
        action: Option<&str>,
    ) -> Result<(), ChainError> {
        tracing::warn!(%stream, "{sentence}");
        self.emit(&[Message::Notice(OwnerNotice {
            stream: stream.clone(),
            sentence: sentence.to_owned(),
            action: action.map(str::to_owned),
        })])
        .await
    }
}

/// What a report goes without, said once, when its analysis is there: nothing holds it, so nobody
/// else would tell.
fn missing_data(loaded: &Loaded, pointer: &Pointer) -> Option<OwnerNotice> {
    let run = loaded.state.run(pointer.run)?;
    let metrics = loaded.state.effective(run, EventType::MetricsComputed)?;
    let Payload::MetricsComputed(metrics) = &loaded.event(metrics).ok()?.payload else {
        return None;
    };
    let lacks = |class| matches!(class, FindingClass::AccountMissing | FindingClass::CrmMissing);
    let missing: Vec<&Finding> =
        metrics.findings.iter().filter(|finding| lacks(finding.class)).collect();
    if missing.is_empty() {
        return None;
    }
    let join = |parts: &mut dyn Iterator<Item = &str>| parts.collect::<Vec<_>>().join(" ");
    let messages = join(&mut missing.iter().map(|finding| finding.message.as_str()));
    // Two accounts of one cause have one remedy.
    let remedies: BTreeSet<&str> =
        missing.iter().filter_map(|finding| finding.action.as_deref()).collect();
    let remedies = join(&mut remedies.into_iter());
    let week = pointer.stream.week;
    Some(OwnerNotice {
        stream: pointer.stream.clone(),
        sentence: format!("the report is made without some data. {messages}"),
        action: Some(format!(
            "{remedies} Then pull the week again with re-emit {week} --from RunRequested --config-as now --reason \
             'pulled again', look at it, and send it"
        )),
    })
}
