//! The analyst over the Messages API, of Anthropic or of Bedrock: three passes as separate
//! exchanges of one conversation, and a fourth that mends what the verifier found. Every attempt is
//! archived and checkpointed, so that a resumed stage pays for nothing twice.

mod answer;
mod brief;
mod door;
mod fault;
mod meaning;
mod prompt;
mod stream;
mod thinking;
mod trial;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use weekledger_events::payload::Exchange;
use weekledger_events::{ArtifactRef, Digest, canonical};
use weekledger_projections::claim::Claim;
use weekledger_projections::words::{Action, Words};

use super::{Analyst, AnalystError, Brief, Written, rules};
use crate::config::Provider;
use crate::ports::{ArtifactName, Cause, Created, SecretsError, StepName};
use crate::stages::{StageContext, read_evidence};

use answer::Given;
use door::{Door, Proof};
pub use fault::action;
use fault::{Fault, Remedy};
use wire::Wire;

pub use answer::schema;
pub use brief::{CLAIMS_MAX, chosen, data, earlier};
pub use stream::{Message, StreamError};
pub use thinking::thinking;
pub use trial::{Unasked, asked};
pub use wire::Limits;

/// One exchange of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    Read,
    Patterns,
    Recommend,
    /// The second attempt, with the verifier's findings.
    Mend,
}

impl Pass {
    const WRITE: [Self; 3] = [Self::Read, Self::Patterns, Self::Recommend];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Patterns => "patterns",
            Self::Recommend => "recommend",
            Self::Mend => "mend",
        }
    }
}

/// Writes with a model that one of the providers serves.
pub struct Anthropic<'a> {
    ctx: &'a StageContext<'a>,
    limits: Limits,
}

/// What became of one attempt, as its checkpoint keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    exchange: Exchange,
    /// Whether the answer can be used; otherwise the reason why not.
    reason: Option<String>,
    /// After how many milliseconds the same request may be sent once more; never if absent.
    again_after: Option<u64>,
}

/// A conversation in the making.
struct Talk<'a> {
    claims: Vec<&'a Claim>,
    findings: Vec<u32>,
    advice: BTreeMap<u32, Action>,
    weeks: Vec<String>,
    messages: Vec<Value>,
    words: Words,
    exchanges: Vec<Exchange>,
    model: Option<String>,
}

#[async_trait]
impl Analyst for Anthropic<'_> {
    fn provider(&self) -> &'static str {
        match self.ctx.settings.analyst.provider {
            Provider::Bedrock => "bedrock",
            Provider::Anthropic | Provider::Rules => "anthropic",
        }
    }

    async fn write(&self, brief: Brief<'_>) -> Result<Written, AnalystError> {
        Ok(self.talk(brief).await?.written())
    }

    async fn mend(&self, brief: Brief<'_>, findings: &[String]) -> Result<Written, AnalystError> {
        // The first three passes come from their checkpoints.
        let mut talk = self.talk(brief).await?;
        self.pass(brief, &mut talk, Pass::Mend, prompt::mend(findings)).await?;
        Ok(talk.written())
    }
}

