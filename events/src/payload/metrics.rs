//! `MetricsComputed`: every figure at its lowest grain, and where each came from.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Not};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AdSetId, ArtifactRef, CampaignId, Currency, Digest, Finding, Sequence, StreamId,
    Week,
};

/// The figures of a week, as known when it was pulled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsComputed {
    /// The stream's week and the earlier weeks pulled with it, oldest first.
    pub observations: Vec<WeekObserved>,
    /// The figures (`FigureSet` as canonical JSON).
    pub figures: ArtifactRef,
    /// Named metrics only, without supporting figures.
    pub figure_count: u32,
    /// The weekly history that the figures were computed with, so that they can be computed alone.
    pub series: ArtifactRef,
    /// The events of other streams that the series came from.
    pub inputs: Vec<InputRef>,
    pub reconciliation: Vec<Reconciliation>,
    pub restatements: Vec<Restatement>,
    /// Of the inputs, those whose figures had been mailed for a week that was pulled again: what
    /// `reported` of a restatement follows from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<InputRef>,
    /// Other weeks of the report whose part of the ledger was damaged, oldest first: the series
    /// goes without what was recorded there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadWeek>,
    pub findings: Vec<Finding>,
    /// Why the report must wait for a person; `None` if it need not.
    pub data_hold: Option<String>,
}

/// A week of the same report whose stream could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadWeek {
    pub week: Week,
    /// What is wrong with it, for whoever mends it.
    pub why: String,
    /// What a person should do.
    pub action: String,
}

/// One week as one pull saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekObserved {
    pub week: Week,
    /// When the pull was recorded: a later observation replaces an earlier one.
    #[schemars(with = "String")]
    pub observed_at: Timestamp,
    /// The daily rows and contacts with their sources (`WeekRows` as canonical JSON).
    pub rows: ArtifactRef,
    pub accounts: Vec<AccountWeek>,
    pub ad_sets: Vec<AdSetWeek>,
    /// `None` if the CRM is off or could not be pulled.
    pub crm: Option<CrmWeek>,
}

/// An account within a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountWeek {
    pub account: AccountId,
    pub name: String,
    /// `None` if the account could never be read: its figures are missing in every currency.
    pub currency: Option<Currency>,
    pub time_zone: String,
    /// False if there is nothing to be used: then its figures are missing, not zero.
    pub pulled: bool,
    /// Why its figures are missing, or why those that are there are fewer than they should be;
    /// `None` if they are whole, and in events from before this was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<Shortfall>,
    /// Digest of the ordered list of lead action types in force.
    pub lead_rule: Digest,
    /// The action types that rows took their leads from.
    pub lead_actions: Vec<String>,
    pub attribution_settings: Vec<String>,
}

/// Why figures are missing, or not whole.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// The provider could not be asked, or gave no answer.
    NotPulled,
    /// It answered without a row, though there had been some.
    NoRows,
    /// Rows of its answer cannot be used.
    RowsLeftOut,
    /// What came differs from the provider's own sum by more than the limit.
    SumsApart,
    /// Its rows lack what leads are counted from.
    LeadsWithheld,
}

/// An ad set within a week: sums over its days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdSetWeek {
    pub account: AccountId,
    pub campaign: CampaignId,
    pub campaign_name: String,
    pub ad_set: AdSetId,
    pub ad_set_name: String,
    /// What the campaign is run for; `None` if the provider does not say, and in events from before
    /// this was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// First day with impressions or spend.
    #[schemars(with = "Option<String>")]
    pub first_delivery: Option<Date>,
    pub delivery_days: u8,
    pub measures: Measures,
}

/// What a campaign is run for: a closed list, since the provider's own word is a text from outside.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    Leads,
    Sales,
    Traffic,
    Awareness,
    Engagement,
    AppPromotion,
    /// A word that stands for none of these, or for several.
    Other,
}

impl Objective {
    /// In plain words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Sales => "sales",
            Self::Traffic => "traffic",
            Self::Awareness => "awareness",
            Self::Engagement => "engagement",
            Self::AppPromotion => "app promotion",
            Self::Other => "other",
        }
    }
}

/// The additive measures. All are sums of what the provider sent; an absent key counts as zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    /// In the account's currency.
    #[schemars(with = "String")]
    pub spend: Decimal,
    pub impressions: u64,
    /// Clicks of every kind.
    pub clicks: u64,
    /// Meta's `inline_link_clicks`.
    pub link_clicks: u64,
    pub landing_page_views: u64,
    pub meta_leads: u64,
}

