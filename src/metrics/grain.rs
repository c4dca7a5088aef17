//! The grain: one row for each ad set and day, screened and without duplicates.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use weekledger_events::payload::{DayRow, PageKind};
use weekledger_events::{AccountId, AdSetId, FindingClass, Week};
use weekledger_projections::display;

use super::account::Account;
use super::findings::Findings;
use super::leads::LeadTypes;
use super::left_out::LeftOut;
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
    /// Every type of the lead rule that the row has.
    pub(super) leads: LeadTypes,
    pub(super) has_actions: bool,
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
        left_out: &mut LeftOut,
        findings: &mut Findings,
    ) -> Option<(Week, Measured)> {
        let account = self.accounts.iter().find(|account| *account.id() == row.account)?;
        let (kind, weeks) = (self.kind, self.weeks);
        let unusable = Unusable { kind, account, place: Place::of(row), weeks };
        let mut turn_down = |not_a_number, field: &str, why: &str| {
            unusable.tell(not_a_number, field, why, left_out, findings);
            None
        };
        let week = Week::containing(row.date);
        if !weeks.contains(&week) {
            return turn_down(false, "date_start", "lies outside of the weeks asked for");
        }
        if row.currency.is_some() && row.currency != account.currency {
            return turn_down(false, "account_currency", "is not the account's currency");
        }
        // The provider writes "0" where nothing was spent.
        if row.spend.is_none() && row.impressions.is_some_and(|count| count > 0) {
            return turn_down(false, measure::SPEND, "is missing though the row has impressions");
        }
        match measure::measure(row, &account.settings.lead_actions) {
            Ok(measured) => Some((week, measured)),
            Err(bad) => turn_down(true, &bad.field, &bad.why),
        }
    }
}

/// Puts the ad-set rows into their weeks. Every week asked for is there, be it empty.
pub(super) fn grain(
    rows: &[Sourced<InsightRow>],
    screen: &Screen<'_>,
    left_out: &mut LeftOut,
    findings: &mut Findings,
) -> Grain {
    let mut grain: Grain = screen.weeks.iter().map(|week| (*week, WeekGrain::default())).collect();
    for sourced in rows {
        let Some((week, measured)) = screen.admit(&sourced.row, left_out, findings) else {
            continue;
        };
        let Some(row) = grain_row(sourced, measured) else { continue };
        let rows = &mut grain.entry(week).or_default().rows;
        let key = (row.day.account.clone(), row.day.ad_set.clone(), row.day.date);
        match rows.entry(key) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut taken) => {
                tell_duplicate(week, &taken.get().day, &row.day, findings);
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
        objective: row.objective,
        measures: measured.measures,
        lead_action: measured.lead_action,
        source: sourced.source(),
        pointers: measured.pointers,
    };
    let Measured { parts_apart, leads, .. } = measured;
    Some(GrainRow { day, parts_apart, leads, has_actions: !row.actions.is_empty() })
}

/// The row received last counts: a listing that was begun anew is the fresher one.
fn tell_duplicate(week: Week, earlier: &DayRow, later: &DayRow, findings: &mut Findings) {
    let DayRow { account, ad_set, date, .. } = later;
    let row = format!("The row of ad set {ad_set} for {date} ({week}) came twice");
    let mut about = findings.about(Some(week));
    if same_facts(earlier, later) {
        let message = format!("{row} with the same values and counts once");
        about.note(FindingClass::DuplicateRow, account, message);
    } else {
        let message = format!("{row} with different values; the one received last counts");
        let action = "Compare the day with Ads Manager.";
        about.warn(FindingClass::DuplicateRow, account, message, action);
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
            "In {week}, {} of {} of {} {} {} without the total `lead`; only the first of the \
             account's list counts, so its leads may be too few",
            apart().count(),
            display::counted(rows().count().into(), "row", "rows"),
            account.name(),
            display::noun(apart().count().into(), "names", "name"),
            first.parts_apart.join(" and "),
        );
        let action =
            "In the configuration, list the one lead type that holds all leads of the account.";
        let mut about = findings.about(Some(week));
        about.warn(FindingClass::LeadTypesMixed, account.id(), message, action);
    }
}
