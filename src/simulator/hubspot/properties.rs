//! The contact properties that the simulated portal has, and their types.

use serde_json::{Value, json};

/// How a property's values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DateTime,
    Enumeration,
    Number,
    Text,
}

/// Internal name, label and type.
const PROPERTIES: &[(&str, &str, Kind)] = &[
    ("createdate", "Create Date", Kind::DateTime),
    ("email", "Email", Kind::Text),
    ("first_conversion_event_name", "First Conversion", Kind::Text),
    ("firstname", "First Name", Kind::Text),
    ("hs_all_contact_vids", "All vids for a contact", Kind::Enumeration),
    ("hs_analytics_first_url", "First Page Seen", Kind::Text),
    ("hs_analytics_last_url", "Last Page Seen", Kind::Text),
    ("hs_analytics_source", "Original Traffic Source", Kind::Enumeration),
    ("hs_analytics_source_data_1", "Original Traffic Source Drill-Down 1", Kind::Text),
    ("hs_analytics_source_data_2", "Original Traffic Source Drill-Down 2", Kind::Text),
    ("hs_calculated_merged_vids", "Merged vids with timestamps", Kind::Enumeration),
    ("hs_facebook_click_id", "Facebook click id", Kind::Text),
    ("hs_latest_source", "Latest Traffic Source", Kind::Enumeration),
    ("hs_latest_source_data_1", "Latest Traffic Source Drill-Down 1", Kind::Text),
    ("hs_latest_source_data_2", "Latest Traffic Source Drill-Down 2", Kind::Text),
    ("hs_latest_source_timestamp", "Latest Traffic Source Date", Kind::DateTime),
    ("hs_lifecyclestage_lead_date", "Became a Lead Date", Kind::DateTime),
    ("hs_merged_object_ids", "Merged record IDs", Kind::Enumeration),
    ("hs_object_id", "Record ID", Kind::Number),
    ("hs_object_source", "Record creation source", Kind::Text),
    ("hs_object_source_detail_1", "Record source detail 1", Kind::Text),
    ("hs_object_source_label", "Record source", Kind::Enumeration),
    ("lastmodifieddate", "Last Modified Date", Kind::DateTime),
    ("lastname", "Last Name", Kind::Text),
    ("lifecyclestage", "Lifecycle Stage", Kind::Enumeration),
    ("num_conversion_events", "Number of Form Submissions", Kind::Number),
    ("recent_conversion_event_name", "Recent Conversion", Kind::Text),
];

/// The type of a property; `None` when the portal does not have it.
pub(super) fn kind(name: &str) -> Option<Kind> {
    PROPERTIES.iter().find(|(known, _, _)| *known == name).map(|(_, _, kind)| *kind)
}

/// The answer to "which properties are there".
pub(super) fn listing() -> Value {
    let one = |(name, label, kind): &(&str, &str, Kind)| {
        let (data, field) = match kind {
            Kind::DateTime => ("datetime", "date"),
            Kind::Enumeration => ("enumeration", "select"),
            Kind::Number => ("number", "number"),
            Kind::Text => ("string", "text"),
        };
        json!({
            "name": name, "label": label, "type": data, "fieldType": field, "description": "",
            "groupName": "contactinformation", "options": [], "displayOrder": -1, "hidden": false,
            "calculated": false, "externalOptions": false, "hasUniqueValue": *name == "email",
            "formField": false, "archived": false, "hubspotDefined": true,
        })
    };
    json!({ "results": PROPERTIES.iter().map(one).collect::<Vec<_>>() })
}
