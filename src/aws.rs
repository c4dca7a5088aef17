//! The adapters for AWS: DynamoDB, S3, EventBridge, SES and Secrets Manager behind the ports.
//!
//! Credentials, region and endpoint come from where every AWS tool takes them: the SDK reads the
//! environment and the profile. Nothing else in here reads either.

mod archive;
mod ask;
mod bus;
mod configuration;
mod doctor;
mod failure;
pub mod functions;
mod history;
mod ledger;
mod mail_log;
mod mailer;
mod pace;
mod role;
mod secrets;
mod stack;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sesv2::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::ports::Clock;

pub use archive::S3Archive;
pub use bus::{EventBus, NOTICE_TYPE, SOURCE, UnreadableMessage, read_message};
pub use configuration::{BucketConfiguration, ConfigurationError};
pub use doctor::{StackNames, StackPlace};
pub use failure::{Failure, Standing};
pub use history::{DynamoHistory, HISTORY_PARTITION, HISTORY_SORT};
pub use ledger::{DynamoLedger, FIRST_ATTRIBUTE, FIRST_VALUE, WEEKS_INDEX};
pub use mail_log::{MailLog, MailLogError};
pub use mailer::SesMailer;
use role::Role;
pub use secrets::{ManagedSecrets, SecretsPlace};
pub use stack::StackError;

/// How long a call may take, and how often the SDK tries it where trying again is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// One attempt, with its answer's head.
    pub attempt: Duration,
    /// All attempts of one call.
    pub operation: Duration,
    pub attempts_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(20),
            operation: Duration::from_secs(45),
            attempts_max: 3,
        }
    }
}

/// What differs from the environment. The default is: nothing.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub region: Option<String>,
    /// For an emulator; `AWS_ENDPOINT_URL` does the same from outside.
    pub endpoint: Option<String>,
    pub limits: Limits,
}

/// One AWS account and region, and the one HTTP client through which it is reached.
#[derive(Clone)]
pub struct Cloud {
    sdk: SdkConfig,
    clock: Arc<dyn Clock>,
}

/// A client that is built when it is first used: a cold start pays for no other.
type Lazy<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

impl Cloud {
    /// Reads region and endpoint; connects to nothing yet, and asks for no credentials.
    pub async fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let Settings { region, endpoint, limits } = settings;
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http_client(None))
            .timeout_config(timeouts(&limits))
            .retry_config(RetryConfig::standard().with_max_attempts(limits.attempts_max));
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        Self { sdk: loader.load().await, clock }
    }

    /// The variables that the functions of a stack have, from its outputs.
    pub async fn variables_of(&self, stack: &str) -> Result<BTreeMap<String, String>, StackError> {
        stack::variables(&ask::Ask(&self.sdk), stack).await
    }

    /// The ledger in a table.
    pub fn ledger(&self, table: &str) -> DynamoLedger {
        let client = self.client(aws_sdk_dynamodb::Client::new);
        DynamoLedger::new(client, table.to_owned(), self.clock.clone())
    }

    /// The history table.
    pub fn history(&self, table: &str) -> DynamoHistory {
        DynamoHistory::new(self.client(aws_sdk_dynamodb::Client::new), table.to_owned())
    }

    /// What SES told of mails, in the history table.
    pub fn mail_log(&self, table: &str) -> MailLog {
        MailLog::new(self.client(aws_sdk_dynamodb::Client::new), table.to_owned())
    }

    /// The live configuration: an object in the archive's bucket.
    pub fn configuration(&self, bucket: &str, key: &str) -> BucketConfiguration {
        let client = self.client(aws_sdk_s3::Client::new);
        BucketConfiguration::new(client, bucket.to_owned(), key.to_owned())
    }

    /// The archive in two buckets: raw pages, which expire, and what is kept.
    pub fn archive(&self, raw: &str, kept: &str) -> S3Archive {
        let client = self.client(aws_sdk_s3::Client::new);
        S3Archive::new(client, raw.to_owned(), kept.to_owned(), self.clock.clone())
    }

    /// The bus of a name.
    pub fn bus(&self, name: &str) -> EventBus {
        let client = self.client(aws_sdk_eventbridge::Client::new);
        EventBus::new(client, name.to_owned(), self.clock.clone())
    }

    /// SES. The configuration set tells what became of a mail later on.
    pub fn mailer(&self, configuration_set: Option<&str>) -> SesMailer {
        // No connection is used twice: a function that was frozen would write into a dead one,
        // and nobody could say whether the mail went out.
        let fresh = http_client(Some(0));
        let client = self.client(move |sdk| {
            let config = aws_sdk_sesv2::config::Builder::from(sdk)
                .http_client(fresh)
                .retry_config(RetryConfig::disabled());
            aws_sdk_sesv2::Client::from_conf(config.build())
        });
        SesMailer::new(client, configuration_set.map(str::to_owned))
    }

    pub fn secrets(&self, place: SecretsPlace) -> ManagedSecrets {
        let client = self.client(aws_sdk_secretsmanager::Client::new);
        ManagedSecrets::new(client, place, self.clock.clone(), Role::of(&self.sdk))
    }

    fn client<T>(&self, build: impl FnOnce(&SdkConfig) -> T + Send + 'static) -> Lazy<T> {
        let sdk = self.sdk.clone();
        LazyLock::new(Box::new(move || build(&sdk)))
    }
}

fn http_client(idle_max: Option<usize>) -> SharedHttpClient {
    let mut builder = aws_smithy_http_client::Builder::new();
    builder.set_pool_max_idle_per_host(idle_max);
    // Shorter than the time after which AWS closes an idle connection.
    builder.set_pool_idle_timeout(Some(Some(Duration::from_secs(10))));
    builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

fn timeouts(limits: &Limits) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(limits.connect)
        .operation_attempt_timeout(limits.attempt)
        .operation_timeout(limits.operation)
        .build()
}
