//! The Graph API: its paths, tokens and small objects.

mod account;
mod cursor;
mod errors;
mod insights;
mod query;
mod runs;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::Answer;
use super::calendar::shift;
use super::server::{SeenRequest, Simulator};
use super::world::Account;
use errors::Refusal;

pub(super) use runs::Runs;

/// Answers a request below `/meta`.
pub(super) fn answer(simulator: &Simulator, request: &SeenRequest, path: &[&str]) -> Answer {
    let call = match Call::new(simulator, request) {
        Ok(call) => call,
        Err(refusal) => return refusal.answer(request),
    };
    let version = path.first().copied().unwrap_or_default();
    match call.dispatch(path) {
        Ok(answer) => answer.with_header("facebook-api-version", version.to_owned()),
        Err(refusal) => refusal.answer(request),
    }
}

/// An authenticated request with the parameters of its query and its form body.
struct Call<'a> {
    simulator: &'a Simulator,
    path: &'a str,
    token: String,
    /// `GET` or `POST`; a POST with `method=get` is a GET, for queries too long for an address.
    method: String,
    parameters: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    fn new(simulator: &'a Simulator, request: &'a SeenRequest) -> Result<Self, Refusal> {
        let mut parameters = request.query.clone();
        if request.method == "POST" {
            parameters.extend(form(request));
        }
        let given = |name: &str| {
            parameters
                .iter()
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.clone())
        };
        let token = request.bearer().map(str::to_owned).or_else(|| given("access_token"));
        let token = token.ok_or_else(Refusal::no_token)?;
        if token.contains("expired") {
            return Err(Refusal::expired_token());
        }
        let method = given("method").unwrap_or_else(|| request.method.clone()).to_ascii_uppercase();
        Ok(Self { simulator, path: &request.path, token, method, parameters })
    }

    /// The first parameter of this name that is not empty.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The parameter `fields`, as a comma list or a JSON list.
    fn fields(&self) -> Vec<String> {
        list(self.parameter("fields").unwrap_or_default())
    }

    fn dispatch(&self, path: &[&str]) -> Result<Answer, Refusal> {
        let [version, rest @ ..] = path else {
            return Err(Refusal::unknown_path(self.path));
        };
        if !is_version(version) {
            return Err(Refusal::unknown_path(self.path));
        }
        match (self.method.as_str(), rest) {
            ("GET", ["me"]) => Ok(ok(&json!({ "id": OWNER, "name": "Weekledger simulator" }))),
            ("GET", ["me", "permissions"]) => Ok(ok(&permissions())),
            ("GET", ["debug_token"]) => self.debug_token(),
            ("GET", [id]) if id.starts_with("act_") => account::answer(self, self.account(id)?),
            ("GET", [id, "insights"]) if id.starts_with("act_") => {
                insights::answer(self, self.account(id)?, &self.parameters)
            }
            ("POST", [id, "insights"]) if id.starts_with("act_") => {
                Ok(ok(&runs::create(self, self.account(id)?)?))
            }
            ("GET", [run]) => Ok(ok(&runs::poll(self, run)?)),
            ("GET", [run, "insights"]) => runs::read(self, run),
            _ => Err(Refusal::unknown_path(self.path)),
        }
    }

    fn account(&self, id: &str) -> Result<&'a Account, Refusal> {
        let found = self
            .simulator
            .world
            .accounts
            .iter()
            .find(|account| account.property.meta_account == id);
        found.ok_or_else(|| Refusal::unknown_object(&self.method, id))
    }

    fn debug_token(&self) -> Result<Answer, Refusal> {
        let Some(token) = self.parameter("input_token") else {
            return Err(Refusal::invalid("(#100) The parameter input_token is required"));
        };
        Ok(ok(&json!({ "data": self.token_facts(token) })))
    }

    fn token_facts(&self, token: &str) -> Value {
        let newest = self.simulator.world.newest;
        let midnight = |days| {
            let day = shift(newest, days).to_zoned(TimeZone::UTC);
            day.map_or(0, |day| day.timestamp().as_second())
        };
        let mut facts = json!({
            "app_id": "731900412254871",
            "type": "SYSTEM_USER",
            "application": "Weekledger simulator",
            "data_access_expires_at": midnight(80),
            "expires_at": 0,
            "issued_at": midnight(-10),
            "is_valid": true,
            "scopes": ["ads_read"],
            "granular_scopes": [{ "scope": "ads_read" }],
            "user_id": OWNER,
        });
        if token.contains("expired") {
            facts["is_valid"] = json!(false);
            facts["expires_at"] = json!(midnight(-1));
            facts["error"] = Refusal::expired_token().inner();
        }
        facts
    }
}

const OWNER: &str = "122104839275530618";

fn permissions() -> Value {
    json!({ "data": [
        { "permission": "ads_read", "status": "granted" },
        { "permission": "public_profile", "status": "granted" },
    ]})
}

fn ok(body: &Value) -> Answer {
    Answer::json(200, body)
}

/// `v26.0` and the like.
fn is_version(segment: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = segment.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(major, minor)| number(major) && number(minor))
}

/// A POST's parameters, sent as a form or as a JSON object.
fn form(request: &SeenRequest) -> Vec<(String, String)> {
    if let Ok(Value::Object(object)) = serde_json::from_str(&request.body) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        return object.into_iter().map(|(key, value)| (key, text(value))).collect();
    }
    url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect()
}

/// A list as the API takes it: `a,b` or `["a","b"]`.
fn list(text: &str) -> Vec<String> {
    if let Ok(items) = serde_json::from_str::<Vec<String>>(text) {
        return items;
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}
