//! Checks of single values: what a field must look like, and the fix if it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use lettre::message::Mailbox;
use toml::de::DeValue;
use url::{Host, Url};
use weekledger_events::{AccountId, Currency, Digest, RecipientKey, ReportId, Week};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::figure::{Level, Metric};

use super::error::{Flaw, looks_secret};
use super::nearest::nearest;
use super::settings::{ContactProperty, Provider};
use super::zone_names::nearest_zone;
use crate::ports::MailAddress;

/// Longer texts do not fit a subject line or a table.
const TEXT_CHARS_MAX: usize = 200;

/// What a value is, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn string<'a>(value: &'a DeValue<'a>) -> Result<&'a str, Flaw> {
    value.as_str().ok_or_else(|| {
        Flaw::new(format!("expected a text, found {}", kind(value)), "put the value in quotes")
    })
}

/// A text that fits on one line.
pub fn text(value: &DeValue<'_>) -> Result<String, Flaw> {
    let text = string(value)?.trim();
    if text.is_empty() {
        return Err(Flaw::new("the text is empty", "write something, or remove the field"));
    }
    if text.chars().any(char::is_control) {
        return Err(Flaw::new(
            "the text holds a line break or another control character",
            "write it on one line",
        ));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Flaw::new(
            format!("the text is longer than {TEXT_CHARS_MAX} characters"),
            "shorten it",
        ));
    }
    Ok(text.to_owned())
}

pub fn flag(value: &DeValue<'_>) -> Result<bool, Flaw> {
    value.as_bool().ok_or_else(|| {
        let what = format!("expected true or false, found {}", kind(value));
        Flaw::new(what, "write true or false without quotes")
    })
}

/// A whole number from `min` to `max`.
pub fn number(value: &DeValue<'_>, min: u64, max: u64) -> Result<u64, Flaw> {
    let fix = format!("write a whole number from {min} to {max} without quotes");
    let integer = value.as_integer().ok_or_else(|| {
        Flaw::new(format!("expected a whole number, found {}", kind(value)), fix.clone())
    })?;
    u64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| Flaw::new(format!("{integer} is not from {min} to {max}"), fix))
}

/// The same for fields of 32 bits.
pub fn small(min: u32, max: u32) -> impl FnOnce(&DeValue<'_>) -> Result<u32, Flaw> {
    move |value| Ok(u32::try_from(number(value, min.into(), max.into())?).unwrap_or(max))
}

/// A list of single-line texts, at least `min`, none twice.
pub fn texts(min: usize) -> impl FnOnce(&DeValue<'_>) -> Result<Vec<String>, Flaw> {
    move |value| {
        let list = value.as_array().ok_or_else(|| {
            let what = format!("expected a list of texts, found {}", kind(value));
            Flaw::new(what, "write it in brackets, such as [\"one\", \"two\"]")
        })?;
        let texts: Vec<String> =
            list.iter().map(|element| text(element.get_ref())).collect::<Result<_, _>>()?;
        if texts.len() < min {
            return Err(Flaw::new("the list is empty", "write at least one, or remove the field"));
        }
        match texts.iter().enumerate().find(|(at, text)| texts[..*at].contains(text)) {
            Some((_, twice)) => {
                Err(Flaw::new(format!("\"{twice}\" stands in the list twice"), "remove one"))
            }
            None => Ok(texts),
        }
    }
}

pub fn contact_properties(value: &DeValue<'_>) -> Result<Vec<ContactProperty>, Flaw> {
    let names = texts(0)(value)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match names.iter().find(|name| !name.chars().all(plain)) {
        Some(odd) => Err(Flaw::new(
            format!("\"{odd}\" is not the internal name of a contact property"),
            "use the internal name from HubSpot's property settings: lower-case letters, digits \
             and underscores",
        )),
        None => Ok(names.into_iter().map(|property| ContactProperty { property }).collect()),
    }
}

