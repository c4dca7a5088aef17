//! Spans: which weeks a window covers, and whether all of them are known.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use weekledger_events::payload::Shortfall;
use weekledger_events::{AccountId, Currency, Week};

use super::absence::Absence;
use super::model::{Entity, Model};
use super::recipe;
use super::shortfall::{Missing, Of, Short};
use crate::display;
use crate::figure::{Level, Metric, Window};
use crate::measure::Measure;
use crate::series::{self, KnownAccount};

/// What has to be known of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub ads: bool,
    pub crm: bool,
}

/// The weeks of a window, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub window: Window,
    pub weeks: Vec<Week>,
}

/// Part of an entity: money exists once per currency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'m, 'a> {
    pub model: &'m Model<'a>,
    pub entity: &'m Entity<'a>,
    pub currency: Option<&'m Currency>,
}

impl Needs {
    pub const ADS: Self = Self { ads: true, crm: false };
    pub const CRM: Self = Self { ads: false, crm: true };
    pub const BOTH: Self = Self { ads: true, crm: true };
}

impl Span {
    pub fn one(window: Window, week: Week) -> Self {
        Self { window, weeks: vec![week] }
    }

    pub fn first(&self) -> Option<Week> {
        self.weeks.first().copied()
    }

    /// For example "previous_week = 2026-W46" and "four_weeks = 2026-W44 to 2026-W47".
    pub fn describe(&self) -> String {
        match self.weeks[..] {
            [] => format!("{} = none", self.window),
            [week] => format!("{} = {week}", self.window),
            [first, .., last] => format!("{} = {first} to {last}", self.window),
        }
    }
}

