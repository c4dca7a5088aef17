//! Both sides of a reconciliation, value by value, out of the archived pages: the provider's own
//! totals, and of one type of leads the ad sets' values, which their rows do not hold.

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{Page, PageKind, RawFetched, Reconciliation};
use weekledger_events::{Digest, Event, StreamId, Week};

use super::{EvidenceError, Store};
use crate::config::RunSettings;
use crate::ports::ArtifactName;
use crate::sources::meta::parse_insights;
use crate::sources::rows::{Action, InsightRow};

/// One value of a page.
pub struct PageValue {
    pub day: Date,
    pub subject: String,
    pub value: Decimal,
    pub artifact: Digest,
    pub pointer: String,
}

/// The level of the gap's control.
pub fn level(gap: &Reconciliation) -> PageKind {
    match gap.control.as_str() {
        "campaign" => PageKind::CampaignDays,
        _ => PageKind::AccountDays,
    }
}

/// The type of leads that a measure such as `meta_leads (lead)` is of: where the rows of an account
/// differ in the type that counts, each type is compared on its own.
pub fn lead_type(measure: &str) -> Option<&str> {
    measure.strip_prefix("meta_leads (")?.strip_suffix(')')
}

/// Those of one account, week and measure; none for pages that have expired.
pub async fn values(
    store: &dyn Store,
    stream: &StreamId,
    event: &Event,
    raw: &RawFetched,
    gap: &Reconciliation,
    settings: &RunSettings,
    kind: PageKind,
) -> Result<Vec<PageValue>, EvidenceError> {
    let account = settings.accounts.iter().find(|account| account.account == gap.account);
    let lead_rule = account.map_or(&[][..], |account| &account.lead_actions);
    let is_meant = |page: &&Page| page.kind == kind && page.account.as_ref() == Some(&gap.account);
    let mut values = Vec::new();
    for page in raw.pages.iter().filter(is_meant) {
        let digest = page.artifact.digest;
        let name = ArtifactName::raw(stream, event.run(), &digest);
        let Some(bytes) = store.archive().read(&name).await? else { continue };
        let Ok(parsed) = parse_insights(&bytes, &gap.account) else { continue };
        for row in parsed.rows.iter().filter(|row| Week::containing(row.date) == gap.week) {
            let Some((pointer, value)) = measure(row, &gap.measure, lead_rule) else { continue };
            let subject = subject(row, gap);
            values.push(PageValue { day: row.date, subject, value, artifact: digest, pointer });
        }
    }
    Ok(values)
}

fn subject(row: &InsightRow, gap: &Reconciliation) -> String {
    match (&row.ad_set, &row.campaign) {
        (Some(ad_set), Some(campaign)) => format!("ad set {ad_set} of campaign {campaign}"),
        (None, Some(campaign)) => format!("campaign {campaign}"),
        (_, None) => gap.account.to_string(),
    }
}

/// `None` if the row does not hold the measure.
fn measure(row: &InsightRow, measure: &str, lead_rule: &[String]) -> Option<(String, Decimal)> {
    let at = |key: &str| format!("/data/{}/{key}", row.index);
    Some(match measure {
        "spend" => (at("spend"), row.spend?),
        "impressions" => (at("impressions"), row.impressions?.into()),
        "clicks" => (at("clicks"), row.clicks?.into()),
        "link_clicks" => (at("inline_link_clicks"), row.inline_link_clicks?.into()),
        "meta_leads" => {
            let action = lead_rule.iter().find_map(|wanted| of_type(row, wanted))?;
            (at(&format!("actions/{}/value", action.index)), action.value)
        }
        _ => {
            let action = of_type(row, lead_type(measure)?)?;
            (at(&format!("actions/{}/value", action.index)), action.value)
        }
    })
}

fn of_type<'r>(row: &'r InsightRow, wanted: &str) -> Option<&'r Action> {
    row.actions.iter().find(|one| one.action_type == wanted)
}
