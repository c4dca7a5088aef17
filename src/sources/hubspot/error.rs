//! HubSpot's errors, classified by status, category, policy and message.

use std::time::Duration;

use crate::sources::fault::{Fault, Remedy};
use crate::sources::json;
use crate::sources::parse;

/// The body of an error. Every field may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    pub message: String,
    pub category: String,
    pub policy: String,
}

impl ApiError {
    pub fn parse(body: &[u8]) -> Self {
        let Ok((_, fields)) = json::page(body) else { return Self::default() };
        let text = |name| json::field(&fields, name).and_then(json::scalar).unwrap_or_default();
        let category = Some(text("category")).filter(|text| !text.is_empty());
        Self {
            message: text("message"),
            category: category.unwrap_or_else(|| text("errorType")),
            policy: text("policyName"),
        }
    }
}

/// Which errors a rule is about. An empty list or text fits everything.
struct Rule {
    statuses: &'static [u16],
    /// In the category or the policy, in upper case.
    names: &'static str,
    /// In the message, in lower case.
    says: &'static str,
    verdict: Verdict,
}

struct Verdict {
    class: &'static str,
    remedy: Remedy,
    sentence: &'static str,
    action: &'static str,
}

const RETRY: Remedy = Remedy::Retry { after: None };
const LATER: &str = "Wait until HubSpot works again; status.hubspot.com tells of its trouble.";
const NEW_KEY: &str = "Make a new key: in HubSpot open Settings > Integrations > Service Keys, \
    create one with the scope crm.objects.contacts.read, and store it as WEEKLEDGER_HUBSPOT_TOKEN.";

const LIMIT_SECOND: Verdict = Verdict {
    class: "rate_limited",
    remedy: Remedy::Wait { at_least: Duration::from_secs(1) },
    sentence: "HubSpot allows no more requests for a moment.",
    action: "Wait some minutes: the limit ends by itself.",
};
const LIMIT_TEN_SECONDS: Verdict =
    Verdict { remedy: Remedy::Wait { at_least: Duration::from_secs(10) }, ..LIMIT_SECOND };
/// Resets at midnight of the HubSpot account: no wait within a run ends it.
const LIMIT_DAY: Verdict = Verdict {
    class: "daily_limit",
    remedy: Remedy::Pull,
    sentence: "HubSpot's requests for today are used up.",
    action: "Wait until midnight in the time zone of the HubSpot account, when the limit ends; what \
        uses it up stands in HubSpot under Settings > Integrations > API usage.",
};
const TOKEN: Verdict = Verdict {
    class: "token_invalid",
    remedy: Remedy::NewToken,
    sentence: "HubSpot no longer accepts the access token.",
    action: NEW_KEY,
};
const SCOPE: Verdict = Verdict {
    class: "permission_missing",
    remedy: Remedy::Pull,
    sentence: "HubSpot does not let the token read contacts.",
    action: "In HubSpot open Settings > Integrations > Service Keys, choose the key for this report, \
        and add the scope crm.objects.contacts.read.",
};
const UNAVAILABLE: Verdict = Verdict {
    class: "provider_unavailable",
    remedy: RETRY,
    sentence: "HubSpot has trouble of its own.",
    action: LATER,
};
const REFUSED: Verdict = Verdict {
    class: "request_refused",
    remedy: Remedy::Pull,
    sentence: "HubSpot refused the request.",
    action: "Tell whoever maintains this program, and install the version that mends its request.",
};

const fn rule(statuses: &'static [u16], verdict: Verdict) -> Rule {
    Rule { statuses, names: "", says: "", verdict }
}

