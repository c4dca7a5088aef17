//! The analyze stage with a provider.

use weekledger::config::{
    AnalystSettings, DeliverySettings, HoldSettings, HubspotSettings, MetaPace, MetaSettings,
    Provider, RunSettings, SourceLimits,
};
use weekledger::ports::{SecretName, Secrets};
use weekledger::stages::analyze::{AnalyzeInput, EarlierReport, analyze};
use weekledger::stages::{StageContext, StageError, read_evidence};
use weekledger_events::payload::AnalysisGenerated;
use weekledger_events::{EventId, RunId, StreamId};
use weekledger_projections::alerts::AlertRule;

use super::fixture::{Made, World, report, week};
use super::ports::{MemoryArchive, MemorySecrets, VirtualClock};

pub const KEY: &str = "sk-ant-test-0123456789";

/// One machine: what an invocation leaves, the next finds.
pub struct Bench {
    pub made: Made,
    pub archive: MemoryArchive,
    pub secrets: MemorySecrets,
    pub clock: VirtualClock,
    pub settings: RunSettings,
    pub earlier: Option<EarlierReport>,
}

impl Bench {
    pub fn new(world: World, base_url: &str) -> Self {
        let made = world.make();
        let secrets = MemorySecrets::default();
        secrets.set(SecretName::AnthropicKey, &[KEY]);
        let clock = VirtualClock::at(made.run.not_before);
        let settings = settings(&world.title, base_url);
        Self { made, archive: MemoryArchive::default(), secrets, clock, settings, earlier: None }
    }

    /// What an invocation of so many minutes makes.
    pub async fn analyze(&self, minutes: i64) -> Result<AnalysisGenerated, StageError> {
        self.analyze_as(minutes, &self.secrets).await
    }

    /// The same, let in by other secrets.
    pub async fn analyze_as(
        &self,
        minutes: i64,
        secrets: &dyn Secrets,
    ) -> Result<AnalysisGenerated, StageError> {
        use weekledger::ports::Clock;
        let stream = StreamId::new(report(), week());
        let metrics_id = EventId::figures_run(&report(), week());
        let deadline = self.clock.now() + jiff::SignedDuration::from_mins(minutes);
        let ctx = StageContext {
            archive: &self.archive,
            secrets,
            clock: &self.clock,
            stream: &stream,
            run: RunId(EventId::report_run(&report(), week())),
            trigger: metrics_id,
            settings: &self.settings,
            goal: weekledger_events::payload::Goal::Deliver,
            settling: jiff::SignedDuration::ZERO,
            deadline,
            patience: deadline,
            wait_until: deadline,
        };
        let figures = self.made.figures.to_bytes().unwrap();
        let input = AnalyzeInput {
            run: &self.made.run,
            metrics_id,
            metrics: &self.made.metrics,
            figures: &figures,
            revised: false,
            rules_only: false,
            earlier: self.earlier.as_ref(),
        };
        analyze(&ctx, input).await
    }

    pub async fn html(&self, done: &AnalysisGenerated) -> String {
        String::from_utf8(read_evidence(&self.archive, &done.html).await.unwrap()).unwrap()
    }
}

fn settings(title: &str, base_url: &str) -> RunSettings {
    RunSettings {
        report: report(),
        title: title.to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        accounts: Vec::new(),
        recipients: Vec::new(),
        meta: MetaSettings {
            base_url: String::new(),
            api_version: String::new(),
            page_size: 1,
            pace: MetaPace::default(),
        },
        hubspot: HubspotSettings {
            enabled: true,
            base_url: String::new(),
            api_version: String::new(),
            page_size: 1,
            exclude_offline: true,
            count_unattributed: true,
            searches_per_second: 4,
        },
        analyst: AnalystSettings {
            provider: Provider::Anthropic,
            base_url: base_url.to_owned(),
            model: "claude-opus-5-5".to_owned(),
            region: None,
            purposes: std::collections::BTreeMap::new(),
            api_version: None,
        },
        notes: Vec::new(),
        alerts: AlertRule::default(),
        delivery: DeliverySettings { approval: false, attempts_max: 1 },
        hold: HoldSettings {
            reconciliation_percent_max: 1,
            accounts_missing_max: 0,
            accounts_silent_max: 1,
            accounts_stopped_max: 1,
        },
        limits: SourceLimits {
            pages_max: 1,
            body_bytes_max: 1,
            rows_max: 1,
            request_seconds_max: 1,
            attempts_max: 1,
        },
    }
}
