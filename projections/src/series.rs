//! The series: what is known of each week, and where from. Figures are computed from it alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::payload::{AccountWeek, AdSetWeek, CrmWeek, InputRef};
use weekledger_events::{AccountId, ArtifactRef, CampaignId, Week};

/// The shape of the artifact. A reader refuses a newer one.
pub const SERIES_FORMAT: u32 = 2;

/// The weekly history that figures are computed with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    pub format: u32,
    /// Oldest first, each week once. Weeks that nobody observed are absent.
    pub weeks: Vec<KnownWeek>,
    /// Every name that a campaign ever had, by account and campaign.
    pub campaigns: Vec<CampaignNames>,
}

/// What is known of one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownWeek {
    pub week: Week,
    /// By account id. An account that no pull of this week asked for is absent.
    pub accounts: Vec<KnownAccount>,
    /// `None` if no pull of this week had the CRM.
    pub crm: Option<KnownCrm>,
}

/// What is known of one account in one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAccount {
    /// As the newest successful pull says; of a failed one if none succeeded.
    pub facts: AccountWeek,
    /// The newest successful pull; `None` if none succeeded: then the figures are missing.
    pub observed: Option<Observed>,
    /// A newer pull failed at this time, so `observed` is not as new as it should be.
    pub failed_at: Option<Timestamp>,
    /// By campaign and ad set.
    pub ad_sets: Vec<AdSetWeek>,
    /// What young pulls knew, by age: how late leads usually are follows from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyLeads>,
}

/// The Meta leads of a week as it was first pulled at an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyLeads {
    /// Whole weeks between the week's end and the pull; only ages at which leads still come.
    pub age: usize,
    pub meta_leads: u64,
}

/// What is known of a week's contacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownCrm {
    pub totals: CrmWeek,
    pub observed: Observed,
    /// A newer pull had no contacts at this time.
    pub failed_at: Option<Timestamp>,
}

/// The observation that something is known from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    pub at: Timestamp,
    /// The rows behind the totals (`WeekRows` as canonical JSON).
    pub rows: ArtifactRef,
    /// The event that holds the observation; `None` for the run's own pull.
    pub event: Option<InputRef>,
}

/// The names of a campaign, so that a contact can be matched by a name it no longer has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignNames {
    pub account: AccountId,
    pub campaign: CampaignId,
    /// Each once, in the order in which they were last seen: the newest stands last.
    pub names: Vec<String>,
}

/// Why an archived series cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    #[error("the series has no canonical form")]
    Canonical(#[source] CanonicalError),
    #[error("the archived series does not fit this version")]
    Shape(#[source] serde_json::Error),
    #[error(
        "the archived series has format {found}, newer than {SERIES_FORMAT}; install a newer weekledger"
    )]
    Newer { found: u32 },
}

impl Series {
    pub fn to_bytes(&self) -> Result<Vec<u8>, SeriesError> {
        canonical::to_bytes(self).map_err(SeriesError::Canonical)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SeriesError> {
        /// The one field that every format has.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_slice(bytes).map_err(SeriesError::Shape)?;
        if format > SERIES_FORMAT {
            return Err(SeriesError::Newer { found: format });
        }
        serde_json::from_slice(bytes).map_err(SeriesError::Shape)
    }

    pub fn week(&self, week: Week) -> Option<&KnownWeek> {
        let index = self.weeks.binary_search_by_key(&week, |known| known.week).ok()?;
        self.weeks.get(index)
    }
}

impl KnownAccount {
    /// Its Meta leads as known now.
    pub fn meta_leads(&self) -> u64 {
        meta_leads(&self.ad_sets)
    }

    /// Its Meta leads as first pulled at an age.
    pub fn early_leads(&self, age: usize) -> Option<u64> {
        self.early.iter().find(|early| early.age == age).map(|early| early.meta_leads)
    }
}

pub(crate) fn meta_leads(ad_sets: &[AdSetWeek]) -> u64 {
    ad_sets.iter().fold(0, |sum, row| sum.saturating_add(row.measures.meta_leads))
}

/// Whole weeks between the end of a week and a pull of it, in UTC; `None` if it had not ended.
pub(crate) fn age(week: Week, pulled_at: Timestamp) -> Option<usize> {
    let day = pulled_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    usize::try_from(Week::containing(day).weeks_since(week) - 1).ok()
}

impl KnownWeek {
    pub fn account(&self, account: &AccountId) -> Option<&KnownAccount> {
        self.accounts.iter().find(|known| known.facts.account == *account)
    }
}
