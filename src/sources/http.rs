//! The one HTTP client of the sources: bounded in time and bytes, follows no redirect, and shows
//! a token to nobody but the host that was asked.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue};
use reqwest::{Client, Method, redirect};
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};
use weekledger_events::payload::Request;
use weekledger_projections::display;

use crate::config::SourceLimits;
use crate::ports::Secret;

/// A client for one base address.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    body_bytes_max: u64,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is no answer. No address appears in these texts.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the HTTP client cannot be set up")]
    Setup(#[source] reqwest::Error),
    #[error("the TLS client cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("the method or address of a request is not valid")]
    Address,
    #[error("the token holds characters that no header may hold")]
    Token(#[source] InvalidHeaderValue),
    #[error("no answer within {}", display::counted((*seconds).into(), "second", "seconds"))]
    Timeout {
        seconds: u32,
        #[source]
        source: reqwest::Error,
    },
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    #[error("the connection broke off before an answer came")]
    Interrupted(#[source] reqwest::Error),
    #[error("the connection broke off while the answer was read")]
    BrokenOff(#[source] reqwest::Error),
    #[error("the answer is longer than {}", display::counted((*max).into(), "byte", "bytes"))]
    TooLarge { max: u64 },
}

impl Http {
    pub fn new(base_url: &str, limits: &SourceLimits) -> Result<Self, HttpError> {
        const CONNECT_SECONDS_MAX: u64 = 10;
        let total = Duration::from_secs(limits.request_seconds_max.into());
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("weekledger/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(total.min(Duration::from_secs(CONNECT_SECONDS_MAX)))
            .timeout(total);
        if is_loopback(base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| HttpError::Setup(e.without_url()))?;
        Ok(Self { client, body_bytes_max: limits.body_bytes_max })
    }

    /// Sends a request with the token in its `Authorization` header and reads the whole answer.
    pub async fn send(
        &self,
        request: &Request,
        token: &Secret,
        seconds_max: u32,
    ) -> Result<Response, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, secret_value(&format!("Bearer {}", token.expose()))?);
        self.send_with(request, headers, seconds_max).await
    }

    /// The same with headers of the caller's, its credentials among them.
    pub async fn send_with(
        &self,
        request: &Request,
        headers: HeaderMap,
        seconds_max: u32,
    ) -> Result<Response, HttpError> {
        let method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| HttpError::Address)?;
        let url = Url::parse(&request.url).map_err(|_| HttpError::Address)?;
        let mut call = self.client.request(method, url).headers(headers);
        if let Some(body) = &request.body {
            call = call.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let failed = |error| without_address(error, seconds_max, HttpError::Interrupted);
        let broken = |error| without_address(error, seconds_max, HttpError::BrokenOff);
        let mut answer = call.send().await.map_err(failed)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if (body.len() + chunk.len()) as u64 > self.body_bytes_max {
                return Err(HttpError::TooLarge { max: self.body_bytes_max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body })
    }
}

/// A header's value that no log shows.
pub fn secret_value(text: &str) -> Result<HeaderValue, HttpError> {
    let mut value = HeaderValue::from_str(text).map_err(HttpError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn without_address(
    error: reqwest::Error,
    seconds: u32,
    otherwise: fn(reqwest::Error) -> HttpError,
) -> HttpError {
    let source = error.without_url();
    if source.is_timeout() {
        HttpError::Timeout { seconds, source }
    } else if source.is_connect() {
        HttpError::Connect(source)
    } else {
        otherwise(source)
    }
}

/// The operating system's certificate store is not asked, so the same program trusts the same
/// roots everywhere.
pub(crate) fn tls() -> Result<ClientConfig, HttpError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(HttpError::Tls)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A proxy cannot reach this machine's own loopback addresses.
pub(crate) fn is_loopback(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else { return false };
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
