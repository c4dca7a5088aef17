//! Figures and claims: names, values and how they are displayed.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::{Currency, ReportId, Week};

use crate::judge::Untestable;

/// A name that is not one of a fixed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not known; use one of: {known}")]
pub struct UnknownName {
    found: String,
    known: String,
}

impl UnknownName {
    pub(crate) fn new<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let found = found.chars().take(60).collect();
        Self { found, known: known.collect::<Vec<_>>().join(" ") }
    }
}

named! {
    /// What a figure is about.
    Level { Report = "report", Account = "account", Campaign = "campaign", AdSet = "ad_set" }
}

named! {
    /// What a figure measures. Formulas: `figures::formula`.
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

impl Window {
    /// The windows that a change compares, the newer first; `None` for a window that is no change.
    pub fn compares(self) -> Option<(Self, Self)> {
        match self {
            Self::WeekChange => Some((Self::Week, Self::PreviousWeek)),
            Self::FourWeekChange => Some((Self::FourWeeks, Self::PreviousFourWeeks)),
            _ => None,
        }
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

    /// Counts leads, or divides by them.
    pub fn is_about_leads(self) -> bool {
        matches!(
            self,
            Self::MetaLeads | Self::CrmLeads | Self::Cpl | Self::CrmCpl | Self::SpendPerLead
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
    /// Why direction and status are absent, where the figure would otherwise be judged.
    pub untestable: Option<Untestable>,
    /// Of a `week_change`: the changes that ordinary weeks show.
    pub usual: Option<UsualChange>,
    /// What the rules found, where an alert may be raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<Signal>,
    /// The smallest lasting change that would be found, where an alert may be raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable: Option<Detected>,
    /// What has to stand beside the verdict, such as "one week, unconfirmed". May hold figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict_note: Option<String>,
}

named! {
    /// Where a signal is in its life.
    SignalState {
        Opened = "opened",
        Persisting = "persisting",
        Recovered = "recovered",
        /// It lasted so long that it is ordinary now.
        NewLevel = "new level",
    }
}

/// A change that the rules found: open, or ended with this week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    pub state: SignalState,
    /// Found by one week alone.
    pub unconfirmed: bool,
    pub favourable: bool,
    /// The week in which it opened.
    pub since: Week,
    /// Spend moved likewise, and spend per lead shows nothing: no alert.
    pub follows_spend: bool,
}

/// The smallest lasting changes found with 80 % probability within eight weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// `None` if not even a fall to nothing is found.
    pub fall_percent: Option<u32>,
    pub rise_percent: Option<u32>,
}

impl Signal {
    pub fn is_open(&self) -> bool {
        matches!(self.state, SignalState::Opened | SignalState::Persisting)
    }

    /// What a reader is told beside the tokens.
    pub fn words(&self) -> String {
        let welcome = if self.favourable { "a welcome change: " } else { "" };
        let since = self.since;
        let said = match (self.state, self.unconfirmed) {
            (SignalState::Opened, true) => "one week, unconfirmed".to_owned(),
            (SignalState::Opened, false) => "new, and lasting".to_owned(),
            (SignalState::Persisting, true) => format!("open since {since}, unconfirmed"),
            (SignalState::Persisting, false) => format!("open since {since}"),
            (SignalState::Recovered, _) => format!("that of {since} is over: recovered"),
            (SignalState::NewLevel, _) => format!("that of {since} is over: this is the new level"),
        };
        let spend = if self.follows_spend { "; spend moved likewise" } else { "" };
        format!("{welcome}{said}{spend}")
    }
}

/// The range in which the changes of the weeks before lay, in the unit of the figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsualChange {
    pub low: Decimal,
    pub high: Decimal,
    /// For example "usual -22 % to +35 %".
    pub display: String,
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

impl InvalidFigureId {
    pub(crate) fn new(text: &str) -> Self {
        Self { found: text.chars().take(120).collect() }
    }
}

impl FromStr for FigureKey {
    type Err = InvalidFigureId;

    fn from_str(text: &str) -> Result<Self, InvalidFigureId> {
        let (level, entity_id, metric, window, currency) = split_id(text)?;
        Ok(Self { level, entity_id, metric, window, currency })
    }
}

/// `LEVEL:ENTITY/NAME/WINDOW` with an optional `/CURRENCY`, whatever the names are.
pub(crate) fn split_id<N: FromStr>(
    text: &str,
) -> Result<(Level, String, N, Window, Option<Currency>), InvalidFigureId> {
    let invalid = || InvalidFigureId::new(text);
    let (level, rest) = text.split_once(':').ok_or_else(invalid)?;
    let parts: Vec<&str> = rest.split('/').collect();
    let (entity, name, window, currency) = match parts[..] {
        [entity, name, window] => (entity, name, window, None),
        [entity, name, window, currency] => (entity, name, window, Some(currency)),
        _ => return Err(invalid()),
    };
    if entity.is_empty() {
        return Err(invalid());
    }
    Ok((
        level.parse().map_err(|_| invalid())?,
        entity.to_owned(),
        name.parse().map_err(|_| invalid())?,
        window.parse().map_err(|_| invalid())?,
        currency.map(Currency::parse).transpose().map_err(|_| invalid())?,
    ))
}

#[cfg(test)]
mod tests;
