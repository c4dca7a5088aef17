//! The CRM's API: its paths, authentication and small answers.

mod errors;
mod filter;
mod properties;
mod search;

use jiff::civil::time;
use jiff::tz::TimeZone;
use serde_json::json;

use super::answer::Answer;
use super::server::{SeenRequest, Simulator};
use errors::Refusal;

const PORTAL: u64 = 148_203_377;

/// Answers a request below `/hubspot`.
pub(super) fn answer(simulator: &Simulator, request: &SeenRequest, path: &[&str]) -> Answer {
    dispatch(simulator, request, path).unwrap_or_else(|refusal| refusal.answer(request))
}

fn dispatch(
    simulator: &Simulator,
    request: &SeenRequest,
    path: &[&str],
) -> Result<Answer, Refusal> {
    authorise(request)?;
    if simulator.world.contacts.is_none() {
        // An export of advertising figures tells nothing of contacts; none would be a figure.
        return Err(Refusal::missing_scopes());
    }
    let answer = match (request.method.as_str(), path) {
        // Search answers carry no rate headers; the others do.
        ("POST", ["crm", "objects", version, "contacts" | "0-1", "search"])
        | ("POST", ["crm", version, "objects", "contacts" | "0-1", "search"])
            if is_version(version) =>
        {
            return search::answer(simulator, request, version);
        }
        ("GET", ["crm", "properties", version, "contacts" | "0-1"])
        | ("GET", ["crm", version, "properties", "contacts" | "0-1"])
            if is_version(version) =>
        {
            Answer::json(200, &properties::listing())
        }
        ("GET", ["account-info", version, "details"]) if is_version(version) => details(simulator),
        ("GET", ["account-info", version, "api-usage", "daily", "private-apps"])
            if is_version(version) =>
        {
            usage(simulator)
        }
        _ => return Err(Refusal::no_such_path()),
    };
    Ok(with_rates(answer))
}

/// A static token is taken as valid unless its text says what is wrong with it.
fn authorise(request: &SeenRequest) -> Result<(), Refusal> {
    let token = request.bearer().ok_or_else(Refusal::no_token)?;
    if token.contains("expired") {
        return Err(Refusal::expired_token());
    }
    if token.contains("noscope") {
        return Err(Refusal::missing_scopes());
    }
    Ok(())
}

/// `v3`, or a date such as `2026-09`.
fn is_version(segment: &str) -> bool {
    let dated = segment.split_once('-').is_some_and(|(year, month)| {
        year.len() == 4
            && month.len() == 2
            && [year, month].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    });
    segment == "v3" || dated
}

fn details(simulator: &Simulator) -> Answer {
    let first = simulator.world.accounts.first().map(|account| &account.property);
    let zone = first.map_or("UTC", |property| property.timezone.as_str());
    let currency = first.map_or("EUR", |property| property.currency.as_str());
    let mut others: Vec<&str> =
        simulator.world.accounts.iter().map(|account| account.property.currency.as_str()).collect();
    others.retain(|other| *other != currency);
    others.dedup();
    let noon = simulator.world.newest.to_datetime(time(12, 0, 0, 0));
    let offset = TimeZone::get(zone)
        .and_then(|zone| noon.to_zoned(zone))
        .map_or(0, |noon| noon.offset().seconds());
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3_600, offset.abs() / 60 % 60);
    Answer::json(
        200,
        &json!({
            "portalId": PORTAL,
            "accountType": "STANDARD",
            "timeZone": zone,
            "companyCurrency": currency,
            "additionalCurrencies": others,
            "utcOffset": format!("{sign}{hours:02}:{minutes:02}"),
            "utcOffsetMilliseconds": i64::from(offset) * 1_000,
            "uiDomain": "app-eu1.hubspot.com",
            "dataHostingLocation": "eu1",
        }),
    )
}

fn usage(simulator: &Simulator) -> Answer {
    let day = simulator.world.newest;
    Answer::json(
        200,
        &json!({ "results": [{
            "name": "private-apps-api-calls-daily",
            "currentUsage": 1_166,
            "usageLimit": 650_000,
            "collectedAt": format!("{day}T21:40:00.000Z"),
            "resetsAt": format!("{day}T23:00:00.000Z"),
            "fetchStatus": "SUCCESS",
        }]}),
    )
}

fn with_rates(answer: Answer) -> Answer {
    answer
        .with_header("x-hubspot-ratelimit-daily", "650000".to_owned())
        .with_header("x-hubspot-ratelimit-daily-remaining", "648834".to_owned())
        .with_header("x-hubspot-ratelimit-interval-milliseconds", "10000".to_owned())
        .with_header("x-hubspot-ratelimit-max", "190".to_owned())
        .with_header("x-hubspot-ratelimit-remaining", "188".to_owned())
}
