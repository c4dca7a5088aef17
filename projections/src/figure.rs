//! Figures and claims: names, values and how they are displayed.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::{Currency, ReportId, Week};

/// Declares an enum whose variants have stable names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or_else(|| UnknownName {
                    found: text.chars().take(60).collect(),
                    known: Self::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" "),
                })
            }
        }
    };
}

/// A name that is not one of a fixed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not known; use one of: {known}")]
pub struct UnknownName {
    found: String,
    known: String,
}

named! {
    /// What a figure is about.
    Level { Report = "report", Account = "account", Campaign = "campaign", AdSet = "ad_set" }
}

named! {
    /// What a figure measures. Formulas: `metrics::formula`.
    Metric {
        Spend = "spend",
        Impressions = "impressions",
        Clicks = "clicks",
        LinkClicks = "link_clicks",
        LandingPageViews = "landing_page_views",
        MetaLeads = "meta_leads",
        CrmLeads = "crm_leads",
        /// Clicks of every kind over impressions.
        Ctr = "ctr",
        /// Spend over clicks of every kind.
        Cpc = "cpc",
        LinkCtr = "link_ctr",
        LinkCpc = "link_cpc",
        /// Spend for a thousand impressions.
        Cpm = "cpm",
        /// Spend of campaigns with a Meta lead in the window, over their leads.
        Cpl = "cpl",
        /// Spend of campaigns with a CRM lead in the window, over their leads.
        CrmCpl = "crm_cpl",
        /// All spend over all Meta leads.
        SpendPerLead = "spend_per_lead",
    }
}

named! {
    /// The weeks that a figure covers. Ratios over a window are ratios of sums.
    Window {
        Week = "week",
        PreviousWeek = "previous_week",
        FourWeeks = "four_weeks",
        PreviousFourWeeks = "previous_four_weeks",
        AllTime = "all_time",
        /// `week` against `previous_week`.
        WeekChange = "week_change",
        /// `four_weeks` against `previous_four_weeks`.
        FourWeekChange = "four_week_change",
    }
}

named! {
    /// How a value is to be read.
    Unit {
        Count = "count",
        /// In the figure's currency.
        Money = "money",
        /// A share: 0.02 is displayed as 2 %.
        Ratio = "ratio",
        /// A relative change: 0.2 is displayed as +20 %.
        Change = "change",
        /// A difference of two shares: 0.002 is displayed as +0.2 points.
        Points = "points",
    }
}

named! {
    /// Where the newest week lies against the band of ordinary weeks.
    Direction { Up = "UP", Down = "DOWN", Flat = "FLAT" }
}

named! {
    /// Whether an unfavourable signal was found.
    Status { Ok = "OK", Alert = "ALERT" }
}

impl Metric {
    /// Money exists once per currency.
    pub fn is_money(self) -> bool {
        matches!(
            self,
            Self::Spend
                | Self::Cpc
                | Self::LinkCpc
                | Self::Cpm
                | Self::Cpl
                | Self::CrmCpl
                | Self::SpendPerLead
        )
    }

    /// Rates change in points, everything else relatively.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Ctr | Self::LinkCtr)
    }
}

/// One figure of a week: exact, displayed, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// `LEVEL:ENTITY/METRIC/WINDOW`, and `/CURRENCY` for money.
    pub id: String,
    pub report: ReportId,
    pub week: Week,
    pub level: Level,
    pub entity_id: String,
    pub entity_name: String,
    pub metric: Metric,
    pub window: Window,
    pub unit: Unit,
    /// Exact; quotients have 28 significant digits. `None` where there is no such figure.
    pub value: Option<Decimal>,
    /// The value rounded once, or the words that stand for its absence.
    pub display: String,
    /// What has to stand beside the value, such as "on 1,000 of 2,000 spent". May hold figures.
    pub note: Option<String>,
    pub currency: Option<Currency>,
    pub direction: Option<Direction>,
    pub status: Option<Status>,
}

/// The parts of a figure's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureKey {
    pub level: Level,
    pub entity_id: String,
    pub metric: Metric,
    pub window: Window,
    pub currency: Option<Currency>,
}

impl fmt::Display for FigureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, entity_id, metric, window, currency } = self;
        write!(f, "{level}:{entity_id}/{metric}/{window}")?;
        currency.as_ref().map_or(Ok(()), |currency| write!(f, "/{currency}"))
    }
}

/// Why a text is not a figure id.
#[derive(Debug, thiserror::Error)]
#[error(
    "\"{found}\" is not a figure id; write LEVEL:ENTITY/METRIC/WINDOW and /CURRENCY for money, \
     for example report:weekly/meta_leads/week"
)]
pub struct InvalidFigureId {
    found: String,
}

impl FromStr for FigureKey {
    type Err = InvalidFigureId;

    fn from_str(text: &str) -> Result<Self, InvalidFigureId> {
        let invalid = || InvalidFigureId { found: text.chars().take(120).collect() };
        let (level, rest) = text.split_once(':').ok_or_else(invalid)?;
        let mut parts = rest.split('/');
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let (entity, metric, window) = (part(), part(), part());
        let currency = part().map(Currency::parse).transpose().map_err(|_| invalid())?;
        if parts.next().is_some() {
            return Err(invalid());
        }
        Ok(Self {
            level: level.parse().map_err(|_| invalid())?,
            entity_id: entity.ok_or_else(invalid)?.to_owned(),
            metric: metric.and_then(|m| m.parse().ok()).ok_or_else(invalid)?,
            window: window.and_then(|w| w.parse().ok()).ok_or_else(invalid)?,
            currency,
        })
    }
}
