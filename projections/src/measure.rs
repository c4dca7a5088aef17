//! The additive measures: what sums are made of, from the ad set's day up to the report.

use rust_decimal::Decimal;
use weekledger_events::payload::Measures;

named! {
    /// An additive measure. The names of Meta's are the keys of `DayRow::pointers`.
    Measure {
        Spend = "spend",
        Impressions = "impressions",
        Clicks = "clicks",
        LinkClicks = "link_clicks",
        LandingPageViews = "landing_page_views",
        MetaLeads = "meta_leads",
        /// Contacts whose campaign is known.
        CrmLeads = "crm_leads",
        /// Paid social contacts whose campaign is not known.
        CrmUnattributed = "crm_unattributed",
        /// Contacts of every other source.
        CrmOther = "crm_other",
        /// Contacts entered by hand or imported, and left out.
        CrmOffline = "crm_offline",
    }
}

impl Measure {
    /// The measure of an ad set; `None` for what the CRM counts.
    pub fn of(self, measures: &Measures) -> Option<Decimal> {
        Some(match self {
            Self::Spend => measures.spend,
            Self::Impressions => measures.impressions.into(),
            Self::Clicks => measures.clicks.into(),
            Self::LinkClicks => measures.link_clicks.into(),
            Self::LandingPageViews => measures.landing_page_views.into(),
            Self::MetaLeads => measures.meta_leads.into(),
            Self::CrmLeads | Self::CrmUnattributed | Self::CrmOther | Self::CrmOffline => {
                return None;
            }
        })
    }

    /// True for what contacts count, false for what ads do.
    pub fn is_crm(self) -> bool {
        matches!(self, Self::CrmLeads | Self::CrmUnattributed | Self::CrmOther | Self::CrmOffline)
    }
}
