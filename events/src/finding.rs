//! Findings: what is wrong, odd or worth knowing about the data of a week.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Week;

/// A fact about data quality: recorded in the event, shown in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub class: FindingClass,
    pub severity: Severity,
    /// What it is about: an account, a campaign, a source. An id where there is one.
    pub subject: String,
    /// The week that it is about, which the message names too; `None` if it is about the pull as a
    /// whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<Week>,
    /// One sentence for a reader who has never seen the provider's console.
    pub message: String,
    /// What a person should do; `None` where nothing is to be done.
    pub action: Option<String>,
}

impl Finding {
    /// The subject of what is about the CRM's contacts as a whole, under the CRM's own name.
    pub const CRM: &str = "HubSpot";
}

/// How much a finding weighs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Explains a figure.
    Note,
    /// A figure may be incomplete or mean something else than usual.
    Warning,
    /// The report must not go out before a person has looked.
    Hold,
}

/// What kind of thing was found.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingClass {
    /// An account could not be pulled; its figures are missing.
    AccountMissing,
    /// The CRM could not be pulled; CRM figures are missing.
    CrmMissing,
    /// Ad-set sums differ from the campaign or account control.
    ReconciliationGap,
    /// An account or campaign had delivery the week before and has none now.
    DeliveryStopped,
    /// No leads for longer than the usual rate explains.
    TrackingSilent,
    /// Two component lead types without their roll-up, or several types within an account and week.
    LeadTypesMixed,
    /// The attribution setting differs within the week or from the week before.
    AttributionChanged,
    /// The lead rule differs from the week before.
    LeadRuleChanged,
    /// The account's currency or time zone is not what earlier weeks used.
    AccountChanged,
    /// The ad account is not active.
    AccountInactive,
    /// Rows received differ from the total that the provider announced.
    IncompletePages,
    /// A row came twice with the same identity.
    DuplicateRow,
    /// A row lies outside of what was asked for, or lacks a part of its identity.
    UnusableRow,
    /// A field that should be a number is not one; the row was left out.
    NotANumber,
    /// Paid social contacts whose campaign is not known.
    UnattributedLeads,
    /// A campaign name that two campaigns bear.
    AmbiguousCampaign,
    /// A week of the history is missing, or figures of it are.
    HistoryGap,
    /// A past week's figure changed beyond its usual growth.
    Restated,
    /// Past weeks grew as they usually do.
    OrdinaryGrowth,
    /// No delivery, no leads: an empty week.
    EmptyWeek,
    /// The words were written by rules because the analyst could not.
    AnalystFellBack,
    /// A contact appears twice, or was merged.
    DuplicateContact,
    /// What the company did: a launch, a halved budget. Somebody wrote it down.
    CompanyNote,
}
