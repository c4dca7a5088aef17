//! The model that writes the words, if one does: the key works and the model exists.

use reqwest::header::{HeaderMap, HeaderValue};
use weekledger_events::payload::Request;

use super::probe::{Probe, ProbeError, words};
use super::{Check, Doctor, Grade};
use crate::analyst::anthropic::{Unasked, asked};
use crate::config::Provider;
use crate::ports::SecretName;
use crate::sources::ask::others;
use crate::sources::fault::{Fault, Remedy};
use crate::sources::http::secret_value;

const AREA: &str = "model";
const NAME: &str = "Anthropic";

/// The oldest that every model is served under.
const VERSION: &str = "2023-06-01";

/// Without a model the rules write, so nothing here stops a report.
const WITHOUT: &str = "the rules write the words meanwhile";

pub(super) async fn checks(doctor: &Doctor<'_>) -> Vec<Check> {
    let analyst = &doctor.config.analyst;
    let subject = analyst.model.clone();
    let check = match analyst.provider {
        Provider::Rules => {
            Check::pass(AREA, "model", "rules", "The rules write the words; no model is needed.")
        }
        Provider::Bedrock => match asked(doctor.secrets, &doctor.config.analyst).await {
            Ok(()) => {
                let sentence = "The model on Bedrock answers.";
                Check::pass(AREA, "model", subject, sentence)
            }
            Err(Unasked { sentence, action, may_pass }) => {
                let sentence = format!("{sentence} As long as that is so, {WITHOUT}.");
                let check = Check::pass(AREA, "model", subject, sentence);
                Check { may_pass, ..check.graded(Grade::Warn, action) }
            }
        },
        Provider::Anthropic => match look(doctor).await {
            Ok(name) => {
                let sentence = format!("The model exists and the key may use it ({name}).");
                Check::pass(AREA, "model", subject, sentence)
            }
            Err(fault) => {
                let sentence = format!("{} As long as that is so, {WITHOUT}.", fault.sentence);
                let may_pass = fault.may_pass();
                Check::pass(AREA, "model", subject, sentence).unseen(may_pass, fault.action)
            }
        },
    };
    vec![check]
}

/// The model's own name.
async fn look(doctor: &Doctor<'_>) -> Result<String, ProbeError> {
    let analyst = &doctor.config.analyst;
    let key = doctor.secrets.read(SecretName::AnthropicKey).await.map_err(|error| {
        fault(
            Remedy::Report,
            format!("There is no usable key for the model: {error}."),
            "Make a key on platform.claude.com and store it as WEEKLEDGER_ANTHROPIC_KEY.",
        )
    })?;
    let mut headers = HeaderMap::new();
    let malformed = |_| {
        fault(
            Remedy::Report,
            "The key for the model holds characters that no key has.".to_owned(),
            "Paste it into WEEKLEDGER_ANTHROPIC_KEY again, whole and without line breaks.",
        )
    };
    headers.insert("x-api-key", secret_value(key.expose()).map_err(malformed)?);
    headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
    let others = others(doctor.secrets, SecretName::AnthropicKey).await;
    let probe = Probe::new(NAME, &analyst.base_url, &doctor.config.limits, key, others)?;
    let base = analyst.base_url.trim_end_matches('/');
    let request = Request::new("GET", &format!("{base}/v1/models/{}", analyst.model), None);
    let answer = probe.ask_with(&request, headers).await?;
    let facts = answer.json();
    let said = words(&facts["error"]["message"]).map(|said| format!(" Its own words: \"{said}\""));
    let said = format!("{} (HTTP status {})", said.unwrap_or_default(), answer.status);
    let refused = |sentence: &str, action: &str| {
        Err(fault(Remedy::Report, format!("{sentence}{said}."), action))
    };
    match answer.status {
        200..300 if facts["id"].is_string() => {
            Ok(words(&facts["display_name"]).unwrap_or_else(|| analyst.model.clone()))
        }
        401 => refused(
            "Anthropic does not accept the key for the model.",
            "Make a new key on platform.claude.com and store it as WEEKLEDGER_ANTHROPIC_KEY.",
        ),
        403 => refused(
            "The key may not use the model.",
            "Look on platform.claude.com what the key's workspace may use.",
        ),
        404 => refused(
            "Anthropic has no such model.",
            "Set model under [analyst] to one that platform.claude.com lists.",
        ),
        402 => refused(
            "Anthropic wants to be paid first.",
            "Look on platform.claude.com under Billing.",
        ),
        408 | 429 | 500.. => Err(fault(
            Remedy::Retry { after: None },
            format!("Anthropic cannot answer at the moment.{said}."),
            "Run doctor again later.",
        )),
        _ => refused(
            "Anthropic's answer makes no sense.",
            "Compare base_url under [analyst] with the README.",
        ),
    }
}

fn fault(remedy: Remedy, sentence: String, action: &str) -> ProbeError {
    Box::new(Fault::new("model", remedy, sentence, action))
}
