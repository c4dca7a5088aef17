//! Listings that Meta cannot answer at once: a job is made, waited for and read. One that fails is
//! made again in parts. Every step is checkpointed, so the next invocation goes on with the jobs of
//! this one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use weekledger_events::payload::PageKind;
use weekledger_events::{AccountId, CampaignId};

use super::error;
use super::job::{JobId, JobState, parse_campaigns, parse_job_created, parse_job_state};
use super::listing::{Before, Listed, Rows, endless, level};
use super::pull::{MetaClient, bad_address};
use super::request::{self, Listing, Question, Span};
use crate::sources::ask::Ask;
use crate::sources::fault::{Fault, Halt, Remedy};

/// Jobs of one listing. Halves of halves: enough for sixteen parts.
const JOBS_MAX: u32 = 32;

/// Between two looks at a job; doubled each time up to the longest.
const LOOK_FIRST: Duration = Duration::from_secs(10);
const LOOK_LONGEST: Duration = Duration::from_secs(60);

/// Campaigns that one listing can be split by.
const CAMPAIGNS_MAX: usize = 10_000;

/// What one job is about.
#[derive(Debug, Clone)]
struct Part {
    span: Span,
    /// `None` for all.
    campaigns: Option<Vec<CampaignId>>,
}

/// How a job ended.
enum Ended {
    Done(JobId),
    Failed(Box<Fault>),
}

