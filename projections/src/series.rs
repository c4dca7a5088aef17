//! The series: what is known of each week, and where from. Figures are computed from it alone.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::payload::{AccountWeek, AdSetWeek, CrmWeek, InputRef};
use weekledger_events::{AccountId, ArtifactRef, CampaignId, Week};

use crate::measure::Measure;

/// The shape of the artifact. A reader refuses a newer one.
pub const SERIES_FORMAT: u32 = 3;

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
    /// What young pulls knew, by age: how much usually comes later follows from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<Early>,
}

/// What there was of an account's week as it was first pulled at an age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// Whole weeks between the week's end and the pull; only ages at which leads still come.
    pub age: usize,
    pub meta_leads: u64,
    /// Format 2 had neither this nor the following. `None` also beyond 28 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Decimal>,
    /// `None` if the pull had no contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crm_leads: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
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

/// The sum of an account's ad sets; `None` beyond 28 digits.
pub(crate) fn sum<'a>(
    ad_sets: impl IntoIterator<Item = &'a AdSetWeek>,
    measure: Measure,
) -> Option<Decimal> {
    let mut values = ad_sets.into_iter().filter_map(|row| measure.of(&row.measures));
    let sum = values.try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value))?;
    Some(sum.normalize())
}

/// The contacts of an account's campaigns.
pub(crate) fn crm_leads(totals: &CrmWeek, account: &AccountId) -> u64 {
    let own = totals.campaigns.iter().filter(|campaign| campaign.account == *account);
    own.fold(0, |sum, campaign| sum.saturating_add(campaign.leads))
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
