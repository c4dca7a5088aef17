//! Events of SES as it publishes them, cut to what is read; addresses go nowhere.

use serde_json::{Value, json};
use weekledger_events::Revision;
use weekledger_events::payload::SendResult;

use super::super::input::BusEvent;
use super::{notice, read};
use crate::ports::{MailEvent, MailFate};

const INTENT: &str = "00000abc-0000-5000-8000-000000000000";

fn event(detail: Value) -> BusEvent {
    let text = json!({
        "source": "aws.ses", "detail-type": "Email Something", "time": "2026-11-23T06:00:01Z",
        "detail": detail,
    });
    serde_json::from_value(text).unwrap()
}

fn mail(event_type: &str, more: &Value) -> Value {
    let mut detail = json!({
        "eventType": event_type,
        "mail": {
            "timestamp": "2026-11-23T06:00:00.000Z",
            "messageId": "m-1",
            "source": "report@hotel.example",
            "destination": ["lead@hotel.example"],
            "tags": {
                "ses:configuration-set": ["weekly"], "report": ["weekly"], "week": ["2026-W47"],
                "revision": ["1"], "recipient": ["lead"], "intent": [INTENT],
            },
        },
    });
    for (name, value) in more.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

fn read_one(event_type: &str, more: &Value) -> MailEvent {
    read(event(mail(event_type, more))).unwrap().unwrap()
}

#[test]
fn every_event_of_the_way_to_the_mailbox_is_read_by_its_tags() {
    for fate in MailFate::ALL {
        let event = read_one(fate.as_str(), &json!({}));
        assert_eq!((event.fate, event.intent.to_string().as_str()), (fate, INTENT));
        assert_eq!(event.stream.to_string(), "weekly/2026-W47");
        assert_eq!((event.recipient.as_str(), event.message_id.as_str()), ("lead", "m-1"));
        assert_eq!(event.at.to_string(), "2026-11-23T06:00:01Z");
        let accepted = SendResult::Accepted { message_id: "m-1".to_owned() };
        assert_eq!(event.result() == accepted, fate != MailFate::Reject);
    }
}

#[test]
fn the_owner_hears_of_a_bounce_and_a_complaint_without_an_address() {
    let bounce = json!({ "bounce": {
        "bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [{ "emailAddress": "lead@hotel.example" }],
    } });
    let bounced = notice(&read_one("Bounce", &bounce), Revision(2)).unwrap();
    assert_eq!(bounced.sentence, "the mail to lead came back: bounced (Permanent/General)");
    let send = "`weekledger send 2026-W47 --report weekly --revision 2`";
    assert!(bounced.action.as_ref().unwrap().contains(send), "{:?}", bounced.action);
    let complaint = json!({ "complaint": { "complaintFeedbackType": "abuse" } });
    let complained = notice(&read_one("Complaint", &complaint), Revision(2)).unwrap();
    assert_eq!(complained.sentence, "lead reported the mail as unwanted (abuse)");
    for quiet in ["Send", "Delivery", "DeliveryDelay"] {
        assert_eq!(notice(&read_one(quiet, &json!({})), Revision(2)), None, "{quiet}");
    }
}

#[test]
fn what_came_back_for_good_was_not_received_and_what_came_back_for_a_while_may_have_been() {
    for (kind, received) in [("Permanent", false), ("Transient", true), ("Undetermined", true)] {
        let bounce = json!({ "bounce": { "bounceType": kind, "bounceSubType": "General" } });
        let event = read_one("Bounce", &bounce);
        assert_eq!(!event.result().is_refused(), received, "{kind}");
        let action = notice(&event, Revision(1)).unwrap().action.unwrap();
        assert_eq!(action.contains("to all of them once more"), received, "{action}");
    }
}

#[test]
fn other_events_and_other_peoples_mails_are_passed_over_and_broken_tags_are_not() {
    for other in ["Open", "Click", "Subscription"] {
        assert_eq!(read(event(mail(other, &json!({})))).unwrap(), None, "{other}");
    }
    let mut foreign = mail("Send", &json!({}));
    foreign["mail"]["tags"] = json!({ "campaign": ["x"] });
    assert_eq!(read(event(foreign)).unwrap(), None);
    let mut broken = mail("Send", &json!({}));
    broken["mail"]["tags"]["week"] = json!(["next"]);
    assert!(read(event(broken)).is_err());
}
