//! The stack on AWS: the names that its outputs give, in the variables that its functions have.

use std::sync::Arc;

use async_trait::async_trait;
use weekledger::aws::functions::{Environment, FunctionError, NoStages, World};
use weekledger::aws::{BucketConfiguration, Cloud, ConfigurationError, Settings};
use weekledger::chain::{Ports, Stages};
use weekledger::ports::{ArtifactName, HistoryTable, MailEvent};
use weekledger_events::StreamId;

use super::Remote;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::chain_failure;

/// See the module.
pub struct Aws {
    world: World,
    ports: Ports,
    configuration: BucketConfiguration,
}

impl Aws {
    pub async fn open(context: &Context) -> Result<Self, Failure> {
        let clock = context.clock();
        let cloud = Cloud::new(Settings::default(), clock.clone()).await;
        let world = World::new(cloud, Environment::of_process(), clock);
        let ports = world.ports().map_err(failure)?;
        let configuration = world.configuration().map_err(failure)?;
        Ok(Self { world, ports, configuration })
    }
}

#[async_trait]
impl Remote for Aws {
    fn ports(&self) -> &Ports {
        &self.ports
    }

    fn stages(&self) -> Arc<dyn Stages> {
        Arc::new(NoStages)
    }

    fn history(&self) -> Result<(String, Arc<dyn HistoryTable>), Failure> {
        let name = self.world.history_table().map_err(failure)?;
        Ok((name, Arc::new(self.world.history().map_err(failure)?)))
    }

    async fn mails(&self, stream: &StreamId) -> Result<Vec<MailEvent>, Failure> {
        let log = self.world.mail_log().map_err(failure)?;
        log.of_week(stream).await.map_err(|error| failure(error.into()))
    }

    async fn configuration(&self) -> Result<Option<String>, Failure> {
        match self.configuration.text().await {
            Ok(text) => Ok(Some(text)),
            Err(ConfigurationError::Missing { .. }) => Ok(None),
            Err(error) => Err(failure(error.into())),
        }
    }

    async fn configure(&self, text: &str) -> Result<(), Failure> {
        self.configuration.write(text).await.map_err(|error| failure(error.into()))
    }

    fn configuration_place(&self) -> String {
        self.configuration.place()
    }

    fn place_of(&self, name: &ArtifactName) -> Result<String, Failure> {
        self.world.place_of(name).map_err(failure)
    }
}

const NAMES_FIX: &str = "take the names from the outputs of the stack into the environment, as \
                         infra/README.md shows";

fn failure(error: FunctionError) -> Failure {
    match error {
        FunctionError::Chain(error) => chain_failure(error),
        FunctionError::MailLog(_)
        | FunctionError::Configuration(ConfigurationError::Unavailable { .. }) => {
            Failure::new(Exit::TryAgain, error)
        }
        FunctionError::Environment { .. } => Failure::new(Exit::Usage, error).with_fix(NAMES_FIX),
        error => Failure::new(Exit::Usage, error),
    }
}
