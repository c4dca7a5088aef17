//! Usual later growth: from what past weeks had at an age to what they have now that nothing more
//! comes. One rule serves verdicts at equal age, the preliminary week, and restatements.

use rust_decimal::Decimal;
use weekledger_events::{AccountId, Week};

use super::absence::Absence;
use super::evaluate::Evaluated;
use super::formula::Formula;
use super::span::Scope;
use crate::measure::Measure;
use crate::series::{self, Early, KnownAccount, KnownWeek, Observed};
use crate::verdict::arrived::SETTLED_AGE;

/// The newest weeks that are looked at, and the fewest that tell anything.
const WEEKS_MAX: usize = 26;
const WEEKS_MIN: usize = 8;
/// Fewer leads in all of them tell nothing.
const LEADS_MIN: Decimal = Decimal::ONE_HUNDRED;
/// For each so many weeks the one that grew most and the one that grew least are left out: a pull
/// that was broken when the week was young is no usual growth.
const WEEKS_PER_EXTREME: usize = 13;

/// How weeks usually grow after an age.
#[derive(Debug, Clone)]
pub(crate) struct Growth<'a> {
    /// The weeks that count, oldest first.
    pub weeks: Vec<GrownWeek<'a>>,
    /// The weeks that grew most and least, which do not count.
    pub left_out: usize,
    /// What the weeks that count had then, and what they have now.
    pub early: Decimal,
    pub settled: Decimal,
    /// The largest growth of a week that counts.
    pub at_most: Decimal,
}

/// A week that had an age once and is settled now.
#[derive(Debug, Clone)]
pub(crate) struct GrownWeek<'a> {
    pub week: Week,
    pub accounts: Vec<GrownAccount<'a>>,
    early: Decimal,
    settled: Decimal,
    growth: Decimal,
}

/// What an account had, and where that was seen: then and now.
#[derive(Debug, Clone)]
pub(crate) struct GrownAccount<'a> {
    pub account: &'a AccountId,
    pub early: Decimal,
    /// `None` in a series that an earlier release archived.
    pub early_seen: Option<&'a Observed>,
    pub settled: Decimal,
    pub settled_seen: &'a Observed,
}

/// The relative change from what there was to what there is.
pub(crate) fn formula() -> Formula {
    Formula::RelativeChange(Box::new(Formula::Sum))
}

impl<'m, 'a> Scope<'m, 'a> {
    /// How a measure usually grows after an age, in whole weeks since the week's end. `None` if
    /// too little is known to tell.
    pub fn growth(&self, measure: Measure, age: usize) -> Option<Growth<'a>> {
        let newest = self.model.subject.week;
        let before = self.model.weeks.range(..newest).rev();
        let comparable = before.filter(|(week, _)| {
            measure != Measure::MetaLeads || self.same_lead_definition(**week, newest)
        });
        let grown = comparable.filter_map(|(_, known)| self.grown(known, measure, age));
        let mut weeks: Vec<GrownWeek<'a>> = grown.take(WEEKS_MAX).collect();
        if weeks.len() < WEEKS_MIN {
            return None;
        }
        weeks.sort_by_key(|week| (week.growth, week.week));
        let extremes = weeks.len().div_ceil(WEEKS_PER_EXTREME);
        weeks.truncate(weeks.len() - extremes);
        weeks.drain(..extremes);
        let at_most = weeks.iter().map(|week| week.growth).max()?;
        weeks.sort_by_key(|week| week.week);
        let sum = |of: fn(&GrownWeek<'_>) -> Decimal| {
            weeks.iter().map(of).try_fold(Decimal::ZERO, Decimal::checked_add)
        };
        let (early, settled) = (sum(|week| week.early)?, sum(|week| week.settled)?);
        let is_enough = measure == Measure::Spend || settled >= LEADS_MIN;
        let left_out = 2 * extremes;
        is_enough.then_some(Growth { weeks, left_out, early, settled, at_most })
    }

    /// The share of their leads that weeks usually have at an age.
    pub fn usual_share(&self, age: usize) -> Option<Decimal> {
        let growth = self.growth(Measure::MetaLeads, age)?;
        growth.early.checked_div(growth.settled)
    }

    /// How much the leads of the subject's week usually grow from now on.
    pub fn later_growth(&self) -> Evaluated<'m, 'a> {
        let Some(growth) = self.growth_of_week() else {
            return Evaluated::absent(formula(), Absence::NotEnoughHistory);
        };
        let terms = vec![growth.settled, growth.early];
        let outcome = formula().apply(&terms).map_err(|_| Absence::TooLarge);
        let (selections, notes) = Default::default();
        Evaluated { formula: formula(), selections, terms, outcome, notes }
    }

    /// The growth that the leads of the subject's week have before them; `None` also once nothing
    /// more comes.
    pub fn growth_of_week(&self) -> Option<Growth<'a>> {
        let age = self.age(self.model.subject.week).filter(|age| *age < SETTLED_AGE)?;
        self.growth(Measure::MetaLeads, age)
    }

    /// A week of the scope, if it is settled and each of its accounts was seen at the age. One that
    /// had nothing then says nothing of growth.
    fn grown(&self, known: &'a KnownWeek, measure: Measure, age: usize) -> Option<GrownWeek<'a>> {
        let accounts: Option<Vec<GrownAccount<'a>>> =
            self.accounts(known.week).map(|account| grown(known, account, measure, age)).collect();
        let accounts = accounts?;
        let sum = |of: fn(&GrownAccount<'_>) -> Decimal| {
            accounts.iter().map(of).try_fold(Decimal::ZERO, Decimal::checked_add)
        };
        let (early, settled) = (sum(|one| one.early)?, sum(|one| one.settled)?);
        if early <= Decimal::ZERO {
            return None;
        }
        let growth = formula().apply(&[settled, early]).ok()?;
        Some(GrownWeek { week: known.week, accounts, early, settled, growth })
    }
}

fn grown<'a>(
    known: &'a KnownWeek,
    account: &'a KnownAccount,
    measure: Measure,
    age: usize,
) -> Option<GrownAccount<'a>> {
    let early = account.early.iter().find(|early| early.age == age)?;
    let settled_seen = match measure {
        Measure::CrmLeads => &known.crm.as_ref()?.observed,
        _ => account.observed.as_ref()?,
    };
    let is_settled = series::age(known.week, settled_seen.at).is_some_and(|age| age >= SETTLED_AGE);
    Some(GrownAccount {
        account: &account.facts.account,
        early: value(early, measure)?,
        early_seen: early.observed.as_ref(),
        settled: settled(known, account, measure).filter(|_| is_settled)?,
        settled_seen,
    })
}

fn value(early: &Early, measure: Measure) -> Option<Decimal> {
    match measure {
        Measure::Spend => early.spend,
        Measure::MetaLeads => Some(early.meta_leads.into()),
        Measure::CrmLeads => early.crm_leads.map(Decimal::from),
        _ => None,
    }
}

fn settled(known: &KnownWeek, account: &KnownAccount, measure: Measure) -> Option<Decimal> {
    match measure {
        Measure::CrmLeads => {
            let totals = &known.crm.as_ref()?.totals;
            Some(series::crm_leads(totals, &account.facts.account).into())
        }
        _ => series::sum(&account.ad_sets, measure),
    }
}
