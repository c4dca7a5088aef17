//! Meta: the token, each ad account, and one real row of figures of each.

use jiff::Timestamp;
use serde_json::{Value, json};
use weekledger_events::Currency;
use weekledger_events::payload::Request;
use weekledger_projections::display::counted;

use super::probe::{Answer, Probe, ProbeError, integer, words};
use super::{Check, Doctor, Grade, accounts, next_delivery};
use crate::config::{Account, Report};
use crate::ports::SecretName;
use crate::sources::ask::others;
use crate::sources::fault::{Fault, Remedy};
use crate::sources::meta::usage::Usage;
use crate::sources::meta::{error, inactive, parse_account};
use crate::sources::rows::AccountInfo;

const AREA: &str = "meta";
const NAME: &str = "Meta";

/// Less time than this is too little for somebody on holiday.
const DAYS_MIN: i64 = 14;

const NEW_TOKEN: &str = "Make a new token: in Meta Business Settings open Users > System users, \
    choose the one for this report, press \"Generate new token\" with the permission ads_read, and \
    store it as WEEKLEDGER_META_TOKEN.";

pub(super) async fn checks(doctor: &Doctor<'_>, reports: &[&Report]) -> Vec<Check> {
    let token = match doctor.secrets.read(SecretName::MetaToken).await {
        Ok(token) => token,
        Err(error) => return vec![Check::of_secret(AREA, NAME, &error, NEW_TOKEN)],
    };
    let settings = &doctor.config.meta;
    let others = others(doctor.secrets, SecretName::MetaToken).await;
    let probe = match Probe::new(NAME, &settings.base_url, &doctor.config.limits, token, others) {
        Ok(probe) => probe,
        Err(fault) => return vec![Check::of_fault(AREA, "token", NAME, *fault)],
    };
    let base = settings.base_url.trim_end_matches('/');
    let base = format!("{base}/{}", settings.api_version.trim_matches('/'));
    let mut checks = match debug_token(&probe, &base).await {
        Ok(facts) => {
            let now = doctor.clock.now();
            token_checks(&facts["data"], now, next_delivery(reports, now))
        }
        // Nothing else can be read with a token that is refused.
        Err(fault) if matches!(fault.remedy, Remedy::NewToken | Remedy::Report) => {
            return vec![Check::of_fault(AREA, "token", NAME, *fault)];
        }
        Err(fault) => vec![untold(*fault)],
    };
    for (report, account) in accounts(reports) {
        checks.extend(of_account(&probe, &base, report, account, doctor).await);
    }
    checks
}

/// A report needs figures, and no facts about its token: only a real row proves anything.
fn untold(fault: Fault) -> Check {
    let may_pass = fault.may_pass();
    let sentence =
        format!("It cannot be seen whose the token is and how long it lasts. {}", fault.sentence);
    let action = format!(
        "Nothing for the report itself, as long as the figures of each account can be read. {}",
        fault.action
    );
    Check::pass(AREA, "token", NAME, sentence).unseen(may_pass, action)
}

/// The token goes into the body, since addresses end up in logs; `method` makes it a question.
async fn debug_token(probe: &Probe, base: &str) -> Result<Value, ProbeError> {
    let body = json!({ "input_token": probe.token().expose(), "method": "get" }).to_string();
    let request = Request::new("POST", &format!("{base}/debug_token"), Some(body));
    let facts = answered(probe.ask(&request).await?)?.json();
    if facts["data"].is_object() {
        return Ok(facts);
    }
    Err(Box::new(Fault::new(
        "page_unexpected",
        Remedy::Pull,
        "Meta's answer about the token cannot be read.",
        "Check that base_url under [sources.meta] names Meta, with no proxy between.",
    )))
}

/// What the facts about a token mean at `now`, for a report that goes out at `delivery`.
pub fn token_checks(facts: &Value, now: Timestamp, delivery: Option<Timestamp>) -> Vec<Check> {
    let owner = owner(facts);
    if facts["is_valid"].as_bool() != Some(true) {
        let said = words(&facts["error"]["message"]).unwrap_or_default();
        let sentence = format!("The access token of {owner} is not valid. {said}");
        let check = Check::pass(AREA, "token", NAME, sentence.trim_end());
        return vec![check.graded(Grade::Fail, NEW_TOKEN)];
    }
    let valid = format!("The access token is valid; it belongs to {owner}.");
    let mut checks = vec![Check::pass(AREA, "token", NAME, valid)];
    if facts["type"] == "USER" {
        let sentence = "The token belongs to a person: it ends with a password change or holiday.";
        let check = Check::pass(AREA, "token_owner", NAME, sentence);
        checks.push(check.graded(Grade::Warn, NEW_TOKEN));
    }
    checks.push(scopes(facts));
    checks.push(days_left(facts, now, delivery));
    checks
}

