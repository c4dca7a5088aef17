//! What Meta says of a job, which it calls an ad report run: pure functions on bytes.

use serde_json::value::RawValue;
use weekledger_events::CampaignId;

use crate::sources::json;
use crate::sources::meta::error::ApiError;
use crate::sources::meta::parse::next_cursor;
use crate::sources::parse::{ParseError, excerpt};

/// Names a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobId(String);

impl JobId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// In percent, as far as Meta tells.
    Running(u32),
    Done,
    /// Failed, or skipped because it had waited too long.
    Failed {
        /// `Job Failed` or `Job Skipped`.
        status: String,
        /// Why, if it is said.
        error: ApiError,
    },
}

impl JobState {
    pub fn has_ended(&self) -> bool {
        !matches!(self, Self::Running(_))
    }
}

/// The answer to the request that makes a job.
pub fn parse_job_created(body: &[u8]) -> Result<JobId, ParseError> {
    const FIELD: &str = "report_run_id";
    const DIGITS_MAX: usize = 32;
    let (text, fields) = json::page(body)?;
    let missing = || ParseError::Missing { field: FIELD, begins: excerpt(text) };
    let id = json::field(&fields, FIELD).and_then(json::scalar).ok_or_else(missing)?;
    let plain = (1..=DIGITS_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if plain {
        return Ok(JobId(id));
    }
    let found = format!("\"{}\"", excerpt(&id));
    Err(ParseError::Unexpected { field: FIELD, found, expected: "the number of a job" })
}

/// A job is done only if it says so and 100 per cent of it are. A status that is not known here
/// counts as running: time ends it.
pub fn parse_job_state(body: &[u8]) -> Result<JobState, ParseError> {
    const FIELD: &str = "async_status";
    let (text, fields) = json::page(body)?;
    let scalar = |name: &str| json::field(&fields, name).and_then(json::scalar);
    let status =
        scalar(FIELD).ok_or_else(|| ParseError::Missing { field: FIELD, begins: excerpt(text) })?;
    let percent = scalar("async_percent_completion").and_then(|percent| percent.parse().ok());
    let percent: u32 = percent.unwrap_or(0);
    let integer = |name| scalar(name).and_then(|number| number.parse().ok());
    Ok(match status.trim().to_lowercase().as_str() {
        "job completed" if percent >= 100 => JobState::Done,
        "job failed" | "job skipped" => JobState::Failed {
            status: excerpt(&status),
            error: ApiError {
                code: integer("error_code"),
                subcode: integer("error_subcode"),
                is_transient: None,
                message: scalar("error_message").unwrap_or_default(),
                user_message: scalar("error_user_msg").filter(|said| !said.is_empty()),
            },
        },
        _ => JobState::Running(percent.min(100)),
    })
}

/// The campaigns of one page, and the cursor of the next.
pub fn parse_campaigns(body: &[u8]) -> Result<(Vec<CampaignId>, Option<String>), ParseError> {
    const FIELD: &str = "campaign_id";
    let (text, fields) = json::page(body)?;
    let rows = json::rows(text, &fields, "data")?;
    let campaign = |raw: &RawValue| {
        let fields = json::object(raw)?;
        CampaignId::parse(&json::field(&fields, FIELD).and_then(json::scalar)?).ok()
    };
    let campaigns = rows
        .into_iter()
        .map(|raw| {
            let found = || excerpt(raw.get());
            let expected = "a row with the number of a campaign";
            let unexpected = || ParseError::Unexpected { field: FIELD, found: found(), expected };
            campaign(raw).ok_or_else(unexpected)
        })
        .collect::<Result<_, _>>()?;
    Ok((campaigns, next_cursor(&fields)?))
}
