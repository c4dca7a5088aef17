//! Where the emulator listens, and how a test makes what a template makes in an account.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use weekledger::aws::{Cloud, Limits, Settings};
use weekledger::embedded::SystemClock;
use weekledger::ports::Clock;

use crate::wire::{Request, exchange, status};

/// The emulator's address; a test without it says how to start one.
pub fn endpoint() -> String {
    #[expect(clippy::disallowed_methods, reason = "tests/emulator hands the address over so")]
    std::env::var("AWS_ENDPOINT_URL")
        .expect("no emulator: run `tests/emulator cargo test --features aws --test aws`")
}

/// A name that no other test of this or another process has.
pub fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{count}", std::process::id())
}

/// Short enough for tests, long enough for a busy machine.
pub fn patient() -> Limits {
    Limits {
        attempt: Duration::from_secs(30),
        operation: Duration::from_secs(90),
        ..Limits::default()
    }
}

/// For servers that do not answer.
pub fn impatient() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        attempt: Duration::from_millis(500),
        operation: Duration::from_secs(5),
        attempts_max: 3,
    }
}

/// What a person would configure, except for the address.
pub async fn cloud_at(endpoint: &str, limits: Limits) -> Cloud {
    cloud_with(endpoint, limits, Arc::new(SystemClock)).await
}

pub async fn cloud_with(endpoint: &str, limits: Limits, clock: Arc<dyn Clock>) -> Cloud {
    let region = Some("us-east-1".to_owned());
    let endpoint = Some(endpoint.to_owned());
    Cloud::new(Settings { region, endpoint, limits }, clock).await
}

/// Calls a service that speaks JSON by its target, as the AWS command line would.
#[track_caller]
pub fn call(service: &str, target: &str, body: &Value) -> Value {
    let target_header =
        format!("x-amz-target: {target}\r\ncontent-type: application/x-amz-json-1.0\r\n");
    send(service, "POST /", &target_header, body.to_string().as_bytes())
}

/// Sends one request with any method, path and headers; its answer must be a success.
#[track_caller]
pub fn send(service: &str, line: &str, headers: &str, body: &[u8]) -> Value {
    serde_json::from_str(&answer(service, line, headers, body)).unwrap_or(Value::Null)
}

/// The same, with the answer's body as it is.
#[track_caller]
pub fn answer(service: &str, line: &str, headers: &str, body: &[u8]) -> String {
    // The emulator takes the service from the signature's scope and checks nothing else of it.
    let head = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\n{headers}authorization: AWS4-HMAC-SHA256 \
         Credential=test/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(&Request { head, body: body.to_vec() });
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(matches!(status(&answer), Some(200..300)), "{line}: {text}");
    text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned()
}
