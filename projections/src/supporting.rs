//! Supporting figures: numbers that stand beside the named metrics, claimed and audited alike.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Not;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::payload::Objective;
use weekledger_events::{CampaignId, Currency, ReportId, Week};

use crate::backtest::TrackRecord;
use crate::figure::{Figure, FigureKey, InvalidFigureId, Level, Metric, Unit, Window, split_id};

named! {
    /// What a supporting figure counts. Those of leads exist at report and account level, the
    /// contacts at report level, the share below the report. Windows: all but the changes.
    SupportingName {
        /// Spend of campaigns with a Meta lead in the window: what `cpl` divides.
        SpendWithLeads = "spend_with_leads",
        /// Campaigns that spent and had no Meta lead in the window.
        CampaignsWithoutLeads = "campaigns_without_leads",
        /// Spend of campaigns with a CRM lead in the window: what `crm_cpl` divides.
        SpendWithCrmLeads = "spend_with_crm_leads",
        /// Campaigns that spent and had no CRM lead in the window.
        CampaignsWithoutCrmLeads = "campaigns_without_crm_leads",
        /// Paid social contacts whose campaign is not known.
        UnattributedContacts = "unattributed_contacts",
        /// Contacts of every other source; never leads.
        OtherContacts = "other_contacts",
        /// Contacts entered by hand or imported, and left out; never leads.
        OfflineContacts = "offline_contacts",
        /// Spend over the report's spend in the same currency.
        SpendShare = "spend_share",
        /// Spend of the accounts that could be read in a week for which others could not: no total,
        /// and never shown as one. Report level, the week only, as the next.
        SpendOfReadAccounts = "spend_of_read_accounts",
        /// Their Meta leads.
        MetaLeadsOfReadAccounts = "meta_leads_of_read_accounts",
        /// How much the week's Meta leads usually grow after they are first seen. Of the week only.
        LaterGrowth = "later_growth",
    }
}

impl SupportingName {
    /// Whether it exists once per currency.
    pub fn has_currency(self) -> bool {
        !matches!(
            self,
            Self::UnattributedContacts
                | Self::OtherContacts
                | Self::OfflineContacts
                | Self::MetaLeadsOfReadAccounts
                | Self::LaterGrowth
        )
    }

    /// What is known of a metric that has no total because an account could not be read.
    pub fn of_read_accounts(metric: Metric) -> Option<Self> {
        match metric {
            Metric::Spend => Some(Self::SpendOfReadAccounts),
            Metric::MetaLeads => Some(Self::MetaLeadsOfReadAccounts),
            _ => None,
        }
    }

    /// Whether it is about the accounts that could be read.
    pub fn is_of_read_accounts(self) -> bool {
        matches!(self, Self::SpendOfReadAccounts | Self::MetaLeadsOfReadAccounts)
    }

    /// Changes have none of them; what is still to come exists for the week alone.
    pub fn exists_in(self, window: Window) -> bool {
        window.compares().is_none() && (self != Self::LaterGrowth || window == Window::Week)
    }

    /// In words and symbols.
    pub fn formula(self) -> &'static str {
        match self {
            Self::SpendWithLeads => "spend of campaigns with a Meta lead",
            Self::CampaignsWithoutLeads => "number of campaigns with spend and without Meta leads",
            Self::SpendWithCrmLeads => "spend of campaigns with a CRM lead",
            Self::CampaignsWithoutCrmLeads => {
                "number of campaigns with spend and without CRM leads"
            }
            Self::UnattributedContacts => "paid social contacts without a known campaign",
            Self::OtherContacts => "contacts of other sources",
            Self::OfflineContacts => "contacts entered offline or imported, left out",
            Self::SpendShare => "spend / spend of the report",
            Self::SpendOfReadAccounts => "spend of the accounts that could be read",
            Self::MetaLeadsOfReadAccounts => "Meta leads of the accounts that could be read",
            Self::LaterGrowth => {
                "(Meta leads of settled weeks as known now - as seen at this age) \
                                  / as seen at this age"
            }
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::SpendWithLeads | Self::SpendWithCrmLeads | Self::SpendOfReadAccounts => {
                Unit::Money
            }
            Self::SpendShare => Unit::Ratio,
            Self::LaterGrowth => Unit::Change,
            Self::CampaignsWithoutLeads
            | Self::CampaignsWithoutCrmLeads
            | Self::UnattributedContacts
            | Self::OtherContacts
            | Self::OfflineContacts
            | Self::MetaLeadsOfReadAccounts => Unit::Count,
        }
    }
}

/// A figure that is none of the named metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportingFigure {
    /// `LEVEL:ENTITY/NAME/WINDOW`, and `/CURRENCY` where it exists once per currency.
    pub id: String,
    pub report: ReportId,
    pub week: Week,
    pub level: Level,
    pub entity_id: String,
    pub entity_name: String,
    pub name: SupportingName,
    pub window: Window,
    pub unit: Unit,
    pub value: Option<Decimal>,
    pub display: String,
    pub note: Option<String>,
    pub currency: Option<Currency>,
}

