//! Pulls one ad account: its description, then its days by ad set, campaign and account. Asks for
//! less where Meta finds a request too large, and stops where a listing does not end.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use weekledger_events::payload::{Page, PageKind, Source, Trouble};
use weekledger_events::{AccountId, AdSetId, CampaignId, Finding, FindingClass, Severity, Week};

use super::request::{self, Listing, Span};
use super::usage::Usage;
use super::{error, parse_account, parse_insights};
use crate::config::{MetaSettings, SourceLimits};
use crate::ports::SecretName;
use crate::sources::ask::{Ask, Asker, Got, Provider};
use crate::sources::cut::PagingLinks;
use crate::sources::fault::{Fault, Halt, Remedy};
use crate::sources::http::HttpError;
use crate::sources::rows::{AccountInfo, InsightRow, InsightsPage};
use crate::stages::{StageContext, StageError};

/// An account that was read to its end.
#[derive(Debug)]
pub(crate) struct Pulled {
    pub info: AccountInfo,
    pub pages: Vec<Page>,
    pub findings: Vec<Finding>,
}

/// The client of one stage.
pub(crate) struct MetaClient<'a> {
    ctx: &'a StageContext<'a>,
    asker: Asker<'a, Meta>,
    settings: &'a MetaSettings,
    limits: &'a SourceLimits,
}

struct Meta {
    usage: Usage,
}

impl Provider for Meta {
    const SOURCE: Source = Source::Meta;
    const NAME: &'static str = "Meta";
    const SECRET: SecretName = SecretName::MetaToken;
    const LINKS: PagingLinks = PagingLinks::Secret;
    const BASE_URL_FIELD: &'static str = "base_url under [sources.meta]";
    const REQUEST_ID: &'static str = "x-fb-trace-id";

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Option<Fault> {
        error::classify(status, &Usage::read(headers), body)
    }

    /// Slows down before the limit is reached; being blocked costs far more.
    fn pause(&mut self, _: Timestamp) -> Duration {
        let usage = std::mem::take(&mut self.usage);
        match usage.percent {
            95.. => Duration::from_secs(60),
            75.. => Duration::from_secs(5),
            _ => Duration::ZERO,
        }
    }

    fn heard(&mut self, headers: &HeaderMap, _: Timestamp) {
        self.usage = Usage::read(headers);
    }
}

/// How often a listing begins again after its cursor was forgotten.
const RESTARTS_MAX: u32 = 2;

/// Halving stops here: a smaller page only makes more requests.
const LIMIT_MIN: u32 = 10;

/// The outcome of listing one span.
enum Listed {
    Whole(Rows),
    /// Too large, whatever the page size.
    TooLong(Box<Fault>),
}

/// The pages of a listing and what guards it.
#[derive(Default)]
struct Rows {
    pages: Vec<Page>,
    seen: BTreeSet<(Option<CampaignId>, Option<AdSetId>, Date)>,
    rows: usize,
    doubled: usize,
}

impl<'a> MetaClient<'a> {
    pub fn new(ctx: &'a StageContext<'a>) -> Result<Self, StageError> {
        let (settings, limits) = (&ctx.settings.meta, &ctx.settings.limits);
        let asker = Asker::new(ctx, &settings.base_url, Meta { usage: Usage::default() })?;
        Ok(Self { ctx, asker, settings, limits })
    }

    /// Everything about one account in `weeks`. Nothing of an account counts unless all of it came.
    pub async fn pull(&mut self, account: &AccountId, weeks: &[Week]) -> Result<Pulled, Halt> {
        let got = self.account(account).await?;
        let mut pulled = Pulled { info: got.content, pages: vec![got.page], findings: Vec::new() };
        pulled.findings.extend(inactive(&pulled.info));
        self.wait_for_week(account, &pulled.info, weeks)?;
        let Some(span) = Span::of(weeks) else { return Ok(pulled) };
        for kind in [PageKind::AdSetDays, PageKind::CampaignDays, PageKind::AccountDays] {
            let rows = self.listing(Listing { account, kind }, span).await?;
            pulled.findings.extend(doubled(account, kind, &rows));
            pulled.pages.extend(rows.pages);
        }
        Ok(pulled)
    }

