//! The settings of one report as a run pins them: archived as canonical JSON, without any
//! recipient's address, and read by every stage instead of the present configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::{AccountId, Currency, Digest, RecipientKey, ReportId, Week};
use weekledger_projections::alerts::AlertRule;

/// Everything that the stages of a run may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    pub report: ReportId,
    pub title: String,
    /// IANA name; for the report's own clock and for contacts without a campaign.
    pub time_zone: String,
    pub accounts: Vec<AccountSettings>,
    pub recipients: Vec<RecipientSettings>,
    pub meta: MetaSettings,
    pub hubspot: HubspotSettings,
    pub analyst: AnalystSettings,
    pub delivery: DeliverySettings,
    pub hold: HoldSettings,
    pub limits: SourceLimits,
    /// What the company did, by week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteSettings>,
    /// Which figures may raise an alert.
    #[serde(default, skip_serializing_if = "AlertRule::is_default")]
    pub alerts: AlertRule,
}

/// What the company did in a week: a launch, a halved budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteSettings {
    pub week: Week,
    pub text: String,
    /// The week is part of no baseline.
    pub exclude: bool,
}

/// One client property's ad account and its attribution rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    pub name: String,
    pub account: AccountId,
    /// IANA name, if the configuration says one: what the provider says is compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Likewise: amounts in another currency than expected mislead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Action types that mean a lead, best first: per row the first present counts, never a sum.
    pub lead_actions: Vec<String>,
    pub attribution: AttributionSettings,
}

/// How CRM contacts are matched to an account's campaigns. Rules apply in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributionSettings {
    /// Query parameters of the tracked address that hold the campaign id, best first.
    pub campaign_parameters: Vec<String>,
    /// Query parameters that hold the ad set id.
    pub ad_set_parameters: Vec<String>,
    /// Contact properties that hold a campaign id or name.
    pub properties: Vec<ContactProperty>,
    /// Whether the campaign name in the source drill-down counts.
    pub drill_down_names: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactProperty {
    pub property: String,
}

/// A recipient without name and address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientSettings {
    pub key: RecipientKey,
    pub department: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaSettings {
    pub base_url: String,
    /// For example `v26.0`.
    pub api_version: String,
    /// Rows a page.
    pub page_size: u32,
    /// Settings of an earlier release do not have it.
    #[serde(default)]
    pub pace: MetaPace,
}

/// How the client keeps out of Meta's limits, and how long it waits for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaPace {
    /// From this share of any limit on, each request waits for `slow_seconds`.
    pub slow_percent: u32,
    pub slow_seconds: u32,
    /// From this share on, each request waits for `pause_seconds`.
    pub pause_percent: u32,
    pub pause_seconds: u32,
    /// A job that is not done after so many minutes is given up.
    pub job_minutes_max: u32,
}

impl Default for MetaPace {
    /// Connectors pause above 95 per cent for a minute; Meta says that a job may take an hour.
    fn default() -> Self {
        Self {
            slow_percent: 75,
            slow_seconds: 5,
            pause_percent: 95,
            pause_seconds: 60,
            job_minutes_max: 60,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubspotSettings {
    /// False if CRM leads are not reported at all.
    pub enabled: bool,
    pub base_url: String,
    /// For example `2026-09`, or `v3`.
    pub api_version: String,
    /// Contacts a page, at most 200.
    pub page_size: u32,
    /// Whether contacts of offline sources and imports are left out altogether.
    pub exclude_offline: bool,
    /// Whether paid social contacts without a known campaign are leads of this report; only one of
    /// several reports over one CRM should count them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub count_unattributed: bool,
    /// HubSpot allows five; settings of an earlier release do not have it.
    #[serde(default = "searches_per_second", skip_serializing_if = "is_served_pace")]
    pub searches_per_second: u32,
}

const fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

/// One less than HubSpot allows: others may search too.
pub(super) const fn searches_per_second() -> u32 {
    4
}

fn is_served_pace(pace: &u32) -> bool {
    *pace == searches_per_second()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalystSettings {
    pub provider: Provider,
    pub base_url: String,
    pub model: String,
    /// Of AWS; only for Bedrock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What an account or a campaign is for, by its id; told to the model.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: BTreeMap<String, String>,
    /// Header `anthropic-version`, if not the one that this version is written for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Anthropic,
    Bedrock,
    Rules,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverySettings {
    /// Every report waits for a `send`.
    pub approval: bool,
    /// Attempts for one recipient whose mail is refused.
    pub attempts_max: u32,
}

/// When findings hold a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldSettings {
    /// Largest share of a control, in percent, by which the sum of ad sets may differ from it.
    pub reconciliation_percent_max: u32,
    /// How many accounts may be missing.
    pub accounts_missing_max: u32,
    /// How many accounts may be silent: they deliver, and bring no leads for longer than their
    /// usual rate explains. Settings of an earlier release do not have it.
    #[serde(default = "super::defaults::accounts_silent_max")]
    pub accounts_silent_max: u32,
    /// How many accounts may stop delivering within one week. Settings of an earlier release do not
    /// have it.
    #[serde(default = "super::defaults::accounts_stopped_max")]
    pub accounts_stopped_max: u32,
}

/// Limits of the clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLimits {
    /// Of one listing.
    pub pages_max: u32,
    /// Of one response body.
    pub body_bytes_max: u64,
    /// Of one listing.
    pub rows_max: u32,
    /// Of one request, from connect to the last byte.
    pub request_seconds_max: u32,
    /// Attempts of one request.
    pub attempts_max: u32,
}

/// Why archived settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the settings have no canonical form")]
    Canonical(#[source] CanonicalError),
    #[error("the archived settings do not fit this version")]
    Shape(#[source] serde_json::Error),
}

impl RunSettings {
    pub fn to_bytes(&self) -> Result<Vec<u8>, SettingsError> {
        canonical::to_bytes(self).map_err(SettingsError::Canonical)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SettingsError> {
        serde_json::from_slice(bytes).map_err(SettingsError::Shape)
    }
}

impl RunSettings {
    /// What people call an account.
    pub fn called<'a>(&'a self, account: &'a AccountId) -> &'a str {
        let found = self.accounts.iter().find(|known| known.account == *account);
        found.map_or(account.as_str(), |known| &known.name)
    }

    /// The weeks that are part of no baseline.
    pub fn excluded_weeks(&self) -> Vec<Week> {
        self.notes.iter().filter(|note| note.exclude).map(|note| note.week).collect()
    }
}

impl AccountSettings {
    /// Changes exactly when the ordered list of lead action types does.
    pub fn lead_rule(&self) -> Digest {
        Digest::of(self.lead_actions.join("\n").as_bytes())
    }
}
