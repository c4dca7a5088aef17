//! The history table: one row a campaign and week, as known now. For other tools; nothing of the
//! chain reads it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use weekledger_events::payload::{AdSetWeek, Measures, MetricsComputed, WeekObserved};
use weekledger_events::{AccountId, CampaignId, Currency, ReportId, Week};

/// One campaign in one week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignWeek {
    /// `REPORT#CAMPAIGN`: the partition key of the table in the cloud.
    pub campaign_id: String,
    /// The Monday: its sort key.
    pub week_start_date: Date,
    pub report: ReportId,
    pub week: Week,
    pub account: AccountId,
    pub campaign: CampaignId,
    pub campaign_name: String,
    pub currency: Currency,
    pub spend: Decimal,
    pub impressions: u64,
    pub clicks: u64,
    pub link_clicks: u64,
    pub landing_page_views: u64,
    pub meta_leads: u64,
    /// `None` if the week's contacts are not known.
    pub crm_leads: Option<u64>,
    /// When this was known: a row that was known later replaces an earlier one.
    pub known_at: Timestamp,
}

impl CampaignWeek {
    /// What two tellings of the same row have in common.
    pub fn key(&self) -> (&str, Date) {
        (&self.campaign_id, self.week_start_date)
    }
}

/// The rows of one report, by key. The order of the events does not matter: of each week and
/// account the newest successful observation counts, of its contacts too. A campaign that such an
/// observation no longer has keeps a row of zeros, so that putting rows one after the other ends
/// where building them all at once does.
pub fn campaign_weeks<'a>(
    report: &ReportId,
    metrics: impl IntoIterator<Item = &'a MetricsComputed>,
) -> Vec<CampaignWeek> {
    let mut weeks: BTreeMap<Week, Vec<&WeekObserved>> = BTreeMap::new();
    for seen in metrics.into_iter().flat_map(|metrics| &metrics.observations) {
        weeks.entry(seen.week).or_default().push(seen);
    }
    let mut rows = Vec::new();
    for (week, mut seen) in weeks {
        // The digest makes the order total, where a pull was computed twice.
        seen.sort_by_key(|seen| (seen.observed_at, seen.rows.digest));
        rows.extend(OneWeek { report, week, seen: &seen }.rows());
    }
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    rows
}

/// The observations of one week, oldest first.
struct OneWeek<'a> {
    report: &'a ReportId,
    week: Week,
    seen: &'a [&'a WeekObserved],
}

impl OneWeek<'_> {
    fn rows(&self) -> Vec<CampaignWeek> {
        let keys: BTreeSet<(&AccountId, &CampaignId)> = self
            .seen
            .iter()
            .flat_map(|seen| {
                let contacts = seen.crm.iter().flat_map(|crm| &crm.campaigns);
                let contacts = contacts.map(|leads| (&leads.account, &leads.campaign));
                seen.ad_sets.iter().map(|row| (&row.account, &row.campaign)).chain(contacts)
            })
            .collect();
        keys.into_iter().filter_map(|(account, campaign)| self.row(account, campaign)).collect()
    }

    /// `None` for an account that no pull of the week could read.
    fn row(&self, account: &AccountId, campaign: &CampaignId) -> Option<CampaignWeek> {
        let pulled = |seen: &&&WeekObserved| {
            seen.accounts.iter().any(|facts| facts.account == *account && facts.pulled)
        };
        let newest = self.seen.iter().rev().find(pulled)?;
        let facts = newest.accounts.iter().find(|facts| facts.account == *account)?;
        let mut measures = Measures::default();
        for row in rows_of(newest, account, campaign) {
            measures += row.measures;
        }
        let contacts = self.seen.iter().rev().find(|seen| seen.crm.is_some());
        let crm_leads = contacts.and_then(|seen| {
            let campaigns = &seen.crm.as_ref()?.campaigns;
            let own =
                campaigns.iter().find(|one| one.account == *account && one.campaign == *campaign);
            Some(own.map_or(0, |leads| leads.leads))
        });
        let known_at =
            contacts.map_or(newest.observed_at, |seen| newest.observed_at.max(seen.observed_at));
        Some(CampaignWeek {
            campaign_id: format!("{}#{campaign}", self.report),
            week_start_date: self.week.monday(),
            report: self.report.clone(),
            week: self.week,
            account: account.clone(),
            campaign: campaign.clone(),
            campaign_name: self.name(account, campaign),
            currency: facts.currency.clone()?,
            spend: measures.spend.normalize(),
            impressions: measures.impressions,
            clicks: measures.clicks,
            link_clicks: measures.link_clicks,
            landing_page_views: measures.landing_page_views,
            meta_leads: measures.meta_leads,
            crm_leads,
            known_at,
        })
    }

    /// The newest name within the week; the id of a campaign that contacts alone know.
    fn name(&self, account: &AccountId, campaign: &CampaignId) -> String {
        let mut names = self.seen.iter().rev().flat_map(|seen| rows_of(seen, account, campaign));
        names.next().map_or_else(|| campaign.to_string(), |row| row.campaign_name.clone())
    }
}

fn rows_of<'a>(
    seen: &'a WeekObserved,
    account: &'a AccountId,
    campaign: &'a CampaignId,
) -> impl Iterator<Item = &'a AdSetWeek> {
    seen.ad_sets.iter().filter(move |row| row.account == *account && row.campaign == *campaign)
}

/// What differs between two tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableDiff {
    /// Rows that the events give and the table lacks.
    pub missing: Vec<CampaignWeek>,
    /// Rows that differ: as the events give them.
    pub different: Vec<CampaignWeek>,
    /// Rows that no event gives.
    pub extra: Vec<CampaignWeek>,
}

impl TableDiff {
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.extra.is_empty()
    }
}

/// Compares what the events give with what stands.
pub fn compare(due: &[CampaignWeek], standing: &[CampaignWeek]) -> TableDiff {
    let index = |rows: &[CampaignWeek]| -> BTreeMap<(String, Date), CampaignWeek> {
        let key = |row: &CampaignWeek| (row.campaign_id.clone(), row.week_start_date);
        rows.iter().map(|row| (key(row), row.clone())).collect()
    };
    let (due, mut standing) = (index(due), index(standing));
    let mut diff = TableDiff::default();
    for (key, row) in due {
        match standing.remove(&key) {
            None => diff.missing.push(row),
            Some(found) if found != row => diff.different.push(row),
            Some(_) => {}
        }
    }
    diff.extra = standing.into_values().collect();
    diff
}
