//! The mailer on SES: one raw message, one recipient, one attempt.
//!
//! The question is not whether a call failed but whether the mail may have gone out. Only an
//! answer that says no, or a request that never left, is a refusal; and only a refusal of this
//! recipient or this mail is one for good.

mod ses;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sesv2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sesv2::error::{BoxError, BuildError, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, MessageTag, RawMessage};
use hyper_util::client::legacy::Error as HttpError;
use weekledger_events::payload::SendResult;

use super::Lazy;
use super::failure::{Failure, Standing};
use super::mail_log::MailLog;
use crate::ports::{Mail, Mailer, SentAs, with_causes};

/// SES takes 40 MB with attachments; a report has about 200 KB.
const MIME_BYTES_MAX: usize = 10 << 20;

/// Sends through SES with the names of what is sent as tags, which its events carry back.
pub struct SesMailer {
    client: Lazy<Client>,
    configuration_set: Option<String>,
    /// What SES told of earlier sends.
    told: Option<MailLog>,
}

impl SesMailer {
    /// The client must not try again by itself.
    pub(super) fn new(client: Lazy<Client>, configuration_set: Option<String>) -> Self {
        Self { client, configuration_set, told: None }
    }

    /// With the log of SES's events, in which a send without an answer may be found.
    pub fn with_log(self, log: MailLog) -> Self {
        Self { told: Some(log), ..self }
    }

    async fn send_once(&self, mail: &Mail) -> Result<SendResult, BuildError> {
        let raw = RawMessage::builder().data(Blob::new(mail.mime.clone())).build()?;
        let departed = Departed::default();
        let sent = self
            .client
            .send_email()
            .from_email_address(mail.from.as_str())
            .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
            .content(EmailContent::builder().raw(raw).build())
            .set_configuration_set_name(self.configuration_set.clone())
            .set_email_tags(Some(tags(mail)?))
            .customize()
            .interceptor(departed.clone())
            .send()
            .await;
        Ok(match sent {
            Ok(answer) => match answer.message_id {
                Some(message_id) if !message_id.is_empty() => SendResult::Accepted { message_id },
                _ => SendResult::Unknown {
                    sentence: "SES accepted a mail without naming it".to_owned(),
                },
            },
            Err(error) => not_sent(mail, &error, departed.happened()),
        })
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> SendResult {
        if mail.mime.len() > MIME_BYTES_MAX {
            let bytes = mail.mime.len();
            let sentence = format!("the mail has {bytes} bytes, more than {MIME_BYTES_MAX}");
            return SendResult::refused(sentence);
        }
        self.send_once(mail).await.unwrap_or_else(|error| {
            SendResult::refused(format!("the request to SES cannot be made: {error}"))
        })
    }

    /// SES cannot be asked by intent. Its events tell, which carry the intent as a tag; one that
    /// comes later resolves what is unknown until then.
    async fn look_up(&self, sent: &SentAs<'_>) -> Option<SendResult> {
        match self.told.as_ref()?.of_intent(sent.stream, sent.intent).await {
            Ok(event) => event.map(|event| event.result()),
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "mail events cannot be read");
                None
            }
        }
    }
}

/// SES allows letters, digits, hyphen and underscore; all of these are made of them.
fn tags(mail: &Mail) -> Result<Vec<MessageTag>, BuildError> {
    let tag = |name: &str, value: String| MessageTag::builder().name(name).value(value).build();
    Ok(vec![
        tag("report", mail.stream.report.to_string())?,
        tag("week", mail.stream.week.to_string())?,
        tag("revision", mail.revision.to_string())?,
        tag("recipient", mail.recipient.to_string())?,
        tag("intent", mail.intent.to_string())?,
    ])
}

fn not_sent(mail: &Mail, error: &SdkError<SendEmailError>, departed: bool) -> SendResult {
    let failure = Failure::new("SES SendEmail", error);
    let remedy = ses::remedy(&failure, mail.from.as_str());
    let failure = failure.without_addresses(&[mail.from.as_str(), mail.to.as_str()]);
    let sentence = failure.to_string();
    if !departed || never_connected(error) {
        return SendResult::not_now(sentence);
    }
    match (failure.standing, remedy) {
        (Standing::Unknown, _) => SendResult::Unknown { sentence },
        (Standing::Later, _) => SendResult::not_now(sentence),
        (Standing::Refused, Some(remedy)) => SendResult::until_mended(sentence, remedy),
        (Standing::Refused, None) => SendResult::refused(sentence),
    }
}

/// True if no connection was made, so that no byte of the mail left.
fn never_connected(error: &SdkError<SendEmailError>) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.filter_map(|cause| cause.downcast_ref::<HttpError>()).any(HttpError::is_connect)
}

/// Whether a request was handed to the connection. Until then, as without credentials, a
/// failure is certainly no mail.
#[derive(Debug, Clone, Default)]
struct Departed(Arc<AtomicBool>);

impl Departed {
    fn happened(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Intercept for Departed {
    fn name(&self) -> &'static str {
        "Departed"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(true, Ordering::SeqCst);
        Ok(())
    }
}
