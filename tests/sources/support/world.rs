//! A run with its ports, against one server that plays both providers.

use std::time::Duration;

use jiff::Timestamp;
use weekledger::config::{
    AccountSettings, AnalystSettings, AttributionSettings, ContactProperty, DeliverySettings,
    HoldSettings, HubspotSettings, MetaPace, MetaSettings, Provider, RunSettings, SourceLimits,
};
use weekledger::ports::{ArtifactName, SecretName};
use weekledger::stages::fetch::fetch;
use weekledger::stages::{StageContext, StageError};
use weekledger_events::payload::RawFetched;
use weekledger_events::{AccountId, EventId, ReportId, RunId, StreamId, Week};
use weekledger_projections::alerts::AlertRule;

use super::ports::{MemoryArchive, MemorySecrets, VirtualClock};
use super::server::Server;

pub const META_TOKEN: &str = "EAAplanted|meta/token";
pub const HUBSPOT_TOKEN: &str = "pat-eu1-planted-hubspot-token";

pub struct World {
    pub archive: MemoryArchive,
    pub secrets: MemorySecrets,
    pub clock: VirtualClock,
    pub settings: RunSettings,
    pub stream: StreamId,
    pub seconds_left: u64,
    /// For whoever waits; as long as the invocation unless it is less.
    pub patience_seconds: u64,
    pub settling: jiff::SignedDuration,
    /// No source is waited for beyond this.
    pub wait_until: Timestamp,
}

pub fn week() -> Week {
    Week::parse("2026-W47").unwrap()
}

pub fn account(id: &str) -> AccountSettings {
    AccountSettings {
        name: "Hotel".to_owned(),
        account: AccountId::parse(id).unwrap(),
        time_zone: None,
        currency: None,
        lead_actions: vec!["lead".to_owned()],
        attribution: AttributionSettings {
            campaign_parameters: Vec::new(),
            ad_set_parameters: Vec::new(),
            properties: vec![ContactProperty { property: "utm_campaign".to_owned() }],
            drill_down_names: true,
        },
    }
}

impl World {
    pub fn new(server: &Server) -> Self {
        let report = ReportId::parse("weekly").unwrap();
        let secrets = MemorySecrets::default();
        secrets.set(SecretName::MetaToken, &[META_TOKEN]);
        secrets.set(SecretName::HubspotToken, &[HUBSPOT_TOKEN]);
        let limits = SourceLimits {
            pages_max: 50,
            body_bytes_max: 1 << 20,
            rows_max: 100_000,
            request_seconds_max: 2,
            attempts_max: 3,
        };
        let settings = RunSettings {
            report: report.clone(),
            title: "Weekly".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            accounts: vec![account("act_1")],
            recipients: Vec::new(),
            meta: MetaSettings {
                base_url: server.base_url.clone(),
                api_version: "v26.0".to_owned(),
                page_size: 100,
                pace: MetaPace::default(),
            },
            hubspot: HubspotSettings {
                enabled: true,
                base_url: server.base_url.clone(),
                api_version: "2026-09".to_owned(),
                page_size: 100,
                exclude_offline: true,
                count_unattributed: true,
                searches_per_second: 4,
            },
            analyst: AnalystSettings {
                provider: Provider::Rules,
                base_url: String::new(),
                model: String::new(),
                region: None,
                purposes: std::collections::BTreeMap::new(),
                api_version: None,
            },
            delivery: DeliverySettings { approval: false, attempts_max: 3 },
            notes: Vec::new(),
            alerts: AlertRule::default(),
            hold: HoldSettings {
                reconciliation_percent_max: 2,
                accounts_missing_max: 0,
                accounts_silent_max: 1,
                accounts_stopped_max: 1,
            },
            limits,
        };
        Self {
            archive: MemoryArchive::default(),
            secrets,
            clock: VirtualClock::at("2026-11-23T04:00:00Z".parse::<Timestamp>().unwrap()),
            settings,
            stream: StreamId::new(report, week()),
            seconds_left: 840,
            patience_seconds: 840,
            settling: jiff::SignedDuration::ZERO,
            // As for a report that goes out at 07:00 in Berlin.
            wait_until: "2026-11-23T05:45:00Z".parse().unwrap(),
        }
    }

    pub fn accounts(mut self, ids: &[&str]) -> Self {
        self.settings.accounts = ids.iter().map(|id| account(id)).collect();
        self
    }

    pub fn at(mut self, now: &str) -> Self {
        self.clock = VirtualClock::at(now.parse().unwrap());
        self
    }

    /// The week settles for `hours` after its end.
    pub fn settling(mut self, hours: i64) -> Self {
        self.settling = jiff::SignedDuration::from_hours(hours);
        self
    }

    pub fn without_crm(mut self) -> Self {
        self.settings.hubspot.enabled = false;
        self
    }

    pub fn run(&self) -> RunId {
        RunId(EventId::report_run(&self.stream.report, self.stream.week))
    }

    pub async fn fetch(&self) -> Result<RawFetched, StageError> {
        self.fetch_weeks(&[week()]).await
    }

    pub async fn fetch_weeks(&self, weeks: &[Week]) -> Result<RawFetched, StageError> {
        use weekledger::ports::Clock as _;
        let now = self.clock.now();
        let ctx = StageContext {
            archive: &self.archive,
            secrets: &self.secrets,
            clock: &self.clock,
            stream: &self.stream,
            run: self.run(),
            trigger: self.run().0,
            settings: &self.settings,
            goal: weekledger_events::payload::Goal::Deliver,
            settling: self.settling,
            deadline: now.checked_add(Duration::from_secs(self.seconds_left)).unwrap(),
            patience: now.checked_add(Duration::from_secs(self.patience_seconds)).unwrap(),
            wait_until: self.wait_until,
        };
        fetch(&ctx, weeks).await
    }

    /// The archived bytes of a page.
    pub fn bytes(&self, page: &weekledger_events::payload::Page) -> Vec<u8> {
        let name = ArtifactName::raw(&self.stream, self.run(), &page.artifact.digest);
        self.archive.0.lock().unwrap()[&name].clone()
    }
}
