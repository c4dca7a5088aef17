//! The envelope of a mail: one recipient, headers without surprises, a fixed boundary. The same
//! arguments give the same bytes.

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use weekledger_events::{Digest, EventId, Revision, StreamId};

use crate::ports::MailAddress;

/// What is sent to one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// As fixed by `AnalysisGenerated`.
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
    pub from: &'a MailAddress,
    pub to: &'a MailAddress,
    /// What is sent: the bytes themselves may be an earlier revision's, and name none.
    pub stream: &'a StreamId,
    pub revision: Revision,
    /// The intent that permits the sending; it makes the Message-ID.
    pub intent: EventId,
    /// When the intent was recorded.
    pub date: Timestamp,
    /// The recipient was sent an earlier revision.
    pub revised: bool,
    /// The recipient may have been sent these very bytes.
    pub second_sending: bool,
}

/// Why no message can be made. The addresses are left out on purpose.
#[derive(Debug, thiserror::Error)]
pub enum MimeError {
    #[error("the {field} address is not a mail address; correct it in the configuration")]
    Address { field: &'static str },
    #[error("the message cannot be built")]
    Build(#[source] lettre::error::Error),
}

/// The message as bytes, ready for a mail service.
pub fn message(envelope: &Envelope<'_>) -> Result<Vec<u8>, MimeError> {
    let from = mailbox("from", envelope.from)?;
    let domain = from.email.domain().to_owned();
    let mut message = Message::builder()
        .from(from)
        .to(mailbox("recipient", envelope.to)?)
        .subject(subject(envelope))
        .date(envelope.date.into())
        .message_id(Some(format!("<{}@{domain}>", envelope.intent)))
        .multipart(body(envelope.html, envelope.text))
        .map_err(MimeError::Build)?;
    let which = format!("{} revision {}", envelope.stream, envelope.revision);
    let name = HeaderName::new_from_ascii_str("X-Weekledger");
    message.headers_mut().insert_raw(HeaderValue::new(name, which));
    Ok(message.formatted())
}

/// The parser's own words may repeat the address, so they are dropped.
fn mailbox(field: &'static str, address: &MailAddress) -> Result<Mailbox, MimeError> {
    let flaw = || MimeError::Address { field };
    if address.as_str().contains(char::is_control) {
        return Err(flaw());
    }
    let address_alone = address.as_str().parse().map_err(|_| flaw())?;
    Ok(Mailbox::new(address.name().map(str::to_owned), address_alone))
}

fn subject(envelope: &Envelope<'_>) -> String {
    let revised = if envelope.revised { "[Revised] " } else { "" };
    let second = if envelope.second_sending { "[Second sending] " } else { "" };
    let subject: Vec<&str> = envelope.subject.split_whitespace().collect();
    let subject: String = subject.join(" ").chars().filter(|c| !c.is_control()).collect();
    format!("{second}{revised}{subject}")
}

fn body(html: &str, text: &str) -> MultiPart {
    let digest = Digest::of(format!("{html}\n{text}").as_bytes());
    let alternative = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{}", digest.short()));
    alternative
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text.to_owned()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.to_owned()))
}
