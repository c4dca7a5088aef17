//! Pulls the contacts that were created in a time span, past the 10,000 that one search serves,
//! and compares what came with what HubSpot announced.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use weekledger_events::payload::{Page, PageKind, Source};
use weekledger_events::{AccountId, Finding, FindingClass, Severity};
use weekledger_projections::display;

use super::error::{self, demands_after};
use super::pace::Bucket;
use super::parse_contacts;
use super::request::{Place, Search};
use crate::config::{HubspotSettings, SourceLimits};
use crate::ports::SecretName;
use crate::repair::Repair;
use crate::sources::EMPTY_PAGES_MAX;
use crate::sources::ask::{Ask, Asker, Got, Provider};
use crate::sources::cut::PagingLinks;
use crate::sources::fault::{Fault, Halt, Remedy};
use crate::sources::rows::ContactsPage;
use crate::sources::tries::Tries;
use crate::stages::{StageContext, StageError};

/// The contacts of a span, read to their end.
#[derive(Debug, Default)]
pub(crate) struct PulledContacts {
    pub pages: Vec<Page>,
    /// HubSpot's own count on the first page.
    pub announced: Option<u64>,
    /// Different contacts, with those that cannot be used.
    pub received: u64,
    pub findings: Vec<Finding>,
}

/// The client of one stage.
pub(crate) struct HubspotClient<'a> {
    asker: Asker<'a, Hubspot>,
    settings: &'a HubspotSettings,
    limits: &'a SourceLimits,
}

struct Hubspot {
    bucket: Bucket,
}

impl Provider for Hubspot {
    const SOURCE: Source = Source::Hubspot;
    const NAME: &'static str = "HubSpot";
    const SECRET: SecretName = SecretName::HubspotToken;
    const LINKS: PagingLinks = PagingLinks::Plain;
    const BASE_URL_FIELD: &'static str = "base_url under [sources.hubspot]";
    const NAMES_WAITS: bool = false;
    const REQUEST_ID: &'static str = "x-hubspot-correlation-id";

    fn classify(&self, status: u16, _: &HeaderMap, body: &[u8]) -> Option<Fault> {
        error::classify(status, body)
    }

    fn pause(&mut self, _: Option<&AccountId>, now: Timestamp) -> Duration {
        self.bucket.take(now)
    }

    fn heard(&mut self, _: Option<&AccountId>, _: &HeaderMap, _: Timestamp) {}
}

/// HubSpot serves no more results of one search.
const RESULTS_MAX: usize = 10_000;

/// What was received so far.
#[derive(Default)]
struct Received {
    pages: Vec<Page>,
    announced: Option<u64>,
    ids: BTreeSet<String>,
    rows: usize,
    unusable: usize,
    /// Rows since the search was last begun anew.
    rows_of_search: usize,
    last_id: Option<String>,
}

impl<'a> HubspotClient<'a> {
    pub fn new(ctx: &'a StageContext<'a>) -> Result<Self, StageError> {
        let (settings, limits) = (&ctx.settings.hubspot, &ctx.settings.limits);
        let asker = Asker::new(
            ctx,
            &settings.base_url,
            Hubspot { bucket: Bucket::new(settings.searches_per_second) },
        )?;
        Ok(Self { asker, settings, limits })
    }

    /// Every contact created in `[from, until)`.
    pub async fn pull(&mut self, span: (Timestamp, Timestamp)) -> Result<PulledContacts, Halt> {
        let mut tries = Tries::of(self.asker.ctx(), "hubspot").await?;
        self.asker.begin(tries.attempt());
        let result = self.pull_once(span).await;
        if let Err(Halt::Fault(fault)) = &result {
            tries.failed(fault).await?;
        }
        result
    }

    async fn pull_once(&mut self, span: (Timestamp, Timestamp)) -> Result<PulledContacts, Halt> {
        let accounts = &self.asker.ctx().settings.accounts;
        let search = Search::new(self.settings, accounts, span);
        let mut received = Received::default();
        let mut place = Place::default();
        let mut cursors = BTreeSet::new();
        let mut empty_pages = 0;
        loop {
            self.guard(&received)?;
            let got = self.page(&search, &mut place, &received).await?;
            let next = got.content.next.clone();
            empty_pages = if got.page.rows == 0 { empty_pages + 1 } else { 0 };
            received.take(got);
            let Some(after) = next else {
                let StageContext { stream, goal, .. } = self.asker.ctx();
                let repair = Repair::new(&stream.report, stream.week, *goal);
                return Ok(received.compared(self.percent_max(), repair));
            };
            if !cursors.insert((place.id_above.clone(), after.clone())) {
                return Err(repeating("HubSpot keeps sending the same page").into());
            }
            if empty_pages >= EMPTY_PAGES_MAX {
                return Err(repeating("HubSpot keeps sending empty pages").into());
            }
            place.after = Some(after);
            if received.rows_of_search + self.page_size() > RESULTS_MAX {
                place = self.begin_anew(&place, &mut received)?;
            }
        }
    }

