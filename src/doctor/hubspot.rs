//! HubSpot: the account behind the key, the properties that attribution reads, and one search.

use jiff::Timestamp;
use serde_json::{Value, json};
use weekledger_events::payload::Request;

use super::probe::{Answer, Probe, ProbeError, integer, words};
use super::{Check, Doctor, Grade, accounts, next_delivery};
use crate::config::{HubspotSettings, Report};
use crate::ports::SecretName;
use crate::sources::ask::others;
use crate::sources::fault::{Fault, Remedy};
use crate::sources::hubspot::{PROPERTIES, error};

const AREA: &str = "hubspot";
const NAME: &str = "HubSpot";

/// The class of a limit that ends at midnight.
const DAILY_LIMIT: &str = "daily_limit";

/// Of a day's requests.
const PERCENT_MANY: i64 = 80;

const NEW_KEY: &str = "Make a key: in HubSpot open Settings > Integrations > Service Keys, create one \
    with the scope crm.objects.contacts.read, and store it as WEEKLEDGER_HUBSPOT_TOKEN. Or set \
    enabled = false under [sources.hubspot].";

pub(super) async fn checks(doctor: &Doctor<'_>, reports: &[&Report]) -> Vec<Check> {
    let token = match doctor.secrets.read(SecretName::HubspotToken).await {
        Ok(token) => token,
        Err(error) => return vec![Check::of_secret(AREA, NAME, &error, NEW_KEY)],
    };
    let settings = &doctor.config.hubspot;
    let others = others(doctor.secrets, SecretName::HubspotToken).await;
    let probe = match Probe::new(NAME, &settings.base_url, &doctor.config.limits, token, others) {
        Ok(probe) => probe,
        Err(fault) => return vec![Check::of_fault(AREA, "token", NAME, *fault)],
    };
    let paths = Paths::new(settings);
    let mut checks = vec![search(&probe, &paths, ends_in_time(doctor, reports)).await];
    checks.push(account(&probe, &paths).await);
    checks.extend(daily(&probe, &paths).await);
    checks.push(properties(&probe, &paths, reports).await);
    checks
}

/// Dated versions changed the order of the path.
struct Paths {
    base: String,
    version: String,
}

impl Paths {
    fn new(settings: &HubspotSettings) -> Self {
        let base = settings.base_url.trim_end_matches('/').to_owned();
        Self { base, version: settings.api_version.trim_matches('/').to_owned() }
    }

    fn get(&self, area: &str, rest: &str) -> Request {
        Request::new("GET", &format!("{}/{area}/{}/{rest}", self.base, self.version), None)
    }

    fn crm(&self, what: &str, rest: &str) -> String {
        let Self { base, version } = self;
        if version.starts_with('v') {
            format!("{base}/crm/{version}/{what}/{rest}")
        } else {
            format!("{base}/crm/{what}/{version}/{rest}")
        }
    }
}

/// Whether a limit that ends at midnight ends before the next report is made.
fn ends_in_time(doctor: &Doctor<'_>, reports: &[&Report]) -> bool {
    let now = doctor.clock.now();
    let Some(delivery) = next_delivery(reports, now) else { return false };
    reports.iter().all(|report| {
        let day = |at: Timestamp| at.to_zoned(report.time_zone.clone()).date();
        day(now) < day(delivery)
    })
}

/// The only proof that contacts can be read.
async fn search(probe: &Probe, paths: &Paths, daily_limit_ends: bool) -> Check {
    let body = json!({ "filterGroups": [], "limit": 1, "after": "0",
        "properties": ["createdate"], "sorts": [{ "propertyName": "hs_object_id", "direction": "ASCENDING" }] });
    let url = paths.crm("objects", "contacts/search");
    let request = Request::new("POST", &url, Some(body.to_string()));
    match probe.ask(&request).await.and_then(answered) {
        Err(fault) if fault.class == DAILY_LIMIT && daily_limit_ends => {
            let sentence = format!("{} They come back before the next report.", fault.sentence);
            Check::pass(AREA, "search", NAME, sentence).unseen(true, fault.action)
        }
        Err(fault) => Check::of_fault(AREA, "search", NAME, *fault),
        Ok(answer) => match integer(&answer.json()["total"]) {
            Some(total) => {
                let sentence = format!("Contacts can be searched; there are {total}.");
                Check::pass(AREA, "search", NAME, sentence)
            }
            None => {
                let check = Check::pass(AREA, "search", NAME, "HubSpot's search cannot be read.");
                let action = "Check that base_url under [sources.hubspot] names HubSpot, with no \
                              proxy between.";
                check.graded(Grade::Fail, action)
            }
        },
    }
}

