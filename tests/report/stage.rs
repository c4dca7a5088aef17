//! The analyze stage over an archive in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use weekledger::config::{
    AnalystSettings, DeliverySettings, HoldSettings, HubspotSettings, MetaPace, MetaSettings,
    Provider, RunSettings, SourceLimits,
};
use weekledger::ports::{
    Archive, ArchiveError, ArtifactName, Clock, Created, Secret, SecretName, Secrets, SecretsError,
};
use weekledger::report::render::template;
use weekledger::stages::analyze::{AnalyzeInput, analyze};
use weekledger::stages::{StageContext, StageError, read_evidence};
use weekledger_events::payload::AnalysisGenerated;
use weekledger_events::{EventId, RunId, StreamId};
use weekledger_projections::alerts::AlertRule;

use super::fixture::{Made, World, report, week};
use super::worlds;

#[derive(Default)]
struct Shelf(Mutex<BTreeMap<ArtifactName, Vec<u8>>>);

#[async_trait]
impl Archive for Shelf {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        let mut shelf = self.0.lock().unwrap();
        Ok(match shelf.get(name) {
            Some(there) if there == bytes => Created::Same,
            Some(there) => Created::Other(there.clone()),
            None => {
                shelf.insert(name.clone(), bytes.to_vec());
                Created::New
            }
        })
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        Ok(self.0.lock().unwrap().contains_key(name))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let shelf = self.0.lock().unwrap();
        Ok(shelf.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }
}

/// Stands still.
struct Still(Timestamp);

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, _: Duration) {}
}

struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}

fn settings(title: &str, provider: Provider) -> RunSettings {
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
            provider,
            base_url: String::new(),
            model: "some-model".to_owned(),
            region: None,
            purposes: BTreeMap::new(),
            api_version: None,
        },
        delivery: DeliverySettings { approval: false, attempts_max: 1 },
        notes: Vec::new(),
        alerts: AlertRule::default(),
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

async fn run(
    shelf: &Shelf,
    world: &World,
    made: &Made,
    figures: &[u8],
    provider: Provider,
) -> Result<AnalysisGenerated, StageError> {
    let settings = settings(&world.title, provider);
    let stream = StreamId::new(report(), week());
    let metrics_id = EventId::figures_run(&report(), week());
    let ctx = StageContext {
        archive: shelf,
        secrets: &NoSecrets,
        clock: &Still(made.run.not_before),
        stream: &stream,
        run: RunId(EventId::report_run(&report(), week())),
        trigger: metrics_id,
        settings: &settings,
        goal: weekledger_events::payload::Goal::Deliver,
        settling: jiff::SignedDuration::ZERO,
        deadline: made.run.deliver_at,
        patience: made.run.deliver_at,
        wait_until: made.run.deliver_at,
    };
    let input = AnalyzeInput {
        run: &made.run,
        metrics_id,
        metrics: &made.metrics,
        figures,
        revised: false,
        rules_only: false,
        earlier: None,
    };
    analyze(&ctx, input).await
}

#[tokio::test]
async fn the_stage_archives_what_it_names() {
    let (world, shelf) = (worlds::normal(), Shelf::default());
    let made = world.make();
    let figures = made.figures.to_bytes().unwrap();
    let done = run(&shelf, &world, &made, &figures, Provider::Rules).await.unwrap();
    let kept = async |artifact| read_evidence(&shelf, artifact).await.unwrap();
    assert_eq!(kept(&done.html).await, made.mail.html.as_bytes());
    assert_eq!(kept(&done.text).await, made.mail.text.as_bytes());
    assert_eq!(kept(&done.claims).await, made.claims.to_bytes().unwrap());
    assert_eq!(kept(&done.words).await, made.words.to_bytes().unwrap());
    assert_eq!(done.claim_count as usize, made.claims.claims.len());
    assert_eq!(done.subject, made.view.subject);
    assert_eq!(done.template, template());
    assert_eq!(done.verification.findings, Vec::<String>::new());
    assert_eq!((done.analyst.provider.as_str(), &done.analyst.fallback), ("rules", &None));
}

#[tokio::test]
async fn a_second_attempt_makes_the_same_payload() {
    let (world, shelf) = (worlds::alert(), Shelf::default());
    let made = world.make();
    let figures = made.figures.to_bytes().unwrap();
    let first = run(&shelf, &world, &made, &figures, Provider::Rules).await.unwrap();
    let second = run(&shelf, &world, &made, &figures, Provider::Rules).await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn without_its_provider_the_report_goes_out_and_says_so() {
    for (provider, why) in [
        (Provider::Anthropic, "no key is configured"),
        (Provider::Bedrock, "neither a role nor a key"),
    ] {
        let (world, shelf) = (worlds::normal(), Shelf::default());
        let made = world.make();
        let figures = made.figures.to_bytes().unwrap();
        let done = run(&shelf, &world, &made, &figures, provider).await.unwrap();
        assert_eq!(done.analyst.provider, "rules");
        assert!(done.analyst.fallback.unwrap().contains(why));
        assert_eq!(done.verification.findings, Vec::<String>::new());
        let html = String::from_utf8(read_evidence(&shelf, &done.html).await.unwrap()).unwrap();
        assert!(html.contains("AI commentary unavailable"));
    }
}

#[tokio::test]
async fn figures_that_cannot_be_read_stop_the_stage_with_what_to_do() {
    let (world, shelf) = (worlds::normal(), Shelf::default());
    let made = world.make();
    for bytes in [&b"[]"[..], b"", b"<html>", b"{\"figures\":[]}"] {
        let error = run(&shelf, &world, &made, bytes, Provider::Rules).await.unwrap_err();
        let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
        assert_eq!(trouble.class, "figures_unreadable");
        assert!(trouble.action.contains("re-emit"));
    }
}
