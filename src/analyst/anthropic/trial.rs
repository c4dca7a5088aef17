//! The smallest question that there is, to find out whether a model answers at all.

use std::time::Duration;

use serde_json::json;

use super::door::Door;
use super::fault::{Fault, Remedy};
use super::understand;
use super::wire::{Limits, Wire};
use crate::config::AnalystSettings;
use crate::ports::{Secrets, with_causes};

/// Why a model was not asked, or did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    pub sentence: String,
    pub action: String,
    /// Time alone may mend it.
    pub may_pass: bool,
}

/// Asks a model for a word. It costs a few tokens, and nothing is kept.
///
/// # Errors
/// If no answer came, in words for whoever set the model up.
pub async fn asked(secrets: &dyn Secrets, settings: &AnalystSettings) -> Result<(), Unasked> {
    let question = json!({
        "model": settings.model,
        "max_tokens": 16,
        "messages": [{"role": "user", "content": "Answer with the word yes."}],
    });
    let (door, body) = (Door::of(settings), question.to_string().into_bytes());
    let proof = door.proof(secrets, &body).await.map_err(|error| Unasked {
        sentence: format!("The model cannot be asked: {}.", with_causes(&error)),
        action: format!("{}.", error.remedy()),
        may_pass: false,
    })?;
    let exchange = Duration::from_secs(30);
    let limits = Limits { exchange, idle: exchange, ..Limits::default() };
    let wire = Wire::new(&door, limits).map_err(unasked)?;
    match understand(&wire.send(&body, &proof).await) {
        // Cut after a few tokens, as it was asked to be.
        Ok(_) => Ok(()),
        Err(fault) if fault.ended == "max_tokens" => Ok(()),
        Err(fault) => Err(unasked(fault)),
    }
}

fn unasked(fault: Fault) -> Unasked {
    let may_pass = matches!(fault.remedy, Remedy::Retry { .. });
    let action = fault.action().unwrap_or("Run doctor again later.");
    Unasked {
        sentence: format!("The model does not answer: {} ({}).", fault.reason, fault.ended),
        action: action.to_owned(),
        may_pass,
    }
}