async fn account(probe: &Probe, paths: &Paths) -> Check {
    match probe.ask(&paths.get("account-info", "details")).await.and_then(answered) {
        Err(fault) => unseen("account", "whose account it is", *fault, None),
        Ok(answer) => {
            let facts = answer.json();
            let said = |name: &str| words(&facts[name]).unwrap_or_else(|| "unknown".to_owned());
            let sentence = format!(
                "The key belongs to HubSpot account {} ({}), time zone {}, currency {}.",
                said("portalId"),
                said("accountType"),
                said("timeZone"),
                said("companyCurrency")
            );
            Check::pass(AREA, "account", NAME, sentence)
        }
    }
}

/// Requests of the day, where HubSpot tells.
async fn daily(probe: &Probe, paths: &Paths) -> Option<Check> {
    let request = paths.get("account-info", "api-usage/daily/private-apps");
    let answer = probe.ask(&request).await.and_then(answered).ok()?;
    let facts = answer.json();
    let usage = facts["results"].as_array()?.first()?;
    let (used, of) = (integer(&usage["currentUsage"])?, integer(&usage["usageLimit"])?);
    let sentence = format!("{used} of today's {of} requests are used.");
    let check = Check::pass(AREA, "daily_limit", NAME, sentence);
    if used.saturating_mul(100) < of.saturating_mul(PERCENT_MANY) {
        return Some(check);
    }
    let action = "Look in HubSpot under Settings > Integrations > API usage for what uses them up.";
    Some(check.graded(Grade::Warn, action))
}

/// A search leaves out a property that does not exist without a word.
async fn properties(probe: &Probe, paths: &Paths, reports: &[&Report]) -> Check {
    let request = Request::new("GET", &paths.crm("properties", "contacts"), None);
    let answer = match probe.ask(&request).await.and_then(answered) {
        Ok(answer) => answer,
        Err(fault) => {
            let scope = Some("crm.schemas.contacts.read");
            return unseen("properties", "which properties exist", *fault, scope);
        }
    };
    let facts = answer.json();
    let known: Vec<&str> = facts["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|property| property["name"].as_str())
        .collect();
    let accounts = accounts(reports);
    let configured = accounts
        .iter()
        .flat_map(|(_, account)| &account.settings.attribution.properties)
        .map(|rule| rule.property.as_str());
    let mut lacking: Vec<&str> =
        PROPERTIES.into_iter().chain(configured).filter(|name| !known.contains(name)).collect();
    lacking.sort_unstable();
    lacking.dedup();
    if lacking.is_empty() {
        let sentence = "Every property that attribution reads exists.";
        return Check::pass(AREA, "properties", NAME, sentence);
    }
    let sentence = format!("HubSpot has no contact property {}.", lacking.join(", "));
    let action = "Compare properties under [report.account.attribution] with the internal names in \
                  HubSpot under Settings > Properties > Contact properties.";
    Check::pass(AREA, "properties", NAME, sentence).graded(Grade::Fail, action)
}

/// What only this check needs: a report does without. The key may read contacts all the same, so a
/// missing permission is told in other words than where they are read.
fn unseen(name: &'static str, what: &str, fault: Fault, scope: Option<&str>) -> Check {
    const NOTHING: &str = "Nothing for the report itself.";
    let may_pass = fault.may_pass() || fault.class == DAILY_LIMIT;
    let refused = matches!(fault.class, "permission_missing" | "forbidden");
    let (why, action) = match scope {
        Some(scope) if refused => (
            "The key has no permission for it.".to_owned(),
            format!("{NOTHING} To see it, give the key the scope {scope} as well."),
        ),
        None if refused => ("The key has no permission for it.".to_owned(), NOTHING.to_owned()),
        _ => (fault.sentence, format!("{NOTHING} {}", fault.action)),
    };
    let sentence = format!("It cannot be seen {what}. {why}");
    Check::pass(AREA, name, NAME, sentence).unseen(may_pass, action)
}

fn answered(answer: Answer) -> Result<Answer, ProbeError> {
    match error::classify(answer.status, &answer.body) {
        Some(fault) => Err(Box::new(fault)),
        None if answer.json() == Value::Null => Err(Box::new(not_json())),
        None => Ok(answer),
    }
}

fn not_json() -> Fault {
    Fault::new(
        "page_not_json",
        Remedy::Pull,
        "Something else than HubSpot answered: its page is not JSON.",
        "Check that base_url under [sources.hubspot] names HubSpot, with no proxy between.",
    )
}
