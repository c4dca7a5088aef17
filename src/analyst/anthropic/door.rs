//! How a provider lets one in: Anthropic by a key; Bedrock by the role that the process runs as,
//! or by a key of its own. Nothing that proves who asks is ever archived.

use crate::config::{AnalystSettings, Provider};
use crate::ports::{Secret, SecretName, Secrets, SecretsError, Unsigned};

/// The version of Anthropic's API that requests are written for, and the one that Bedrock knows.
const ANTHROPIC_VERSION: &str = "2026-10-21";
const BEDROCK_VERSION: &str = "2023-06-01";

/// The Messages API of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    pub url: String,
    /// Header `anthropic-version`.
    pub version: String,
    way: Way,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Anthropic,
    Bedrock { region: String, service: &'static str },
}

/// A header, and the secret that it carries.
pub type Proof = Vec<(&'static str, Secret)>;

impl Door {
    pub fn of(settings: &AnalystSettings) -> Self {
        let (way, version) = match settings.provider {
            Provider::Bedrock => {
                let region = settings.region.clone().unwrap_or_default();
                (Way::Bedrock { region, service: service(&settings.base_url) }, BEDROCK_VERSION)
            }
            Provider::Anthropic | Provider::Rules => (Way::Anthropic, ANTHROPIC_VERSION),
        };
        let version = settings.api_version.clone().unwrap_or_else(|| version.to_owned());
        let url = format!("{}/v1/messages", settings.base_url.trim_end_matches('/'));
        Self { url, version, way }
    }

    /// The secret whose text lets one in.
    pub fn key(&self) -> SecretName {
        match self.way {
            Way::Anthropic => SecretName::AnthropicKey,
            Way::Bedrock { .. } => SecretName::BedrockKey,
        }
    }

    /// What proves to the provider who asks.
    pub async fn proof(&self, secrets: &dyn Secrets, body: &[u8]) -> Result<Proof, SecretsError> {
        let name = self.key();
        let key = match secrets.read(name).await {
            Ok(key) => Ok(key.for_header(name)?),
            Err(error) => Err(error),
        };
        match (&self.way, key) {
            (Way::Anthropic, key) => Ok(vec![("x-api-key", key?)]),
            (Way::Bedrock { service: MANTLE, .. }, Ok(key)) => Ok(vec![("x-api-key", key)]),
            (Way::Bedrock { .. }, Ok(key)) => {
                Ok(vec![("authorization", Secret::new(&format!("Bearer {}", key.expose())))])
            }
            (Way::Bedrock { region, service }, Err(SecretsError::Missing(_))) => {
                let headers =
                    [("anthropic-version", &*self.version), ("content-type", "application/json")];
                let Self { url, .. } = self;
                secrets.sign(Unsigned { url, headers: &headers, body, region, service }).await
            }
            (Way::Bedrock { .. }, Err(error)) => Err(error),
        }
    }
}

const MANTLE: &str = "bedrock-mantle";

/// The name under which a request is signed: the older address is of an older service.
fn service(base_url: &str) -> &'static str {
    if base_url.contains("//bedrock-runtime") { "bedrock" } else { MANTLE }
}
