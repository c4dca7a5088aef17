//! The fetch stage: pulls every account and the CRM, archives each page, and says what is missing.
//!
//! One account's trouble never hides the others. What may pass by itself, of an account or of the
//! CRM, is given two more rounds within this invocation where they fit, and is then waited for by
//! `Waiting` as long as the report can still be sent in time; beyond that the report goes on without
//! it and says so. Nothing is asked twice: pages are checkpointed.

use std::time::Duration;

use jiff::Timestamp;
use weekledger_events::payload::{AccountPull, CrmPull, Page, PullOutcome, RawFetched, Trouble};
use weekledger_events::{AccountId, Finding, FindingClass, Severity, Week};

use super::{StageContext, StageError};
use crate::repair::Repair;
use crate::sources::ask::{fits, is_patient};
use crate::sources::fault::{Fault, Halt, Remedy};
use crate::sources::hubspot::{HubspotClient, PulledContacts, contact_span};
use crate::sources::meta::{MetaClient, Pulled};

/// Rounds over what may yet be pulled, within one invocation.
const ROUNDS_MAX: u32 = 3;

/// Before another round for what is merely unavailable.
const SECOND_TRY: Duration = Duration::from_secs(30);

/// Before the stage is tried again for it.
const LATER: Duration = Duration::from_secs(5 * 60);

/// The same if no account at all could be pulled: that may take hours.
const NOTHING_PULLED: Duration = Duration::from_secs(10 * 60);

/// Before it is tried again for a limit of which three rounds did not see the end.
const SHORTEST: Duration = Duration::from_secs(60);

/// Pulls `weeks` of every account and of the CRM. Pages come in the order of the configuration.
/// Pages of an account that failed, or of a failed CRM pull, are evidence and hold no figures.
pub async fn fetch(ctx: &StageContext<'_>, weeks: &[Week]) -> Result<RawFetched, StageError> {
    let mut weeks = weeks.to_vec();
    weeks.sort_unstable();
    weeks.dedup();
    let repair = Repair::new(&ctx.stream.report, ctx.stream.week, ctx.goal);
    let pulls = pull_accounts(ctx, &weeks, repair).await?;
    let span = crm_span(ctx, &pulls, &weeks);
    let mut fetched = RawFetched {
        weeks,
        accounts: Vec::new(),
        crm: CrmPull { outcome: PullOutcome::Off, announced: None, received: 0 },
        pages: Vec::new(),
        findings: Vec::new(),
    };
    let severity = missing_severity(ctx, &pulls);
    for (account, pull) in pulls {
        add_account(ctx, &mut fetched, account, pull, severity, repair);
    }
    if let Some(span) = span {
        add_crm(&mut fetched, pull_crm(ctx, span).await?, repair);
    }
    Ok(fetched)
}

/// How an account stands.
#[derive(Debug)]
enum Pull {
    Open,
    Done(Box<Pulled>),
    /// May work after `until`.
    Later {
        fault: Box<Fault>,
        until: Timestamp,
    },
    Failed(Box<Fault>),
}

type Pulls = Vec<(AccountId, Pull)>;

async fn pull_accounts(
    ctx: &StageContext<'_>,
    weeks: &[Week],
    repair: Repair<'_>,
) -> Result<Pulls, StageError> {
    let mut client = MetaClient::new(ctx)?;
    let accounts = ctx.settings.accounts.iter();
    let mut pulls: Pulls =
        accounts.map(|settings| (settings.account.clone(), Pull::Open)).collect();
    for round in 1..=ROUNDS_MAX {
        for (account, pull) in &mut pulls {
            if matches!(pull, Pull::Open | Pull::Later { .. }) {
                *pull = pull_account(ctx, &mut client, account, weeks, repair).await?;
            }
        }
        if round == ROUNDS_MAX || !wait_in_place(ctx, &pulls).await {
            break;
        }
    }
    settle(ctx, pulls, repair).await
}

async fn pull_account(
    ctx: &StageContext<'_>,
    client: &mut MetaClient<'_>,
    account: &AccountId,
    weeks: &[Week],
    repair: Repair<'_>,
) -> Result<Pull, StageError> {
    let fault = match client.pull(account, weeks).await {
        Ok(pulled) => {
            tracing::info!(%account, pages = pulled.pages.len(), "account pulled");
            return Ok(Pull::Done(Box::new(pulled)));
        }
        Err(Halt::Stage(error)) => return Err(error),
        Err(Halt::Fault(fault)) => fault,
    };
    tracing::warn!(%account, class = fault.class, "account not pulled");
    match fault.remedy {
        Remedy::NewToken | Remedy::Report => {
            Err(StageError::Fatal { trouble: mendable(fault.trouble(), &fault, repair) })
        }
        Remedy::Wait { at_least } => Ok(later(ctx, fault, at_least)),
        Remedy::Retry { .. } | Remedy::RetryThenJob => Ok(later(ctx, fault, SECOND_TRY)),
        Remedy::Shrink { .. } | Remedy::Restart | Remedy::Pull => Ok(Pull::Failed(fault)),
    }
}

