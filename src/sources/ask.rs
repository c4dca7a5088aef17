//! Asks for one page: reuses what an earlier attempt of the stage checkpointed, otherwise sends,
//! cuts secrets out, archives, classifies, retries, parses and checkpoints.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use weekledger_events::payload::{Page, PageKind, Request, Source};
use weekledger_events::{AccountId, canonical};
use weekledger_projections::display::counted;

use super::cut::{CutBody, PagingLinks, cut_secrets};
use super::fault::{Fault, Halt, Remedy};
use super::http::{Http, HttpError};
use super::parse::ParseError;
use crate::ports::{Secret, SecretName, Secrets, SecretsError};
use crate::stages::{StageContext, StageError, read_raw};

/// What differs between the providers.
pub(super) trait Provider: Send {
    const SOURCE: Source;
    /// As people call it.
    const NAME: &'static str;
    const SECRET: SecretName;
    const LINKS: PagingLinks;
    /// What to check when answers make no sense.
    const BASE_URL_FIELD: &'static str;
    /// Whether its limits say how long they last: `Retry-After` then only lengthens the wait. Where
    /// they do not, the wait is a guess, which the header replaces.
    const NAMES_WAITS: bool;
    /// The header that the provider's support asks for.
    const REQUEST_ID: &'static str;

    /// `None` if the answer is a page.
    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Option<Fault>;

    /// How long to pause before a request about `account` at `now`, so as not to run into a limit.
    fn pause(&mut self, account: Option<&AccountId>, now: Timestamp) -> Duration;

    /// Learns from the headers of an answer that is no refusal; a refusal has its own remedy.
    fn heard(&mut self, account: Option<&AccountId>, headers: &HeaderMap, now: Timestamp);
}

/// One request for one page.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Unique within the stage, except for the request itself, whose digest is added.
    pub step: String,
    pub kind: PageKind,
    pub account: Option<AccountId>,
    pub number: u32,
    pub request: Request,
}

/// A page that was received and understood.
#[derive(Debug, Clone)]
pub(super) struct Got<T> {
    pub page: Page,
    pub content: T,
}

/// A pause longer than this is not slept through between two attempts of one request.
const PAUSE_SECONDS_MAX: u64 = 90;

pub(super) struct Asker<'a, P> {
    ctx: &'a StageContext<'a>,
    http: Http,
    provider: P,
    /// Every token used so far, and the other providers': all of them are cut out of what is
    /// received.
    tokens: Vec<Secret>,
    /// Part of the names of checkpoints: another attempt reuses none of them.
    attempt: u32,
}

impl<'a, P: Provider> Asker<'a, P> {
    pub fn new(ctx: &'a StageContext<'a>, base_url: &str, provider: P) -> Result<Self, StageError> {
        let http = Http::new(base_url, &ctx.settings.limits)
            .map_err(|error| StageError::Retryable(Box::new(error)))?;
        Ok(Self { ctx, http, provider, tokens: Vec::new(), attempt: 1 })
    }

    pub fn ctx(&self) -> &'a StageContext<'a> {
        self.ctx
    }

    /// From now on, pages are those of this attempt.
    pub fn begin(&mut self, attempt: u32) {
        self.attempt = attempt;
    }

    /// The name of an ask's checkpoint.
    fn step(ask: &Ask) -> String {
        format!("{}-{}", ask.step, ask.request.digest.short())
    }

    /// Whether the listing that begins with `first` was found to have no end.
    pub async fn is_cut_off(&self, first: &Ask) -> Result<bool, Halt> {
        let step = format!("{}-cut-off", Self::step(first));
        Ok(self.ctx.recall_raw(&step, self.attempt).await?.is_some())
    }

    /// Remembers that: whoever resumes the stage begins the listing again at once.
    pub async fn cut_off(&self, first: &Ask) -> Result<(), Halt> {
        let step = format!("{}-cut-off", Self::step(first));
        self.ctx.checkpoint_raw(&step, self.attempt, b"{}").await?;
        Ok(())
    }

    /// The page that `ask` is about. `rows` counts the rows of its content.
    pub async fn page<T>(
        &mut self,
        ask: &Ask,
        parse: impl Fn(&[u8]) -> Result<T, ParseError>,
        rows: impl Fn(&T) -> usize,
    ) -> Result<Got<T>, Halt> {
        self.page_when(ask, parse, rows, |_| true).await
    }

