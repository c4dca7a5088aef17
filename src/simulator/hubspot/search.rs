//! Contact search: filter, sort, page, and only the properties asked for.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::server::{SeenRequest, Simulator};
use super::super::world::Contact;
use super::PORTAL;
use super::errors::Refusal;
use super::filter::{Filters, Group, sort_key};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    #[serde(default)]
    filter_groups: Vec<Group>,
    #[serde(default)]
    sorts: Vec<Value>,
    #[serde(default)]
    properties: Vec<String>,
    limit: Option<i64>,
    after: Option<Value>,
}

const LIMIT_DEFAULT: usize = 10;
const LIMIT_MAX: usize = 200;
/// No search goes past its ten-thousandth result.
const RESULTS_MAX: usize = 10_000;

/// Sent whatever is asked for.
const ALWAYS: [&str; 3] = ["createdate", "hs_object_id", "lastmodifieddate"];
/// Sent in addition when a request names no property at all, as the real API does.
const DEFAULT: [&str; 3] = ["email", "firstname", "lastname"];

/// Answers a search.
pub(super) fn answer(
    simulator: &Simulator,
    request: &SeenRequest,
    version: &str,
) -> Result<Answer, Refusal> {
    let search: Search = serde_json::from_str(&request.body)
        .map_err(|error| Refusal::invalid(format!("Invalid input JSON: {error}")))?;
    let limit = limit(search.limit)?;
    let start = start(search.after.as_ref())?;
    if start + limit > RESULTS_MAX {
        return Err(Refusal::invalid(format!(
            "The maximum total results that can be searched is {RESULTS_MAX}; after plus limit goes beyond"
        )));
    }
    let order = order(&search.sorts)?;
    let filters = Filters::read(search.filter_groups)?;
    let mut found: Vec<&Contact> = simulator
        .world
        .contacts
        .iter()
        .flatten()
        .filter(|contact| filters.allow(contact))
        .collect();
    // Already in order of creation, which is the order of a search without sorts.
    if let Some((name, descending)) = &order {
        found.sort_by_cached_key(|contact| sort_key(name, contact));
        if *descending {
            found.reverse();
        }
    }
    let results: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|contact| result(contact, &search.properties, version))
        .collect();
    let mut body = json!({ "total": found.len(), "results": results });
    let end = start + limit;
    if end < found.len() {
        let link = format!("{}{}?after={end}", simulator.base_url, request.path);
        body["paging"] = json!({ "next": { "after": end.to_string(), "link": link } });
    }
    Ok(Answer::json(200, &body))
}

fn limit(limit: Option<i64>) -> Result<usize, Refusal> {
    let Some(limit) = limit else {
        return Ok(LIMIT_DEFAULT);
    };
    match usize::try_from(limit) {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err(Refusal::invalid(format!(
            "limit must be between 1 and {LIMIT_MAX}, but was {limit}"
        ))),
    }
}

fn start(after: Option<&Value>) -> Result<usize, Refusal> {
    let text = match after {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.as_str() {
        "" => Ok(0),
        // Anything above the cap fails there, in its words.
        text => text
            .parse::<u32>()
            .map(|start| start as usize)
            .map_err(|_| Refusal::invalid(format!("{text} is not a valid value for after"))),
    }
}

/// Property and whether descending, from `"createdate"`, `"-createdate"` or an object.
fn order(sorts: &[Value]) -> Result<Option<(String, bool)>, Refusal> {
    let sort = match sorts {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(Refusal::invalid("a search takes one sort")),
    };
    let (name, descending) = match (sort.as_str(), sort["propertyName"].as_str()) {
        (Some(text), _) => (text.trim_start_matches('-'), text.starts_with('-')),
        (None, Some(name)) => match sort["direction"].as_str() {
            None | Some("ASCENDING") => (name, false),
            Some("DESCENDING") => (name, true),
            Some(other) => {
                return Err(Refusal::invalid(format!("{other} is not a valid direction")));
            }
        },
        _ => {
            return Err(Refusal::invalid(
                "a sort is a property's name, or an object with propertyName and direction",
            ));
        }
    };
    if super::properties::kind(name).is_none() {
        return Err(Refusal::invalid(format!("Property \"{name}\" does not exist")));
    }
    Ok(Some((name.to_owned(), descending)))
}

fn result(contact: &Contact, asked: &[String], version: &str) -> Value {
    let own = |name: &str| contact.properties.get(name);
    let mut properties = Map::new();
    let defaults: &[&str] = if asked.is_empty() { &DEFAULT } else { &[] };
    for name in ALWAYS.iter().chain(defaults) {
        properties.insert((*name).to_owned(), json!(own(name)));
    }
    // A property that the portal does not have is left out without a word.
    for name in asked.iter().filter(|name| super::properties::kind(name).is_some()) {
        properties.insert(name.clone(), json!(own(name)));
    }
    let mut result = json!({
        "id": contact.id.to_string(),
        "properties": properties,
        "createdAt": own("createdate"),
        "updatedAt": own("lastmodifieddate"),
        "archived": false,
    });
    if version != "v3" {
        result["url"] = json!(format!(
            "https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/{}",
            contact.id
        ));
    }
    result
}