/// First rule that fits.
const RULES: &[Rule] = &[
    Rule { names: "DAILY", ..rule(&[429], LIMIT_DAY) },
    Rule { says: "daily", ..rule(&[429], LIMIT_DAY) },
    Rule { names: "TEN_SECONDLY", ..rule(&[429], LIMIT_TEN_SECONDS) },
    Rule { says: "ten_secondly", ..rule(&[429], LIMIT_TEN_SECONDS) },
    Rule { names: "SECONDLY", ..rule(&[429], LIMIT_SECOND) },
    Rule { says: "secondly", ..rule(&[429], LIMIT_SECOND) },
    rule(&[429], LIMIT_TEN_SECONDS),
    Rule {
        names: "EXPIRED_AUTHENTICATION",
        ..rule(
            &[401],
            Verdict {
                class: "token_expired",
                sentence: "The access token for HubSpot has expired.",
                ..TOKEN
            },
        )
    },
    rule(&[401], TOKEN),
    // Cloudflare's answer in HubSpot's place when the header is not even shaped like a token.
    rule(
        &[530],
        Verdict {
            class: "token_malformed",
            sentence: "What was sent to HubSpot as access token is not one.",
            action: "Paste the key into WEEKLEDGER_HUBSPOT_TOKEN again, whole and without line breaks; \
            it begins with pat-.",
            ..TOKEN
        },
    ),
    Rule { names: "MISSING_SCOPES", ..rule(&[403], SCOPE) },
    Rule { says: "permission", ..rule(&[403], SCOPE) },
    Rule { says: "scope", ..rule(&[403], SCOPE) },
    rule(
        &[403],
        Verdict {
            class: "forbidden",
            sentence: "HubSpot refuses access.",
            action: "Check in HubSpot under Settings > Integrations > Service Keys that the key for \
            this report is active and has the scope crm.objects.contacts.read.",
            ..SCOPE
        },
    ),
    rule(
        &[423],
        Verdict {
            class: "locked",
            remedy: Remedy::Wait { at_least: Duration::from_secs(2) },
            sentence: "HubSpot is busy with a large change of the same data.",
            action: LATER,
        },
    ),
    rule(
        &[477],
        Verdict {
            class: "account_moving",
            remedy: Remedy::Wait { at_least: Duration::from_secs(60) },
            sentence: "HubSpot is moving the account to another data centre.",
            action: "Wait a day: the move ends by itself.",
        },
    ),
    rule(&[408, 425], UNAVAILABLE),
    rule(
        &[301, 302, 303, 307, 308, 404, 410],
        Verdict {
            class: "address_wrong",
            remedy: Remedy::Pull,
            sentence: "HubSpot's interface is not at the configured address.",
            action: "Correct base_url or api_version under [sources.hubspot]; the usual host is \
            api.hubapi.com, and HubSpot's changelog for developers names its versions.",
        },
    ),
];

/// `None` if the answer is no error.
pub fn classify(status: u16, body: &[u8]) -> Option<Fault> {
    if (200..300).contains(&status) && !says_error(body) {
        return None;
    }
    let error = ApiError::parse(body);
    let verdict = RULES
        .iter()
        .find(|rule| matches(rule, status, &error))
        .map(|rule| &rule.verdict)
        .unwrap_or(if !(300..500).contains(&status) { &UNAVAILABLE } else { &REFUSED });
    let own_words = match error.message.as_str() {
        "" => format!(" (HTTP status {status})"),
        said => {
            format!(" HubSpot's own words: \"{}\" (HTTP status {status})", parse::own_words(said))
        }
    };
    let sentence = format!("{}{own_words}", verdict.sentence);
    Some(Fault::new(verdict.class, verdict.remedy, sentence, verdict.action))
}

/// True if a first page was refused because it did not say `after`: some versions demand it.
pub(super) fn demands_after(fault: &Fault) -> bool {
    let status_400 = fault.evidence.as_ref().is_some_and(|page| page.http_status == 400);
    status_400 && fault.sentence.to_lowercase().contains("after")
}

fn matches(rule: &Rule, status: u16, error: &ApiError) -> bool {
    let (category, policy) = (error.category.to_uppercase(), error.policy.to_uppercase());
    rule.statuses.contains(&status)
        && (category.contains(rule.names) || policy.contains(rule.names))
        && error.message.to_lowercase().contains(rule.says)
}

/// HubSpot marks errors in the body too, and not every gateway keeps the status.
fn says_error(body: &[u8]) -> bool {
    let Ok((_, fields)) = json::page(body) else { return false };
    let status = json::field(&fields, "status").and_then(json::scalar);
    status.as_deref() == Some("error") && !fields.contains_key("results")
}
