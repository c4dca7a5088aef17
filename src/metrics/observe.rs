//! Puts the parts together: pages in, one observation a week out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::payload::{
    AdSetWeek, ContactRow, CrmWeek, DayRow, Goal, Page, PageKind, PullOutcome, RawFetched,
    Reconciliation, Shortfall, WeekObserved, WeekRows,
};
use weekledger_events::{AccountId, ArtifactRef, Digest, Finding, FindingClass, Week};
use weekledger_projections::display;
use weekledger_projections::sightings::sightings;

use super::account::{self, Account};
use super::attribution::Attributor;
use super::contacts::{self, Calendar, Contacts};
use super::delivery::{self, WeekFacts};
use super::directory::Directory;
use super::findings::Findings;
use super::grain::{self, Grain, Screen, WeekGrain};
use super::knowledge::{EarlierWeek, Knowledge};
use super::membership;
use super::pages::{self, Received};
use super::reconcile;
use super::rollup::ad_set_weeks;
use super::silence;
use super::soundness::{Soundness, Unsound};
use crate::config::{HoldSettings, RunSettings};
use crate::repair::Repair;
use crate::sources::hubspot::contact_span;
use crate::sources::parse::ParseError;
use crate::stages::Pages;

/// Everything that an observation depends on.
#[derive(Debug, Clone, Copy)]
pub struct ObserveInput<'a> {
    pub raw: &'a RawFetched,
    /// The bytes of every page that `raw` names.
    pub pages: &'a Pages,
    pub settings: &'a RunSettings,
    /// What the run is for.
    pub goal: Goal,
    /// When `raw` was recorded.
    pub recorded_at: Timestamp,
    pub knowledge: &'a Knowledge,
}

/// What a pull says.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Oldest first; every week asked for.
    pub weeks: Vec<ObservedWeek>,
    pub reconciliation: Vec<Reconciliation>,
    /// In the order of discovery.
    pub findings: Vec<Finding>,
}

/// One week, its rows and the canonical bytes that `observed.rows` names.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedWeek {
    pub observed: WeekObserved,
    pub rows: WeekRows,
    pub rows_bytes: Vec<u8>,
}

/// Why archived pages cannot be observed. Trouble in single rows is a finding instead.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The caller has to hand over every page that the event names.
    #[error("the page {artifact} is not at hand")]
    MissingPage { artifact: Digest },
    /// The page could be read when it was pulled, so another version wrote it.
    #[error("page {number} of {kind:?} ({artifact}) cannot be read")]
    Unreadable {
        kind: PageKind,
        number: u32,
        artifact: Digest,
        #[source]
        source: ParseError,
    },
    #[error("a page of {kind:?} names no account")]
    NoAccount { kind: PageKind },
    #[error("the pull names no week")]
    NoWeek,
    #[error(
        "the report's time zone {name:?} is not known; write an IANA name such as Europe/Berlin"
    )]
    TimeZone {
        name: String,
        #[source]
        source: jiff::Error,
    },
    #[error("the rows of {week} have no canonical form")]
    Canonical {
        week: Week,
        #[source]
        source: CanonicalError,
    },
}

impl ObserveError {
    pub(super) fn unreadable(page: &Page, source: ParseError) -> Self {
        let Page { kind, number, artifact, .. } = page;
        Self::Unreadable { kind: *kind, number: *number, artifact: artifact.digest, source }
    }
}

/// Turns the pages of a pull into observations. The same input gives the same result, byte for
/// byte.
pub fn observe(input: ObserveInput<'_>) -> Result<Observed, ObserveError> {
    let ObserveInput { raw, settings, knowledge, .. } = input;
    let weeks = weeks(raw)?;
    let report_zone = report_zone(settings)?;
    let (Some(&oldest), Some(&newest)) = (weeks.first(), weeks.last()) else {
        return Err(ObserveError::NoWeek);
    };
    let mut findings = Findings::new((&settings.report, newest, input.goal), knowledge.standing());
    let repair = Repair::new(&settings.report, newest, input.goal);
    let accounts = account::accounts(raw, settings, knowledge, &report_zone, repair, &mut findings);
    let mut received = pages::read(raw, input.pages, &weeks, &accounts, &mut findings)?;
    let mut left_out = std::mem::take(&mut received.left_out);

    let screen = Screen { kind: PageKind::AdSetDays, weeks: &weeks, accounts: &accounts };
    let grain = grain::grain(&received.ad_sets, &screen, &mut left_out, &mut findings);
    let hold = &settings.hold;
    let reconciled =
        reconcile::reconcile(&received, &grain, &accounts, hold, &mut left_out, &mut findings);
    let (left_out, apart) = (&left_out, &reconciled.apart);
    let standing = &knowledge.standing();
    let soundness = Soundness { grain: &grain, left_out, apart, knowledge, standing, newest };
    let unsound = soundness.judge(&accounts, &mut findings);
    let calendar = Calendar { weeks: &weeks, asked: asked(raw, settings, &weeks) };
    let days = sound_days(&grain, &unsound);
    let directory = directory(&accounts, knowledge, &days, oldest);
    let attributor = Attributor {
        accounts: &accounts,
        directory: &directory,
        report_zone: &report_zone,
        count_unattributed: settings.hubspot.count_unattributed,
        closed: closed(&weeks, knowledge),
    };
    let contacts = contacts(input, &received, &attributor, &calendar, repair, &mut findings);

    let builder = WeekBuilder { input, accounts: &accounts, unsound: &unsound };
    let mut observed = Vec::with_capacity(grain.len());
    for ((week, grain), days) in grain.iter().zip(days.into_values()) {
        let crm = contacts.as_ref().and_then(|contacts| {
            let rows = contacts.weeks.get(week).cloned().unwrap_or_default();
            let shortfall = contacts.shortfalls.get(week).copied();
            // A whole week is not replaced by one that lacks something.
            let known = knowledge.week(*week).and_then(|known| known.contacts.as_ref());
            let stays = shortfall.is_some()
                && *week != newest
                && known.is_some_and(|contacts| contacts.whole);
            (!stays).then_some((rows, shortfall))
        });
        observed.push(builder.build(*week, grain, days, crm)?);
    }
    compare(&observed, knowledge, hold, &mut findings);
    silence::tell_accounts(&observed, knowledge, hold, &mut findings);
    let reconciliation = reconciled.gaps;
    Ok(Observed { weeks: observed, reconciliation, findings: findings.finish() })
}

