//! The steps of a delivery: an intent, the call that it permits, what became of it, the end.

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::{
    AnalysisGenerated, FailureClass, Later, ReportSent, ResolvedBy, SendIntended, SendResolved,
    SendResult, Stage, Trouble,
};
use weekledger_events::{EventId, Payload, Pointer};
use weekledger_projections::decide::DeliverStep;
use weekledger_projections::week_state::Intent;

use super::failed::StageFailure;
use super::{Call, Chain, ChainError, Draft, Handled, InHand, Loaded};
use crate::ports::{Append, SentAs};
use crate::stages::job::SendJob;

impl Chain {
    /// Takes one step of a delivery. On a conflict nothing has happened, and it is decided anew.
    pub(super) async fn deliver_step(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        call: Call,
        step: DeliverStep,
        in_hand: &mut InHand,
    ) -> Result<Option<Handled>, ChainError> {
        match step {
            DeliverStep::Intend { recipient, attempt, revised } => {
                let (nonce, gives_up_at) = (call.nonce, call.deadline);
                let analysis = pointer.event;
                let intended =
                    SendIntended { analysis, recipient, attempt, nonce, gives_up_at, revised };
                self.append_intent(loaded, pointer, intended).await?;
            }
            DeliverStep::Call { intent, second_sending } => {
                let result = self.call_mailer(loaded, pointer, intent, second_sending).await?;
                in_hand.answer = Some((intent, result));
            }
            DeliverStep::GiveUp { intent } => {
                let (result, by) = self.give_up(loaded, intent).await?;
                self.append_resolution(loaded, intent, &result, by).await?;
            }
            DeliverStep::Withdraw { intent, why } => {
                let result = SendResult::not_now(format!("not sent: {why}"));
                self.append_resolution(loaded, intent, &result, ResolvedBy::Mailer).await?;
            }
            DeliverStep::Pause { until } => {
                let left = until.duration_since(self.ports.clock.now()).max(SignedDuration::ZERO);
                self.ports.clock.sleep(left.unsigned_abs()).await;
            }
            DeliverStep::Postpone { until, refused } => {
                return self.postpone(loaded, pointer, until, &refused).await;
            }
            DeliverStep::Conclude { outcome, recipients } => {
                let analysis = analysis_of(loaded, pointer.event)?;
                let payload = Payload::from(ReportSent {
                    analysis: pointer.event,
                    outcome,
                    recipients,
                    html: analysis.html.digest,
                    text: analysis.text.digest,
                });
                self.append_output(loaded, Stage::Deliver, pointer, &payload).await?;
            }
        }
        Ok(None)
    }

    /// Records that mails have not gone out yet, and when they are tried again. What a person has
    /// to mend is told at once, and tried again all the same.
    async fn postpone(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        until: Timestamp,
        refused: &[EventId],
    ) -> Result<Option<Handled>, ChainError> {
        let run = loaded.run(pointer.run)?;
        let refused: Vec<&Intent> =
            run.intents.iter().filter(|intent| refused.contains(&intent.id)).collect();
        let mend = refused.iter().find_map(|intent| match intent.result()?.later()? {
            Later::Mend(action) => Some(action.clone()),
            Later::Wait => None,
        });
        let class = if mend.is_some() { FailureClass::Fatal } else { FailureClass::Waiting };
        let trouble = Trouble {
            class: "mail_not_sent".to_owned(),
            sentence: not_sent_yet(&refused),
            action: mend.unwrap_or_default(),
        };
        let failure =
            StageFailure { stage: Stage::Deliver, class, retry_at: until, trouble: &trouble };
        let recorded = self.record_failure(loaded, pointer, &failure).await?;
        Ok(recorded.then_some(Handled::Failed(trouble)))
    }

    async fn append_intent(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        intended: SendIntended,
    ) -> Result<Append, ChainError> {
        let id = EventId::send_intended(pointer.run, &intended.recipient, intended.attempt);
        let payload = Payload::from(intended);
        let draft = Draft { id, run: pointer.run, cause: Some(pointer.event), payload: &payload };
        self.append(loaded, draft).await
    }

    /// Records what became of an intent. Whoever was not reached is told to the owner at the end.
    pub(super) async fn append_resolution(
        &self,
        loaded: &Loaded,
        intent: EventId,
        result: &SendResult,
        resolved_by: ResolvedBy,
    ) -> Result<Append, ChainError> {
        let Some(found) = loaded.state.intents().find(|found| found.id == intent) else {
            return Err(ChainError::IntentLost { intent });
        };
        let ordinal = u32::try_from(found.resolutions.len()).unwrap_or(u32::MAX).saturating_add(1);
        let payload = Payload::from(SendResolved {
            intent,
            recipient: found.intended.recipient.clone(),
            attempt: found.intended.attempt,
            result: result.clone(),
            resolved_by,
        });
        let id = EventId::send_resolved(intent, ordinal);
        let draft = Draft { id, run: found.run, cause: Some(intent), payload: &payload };
        self.append(loaded, draft).await
    }

    /// The invocation that intended it is over. Some mailers can tell what it did.
    async fn give_up(
        &self,
        loaded: &Loaded,
        intent: EventId,
    ) -> Result<(SendResult, ResolvedBy), ChainError> {
        let found = loaded.state.intents().find(|found| found.id == intent);
        let found = found.ok_or(ChainError::IntentLost { intent })?;
        let sent = SentAs {
            intent,
            stream: &loaded.state.stream,
            revision: loaded.request(found.run)?.revision,
            recipient: &found.intended.recipient,
        };
        if let Some(result) = self.ports.mailer.look_up(&sent).await {
            return Ok((result, ResolvedBy::Mailer));
        }
        let sentence = "the invocation that was sending ended without an answer from the mail \
                        service; the mail may or may not have arrived";
        Ok((SendResult::Unknown { sentence: sentence.to_owned() }, ResolvedBy::TimeOut))
    }

    async fn call_mailer(
        &self,
        loaded: &Loaded,
        pointer: &Pointer,
        intent: EventId,
        second_sending: bool,
    ) -> Result<SendResult, ChainError> {
        let run = loaded.run(pointer.run)?;
        let intent = run
            .intents
            .iter()
            .find(|found| found.id == intent)
            .ok_or(ChainError::IntentLost { intent })?;
        let intended_at = loaded.event(intent.id)?.envelope.recorded_at;
        let job = SendJob {
            archive: &*self.ports.archive,
            stream: &pointer.stream,
            run,
            intent,
            intended_at,
            analysis: analysis_of(loaded, pointer.event)?,
            second_sending,
        };
        Ok(match self.stages.compose(job).await {
            Ok(mail) => self.ports.mailer.send(&mail).await,
            Err(not_sent) => not_sent,
        })
    }
}

/// To whom nothing has gone out yet, and what the mail service said last.
fn not_sent_yet(refused: &[&Intent]) -> String {
    let last = refused.iter().max_by_key(|intent| intent.sequence);
    let Some(why) = last.and_then(|intent| intent.result()?.sentence()) else {
        return "the time of the invocation was used up before every mail was sent".to_owned();
    };
    let keys: Vec<&str> = refused.iter().map(|one| one.intended.recipient.as_str()).collect();
    format!("the mail to {} has not gone out yet: {why}", keys.join(", "))
}

fn analysis_of(loaded: &Loaded, event: EventId) -> Result<&AnalysisGenerated, ChainError> {
    match &loaded.event(event)?.payload {
        Payload::AnalysisGenerated(analysis) => Ok(analysis),
        other => Err(ChainError::WrongType { event, found: other.event_type() }),
    }
}