fn owner(facts: &Value) -> String {
    let kind = match facts["type"].as_str() {
        Some("SYSTEM_USER") => "system user",
        Some("USER") => "person",
        Some("PAGE") => "page",
        Some("APP") => "app",
        _ => "owner",
    };
    let id = words(&facts["user_id"]).unwrap_or_else(|| "unknown".to_owned());
    let app = words(&facts["application"]).or_else(|| words(&facts["app_id"]));
    let app = app.map(|app| format!(" of the app \"{app}\"")).unwrap_or_default();
    format!("{kind} {id}{app}")
}

fn scopes(facts: &Value) -> Check {
    let scopes: Vec<&str> =
        facts["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let enough = scopes.iter().any(|scope| matches!(*scope, "ads_read" | "ads_management"));
    if enough {
        return Check::pass(AREA, "scopes", NAME, "The token may read ads (ads_read).");
    }
    let sentence = "The token lacks the permission ads_read.";
    Check::pass(AREA, "scopes", NAME, sentence).graded(Grade::Fail, NEW_TOKEN)
}

/// Zero means never. Access to data ends by itself, even if the token does not.
fn days_left(facts: &Value, now: Timestamp, delivery: Option<Timestamp>) -> Check {
    let end = |name: &str| integer(&facts[name]).filter(|seconds| *seconds > 0);
    let ends = [("The token", "expires_at"), ("Its access to data", "data_access_expires_at")];
    let ends = ends.into_iter().filter_map(|(what, name)| Some((end(name)?, what)));
    let Some((seconds, what)) = ends.min() else {
        return Check::pass(AREA, "days_left", NAME, "The token has no end.");
    };
    let days = seconds.saturating_sub(now.as_second()).div_euclid(86_400);
    let until = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let day = until.strftime("%Y-%m-%d");
    let ends = match u64::try_from(days) {
        Err(_) => format!("{what} ended on {day}"),
        Ok(0) => format!("{what} ends on {day}, in less than a day"),
        Ok(days) => format!("{what} ends on {day}, in {}", counted(days.into(), "day", "days")),
    };
    let too_early = delivery.is_some_and(|delivery| until < delivery);
    let (sentence, grade) = match days {
        ..0 => (format!("{ends}."), Grade::Fail),
        _ if too_early => (format!("{ends}: before the next report is sent."), Grade::Fail),
        0..DAYS_MIN => (format!("{ends}."), Grade::Warn),
        _ => (format!("{ends}."), Grade::Pass),
    };
    let check = Check::pass(AREA, "days_left", NAME, sentence);
    if grade == Grade::Pass { check } else { check.graded(grade, NEW_TOKEN) }
}

async fn of_account(
    probe: &Probe,
    base: &str,
    report: &Report,
    account: &Account,
    doctor: &Doctor<'_>,
) -> Vec<Check> {
    let id = &account.settings.account;
    let subject = format!("{} ({id})", account.settings.name);
    let fields = "account_id,account_status,disable_reason,currency,timezone_name,name";
    let request = Request::new("GET", &format!("{base}/{id}?fields={fields}"), None);
    let answer = match probe.ask(&request).await.and_then(answered) {
        Ok(answer) => answer,
        Err(fault) => return vec![Check::of_fault(AREA, "account", subject, *fault)],
    };
    let mut checks = account_checks(&answer.body, &subject, &Expected::of(report, account));
    checks.extend(insights(probe, base, account, &subject, doctor).await);
    checks
}

/// What the configuration says of an ad account.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The zone that weeks are expected in.
    pub zone: &'a str,
    /// False if it is only the report's.
    pub of_account: bool,
    pub currency: Option<&'a Currency>,
}

impl<'a> Expected<'a> {
    fn of(report: &'a Report, account: &'a Account) -> Self {
        let zone = account.time_zone.as_ref();
        Self {
            zone: zone.unwrap_or(&report.time_zone).iana_name().unwrap_or("UTC"),
            of_account: zone.is_some(),
            currency: account.settings.currency.as_ref(),
        }
    }
}

/// What an ad account says of itself, against the configuration.
pub fn account_checks(body: &[u8], subject: &str, expected: &Expected<'_>) -> Vec<Check> {
    let info = match parse_account(body) {
        Ok(info) => info,
        Err(error) => {
            let sentence = format!("Meta's description of the account cannot be read: {error}.");
            let check = Check::pass(AREA, "account", subject, sentence);
            let action =
                "Check that base_url under [sources.meta] names Meta, with no proxy between.";
            return vec![check.graded(Grade::Fail, action)];
        }
    };
    let status = match inactive(&info) {
        None => {
            let sentence = format!("The ad account is active; its currency is {}.", info.currency);
            Check::pass(AREA, "account", subject, sentence)
        }
        Some(finding) => {
            let facts: Value = serde_json::from_slice(body).unwrap_or_default();
            let sentence = format!("{}{}", finding.message, disabled_for(&facts));
            let action = finding.action.unwrap_or_else(|| "Look at it in Ads Manager.".to_owned());
            Check::pass(AREA, "account", subject, sentence).graded(Grade::Warn, action)
        }
    };
    let currency = expected.currency.map(|currency| currency_check(&info, subject, currency));
    [Some(status), currency, Some(zone_check(&info, subject, expected))]
        .into_iter()
        .flatten()
        .collect()
}