/// Oldest first, each once.
fn weeks(raw: &RawFetched) -> Result<Vec<Week>, ObserveError> {
    let mut weeks = raw.weeks.clone();
    weeks.sort_unstable();
    weeks.dedup();
    if weeks.is_empty() { Err(ObserveError::NoWeek) } else { Ok(weeks) }
}

/// From and until when the pull asked for contacts.
fn asked(
    raw: &RawFetched,
    settings: &RunSettings,
    weeks: &[Week],
) -> Option<(Timestamp, Timestamp)> {
    let listed = raw.accounts.iter().filter(|pull| pull.outcome != PullOutcome::Off);
    let zones = listed.map(|pull| pull.time_zone.as_deref());
    contact_span(zones.chain([Some(settings.time_zone.as_str())]), weeks)
}

/// The newest week of this pull, and earlier ones that were the newest when they were last pulled.
fn closed(weeks: &[Week], knowledge: &Knowledge) -> BTreeSet<Week> {
    let is_known = |known: &&EarlierWeek| !weeks.contains(&known.week);
    let before = knowledge
        .weeks
        .iter()
        .filter(is_known)
        .filter(|known| known.contacts.as_ref().is_some_and(|contacts| !contacts.foreseen));
    let own = weeks.iter().filter(|week| !weeks.contains(&week.next())).copied();
    own.chain(before.map(|known| known.week)).collect()
}

fn report_zone(settings: &RunSettings) -> Result<TimeZone, ObserveError> {
    let name = &settings.time_zone;
    TimeZone::get(name).map_err(|source| ObserveError::TimeZone { name: name.clone(), source })
}

/// The rows of every week that its observation will hold.
type SoundDays = BTreeMap<Week, Vec<DayRow>>;

fn sound_days(grain: &Grain, unsound: &Unsound) -> SoundDays {
    let days = |week: Week, grain: &WeekGrain| {
        let days = grain.rows.values().map(|row| &row.day);
        let lack = |day: &DayRow| unsound.get(&(week, day.account.clone()));
        days.filter(|day| lack(day).is_none_or(|lack| !lack.missing)).cloned().collect()
    };
    grain.iter().map(|(week, grain)| (*week, days(*week, grain))).collect()
}

