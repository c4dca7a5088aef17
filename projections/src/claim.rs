//! Claims: everything that a mail shows as a number, chosen by code, with the texts that it may
//! be shown as. The archived claim set is what the words may cite and what a mail is checked with.

mod label;
mod name;
mod quote;
mod select;

use std::fmt;
use std::ops::Not;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::{Currency, ReportId, Week};

use crate::figure::{Detected, Direction, Level, Metric, Status, Unit, Window};
use crate::judge::Untestable;
use crate::supporting::Attributes;

pub use label::{attribution_name, week_name, week_title};
pub use name::{NAME_CHARS_MAX, end_of_id, shortened, shown_name};
pub use quote::Quoted;
pub(crate) use select::later_growth;
pub use select::{ClaimInput, RowLimits, claims};

/// A claim within one mail: `c1`, `c2` …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimId(u32);

/// Stands for an entity in the words: `R` the report, `A1` an account, `C1` a campaign, `S1` an
/// ad set. Names from the outside world never reach a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias {
    level: Level,
    number: u32,
}

/// What a claim was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// A figure of the week; `source` is its id.
    Figure,
    /// A number that stands beside a figure, such as the spend a ratio rests on.
    Supporting,
    /// The figure of one week of the four shown as bars; `source` ends with `@` and the week.
    Trend,
    /// A number within a finding's sentence.
    Finding,
    /// What was reported of a past week, or what is known of it now.
    Restatement,
    /// How many rows a table leaves out.
    Count,
    /// What the rules would have said over the ledger, and how seldom they are wrong.
    Backtest,
}

/// A part of a note or of a quoted sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotePart {
    Text(String),
    Claim(ClaimId),
    Name(Alias),
    /// A date, a week or an identifier: read, never calculated with.
    Label(String),
}

/// One displayed figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub id: ClaimId,
    pub kind: ClaimKind,
    /// A figure id, or what else the number is the number of.
    pub source: String,
    pub entity: Alias,
    pub metric: Option<Metric>,
    pub window: Option<Window>,
    pub unit: Unit,
    pub currency: Option<Currency>,
    pub value: Option<Decimal>,
    /// The value rounded once, or the words for its absence.
    pub display: String,
    /// Rounded to whole units where cents would only distract; for cards and prose.
    pub short: String,
    pub direction: Option<Direction>,
    pub status: Option<Status>,
    /// What has to stand beside the value.
    pub note: Vec<NotePart>,
    /// Of a change: the changes that ordinary weeks show.
    pub usual: Vec<NotePart>,
    /// Of a change: it lies outside of those, as shown.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub unusual: bool,
    /// What has to stand beside the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdict_note: Vec<NotePart>,
    /// The smallest lasting change that would be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable: Option<Detected>,
    /// Why there is no verdict, where there could be one.
    pub untestable: Option<Untestable>,
    /// The claim that says how the value changed.
    pub change: Option<ClaimId>,
}

/// What a claim is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub alias: Alias,
    pub level: Level,
    /// The provider's id, or the report's.
    pub id: String,
    /// As shown: cleaned and cut, never as received.
    pub name: String,
    /// The entity that it belongs to.
    pub parent: Option<Alias>,
    /// What kind of campaign it is; only of campaigns, and not in sets of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
}

/// How many rows of a table stand in the figures only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub level: Level,
    pub claim: ClaimId,
}

/// One bar: the sum of a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendPoint {
    pub metric: Metric,
    pub currency: Option<Currency>,
    pub week: Week,
    /// `None` if the week is not known.
    pub claim: Option<ClaimId>,
}

/// A past week that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedClaim {
    pub week: Week,
    pub account: Alias,
    pub metric: Metric,
    pub before: ClaimId,
    /// Whether `before` was mailed.
    #[serde(default)]
    pub reported: bool,
    pub now: ClaimId,
}

/// What the foot of a mail says of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestClaims {
    /// How often they would have raised an alert over the ledger.
    pub alerts: ClaimId,
    /// In so many series-years.
    pub series_years: ClaimId,
    /// The years in which such a report has about one false alert.
    pub years_per_false_alert: Option<ClaimId>,
}

/// Why recorded figures of the week are no fact, whatever their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubtKind {
    /// Leads may have come that nobody counted.
    Tracking,
    /// Rows or pages are missing, or sums do not agree.
    Incomplete,
    /// The same of the CRM's contacts.
    CrmIncomplete,
    /// Not a single contact came for longer than chance explains.
    CrmSilent,
}

