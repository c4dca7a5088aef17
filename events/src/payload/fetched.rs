//! `RawFetched`: which pages were received, byte for byte, in answer to which requests.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ArtifactRef, Currency, Digest, Finding, Week};

/// The raw responses of a pull are archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFetched {
    /// The weeks asked for, oldest first.
    pub weeks: Vec<Week>,
    pub accounts: Vec<AccountPull>,
    pub crm: CrmPull,
    /// In the order of receipt.
    pub pages: Vec<Page>,
    pub findings: Vec<Finding>,
}

/// What became of one account. A failure never hides the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPull {
    pub account: AccountId,
    pub outcome: PullOutcome,
    /// As the provider says; absent if the account could not be read.
    pub currency: Option<Currency>,
    /// IANA name, as the provider says; weeks are cut in it.
    pub time_zone: Option<String>,
    /// Meta's `account_status`: 1 is active.
    pub status: Option<u32>,
}

/// What became of the CRM pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrmPull {
    pub outcome: PullOutcome,
    /// The provider's own count of matching contacts, where it gave one.
    pub announced: Option<u64>,
    pub received: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome", deny_unknown_fields)]
pub enum PullOutcome {
    Pulled,
    /// Not configured; its figures do not exist.
    Off,
    Failed {
        trouble: Trouble,
    },
}

/// Why something could not be pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Stable name of the failure, for example `token_expired`.
    pub class: String,
    pub sentence: String,
    pub action: String,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Meta,
    Hubspot,
}

/// What a page holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Name, currency, time zone and status of an ad account.
    Account,
    /// Insights by ad set and day: the grain.
    AdSetDays,
    /// Insights by campaign and day: a control.
    CampaignDays,
    /// Insights by account and day: a control.
    AccountDays,
    /// A job that the provider works on in its own time: its creation with the question that it
    /// answers, its end, and the campaigns that it was split by.
    InsightsJob,
    Contacts,
}

/// One archived response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub source: Source,
    pub kind: PageKind,
    /// The account asked about; `None` for the CRM.
    pub account: Option<AccountId>,
    /// Counts the pages of one listing from 1.
    pub number: u32,
    pub request: Request,
    pub http_status: u16,
    /// The bytes as received, less `cut`.
    pub artifact: ArtifactRef,
    /// Length before cutting, in bytes.
    pub received_length: u64,
    /// Where secrets were taken out.
    pub cut: Vec<Cut>,
    #[schemars(with = "String")]
    pub received_at: Timestamp,
    pub rows: u32,
}

/// A request without its authorization, which travels in a header only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    /// Full address with its query.
    pub url: String,
    pub body: Option<String>,
    /// SHA-256 of method, address and body, each followed by a line end.
    pub digest: Digest,
}

impl Request {
    pub fn new(method: &str, url: &str, body: Option<String>) -> Self {
        let text = format!("{method}\n{url}\n{}\n", body.as_deref().unwrap_or_default());
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            body,
            digest: Digest::of(text.as_bytes()),
        }
    }
}

/// Bytes taken out of a received body because they held a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Offset in the received body, in bytes.
    pub offset: u64,
    pub length: u64,
}