impl MetaClient<'_> {
    /// Lists a span by jobs.
    pub(super) async fn by_job(
        &mut self,
        listing: Listing<'_>,
        span: Span,
        before: Before,
    ) -> Result<Rows, Halt> {
        let mut rows = Rows::default();
        let mut todo = vec![Part { span, campaigns: None }];
        let mut made = 0;
        while let Some(part) = todo.pop() {
            made += 1;
            if made > JOBS_MAX {
                let what = format!("Meta did not finish {JOBS_MAX} jobs for it");
                return Err(endless(listing, &what).into());
            }
            match self.job(listing, &part, made, &mut rows).await.map_err(without_remedy)? {
                Ended::Done(job) => {
                    let before = before.plus(rows.before());
                    match self.answers(listing, Question::Job(&job), before).await? {
                        Listed::Whole(part) => rows.add(part),
                        Listed::TooMuch(fault) | Listed::NeedsJob(fault) => {
                            return Err(Fault { remedy: Remedy::Pull, ..*fault }.into());
                        }
                    }
                }
                Ended::Failed(fault) => {
                    let parts = self.split(listing, &part, &mut rows).await;
                    match parts.map_err(without_remedy)? {
                        Some(parts) => todo.extend(parts.into_iter().rev()),
                        None => return Err(Halt::Fault(fault)),
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Makes a job, or takes the one that an earlier invocation made, and waits for its end.
    async fn job(
        &mut self,
        listing: Listing<'_>,
        part: &Part,
        made: u32,
        rows: &mut Rows,
    ) -> Result<Ended, Halt> {
        let request = request::job(self.settings, listing, part.span, part.campaigns.as_deref());
        let ask = question(listing, &format!("job{made}"), rows, request.map_err(bad_address)?);
        let created = self.asker.page(&ask, parse_job_created, |_| 0).await?;
        let (job, made_at) = (created.content, created.page.received_at);
        rows.keep(created.page);
        let request = request::job_state(self.settings, &job).map_err(bad_address)?;
        let ask = question(listing, &format!("job{made}-end"), rows, request);
        let mut pause = LOOK_FIRST;
        loop {
            let looked =
                self.asker.page_when(&ask, parse_job_state, |_| 0, JobState::has_ended).await;
            let state = match looked {
                Ok(got) => {
                    if got.content.has_ended() {
                        rows.keep(got.page);
                    }
                    got.content
                }
                // Here the object that Meta does not know is the job.
                Err(Halt::Fault(fault)) if fault.class == "account_not_found" => {
                    return Ok(Ended::Failed(Box::new(gone(listing))));
                }
                Err(halt) => return Err(halt),
            };
            match state {
                JobState::Done => return Ok(Ended::Done(job)),
                JobState::Failed { status, error } => return failed(listing, &status, &error),
                JobState::Running(percent) => {
                    tracing::info!(account = %listing.account, percent, "a job is running");
                }
            }
            if self.is_too_late(made_at) {
                return Ok(Ended::Failed(Box::new(self.too_slow(listing))));
            }
            self.asker.sleep(pause).await?;
            pause = (pause * 2).min(LOOK_LONGEST);
        }
    }

    fn is_too_late(&self, made_at: Timestamp) -> bool {
        let minutes = SignedDuration::from_mins(self.settings.pace.job_minutes_max.into());
        made_at.checked_add(minutes).is_ok_and(|end| self.ctx.clock.now() >= end)
    }

    /// The halves of a part, by campaign. The account's own total is only whole with all of them,
    /// so that is split by time. `None` if it is the smallest already.
    async fn split(
        &mut self,
        listing: Listing<'_>,
        part: &Part,
        rows: &mut Rows,
    ) -> Result<Option<Vec<Part>>, Halt> {
        if listing.kind == PageKind::AccountDays {
            let parts = part.span.split();
            let of = |span| Part { span, campaigns: None };
            return Ok(parts.map(|spans| spans.into_iter().map(of).collect()));
        }
        let campaigns = match &part.campaigns {
            Some(campaigns) => campaigns.clone(),
            None => self.campaigns(listing, part.span, rows).await?,
        };
        if campaigns.len() < 2 {
            return Ok(None);
        }
        let (first, second) = campaigns.split_at(campaigns.len().div_ceil(2));
        let of = |campaigns: &[CampaignId]| Part {
            span: part.span,
            campaigns: Some(campaigns.to_vec()),
        };
        Ok(Some(vec![of(first), of(second)]))
    }

    /// The campaigns that delivered in a span.
    async fn campaigns(
        &mut self,
        listing: Listing<'_>,
        span: Span,
        rows: &mut Rows,
    ) -> Result<Vec<CampaignId>, Halt> {
        let mut campaigns: Vec<CampaignId> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let request =
                request::campaigns(self.settings, listing.account, span, after.as_deref());
            let ask = question(listing, "campaigns", rows, request.map_err(bad_address)?);
            let got = self.asker.page(&ask, parse_campaigns, |(list, _)| list.len()).await?;
            rows.keep(got.page);
            let (found, next) = got.content;
            campaigns.extend(found);
            if campaigns.len() > CAMPAIGNS_MAX || (next.is_some() && next == after) {
                return Err(endless(listing, "its campaigns cannot be listed").into());
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        campaigns.sort_unstable();
        campaigns.dedup();
        Ok(campaigns)
    }

    fn too_slow(&self, listing: Listing<'_>) -> Fault {
        let minutes = self.settings.pace.job_minutes_max;
        Fault::new(
            "job_too_slow",
            Remedy::Pull,
            format!(
                "Meta could not give the figures of {} at once, and did not work them out within {minutes} minutes either.",
                listing.name
            ),
            "Wait some hours; where it comes back, raise job_minutes_max under [sources.meta].",
        )
    }
}

fn question(
    listing: Listing<'_>,
    step: &str,
    rows: &Rows,
    request: weekledger_events::payload::Request,
) -> Ask {
    let account: &AccountId = listing.account;
    Ask {
        step: format!("meta-{account}-{}-{step}", level(listing.kind)),
        kind: PageKind::InsightsJob,
        account: Some(account.clone()),
        number: u32::try_from(rows.pages.len() + 1).unwrap_or(u32::MAX),
        request,
    }
}

/// A job that failed for a reason that no smaller job mends ends the pull.
fn failed(listing: Listing<'_>, status: &str, said: &error::ApiError) -> Result<Ended, Halt> {
    let known = error::of(400, &super::usage::Usage::default(), said);
    if matches!(known.remedy, Remedy::NewToken | Remedy::Report) {
        return Err(Fault { stays: true, ..known }.into());
    }
    let own_words = if said.code.is_some() || !said.message.is_empty() {
        format!(" {}", known.sentence)
    } else {
        String::new()
    };
    let fault = Fault::new(
        "job_failed",
        Remedy::Pull,
        format!(
            "Meta could not give the figures of {} at once, and not work them out as a job either ({status}).{own_words}",
            listing.name
        ),
        "Wait some hours; where Ads Manager does not show the week either, tell Meta's support.",
    );
    Ok(Ended::Failed(Box::new(fault)))
}

fn gone(listing: Listing<'_>) -> Fault {
    Fault::new(
        "job_gone",
        Remedy::Pull,
        format!("Meta forgot the job that it was to work on for {}.", listing.name),
        "Wait an hour.",
    )
}

/// A job is the last resort: what is too much for it ends the pull of the account.
fn without_remedy(halt: Halt) -> Halt {
    match halt {
        Halt::Fault(fault) if matches!(fault.remedy, Remedy::Shrink { .. } | Remedy::Restart) => {
            Fault { remedy: Remedy::Pull, ..*fault }.into()
        }
        halt => halt,
    }
}
