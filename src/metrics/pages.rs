//! Reads the archived pages of a pull into rows that know where they came from.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value;
use weekledger_events::payload::{Page, PageKind, PullOutcome, RawFetched, RowSource};
use weekledger_events::{AccountId, Digest, Finding, FindingClass, Week};

use super::account::Account;
use super::findings::Findings;
use super::left_out::LeftOut;
use super::measure::row_pointer;
use super::observe::ObserveError;
use crate::sources::hubspot::parse_contacts;
use crate::sources::meta::{parse_insights, require_ids};
use crate::sources::rows::{Contact, InsightRow, UnusableRow};
use crate::stages::Pages;

/// A row and the page that it stands on.
pub(super) struct Sourced<R> {
    pub(super) artifact: Digest,
    pub(super) row: R,
}

impl Sourced<InsightRow> {
    pub(super) fn source(&self) -> RowSource {
        RowSource { artifact: self.artifact, pointer: row_pointer(self.row.index) }
    }
}

impl Sourced<Contact> {
    pub(super) fn source(&self) -> RowSource {
        RowSource { artifact: self.artifact, pointer: format!("/results/{}", self.row.index) }
    }
}

/// Every usable row of a pull in the order of receipt.
#[derive(Default)]
pub(super) struct Received {
    pub(super) ad_sets: Vec<Sourced<InsightRow>>,
    pub(super) campaigns: Vec<Sourced<InsightRow>>,
    pub(super) accounts: Vec<Sourced<InsightRow>>,
    pub(super) contacts: Vec<Sourced<Contact>>,
    /// The listings that have at least one page, be it an empty one.
    pub(super) listings: BTreeSet<(PageKind, AccountId)>,
    /// Rows that could not even be read.
    pub(super) left_out: LeftOut,
    pub(super) contacts_left_out: bool,
}

/// True for a page with rows; errors of a provider are archived as well.
pub fn is_answer(page: &Page) -> bool {
    (200..300).contains(&page.http_status)
}

/// Reads the pages of what was pulled. Pages of an account whose pull failed midway are left out:
/// half an account would look like a whole one.
pub(super) fn read(
    raw: &RawFetched,
    pages: &Pages,
    weeks: &[Week],
    accounts: &[Account<'_>],
    findings: &mut Findings,
) -> Result<Received, ObserveError> {
    let mut received = Received::default();
    for page in raw.pages.iter().filter(|page| is_answer(page)) {
        let body = || {
            pages
                .get(&page.artifact.digest)
                .map(Vec::as_slice)
                .ok_or(ObserveError::MissingPage { artifact: page.artifact.digest })
        };
        match (page.kind, &page.account) {
            (PageKind::Account | PageKind::InsightsJob, _) => {}
            (PageKind::Contacts, _) => {
                if raw.crm.outcome == PullOutcome::Pulled {
                    read_contacts(page, body()?, &mut received, findings)?;
                }
            }
            (kind, Some(account)) => match accounts.iter().find(|a| a.id() == account) {
                Some(known) if known.pulled => {
                    let reader = InsightsReader { page, kind, weeks, account: known };
                    reader.read(body()?, &mut received, findings)?;
                }
                Some(_) => {}
                None => tell_foreign(page, account, findings),
            },
            (kind, None) => return Err(ObserveError::NoAccount { kind }),
        }
    }
    Ok(received)
}

fn tell_foreign(page: &Page, account: &AccountId, findings: &mut Findings) {
    if page.rows > 0 {
        let message = format!(
            "The pull holds rows of {account}, which the report does not list; they do not count"
        );
        findings.note(FindingClass::UnusableRow, account, message);
    }
}

fn read_contacts(
    page: &Page,
    body: &[u8],
    received: &mut Received,
    findings: &mut Findings,
) -> Result<(), ObserveError> {
    let parsed = parse_contacts(body).map_err(|source| ObserveError::unreadable(page, source))?;
    received.contacts_left_out |= !parsed.unusable.is_empty();
    for row in parsed.unusable {
        let message = format!("A contact was left out: its field `{}` {}", row.field, row.why);
        let action = "Look at the contact in HubSpot; if it is in order, tell the maintainers.";
        findings.warn(FindingClass::UnusableRow, Finding::CRM, message, action);
    }
    let artifact = page.artifact.digest;
    received.contacts.extend(parsed.contacts.into_iter().map(|row| Sourced { artifact, row }));
    Ok(())
}

struct InsightsReader<'a> {
    page: &'a Page,
    kind: PageKind,
    weeks: &'a [Week],
    account: &'a Account<'a>,
}