pub fn report_id(value: &DeValue<'_>) -> Result<ReportId, Flaw> {
    let text = string(value)?;
    ReportId::parse(text).map_err(|_| slug_flaw(text, "a report id"))
}

pub fn week(value: &DeValue<'_>) -> Result<Week, Flaw> {
    let text = string(value)?;
    Week::parse(text).map_err(|_| {
        let what = format!("{} is not a week", quoted(text));
        Flaw::new(what, "write year and ISO week, such as \"2026-W40\"")
    })
}

pub fn recipient_key(value: &DeValue<'_>) -> Result<RecipientKey, Flaw> {
    let text = string(value)?;
    RecipientKey::parse(text).map_err(|_| slug_flaw(text, "a recipient key"))
}

fn slug_flaw(text: &str, kind: &str) -> Flaw {
    let rule = "a lower-case letter first, then up to 39 lower-case letters, digits or hyphens";
    let word = |part: &str| part.to_ascii_lowercase();
    let proposal: String = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(word)
        .collect::<Vec<_>>()
        .join("-");
    let proposal = ReportId::parse(&proposal)
        .map_or(String::new(), |proposal| format!(", for example \"{proposal}\""));
    Flaw::new(format!("{} is not {kind}", quoted(text)), format!("write {rule}{proposal}"))
}

/// A Meta ad account, with or without `act_`.
pub fn meta_account(value: &DeValue<'_>) -> Result<AccountId, Flaw> {
    let text = string(value)?.trim();
    let digits = text.strip_prefix("act_").unwrap_or(text);
    AccountId::parse(&format!("act_{digits}")).map_err(|_| {
        Flaw::new(
            format!("{} is not a Meta ad account id", quoted(text)),
            "write the digits after act= in Ads Manager's address, such as \"1234567890\"",
        )
    })
}

pub fn time_zone(value: &DeValue<'_>) -> Result<TimeZone, Flaw> {
    let text = string(value)?.trim();
    let known = TimeZone::get(text).ok().filter(|zone| zone.iana_name().is_some());
    known.ok_or_else(|| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let fix = match nearest_zone(text, names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "write an IANA name such as \"Europe/Amsterdam\" or \"America/Chicago\"".into(),
        };
        Flaw::new(format!("{} is not a known time zone", quoted(text)), fix)
    })
}

pub fn currency(value: &DeValue<'_>) -> Result<Currency, Flaw> {
    let text = string(value)?.trim();
    Currency::parse(text).map_err(|_| {
        let what = format!("{} is not a currency", quoted(text));
        Flaw::new(what, "write its three capital letters, such as \"EUR\" or \"USD\"")
    })
}

/// A time of day in whole minutes: `"05:00"`, or TOML's own local time.
pub fn time_of_day(value: &DeValue<'_>) -> Result<Time, Flaw> {
    let fix = "write hours and minutes, such as \"05:00\"";
    let written = match value {
        DeValue::String(text) => text.trim().to_owned(),
        DeValue::Datetime(datetime) => minutes(&datetime.to_string()).to_owned(),
        other => {
            return Err(Flaw::new(format!("expected a time of day, found {}", kind(other)), fix));
        }
    };
    let parts = written.split_once(':').filter(|(hour, minute)| {
        let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        two(hour) && two(minute)
    });
    parts
        .and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)))
        .filter(|(hour, minute): &(i8, i8)| *hour < 24 && *minute < 60)
        .map(|(hour, minute)| time(hour, minute, 0, 0))
        .ok_or_else(|| Flaw::new(format!("{} is not a time of day", quoted(&written)), fix))
}

/// Drops seconds if they are zero.
fn minutes(time: &str) -> &str {
    time.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(time)
}

