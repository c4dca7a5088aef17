//! The search for contacts: by time of creation, in the order of their ids, and only what
//! attribution needs. Names and e-mail addresses are never asked for.

use jiff::Timestamp;
use serde::Serialize;
use url::Url;
use weekledger_events::payload::Request;

use crate::config::{AccountSettings, HubspotSettings};
use crate::sources::http::HttpError;

/// The provider's own limit.
const PAGE_SIZE_MAX: u32 = 200;

/// Needed for attribution whatever the configuration says. The last address is not among them: it
/// changes with every later visit, and would move a lead from one campaign to another long after.
pub(crate) const PROPERTIES: [&str; 9] = [
    "createdate",
    "hs_object_id",
    "hs_analytics_source",
    "hs_analytics_source_data_1",
    "hs_analytics_source_data_2",
    "hs_analytics_first_url",
    "hs_object_source",
    "hs_object_source_label",
    // Ids of contacts that were merged into this one: explains counts that shrink later.
    "hs_merged_object_ids",
];

/// What to search for.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// Created from then on.
    pub from: Timestamp,
    /// Created before.
    pub until: Timestamp,
    pub properties: Vec<String>,
    pub limit: u32,
}

/// Where a search goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Ids greater than this: how a search passes the 10,000 results that HubSpot serves.
    pub id_above: Option<String>,
    pub after: Option<String>,
}

impl Search {
    pub fn new(
        settings: &HubspotSettings,
        accounts: &[AccountSettings],
        (from, until): (Timestamp, Timestamp),
    ) -> Self {
        let mut properties: Vec<String> = PROPERTIES.map(str::to_owned).to_vec();
        for rule in accounts.iter().flat_map(|account| &account.attribution.properties) {
            if !properties.contains(&rule.property) {
                properties.push(rule.property.clone());
            }
        }
        Self { from, until, properties, limit: settings.page_size.clamp(1, PAGE_SIZE_MAX) }
    }

    pub fn request(&self, settings: &HubspotSettings, place: &Place) -> Result<Request, HttpError> {
        let by_time = |operator, at: Timestamp| Filter {
            property: "createdate",
            operator,
            value: at.as_millisecond().to_string(),
        };
        let mut filters = vec![by_time("GTE", self.from), by_time("LT", self.until)];
        if let Some(id) = &place.id_above {
            filters.push(Filter { property: "hs_object_id", operator: "GT", value: id.clone() });
        }
        let body = Body {
            groups: [Group { filters }],
            properties: &self.properties,
            sorts: [Sort { property: "hs_object_id", direction: "ASCENDING" }],
            limit: self.limit,
            after: place.after.as_deref(),
        };
        let body = serde_json::to_string(&body).map_err(|_| HttpError::Address)?;
        Ok(Request::new("POST", address(settings)?.as_str(), Some(body)))
    }
}

/// Dated versions changed the order of the path.
fn address(settings: &HubspotSettings) -> Result<Url, HttpError> {
    let base = settings.base_url.trim_end_matches('/');
    let version = settings.api_version.trim_matches('/');
    let path = if version.starts_with('v') {
        format!("crm/{version}/objects/contacts/search")
    } else {
        format!("crm/objects/{version}/contacts/search")
    };
    Url::parse(&format!("{base}/{path}")).map_err(|_| HttpError::Address)
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "filterGroups")]
    groups: [Group; 1],
    properties: &'a [String],
    sorts: [Sort; 1],
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Group {
    filters: Vec<Filter>,
}

#[derive(Serialize)]
struct Filter {
    #[serde(rename = "propertyName")]
    property: &'static str,
    operator: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Sort {
    #[serde(rename = "propertyName")]
    property: &'static str,
    direction: &'static str,
}
