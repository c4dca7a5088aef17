//! Which answers mean what, and what is left of their words.

use super::{Failure, MESSAGE_MAX, Standing, printable, standing};

fn failure(message: &str) -> Failure {
    Failure {
        operation: "SES SendEmail",
        standing: Standing::Refused,
        code: "MessageRejected".to_owned(),
        message: message.to_owned(),
        request: Some("r-1".to_owned()),
        status: Some(400),
    }
}

#[test]
fn throttling_is_later_with_any_status() {
    for (status, code) in [
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
        (409, "ConditionalRequestConflict"),
        (429, "HTTP 429"),
        (503, "SlowDown"),
        (400, "RequestTimeout"),
        (400, "ExpiredTokenException"),
    ] {
        assert_eq!(standing(status, code), Standing::Later, "{status} {code}");
    }
}

#[test]
fn other_client_errors_are_refusals_and_server_errors_say_nothing() {
    for (status, code) in
        [(400, "ValidationException"), (403, "AccessDenied"), (404, "NoSuchBucket")]
    {
        assert_eq!(standing(status, code), Standing::Refused, "{status} {code}");
    }
    for status in [200, 301, 500, 502, 503, 504] {
        assert_eq!(standing(status, "InternalServerError"), Standing::Unknown, "{status}");
    }
}

#[test]
fn a_failure_says_operation_code_words_and_request() {
    let text = failure("the identity is not verified").to_string();
    assert_eq!(
        text,
        "SES SendEmail failed with MessageRejected: the identity is not verified (request r-1)"
    );
}

#[test]
fn addresses_are_cut_out_of_the_words() {
    let words = "not verified: lead@hotel.example, \"a b\"@hotel.example in \
                 arn:aws:ses:eu-west-1:1:identity/x@y.example";
    let text = failure(words).without_addresses(&["\"a b\"@hotel.example"]).to_string();
    assert!(!text.contains('@') && !text.contains("a b") && !text.contains("hotel"), "{text}");
    assert!(text.contains("not verified: … … in …"), "{text}");
}

#[test]
fn words_are_cut_to_one_line_of_bounded_length() {
    assert_eq!(printable("a\r\nb\u{1b}[31m"), "a  b [31m");
    assert_eq!(printable(&"ü".repeat(1_000)).chars().count(), MESSAGE_MAX);
}