    /// The same for a page that may say something else the next time: only a `final` answer is
    /// checkpointed.
    pub async fn page_when<T>(
        &mut self,
        ask: &Ask,
        parse: impl Fn(&[u8]) -> Result<T, ParseError>,
        rows: impl Fn(&T) -> usize,
        is_final: impl Fn(&T) -> bool,
    ) -> Result<Got<T>, Halt> {
        let step = Self::step(ask);
        if let Some(record) = self.ctx.recall_raw(&step, self.attempt).await? {
            tracing::debug!(%step, "page reused");
            return self.recalled(&record, parse).await;
        }
        let (mut page, content) = self.receive(ask, &parse).await?;
        page.rows = u32::try_from(rows(&content)).unwrap_or(u32::MAX);
        if !is_final(&content) {
            return Ok(Got { page, content });
        }
        let record = canonical::to_bytes(&page).map_err(unreadable)?;
        let counts = self.ctx.checkpoint_raw(&step, self.attempt, &record).await?;
        if counts != record {
            return self.recalled(&counts, parse).await;
        }
        tracing::info!(source = P::NAME, %step, rows = page.rows, bytes = page.received_length, "page received");
        Ok(Got { page, content })
    }

    async fn recalled<T>(
        &self,
        record: &[u8],
        parse: impl Fn(&[u8]) -> Result<T, ParseError>,
    ) -> Result<Got<T>, Halt> {
        let page: Page = serde_json::from_slice(record).map_err(unreadable)?;
        let ctx = self.ctx;
        let body = read_raw(ctx.archive, ctx.stream, ctx.run, &page.artifact).await?;
        let content = parse(&body).map_err(unreadable)?;
        Ok(Got { page, content })
    }

    /// Sends until an answer is a page that can be read, or there is nothing left to try.
    async fn receive<T>(
        &mut self,
        ask: &Ask,
        parse: &impl Fn(&[u8]) -> Result<T, ParseError>,
    ) -> Result<(Page, T), Halt> {
        let attempts_max = self.ctx.settings.limits.attempts_max.max(1);
        let mut attempt = 1;
        let mut token_read_again = false;
        loop {
            let fault = match self.attempt(ask, parse).await? {
                Ok(received) => return Ok(received),
                Err(fault) => fault,
            };
            tracing::warn!(source = P::NAME, step = %ask.step, attempt, class = fault.class, "request failed");
            match fault.remedy {
                Remedy::NewToken if !token_read_again => {
                    token_read_again = true;
                    self.ctx.secrets.forget(P::SECRET).await;
                }
                Remedy::Retry { after }
                    if attempt < attempts_max
                        && is_patient(
                            self.ctx,
                            back_off(attempt).max(after.unwrap_or_default()),
                        ) =>
                {
                    self.sleep(back_off(attempt).max(after.unwrap_or_default())).await?;
                    attempt += 1;
                }
                Remedy::RetryThenJob if attempt < attempts_max => {
                    self.sleep(back_off(attempt)).await?;
                    attempt += 1;
                }
                Remedy::Wait { at_least }
                    if attempt < attempts_max
                        && at_least.saturating_mul(attempt) <= longest()
                        && is_patient(self.ctx, at_least.saturating_mul(attempt)) =>
                {
                    self.sleep(at_least.saturating_mul(attempt)).await?;
                    attempt += 1;
                }
                _ => return Err(fault.into()),
            }
        }
    }

