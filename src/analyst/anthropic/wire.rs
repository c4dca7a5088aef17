//! The streaming client: bounded in time and bytes, silent about the key.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect};

use super::door::{Door, Proof};
use super::fault::Fault;
use crate::sources::http::{is_loopback, tls};

/// A client for one provider.
#[derive(Debug)]
pub struct Wire<'a> {
    client: Client,
    door: &'a Door,
    limits: Limits,
}

/// Limits of one exchange.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From connect to the last byte.
    pub exchange: Duration,
    /// Between two pieces of a stream.
    pub idle: Duration,
    pub body_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            exchange: Duration::from_secs(240),
            idle: Duration::from_secs(60),
            body_bytes_max: 8 << 20,
        }
    }
}

/// What came back, whole or in part.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Why the body is not whole.
    pub broken: Option<Fault>,
}

impl<'a> Wire<'a> {
    pub fn new(door: &'a Door, limits: Limits) -> Result<Self, Fault> {
        let setup = || Fault::connection("client_setup");
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls().map_err(|_| setup())?)
            .user_agent(concat!("weekledger/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(limits.exchange.min(Duration::from_secs(10)))
            .read_timeout(limits.idle)
            .timeout(limits.exchange);
        if is_loopback(&door.url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| setup())?;
        Ok(Self { client, door, limits })
    }

    /// Sends a request's bytes and reads the answer as far as it comes.
    pub async fn send(&self, body: &[u8], proof: &Proof) -> Answer {
        let empty = |fault| Answer {
            status: 0,
            headers: HeaderMap::new(),
            body: Vec::new(),
            broken: Some(fault),
        };
        let Some(secret) = headers(proof) else {
            return empty(Fault::connection("key_malformed"));
        };
        let call = self
            .client
            .post(&self.door.url)
            .headers(secret)
            .header("anthropic-version", &self.door.version)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        let mut answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => return empty(broken(&error, "timeout")),
        };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        let broken = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.limits.body_bytes_max => {
                    break Some(Fault::connection("too_large"));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break None,
                Err(error) => break Some(broken(&error, "idle")),
            }
        };
        Answer { status, headers, body, broken }
    }
}

/// Headers that no log shows.
fn headers(proof: &Proof) -> Option<HeaderMap> {
    let header = |(name, secret): &(&'static str, crate::ports::Secret)| {
        let mut value = HeaderValue::from_str(secret.expose()).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_static(name), value))
    };
    proof.iter().map(header).collect()
}

/// The error itself names the address, so it is not kept.
fn broken(error: &reqwest::Error, timeout: &'static str) -> Fault {
    Fault::connection(if error.is_timeout() {
        timeout
    } else if error.is_connect() {
        "no_connection"
    } else {
        "cut"
    })
}
