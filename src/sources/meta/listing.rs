//! Lists the rows of one level. Where Meta finds a request too large it asks for less: for fewer
//! fields, then a shorter range, then a smaller page, and in the end for a job that Meta works on
//! in its own time. It stops where a listing does not end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use weekledger_events::payload::{Page, PageKind};
use weekledger_events::{AccountId, AdSetId, CampaignId, Finding, FindingClass, Severity};

use super::levels::{Level, Measured};
use super::parse_insights;
use super::pull::{MetaClient, bad_address};
use super::request::{self, Fields, Listing, Paging, Question, Span};
use crate::sources::EMPTY_PAGES_MAX;
use crate::sources::ask::{Ask, Got};
use crate::sources::fault::{Fault, Halt, Remedy};
use crate::sources::rows::{InsightRow, InsightsPage};

/// How often an invocation begins a listing again after its cursor was forgotten.
const RESTARTS_MAX: u32 = 2;

/// Halving stops here: a smaller page only makes more requests.
const LIMIT_MIN: u32 = 10;

/// The outcome of one question.
pub(super) enum Listed {
    Whole(Rows),
    /// More than Meta gives at once.
    TooMuch(Box<Fault>),
    /// Only a job may still bring it.
    NeedsJob(Box<Fault>),
}

/// The pages of a listing and what guards it.
#[derive(Default)]
pub(super) struct Rows {
    pub pages: Vec<Page>,
    seen: BTreeMap<Identity, Measured>,
    rows: usize,
    doubled: usize,
}

type Identity = (Option<CampaignId>, Option<AdSetId>, Date);

/// What was received before, for the numbers of pages and the limits of the whole listing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    pub pages: usize,
    pub rows: usize,
}

impl MetaClient<'_> {
    pub(super) async fn listing(
        &mut self,
        listing: Listing<'_>,
        whole: Span,
    ) -> Result<Rows, Halt> {
        let mut rows = Rows::default();
        let mut fields = Fields::All;
        let mut todo = vec![whole];
        while let Some(span) = todo.pop() {
            let question = Question::Direct { span, fields };
            let fault = match self.answers(listing, question, rows.before()).await? {
                Listed::Whole(part) => {
                    rows.add(part);
                    continue;
                }
                Listed::TooMuch(_) if fields == Fields::All => {
                    fields = Fields::Needed;
                    todo.push(span);
                    continue;
                }
                Listed::TooMuch(fault) => match span.split() {
                    Some(parts) => {
                        todo.extend(parts.into_iter().rev());
                        continue;
                    }
                    None => fault,
                },
                Listed::NeedsJob(fault) => fault,
            };
            // What follows would most likely be too much as well: one job for all of it.
            tracing::warn!(account = %listing.account, class = fault.class, "making a job of it");
            let rest = Span { since: span.since, until: whole.until };
            let part = self.by_job(listing, rest, rows.before()).await?;
            rows.add(part);
            break;
        }
        Ok(rows)
    }

    /// Every page of one question.
    pub(super) async fn answers(
        &mut self,
        listing: Listing<'_>,
        question: Question<'_>,
        before: Before,
    ) -> Result<Listed, Halt> {
        let (mut restarts, mut beginning) = (0, 0);
        loop {
            let paging = Paging { limit: self.settings.page_size.max(1), after: None };
            let first = self.ask(listing, question, paging, before.pages + 1, beginning)?;
            if self.asker.is_cut_off(&first).await? {
                beginning += 1;
                continue;
            }
            match self.pages(listing, question, beginning, before).await {
                Ok(rows) => return Ok(Listed::Whole(rows)),
                Err(Halt::Fault(fault)) => match fault.remedy {
                    Remedy::Restart if restarts < RESTARTS_MAX => {
                        self.asker.cut_off(&first).await?;
                        restarts += 1;
                    }
                    Remedy::Restart => {
                        return Err(Fault { remedy: Remedy::Pull, ..*fault }.into());
                    }
                    Remedy::Shrink { .. } => return Ok(Listed::TooMuch(fault)),
                    Remedy::RetryThenJob => return Ok(Listed::NeedsJob(fault)),
                    _ => return Err(Halt::Fault(fault)),
                },
                Err(halt) => return Err(halt),
            }
        }
    }

    /// Follows the cursor to the end, with smaller pages where nothing else is left to shrink.
    async fn pages(
        &mut self,
        listing: Listing<'_>,
        question: Question<'_>,
        beginning: u32,
        before: Before,
    ) -> Result<Rows, Halt> {
        let lead_rule = self.lead_rule(listing.account);
        let mut rows = Rows::default();
        let mut limit = self.settings.page_size.max(1);
        let mut after: Option<String> = None;
        let mut cursors = BTreeSet::new();
        let mut empty_pages = 0;
        loop {
            let number = before.pages + rows.pages.len() + 1;
            self.guard(listing, number, before.rows + rows.rows)?;
            let paging = Paging { limit, after: after.as_deref() };
            let ask = self.ask(listing, question, paging, number, beginning)?;
            let parse = |body: &[u8]| parse_insights(body, listing.account);
            let count = |page: &InsightsPage| page.rows.len() + page.unusable.len();
            let got = match self.asker.page(&ask, parse, count).await {
                Ok(got) => got,
                Err(Halt::Fault(fault))
                    if fault.remedy == (Remedy::Shrink { page: true })
                        && is_smallest(question)
                        && limit > LIMIT_MIN =>
                {
                    limit = (limit / 2).max(LIMIT_MIN);
                    continue;
                }
                Err(halt) => return Err(halt),
            };
            after = got.content.next.clone();
            empty_pages = if got.page.rows == 0 { empty_pages + 1 } else { 0 };
            rows.take(got, lead_rule);
            match &after {
                None => return Ok(rows),
                Some(cursor) if !cursors.insert(cursor.clone()) => {
                    return Err(repeating(listing, "Meta keeps sending the same page").into());
                }
                Some(_) if empty_pages >= EMPTY_PAGES_MAX => {
                    return Err(repeating(listing, "Meta keeps sending empty pages").into());
                }
                Some(_) => {}
            }
        }
    }

    fn ask(
        &self,
        listing: Listing<'_>,
        question: Question<'_>,
        paging: Paging<'_>,
        number: usize,
        beginning: u32,
    ) -> Result<Ask, Halt> {
        let account = listing.account;
        let again = if beginning > 0 { format!("-again{beginning}") } else { String::new() };
        let request = request::insights(self.settings, listing, question, paging);
        Ok(Ask {
            step: format!("meta-{account}-{}-{number}{again}", level(listing.kind)),
            kind: listing.kind,
            account: Some(account.clone()),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            request: request.map_err(bad_address)?,
        })
    }

    fn guard(&self, listing: Listing<'_>, number: usize, rows: usize) -> Result<(), Halt> {
        let within = |count: usize, max: u32| u32::try_from(count).is_ok_and(|n| n <= max);
        if !within(number, self.limits.pages_max) {
            let what = format!("Meta has more than {} pages", self.limits.pages_max);
            return Err(endless(listing, &what).into());
        }
        if !within(rows, self.limits.rows_max) {
            let what = format!("Meta has more than {} rows", self.limits.rows_max);
            return Err(endless(listing, &what).into());
        }
        Ok(())
    }
}

