//! Pulls one ad account: its description, then its days by ad set, campaign and account.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use weekledger_events::payload::{Page, PageKind, Source, Trouble};
use weekledger_events::{AccountId, Finding, FindingClass, Severity, Week};

use super::levels::Level;
use super::request::{self, Listing, Span};
use super::usage::Usage;
use super::{error, parse_account};
use crate::config::{MetaPace, MetaSettings, SourceLimits};
use crate::ports::SecretName;
use crate::sources::ask::{Ask, Asker, Got, Provider};
use crate::sources::cut::PagingLinks;
use crate::sources::fault::{Fault, Halt, Remedy};
use crate::sources::http::HttpError;
use crate::sources::rows::AccountInfo;
use crate::sources::tries::Tries;
use crate::stages::{StageContext, StageError};

/// An account that was read to its end.
#[derive(Debug)]
pub(crate) struct Pulled {
    pub info: AccountInfo,
    pub pages: Vec<Page>,
    pub findings: Vec<Finding>,
    /// The three levels agree on every day.
    adds_up: bool,
}

/// The client of one stage.
pub(crate) struct MetaClient<'a> {
    pub(super) ctx: &'a StageContext<'a>,
    pub(super) asker: Asker<'a, Meta>,
    pub(super) settings: &'a MetaSettings,
    pub(super) limits: &'a SourceLimits,
}

/// Meta, as far as one request after the other is concerned.
pub(super) struct Meta {
    /// What the last answer said, and the account that it was about.
    heard: (Option<AccountId>, Usage),
    /// Until when nothing may be asked about an account, or about any.
    closed: BTreeMap<Option<AccountId>, Timestamp>,
    pace: MetaPace,
}

impl Provider for Meta {
    const SOURCE: Source = Source::Meta;
    const NAME: &'static str = "Meta";
    const SECRET: SecretName = SecretName::MetaToken;
    const LINKS: PagingLinks = PagingLinks::Secret;
    const BASE_URL_FIELD: &'static str = "base_url under [sources.meta]";
    const NAMES_WAITS: bool = true;
    const REQUEST_ID: &'static str = "x-fb-trace-id";

    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Option<Fault> {
        error::classify(status, &Usage::read(headers), body)
    }

    /// Slows down before a limit is reached; being blocked costs far more. Where a header says that
    /// it is reached, nothing that it concerns is asked before access comes back.
    fn pause(&mut self, account: Option<&AccountId>, now: Timestamp) -> Duration {
        let (of, heard) = std::mem::take(&mut self.heard);
        let own = if of.as_ref() == account { heard.account.percent } else { 0 };
        let MetaPace { slow_percent, slow_seconds, pause_percent, pause_seconds, .. } = self.pace;
        let seconds = if own.max(heard.everyone.percent) >= pause_percent.into() {
            pause_seconds
        } else if heard.percent() >= slow_percent.into() {
            slow_seconds
        } else {
            0
        };
        let concerned = self.closed.iter().filter(|(of, _)| of.is_none() || of.as_ref() == account);
        let left =
            concerned.filter_map(|(_, until)| Duration::try_from(until.duration_since(now)).ok());
        left.max().unwrap_or_default().max(Duration::from_secs(seconds.into()))
    }

    fn heard(&mut self, account: Option<&AccountId>, headers: &HeaderMap, now: Timestamp) {
        let usage = Usage::read(headers);
        for (of, limit) in [(None, usage.everyone), (account.cloned(), usage.account)] {
            if let Some(wait) = limit.regain_access {
                self.closed.insert(of, now.checked_add(wait).unwrap_or(Timestamp::MAX));
            }
        }
        self.heard = (account.cloned(), usage);
    }
}

impl<'a> MetaClient<'a> {
    pub fn new(ctx: &'a StageContext<'a>) -> Result<Self, StageError> {
        let (settings, limits) = (&ctx.settings.meta, &ctx.settings.limits);
        let meta = Meta { heard: Default::default(), closed: BTreeMap::new(), pace: settings.pace };
        let asker = Asker::new(ctx, &settings.base_url, meta)?;
        Ok(Self { ctx, asker, settings, limits })
    }

    /// Everything about one account in `weeks`. Nothing of an account counts unless all of it came.
    /// Where its levels do not add up, a lead may have come in between two of them: they are pulled
    /// once more before anybody concludes anything.
    pub async fn pull(&mut self, account: &AccountId, weeks: &[Week]) -> Result<Pulled, Halt> {
        let mut tries = Tries::of(self.ctx, &format!("meta-{account}")).await?;
        tries.renew_if_outdated().await?;
        loop {
            self.asker.begin(tries.attempt());
            match self.pull_once(account, weeks).await {
                Ok(pulled) if !pulled.adds_up && tries.renew_if_first_apart().await? => {
                    tracing::warn!(%account, "the levels do not add up; they are pulled once more");
                }
                Err(Halt::Fault(fault)) => {
                    tries.failed(&fault).await?;
                    return Err(Halt::Fault(fault));
                }
                result => return result,
            }
        }
    }

    async fn pull_once(&mut self, account: &AccountId, weeks: &[Week]) -> Result<Pulled, Halt> {
        let got = self.account(account).await?;
        let (info, pages) = (got.content, vec![got.page]);
        let mut pulled = Pulled { info, pages, findings: Vec::new(), adds_up: true };
        pulled.findings.extend(inactive(&pulled.info));
        self.wait_for_week(account, &pulled.info, weeks)?;
        let Some(span) = Span::of(weeks) else { return Ok(pulled) };
        let name = self.ctx.settings.called(account);
        let mut grain: Option<Level> = None;
        for kind in [PageKind::AdSetDays, PageKind::CampaignDays, PageKind::AccountDays] {
            let rows = self.listing(Listing { account, name, kind }, span).await?;
            pulled.findings.extend(rows.finding(account, kind));
            let level = rows.level();
            pulled.adds_up &= grain.as_ref().is_none_or(|grain| grain.adds_up_to(&level));
            grain.get_or_insert(level);
            pulled.pages.extend(rows.pages);
        }
        Ok(pulled)
    }

    /// The account's action types for leads, the best first.
    pub(super) fn lead_rule(&self, account: &AccountId) -> &'a [String] {
        let own = self.ctx.settings.accounts.iter().find(|known| known.account == *account);
        own.map(|own| own.lead_actions.as_slice()).unwrap_or_default()
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
            "{newest} has not ended and settled in {}, the time zone of {}",
            info.time_zone,
            self.ctx.settings.called(account)
        );
        let action = format!(
            "Write timezone = \"{}\" to the account in the configuration, to be told beforehand.",
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
}

pub(super) fn bad_address(error: HttpError) -> Halt {
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

pub(crate) fn inactive(info: &AccountInfo) -> Option<Finding> {
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
