//! The message of one recipient, read back by a reader written here.

use std::collections::BTreeMap;

use weekledger::ports::MailAddress;
use weekledger::report::mime::{Envelope, MimeError, message};
use weekledger_events::{EventId, Revision, StreamId};

use super::{fixture, worlds};

const INTENT: &str = "6a2f41a3-c54c-5e6f-8a3b-1f2e3d4c5b6a";

fn address(text: &str) -> MailAddress {
    MailAddress::new(text.to_owned())
}

fn stream() -> StreamId {
    StreamId::new(fixture::report(), fixture::week())
}

fn bytes(subject: &str, html: &str, text: &str, revised: bool, second: bool) -> Vec<u8> {
    message(&Envelope {
        subject,
        html,
        text,
        from: &address("reports@example.org").with_name(Some("Reports".to_owned())),
        to: &address("reader@example.com"),
        stream: &stream(),
        revision: Revision(2),
        intent: EventId::parse(INTENT).unwrap(),
        date: "2026-11-23T06:00:00Z".parse().unwrap(),
        revised,
        second_sending: second,
    })
    .unwrap()
}

/// Headers with folded lines joined, and the body.
fn read(message: &str) -> (BTreeMap<String, String>, &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = head.split("\r\n").map(|line| line.split_once(": ").unwrap());
    (headers.map(|(key, value)| (key.to_ascii_lowercase(), value.to_owned())).collect(), body)
}

/// Decodes base64 (RFC 4648) or quoted-printable (RFC 2045); other encodings are as they are.
fn decoded(encoding: &str, body: &str) -> String {
    let bytes = match encoding {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

fn base64(body: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in body.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = alphabet.iter().position(|b| *b == byte).unwrap();
        buffer = buffer << 6 | u32::try_from(value).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 0xff).unwrap());
        }
    }
    out
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut out = Vec::new();
    let mut bytes = joined.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'=' {
            let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    out
}

#[test]
fn a_message_holds_both_parts_as_they_were_fixed() {
    for (name, made) in worlds::all() {
        let mail = &made.mail;
        let bytes = bytes(&made.view.subject, &mail.html, &mail.text, false, false);
        let message = String::from_utf8(bytes).unwrap();
        let (headers, body) = read(&message);
        let kind = &headers["content-type"];
        assert!(kind.starts_with("multipart/alternative"), "{kind}");
        let boundary = kind.split_once("boundary=").unwrap().1.trim_matches('"');
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!((parts.len(), parts[3].trim()), (4, "--"), "{name}");
        for (part, kind, content) in
            [(parts[1], "text/plain", &mail.text), (parts[2], "text/html", &mail.html)]
        {
            let (headers, body) = read(part.trim_start());
            assert!(headers["content-type"].starts_with(kind));
            assert!(headers["content-type"].contains("utf-8"));
            let body = decoded(&headers["content-transfer-encoding"], body);
            assert_eq!(body.trim_end(), content.trim_end(), "{name}");
        }
        assert!(message.lines().all(|line| line.len() <= 998), "{name}");
    }
}

#[test]
fn the_headers_come_from_the_intent() {
    let made = worlds::normal().make();
    let bytes = bytes("Week 47", &made.mail.html, &made.mail.text, false, false);
    let message = String::from_utf8(bytes).unwrap();
    let headers = read(&message).0;
    assert_eq!(headers["message-id"], format!("<{INTENT}@example.org>"));
    assert_eq!(headers["date"], "Mon, 23 Nov 2026 06:00:00 +0000");
    assert_eq!(headers["to"], "reader@example.com");
    assert_eq!(headers["subject"], "Week 47");
    // The bytes within may be an earlier revision's; what is sent is said here.
    assert_eq!(headers["x-weekledger"], "weekly/2026-W47 revision 2");
    assert_eq!(headers["from"], "Reports <reports@example.org>");
}

#[test]
fn the_same_envelope_gives_the_same_bytes() {
    let one = bytes("Week 47", "<p>a</p>", "a", false, false);
    assert_eq!(one, bytes("Week 47", "<p>a</p>", "a", false, false));
    assert_ne!(one, bytes("Week 47", "<p>b</p>", "b", false, false));
}

#[test]
fn a_revised_mail_and_a_second_sending_say_so_in_the_subject() {
    let subject = |revised, second| {
        let bytes = bytes("Week 47", "a", "a", revised, second);
        read(&String::from_utf8(bytes).unwrap()).0["subject"].clone()
    };
    assert_eq!(subject(true, false), "[Revised] Week 47");
    assert_eq!(subject(false, true), "[Second sending] Week 47");
    assert_eq!(subject(true, true), "[Second sending] [Revised] Week 47");
}

#[test]
fn a_subject_cannot_add_a_header() {
    let bytes = bytes("Week\r\nBcc: x@example.org\r\n\r\nbody\u{0}", "a", "a", false, false);
    let message = String::from_utf8(bytes).unwrap();
    let headers = read(&message).0;
    assert!(!headers.contains_key("bcc"));
    assert_eq!(headers["subject"], "Week Bcc: x@example.org body");
}

#[test]
fn a_broken_address_is_named_by_its_field_alone() {
    for wrong in ["nobody", "a@b\r\nBcc: c@d", "", "a@b, c@d"] {
        let error = message(&Envelope {
            subject: "s",
            html: "h",
            text: "t",
            from: &address("reports@example.org"),
            to: &address(wrong),
            stream: &stream(),
            revision: Revision::FIRST,
            intent: EventId::parse(INTENT).unwrap(),
            date: "2026-11-23T06:00:00Z".parse().unwrap(),
            revised: false,
            second_sending: false,
        })
        .unwrap_err();
        assert!(matches!(error, MimeError::Address { field: "recipient" }), "{wrong}");
        assert!(wrong.is_empty() || !error.to_string().contains(wrong));
    }
}
