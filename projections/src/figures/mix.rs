//! The fixed set of campaigns that the cost of a lead is judged on.
//!
//! All spend over all leads moves where a cheap campaign ends, a dear one begins or money goes from
//! one to the other, though no campaign's own cost has changed. So cost is judged on campaigns with
//! a past alone, by the leads that the same spend would usually have brought each of them.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use weekledger_events::{CampaignId, Week};

use super::span::Scope;
use crate::figure::Level;
use crate::measure::Measure;
use crate::verdict::gates::Gates;
use crate::verdict::life::{BASELINE_WEEKS_MAX, BASELINE_WEEKS_MIN, HISTORY_WEEKS_MIN};

/// Fewer leads do not show what a lead of a campaign usually costs: fifty show it to a seventh.
const LEADS_MIN: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
/// Where campaigns without a past have most of the money, they are the account's advertising, and
/// everything is judged together.
const COVERED_MIN: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// Below a fifth more or less, nobody asks why a verdict does not follow a cost.
const MOVED_UP: Decimal = Decimal::from_parts(120, 0, 0, false, 2);
const MOVED_DOWN: Decimal = Decimal::from_parts(80, 0, 0, false, 2);

/// Campaigns with a past.
#[derive(Debug, Clone)]
pub(crate) struct Mix<'a> {
    /// The weeks that say what is usual, oldest first.
    pub weeks: Vec<Week>,
    /// What each spent and brought in these weeks; more than zero both.
    pub usual: BTreeMap<&'a CampaignId, Bought>,
}

/// Spend and the Meta leads that it brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bought {
    pub spend: Decimal,
    pub leads: Decimal,
    /// Weeks with spend.
    weeks: usize,
}

impl<'a> Scope<'_, 'a> {
    /// Of weeks that can be compared, oldest first; `None` where all campaigns are judged together.
    pub fn mix(&self, weeks: &[Week]) -> Option<Mix<'a>> {
        if !matches!(self.entity.level, Level::Report | Level::Account) {
            return None;
        }
        let (before, recent) = weeks.split_at_checked(weeks.len().checked_sub(RECENT)?)?;
        let ordinary = before.iter().filter(|week| !self.model.subject.excluded.contains(week));
        let mut usual: Vec<Week> = ordinary.rev().take(BASELINE_WEEKS_MAX).copied().collect();
        usual.reverse();
        let now = self.bought(recent);
        let mut known = self.bought(&usual);
        let all: BTreeSet<&CampaignId> = known.keys().chain(now.keys()).copied().collect();
        if all.len() < 2 {
            return None;
        }
        // One that never brought a lead has none to lose; it is known nevertheless.
        known.retain(|_, had| {
            had.weeks >= BASELINE_WEEKS_MIN && (had.leads >= LEADS_MIN || had.leads.is_zero())
        });
        let spent = |is_counted: &dyn Fn(&CampaignId) -> bool| {
            let counted = now.iter().filter(|(campaign, _)| is_counted(campaign));
            counted.map(|(_, bought)| bought.spend).fold(Decimal::ZERO, Decimal::saturating_add)
        };
        let covered = spent(&|campaign| known.contains_key(campaign));
        if covered < spent(&|_| true).checked_mul(COVERED_MIN)? {
            return None;
        }
        known.retain(|_, had| !had.leads.is_zero());
        let mix = Mix { weeks: usual, usual: known };
        let is_usable = |week: &Week| self.expected(&mix, *week) > Decimal::ZERO;
        let is_testable = weeks.last().is_some_and(is_usable)
            && weeks.iter().filter(|week| is_usable(week)).count() > HISTORY_WEEKS_MIN;
        is_testable.then_some(mix)
    }

    /// The leads of a week that the campaigns of a mix brought.
    pub fn leads_of(&self, mix: &Mix<'_>, week: Week) -> Decimal {
        let bought = self.bought(&[week]).into_iter();
        let own = bought.filter(|(campaign, _)| mix.usual.contains_key(campaign));
        own.fold(Decimal::ZERO, |sum, (_, bought)| sum.saturating_add(bought.leads))
    }

    /// Those that their spend of the week would have brought at each campaign's own usual cost.
    pub fn expected(&self, mix: &Mix<'_>, week: Week) -> Decimal {
        let bought = self.bought(&[week]).into_iter();
        let expected = bought.filter_map(|(campaign, now)| {
            let usual = mix.usual.get(campaign)?;
            now.spend.checked_mul(usual.leads)?.checked_div(usual.spend)
        });
        expected.fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// Whether the mix alone moves the cost of a week by a fifth or more: what all spend would have
    /// cost a lead at usual costs, now and in the weeks that say what is usual.
    pub fn is_moved_by(&self, mix: &Mix<'_>, week: Week) -> bool {
        let spent = |weeks: &[Week]| {
            let sums = weeks.iter().map(|week| self.sum(Measure::Spend, *week));
            sums.fold(Decimal::ZERO, Decimal::saturating_add)
        };
        let leads = mix.usual.values().map(|had| had.leads);
        let leads = leads.fold(Decimal::ZERO, Decimal::saturating_add);
        let usual = spent(&mix.weeks).checked_div(leads);
        let now = spent(&[week]).checked_div(self.expected(mix, week));
        let ratio = now.zip(usual).and_then(|(now, usual)| now.checked_div(usual));
        ratio.is_some_and(|ratio| ratio >= MOVED_UP || ratio <= MOVED_DOWN)
    }

    /// What each campaign spent and brought in some weeks.
    fn bought(&self, weeks: &[Week]) -> BTreeMap<&'a CampaignId, Bought> {
        let mut bought: BTreeMap<&CampaignId, Bought> = BTreeMap::new();
        for week in weeks {
            let mut spending = BTreeSet::new();
            for cell in self.entity.cells_in(&[*week]).filter(|c| self.includes(c.currency)) {
                let Some(campaign) = cell.campaign else { continue };
                let sums = bought.entry(campaign).or_default();
                let of = |measure| cell.value(measure).unwrap_or_default();
                sums.spend = sums.spend.saturating_add(of(Measure::Spend));
                sums.leads = sums.leads.saturating_add(of(Measure::MetaLeads));
                if of(Measure::Spend) > Decimal::ZERO {
                    spending.insert(campaign);
                }
            }
            for campaign in spending {
                bought.entry(campaign).or_default().weeks += 1;
            }
        }
        bought.retain(|_, sums| !sums.spend.is_zero() || !sums.leads.is_zero());
        bought
    }
}

/// The weeks that SUSTAINED compares with those before.
const RECENT: usize = Gates::BASE.recent_weeks;
