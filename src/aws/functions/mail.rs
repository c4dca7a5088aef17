//! What SES tells of mails on the default bus, by the tags that the mailer gave them.
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use weekledger_events::{EventId, RecipientKey, ReportId, Revision, StreamId, Week};

use super::error::FunctionError;
use super::input::{BusEvent, not, parse};
use crate::ports::{MailEvent, MailFate, OwnerNotice};
use crate::repair::{send_again, send_to_all};

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "eventType")]
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

#[derive(Deserialize)]
struct Mail {
    #[serde(rename = "messageId")]
    message_id: String,
    timestamp: Timestamp,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: String,
    #[serde(rename = "bounceSubType")]
    sub_kind: String,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(rename = "complaintFeedbackType")]
    kind: Option<String>,
}

/// The event in this program's words; `None` if it is about somebody else's mail, or tells
/// nothing of the way to the mailbox.
pub(super) fn read(event: BusEvent) -> Result<Option<MailEvent>, FunctionError> {
    let at = event.time;
    let detail: Detail = parse(event.detail, "an event of SES")?;
    let Some(fate) = fate(&detail.event_type) else { return Ok(None) };
    let tag = |name: &str| detail.mail.tags.get(name)?.first().map(String::as_str);
    let (Some(report), Some(week), Some(recipient), Some(intent)) =
        (tag("report"), tag("week"), tag("recipient"), tag("intent"))
    else {
        return Ok(None);
    };
    let bad = |error| not(format!("a tag of SES: {error}"));
    let stream =
        StreamId::new(ReportId::parse(report).map_err(bad)?, Week::parse(week).map_err(bad)?);
    Ok(Some(MailEvent {
        stream,
        intent: EventId::parse(intent).map_err(bad)?,
        recipient: RecipientKey::parse(recipient).map_err(bad)?,
        fate,
        at: at.unwrap_or(detail.mail.timestamp),
        detail: words(detail.bounce, detail.complaint),
        message_id: detail.mail.message_id,
    }))
}

fn fate(event_type: &str) -> Option<MailFate> {
    match event_type {
        "Rendering Failure" | "RenderingFailure" => Some(MailFate::Reject),
        other => MailFate::ALL.into_iter().find(|fate| fate.as_str() == other),
    }
}

fn words(bounce: Option<Bounce>, complaint: Option<Complaint>) -> String {
    let bounce = bounce.map(|bounce| format!("{}/{}", bounce.kind, bounce.sub_kind));
    bounce.or(complaint.and_then(|complaint| complaint.kind)).unwrap_or_default()
}

/// What the owner is told, if anything.
pub(super) fn notice(event: &MailEvent, revision: Revision) -> Option<OwnerNotice> {
    let recipient = &event.recipient;
    let more = |words: &str| match event.detail.as_str() {
        "" => words.to_owned(),
        detail => format!("{words} ({detail})"),
    };
    let (sentence, action) = match event.fate {
        MailFate::Bounce => (
            format!("the mail to {recipient} came back: {}", more("bounced")),
            after_bounce(event, revision),
        ),
        MailFate::Complaint => (
            format!("{recipient} reported the mail as unwanted{}", more("")),
            "ask the recipient, or take the address out of the configuration".to_owned(),
        ),
        MailFate::Reject => (
            format!("SES took the mail to {recipient} and did not send it"),
            "look at the sending statistics of SES".to_owned(),
        ),
        MailFate::Send | MailFate::DeliveryDelay | MailFate::Delivery => return None,
    };
    let stream = event.stream.clone();
    Some(OwnerNotice { stream, sentence, action: Some(action) })
}

/// What came back for good is in the ledger as not sent, and goes out again alone.
fn after_bounce(event: &MailEvent, revision: Revision) -> String {
    if event.result().is_refused() {
        let send = send_again(&event.stream, revision);
        format!(
            "correct the address in the configuration, push it, then run `{send}`, which goes to \
             those alone who did not get it"
        )
    } else {
        let all = send_to_all(&event.stream);
        format!("ask whether it arrived, for it may have; there is no sending to one alone: {all}")
    }
}

#[cfg(test)]
mod tests;
