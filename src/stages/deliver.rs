//! Deliver: the fixed mail in an envelope for one recipient.

use weekledger_events::payload::SendResult;
use weekledger_events::{RecipientKey, ReportId};

use super::job::SendJob;
use crate::ports::{ArchiveError, Mail, MailAddress, with_causes};
use crate::report::mime::{self, Envelope};

use super::read_evidence;

/// Addresses of the live configuration. No event and no artifact holds one.
pub trait AddressBook: Send + Sync {
    /// Who the mails come from.
    fn sender(&self) -> MailAddress;

    /// Where a recipient's mail goes; `None` if the configuration no longer has the recipient.
    fn recipient(&self, report: &ReportId, key: &RecipientKey) -> Option<MailAddress>;
}

/// Builds the message. The error is what to record: nothing was sent.
pub async fn compose(book: &dyn AddressBook, job: SendJob<'_>) -> Result<Mail, SendResult> {
    let recipient = &job.intent.intended.recipient;
    let to = book.recipient(&job.stream.report, recipient).ok_or_else(|| {
        let report = &job.stream.report;
        SendResult::refused(format!(
            "the configuration of {report} has no recipient {recipient} any more"
        ))
    })?;
    let html = part(&job, &job.analysis.html).await?;
    let text = part(&job, &job.analysis.text).await?;
    let from = book.sender();
    let envelope = Envelope {
        subject: &job.analysis.subject,
        html: &html,
        text: &text,
        from: &from,
        to: &to,
        stream: job.stream,
        revision: job.run.requested.revision,
        intent: job.intent.id,
        date: job.intended_at,
        // The same bytes again are no revision.
        revised: job.intent.intended.revised && !job.second_sending,
        second_sending: job.second_sending,
    };
    let mime = mime::message(&envelope).map_err(|error| SendResult::refused(error.to_string()))?;
    Ok(Mail {
        intent: job.intent.id,
        stream: job.stream.clone(),
        revision: job.run.requested.revision,
        recipient: recipient.clone(),
        from,
        to,
        mime,
        html: html.into_bytes(),
    })
}

async fn part(
    job: &SendJob<'_>,
    artifact: &weekledger_events::ArtifactRef,
) -> Result<String, SendResult> {
    let bytes = read_evidence(job.archive, artifact).await.map_err(|error| match error {
        ArchiveError::Unavailable(_) => SendResult::not_now(with_causes(&error)),
        error => SendResult::until_mended(with_causes(&error), RESTORE),
    })?;
    String::from_utf8(bytes).map_err(|_| SendResult::refused("the archived mail is not text"))
}

const RESTORE: &str = "restore the archive from a backup";
