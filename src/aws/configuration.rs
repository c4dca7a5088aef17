//! The live configuration as an object in the archive's bucket. People write it, so it is the one
//! object that may be overwritten; each run pins what it read. The bucket keeps every version.

use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::Lazy;
use super::failure::Failure;
use crate::config::{Config, Problem, Problems, StoredConfig};

/// A configuration of a hundred reports is far smaller.
const BYTES_MAX: usize = 1 << 20;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    #[error("the configuration {place} cannot be read now")]
    Unavailable {
        place: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the configuration {place} may not be read or written; check the role and the names")]
    Refused {
        place: String,
        #[source]
        source: Box<Failure>,
    },
    #[error("there is no configuration {place}; write it with config push")]
    Missing { place: String },
    #[error("somebody else has written the configuration {place} meanwhile; nothing was written")]
    Overtaken { place: String },
    #[error("the configuration {place} is longer than {BYTES_MAX} bytes")]
    TooLarge { place: String },
    #[error("the configuration {place} is not UTF-8")]
    NotText { place: String },
    /// Names fields and lines, and quotes nothing: a log must hold no address.
    #[error("the configuration {place} is not valid at {fields}; run config check")]
    Invalid { place: String, fields: String },
}

/// The object that holds the configuration.
pub struct BucketConfiguration {
    client: Lazy<Client>,
    bucket: String,
    key: String,
}

impl BucketConfiguration {
    pub(super) fn new(client: Lazy<Client>, bucket: String, key: String) -> Self {
        Self { client, bucket, key }
    }

    /// The newest configuration, checked.
    pub async fn read(&self) -> Result<Config, ConfigurationError> {
        let text = self.written().await?.text;
        Config::parse(&text, Path::new(&self.key)).map_err(|problems| self.invalid(&problems))
    }

    /// The newest configuration as it was written.
    pub async fn written(&self) -> Result<StoredConfig, ConfigurationError> {
        let (bytes, mark) = self.bytes().await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ConfigurationError::NotText { place: self.place() })?;
        Ok(StoredConfig { text, mark })
    }

    /// Makes a text the newest configuration, unless the one of the mark `replaces` is not the
    /// newest any more; `None` stands for no configuration. Whoever calls has checked the text.
    pub async fn write(
        &self,
        text: &str,
        replaces: Option<&str>,
    ) -> Result<(), ConfigurationError> {
        if text.len() > BYTES_MAX {
            return Err(ConfigurationError::TooLarge { place: self.place() });
        }
        let body = ByteStream::from(text.as_bytes().to_vec());
        let put = self.client.put_object().bucket(&self.bucket).key(&self.key).body(body);
        let put = match replaces {
            Some(mark) => put.if_match(mark),
            None => put.if_none_match("*"),
        };
        let sent = put.content_type("application/toml").send().await;
        let Err(error) = sent else { return Ok(()) };
        let failure = Failure::new("S3 PutObject", &error);
        // 409 is the same under a race.
        if !matches!(failure.code.as_str(), "PreconditionFailed" | "ConditionalRequestConflict") {
            return Err(self.failed(failure));
        }
        // The answer to an earlier attempt may have been lost: then these are its own bytes.
        if self.written().await.is_ok_and(|written| written.text == text) {
            return Ok(());
        }
        Err(ConfigurationError::Overtaken { place: self.place() })
    }

    /// Where it lies, as AWS tools take it.
    pub fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The bytes and their mark.
    async fn bytes(&self) -> Result<(Vec<u8>, String), ConfigurationError> {
        let place = || self.place();
        let sent = self.client.get_object().bucket(&self.bucket).key(&self.key).send().await;
        let mut object = match sent {
            Ok(object) => object,
            Err(error) => {
                if error.as_service_error().is_some_and(|error| error.is_no_such_key()) {
                    return Err(ConfigurationError::Missing { place: place() });
                }
                return Err(self.failed(Failure::new("S3 GetObject", &error)));
            }
        };
        let mark = object.e_tag.take().unwrap_or_default();
        let mut bytes = Vec::new();
        loop {
            match object.body.try_next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok((bytes, mark)),
                Err(source) => {
                    let source = Box::new(source);
                    return Err(ConfigurationError::Unavailable { place: place(), source });
                }
            }
            if bytes.len() > BYTES_MAX {
                return Err(ConfigurationError::TooLarge { place: place() });
            }
        }
    }

    fn invalid(&self, problems: &Problems) -> ConfigurationError {
        let field = |problem: &Problem| format!("{} (line {})", problem.field, problem.line);
        let fields: Vec<String> = problems.list.iter().map(field).collect();
        ConfigurationError::Invalid { place: self.place(), fields: fields.join(", ") }
    }

    fn failed(&self, failure: Failure) -> ConfigurationError {
        let (place, refused) = (self.place(), failure.is_refused());
        let source = Box::new(failure);
        if refused {
            return ConfigurationError::Refused { place, source };
        }
        ConfigurationError::Unavailable { place, source }
    }
}
