//! `AnalysisGenerated`: the words, and the mail rendered and verified from them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InputRef;
use crate::{ArtifactRef, Digest, EventId};
use rust_decimal::Decimal;

/// The mail is fixed, byte for byte, but for its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisGenerated {
    /// The `MetricsComputed` that it speaks of.
    pub metrics: EventId,
    pub analyst: Analyst,
    /// The claims: every figure that the mail may show.
    pub claims: ArtifactRef,
    pub claim_count: u32,
    /// The words as structured parts, before rendering.
    pub words: ArtifactRef,
    pub exchanges: Vec<Exchange>,
    pub subject: String,
    pub html: ArtifactRef,
    pub text: ArtifactRef,
    pub template: Template,
    pub verification: Verification,
    /// What an earlier report asked for, where this one was to follow it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierActions>,
}

/// The actions of the last report that was sent before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlierActions {
    pub analysis: InputRef,
    /// An artifact of its own, so that the week can be made anew without the other.
    pub actions: ArtifactRef,
}

/// Who wrote the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analyst {
    /// `rules`, `anthropic` or `bedrock`.
    pub provider: String,
    pub model: Option<String>,
    /// Why the rules wrote although a model was configured, or that its words are not whole.
    pub fallback: Option<String>,
}

/// One archived exchange with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// `read`, `patterns`, `recommend` or `mend`.
    pub pass: String,
    pub attempt: u32,
    pub request: ArtifactRef,
    pub response: ArtifactRef,
    /// `end_turn`, or what went wrong, such as `refusal` or `http_529`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Digest of the prompt templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Digest>,
    /// Absent where the provider counted nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Tokens of one exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// All of them, from a cache or not.
    pub input_tokens: u64,
    /// With those of thinking.
    pub output_tokens: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_tokens: Option<u64>,
    /// By the list price; absent for a model without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub cost_usd: Option<Decimal>,
}

/// The templates that rendered the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub version: u32,
    /// Digest of the HTML and the text template, one after the other.
    pub digest: Digest,
}

/// What the verifier found in the finished mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    pub version: u32,
    /// Empty if every figure in the mail is its claim's.
    pub findings: Vec<String>,
    /// What it found in words that were not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}
