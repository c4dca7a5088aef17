//! The grain: one row for each ad set and day, screened and without duplicates.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use weekledger_events::payload::{DayRow, PageKind};
use weekledger_events::{AccountId, AdSetId, FindingClass, Week};

use super::account::Account;
use super::findings::Findings;
use super::measure::{self, Measured};
use super::pages::{Place, Sourced, Unusable};
use crate::sources::rows::InsightRow;

/// The rows of every week asked for.
pub(super) type Grain = BTreeMap<Week, WeekGrain>;

#[derive(Default)]
pub(super) struct WeekGrain {
    pub(super) rows: BTreeMap<(AccountId, AdSetId, Date), GrainRow>,
}

pub(super) struct GrainRow {
    pub(super) day: DayRow,
    /// Lead types that stand side by side without their roll-up.
    parts_apart: Vec<String>,
}

/// Lets rows of one kind pass that lie within what was asked for and can be measured.
pub(super) struct Screen<'a> {
    pub(super) kind: PageKind,
    pub(super) weeks: &'a [Week],
    pub(super) accounts: &'a [Account<'a>],
}

impl Screen<'_> {
    /// The row's week and measures, or a finding.
    pub(super) fn admit(
        &self,
        row: &InsightRow,
        findings: &mut Findings,
    ) -> Option<(Week, Measured)> {
        let account = self.accounts.iter().find(|account| *account.id() == row.account)?;
        let unusable = Unusable { kind: self.kind, account, place: Place::of(row) };
        let week = Week::containing(row.date);
        if !self.weeks.contains(&week) {
            unusable.tell(false, "date_start", "lies outside of the weeks asked for", findings);
            return None;
        }
        if row.currency.is_some() && row.currency != account.currency {
            unusable.tell(false, "account_currency", "is not the account's currency", findings);
            return None;
        }
        match measure::measure(row, &account.settings.lead_actions) {
            Ok(measured) => Some((week, measured)),
            Err(bad) => {
                unusable.tell(true, &bad.field, bad.why, findings);
                None
            }
        }
    }
}

/// Puts the ad-set rows into their weeks. Every week asked for is there, be it empty.
pub(super) fn grain(
    rows: &[Sourced<InsightRow>],
    screen: &Screen<'_>,
    findings: &mut Findings,
) -> Grain {
    let mut grain: Grain = screen.weeks.iter().map(|week| (*week, WeekGrain::default())).collect();
    for sourced in rows {
        let Some((week, measured)) = screen.admit(&sourced.row, findings) else { continue };
        let Some(row) = grain_row(sourced, measured) else { continue };
        let rows = &mut grain.entry(week).or_default().rows;
        let key = (row.day.account.clone(), row.day.ad_set.clone(), row.day.date);
        match rows.entry(key) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut taken) => {
                tell_duplicate(&taken.get().day, &row.day, findings);
                taken.insert(row);
            }
        }
    }
    for (week, grain) in &grain {
        tell_parts_apart(*week, grain, screen.accounts, findings);
    }
    grain
}

/// `None` without both ids; such rows were turned down when the page was read.
fn grain_row(sourced: &Sourced<InsightRow>, measured: Measured) -> Option<GrainRow> {
    let row = &sourced.row;
    let (campaign, ad_set) = (row.campaign.clone()?, row.ad_set.clone()?);
    let day = DayRow {
        account: row.account.clone(),
        campaign_name: row.campaign_name.clone().unwrap_or_else(|| campaign.to_string()),
        ad_set_name: row.ad_set_name.clone().unwrap_or_else(|| ad_set.to_string()),
        campaign,
        ad_set,
        date: row.date,
        attribution_setting: row.attribution_setting.clone(),
        measures: measured.measures,
        lead_action: measured.lead_action,
        source: sourced.source(),
        pointers: measured.pointers,
    };
    Some(GrainRow { day, parts_apart: measured.parts_apart })
}

/// The row received last counts: a listing that was begun anew is the fresher one.
fn tell_duplicate(earlier: &DayRow, later: &DayRow, findings: &mut Findings) {
    let DayRow { account, ad_set, date, .. } = later;
    let about = format!("The row of ad set {ad_set} for {date} came twice");
    if same_facts(earlier, later) {
        let message = format!("{about} with the same values and counts once");
        findings.note(FindingClass::DuplicateRow, account, message);
    } else {
        let message = format!("{about} with different values; the one received last counts");
        let action = "Compare the day with Ads Manager.";
        findings.warn(FindingClass::DuplicateRow, account, message, action);
    }
}

/// Alike in everything but where they lie.
fn same_facts(one: &DayRow, other: &DayRow) -> bool {
    let DayRow { source, pointers, .. } = other;
    let placed = DayRow { source: source.clone(), pointers: pointers.clone(), ..one.clone() };
    placed == *other
}

fn tell_parts_apart(
    week: Week,
    grain: &WeekGrain,
    accounts: &[Account<'_>],
    findings: &mut Findings,
) {
    for account in accounts {
        let rows = || grain.rows.values().filter(|row| row.day.account == *account.id());
        let apart = || rows().filter(|row| !row.parts_apart.is_empty());
        let Some(first) = apart().next() else { continue };
        let message = format!(
            "In {week}, {} of {} rows of {} name {} without the total `lead`; only the first of the \
             account's list counts, so its leads may be too few",
            apart().count(),
            rows().count(),
            account.name(),
            first.parts_apart.join(" and "),
        );
        let action = "Choose the one type that holds all leads of the account.";
        findings.warn(FindingClass::LeadTypesMixed, account.id(), message, action);
    }
}
