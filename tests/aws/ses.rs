//! What the SES mailer promises beyond the contract: it sends once, and says "refused" only if
//! no mail can have gone out.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use weekledger::aws::{Cloud, Limits};
use weekledger::ports::{Bus, MailAddress, Mailer};
use weekledger_events::payload::{Later, SendResult};

use crate::bus::pointer;
use crate::emulator::{cloud_at, endpoint, impatient, patient};
use crate::mailer::{accepted, mail};
use crate::place::run;
use crate::places::verify;
use crate::wire::{Act, Proxy, nobody, patient_server};

/// The result of one mail behind a proxy, and how many requests it took.
fn send_behind(act: Act) -> (SendResult, usize) {
    verify("report@hotel.example");
    verify("lead@hotel.example");
    let proxy = Proxy::start(move |_, _| act.clone());
    let result = run(async {
        let mailer = cloud_at(&proxy.endpoint(), impatient()).await.mailer(None);
        mailer.send(&mail(1, "text")).await
    });
    (result, proxy.seen().len())
}

#[track_caller]
fn refused(result: SendResult) -> String {
    match result {
        SendResult::Refused { sentence, .. } => sentence,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn unknown(result: SendResult) -> String {
    match result {
        SendResult::Unknown { sentence } => sentence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_names_sender_recipient_configuration_set_and_what_is_sent() {
    let proxy = Proxy::start(|_, _| Act::Answer(200, r#"{"MessageId":"m-1"}"#));
    let result = run(async {
        let mailer = cloud_at(&proxy.endpoint(), patient()).await.mailer(Some("weekly"));
        mailer.send(&mail(0xabc, "text")).await
    });
    assert_eq!(accepted(result), "m-1");
    let body = proxy.seen()[0].0.json();
    assert_eq!(body["FromEmailAddress"], "report@hotel.example");
    assert_eq!(body["Destination"], json!({ "ToAddresses": ["lead@hotel.example"] }));
    assert_eq!(body["ConfigurationSetName"], "weekly");
    let tag = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let tags = [
        tag("report", "hotels"),
        tag("week", "2026-W47"),
        tag("revision", "1"),
        tag("recipient", "lead"),
        tag("intent", "00000abc-0000-5000-8000-000000000000"),
    ];
    assert_eq!(body["EmailTags"], json!(tags));
}

#[test]
fn an_answer_that_never_comes_is_unknown_and_never_tried_again() {
    for act in [Act::PassAndHang, Act::PassAndDrop, Act::PassAndCut(30), Act::Hang, Act::Drop] {
        let (result, requests) = send_behind(act.clone());
        let sentence = unknown(result);
        assert!(sentence.contains("SES SendEmail failed with no answer"), "{act:?}: {sentence}");
        assert_eq!(requests.max(1), 1, "{act:?}");
    }
}

#[test]
fn a_server_error_is_unknown_and_never_tried_again() {
    for status in [500, 502, 503, 504] {
        let (result, requests) = send_behind(Act::Answer(status, "{}"));
        unknown(result);
        assert_eq!(requests, 1, "{status}");
    }
}

#[test]
fn a_success_that_cannot_be_read_or_names_no_mail_is_unknown() {
    for body in ["{", "{}", "<html>"] {
        unknown(send_behind(Act::Answer(200, body)).0);
    }
}

#[test]
fn a_refusal_says_the_code_and_no_address() {
    let rejected = r#"{"__type":"MessageRejected","message":"Email address is not verified. The following identities failed the check in region US-EAST-1: lead@hotel.example, report@hotel.example"}"#;
    let throttled =
        r#"{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}"#;
    let denied = r#"{"__type":"AccessDeniedException","message":"not authorized on resource arn:aws:ses:eu-west-1:1:identity/report@hotel.example"}"#;
    for (status, body, code) in [
        (400, rejected, "MessageRejected"),
        (429, throttled, "TooManyRequestsException"),
        (403, denied, "AccessDeniedException"),
    ] {
        let (result, requests) = send_behind(Act::Answer(status, body));
        let sentence = refused(result);
        assert!(sentence.contains(code), "{sentence}");
        assert!(!sentence.contains('@') && !sentence.contains("hotel"), "{sentence}");
        assert_eq!(requests, 1);
    }
}

#[test]
fn a_refusal_of_one_mail_is_for_good_one_of_the_sender_is_to_be_mended_and_a_busy_ses_passes() {
    let rejected = |who: &str| {
        format!(
            "Email address is not verified. The following identities failed the check in region US-EAST-1: {who}"
        )
    };
    let cases = [
        (400, "MessageRejected", rejected("lead@hotel.example"), "for good"),
        (400, "MessageRejected", rejected("report@hotel.example"), "verify the address"),
        (400, "BadRequestException", "Local address contains control".to_owned(), "for good"),
        (429, "TooManyRequestsException", "Daily message quota exceeded.".to_owned(), "wait"),
        (400, "LimitExceededException", "too many".to_owned(), "wait"),
        (403, "AccessDeniedException", "not authorized".to_owned(), "look at its role"),
        (403, "ExpiredTokenException", "expired".to_owned(), "wait"),
        (400, "AccountSuspendedException", "suspended".to_owned(), "Support Center"),
        (400, "SendingPausedException", "paused".to_owned(), "resume it"),
        (400, "MailFromDomainNotVerifiedException", "no MX".to_owned(), "in DNS"),
        (404, "NotFoundException", "no configuration set".to_owned(), "deploy the stack again"),
        (400, "SomethingNewException", "?".to_owned(), "look its code up"),
    ];
    for (status, code, message, expected) in cases {
        let body = json!({ "__type": code, "message": message }).to_string().leak();
        let (result, _) = send_behind(Act::Answer(status, body));
        let said = match result.later() {
            None => "for good".to_owned(),
            Some(Later::Wait) => "wait".to_owned(),
            Some(Later::Mend(action)) => action.clone(),
        };
        assert!(result.is_refused() && said.contains(expected), "{code}: {result:?}");
    }
}

#[test]
fn an_address_that_nobody_verified_is_refused_by_the_service() {
    let mut unverified = mail(1, "text");
    unverified.from = MailAddress::new("stranger@elsewhere.example".to_owned());
    let result =
        run(async { cloud_at(&endpoint(), patient()).await.mailer(None).send(&unverified).await });
    let sentence = refused(result);
    assert!(sentence.contains("MessageRejected"), "{sentence}");
    assert!(!sentence.contains("elsewhere"), "{sentence}");
}

#[test]
fn where_no_connection_can_be_made_no_mail_was_sent() {
    let result = send_through(run(cloud_at(&nobody(), impatient())));
    assert_eq!(result.later(), Some(&Later::Wait));
    let sentence = refused(result);
    assert!(sentence.contains("SES SendEmail failed with no answer"), "{sentence}");
}

#[test]
fn a_connection_that_takes_too_long_to_make_carried_no_mail() {
    // A network that swallows the first packet: reserved for documentation (RFC 5737).
    let limits = Limits { attempt: Duration::from_secs(5), ..impatient() };
    refused(send_through(run(cloud_at("http://192.0.2.1:80", limits))));
}

#[test]
fn what_is_no_tls_carried_no_mail() {
    let proxy = Proxy::start(|_, _| Act::Drop);
    let tls = proxy.endpoint().replace("http:", "https:");
    // A handshake that breaks is what is looked at, not one that is slow.
    let slow = Duration::from_secs(5);
    let limits = Limits { connect: slow, attempt: slow, ..impatient() };
    refused(send_through(run(cloud_at(&tls, limits))));
}

/// In a process of its own: credentials come from the environment.
#[test]
fn without_credentials_nothing_left_and_the_mail_is_refused() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ses::as_a_process_without_credentials", "--ignored"])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
}

#[test]
#[ignore = "the test above starts it without credentials"]
fn as_a_process_without_credentials() {
    let proxy = Proxy::start(|_, _| Act::Answer(200, r#"{"MessageId":"m"}"#));
    let sentence = refused(send_through(run(cloud_at(&proxy.endpoint(), patient()))));
    assert!(sentence.contains("credential"), "{sentence}");
    assert!(proxy.seen().is_empty());
}

fn send_through(cloud: Cloud) -> SendResult {
    run(async { cloud.mailer(None).send(&mail(1, "text")).await })
}

#[test]
fn a_mail_beyond_the_limit_is_refused_without_a_call() {
    let proxy = Proxy::start(|_, _| Act::Pass);
    let mut large = mail(1, "text");
    large.mime = vec![b'x'; (10 << 20) + 1];
    let result = run(async {
        cloud_at(&proxy.endpoint(), impatient()).await.mailer(None).send(&large).await
    });
    assert!(refused(result).contains("10485761 bytes"));
    assert!(proxy.seen().is_empty());
}

#[test]
fn every_mail_has_a_connection_of_its_own() {
    // A client that may use a connection again does so here: see the other adapters.
    let (endpoint, connections) = patient_server(r#"{"MessageId":"m"}"#);
    run(async {
        let mailer = cloud_at(&endpoint, patient()).await.mailer(None);
        for intent in 1..=3 {
            accepted(mailer.send(&mail(intent, "text")).await);
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[test]
fn every_other_adapter_uses_its_connection_again() {
    let answer = r#"{"FailedEntryCount":0,"Entries":[{"EventId":"a"}]}"#;
    let (endpoint, connections) = patient_server(answer);
    run(async {
        let bus = cloud_at(&endpoint, patient()).await.bus("bus");
        for number in 1..=3 {
            bus.publish(&[pointer(number)]).await.unwrap();
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