/// A doubt about an account's figures of the week, or about the report's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Doubt {
    pub kind: DoubtKind,
    pub about: Alias,
}

/// A finding's sentences, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedFinding {
    /// Position in the event's findings, from 0.
    pub index: u32,
    /// The earlier week that it is about; `None` for the report's own.
    pub week: Option<Week>,
    pub message: Vec<NotePart>,
    pub action: Vec<NotePart>,
}

/// How the part of a note begins that says what a figure lacks.
pub(crate) const NOT_WHOLE: &str = "not whole: ";

impl Claim {
    /// Whether its note says that there was more than the figure shows.
    pub fn lacks_something(&self) -> bool {
        self.note
            .iter()
            .any(|part| matches!(part, NotePart::Text(text) if text.contains(NOT_WHOLE)))
    }
}

/// Everything that a mail may show as a number, a name or a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimSet {
    pub report: ReportId,
    pub week: Week,
    pub claims: Vec<Claim>,
    pub entities: Vec<Entity>,
    /// Currencies with a figure, in alphabetical order.
    pub currencies: Vec<Currency>,
    pub left_out: Vec<LeftOut>,
    pub trends: Vec<TrendPoint>,
    pub restated: Vec<RestatedClaim>,
    /// How many restated figures stand in the event only.
    pub restated_left_out: Option<ClaimId>,
    pub findings: Vec<QuotedFinding>,
    /// How many findings stand in the event only.
    pub findings_left_out: Option<ClaimId>,
    /// Absent while no week can be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtest: Option<BacktestClaims>,
    /// What makes figures of the week doubtful, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl ClaimSet {
    pub fn claim(&self, id: ClaimId) -> Option<&Claim> {
        self.claims.get((id.0 as usize).checked_sub(1)?)
    }

    pub fn entity(&self, alias: Alias) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.alias == alias)
    }

    /// The entities of a level, in the order of their aliases.
    pub fn level(&self, level: Level) -> impl Iterator<Item = &Entity> {
        self.entities.iter().filter(move |entity| entity.level == level)
    }

    /// The figure of an entity; without a currency the first there is.
    pub fn figure(
        &self,
        entity: Alias,
        metric: Metric,
        window: Window,
        currency: Option<&Currency>,
    ) -> Option<&Claim> {
        self.claims.iter().find(|claim| {
            claim.kind == ClaimKind::Figure
                && claim.entity == entity
                && claim.metric == Some(metric)
                && claim.window == Some(window)
                && (currency.is_none() || claim.currency.as_ref() == currency)
        })
    }

    /// The claim that was made from `source`.
    pub fn source(&self, source: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.source == source)
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl ClaimId {
    fn nth(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1))
    }
}

impl Alias {
    pub const REPORT: Self = Self { level: Level::Report, number: 0 };

    fn nth(level: Level, index: usize) -> Self {
        Self { level, number: ClaimId::nth(index).0 }
    }

    pub fn level(self) -> Level {
        self.level
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.level {
            Level::Report => return f.write_str("R"),
            Level::Account => 'A',
            Level::Campaign => 'C',
            Level::AdSet => 'S',
        };
        write!(f, "{letter}{}", self.number)
    }
}

/// A text that is no claim id or alias.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not {kind}")]
pub struct InvalidReference {
    found: String,
    kind: &'static str,
}

impl FromStr for ClaimId {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        text.strip_prefix('c')
            .and_then(ordinal)
            .map(Self)
            .ok_or_else(|| InvalidReference::new(text, "a claim such as c12"))
    }
}

impl FromStr for Alias {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let invalid = || InvalidReference::new(text, "an alias such as C3");
        if text == "R" {
            return Ok(Self::REPORT);
        }
        let mut letters = text.chars();
        let level = match letters.next() {
            Some('A') => Level::Account,
            Some('C') => Level::Campaign,
            Some('S') => Level::AdSet,
            _ => return Err(invalid()),
        };
        Ok(Self { level, number: ordinal(letters.as_str()).ok_or_else(invalid)? })
    }
}

impl InvalidReference {
    fn new(text: &str, kind: &'static str) -> Self {
        Self { found: text.chars().take(60).collect(), kind }
    }
}

/// A whole number from 1, written in the one way that `Display` writes it.
fn ordinal(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok())?
}

/// Both travel through JSON as their texts.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidReference;
            fn try_from(text: String) -> Result<Self, InvalidReference> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(reference: $name) -> Self {
                reference.to_string()
            }
        }
    )*};
}

as_text!(ClaimId, Alias);

#[cfg(test)]
mod tests;
