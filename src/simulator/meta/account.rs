//! The ad account's own fields.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::world::Account;
use super::errors::Refusal;
use super::{Call, ok};

/// Fields of an ad account that exist; those without a simulated value are simply absent.
const KNOWN: &[&str] = &[
    "account_id",
    "account_status",
    "age",
    "amount_spent",
    "balance",
    "business",
    "business_name",
    "created_time",
    "currency",
    "disable_reason",
    "funding_source",
    "id",
    "is_personal",
    "min_daily_budget",
    "name",
    "owner",
    "spend_cap",
    "timezone_id",
    "timezone_name",
    "timezone_offset_hours_utc",
];

/// `GET /act_…`: what `fields` asks, and `id`.
pub(super) fn answer(call: &Call<'_>, account: &Account) -> Result<Answer, Refusal> {
    let mut fields = call.fields();
    if fields.is_empty() {
        fields.push("account_id".to_owned());
    }
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(account.property.meta_account));
    for field in fields {
        if !KNOWN.contains(&field.as_str()) {
            return Err(Refusal::unknown_field(&field, "AdAccount"));
        }
        if let Some(value) = value(call, account, &field) {
            body.insert(field, value);
        }
    }
    Ok(ok(&Value::Object(body)))
}

fn value(call: &Call<'_>, account: &Account, field: &str) -> Option<Value> {
    let property = &account.property;
    Some(match field {
        "id" => json!(property.meta_account),
        "account_id" => json!(account_id(account)),
        "name" | "business_name" => json!(property.name),
        "account_status" => json!(1),
        "disable_reason" | "is_personal" => json!(0),
        "currency" => json!(property.currency),
        "timezone_name" => json!(property.timezone),
        "timezone_offset_hours_utc" => offset_hours(call, account)?,
        "balance" | "spend_cap" => json!("0"),
        "owner" => json!("122104839275530618"),
        "created_time" => json!("2023-03-06T10:12:44+0100"),
        _ => return None,
    })
}

/// The id without `act_`.
pub(super) fn account_id(account: &Account) -> &str {
    let id = account.property.meta_account.as_str();
    id.strip_prefix("act_").unwrap_or(id)
}

/// The offset on the newest day; a number, `5.5` for half hours.
fn offset_hours(call: &Call<'_>, account: &Account) -> Option<Value> {
    let zone = TimeZone::get(&account.property.timezone).ok()?;
    let noon = call.simulator.world.newest.at(12, 0, 0, 0).to_zoned(zone).ok()?;
    let quarters = noon.offset().seconds() / 900;
    let fraction =
        ["", ".25", ".5", ".75"].get(usize::try_from(quarters.unsigned_abs() % 4).ok()?)?;
    let sign = if quarters < 0 { "-" } else { "" };
    serde_json::from_str(&format!("{sign}{}{fraction}", quarters.unsigned_abs() / 4)).ok()
}