    /// The configuration may not name the account's zone, or another one than the provider does:
    /// a week that has not ended and settled there is pulled later.
    fn wait_for_week(
        &self,
        account: &AccountId,
        info: &AccountInfo,
        weeks: &[Week],
    ) -> Result<(), StageError> {
        let zone = TimeZone::get(&info.time_zone).unwrap_or(TimeZone::UTC);
        let Some(newest) = weeks.iter().max() else { return Ok(()) };
        let (_, end) = newest.bounds(&zone);
        let until = end.checked_add(self.ctx.settling).unwrap_or(Timestamp::MAX);
        if self.ctx.clock.now() >= until {
            return Ok(());
        }
        let sentence = format!(
            "{newest} has not ended and settled in {}, the time zone of {account}",
            info.time_zone
        );
        let action = format!(
            "Nothing; it is pulled at {until}. To be told beforehand, write timezone = \"{}\" to \
             the account in the configuration.",
            info.time_zone
        );
        let trouble = Trouble { class: "week_not_over".to_owned(), sentence, action };
        Err(StageError::Waiting { trouble, until })
    }

    async fn account(&mut self, account: &AccountId) -> Result<Got<AccountInfo>, Halt> {
        let ask = Ask {
            step: format!("meta-{account}-account-1"),
            kind: PageKind::Account,
            account: Some(account.clone()),
            number: 1,
            request: request::account(self.settings, account).map_err(bad_address)?,
        };
        let got = self.asker.page(&ask, parse_account, |_| 1).await?;
        if got.content.account != *account {
            return Err(wrong_account(account, got).into());
        }
        if TimeZone::get(&got.content.time_zone).is_err() {
            return Err(unknown_zone(account, got).into());
        }
        Ok(got)
    }

    /// Lists a span, in parts where the whole is too large for Meta.
    async fn listing(&mut self, listing: Listing<'_>, whole: Span) -> Result<Rows, Halt> {
        let mut rows = Rows::default();
        let mut todo = vec![whole];
        while let Some(span) = todo.pop() {
            match self.span(listing, span, &rows).await? {
                Listed::Whole(part) => rows.add(part),
                Listed::TooLong(fault) => match span.split() {
                    Some(parts) => todo.extend(parts.into_iter().rev()),
                    None => return Err(Fault { remedy: Remedy::Pull, ..*fault }.into()),
                },
            }
        }
        Ok(rows)
    }

    async fn span(
        &mut self,
        listing: Listing<'_>,
        span: Span,
        before: &Rows,
    ) -> Result<Listed, Halt> {
        let mut restarts = 0;
        loop {
            match self.pages(listing, span, restarts, before).await {
                Ok(rows) => return Ok(Listed::Whole(rows)),
                Err(Halt::Fault(fault)) => match fault.remedy {
                    Remedy::Restart if restarts < RESTARTS_MAX => restarts += 1,
                    Remedy::Restart => {
                        return Err(Fault { remedy: Remedy::Pull, ..*fault }.into());
                    }
                    Remedy::Shrink { .. } => return Ok(Listed::TooLong(fault)),
                    _ => return Err(Halt::Fault(fault)),
                },
                Err(halt) => return Err(halt),
            }
        }
    }

    /// Follows the cursor to the end, with smaller pages where that may help.
    async fn pages(
        &mut self,
        listing: Listing<'_>,
        span: Span,
        restarts: u32,
        before: &Rows,
    ) -> Result<Rows, Halt> {
        let mut rows = Rows::default();
        let mut limit = self.settings.page_size.max(1);
        let mut after: Option<String> = None;
        let mut cursors = BTreeSet::new();
        loop {
            let number = before.pages.len() + rows.pages.len() + 1;
            self.guard(listing, number, before.rows + rows.rows)?;
            let ask = self.ask(listing, span, limit, after.as_deref(), number, restarts)?;
            let parse = |body: &[u8]| parse_insights(body, listing.account);
            let count = |page: &InsightsPage| page.rows.len() + page.unusable.len();
            let got = match self.asker.page(&ask, parse, count).await {
                Ok(got) => got,
                Err(Halt::Fault(fault))
                    if fault.remedy == (Remedy::Shrink { page: true }) && limit > LIMIT_MIN =>
                {
                    limit = (limit / 2).max(LIMIT_MIN);
                    continue;
                }
                Err(halt) => return Err(halt),
            };
            after = got.content.next.clone();
            rows.take(got);
            match &after {
                None => return Ok(rows),
                Some(cursor) if !cursors.insert(cursor.clone()) => {
                    return Err(endless(listing, "Meta keeps sending the same page").into());
                }
                Some(_) => {}
            }
        }
    }

