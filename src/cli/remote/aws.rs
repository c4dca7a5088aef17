//! The stack on AWS: the names that its outputs give, in the variables that its functions have.

use std::sync::Arc;

use async_trait::async_trait;
use weekledger::aws::functions::{Environment, FunctionError, NoStages, World};
use weekledger::aws::{
    BucketConfiguration, Cloud, ConfigurationError, Settings, StackError, StackPlace, Standing,
};
use weekledger::chain::{Ports, Stages};
use weekledger::config::{Config, StoredConfig};
use weekledger::doctor::Place;
use weekledger::ports::{ArtifactName, HistoryTable, MailEvent, Secrets};
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
        let environment = match context.stack() {
            None => Environment::of_process(),
            Some(stack) => {
                let names = cloud.variables_of(stack).await.map_err(stack_failure)?;
                Environment::new(move |name| names.get(name).cloned())
            }
        };
        let world = World::new(cloud, environment, clock);
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

    fn sender(&self) -> Option<String> {
        self.world.sender()
    }

    async fn mails(&self, stream: &StreamId) -> Result<Vec<MailEvent>, Failure> {
        let log = self.world.mail_log().map_err(failure)?;
        log.of_week(stream).await.map_err(|error| failure(error.into()))
    }

    async fn configuration(&self) -> Result<Option<StoredConfig>, Failure> {
        match self.configuration.written().await {
            Ok(stored) => Ok(Some(stored)),
            Err(ConfigurationError::Missing { .. }) => Ok(None),
            Err(error) => Err(failure(error.into())),
        }
    }

    async fn configure(&self, text: &str, replaces: Option<&StoredConfig>) -> Result<(), Failure> {
        let mark = replaces.map(|stored| stored.mark.as_str());
        self.configuration.write(text, mark).await.map_err(|error| failure(error.into()))
    }

    fn secrets(&self) -> Result<Arc<dyn Secrets>, Failure> {
        Ok(self.world.ports_with_secrets().map_err(failure)?.secrets)
    }

    fn place<'a>(&'a self, config: &'a Config) -> Result<Box<dyn Place + 'a>, Failure> {
        let names = self.world.stack_names().map_err(failure)?;
        Ok(Box::new(StackPlace::new(self.world.cloud(), names, config)))
    }

    fn configuration_place(&self) -> String {
        self.configuration.place()
    }

    fn place_of(&self, name: &ArtifactName) -> Result<String, Failure> {
        self.world.place_of(name).map_err(failure)
    }
}

const OVERTAKEN_FIX: &str = "agree with whoever else configures this stack; weekledger config \
                             check, with the same options, shows what it has now; then push again";

const NAMES_FIX: &str = "add --stack NAME, or take the names from the outputs of the stack into \
                         the environment, as infra/README.md shows";

fn stack_failure(error: StackError) -> Failure {
    let fix = match &error {
        StackError::Missing { .. } => "look at AWS_REGION, the credentials and the name",
        StackError::Foreign { .. } => "name the stack that was deployed from infra/template.yaml",
        StackError::Unavailable { source, .. } if source.standing == Standing::Refused => {
            "become the operator first, as infra/README.md shows"
        }
        StackError::Unavailable { .. } => return Failure::new(Exit::TryAgain, error),
    };
    Failure::new(Exit::Usage, error).with_fix(fix)
}

fn failure(error: FunctionError) -> Failure {
    match error {
        FunctionError::Chain(error) => chain_failure(error),
        FunctionError::MailLog(_)
        | FunctionError::Configuration(ConfigurationError::Unavailable { .. }) => {
            Failure::new(Exit::TryAgain, error)
        }
        FunctionError::Configuration(ConfigurationError::Overtaken { .. }) => {
            Failure::new(Exit::TryAgain, error).with_fix(OVERTAKEN_FIX)
        }
        FunctionError::Environment { .. } => Failure::new(Exit::Usage, error).with_fix(NAMES_FIX),
        error => Failure::new(Exit::Usage, error),
    }
}