/// A base address without a slash at its end. Plain http only reaches this machine, since the
/// requests carry tokens.
pub fn base_url(value: &DeValue<'_>) -> Result<String, Flaw> {
    let text = string(value)?.trim();
    let fix = "write an address such as \"https://graph.facebook.com\"";
    let url =
        Url::parse(text).map_err(|_| Flaw::new("the value is not an address", fix).hidden())?;
    if !url.username().is_empty() || url.password().is_some() {
        let what = "the address holds a user name or password";
        return Err(Flaw::new(what, "remove what stands before the @").hidden());
    }
    if url.query().is_some() || url.fragment().is_some() {
        let what = "the address holds a query";
        return Err(Flaw::new(what, "remove everything from the ? or # on").hidden());
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http", Some(_)) => {
            return Err(Flaw::new(
                "plain http would send the token readably over the network",
                "write https://; http:// is for this machine only (127.0.0.1, localhost)",
            ));
        }
        _ => return Err(Flaw::new("the address begins neither with http nor https", fix)),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// A version that is one segment of a path.
pub fn api_version(
    value: &DeValue<'_>,
    valid: fn(&str) -> bool,
    example: &str,
) -> Result<String, Flaw> {
    let text = string(value)?.trim();
    if valid(text) {
        return Ok(text.to_owned());
    }
    let what = format!("{} is not an API version", quoted(text));
    Err(Flaw::new(what, format!("write it as the provider does, such as {example}")))
}

pub fn meta_version(value: &DeValue<'_>) -> Result<String, Flaw> {
    let valid = |text: &str| {
        let numbers = text.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
        numbers.is_some_and(|(major, minor)| is_digits(major) && is_digits(minor))
    };
    api_version(value, valid, "\"v26.0\"")
}

pub fn hubspot_version(value: &DeValue<'_>) -> Result<String, Flaw> {
    let valid = |text: &str| match (text.strip_prefix('v'), text.split_once('-')) {
        (Some(number), _) => is_digits(number),
        (None, Some((year, month))) => {
            year.len() == 4 && month.len() == 2 && is_digits(year) && is_digits(month)
        }
        (None, None) => false,
    };
    api_version(value, valid, "\"2026-09\", or \"v3\"")
}

/// `2026-10-21`
pub fn date_version(value: &DeValue<'_>) -> Result<String, Flaw> {
    let valid = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    api_version(value, valid, "\"2026-10-21\"")
}

/// Whose figures may raise an alert.
pub fn alert_levels(value: &DeValue<'_>) -> Result<BTreeSet<Level>, Flaw> {
    let level = |word: &str| match word {
        "ad_set" => Err("an ad set has too few leads to be judged week by week"),
        word => Ok(AlertRule::LEVELS.into_iter().find(|level| level.as_str() == word)),
    };
    chosen(value, level, AlertRule::LEVELS.map(Level::as_str), "level of alerts")
}

/// Which figures may raise an alert, as people call them.
pub fn alert_figures(value: &DeValue<'_>) -> Result<BTreeSet<Metric>, Flaw> {
    let figure = |word: &str| match word {
        "leads" => Ok(Some(Metric::MetaLeads)),
        "cost" => Ok(Some(Metric::SpendPerLead)),
        "spend" => Err("spend is what somebody decided to spend, and is not judged"),
        "crm_leads" => Err("the rules are measured for Meta leads and their cost alone"),
        _ => Ok(None),
    };
    chosen(value, figure, ["leads", "cost"], "figure of alerts")
}

/// A list of some of a few words, at least one. The error of `meant` says why a word is none.
fn chosen<T: Ord, const N: usize>(
    value: &DeValue<'_>,
    meant: impl Fn(&str) -> Result<Option<T>, &'static str>,
    known: [&'static str; N],
    what: &str,
) -> Result<BTreeSet<T>, Flaw> {
    let listed = known.map(|word| format!("\"{word}\"")).join(", ");
    let one = |word: &String| match meant(word) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => {
            let fix = match nearest(word, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("choose from {listed}"),
            };
            Err(Flaw::new(format!("{} is no {what}", quoted(word)), fix))
        }
        Err(why) => {
            Err(Flaw::new(format!("{}: {why}", quoted(word)), format!("choose from {listed}")))
        }
    };
    texts(1)(value)?.iter().map(one).collect()
}

/// What accounts and campaigns are for, by their ids.
pub fn purposes(value: &DeValue<'_>) -> Result<BTreeMap<String, String>, Flaw> {
    let DeValue::Table(table) = value else {
        let fix = "write [analyst.purposes] on a line of its own, and lines like act_1 = \"spa\"";
        return Err(Flaw::new(format!("expected a table, found {}", kind(value)), fix));
    };
    let entry = |(id, value): (&toml::Spanned<toml::de::DeString<'_>>, _)| {
        let value: &toml::Spanned<DeValue<'_>> = value;
        Ok((id.get_ref().to_string(), text(value.get_ref())?))
    };
    table.iter().map(entry).collect()
}

/// `eu-central-1`
pub fn region(value: &DeValue<'_>) -> Result<String, Flaw> {
    let written = text(value)?;
    let parts: Vec<&str> = written.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let valid = match parts[..] {
        [ref words @ .., number] => {
            words.len() >= 2 && words.iter().all(is_word) && is_digits(number)
        }
        [] => false,
    };
    if valid {
        return Ok(written);
    }
    let what = format!("{} is not a region of AWS", quoted(&written));
    Err(Flaw::new(what, "write it as AWS does, such as \"eu-central-1\""))
}

fn is_digits(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// For whom the recommendations are; as the mail names them, and as people write them.
pub fn department(value: &DeValue<'_>) -> Result<String, Flaw> {
    let written = text(value)?;
    let name = match written.to_lowercase().as_str() {
        "marketing" => "Marketing",
        "digital" | "dev" | "digital/dev" => "Digital",
        "leadership" | "management" => "Leadership",
        _ => {
            let what = format!("{} is not a department", quoted(&written));
            let known = "\"Marketing\", \"Digital\" or \"Leadership\" (\"Management\" is the same)";
            return Err(Flaw::new(what, format!("write {known}")));
        }
    };
    Ok(name.to_owned())
}

pub fn provider(value: &DeValue<'_>) -> Result<Provider, Flaw> {
    match string(value)? {
        "rules" => Ok(Provider::Rules),
        "anthropic" => Ok(Provider::Anthropic),
        "bedrock" => Ok(Provider::Bedrock),
        other => {
            let fix = match nearest(other, ["rules", "anthropic", "bedrock"]) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "write \"rules\" (no model), \"anthropic\" or \"bedrock\"".into(),
            };
            Err(Flaw::new(format!("{} is not a provider of the analyst", quoted(other)), fix))
        }
    }
}

/// A plain address, as a recipient has it.
pub fn address(value: &DeValue<'_>) -> Result<MailAddress, Flaw> {
    let address = sender(value)?;
    match address.name() {
        None => Ok(address),
        Some(_) => Err(Flaw::new(
            "the address has a name in front of it",
            "write the address alone; the name has its own field",
        )),
    }
}

/// An address, or a name with the address in angle brackets.
pub fn sender(value: &DeValue<'_>) -> Result<MailAddress, Flaw> {
    let flaw =
        || Flaw::new("the value is not a mail address", "write it such as \"reports@example.com\"");
    let mailbox: Mailbox = text(value)?.parse().map_err(|_| flaw())?;
    // Host names without a dot and address literals cannot be reached from elsewhere.
    let reachable = mailbox.email.domain().contains('.') && !mailbox.email.domain().contains('[');
    if !reachable {
        return Err(flaw());
    }
    Ok(MailAddress::new(mailbox.email.to_string()).with_name(mailbox.name))
}

/// Stands for a recipient in the ledger: the same as long as report and address are the same.
pub fn derived_key(report: &ReportId, address: &MailAddress) -> Option<RecipientKey> {
    let named = format!("{report}\n{}", address.as_str().to_lowercase());
    RecipientKey::parse(&format!("r{}", Digest::of(named.as_bytes()).short())).ok()
}

/// A value as a sentence repeats it, unless it may be a secret in the wrong field.
fn quoted(text: &str) -> String {
    if looks_secret(text) {
        return "the value".to_owned();
    }
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