    fn ask(
        &self,
        listing: Listing<'_>,
        span: Span,
        limit: u32,
        after: Option<&str>,
        number: usize,
        restarts: u32,
    ) -> Result<Ask, Halt> {
        let account = listing.account;
        let again = if restarts > 0 { format!("-again{restarts}") } else { String::new() };
        let request = request::insights(self.settings, listing, span, limit, after);
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
    fn take(&mut self, got: Got<InsightsPage>) {
        self.rows += got.content.rows.len() + got.content.unusable.len();
        for row in got.content.rows {
            self.see(identity(row));
        }
        self.pages.push(got.page);
    }

    fn see(&mut self, identity: (Option<CampaignId>, Option<AdSetId>, Date)) {
        if !self.seen.insert(identity) {
            self.doubled += 1;
        }
    }

    fn add(&mut self, part: Self) {
        self.pages.extend(part.pages);
        self.rows += part.rows;
        self.doubled += part.doubled;
        for identity in part.seen {
            self.see(identity);
        }
    }
}

fn identity(row: InsightRow) -> (Option<CampaignId>, Option<AdSetId>, Date) {
    (row.campaign, row.ad_set, row.date)
}

fn level(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Account => "account",
        PageKind::AdSetDays => "adset-days",
        PageKind::CampaignDays => "campaign-days",
        PageKind::AccountDays => "account-days",
        PageKind::Contacts => "contacts",
    }
}

fn bad_address(error: HttpError) -> Halt {
    Fault::new(
        "address_invalid",
        Remedy::Report,
        format!("Meta cannot be asked: {error}."),
        "Correct base_url under [sources.meta].",
    )
    .into()
}

fn wrong_account(asked: &AccountId, got: Got<AccountInfo>) -> Fault {
    let sentence = format!("Meta answered for {} when {asked} was asked for.", got.content.account);
    let fault = Fault::new(
        "account_mismatch",
        Remedy::Pull,
        sentence,
        "Compare meta_account in the configuration with the number in Ads Manager.",
    );
    Fault { evidence: Some(Box::new(got.page)), ..fault }
}

fn unknown_zone(account: &AccountId, got: Got<AccountInfo>) -> Fault {
    let zone = crate::sources::parse::shorten(&got.content.time_zone, 60);
    let fault = Fault::new(
        "time_zone_unknown",
        Remedy::Pull,
        format!(
            "{account} has the time zone \"{zone}\", which this program does not know, so its weeks cannot be cut."
        ),
        "Install a newer version of the program, which knows the zones of today.",
    );
    Fault { evidence: Some(Box::new(got.page)), ..fault }
}

fn endless(listing: Listing<'_>, what: &str) -> Fault {
    Fault::new(
        "listing_endless",
        Remedy::Pull,
        format!("The {} of {} did not end: {what}.", level(listing.kind), listing.account),
        "Run the week again later. If the account really is so large, raise pages_max and rows_max.",
    )
}

fn doubled(account: &AccountId, kind: PageKind, rows: &Rows) -> Option<Finding> {
    (rows.doubled > 0).then(|| Finding {
        class: FindingClass::DuplicateRow,
        severity: Severity::Warning,
        subject: account.to_string(),
        week: None,
        message: format!(
            "Meta sent {} of {} rows ({}) more than once; each counts once.",
            rows.doubled,
            rows.rows,
            level(kind)
        ),
        action: None,
    })
}

fn inactive(info: &AccountInfo) -> Option<Finding> {
    let status = info.status.filter(|status| *status != 1)?;
    let (state, action) = match status {
        2 => {
            ("disabled", Some("Open Account quality in Meta Business Suite and ask for a review."))
        }
        3 => (
            "unsettled: a payment failed",
            Some("Settle the balance in Ads Manager under Billing."),
        ),
        7 => ("under review by Meta", None),
        8 => ("waiting for a settlement", Some("Settle the balance in Ads Manager under Billing.")),
        9 => (
            "in a grace period for an open payment",
            Some("Settle the balance in Ads Manager under Billing."),
        ),
        100 => (
            "about to be closed",
            Some("If that is not intended, stop it in Ads Manager's account settings."),
        ),
        101 => ("closed", Some("Remove it from the configuration if it stays closed.")),
        _ => ("in a state that this program does not know", Some("Look at it in Ads Manager.")),
    };
    Some(Finding {
        class: FindingClass::AccountInactive,
        severity: Severity::Warning,
        subject: info.account.to_string(),
        week: None,
        message: format!("The ad account {} is {state} (status {status}).", info.account),
        action: action.map(str::to_owned),
    })
}