impl AddAssign for Measures {
    fn add_assign(&mut self, other: Self) {
        self.spend += other.spend;
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.link_clicks += other.link_clicks;
        self.landing_page_views += other.landing_page_views;
        self.meta_leads += other.meta_leads;
    }
}

/// The contacts of a week in their buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrmWeek {
    /// Contacts whose campaign is known.
    pub campaigns: Vec<CampaignCrmLeads>,
    /// Paid social, campaign unknown: counted for the report, never for a campaign.
    pub unattributed: u64,
    /// Contacts of every other source: data quality, never leads.
    pub other: u64,
    /// Entered by hand or imported, and left out as the settings say: data quality, never leads.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offline: u64,
    /// Why there are probably more contacts than these; `None` if they are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<Shortfall>,
    /// How many contacts each rule gave to a campaign; events from before do not say it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<MatchedRule, u64>,
}

/// Events from before these were counted keep their bytes.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignCrmLeads {
    pub account: AccountId,
    pub campaign: CampaignId,
    /// All contacts of the campaign.
    pub leads: u64,
    /// Those whose ad set is known too.
    pub ad_sets: BTreeMap<AdSetId, u64>,
}

/// The rows of a week with their sources: an artifact of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekRows {
    pub days: Vec<DayRow>,
    pub contacts: Vec<ContactRow>,
}

/// One ad set on one day, as the provider sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayRow {
    pub account: AccountId,
    pub campaign: CampaignId,
    pub campaign_name: String,
    pub ad_set: AdSetId,
    pub ad_set_name: String,
    /// Of the campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    #[schemars(with = "String")]
    pub date: Date,
    pub attribution_setting: Option<String>,
    pub measures: Measures,
    /// The action type that `meta_leads` was taken from.
    pub lead_action: Option<String>,
    /// The row object.
    pub source: RowSource,
    /// JSON Pointer of each measure that the row holds, from the row's artifact.
    pub pointers: BTreeMap<String, String>,
}

/// Where a row lies in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowSource {
    pub artifact: Digest,
    /// JSON Pointer (RFC 6901).
    pub pointer: String,
}

/// One contact, by CRM id only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRow {
    pub contact: String,
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    pub bucket: Bucket,
    pub rule: MatchedRule,
    pub source: RowSource,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "bucket", deny_unknown_fields)]
pub enum Bucket {
    Campaign {
        account: AccountId,
        campaign: CampaignId,
        ad_set: Option<AdSetId>,
    },
    Unattributed,
    Other,
    /// Entered by hand or imported: no advertisement brought it.
    Offline,
}

/// The rule that put a contact into its bucket.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MatchedRule {
    /// Campaign id in the tracked address.
    UrlId,
    /// A configured contact property.
    Property,
    /// Campaign name in the source drill-down.
    DrillDownName,
    /// The source says paid social, and nothing names a campaign.
    PaidSocial,
    /// The drill-down names two campaigns alike.
    Ambiguous,
    /// The record says that somebody entered or imported it.
    Offline,
    /// None of the above.
    OtherSource,
}

/// An event of another stream that was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputRef {
    pub stream: StreamId,
    pub sequence: Sequence,
    pub digest: Digest,
}

/// Sums of ad sets against a control of the provider, for one week, account and measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    pub week: Week,
    pub account: AccountId,
    /// `campaign` or `account`: the level of the control.
    pub control: String,
    pub measure: String,
    #[schemars(with = "String")]
    pub ad_sets: Decimal,
    #[schemars(with = "String")]
    pub control_total: Decimal,
    /// The days that differ by more than rounding explains: a missing row and one that counts twice
    /// may cancel each other over a week. Days that agree are left out, since they follow from the
    /// rows; events from before days were compared have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayGap>,
}

/// One day of a reconciliation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayGap {
    #[schemars(with = "String")]
    pub date: Date,
    #[schemars(with = "String")]
    pub ad_sets: Decimal,
    #[schemars(with = "String")]
    pub control_total: Decimal,
}

/// A past week's figure that the provider has changed since it was reported or last known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restatement {
    pub week: Week,
    pub account: AccountId,
    pub measure: String,
    #[schemars(with = "String")]
    pub before: Decimal,
    #[schemars(with = "String")]
    pub now: Decimal,
    /// The event that held the earlier value.
    pub earlier: InputRef,
    /// True if the earlier value was mailed; else it was known, and nobody had been told.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub reported: bool,
    /// True if it moved beyond its usual growth and past the thresholds.
    pub listed: bool,
}