impl InsightsReader<'_> {
    fn read(
        &self,
        body: &[u8],
        received: &mut Received,
        findings: &mut Findings,
    ) -> Result<(), ObserveError> {
        let id = self.account.id();
        let parsed = parse_insights(body, id)
            .map_err(|source| ObserveError::unreadable(self.page, source))?;
        let parsed = require_ids(parsed, self.kind);
        self.tell_unusable(&parsed.unusable, body, &mut received.left_out, findings);
        received.listings.insert((self.kind, id.clone()));
        let artifact = self.page.artifact.digest;
        let rows = parsed.rows.into_iter().map(|row| Sourced { artifact, row });
        match self.kind {
            PageKind::AdSetDays => received.ad_sets.extend(rows),
            PageKind::CampaignDays => received.campaigns.extend(rows),
            PageKind::AccountDays => received.accounts.extend(rows),
            PageKind::Account | PageKind::InsightsJob | PageKind::Contacts => {}
        }
        Ok(())
    }

    fn tell_unusable(
        &self,
        rows: &[UnusableRow],
        body: &[u8],
        left_out: &mut LeftOut,
        findings: &mut Findings,
    ) {
        if rows.is_empty() {
            return;
        }
        // Only to name the day and the ad set; a page that is not JSON never gets here.
        let page: Value = serde_json::from_slice(body).unwrap_or_default();
        for row in rows {
            let place = Place::on_page(&page, row.index);
            let (kind, account) = (self.kind, self.account);
            let told = Unusable { kind, account, place, weeks: self.weeks };
            told.tell(row.not_a_number, &row.field, &row.why, left_out, findings);
        }
    }
}

/// What a row is about, as far as it can be told.
pub(super) struct Place {
    pub(super) day: String,
    /// Of the day, if it can be read.
    week: Option<Week>,
    pub(super) entity: Option<String>,
}

impl Place {
    fn on_page(page: &Value, index: usize) -> Self {
        let text = |key: &str| {
            let value = page.pointer(&format!("{}/{key}", row_pointer(index)))?;
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            Some(text.chars().take(40).flat_map(char::escape_debug).collect::<String>())
        };
        let entity = text("adset_id").or_else(|| text("campaign_id"));
        let day = text("date_start");
        let date = day.as_deref().and_then(|day| day.parse::<Date>().ok());
        let week = date.map(Week::containing);
        Self { day: day.unwrap_or_else(|| "an unknown day".to_owned()), week, entity }
    }

    pub(super) fn of(row: &InsightRow) -> Self {
        let ad_set = row.ad_set.as_ref().map(ToString::to_string);
        let entity = ad_set.or_else(|| row.campaign.as_ref().map(ToString::to_string));
        Self { day: row.date.to_string(), week: Some(Week::containing(row.date)), entity }
    }
}

/// A row of insights that does not count.
pub(super) struct Unusable<'a> {
    pub(super) kind: PageKind,
    pub(super) account: &'a Account<'a>,
    pub(super) place: Place,
    /// Those asked for.
    pub(super) weeks: &'a [Week],
}

impl Unusable<'_> {
    /// A row of the grain that is left out makes every sum above it too small, by an amount that
    /// nobody knows; a control with the same fault would even agree.
    pub(super) fn tell(
        &self,
        not_a_number: bool,
        field: &str,
        why: &str,
        left_out: &mut LeftOut,
        findings: &mut Findings,
    ) {
        let class = if not_a_number { FindingClass::NotANumber } else { FindingClass::UnusableRow };
        let week = self.place.week.filter(|week| self.weeks.contains(week));
        // A day that was not asked for belongs to no week of the pull.
        if week.is_some() || self.place.week.is_none() {
            left_out.add(self.kind, self.account.id(), week);
        }
        let entity = self.place.entity.as_ref().map(|e| format!(" about {e}")).unwrap_or_default();
        let named = week.map(|week| format!("{week}, ")).unwrap_or_default();
        let message = format!(
            "A row of {} for {}{entity} ({named}{}) was left out: its field `{field}` {why}",
            self.account.name(),
            self.place.day,
            level(self.kind),
        );
        let action = findings.pull_again("Compare the day with Ads Manager.");
        let mut about = findings.about(week);
        match self.kind {
            PageKind::AdSetDays => about.spoil(class, self.account.id(), message, &action),
            _ => about.warn(class, self.account.id(), message, &action),
        }
    }
}

fn level(kind: PageKind) -> &'static str {
    match kind {
        PageKind::AdSetDays => "ad sets by day",
        PageKind::CampaignDays => "the campaign control",
        PageKind::AccountDays => "the account control",
        PageKind::Account => "the account",
        PageKind::InsightsJob => "the insights job",
        PageKind::Contacts => "contacts",
    }
}