    /// One page. Some versions demand `after` on a first page as well: then it is sent as "0".
    async fn page(
        &mut self,
        search: &Search,
        place: &mut Place,
        received: &Received,
    ) -> Result<Got<ContactsPage>, Halt> {
        loop {
            let number = received.pages.len() + 1;
            let request = search.request(self.settings, place).map_err(|error| {
                Fault::new(
                    "address_invalid",
                    Remedy::Pull,
                    format!("HubSpot cannot be asked: {error}."),
                    "Correct base_url under [sources.hubspot].",
                )
            })?;
            let ask = Ask {
                step: format!("hubspot-contacts-{number}"),
                kind: PageKind::Contacts,
                account: None,
                number: u32::try_from(number).unwrap_or(u32::MAX),
                request,
            };
            let count = |page: &ContactsPage| page.contacts.len() + page.unusable.len();
            match self.asker.page(&ask, parse_contacts, count).await {
                Err(Halt::Fault(fault)) if place.after.is_none() && demands_after(&fault) => {
                    place.after = Some("0".to_owned());
                }
                result => return result,
            }
        }
    }

    /// Goes on above the last id. Ids are sorted, so nothing is left out and nothing comes twice.
    fn begin_anew(&self, place: &Place, received: &mut Received) -> Result<Place, Halt> {
        received.rows_of_search = 0;
        let id_above = received.last_id.clone();
        if id_above.is_none() || id_above == place.id_above {
            return Err(repeating("no contact in 10,000 results has a usable id").into());
        }
        Ok(Place { id_above, after: None })
    }

    /// By how much what came may differ from what was announced before it holds the report.
    fn percent_max(&self) -> u64 {
        self.asker.ctx().settings.hold.reconciliation_percent_max.into()
    }

    fn page_size(&self) -> usize {
        usize::try_from(self.settings.page_size.min(200)).unwrap_or(usize::MAX)
    }

    fn guard(&self, received: &Received) -> Result<(), Halt> {
        let within = |count: usize, max: u32| u32::try_from(count).is_ok_and(|n| n <= max);
        if !within(received.pages.len() + 1, self.limits.pages_max) {
            let what = format!("HubSpot has more than {}", pages(self.limits.pages_max));
            return Err(endless(&what).into());
        }
        if !within(received.rows, self.limits.rows_max) {
            let what = display::counted(self.limits.rows_max.into(), "contact", "contacts");
            let what = format!("HubSpot has more than {what}");
            return Err(endless(&what).into());
        }
        Ok(())
    }
}

impl Received {
    fn take(&mut self, got: Got<ContactsPage>) {
        let page = got.content;
        if self.pages.is_empty() {
            self.announced = page.total;
        }
        let rows = page.contacts.len() + page.unusable.len();
        self.rows += rows;
        self.rows_of_search += rows;
        self.unusable += page.unusable.len();
        if let Some(last) = page.contacts.last() {
            self.last_id = Some(last.id.clone());
        }
        self.ids.extend(page.contacts.into_iter().map(|contact| contact.id));
        self.pages.push(got.page);
    }

    fn compared(self, percent_max: u64, repair: Repair<'_>) -> PulledContacts {
        let different = self.ids.len() + self.unusable;
        let doubled = self.rows - different;
        let received = different as u64;
        let mut findings = Vec::new();
        if let Some(announced) = self.announced.filter(|announced| *announced != received) {
            findings.push(incomplete(announced, received, percent_max, repair));
        }
        if doubled > 0 {
            findings.push(doubled_contacts(doubled));
        }
        PulledContacts { pages: self.pages, announced: self.announced, received, findings }
    }
}

fn pages(count: u32) -> String {
    display::counted(count.into(), "page", "pages")
}

fn incomplete(announced: u64, received: u64, percent_max: u64, repair: Repair<'_>) -> Finding {
    let difference = announced.abs_diff(received);
    let is_much = difference.saturating_mul(100) > announced.saturating_mul(percent_max);
    Finding {
        class: FindingClass::IncompletePages,
        severity: if is_much { Severity::Hold } else { Severity::Warning },
        subject: Finding::CRM.to_owned(),
        week: None,
        message: format!(
            "HubSpot announced {} and sent {}; CRM figures may be off by the difference.",
            display::counted(announced.into(), "contact", "contacts"),
            display::count(received.into()),
        ),
        action: Some(repair.after(
            "Wait an hour, since HubSpot's search lags behind its contacts; where it comes back, \
             compare with a contact list in HubSpot filtered by create date.",
        )),
    }
}

fn doubled_contacts(count: usize) -> Finding {
    Finding {
        class: FindingClass::DuplicateContact,
        severity: Severity::Note,
        subject: Finding::CRM.to_owned(),
        week: None,
        message: format!(
            "HubSpot sent {} more than once; each counts once.",
            display::counted(count.into(), "contact", "contacts")
        ),
        action: None,
    }
}

/// The list is longer than the limits allow.
fn endless(what: &str) -> Fault {
    unended(
        what,
        "Wait some hours; where there really are so many contacts, raise pages_max and rows_max under \
         [limits].",
    )
}

/// No limit is large enough for a list that does not go on.
fn repeating(what: &str) -> Fault {
    unended(what, "Wait some hours; where it comes back, tell HubSpot's support.")
}

fn unended(what: &str, action: &str) -> Fault {
    let sentence = format!("The list of contacts did not end: {what}.");
    Fault::new("listing_endless", Remedy::Pull, sentence, action)
}
