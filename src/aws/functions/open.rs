//! The function `open`: opens a report's run for the week that its schedule names.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use weekledger_events::{StreamId, Week};

use super::Function;
use super::absent::NoStages;
use super::error::FunctionError;
use super::input::{Input, ReportTime, Scheduled, not};
use super::invocation::Invocation;
use super::world::{World, chain, pin};
use crate::aws::BucketConfiguration;
use crate::chain::{Chain, Ports};

/// See the module.
pub struct Open {
    ports: Ports,
    chain: Chain,
    configuration: BucketConfiguration,
}

impl Open {
    pub fn new(world: &World) -> Result<Self, FunctionError> {
        let ports = world.ports()?;
        let chain = chain(&ports, Arc::new(NoStages));
        Ok(Self { ports, chain, configuration: world.configuration()? })
    }
}

#[async_trait]
impl Function for Open {
    async fn handle(&self, input: Value, _: Invocation) -> Result<Value, FunctionError> {
        let Input::Scheduled(Scheduled::Open(ReportTime { report, scheduled })) =
            Input::read(input)?
        else {
            return Err(not("open works on the input of an open schedule".to_owned()));
        };
        let config = self.configuration.read().await?;
        let report = config
            .report(&report)
            .ok_or_else(|| FunctionError::NoSuchReport { report: report.to_string() })?;
        let week = Week::last_complete(scheduled, &report.time_zone);
        let stream = StreamId::new(report.id.clone(), week);
        let pinned = pin(&self.ports, &config, report).await?;
        let draft = report.scheduled_run(week, pinned, self.ports.clock.now());
        let opened = self.chain.open(&stream, &draft).await?;
        tracing::Span::current().record("revision", opened.revision.0);
        tracing::info!(%stream, revision = opened.revision.0, new = opened.new, "opened");
        Ok(json!({ "stream": stream.to_string(), "new": opened.new }))
    }
}