    /// One attempt: the inner error may be worth another one.
    async fn attempt<T>(
        &mut self,
        ask: &Ask,
        parse: &impl Fn(&[u8]) -> Result<T, ParseError>,
    ) -> Result<Result<(Page, T), Fault>, Halt> {
        let pause = self.provider.pause(ask.account.as_ref(), self.ctx.clock.now());
        if pause > longest() || !is_patient(self.ctx, pause) {
            return Ok(Err(limited::<P>(pause)));
        }
        if !pause.is_zero() {
            tracing::info!(source = P::NAME, seconds = pause.as_secs(), "slowing down");
            self.sleep(pause).await?;
        }
        self.demand(Duration::ZERO)?;
        let token = match self.ctx.secrets.read(P::SECRET).await {
            Ok(token) => token,
            Err(SecretsError::Unavailable(cause)) => {
                return Err(StageError::Retryable(cause).into());
            }
            Err(error) => return Ok(Err(no_token::<P>(&error))),
        };
        if self.tokens.is_empty() {
            self.tokens = others(self.ctx.secrets, P::SECRET).await;
        }
        if !self.tokens.contains(&token) {
            self.tokens.push(token.clone());
        }
        let seconds_max = self.ctx.settings.limits.request_seconds_max;
        let answer = match self.http.send(&ask.request, &token, seconds_max).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(no_answer::<P>(&error))),
        };
        let now = self.ctx.clock.now();
        let received = cut_secrets(answer.body, &self.tokens, P::LINKS);
        let page = self.archive(ask, answer.status, &received, now).await?;
        let fault = self.provider.classify(answer.status, &answer.headers, &received.kept);
        let fault = match fault {
            Some(fault) => with_retry_after(fault, &answer.headers, P::NAMES_WAITS),
            None => {
                self.provider.heard(ask.account.as_ref(), &answer.headers, now);
                match parse(&received.kept) {
                    Ok(content) => return Ok(Ok((page, content))),
                    Err(error) => unreadable_page::<P>(&error),
                }
            }
        };
        let request_id = answer.headers.get(P::REQUEST_ID).and_then(|id| id.to_str().ok());
        tracing::info!(source = P::NAME, status = answer.status, request_id, "answer refused");
        Ok(Err(Fault { evidence: Some(Box::new(page)), ..fault }))
    }

    /// Archives an answer before anything looks into it.
    async fn archive(
        &self,
        ask: &Ask,
        http_status: u16,
        received: &CutBody,
        received_at: Timestamp,
    ) -> Result<Page, Halt> {
        Ok(Page {
            source: P::SOURCE,
            kind: ask.kind,
            account: ask.account.clone(),
            number: ask.number,
            request: ask.request.clone(),
            http_status,
            artifact: self.ctx.keep_raw(&received.kept).await?,
            received_length: received.received_length,
            cut: received.cuts.clone(),
            received_at,
            rows: 0,
        })
    }

    /// Sleeps, unless the request that follows would no longer fit.
    pub async fn sleep(&self, duration: Duration) -> Result<(), Halt> {
        self.demand(duration)?;
        self.ctx.clock.sleep(duration).await;
        Ok(())
    }

    /// A request with its cap must fit into the time left after `pause`.
    fn demand(&self, pause: Duration) -> Result<(), Halt> {
        let cap = Duration::from_secs(self.ctx.settings.limits.request_seconds_max.into());
        if fits(self.ctx, pause.saturating_add(cap)) {
            return Ok(());
        }
        Err(StageError::OutOfTime.into())
    }
}

/// Whether a step of so long ends before the invocation does.
pub(crate) fn fits(ctx: &StageContext<'_>, duration: Duration) -> bool {
    ctx.clock.now().checked_add(duration).is_ok_and(|end| end <= ctx.deadline)
}

/// Whether whoever waits for the stage waits for a pause of so long. Less than a minute is no
/// waiting: requests are paced by it.
pub(crate) fn is_patient(ctx: &StageContext<'_>, pause: Duration) -> bool {
    const PACE_SECONDS: u64 = 60;
    let within = || ctx.clock.now().checked_add(pause).is_ok_and(|end| end <= ctx.patience);
    pause < Duration::from_secs(PACE_SECONDS) || within()
}

fn longest() -> Duration {
    Duration::from_secs(PAUSE_SECONDS_MAX)
}

/// 1, 2, 4 … seconds, at most a minute.
fn back_off(attempt: u32) -> Duration {
    const SECONDS_MAX: u64 = 60;
    let seconds = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(SECONDS_MAX);
    Duration::from_secs(seconds.clamp(1, SECONDS_MAX))
}