impl<'a> Anthropic<'a> {
    pub fn new(ctx: &'a StageContext<'a>) -> Self {
        Self { ctx, limits: Limits::default() }
    }

    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    async fn talk<'b>(&self, brief: Brief<'b>) -> Result<Talk<'b>, AnalystError> {
        let claims = chosen(brief.claims);
        if claims.is_empty() || brief::is_empty(brief.claims) {
            return Err(unusable("there is nothing to write about", Vec::new()));
        }
        let mut talk = Talk {
            claims,
            findings: brief.claims.findings.iter().map(|quoted| quoted.index).collect(),
            advice: rules::of_findings(brief)
                .into_iter()
                .map(|(index, (_, action))| (index, action))
                .collect(),
            weeks: brief::weeks(brief.claims),
            messages: Vec::new(),
            words: Words::default(),
            exchanges: Vec::new(),
            model: None,
        };
        for pass in Pass::WRITE {
            let said = match pass {
                Pass::Read => {
                    prompt::read(&data(brief, &self.ctx.settings.analyst.purposes).to_string())
                }
                Pass::Patterns => prompt::patterns(),
                Pass::Recommend | Pass::Mend => prompt::recommend(&earlier(brief)),
            };
            self.pass(brief, &mut talk, pass, said).await?;
        }
        Ok(talk)
    }

    /// One exchange, tried as often as the policy allows.
    async fn pass(
        &self,
        brief: Brief<'_>,
        talk: &mut Talk<'_>,
        pass: Pass,
        said: String,
    ) -> Result<(), AnalystError> {
        talk.messages.push(json!({"role": "user", "content": said}));
        let request = self.request(talk, pass)?;
        let mut number = 1;
        loop {
            let attempt = self.attempt(brief, talk, pass, &request, number).await?;
            talk.exchanges.push(attempt.exchange.clone());
            match (attempt.reason, attempt.again_after) {
                (None, _) => return self.accept(talk, pass, &attempt.exchange).await,
                (Some(_), Some(millis)) => {
                    let pause = Duration::from_millis(millis);
                    self.demand(brief, pause, &talk.exchanges)?;
                    self.ctx.clock.sleep(pause).await;
                    number += 1;
                }
                (Some(reason), _) => {
                    return Err(unusable(&reason, std::mem::take(&mut talk.exchanges)));
                }
            }
        }
    }

    /// The bytes that are sent, and archived as they are.
    fn request(&self, talk: &Talk<'_>, pass: Pass) -> Result<Vec<u8>, AnalystError> {
        let model = &self.ctx.settings.analyst.model;
        let advice: Vec<u32> = talk.advice.keys().copied().collect();
        let schema = schema(pass, &talk.claims, &talk.findings, &advice);
        let request = thinking::request(model, prompt::system(), &talk.messages, schema);
        canonical::to_bytes(&request).map_err(|error| AnalystError::Archive(Box::new(error)))
    }

    /// One attempt: recalled, or made.
    async fn attempt(
        &self,
        brief: Brief<'_>,
        talk: &mut Talk<'_>,
        pass: Pass,
        request: &[u8],
        number: u32,
    ) -> Result<Attempt, AnalystError> {
        let step = self.step(pass, request, number);
        if let Some(record) = self.ctx.archive.read(&step).await.map_err(archive)? {
            tracing::debug!(pass = pass.as_str(), number, "exchange reused");
            return serde_json::from_slice(&record).map_err(archive);
        }
        let made = self.exchange(brief, talk, pass, request, number).await?;
        let record = canonical::to_bytes(&made).map_err(archive)?;
        match self.ctx.archive.create(&step, &record).await.map_err(archive)? {
            Created::New | Created::Same => Ok(made),
            // Another invocation was first, and its record counts.
            Created::Other(earlier) => serde_json::from_slice(&earlier).map_err(archive),
        }
    }

    /// Made of run, trigger, pass, request and attempt.
    fn step(&self, pass: Pass, request: &[u8], number: u32) -> ArtifactName {
        let step = format!("{}-{}", pass.as_str(), Digest::of(request).short());
        ArtifactName::evidence_step(self.ctx.run, &StepName::new(self.ctx.trigger, &step, number))
    }

    async fn exchange(
        &self,
        brief: Brief<'_>,
        talk: &mut Talk<'_>,
        pass: Pass,
        request: &[u8],
        number: u32,
    ) -> Result<Attempt, AnalystError> {
        let archived = self.keep(request).await?;
        let door = Door::of(&self.ctx.settings.analyst);
        let mut key_read_again = false;
        let (body, outcome) = loop {
            self.demand(brief, Duration::ZERO, &talk.exchanges)?;
            let proof = self.proof(&door, request, &talk.exchanges).await?;
            let wire = match Wire::new(&door, self.limits) {
                Ok(wire) => wire,
                Err(fault) => break (Vec::new(), Err(fault)),
            };
            let answer = wire.send(request, &proof).await;
            let outcome = understand(&answer);
            if !key_read_again && matches!(&outcome, Err(fault) if fault.remedy == Remedy::NewKey) {
                key_read_again = true;
                self.ctx.secrets.forget(door.key()).await;
                continue;
            }
            break (without(answer.body, &proof), outcome);
        };
        let response = self.keep(&body).await?;
        let outcome = outcome.and_then(|message| {
            let mut words = talk.words.clone();
            match answer::take(pass, &message.text(), talk.given(), &mut words) {
                Ok(()) => {
                    let words = serde_json::to_string(&words).unwrap_or_default();
                    tracing::info!(run = %self.ctx.run, pass = pass.as_str(), words, "words read");
                    Ok(message)
                }
                Err(error) => {
                    tracing::warn!(pass = pass.as_str(), %error, "answer without the agreed form");
                    Err(Fault::shape())
                }
            }
        });
        let counted = Message::parse(&body).ok().map(|message| message.usage());
        let exchange = |ended: &str| Exchange {
            pass: pass.as_str().to_owned(),
            attempt: number,
            request: archived,
            response,
            ended: Some(ended.to_owned()),
            prompt: Some(prompt::digest()),
            usage: counted.clone(),
        };
        if let Err(fault) = &outcome {
            let (ended, reason, action) = (&fault.ended, fault.reason, fault.action());
            tracing::warn!(pass = pass.as_str(), number, ended, reason, action, "no answer to use");
        }
        let attempt = match &outcome {
            Ok(_) => Attempt { exchange: exchange("end_turn"), reason: None, again_after: None },
            Err(fault) => Attempt {
                exchange: exchange(&fault.ended),
                reason: Some(fault.reason.to_owned()),
                again_after: match fault.remedy {
                    Remedy::Retry { after, attempts } if number < attempts => {
                        let pause = after.max(self.back_off(request, number));
                        u64::try_from(pause.as_millis()).ok()
                    }
                    Remedy::Retry { .. } | Remedy::NewKey | Remedy::GiveUp => None,
                },
            },
        };
        log(self.ctx, &attempt.exchange);
        Ok(attempt)
    }

    /// Takes a usable answer into the words, and into the conversation as it was.
    async fn accept(
        &self,
        talk: &mut Talk<'_>,
        pass: Pass,
        exchange: &Exchange,
    ) -> Result<(), AnalystError> {
        let body = read_evidence(self.ctx.archive, &exchange.response).await.map_err(archive)?;
        let broken = || unusable("the model's answer could not be read", Vec::new());
        let message = Message::parse(&body).map_err(|_| broken())?;
        let mut words = talk.words.clone();
        answer::take(pass, &message.text(), talk.given(), &mut words).map_err(|_| broken())?;
        talk.words = words;
        talk.messages.push(json!({"role": "assistant", "content": message.content}));
        talk.model = Some(message.model);
        Ok(())
    }

    async fn proof(
        &self,
        door: &Door,
        request: &[u8],
        exchanges: &[Exchange],
    ) -> Result<Proof, AnalystError> {
        door.proof(self.ctx.secrets, request).await.map_err(|error| match error {
            SecretsError::Missing(_) => unusable("no key is configured", exchanges.to_vec()),
            SecretsError::NoRole => {
                unusable("neither a role nor a key for Bedrock is there", exchanges.to_vec())
            }
            SecretsError::Unusable { .. } | SecretsError::Exposed { .. } => {
                unusable("the configured key cannot be used", exchanges.to_vec())
            }
            SecretsError::Unavailable(cause) => AnalystError::Archive(cause),
        })
    }

    /// An exchange with its cap must fit before the analysis is due, and into this invocation.
    fn demand(
        &self,
        brief: Brief<'_>,
        pause: Duration,
        exchanges: &[Exchange],
    ) -> Result<(), AnalystError> {
        let needs = pause.saturating_add(self.limits.exchange);
        let end = self.ctx.clock.now().checked_add(needs);
        if !end.as_ref().is_ok_and(|end| *end <= brief.due) {
            return Err(unusable("the time for it was used up", exchanges.to_vec()));
        }
        if !end.is_ok_and(|end| end <= self.ctx.deadline) {
            return Err(AnalystError::OutOfTime);
        }
        Ok(())
    }

    /// Seconds at first, then minutes, with a jitter that is the request's own.
    fn back_off(&self, request: &[u8], number: u32) -> Duration {
        const MILLIS: [u64; 6] = [500, 1_000, 10_000, 30_000, 60_000, 120_000];
        let nth = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let millis = MILLIS[nth.min(MILLIS.len() - 1)];
        let seed = format!("{}{number}{}", self.ctx.run.0, Digest::of(request).short());
        let jitter = Digest::of(seed.as_bytes()).to_string();
        let quarter = millis / 4;
        let part = u64::from(jitter.bytes().next_back().unwrap_or(0)) % (quarter + 1);
        Duration::from_millis(millis - part)
    }

    async fn keep(&self, bytes: &[u8]) -> Result<ArtifactRef, AnalystError> {
        self.ctx.keep_evidence(bytes).await.map_err(archive)
    }
}

