//! Signed questions to services that are asked so rarely that a client of their own would only
//! make every program larger: one GET, one answer, nothing changed.

mod xml;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;
use weekledger_events::payload::Request;

use super::failure::Failure;
use crate::config::SourceLimits;
use crate::embedded::SystemClock;
use crate::ports::Clock as _;
use crate::sources::http::{Http, Response, secret_value};

pub(super) use xml::{Row, rows};

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    CloudFormation,
    CloudWatch,
    Scheduler,
    Ses,
    Sns,
}

/// A question: the operation in AWS's words, for errors, and where it is asked.
pub(super) struct Question<'q> {
    pub(super) operation: &'static str,
    pub(super) service: Service,
    /// With its query, percent-encoded.
    pub(super) path: &'q str,
}

/// Of one question.
const LIMITS: SourceLimits = SourceLimits {
    pages_max: 1,
    body_bytes_max: 1 << 20,
    rows_max: 1,
    request_seconds_max: 10,
    attempts_max: 1,
};

/// An account and region to ask in.
pub(super) struct Ask<'a>(pub(super) &'a SdkConfig);

impl Service {
    /// The first label of its host, and its name in a signature.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::CloudFormation => ("cloudformation", "cloudformation"),
            Self::CloudWatch => ("monitoring", "monitoring"),
            Self::Scheduler => ("scheduler", "scheduler"),
            Self::Ses => ("email", "ses"),
            Self::Sns => ("sns", "sns"),
        }
    }
}

impl Ask<'_> {
    /// Of a service that answers in JSON.
    pub(super) async fn json(&self, question: Question<'_>) -> Result<Value, Failure> {
        let operation = question.operation;
        let body = self.answer(question).await?;
        serde_json::from_slice(&body).map_err(|_| Failure::unreadable(operation))
    }

    /// Of a service that answers in XML: the elements at a path below the root, with these fields.
    pub(super) async fn rows(
        &self,
        question: Question<'_>,
        path: &[&str],
        fields: &[&'static str],
    ) -> Result<Vec<Row>, Failure> {
        let operation = question.operation;
        let body = self.answer(question).await?;
        rows(&body, path, fields).ok_or_else(|| Failure::unreadable(operation))
    }

    async fn answer(&self, question: Question<'_>) -> Result<Vec<u8>, Failure> {
        let Question { operation, service, path } = question;
        let unasked = |error: &dyn std::error::Error| Failure::unasked(operation, error);
        let region = self.0.region().ok_or_else(|| unasked(&NoRegion))?.as_ref();
        let base = match self.0.endpoint_url() {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => host(service, region),
        };
        let request = Request::new("GET", &format!("{base}{path}"), None);
        let provider = self.0.credentials_provider().ok_or_else(|| unasked(&NoCredentials))?;
        let credentials = provider.provide_credentials().await.map_err(|error| unasked(&error))?;
        let headers = signature(&request.url, service, region, credentials)
            .map_err(|error| unasked(error.as_ref()))?;
        let http = Http::new(&base, &LIMITS).map_err(|error| unasked(&error))?;
        let sent = http.send_with(&request, headers, LIMITS.request_seconds_max).await;
        let answer = sent.map_err(|error| Failure::unanswered(operation, &error))?;
        match answer.status {
            200..300 => Ok(answer.body),
            _ => Err(refusal(operation, &answer)),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no region is set; set AWS_REGION")]
struct NoRegion;

#[derive(Debug, thiserror::Error)]
#[error("there are no credentials")]
struct NoCredentials;

fn host(service: Service, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.{region}.{suffix}", service.names().0)
}

/// The headers that prove who asks.
fn signature(
    url: &str,
    service: Service,
    region: &str,
    credentials: Credentials,
) -> Result<HeaderMap, Box<dyn std::error::Error + Send + Sync>> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service.names().1)
        .time(SystemClock.now().into())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(request, &params)?.into_parts();
    let mut headers = HeaderMap::new();
    for (name, value) in instructions.headers() {
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, secret_value(value)?);
    }
    Ok(headers)
}

/// Both shapes of an error: JSON with the type in a header or in the body, and XML.
fn refusal(operation: &'static str, answer: &Response) -> Failure {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let xml = rows(&answer.body, &["Error"], &["Code", "Message"]).unwrap_or_default().pop();
    let of_xml = |name: &str| xml.as_ref().and_then(|row| row.get(name)).cloned();
    let of_json = |names: [&str; 2]| {
        names.into_iter().find_map(|name| json[name].as_str()).map(str::to_owned)
    };
    let header = answer.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let code = header
        .map(str::to_owned)
        .or_else(|| of_json(["__type", "code"]))
        .or_else(|| of_xml("Code"))
        .map(|code| without_frame(&code).to_owned());
    let message = of_json(["message", "Message"]).or_else(|| of_xml("Message"));
    Failure::answered(operation, answer.status, code, message)
}

/// `a.b#Code:http://…` is `Code`.
fn without_frame(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

#[cfg(test)]
mod tests;