/// What the configuration mends needs a new revision, which reads it anew; anything else the run
/// itself goes on from.
fn mendable(trouble: Trouble, fault: &Fault, repair: Repair<'_>) -> Trouble {
    if !fault.is_configured() {
        return trouble;
    }
    Trouble { action: repair.after(&trouble.action), ..trouble }
}

fn later(ctx: &StageContext<'_>, fault: Box<Fault>, wait: Duration) -> Pull {
    Pull::Later { fault, until: after(ctx, wait) }
}

fn after(ctx: &StageContext<'_>, wait: Duration) -> Timestamp {
    ctx.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Sleeps until the last of the waiting accounts may work. False if nobody waits or it does not fit.
async fn wait_in_place(ctx: &StageContext<'_>, pulls: &Pulls) -> bool {
    match latest(pulls, |_| true) {
        Some(until) => sleep_until(ctx, until).await,
        None => false,
    }
}

/// Sleeps, if that and a request fit into the invocation.
async fn sleep_until(ctx: &StageContext<'_>, until: Timestamp) -> bool {
    let wait = Duration::try_from(until.duration_since(ctx.clock.now())).unwrap_or_default();
    let request = Duration::from_secs(ctx.settings.limits.request_seconds_max.into());
    if !fits(ctx, wait.saturating_add(request)) || !is_patient(ctx, wait) {
        return false;
    }
    // Seen without -v: somebody may be sitting in front of it.
    tracing::warn!(seconds = wait.as_secs(), "waiting for the provider");
    ctx.clock.sleep(wait).await;
    true
}

/// When the last of the waiting accounts that are `wanted` may work.
fn latest(pulls: &Pulls, wanted: impl Fn(&Fault) -> bool) -> Option<Timestamp> {
    let waiting = pulls.iter().filter_map(|(_, pull)| match pull {
        Pull::Later { fault, until } if wanted(fault) => Some(*until),
        _ => None,
    });
    waiting.max()
}

/// Decides about accounts that are still waiting: the stage waits, or goes on without them.
async fn settle(
    ctx: &StageContext<'_>,
    mut pulls: Pulls,
    repair: Repair<'_>,
) -> Result<Pulls, StageError> {
    let nothing = !pulls.iter().any(|(_, pull)| matches!(pull, Pull::Done(_)));
    if nothing && latest(&pulls, |_| true).is_some() {
        let until = latest(&pulls, is_limit).unwrap_or_else(|| after(ctx, NOTHING_PULLED));
        let trouble = first_trouble(ctx, &pulls, "No ad account could be read yet.", repair);
        return Err(StageError::Waiting { trouble, until });
    }
    let waiting = pulls.iter().filter_map(|(_, pull)| match pull {
        Pull::Later { fault, until } => worth_waiting(ctx, fault, *until),
        _ => None,
    });
    if let Some(until) = waiting.max() {
        let trouble = first_trouble(ctx, &pulls, "Not every ad account could be read yet.", repair);
        return Err(StageError::Waiting { trouble, until });
    }
    for (_, pull) in &mut pulls {
        if let Pull::Later { fault, .. } = pull {
            *pull = Pull::Failed(fault.clone());
        }
    }
    if nothing && !pulls.is_empty() {
        let trouble = first_trouble(ctx, &pulls, "No ad account could be read.", repair);
        return Err(StageError::Fatal { trouble });
    }
    Ok(pulls)
}

fn is_limit(fault: &Fault) -> bool {
    matches!(fault.remedy, Remedy::Wait { .. })
}

/// When the stage is to be tried again for something that may be read from `until` on; `None` if
/// that is too late for the report. A limit ends when it says; anything else is given a while. Each
/// wait is an event, so none is shorter than a minute.
fn worth_waiting(ctx: &StageContext<'_>, fault: &Fault, until: Timestamp) -> Option<Timestamp> {
    let until = until.max(after(ctx, if is_limit(fault) { SHORTEST } else { LATER }));
    (until <= ctx.wait_until).then_some(until)
}

/// The first account's trouble, in a sentence that stands alone.
fn first_trouble(
    ctx: &StageContext<'_>,
    pulls: &Pulls,
    opening: &str,
    repair: Repair<'_>,
) -> Trouble {
    let mut faults = pulls.iter().filter_map(|(account, pull)| match pull {
        Pull::Later { fault, .. } | Pull::Failed(fault) => Some((account, fault)),
        Pull::Open | Pull::Done(_) => None,
    });
    match faults.next() {
        Some((account, fault)) => {
            let trouble = fault.trouble();
            let name = ctx.settings.called(account);
            let sentence = format!("{opening} {name} ({account}): {}", trouble.sentence);
            mendable(Trouble { sentence, ..trouble }, fault, repair)
        }
        None => Trouble {
            class: "no_account".to_owned(),
            sentence: opening.to_owned(),
            action: repair.after("Name at least one ad account in the configuration."),
        },
    }
}

/// More missing accounts than the settings allow hold the report.
fn missing_severity(ctx: &StageContext<'_>, pulls: &Pulls) -> Severity {
    let missing = pulls.iter().filter(|(_, pull)| !matches!(pull, Pull::Done(_))).count();
    let allowed = usize::try_from(ctx.settings.hold.accounts_missing_max).unwrap_or(usize::MAX);
    if missing > allowed { Severity::Hold } else { Severity::Warning }
}

fn add_account(
    ctx: &StageContext<'_>,
    fetched: &mut RawFetched,
    account: AccountId,
    pull: Pull,
    severity: Severity,
    repair: Repair<'_>,
) {
    match pull {
        Pull::Done(pulled) => {
            let Pulled { info, pages, findings, .. } = *pulled;
            fetched.pages.extend(pages);
            fetched.findings.extend(findings);
            fetched.accounts.push(AccountPull {
                account,
                outcome: PullOutcome::Pulled,
                currency: Some(info.currency),
                time_zone: Some(info.time_zone),
                status: info.status,
            });
        }
        Pull::Failed(fault) | Pull::Later { fault, .. } => {
            let trouble = fault.trouble();
            fetched.pages.extend(fault.evidence.map(|page| *page));
            fetched.findings.push(Finding {
                class: FindingClass::AccountMissing,
                severity,
                subject: account.to_string(),
                week: None,
                message: format!(
                    "The figures of {} are missing. {}",
                    ctx.settings.called(&account),
                    trouble.sentence
                ),
                action: Some(repair.after(&trouble.action)),
            });
            fetched.accounts.push(AccountPull {
                account,
                outcome: PullOutcome::Failed { trouble },
                currency: None,
                time_zone: None,
                status: None,
            });
        }
        Pull::Open => {}
    }
}

/// What the CRM is asked for, whichever accounts could be read. `None` if CRM leads are off.
fn crm_span(
    ctx: &StageContext<'_>,
    pulls: &Pulls,
    weeks: &[Week],
) -> Option<(Timestamp, Timestamp)> {
    if !ctx.settings.hubspot.enabled {
        return None;
    }
    let zones = pulls.iter().map(|(_, pull)| match pull {
        Pull::Done(pulled) => Some(pulled.info.time_zone.as_str()),
        _ => None,
    });
    contact_span(zones.chain([Some(ctx.settings.time_zone.as_str())]), weeks)
}

/// The CRM never stops the stage, though it may be waited for: the figures of the ads stand without
/// it.
async fn pull_crm(
    ctx: &StageContext<'_>,
    span: (Timestamp, Timestamp),
) -> Result<Result<PulledContacts, Box<Fault>>, StageError> {
    let mut client = HubspotClient::new(ctx)?;
    let mut round = 1;
    loop {
        let fault = match client.pull(span).await {
            Ok(contacts) => {
                tracing::info!(contacts = contacts.received, "CRM pulled");
                return Ok(Ok(contacts));
            }
            Err(Halt::Stage(error)) => return Err(error),
            Err(Halt::Fault(fault)) => fault,
        };
        tracing::warn!(class = fault.class, round, "CRM not pulled");
        let until = match fault.remedy {
            Remedy::Wait { at_least } => after(ctx, at_least),
            _ if fault.may_pass() => after(ctx, SECOND_TRY),
            _ => return Ok(Err(fault)),
        };
        if round < ROUNDS_MAX && sleep_until(ctx, until).await {
            round += 1;
            continue;
        }
        let Some(until) = worth_waiting(ctx, &fault, until) else { return Ok(Err(fault)) };
        let trouble = fault.trouble();
        let sentence = format!("The CRM could not be read yet. {}", trouble.sentence);
        return Err(StageError::Waiting { trouble: Trouble { sentence, ..trouble }, until });
    }
}

fn add_crm(
    fetched: &mut RawFetched,
    pulled: Result<PulledContacts, Box<Fault>>,
    repair: Repair<'_>,
) {
    match pulled {
        Ok(PulledContacts { pages, announced, received, findings }) => {
            fetched.pages.extend(pages);
            fetched.findings.extend(findings);
            fetched.crm = CrmPull { outcome: PullOutcome::Pulled, announced, received };
        }
        Err(fault) => {
            let trouble = fault.trouble();
            fetched.pages.extend(fault.evidence.map(|page: Box<Page>| *page));
            fetched.findings.push(Finding {
                class: FindingClass::CrmMissing,
                severity: Severity::Warning,
                subject: Finding::CRM.to_owned(),
                week: None,
                message: format!("CRM figures are missing. {}", trouble.sentence),
                action: Some(repair.after(&trouble.action)),
            });
            let outcome = PullOutcome::Failed { trouble };
            fetched.crm = CrmPull { outcome, announced: None, received: 0 };
        }
    }
}
