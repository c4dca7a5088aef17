//! The provider's own totals behind a reconciliation, value by value, out of the control pages.

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{Page, PageKind, RawFetched, Reconciliation};
use weekledger_events::{Digest, Event, StreamId, Week};

use super::{EvidenceError, Store};
use crate::config::RunSettings;
use crate::ports::ArtifactName;
use crate::sources::meta::parse_insights;
use crate::sources::rows::InsightRow;

/// One value of a control.
pub struct ControlValue {
    pub day: Date,
    pub subject: String,
    pub value: Decimal,
    pub artifact: Digest,
    pub pointer: String,
}

/// Those of one account, week and measure; none for pages that have expired.
pub async fn values(
    store: &dyn Store,
    stream: &StreamId,
    event: &Event,
    raw: &RawFetched,
    gap: &Reconciliation,
    settings: &RunSettings,
) -> Result<Vec<ControlValue>, EvidenceError> {
    let kind = match gap.control.as_str() {
        "campaign" => PageKind::CampaignDays,
        _ => PageKind::AccountDays,
    };
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
            let campaign = row.campaign.as_ref().map(|id| format!("campaign {id}"));
            let subject = campaign.unwrap_or_else(|| gap.account.to_string());
            values.push(ControlValue { day: row.date, subject, value, artifact: digest, pointer });
        }
    }
    Ok(values)
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
            let of = |wanted: &String| row.actions.iter().find(|one| one.action_type == *wanted);
            let action = lead_rule.iter().find_map(of)?;
            (at(&format!("actions/{}/value", action.index)), action.value)
        }
        _ => return None,
    })
}
