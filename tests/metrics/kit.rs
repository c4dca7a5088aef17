//! A pull to put together by hand: settings, pages and what is known, then observe.

use jiff::Timestamp;
use serde_json::{Value, json};
use weekledger::config::{
    AccountSettings, AnalystSettings, AttributionSettings, ContactProperty, DeliverySettings,
    HoldSettings, HubspotSettings, MetaPace, MetaSettings, Provider, RunSettings, SourceLimits,
};
use weekledger::metrics::{Knowledge, ObserveError, ObserveInput, Observed, ObservedWeek, observe};
use weekledger::stages::Pages;
use weekledger_events::payload::{
    AccountPull, CrmPull, Goal, Page, PageKind, PullOutcome, RawFetched, Request, Source, Trouble,
};
use weekledger_events::{
    AccountId, AdSetId, ArtifactRef, CampaignId, Currency, Finding, FindingClass, ReportId, Week,
};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::sightings::SightedCampaign;

pub const RIVERSIDE: &str = "act_1";
pub const HILLTOP: &str = "act_2";

pub fn week(text: &str) -> Week {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

pub fn campaign(text: &str) -> CampaignId {
    text.parse().unwrap()
}

pub fn ad_set(text: &str) -> AdSetId {
    text.parse().unwrap()
}

/// The digits of an account id, as insights rows have them.
fn digits(account: &str) -> &str {
    account.trim_start_matches("act_")
}

pub fn account_settings(name: &str, id: &str) -> AccountSettings {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    AccountSettings {
        name: name.to_owned(),
        account: account(id),
        time_zone: None,
        currency: None,
        lead_actions: texts(&[
            "lead",
            "onsite_conversion.lead_grouped",
            "offsite_conversion.fb_pixel_lead",
        ]),
        attribution: AttributionSettings {
            campaign_parameters: texts(&["hsa_cam", "utm_campaign"]),
            ad_set_parameters: texts(&["hsa_grp", "utm_content"]),
            properties: vec![ContactProperty { property: "campaign_of_record".to_owned() }],
            drill_down_names: true,
        },
    }
}

pub fn settings() -> RunSettings {
    RunSettings {
        report: ReportId::parse("weekly").unwrap(),
        title: "Weekly".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        accounts: vec![
            account_settings("Riverside", RIVERSIDE),
            account_settings("Hilltop", HILLTOP),
        ],
        recipients: Vec::new(),
        meta: MetaSettings {
            base_url: "http://127.0.0.1".to_owned(),
            api_version: "v26.0".to_owned(),
            page_size: 100,
            pace: MetaPace::default(),
        },
        hubspot: HubspotSettings {
            enabled: true,
            base_url: "http://127.0.0.1".to_owned(),
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
            reconciliation_percent_max: 5,
            accounts_missing_max: 1,
            accounts_silent_max: 1,
            accounts_stopped_max: 1,
        },
        limits: SourceLimits {
            pages_max: 10,
            body_bytes_max: 1 << 20,
            rows_max: 10_000,
            request_seconds_max: 30,
            attempts_max: 3,
        },
    }
}

/// An insights row with ids and day; measures are added by the test.
pub fn row(account: &str, campaign: &str, ad_set: &str, day: &str) -> Value {
    json!({
        "account_id": digits(account),
        "campaign_id": campaign,
        "campaign_name": format!("Campaign {campaign}"),
        "adset_id": ad_set,
        "adset_name": format!("Ad set {ad_set}"),
        "date_start": day,
        "date_stop": day,
    })
}

/// A row of a control; no campaign makes it the account's.
pub fn control_row(account: &str, campaign: Option<&str>, day: &str) -> Value {
    let mut row = json!({ "account_id": digits(account), "date_start": day, "date_stop": day });
    if let Some(campaign) = campaign {
        row["campaign_id"] = campaign.into();
        row["campaign_name"] = format!("Campaign {campaign}").into();
    }
    row
}

/// `row` with further fields.
pub fn with(mut row: Value, fields: Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    row.as_object_mut().unwrap().extend(fields);
    row
}

/// `actions` as the provider lists them.
pub fn actions(pairs: &[(&str, &str)]) -> Value {
    let list: Vec<Value> =
        pairs.iter().map(|(kind, value)| json!({ "action_type": kind, "value": value })).collect();
    json!({ "actions": list })
}

/// A contact with properties besides its id and time.
pub fn contact(id: &str, created: &str, properties: &[(&str, &str)]) -> Value {
    let mut all = json!({ "createdate": created });
    for (name, value) in properties {
        all[*name] = (*value).into();
    }
    json!({ "id": id, "properties": all, "createdAt": created })
}

/// A pull of both accounts, without any row yet.
pub struct Pull {
    pub settings: RunSettings,
    pub raw: RawFetched,
    pub pages: Pages,
    pub knowledge: Knowledge,
    pub goal: Goal,
}

impl Pull {
    pub fn of(weeks: &[&str]) -> Self {
        let settings = settings();
        let accounts = settings.accounts.iter().map(|account| pulled(&account.account)).collect();
        Self {
            settings,
            raw: RawFetched {
                weeks: weeks.iter().map(|text| week(text)).collect(),
                accounts,
                crm: CrmPull { outcome: PullOutcome::Pulled, announced: None, received: 0 },
                pages: Vec::new(),
                findings: Vec::new(),
            },
            pages: Pages::new(),
            knowledge: Knowledge::default(),
            goal: Goal::Deliver,
        }
    }

    pub fn ad_sets(self, account: &str, rows: Vec<Value>) -> Self {
        self.page(PageKind::AdSetDays, Some(account), json!({ "data": rows }))
    }

    pub fn campaign_control(self, account: &str, rows: Vec<Value>) -> Self {
        self.page(PageKind::CampaignDays, Some(account), json!({ "data": rows }))
    }

    pub fn account_control(self, account: &str, rows: Vec<Value>) -> Self {
        self.page(PageKind::AccountDays, Some(account), json!({ "data": rows }))
    }

    pub fn contacts(self, contacts: Vec<Value>) -> Self {
        let body = json!({ "total": contacts.len(), "results": contacts });
        self.page(PageKind::Contacts, None, body)
    }

    pub fn page(mut self, kind: PageKind, of: Option<&str>, body: Value) -> Self {
        let bytes = serde_json::to_vec(&body).unwrap();
        let artifact = ArtifactRef::of(&bytes);
        let source = if of.is_some() { Source::Meta } else { Source::Hubspot };
        let rows = body.get("data").or(body.get("results")).and_then(Value::as_array);
        self.raw.pages.push(Page {
            source,
            kind,
            account: of.map(account),
            number: 1,
            request: Request::new("GET", "http://127.0.0.1/", None),
            http_status: 200,
            artifact,
            received_length: artifact.length,
            cut: Vec::new(),
            received_at: at("2026-11-16T04:00:00Z"),
            rows: rows.map_or(0, |rows| rows.len() as u32),
        });
        self.pages.insert(artifact.digest, bytes);
        self
    }

    pub fn account_mut(&mut self, id: &str) -> &mut AccountPull {
        self.raw.accounts.iter_mut().find(|pull| pull.account == account(id)).unwrap()
    }

    pub fn settings_mut(&mut self, id: &str) -> &mut AccountSettings {
        self.settings.accounts.iter_mut().find(|own| own.account == account(id)).unwrap()
    }

    pub fn fails(mut self, id: &str) -> Self {
        let pull = self.account_mut(id);
        pull.outcome = PullOutcome::Failed {
            trouble: Trouble {
                class: "token_expired".to_owned(),
                sentence: "The access token has expired.".to_owned(),
                action: "Make a new token.".to_owned(),
            },
        };
        pull.currency = None;
        pull.time_zone = None;
        self
    }

    /// A campaign of long ago.
    pub fn known(self, of: &str, id: &str, names: &[&str], ad_sets: &[&str]) -> Self {
        self.known_since("2025-W01", of, id, names, ad_sets)
    }

    pub fn known_since(
        mut self,
        since: &str,
        of: &str,
        id: &str,
        names: &[&str],
        ad_sets: &[&str],
    ) -> Self {
        self.knowledge.campaigns.push(SightedCampaign {
            account: account(of),
            campaign: campaign(id),
            names: names.iter().map(|name| ((*name).to_owned(), week(since))).collect(),
            ad_sets: ad_sets.iter().map(|id| (ad_set(id), week(since))).collect(),
        });
        self
    }

    pub fn try_observe(&self) -> Result<Observed, ObserveError> {
        observe(ObserveInput {
            raw: &self.raw,
            pages: &self.pages,
            settings: &self.settings,
            goal: self.goal,
            recorded_at: at("2026-11-16T04:05:00Z"),
            knowledge: &self.knowledge,
        })
    }

    #[track_caller]
    pub fn observe(&self) -> Observed {
        self.try_observe().unwrap()
    }

    /// Observes, and returns the only week.
    #[track_caller]
    pub fn one_week(&self) -> ObservedWeek {
        let mut observed = self.observe();
        assert_eq!(observed.weeks.len(), 1);
        observed.weeks.remove(0)
    }

    #[track_caller]
    pub fn findings(&self, class: FindingClass) -> Vec<Finding> {
        self.observe().findings.into_iter().filter(|finding| finding.class == class).collect()
    }
}

fn pulled(id: &AccountId) -> AccountPull {
    AccountPull {
        account: id.clone(),
        outcome: PullOutcome::Pulled,
        currency: Some(Currency::parse("EUR").unwrap()),
        time_zone: Some("Europe/Berlin".to_owned()),
        status: Some(1),
    }
}
