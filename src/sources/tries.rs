//! The tries at pulling one account, or the CRM. A crash, and a pause that a provider asks for, are
//! followed by the same try, which reuses every page that it has. A try that ended is followed by
//! another, which asks anew: what ended it may lie in one of its pages, and archived pages stay.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use weekledger_events::canonical;

use super::fault::{Fault, Remedy};
use crate::stages::{StageContext, StageError};

/// The try that is under way, and why those before it ended.
pub(crate) struct Tries<'a> {
    ctx: &'a StageContext<'a>,
    /// What is pulled: part of the records' names.
    what: String,
    ended: Vec<String>,
}

/// Why a try ended, or since when it pauses.
#[derive(Serialize, Deserialize)]
struct Record {
    why: String,
    at: Timestamp,
}

/// The levels of an account were pulled so far apart that they need not agree any more.
const OUTDATED: &str = "outdated";
/// The levels of an account do not add up to each other.
const APART: &str = "levels_apart";

/// A pause after which what was pulled before it is pulled anew: figures grow meanwhile.
const FRESH: Duration = Duration::from_secs(5 * 60);

impl<'a> Tries<'a> {
    pub async fn of(ctx: &'a StageContext<'a>, what: &str) -> Result<Self, StageError> {
        let mut tries = Self { ctx, what: what.to_owned(), ended: Vec::new() };
        while let Some(record) = tries.recall("ended").await? {
            tries.ended.push(record.why);
        }
        Ok(tries)
    }

    /// Counts from 1: the attempt that the names of checkpoints bear.
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.ended.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Goes on with another try where this one made a pause for too long; once, so that one that
    /// makes many pauses comes to an end.
    pub async fn renew_if_outdated(&mut self) -> Result<(), StageError> {
        let Some(pause) = self.recall("paused").await? else { return Ok(()) };
        let fresh_until = pause.at.checked_add(FRESH).unwrap_or(Timestamp::MAX);
        if self.ctx.clock.now() > fresh_until && !self.ended_for(OUTDATED) {
            self.end(OUTDATED).await?;
        }
        Ok(())
    }

    /// Goes on with another try because levels do not agree; false if that was done before.
    pub async fn renew_if_first_apart(&mut self) -> Result<bool, StageError> {
        if self.ended_for(APART) {
            return Ok(false);
        }
        self.end(APART).await?;
        Ok(true)
    }

    /// After a fault. What time or a new token mends was one refused request, and is gone on with;
    /// anything else is asked anew.
    pub async fn failed(&mut self, fault: &Fault) -> Result<(), StageError> {
        let refused = matches!(fault.remedy, Remedy::NewToken | Remedy::Report) && !fault.stays;
        if fault.may_pass() || refused {
            self.note("paused", fault.class).await
        } else {
            self.end(fault.class).await
        }
    }

    fn ended_for(&self, why: &str) -> bool {
        self.ended.iter().any(|ended| ended == why)
    }

    async fn end(&mut self, why: &str) -> Result<(), StageError> {
        self.note("ended", why).await?;
        tracing::info!(what = self.what, attempt = self.attempt(), why, "to be asked anew");
        self.ended.push(why.to_owned());
        Ok(())
    }

    /// The first record counts, whoever made it.
    async fn note(&self, name: &str, why: &str) -> Result<(), StageError> {
        let record = Record { why: why.to_owned(), at: self.ctx.clock.now() };
        let record =
            canonical::to_bytes(&record).map_err(|error| StageError::Retryable(Box::new(error)))?;
        self.ctx.checkpoint_raw(&self.step(name), self.attempt(), &record).await?;
        Ok(())
    }

    /// A record that cannot be read ended its try all the same.
    async fn recall(&self, name: &str) -> Result<Option<Record>, StageError> {
        let record = self.ctx.recall_raw(&self.step(name), self.attempt()).await?;
        let unreadable = || Record { why: "unreadable".to_owned(), at: Timestamp::MAX };
        Ok(record.map(|bytes| serde_json::from_slice(&bytes).unwrap_or_else(|_| unreadable())))
    }

    fn step(&self, name: &str) -> String {
        format!("{}-{name}", self.what)
    }
}
