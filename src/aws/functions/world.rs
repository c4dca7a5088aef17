//! What the functions are made of: the adapters that the environment names.

use std::sync::Arc;

use weekledger_events::ArtifactRef;

use super::absent::{NoMailer, NoSecrets};
use super::daily::DailyNotices;
use super::environment::{
    BUS, CONFIG_KEY, CONFIG_KEY_DEFAULT, CONFIGURATION_SET, Environment, HISTORY_TABLE,
    KEPT_BUCKET, OWNER_TOPIC, RAW_BUCKET, SCHEDULES, SECRET, SECRETS_PREFIX, SENDER, STACK, TABLE,
};
use super::error::FunctionError;
use crate::aws::{
    BucketConfiguration, Cloud, DynamoHistory, MailLog, SecretsPlace, Settings, StackNames,
};
use crate::chain::{Chain, Ports};
use crate::config::{Config, Report};
use crate::embedded::SystemClock;
use crate::ports::{ArtifactName, Clock};
use crate::producer::producer;
use crate::stages::job::Stages;
use crate::stages::keep_evidence;

/// One account and region, and the names of what lies in it.
pub struct World {
    cloud: Cloud,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl World {
    /// Of this process, by the machine's clock.
    pub async fn of_process() -> Self {
        let clock = Arc::new(SystemClock);
        let cloud = Cloud::new(Settings::default(), clock.clone()).await;
        Self::new(cloud, Environment::of_process(), clock)
    }

    pub fn new(cloud: Cloud, environment: Environment, clock: Arc<dyn Clock>) -> Self {
        Self { cloud, environment, clock }
    }

    /// Ledger, archive and bus: without secrets, and without a mailer.
    pub fn ports(&self) -> Result<Ports, FunctionError> {
        let names = &self.environment;
        let (raw, kept) = (names.required(RAW_BUCKET)?, names.required(KEPT_BUCKET)?);
        let archive = Arc::new(self.cloud.archive(&raw, &kept));
        let bus = Arc::new(self.cloud.bus(&names.required(BUS)?));
        let clock = self.clock.clone();
        Ok(Ports {
            ledger: Arc::new(self.cloud.ledger(&names.required(TABLE)?)),
            archive: archive.clone(),
            bus: Arc::new(DailyNotices { bus, archive, clock: clock.clone() }),
            mailer: Arc::new(NoMailer),
            secrets: Arc::new(NoSecrets),
            clock,
        })
    }

    pub fn ports_with_secrets(&self) -> Result<Ports, FunctionError> {
        let names = &self.environment;
        let place = match names.optional(SECRETS_PREFIX) {
            Some(prefix) => SecretsPlace::Each { prefix },
            None => SecretsPlace::Json { id: names.required(SECRET)? },
        };
        Ok(Ports { secrets: Arc::new(self.cloud.secrets(place)), ..self.ports()? })
    }

    pub fn ports_with_mailer(&self) -> Result<Ports, FunctionError> {
        let set = self.environment.optional(CONFIGURATION_SET);
        let mailer = self.cloud.mailer(set.as_deref()).with_log(self.mail_log()?);
        Ok(Ports { mailer: Arc::new(mailer), ..self.ports()? })
    }

    pub fn history(&self) -> Result<DynamoHistory, FunctionError> {
        Ok(self.cloud.history(&self.history_table()?))
    }

    /// The history table's name.
    pub fn history_table(&self) -> Result<String, FunctionError> {
        self.environment.required(HISTORY_TABLE)
    }

    pub fn mail_log(&self) -> Result<MailLog, FunctionError> {
        Ok(self.cloud.mail_log(&self.history_table()?))
    }

    pub fn configuration(&self) -> Result<BucketConfiguration, FunctionError> {
        let key = self.environment.optional(CONFIG_KEY);
        let key = key.unwrap_or_else(|| CONFIG_KEY_DEFAULT.to_owned());
        Ok(self.cloud.configuration(&self.environment.required(RAW_BUCKET)?, &key))
    }

    /// The names of what `doctor` looks at.
    pub fn stack_names(&self) -> Result<StackNames, FunctionError> {
        let names = &self.environment;
        Ok(StackNames {
            stack: names.required(STACK)?,
            table: names.required(TABLE)?,
            raw_bucket: names.required(RAW_BUCKET)?,
            kept_bucket: names.required(KEPT_BUCKET)?,
            schedules: names.required(SCHEDULES)?,
            owner: names.required(OWNER_TOPIC)?,
            sender: names.optional(SENDER),
        })
    }

    /// The one address that mails may come from, where the stack says it.
    pub fn sender(&self) -> Option<String> {
        self.environment.optional(SENDER)
    }

    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Where an archived object lies, as AWS tools take it.
    pub fn place_of(&self, name: &ArtifactName) -> Result<String, FunctionError> {
        let bucket = if name.is_raw() { RAW_BUCKET } else { KEPT_BUCKET };
        Ok(format!("s3://{}/{name}", self.environment.required(bucket)?))
    }
}

/// The chain over some ports, as this program signs its events.
pub(super) fn chain(ports: &Ports, stages: Arc<dyn Stages>) -> Chain {
    Chain::new(ports.clone(), stages, producer())
}

/// Archives what a run of this report pins.
pub(super) async fn pin(
    ports: &Ports,
    config: &Config,
    report: &Report,
) -> Result<ArtifactRef, FunctionError> {
    let bytes = config.settings(report).to_bytes().map_err(FunctionError::Pin)?;
    Ok(keep_evidence(&*ports.archive, &bytes).await?)
}