/// The parts of a supporting figure's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportingKey {
    pub level: Level,
    pub entity_id: String,
    pub name: SupportingName,
    pub window: Window,
    pub currency: Option<Currency>,
}

impl fmt::Display for SupportingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, entity_id, name, window, currency } = self;
        write!(f, "{level}:{entity_id}/{name}/{window}")?;
        currency.as_ref().map_or(Ok(()), |currency| write!(f, "/{currency}"))
    }
}

impl FromStr for SupportingKey {
    type Err = InvalidFigureId;

    fn from_str(text: &str) -> Result<Self, InvalidFigureId> {
        let (level, entity_id, name, window, currency) = split_id(text)?;
        Ok(Self { level, entity_id, name, window, currency })
    }
}

/// A figure of the report in one of the weeks that bars show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeekFigure {
    /// The id of the figure of the report's week, `@` and the week.
    pub id: String,
    pub week: Week,
    pub metric: Metric,
    pub unit: Unit,
    /// `None` if the week is not known as a whole.
    pub value: Option<Decimal>,
    pub display: String,
    pub note: Option<String>,
    pub currency: Option<Currency>,
}

/// The parts of a week figure's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekFigureKey {
    pub figure: FigureKey,
    pub week: Week,
}

impl fmt::Display for WeekFigureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.figure, self.week)
    }
}

impl FromStr for WeekFigureKey {
    type Err = InvalidFigureId;

    fn from_str(text: &str) -> Result<Self, InvalidFigureId> {
        let (figure, week) = text.rsplit_once('@').ok_or_else(|| InvalidFigureId::new(text))?;
        let week = Week::parse(week).map_err(|_| InvalidFigureId::new(text))?;
        Ok(Self { figure: figure.parse()?, week })
    }
}

/// The shape of the artifact. A reader refuses every other one.
pub const FIGURES_FORMAT: u32 = 1;

/// All figures of a week: the artifact that `MetricsComputed` names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureSet {
    pub format: u32,
    /// The named metrics.
    pub figures: Vec<Figure>,
    pub supporting: Vec<SupportingFigure>,
    /// The four weeks ending with the report's, one by one; by metric and currency, oldest first.
    pub weeks: Vec<WeekFigure>,
    /// What the rules would have said over the series. Earlier versions did not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtest: Option<TrackRecord>,
    /// What kind of campaign each is, where something is known of it. Earlier versions did not ask.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub campaigns: BTreeMap<CampaignId, Attributes>,
}

/// What kind of campaign it is: words of this program alone, so that a model may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// `None` if the provider did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// `None` if it has never delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
}

/// How long a campaign has run at the end of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// Whole weeks since its first day of delivery.
    pub weeks: u32,
    /// That day lies in the first week that is known of its account, so it may be older.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub at_least: bool,
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { weeks, at_least } = self;
        match (weeks, at_least) {
            (0, false) => f.write_str("under 1 week"),
            (1, false) => f.write_str("1 week"),
            (weeks, false) => write!(f, "{weeks} weeks"),
            (1, true) => f.write_str("at least 1 week"),
            (weeks, true) => write!(f, "at least {weeks} weeks"),
        }
    }
}

/// Why archived figures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FigureSetError {
    #[error("the figures have no canonical form")]
    Canonical(#[source] CanonicalError),
    #[error("the archived figures do not fit this version")]
    Shape(#[source] serde_json::Error),
    #[error(
        "the archived figures name no format; an early version wrote them: compute the week anew \
         (re-emit from RawFetched)"
    )]
    NoFormat,
    #[error(
        "the archived figures have format {found}, and this version reads {FIGURES_FORMAT}; \
         install the version that wrote them, or a newer one"
    )]
    OtherFormat { found: u32 },
}

impl FigureSet {
    /// Without any figure.
    pub fn new() -> Self {
        let (figures, supporting, weeks, campaigns) = Default::default();
        Self { format: FIGURES_FORMAT, figures, supporting, weeks, backtest: None, campaigns }
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, FigureSetError> {
        canonical::to_bytes(self).map_err(FigureSetError::Canonical)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FigureSetError> {
        /// The one field that every format has.
        #[derive(Deserialize)]
        struct Format {
            format: Option<u32>,
        }
        let Format { format } = serde_json::from_slice(bytes).map_err(FigureSetError::Shape)?;
        match format {
            Some(FIGURES_FORMAT) => serde_json::from_slice(bytes).map_err(FigureSetError::Shape),
            Some(found) => Err(FigureSetError::OtherFormat { found }),
            None => Err(FigureSetError::NoFormat),
        }
    }
}

impl Default for FigureSet {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