impl Talk<'_> {
    fn given(&self) -> Given<'_> {
        let Self { claims, findings, advice, weeks, .. } = self;
        Given { claims, findings, advice, weeks }
    }

    fn written(self) -> Written {
        Written { words: self.words, model: self.model, exchanges: self.exchanges }
    }
}

/// The stop reason comes first: a refused or cut answer is not looked into.
fn understand(answer: &wire::Answer) -> Result<Message, Fault> {
    if let Some(fault) = &answer.broken {
        // What arrived may hold the reason.
        return match Message::parse(&answer.body) {
            Err(error @ StreamError::Reported(_)) => Err(Fault::stream(&error)),
            _ if fault.ended == "cut" && !answer.body.is_empty() => {
                Err(Fault::connection("broken_off"))
            }
            _ => Err(fault.clone()),
        };
    }
    if answer.status != 200 {
        return Err(Fault::status(answer.status, &answer.headers, &answer.body));
    }
    let message = Message::parse(&answer.body).map_err(|error| Fault::stream(&error))?;
    match Fault::stop(&message) {
        Some(fault) => Err(fault),
        None => Ok(message),
    }
}

/// An answer that repeats a key, a session's token or a signature is not archived: AWS does so
/// where a signature is wrong.
fn without(body: Vec<u8>, proof: &Proof) -> Vec<u8> {
    let repeats = proof.iter().any(|(_, secret)| {
        let secret = secret.expose().as_bytes();
        !secret.is_empty() && body.windows(secret.len()).any(|window| window == secret)
    });
    if repeats { Vec::new() } else { body }
}

fn log(ctx: &StageContext<'_>, exchange: &Exchange) {
    let usage = exchange.usage.as_ref();
    tracing::info!(
        run = %ctx.run,
        pass = exchange.pass,
        attempt = exchange.attempt,
        ended = exchange.ended.as_deref(),
        request = %exchange.request.digest,
        response = %exchange.response.digest,
        input_tokens = usage.map(|usage| usage.input_tokens),
        output_tokens = usage.map(|usage| usage.output_tokens),
        "model exchange"
    );
}

fn unusable(reason: &str, exchanges: Vec<Exchange>) -> AnalystError {
    AnalystError::Unusable { reason: reason.to_owned(), exchanges }
}

fn archive(error: impl Into<Cause>) -> AnalystError {
    AnalystError::Archive(error.into())
}