impl<'a> Scope<'_, 'a> {
    pub fn needs(&self, metric: Metric) -> Needs {
        recipe::needs(metric, self.entity.level)
    }

    /// The weeks of a window that is no change. An error if one of them is not known: then a sum
    /// would look complete without being so.
    pub fn span(&self, needs: Needs, window: Window) -> Result<Span, Absence> {
        let weeks = match self.model.windows.get(&window) {
            Some(weeks) => weeks.clone(),
            None => self.unbroken(needs)?,
        };
        weeks.iter().rev().try_for_each(|week| self.known(needs, *week))?;
        Ok(Span { window, weeks })
    }

    /// Whether everything that the scope's figures need of a week is known.
    pub fn known(&self, needs: Needs, week: Week) -> Result<(), Absence> {
        if needs.crm && !self.model.subject.crm {
            return Err(Absence::CrmOff);
        }
        let known = self.model.weeks.get(&week).ok_or(Absence::NotEnoughHistory)?;
        let mut accounts = self.accounts(week).peekable();
        if accounts.peek().is_none() {
            return Err(Absence::NotEnoughHistory);
        }
        let missing: Vec<Missing> = accounts
            .filter(|account| account.observed.is_none())
            // Contacts are known as leads by their campaigns, and these by any earlier week.
            .filter(|account| needs.ads || !self.is_known_before(&account.facts.account, week))
            .map(|account| Missing {
                name: account.facts.name.clone(),
                why: account.facts.shortfall.unwrap_or(Shortfall::NotPulled),
            })
            .collect();
        if !missing.is_empty() {
            return Err(Absence::AccountMissing(missing));
        }
        if needs.crm && known.crm.is_none() {
            return Err(Absence::CrmMissing);
        }
        Ok(())
    }

    fn is_known_before(&self, account: &AccountId, week: Week) -> bool {
        let earlier = self.model.weeks.range(..week).rev();
        let mut seen = earlier.filter_map(|(_, known)| known.account(account));
        seen.any(|known| known.observed.is_some())
    }

    /// "without Harbour Residence", where some accounts of a week could be read and some could not.
    pub fn without(&self, week: Week) -> Option<String> {
        let (read, unread): (Vec<_>, Vec<_>) =
            self.accounts(week).partition(|account| account.observed.is_some());
        let names: Vec<&str> = unread.iter().map(|account| account.facts.name.as_str()).collect();
        let may_be_other = self.currency.is_some()
            && unread.iter().any(|account| account.facts.currency.is_none());
        let why = if may_be_other { " (currency not known yet)" } else { "" };
        let is_partly = !read.is_empty() && !unread.is_empty();
        is_partly.then(|| format!("without {}{why}", names.join(", ")))
    }

    /// What is known to be missing from figures of weeks that are known.
    pub fn short(&self, needs: Needs, weeks: &[Week]) -> Vec<Short> {
        let mut short = Vec::new();
        for week in weeks {
            let of_week = |of, why| Short { of, why, week: *week };
            let accounts =
                self.accounts(*week).filter(|known| needs.ads && known.observed.is_some());
            short.extend(accounts.filter_map(|known| {
                Some(of_week(Of::Account(known.facts.name.clone()), known.facts.shortfall?))
            }));
            let crm = self.model.weeks.get(week).and_then(|known| known.crm.as_ref());
            let crm = crm.filter(|_| needs.crm).and_then(|crm| crm.totals.shortfall);
            short.extend(crm.map(|why| of_week(Of::Crm, why)));
        }
        short
    }

    /// What is known to be missing from a metric.
    pub fn lacking(&self, metric: Metric, weeks: &[Week]) -> Vec<Short> {
        let mut short = self.short(self.needs(metric), weeks);
        short.retain(|short| short.concerns(metric));
        short
    }

    /// All weeks back from the subject's without a gap: a sum over more would leave out a week.
    fn unbroken(&self, needs: Needs) -> Result<Vec<Week>, Absence> {
        let newest = self.model.subject.week;
        self.known(needs, newest)?;
        let is_known = |week: &Week| self.known(needs, *week).is_ok();
        let observed = self.model.weeks.keys().rev().copied();
        let back = std::iter::successors(Some(newest), |week| Some(week.previous()));
        let gapless = observed.zip(back).take_while(|(week, due)| week == due);
        let mut weeks: Vec<Week> = gapless.map(|(week, _)| week).take_while(is_known).collect();
        weeks.reverse();
        Ok(weeks)
    }

    pub fn accounts(&self, week: Week) -> impl Iterator<Item = &'a KnownAccount> {
        self.model.accounts_of(self.entity, self.currency, week)
    }

    fn account_ids(&self, week: Week) -> BTreeSet<&'a AccountId> {
        self.accounts(week).map(|account| &account.facts.account).collect()
    }

    /// Whether the same accounts stand behind both weeks.
    pub fn same_accounts(&self, a: Week, b: Week) -> bool {
        self.account_ids(a) == self.account_ids(b)
    }

    /// Whether leads of `earlier` mean the same as leads of `now`: the lead rule of every account
    /// is the same, and some attribution setting is still in use.
    pub fn same_lead_definition(&self, earlier: Week, now: Week) -> bool {
        self.accounts(now).all(|now| {
            let same = |earlier: &KnownAccount| {
                let (a, b) = (&earlier.facts, &now.facts);
                let settings = (&a.attribution_settings, &b.attribution_settings);
                a.lead_rule == b.lead_rule
                    && (settings.0.is_empty()
                        || settings.1.is_empty()
                        || settings.0.iter().any(|setting| settings.1.contains(setting)))
            };
            let account = &now.facts.account;
            self.accounts(earlier).filter(|known| known.facts.account == *account).all(same)
        })
    }

    /// The day on which `all_time` begins, and whether older weeks were left out.
    pub fn since(&self, needs: Needs, span: &Span) -> Option<String> {
        let first = span.first().filter(|_| span.window == Window::AllTime)?;
        let mut older = self.model.weeks.range(..first).map(|(week, _)| *week);
        let left_out = older.any(|week| self.known(needs, week).is_ok());
        let left_out = if left_out { "; earlier weeks incomplete" } else { "" };
        Some(format!("since {}{left_out}", display::day(first.monday())))
    }

    /// Which accounts the report did not have in all weeks of a span.
    pub fn partial_accounts(&self, span: &Span) -> Vec<String> {
        let (Some(first), Some(last)) = (span.first(), span.weeks.last().copied()) else {
            return Vec::new();
        };
        if self.entity.level != Level::Report {
            return Vec::new();
        }
        let in_all = self.account_ids(first);
        let mut notes = Vec::new();
        let mut seen = in_all.clone();
        for week in &span.weeks {
            for account in self.accounts(*week) {
                let facts = &account.facts;
                if seen.insert(&facts.account) {
                    let day = display::day(week.monday());
                    notes.push(format!("{} only since {day}", facts.name));
                }
            }
        }
        for account in seen.difference(&self.account_ids(last)) {
            let weeks = span.weeks.iter().rev();
            let known = weeks.filter_map(|week| {
                let found = self.accounts(*week).find(|known| known.facts.account == **account)?;
                Some(format!("{} only until {}", found.facts.name, display::day(week.sunday())))
            });
            notes.extend(known.take(1));
        }
        notes
    }

    /// Whose campaigns of a span may not all be known, where contacts are counted nevertheless: one
    /// that HubSpot does not call paid social is a lead only by its campaign.
    pub fn campaigns_unknown(&self, span: &Span) -> Option<String> {
        let accounts = span.weeks.iter().flat_map(|week| self.accounts(*week));
        let unknown = accounts.filter(|known| {
            known.observed.is_none() || known.facts.shortfall == Some(Shortfall::RowsLeftOut)
        });
        let names: BTreeSet<&str> = unknown.map(|known| known.facts.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        (!names.is_empty()).then(|| format!("campaigns of {} may be unknown", names.join(", ")))
    }

    /// Accounts whose newest pull of the week failed, so that an older one stands for it.
    pub fn stale_accounts(&self, week: Week) -> Vec<String> {
        let stale = self.accounts(week).filter(|account| account.failed_at.is_some());
        stale
            .filter_map(|account| {
                let at = account.observed.as_ref()?.at.to_zoned(jiff::tz::TimeZone::UTC).date();
                Some(format!("{} as known on {}", account.facts.name, display::day(at)))
            })
            .collect()
    }

    /// How much of a measure the scope has in one week.
    pub fn sum(&self, measure: Measure, week: Week) -> Decimal {
        let cells = self.entity.cells_in(std::slice::from_ref(&week));
        let values = cells.filter_map(|cell| match self.includes(cell.currency) {
            true => cell.value(measure),
            false => None,
        });
        values.fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// Whole weeks between the end of a week and the pull that it is known from, of the account
    /// whose pull is the earliest.
    pub fn age(&self, week: Week) -> Option<usize> {
        let pulled = self.accounts(week).filter_map(|account| account.observed.as_ref());
        series::age(week, pulled.map(|observed| observed.at).min()?)
    }

    pub fn includes(&self, currency: Option<&Currency>) -> bool {
        self.currency.is_none() || self.currency == currency
    }
}
