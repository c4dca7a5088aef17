//! What every mailer promises: an accepted mail goes out as it is. Mailers that know intents
//! also promise that a second call sends nothing; SES does not, and the driver never calls twice.

use weekledger::ports::{Mail, MailAddress, Mailer, SentAs};
use weekledger_events::Revision;
use weekledger_events::payload::SendResult;

use crate::place::{Place, race};
use crate::samples::{event_id, stream};

/// A place for a mailer.
pub trait MailPlace: Place<Port = dyn Mailer> {
    /// Every mail that went out so far, as it went.
    async fn sent(&self) -> Vec<Vec<u8>>;
}

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! mailer_contract {
    ($place:expr) => {
        cases! { mailer, $place;
            an_accepted_mail_went_out_byte_for_byte
            every_intent_is_a_mail_of_its_own
            many_mails_at_once_all_go_out
            what_it_says_of_a_send_afterwards_is_true
        }
    };
}

/// For mailers that know intents.
macro_rules! idempotent_mailer_contract {
    ($place:expr) => {
        cases! { mailer, $place;
            one_intent_twice_is_one_mail_with_one_id
            one_intent_with_another_mail_is_refused_and_the_first_stays
            of_many_calls_with_one_intent_one_mail_goes_out
            it_can_tell_afterwards_whether_an_intent_went_out
        }
    };
}

pub fn mail(intent: u32, text: &str) -> Mail {
    let mime = format!("To: lead@hotel.example\r\nSubject: Week 47\r\n\r\n{text}\r\n");
    Mail {
        intent: format!("{intent:08x}-0000-5000-8000-000000000000").parse().unwrap(),
        stream: stream("hotels/2026-W47"),
        revision: Revision(1),
        recipient: "lead".parse().unwrap(),
        from: MailAddress::new("report@hotel.example".to_owned()),
        to: MailAddress::new("lead@hotel.example".to_owned()),
        mime: mime.into_bytes(),
        html: format!("<p>{text}</p>").into_bytes(),
    }
}

/// The service's id of an accepted mail.
#[track_caller]
pub fn accepted(result: SendResult) -> String {
    match result {
        SendResult::Accepted { message_id } if !message_id.is_empty() => message_id,
        other => panic!("{other:?}"),
    }
}

pub async fn an_accepted_mail_went_out_byte_for_byte(place: &impl MailPlace) {
    let mail = mail(1, "Grüße\0\u{feff}");
    accepted(place.open().await.send(&mail).await);
    assert_eq!(place.sent().await, [mail.mime]);
}

/// Also where the bytes are the same.
pub async fn every_intent_is_a_mail_of_its_own(place: &impl MailPlace) {
    let mailer = place.open().await;
    let first = accepted(mailer.send(&mail(1, "text")).await);
    let second = accepted(mailer.send(&mail(2, "text")).await);
    let mut other_recipient = mail(3, "text");
    other_recipient.recipient = "lead-b".parse().unwrap();
    other_recipient.intent = event_id(3);
    let third = accepted(mailer.send(&other_recipient).await);
    assert!(first != second && second != third && third != first);
    assert_eq!(place.sent().await, vec![mail(1, "text").mime; 3]);
}

pub async fn many_mails_at_once_all_go_out(place: &impl MailPlace) {
    drop(place.open().await);
    let results = race(place, 8, async |number, mailer: Box<dyn Mailer>| {
        mailer.send(&mail(number as u32, &format!("mail {number}"))).await
    });
    let mut ids: Vec<_> = results.into_iter().map(accepted).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    let mut sent = place.sent().await;
    sent.sort();
    let expected: Vec<_> = (0..8).map(|n| mail(n, &format!("mail {n}")).mime).collect();
    assert_eq!(sent, expected);
}

fn as_sent(mail: &Mail) -> SentAs<'_> {
    SentAs {
        intent: mail.intent,
        stream: &mail.stream,
        revision: mail.revision,
        recipient: &mail.recipient,
    }
}

/// A mailer that cannot tell says so; none says the wrong thing.
pub async fn what_it_says_of_a_send_afterwards_is_true(place: &impl MailPlace) {
    let mailer = place.open().await;
    let (went_out, never_called) = (mail(1, "text"), mail(2, "text"));
    accepted(mailer.send(&went_out).await);
    let said = mailer.look_up(&as_sent(&went_out)).await;
    assert!(matches!(said, None | Some(SendResult::Accepted { .. })), "{said:?}");
    let said = mailer.look_up(&as_sent(&never_called)).await;
    assert!(matches!(said, None | Some(SendResult::Refused { .. })), "{said:?}");
}

pub async fn it_can_tell_afterwards_whether_an_intent_went_out(place: &impl MailPlace) {
    let mailer = place.open().await;
    let (went_out, never_called) = (mail(1, "text"), mail(2, "text"));
    let id = accepted(mailer.send(&went_out).await);
    drop(mailer);
    let mailer = place.open().await;
    assert_eq!(accepted(mailer.look_up(&as_sent(&went_out)).await.unwrap()), id);
    let said = mailer.look_up(&as_sent(&never_called)).await.unwrap();
    assert!(matches!(said, SendResult::Refused { .. }), "{said:?}");
}

/// The second handle stands for the next process after a kill.
pub async fn one_intent_twice_is_one_mail_with_one_id(place: &impl MailPlace) {
    let mailer = place.open().await;
    let first = accepted(mailer.send(&mail(1, "text")).await);
    assert_eq!(accepted(mailer.send(&mail(1, "text")).await), first);
    drop(mailer);
    assert_eq!(accepted(place.open().await.send(&mail(1, "text")).await), first);
    assert_eq!(place.sent().await, [mail(1, "text").mime]);
}

pub async fn one_intent_with_another_mail_is_refused_and_the_first_stays(place: &impl MailPlace) {
    let mailer = place.open().await;
    accepted(mailer.send(&mail(1, "text")).await);
    for other in ["another text", "text and more", ""] {
        let result = mailer.send(&mail(1, other)).await;
        assert!(matches!(result, SendResult::Refused { .. }), "{result:?}");
    }
    assert_eq!(place.sent().await, [mail(1, "text").mime]);
}

pub async fn of_many_calls_with_one_intent_one_mail_goes_out(place: &impl MailPlace) {
    drop(place.open().await);
    let results =
        race(place, 8, async |_, mailer: Box<dyn Mailer>| mailer.send(&mail(1, "text")).await);
    let mut ids: Vec<_> = results.into_iter().map(accepted).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(place.sent().await, [mail(1, "text").mime]);
}
