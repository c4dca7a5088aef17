//! What serves where the file says nothing. `templates/weekledger.toml` shows the same values;
//! a test compares the two.

use jiff::civil::{Time, time};

use super::settings::{AttributionSettings, HoldSettings, SourceLimits};

pub const META_BASE_URL: &str = "https://graph.facebook.com";
pub const META_API_VERSION: &str = "v26.0";
pub const META_PAGE_SIZE: u32 = 100;

pub const HUBSPOT_BASE_URL: &str = "https://api.hubapi.com";
pub const HUBSPOT_API_VERSION: &str = "2026-09";
/// The most that contact search allows.
pub const HUBSPOT_PAGE_SIZE: u32 = 200;

pub const ANALYST_BASE_URL: &str = "https://api.anthropic.com";
pub const ANALYST_MODEL: &str = "claude-opus-5-5";
pub const BEDROCK_MODEL: &str = "anthropic.claude-opus-5-5";

/// The Messages API of a region's Bedrock.
pub fn bedrock_base_url(region: &str) -> String {
    format!("https://bedrock-mantle.{region}.api.aws/anthropic")
}

pub const OPEN_AT: Time = time(5, 0, 0, 0);
pub const DELIVER_AT: Time = time(7, 0, 0, 0);

pub const SEND_ATTEMPTS_MAX: u32 = 3;
pub const KEEP_RAW_DAYS: u32 = 90;

/// Meta's roll-up first, then its components: of a row the first present counts.
const LEAD_ACTIONS: [&str; 3] =
    ["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"];

/// HubSpot's own auto-tracking first, then tags that only ever hold an id, then `utm_campaign`,
/// which holds an id in some set-ups and a name in others: a name is no known id and never matches.
const CAMPAIGN_PARAMETERS: [&str; 5] =
    ["hsa_cam", "utm_campaign_id", "utm_id", "campaign_id", "utm_campaign"];

const AD_SET_PARAMETERS: [&str; 5] =
    ["hsa_grp", "utm_adset_id", "adset_id", "utm_content", "utm_term"];

pub fn lead_actions() -> Vec<String> {
    LEAD_ACTIONS.map(str::to_owned).to_vec()
}

pub fn attribution() -> AttributionSettings {
    AttributionSettings {
        campaign_parameters: CAMPAIGN_PARAMETERS.map(str::to_owned).to_vec(),
        ad_set_parameters: AD_SET_PARAMETERS.map(str::to_owned).to_vec(),
        properties: Vec::new(),
        drill_down_names: true,
    }
}

pub fn hold() -> HoldSettings {
    HoldSettings {
        reconciliation_percent_max: 2,
        accounts_missing_max: 1,
        accounts_silent_max: accounts_silent_max(),
        accounts_stopped_max: accounts_stopped_max(),
    }
}

/// One account's tracking may break; that two break at once has one cause, and a person finds it.
pub fn accounts_silent_max() -> u32 {
    1
}

/// One account may be paused; that two stop within one week is likelier an answer without their rows.
pub fn accounts_stopped_max() -> u32 {
    1
}

pub fn limits() -> SourceLimits {
    SourceLimits {
        pages_max: 500,
        body_bytes_max: 16 << 20,
        rows_max: 50_000,
        request_seconds_max: 60,
        attempts_max: 5,
    }
}