fn currency_check(info: &AccountInfo, subject: &str, expected: &Currency) -> Check {
    let found = &info.currency;
    if found == expected {
        let sentence = format!("Its currency is {found}, as expected.");
        return Check::pass(AREA, "currency", subject, sentence);
    }
    let sentence = format!("Its currency is {found}, and the configuration expects {expected}.");
    let action = format!(
        "Compare meta_account with the number in Ads Manager. If it is the right account, write \
         currency = \"{found}\" to it in the configuration."
    );
    Check::pass(AREA, "currency", subject, sentence).graded(Grade::Fail, action)
}

/// A zone that is only the report's was not said of the account, so it is no contradiction.
fn zone_check(info: &AccountInfo, subject: &str, expected: &Expected<'_>) -> Check {
    let (found, zone) = (&info.time_zone, expected.zone);
    if found == zone {
        let sentence = format!("Its weeks are cut in {found}, as expected.");
        return Check::pass(AREA, "time_zone", subject, sentence);
    }
    let sentence = format!("Its time zone is {found}, and the configuration expects {zone}.");
    let grade = if expected.of_account { Grade::Fail } else { Grade::Warn };
    let action = format!("Write timezone = \"{found}\" to the account in the configuration.");
    Check::pass(AREA, "time_zone", subject, sentence).graded(grade, action)
}

fn disabled_for(facts: &Value) -> &'static str {
    match integer(&facts["disable_reason"]) {
        Some(1) => " Reason: the ads broke a policy on integrity.",
        Some(2) => " Reason: a review of intellectual property.",
        Some(3) => " Reason: a risk with payments.",
        Some(4) => " Reason: the account was shut down.",
        Some(5) => " Reason: a review of ads.",
        Some(6) => " Reason: a review of the business.",
        Some(7) => " Reason: it is closed for good.",
        _ => "",
    }
}

/// A real row is the only proof that figures can be read.
async fn insights(
    probe: &Probe,
    base: &str,
    account: &Account,
    subject: &str,
    doctor: &Doctor<'_>,
) -> Vec<Check> {
    let query = "level=account&date_preset=yesterday&limit=1&fields=spend,account_currency";
    let id = &account.settings.account;
    let request = Request::new("GET", &format!("{base}/{id}/insights?{query}"), None);
    let answer = match probe.ask(&request).await.and_then(answered) {
        Ok(answer) => answer,
        Err(fault) => return vec![Check::of_fault(AREA, "insights", subject, *fault)],
    };
    let body = answer.json();
    let Some(rows) = body["data"].as_array() else {
        let check = Check::pass(AREA, "insights", subject, "Meta's figures cannot be read.");
        let action = "Check that base_url under [sources.meta] names Meta, with no proxy between.";
        return vec![check.graded(Grade::Fail, action)];
    };
    let sentence = match rows.first().and_then(|row| Some((row, words(&row["spend"])?))) {
        Some((row, spend)) => {
            let currency = words(&row["account_currency"]).map(|code| code + " ");
            let currency = currency.unwrap_or_default();
            format!("Its figures can be read: {currency}{spend} were spent yesterday.")
        }
        None => "Its figures can be read; nothing was delivered yesterday.".to_owned(),
    };
    let read = Check::pass(AREA, "insights", subject, sentence);
    vec![read, limits(&Usage::read(&answer.headers), subject, doctor)]
}

fn limits(usage: &Usage, subject: &str, doctor: &Doctor<'_>) -> Check {
    let percent = usage.percent();
    if percent >= doctor.config.meta.pace.slow_percent.into() {
        let sentence = format!("{percent} % of a limit of Meta's are used up at the moment.");
        let action = "Look which other tools use the account; requests are slowed down meanwhile.";
        return Check::pass(AREA, "limits", subject, sentence).graded(Grade::Warn, action);
    }
    let tier = if usage.full_access { "full" } else { "limited, or not named" };
    let sentence = format!("{percent} % of Meta's limits are used; the access tier is {tier}.");
    Check::pass(AREA, "limits", subject, sentence)
}

fn answered(answer: Answer) -> Result<Answer, ProbeError> {
    match error::classify(answer.status, &Usage::read(&answer.headers), &answer.body) {
        Some(fault) => Err(Box::new(fault) as Box<Fault>),
        None => Ok(answer),
    }
}
