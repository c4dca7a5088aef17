//! Why a figure has no value, in the words that stand in its place.

use super::formula::Undefined;
use super::shortfall::{Missing, Short};
use crate::figure::Metric;

/// Why there is no such figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Absence {
    /// A week of the window is not known, or the account was not part of the report then.
    NotEnoughHistory,
    /// The accounts without figures in a week of the window.
    AccountMissing(Vec<Missing>),
    /// One of the windows compared is known to lack something.
    NotWhole(Vec<Short>),
    CrmOff,
    CrmMissing,
    /// The campaign has contacts of which nobody knows the ad set.
    AdSetUnknown,
    NoLeads,
    /// Leads without spend: they belong to earlier spend.
    LateLeads,
    NoImpressions,
    NoClicks,
    NoLinkClicks,
    NoSpend,
    /// The window compared with begins before the first delivery.
    New,
    /// The report's accounts were others in the window compared with.
    AccountsChanged,
    FromZero,
    FromNegative,
    /// The window compared with has no value.
    Had(Box<Absence>),
    TooLarge,
}

impl Absence {
    /// The display of a figure without a value.
    pub fn words(&self) -> String {
        let words = match self {
            Self::NotEnoughHistory => "not enough history",
            Self::AccountMissing(_) => "account missing",
            Self::NotWhole(_) => "not comparable",
            Self::CrmOff => "CRM off",
            Self::CrmMissing => "CRM missing",
            Self::AdSetUnknown => "ad set unknown",
            Self::NoLeads => "no leads",
            Self::LateLeads => "late leads",
            Self::NoImpressions => "no impressions",
            Self::NoClicks => "no clicks",
            Self::NoLinkClicks => "no link clicks",
            Self::NoSpend => "no spend",
            Self::New => "new",
            Self::AccountsChanged => "accounts changed",
            Self::FromZero => "was 0",
            Self::FromNegative => "was below 0",
            Self::TooLarge => "too large",
            Self::Had(before) => return format!("had {}", before.words()),
        };
        words.to_owned()
    }

    /// What stands beside the words.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::AccountMissing(missing) => Some(Missing::note(missing)),
            Self::NotWhole(short) => Some(Short::notes(short).join("; ")),
            _ => None,
        }
    }

    /// True if the figure exists, but not for us; false if its terms are known and give none.
    pub fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::NotEnoughHistory
                | Self::AccountMissing(_)
                | Self::NotWhole(_)
                | Self::CrmOff
                | Self::CrmMissing
                | Self::AdSetUnknown
                | Self::TooLarge
        )
    }

    /// What a formula without a value means for a metric.
    pub fn of_metric(metric: Metric, undefined: Undefined) -> Self {
        match undefined {
            Undefined::DividedByZero => match metric {
                Metric::Cpc => Self::NoClicks,
                Metric::LinkCpc => Self::NoLinkClicks,
                Metric::Cpl | Metric::CrmCpl | Metric::SpendPerLead => Self::NoLeads,
                _ => Self::NoImpressions,
            },
            Undefined::FromZero => Self::FromZero,
            Undefined::FromNegative => Self::FromNegative,
            Undefined::TooLarge | Undefined::Malformed => Self::TooLarge,
        }
    }
}
