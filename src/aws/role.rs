//! The role that the process runs as: it signs requests to services of AWS that this program calls
//! without a client of theirs.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use jiff::Timestamp;

use crate::ports::{Secret, SecretsError, Unsigned};

/// Credentials, read anew when they are needed: the provider keeps them until they expire.
#[derive(Debug, Clone)]
pub(super) struct Role {
    provider: Option<SharedCredentialsProvider>,
}

impl Role {
    pub(super) fn of(sdk: &SdkConfig) -> Self {
        Self { provider: sdk.credentials_provider() }
    }

    /// The headers of a signature, version 4.
    pub(super) async fn sign(
        &self,
        of: Unsigned<'_>,
        now: Timestamp,
    ) -> Result<Vec<(&'static str, Secret)>, SecretsError> {
        let provider = self.provider.as_ref().ok_or(SecretsError::NoRole)?;
        let unavailable = |error| SecretsError::Unavailable(error);
        let credentials =
            provider.provide_credentials().await.map_err(|error| unavailable(error.into()))?;
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(of.region)
            .name(of.service)
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unavailable(error.into()))?;
        let request = SignableRequest::new(
            "POST",
            of.url,
            of.headers.iter().copied(),
            SignableBody::Bytes(of.body),
        )
        .map_err(|error| unavailable(error.into()))?;
        let signed = sign(request, &params.into()).map_err(|error| unavailable(error.into()))?;
        let (instructions, _) = signed.into_parts();
        Ok(instructions.headers().filter_map(|(name, value)| known(name, value)).collect())
    }
}

/// The names under which a signature travels.
fn known(name: &str, value: &str) -> Option<(&'static str, Secret)> {
    let names = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
    let name = names.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    Some((name, Secret::new(value)))
}
