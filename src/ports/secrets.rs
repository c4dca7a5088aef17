//! Secrets: fetched by name, shown nowhere.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;

use super::Cause;

/// The secrets that the system knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    MetaToken,
    HubspotToken,
    AnthropicKey,
    /// For a model on Bedrock that is not asked by a role.
    BedrockKey,
}

impl SecretName {
    pub const ALL: [Self; 4] =
        [Self::MetaToken, Self::HubspotToken, Self::AnthropicKey, Self::BedrockKey];

    /// The environment variable, and the key in a secrets file or a JSON secret.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MetaToken => "WEEKLEDGER_META_TOKEN",
            Self::HubspotToken => "WEEKLEDGER_HUBSPOT_TOKEN",
            Self::AnthropicKey => "WEEKLEDGER_ANTHROPIC_KEY",
            // As every AWS tool calls it.
            Self::BedrockKey => "AWS_BEARER_TOKEN_BEDROCK",
        }
    }
}

/// A secret's text. `Debug` shows nothing of it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Surrounding white space is dropped: it is a pasting error, and no header may hold it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Refuses what no header can carry. Checked here, because a client could only say so with
    /// the secret in its words.
    pub fn for_header(self, name: SecretName) -> Result<Self, SecretsError> {
        if self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(self);
        }
        let why = "it holds a character that no token has; paste it anew".to_owned();
        Err(SecretsError::Unusable { name, why })
    }

    /// For the one header that carries it, and for searching it in bytes about to be archived.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A request that AWS shall know the sender of, with everything that is sent.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    pub url: &'a str,
    pub headers: &'a [(&'static str, &'a str)],
    pub body: &'a [u8],
    pub region: &'a str,
    pub service: &'a str,
}

#[async_trait]
pub trait Secrets: Send + Sync {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError>;

    /// Forgets what is cached, so that the next read sees a rotated secret.
    async fn forget(&self, name: SecretName);

    /// Headers that prove to AWS which role the process runs as.
    async fn sign(&self, _of: Unsigned<'_>) -> Result<Vec<(&'static str, Secret)>, SecretsError> {
        Err(SecretsError::NoRole)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("{} is not set", .0.as_str())]
    Missing(SecretName),
    /// For example a secrets file that others may read.
    #[error("{} cannot be used: {why}", .name.as_str())]
    Unusable { name: SecretName, why: String },
    /// A secrets file that others may read.
    #[error("{} cannot be used: others may read {}", .name.as_str(), .file.display())]
    Exposed { name: SecretName, file: PathBuf },
    #[error("this process runs as no role of AWS")]
    NoRole,
    #[error("the secrets are not available")]
    Unavailable(#[source] Cause),
}

impl SecretsError {
    /// What a person should do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Missing(name) => format!(
                "set {0} in the environment, or write the line {0} = \"…\" into the file that \
                 [secrets] file names",
                name.as_str()
            ),
            Self::Unusable { name, .. } => format!("mend or replace {}", name.as_str()),
            Self::Exposed { file, .. } => format!("chmod 600 {}", file.display()),
            Self::NoRole => format!(
                "set {} in the environment, or run the functions on AWS, whose role needs no key",
                SecretName::BedrockKey.as_str()
            ),
            Self::Unavailable(_) => "run the same command again later".to_owned(),
        }
    }
}