impl Rows {
    pub(super) fn before(&self) -> Before {
        Before { pages: self.pages.len(), rows: self.rows }
    }

    /// A page that belongs to the listing and holds none of its rows.
    pub(super) fn keep(&mut self, page: Page) {
        self.pages.push(page);
    }

    pub(super) fn add(&mut self, part: Self) {
        self.pages.extend(part.pages);
        self.rows += part.rows;
        self.doubled += part.doubled;
        for (identity, measured) in part.seen {
            self.see(identity, measured);
        }
    }

    fn take(&mut self, got: Got<InsightsPage>, lead_rule: &[String]) {
        self.rows += got.content.rows.len() + got.content.unusable.len();
        for row in got.content.rows {
            let measured = Measured::of(&row, lead_rule);
            self.see(identity(row), measured);
        }
        self.pages.push(got.page);
    }

    /// Of a row that comes twice, the last counts.
    fn see(&mut self, identity: Identity, measured: Measured) {
        if self.seen.insert(identity, measured).is_some() {
            self.doubled += 1;
        }
    }

    /// What the rows sum up to.
    pub(super) fn level(&self) -> Level {
        let mut level = Level::default();
        for ((_, _, date), measured) in &self.seen {
            level.add(*date, measured);
        }
        level
    }

    /// Rows that came more than once.
    pub(super) fn finding(&self, account: &AccountId, kind: PageKind) -> Option<Finding> {
        (self.doubled > 0).then(|| Finding {
            class: FindingClass::DuplicateRow,
            severity: Severity::Warning,
            subject: account.to_string(),
            week: None,
            message: format!(
                "Meta sent {} of {} rows ({}) more than once; each counts once.",
                self.doubled,
                self.rows,
                in_words(kind)
            ),
            action: None,
        })
    }
}

impl Before {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { pages: self.pages + other.pages, rows: self.rows + other.rows }
    }
}

/// Nothing but the page is left to shrink.
fn is_smallest(question: Question<'_>) -> bool {
    match question {
        Question::Direct { span, fields } => fields == Fields::Needed && span.split().is_none(),
        Question::Job(_) => true,
    }
}

fn identity(row: InsightRow) -> Identity {
    (row.campaign, row.ad_set, row.date)
}

pub(super) fn level(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Account => "account",
        PageKind::AdSetDays => "adset-days",
        PageKind::CampaignDays => "campaign-days",
        PageKind::AccountDays => "account-days",
        PageKind::InsightsJob => "job",
        PageKind::Contacts => "contacts",
    }
}

/// What a listing holds, as sentences say it.
fn in_words(kind: PageKind) -> &'static str {
    match kind {
        PageKind::AdSetDays => "figures by ad set",
        PageKind::CampaignDays => "figures by campaign",
        PageKind::AccountDays => "figures of the whole account",
        PageKind::Account => "the account",
        PageKind::InsightsJob => "the job",
        PageKind::Contacts => "contacts",
    }
}

/// The list is longer than the limits allow.
pub(super) fn endless(listing: Listing<'_>, what: &str) -> Fault {
    unended(
        listing,
        what,
        "Wait some hours; where the account really is so large, raise pages_max and rows_max under [limits].",
    )
}

/// No limit is large enough for a list that does not go on.
fn repeating(listing: Listing<'_>, what: &str) -> Fault {
    unended(listing, what, "Wait some hours; where it comes back, tell Meta's support.")
}

fn unended(listing: Listing<'_>, what: &str, action: &str) -> Fault {
    let (kind, name) = (in_words(listing.kind), listing.name);
    let sentence = format!("The list of {kind} of {name} did not end: {what}.");
    Fault::new("listing_endless", Remedy::Pull, sentence, action)
}