/// The campaigns of earlier weeks and those of this pull. These are taken as the ledger will hold
/// them, so that a later pull knows the same of them.
fn directory(
    accounts: &[Account<'_>],
    knowledge: &Knowledge,
    days: &SoundDays,
    oldest: Week,
) -> Directory {
    let rows: Vec<(Week, AdSetWeek)> = days
        .iter()
        .flat_map(|(week, days)| ad_set_weeks(days).into_iter().map(|row| (*week, row)))
        .collect();
    let own = sightings(rows.iter().map(|(week, row)| (*week, row)));
    let start = knowledge.weeks.iter().map(|known| known.week).fold(oldest, Week::min);
    Directory::new(accounts, knowledge.campaigns.iter().chain(&own), start)
}

/// `None` if the CRM is off or could not be pulled: then its figures do not exist.
fn contacts(
    input: ObserveInput<'_>,
    received: &Received,
    attributor: &Attributor<'_>,
    calendar: &Calendar<'_>,
    repair: Repair<'_>,
    findings: &mut Findings,
) -> Option<Contacts> {
    match &input.raw.crm.outcome {
        PullOutcome::Off => None,
        PullOutcome::Failed { trouble } => {
            let sentence = trouble.sentence.trim_end_matches('.');
            let message =
                format!("Contacts could not be pulled, so CRM leads are missing: {sentence}");
            let action = repair.after(&trouble.action);
            findings.warn(FindingClass::CrmMissing, Finding::CRM, message, &action);
            None
        }
        PullOutcome::Pulled => {
            let exclude = input.settings.hubspot.exclude_offline;
            let left_out = received.contacts_left_out;
            let received = &received.contacts;
            if let Some(count) = contacts::vanished(received, calendar.weeks, input.knowledge) {
                let message = format!(
                    "HubSpot sent no contacts at all, though {} of these weeks {} known before; \
                     CRM leads are missing and what was known stays",
                    display::counted(count.into(), "contact", "contacts"),
                    display::noun(count.into(), "was", "were"),
                );
                let action = "Check in HubSpot that the contacts are there and that the app may \
                              read them.";
                let action = repair.after(action);
                findings.warn(FindingClass::CrmMissing, Finding::CRM, message, &action);
                return None;
            }
            if let Some(count) = contacts::without_sources(received, &input.settings.accounts) {
                let message = format!(
                    "None of {} says where it came from, so CRM leads are missing: \
                     HubSpot sent no hs_analytics_source with any",
                    display::counted(count.into(), "contact", "contacts"),
                );
                let action = "Check in HubSpot that the app may read contacts and that the \
                              properties named in the configuration exist.";
                let action = repair.after(action);
                findings.warn(FindingClass::CrmMissing, Finding::CRM, message, &action);
                return None;
            }
            let weeks = contacts::contact_weeks(received, attributor, calendar, exclude, findings);
            let silent = silence::tell_crm(&weeks, input.knowledge, findings);
            let newest = calendar.weeks.last();
            let gone =
                newest.and_then(|week| contacts::gone_property(received, *week, input.knowledge));
            if let Some(name) = gone {
                tell_gone_property(name, repair, findings);
            }
            let crm = &input.raw.crm;
            let shortfalls = contacts::shortfalls(crm, left_out, &silent, gone, &weeks);
            Some(Contacts { weeks, shortfalls })
        }
    }
}

fn tell_gone_property(name: &str, repair: Repair<'_>, findings: &mut Findings) {
    let message = format!(
        "HubSpot sent {name} with no paid social contact any more, so fewer of them have a campaign; \
         what was known of earlier weeks stays"
    );
    let action = format!("Check in HubSpot that {name} is there and that the app may read it.");
    let action = repair.after(&action);
    findings.warn(FindingClass::IncompletePages, Finding::CRM, message, &action);
}

struct WeekBuilder<'a> {
    input: ObserveInput<'a>,
    accounts: &'a [Account<'a>],
    unsound: &'a Unsound,
}

impl WeekBuilder<'_> {
    fn build(
        &self,
        week: Week,
        grain: &WeekGrain,
        days: Vec<DayRow>,
        crm: Option<(Vec<ContactRow>, Option<Shortfall>)>,
    ) -> Result<ObservedWeek, ObserveError> {
        let (contacts, crm) = match crm {
            Some((rows, shortfall)) => {
                let crm = CrmWeek { shortfall, ..contacts::crm_week(&rows) };
                (rows, Some(crm))
            }
            None => (Vec::new(), None),
        };
        let lack = |id: &AccountId| self.unsound.get(&(week, id.clone()));
        let rows = WeekRows { days, contacts };
        let rows_bytes = canonical::to_bytes(&rows)
            .map_err(|source| ObserveError::Canonical { week, source })?;
        let account_weeks =
            self.accounts.iter().map(|a| account::account_week(a, lack(a.id()), grain));
        let observed = WeekObserved {
            week,
            observed_at: self.input.recorded_at,
            rows: ArtifactRef::of(&rows_bytes),
            accounts: account_weeks.collect(),
            ad_sets: ad_set_weeks(&rows.days),
            crm,
        };
        Ok(ObservedWeek { observed, rows, rows_bytes })
    }
}

/// Each week against the one before it. What stopped is told of the newest week only: of earlier
/// ones it was told when they were the newest.
fn compare(
    weeks: &[ObservedWeek],
    knowledge: &Knowledge,
    hold: &HoldSettings,
    findings: &mut Findings,
) {
    let oldest = weeks.first().map(|week| week.observed.week.previous());
    let mut earlier = oldest.and_then(|week| knowledge.week(week)).map(WeekFacts::from);
    for (position, ObservedWeek { observed, .. }) in weeks.iter().enumerate() {
        let previous = earlier.filter(|earlier| earlier.week == observed.week.previous());
        for now in &observed.accounts {
            let was = previous.and_then(|previous| previous.pulled(&now.account));
            account::tell_lead_definitions(observed.week, now, was, findings);
        }
        if position + 1 == weeks.len() {
            if let Some(previous) = previous {
                delivery::tell_stopped(observed.into(), previous, hold, findings);
            }
            delivery::tell_gone(weeks, knowledge, findings);
            delivery::tell_empty(observed, findings);
            membership::tell(weeks, knowledge, findings);
        }
        earlier = Some(observed.into());
    }
}
