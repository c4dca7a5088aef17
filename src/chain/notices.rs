//! What goes out on the bus: the pointer that wakes the next stage, and notices to the owner.

use weekledger_events::payload::{MetricsComputed, SendResult};
use weekledger_events::{EventType, Finding, FindingClass, Payload, Pointer, Severity, StreamId};
use weekledger_projections::week_state::{Intent, RunState};

use super::{Chain, ChainError, Loaded};
use crate::ports::{Message, OwnerNotice, publish_all};
use crate::repair::{Names, Repair, send_again, send_to_missed};

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
            let notice = match loaded.state.data_hold(run) {
                Some(reason) => Some(held(loaded, run, reason)),
                None => without_data(loaded, run),
            };
            messages.extend(notice.map(Message::Notice));
            let of_words = loaded.of_words(run).into_iter().map(|trouble| OwnerNotice {
                stream: loaded.state.stream.clone(),
                sentence: trouble.message,
                action: trouble.action,
            });
            messages.extend(of_words.map(Message::Notice));
        }
        self.emit(&messages).await
    }

    /// After the end: says whom the report did not reach for certain.
    async fn tell_of_unreached(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
    ) -> Result<(), ChainError> {
        let run = loaded.run(pointer.run)?;
        let Some(sentence) = unreached(run) else { return Ok(()) };
        let action = send_to_missed(&pointer.stream, run);
        self.tell_owner(&pointer.stream, &sentence, Some(&action)).await
    }

    /// A mail that the owner was told nobody can answer for, and that somebody now does.
    pub(super) async fn tell_of_known(
        &self,
        loaded: &Loaded,
        intent: &Intent,
        result: &SendResult,
    ) -> Result<(), ChainError> {
        let run = loaded.run(intent.run)?;
        // Before the end, nobody was told of it.
        if !run.closed {
            return Ok(());
        }
        let recipient = &intent.intended.recipient;
        let whose = format!("the mail to {recipient}, of which nothing was known,");
        let (sentence, action) = match result.sentence() {
            None => (format!("{whose} was sent: the mail service has told of it"), None),
            Some(why) => {
                let send = send_again(&loaded.state.stream, run.requested.revision);
                let action = format!("run `{send}`, which goes to those alone who did not get it");
                (format!("{whose} was not sent: {why}"), Some(action))
            }
        };
        self.tell_owner(&loaded.state.stream, &sentence, action.as_deref()).await
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

impl Loaded {
    /// What a run's figures lack, and what holds it: the findings that somebody has to do something
    /// about.
    pub fn lacking(&self, run: &RunState) -> Vec<&Finding> {
        let metrics = self.metrics_of(run);
        let findings = metrics.into_iter().flat_map(|metrics| &metrics.findings);
        findings.filter(|finding| is_lack(finding)).collect()
    }

    /// What a run's accounts are called.
    pub fn names(&self, run: &RunState) -> Names {
        let observed = self.metrics_of(run).into_iter().flat_map(|metrics| &metrics.observations);
        observed
            .flat_map(|week| &week.accounts)
            .map(|account| (account.account.to_string(), account.name.clone()))
            .collect()
    }

    fn metrics_of(&self, run: &RunState) -> Option<&MetricsComputed> {
        let metrics = self.state.effective(run, EventType::MetricsComputed)?;
        match &self.event(metrics).ok()?.payload {
            Payload::MetricsComputed(metrics) => Some(metrics),
            _ => None,
        }
    }
}

/// Whom a delivery that has ended did not certainly reach, and why; `None` if it reached all.
pub fn unreached(run: &RunState) -> Option<String> {
    let told: Vec<String> = run
        .unreached()
        .filter_map(|(recipient, result)| Some(format!("{recipient}: {}", result.sentence()?)))
        .collect();
    let told = (!told.is_empty()).then(|| told.join("; "))?;
    let certain = run.unreached().all(|(_, result)| result.is_refused());
    Some(if certain && run.reached_nobody() {
        format!("nobody got the report: {told}")
    } else {
        format!("the report did not certainly reach {told}")
    })
}

/// Whether a report goes without something, or is held for it.
pub fn is_lack(finding: &Finding) -> bool {
    let missing = matches!(finding.class, FindingClass::AccountMissing | FindingClass::CrmMissing);
    let silent = finding.class == FindingClass::TrackingSilent && finding.subject == Finding::CRM;
    missing || silent || finding.severity == Severity::Hold
}

/// What a report goes without, said once, when its analysis is there: nothing holds it, so nobody
/// else would tell.
fn without_data(loaded: &Loaded, run: &RunState) -> Option<OwnerNotice> {
    let lacking = loaded.lacking(run);
    if lacking.is_empty() {
        return None;
    }
    let messages: Vec<&str> = lacking.iter().map(|finding| finding.message.as_str()).collect();
    let stream = loaded.state.stream.clone();
    let repair = Repair::new(&stream.report, stream.week, run.requested.goal);
    let action = repair.after_all(&lacking, &loaded.names(run));
    let sentence = format!("the report is made without some data. {}", messages.join(" "));
    Some(OwnerNotice { stream, sentence, action: Some(action) })
}

/// A held report is not made yet: one notice says why, what else it lacks, and both ways on.
fn held(loaded: &Loaded, run: &RunState, reason: &str) -> OwnerNotice {
    let lacking = loaded.lacking(run);
    let missing = |finding: &&&Finding| {
        matches!(finding.class, FindingClass::AccountMissing | FindingClass::CrmMissing)
    };
    let others = lacking.iter().filter(missing).map(|finding| finding.message.as_str());
    let others: Vec<&str> = others.filter(|message| !reason.contains(message)).collect();
    let sentence = [&["the report is held:", reason], &others[..]].concat().join(" ");
    let stream = loaded.state.stream.clone();
    let repair = Repair::new(&stream.report, stream.week, run.requested.goal);
    let action = repair.or_send(run.requested.revision, &lacking, &loaded.names(run));
    OwnerNotice { stream, sentence, action: Some(action) }
}
