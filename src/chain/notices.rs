//! What goes out on the bus: the pointer that wakes the next stage, and notices to the owner.

use std::collections::BTreeSet;

use weekledger_events::payload::SendResult;
use weekledger_events::{EventType, Finding, FindingClass, Payload, Pointer, StreamId};
use weekledger_projections::week_state::{Intent, RunState};

use super::{Chain, ChainError, Loaded};
use crate::ports::{Message, OwnerNotice, publish_all};
use crate::repair::{Repair, without_pull_again};

impl Chain {
    /// Publishes all of it, or fails the invocation.
    pub(super) async fn emit(&self, messages: &[Message]) -> Result<(), ChainError> {
        Ok(publish_all(self.ports.bus.as_ref(), messages).await?)
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
        if analysed {
            let lacking = missing_data(loaded, run);
            let notice = match loaded.state.data_hold(run) {
                Some(reason) => Some(held(&pointer.stream, run, reason, &lacking)),
                None => without_data(&pointer.stream, run, &lacking),
            };
            messages.extend(notice.map(Message::Notice));
        }
        self.emit(&messages).await
    }

    /// After the end: says whom the report did not reach for certain.
    async fn tell_of_unreached(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
    ) -> Result<(), ChainError> {
        let unreached: Vec<String> = loaded
            .run(pointer.run)?
            .unreached()
            .filter_map(|(recipient, result)| Some(format!("{recipient}: {}", result.sentence()?)))
            .collect();
        if unreached.is_empty() {
            return Ok(());
        }
        let sentence = format!("the report did not certainly reach {}", unreached.join("; "));
        let action = "correct the address, or ask whether it arrived; to send it again, re-emit \
                      the AnalysisGenerated event with --deliver";
        self.tell_owner(&pointer.stream, &sentence, Some(action)).await
    }

    /// A mail that the owner was told nobody can answer for, and that somebody now does.
    pub(super) async fn tell_of_known(
        &self,
        loaded: &Loaded,
        intent: &Intent,
        result: &SendResult,
    ) -> Result<(), ChainError> {
        // Before the end, nobody was told of it.
        if loaded.run(intent.run)?.sent.is_none() {
            return Ok(());
        }
        let recipient = &intent.intended.recipient;
        let whose = format!("the mail to {recipient}, of which nothing was known,");
        let (sentence, action) = match result.sentence() {
            None => (format!("{whose} was sent: the mail service has told of it"), "nothing"),
            Some(why) => (
                format!("{whose} was not sent: {why}"),
                "to send it again, re-emit the AnalysisGenerated event with --deliver",
            ),
        };
        self.tell_owner(&loaded.state.stream, &sentence, Some(action)).await
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

/// What a run's figures lack.
fn missing_data<'l>(loaded: &'l Loaded, run: &RunState) -> Vec<&'l Finding> {
    let lacks = |class| matches!(class, FindingClass::AccountMissing | FindingClass::CrmMissing);
    let metrics = loaded.state.effective(run, EventType::MetricsComputed);
    let payload = metrics.and_then(|id| loaded.event(id).ok()).map(|event| &event.payload);
    let Some(Payload::MetricsComputed(metrics)) = payload else { return Vec::new() };
    metrics.findings.iter().filter(|finding| lacks(finding.class)).collect()
}

/// What a report goes without, said once, when its analysis is there: nothing holds it, so nobody
/// else would tell.
fn without_data(stream: &StreamId, run: &RunState, lacking: &[&Finding]) -> Option<OwnerNotice> {
    if lacking.is_empty() {
        return None;
    }
    let messages: Vec<&str> = lacking.iter().map(|finding| finding.message.as_str()).collect();
    Some(OwnerNotice {
        stream: stream.clone(),
        sentence: format!("the report is made without some data. {}", messages.join(" ")),
        action: Some(remedies(stream, run, lacking)),
    })
}

/// A held report is not made yet: one notice says why, what else it lacks, and both ways on.
fn held(stream: &StreamId, run: &RunState, reason: &str, lacking: &[&Finding]) -> OwnerNotice {
    let (week, revision) = (stream.week, run.requested.revision);
    let others = lacking.iter().map(|finding| finding.message.as_str());
    let others: Vec<&str> = others.filter(|message| !reason.contains(message)).collect();
    let sentence = [&["the report is held:", reason], &others[..]].concat().join(" ");
    let send = format!(
        "look at it with `weekledger show {week} --revision {revision}`, then run \
         `weekledger send {week} --revision {revision}`"
    );
    OwnerNotice {
        stream: stream.clone(),
        sentence,
        action: Some(format!("{send}, or repair the source: {}", remedies(stream, run, lacking))),
    }
}

/// What to do about each finding, then the one command that makes the week anew. Two accounts of
/// one cause have one remedy.
fn remedies(stream: &StreamId, run: &RunState, lacking: &[&Finding]) -> String {
    let actions = lacking.iter().filter_map(|finding| finding.action.as_deref());
    let actions: BTreeSet<String> =
        actions.map(|action| without_pull_again(action, stream.week)).collect();
    let mut parts: Vec<String> = actions.into_iter().filter(|action| !action.is_empty()).collect();
    let repair = Repair::new(&stream.report, stream.week, run.requested.goal);
    let command = format!("run `weekledger {repair}`.");
    parts.push(if parts.is_empty() { command } else { format!("Then {command}") });
    parts.join(" ")
}