/// `Retry-After` in seconds, where a server sends one, counts at least, and goes before a guess.
fn with_retry_after(fault: Fault, headers: &HeaderMap, names_waits: bool) -> Fault {
    const SECONDS_MAX: u64 = 24 * 3600;
    let seconds = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse::<u64>().ok());
    let Some(seconds) = seconds.map(|s| Duration::from_secs(s.min(SECONDS_MAX))) else {
        return fault;
    };
    let remedy = match fault.remedy {
        Remedy::Retry { after } if seconds <= longest() => {
            Remedy::Retry { after: Some(after.unwrap_or_default().max(seconds)) }
        }
        Remedy::Retry { .. } => Remedy::Wait { at_least: seconds },
        Remedy::Wait { at_least } if names_waits => {
            Remedy::Wait { at_least: at_least.max(seconds) }
        }
        Remedy::Wait { .. } => Remedy::Wait { at_least: seconds.max(Duration::from_secs(1)) },
        other => other,
    };
    Fault { remedy, ..fault }
}

/// The last answer said that the limit is reached: to ask all the same would only prolong it.
fn limited<P: Provider>(at_least: Duration) -> Fault {
    Fault::new(
        "rate_limited",
        Remedy::Wait { at_least },
        format!(
            "{} allows no more requests for {}.",
            P::NAME,
            counted(at_least.as_secs().div_ceil(60).into(), "minute", "minutes")
        ),
        "Wait an hour: the limit ends by itself.",
    )
}

/// The other providers' tokens, as far as there are any: one's answer may hold what another got.
pub(crate) async fn others(secrets: &dyn Secrets, own: SecretName) -> Vec<Secret> {
    let mut others = Vec::new();
    for name in [SecretName::MetaToken, SecretName::HubspotToken] {
        if name != own {
            others.extend(secrets.read(name).await);
        }
    }
    others
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StageError {
    StageError::Retryable(Box::new(error))
}

fn no_token<P: Provider>(error: &SecretsError) -> Fault {
    let (name, variable) = (P::NAME, P::SECRET.as_str());
    Fault::new(
        "token_missing",
        Remedy::Report,
        format!("There is no usable access token for {name}: {error}."),
        match error {
            SecretsError::Exposed { .. } => format!("Run `{}`.", error.remedy()),
            _ => format!("Set {variable} to the access token for {name}."),
        },
    )
}

/// The chain of an error in one line: no address and no token is in it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn no_answer<P: Provider>(error: &HttpError) -> Fault {
    let (name, field) = (P::NAME, P::BASE_URL_FIELD);
    let retry = Remedy::Retry { after: None };
    let reach = format!(
        "Wait until {name} can be reached again; if it cannot, check that this machine reaches the \
         address in {field}."
    );
    let (class, remedy, action) = match error {
        HttpError::Timeout { .. } => ("timeout", retry, reach),
        HttpError::Connect(_) => ("no_connection", retry, reach),
        HttpError::Interrupted(_) | HttpError::BrokenOff(_) => ("connection_broken", retry, reach),
        HttpError::TooLarge { .. } => (
            "answer_too_large",
            Remedy::Shrink { page: true },
            "Raise body_bytes_max under [limits].".to_owned(),
        ),
        HttpError::Token(_) => (
            "token_malformed",
            Remedy::Report,
            format!("Paste the token into {} again, without line breaks.", P::SECRET.as_str()),
        ),
        HttpError::Address => {
            ("address_invalid", Remedy::Report, format!("Correct the address in {field}."))
        }
        HttpError::Setup(_) | HttpError::Tls(_) => (
            "client_setup",
            Remedy::Report,
            "Tell whoever maintains this program, with the log of this run.".to_owned(),
        ),
    };
    // Readers of a report get the sentence; what the libraries say of it is for the log.
    tracing::info!(source = name, error = chain(error), "no answer");
    Fault::new(class, remedy, format!("{name} could not be asked: {error}."), action)
}

fn unreadable_page<P: Provider>(error: &ParseError) -> Fault {
    let remedy = if error.may_pass() { Remedy::Retry { after: None } } else { Remedy::Pull };
    let name = P::NAME;
    tracing::info!(source = name, error = chain(error), "page not understood");
    Fault::new(
        error.class(),
        remedy,
        format!("{name} answered with a page that cannot be read: {error}."),
        format!(
            "Wait until {name} answers properly again; if it does not, check that {} names {name} \
             and that no proxy answers in its place.",
            P::BASE_URL_FIELD
        ),
    )
}
