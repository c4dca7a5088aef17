//! Which entities get a row, and so an alias: the accounts, and what spent most below them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger_events::CampaignId;

use super::super::NAME_CHARS_MAX;
use super::super::name::{clean, end_of_id, shortened};
use super::super::{Alias, Entity, shown_name};
use super::Chooser;
use crate::alerts::AlertRule;
use crate::figure::{Level, Metric, Status, Window};
use crate::supporting::Attributes;

/// Rows of the mail's tables, beside `RowLimits`.
const ACCOUNTS_MAX: usize = 10;
const AD_SETS_MAX_PER_CAMPAIGN: usize = 3;

/// An entity that may get a row.
struct Candidate<'a> {
    id: &'a str,
    name: &'a str,
    parent: Alias,
    currency: Option<&'a str>,
    spend: Decimal,
    /// An alert that is not shown would be none.
    alerts: bool,
}

impl<'a> Chooser<'a> {
    pub(super) fn entities(&mut self) {
        self.entity(Alias::REPORT, self.input.report.as_str(), self.input.title, None);
        self.accounts();
        self.campaigns();
        self.ad_sets();
        self.set_shared_names_apart();
        self.mark_siblings();
        self.names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    /// A name that two entities of a level bear says of neither which it is.
    fn set_shared_names_apart(&mut self) {
        let all = std::mem::take(&mut self.names);
        let is_shared = |(name, alias): &(String, Alias)| {
            let alike =
                |other: &&(String, Alias)| other.0 == *name && other.1.level() == alias.level();
            all.iter().filter(alike).count() > 1
        };
        let (shared, own) = all.iter().cloned().partition(is_shared);
        (self.shared_names, self.names) = (shared, own);
    }

    /// Entities of one name below the same parent are shown with the end of their ids.
    fn mark_siblings(&mut self) {
        let entities = &self.set.entities;
        let marked: Vec<(usize, String)> = entities
            .iter()
            .enumerate()
            .filter_map(|(at, own)| {
                let alike = entities.iter().filter(|other| {
                    other.alias != own.alias
                        && (other.level, other.parent, &other.name)
                            == (own.level, own.parent, &own.name)
                });
                let others: Vec<&str> = alike.map(|other| other.id.as_str()).collect();
                let mark = format!(" (id {})", end_of_id(&own.id, &others)?);
                let room = NAME_CHARS_MAX.saturating_sub(mark.chars().count());
                Some((at, format!("{}{mark}", shortened(&own.name, room))))
            })
            .collect();
        for (at, name) in marked {
            self.set.entities[at].name = name;
        }
    }

    fn accounts(&mut self) {
        let Some(observed) = self.observed else { return };
        for (index, account) in observed.accounts.iter().take(ACCOUNTS_MAX).enumerate() {
            let alias = Alias::nth(Level::Account, index);
            let parent = Some(Alias::REPORT);
            self.entity(alias, account.account.as_str(), &account.name, parent);
        }
        self.leave_out(Level::Account, observed.accounts.len().saturating_sub(ACCOUNTS_MAX));
    }

    /// The campaigns that spent most of those with spend or leads, account by account.
    fn campaigns(&mut self) {
        let mut found: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        if let Some(observed) = self.observed {
            for row in &observed.ad_sets {
                found.insert(row.campaign.as_str(), (row.account.as_str(), &row.campaign_name));
            }
            for row in observed.crm.iter().flat_map(|crm| &crm.campaigns) {
                found.entry(row.campaign.as_str()).or_insert((row.account.as_str(), ""));
            }
        }
        let candidates = found.into_iter().map(|(id, (account, name))| (id, name, account));
        let candidates = candidates.collect();
        let max = self.input.rows.campaigns;
        self.rows(Level::Campaign, candidates, Level::Account, max, usize::MAX);
    }

    fn ad_sets(&mut self) {
        let rows = self.observed.map_or(&[][..], |observed| &observed.ad_sets);
        let candidates = rows
            .iter()
            .map(|row| (row.ad_set.as_str(), row.ad_set_name.as_str(), row.campaign.as_str()))
            .collect();
        let each = AD_SETS_MAX_PER_CAMPAIGN;
        let max = self.input.rows.ad_sets;
        self.rows(Level::AdSet, candidates, Level::Campaign, max, each);
    }

    /// Rows for the active ones of `(id, name, parent's id)`. Those whose parent has no row get
    /// none either.
    fn rows(
        &mut self,
        level: Level,
        all: Vec<(&'a str, &'a str, &'a str)>,
        parents: Level,
        max: usize,
        max_each: usize,
    ) {
        let active: Vec<_> = all.into_iter().filter(|(id, ..)| self.is_active(level, id)).collect();
        let total = active.len();
        let candidates: Vec<Candidate<'a>> = active
            .into_iter()
            .filter_map(|(id, name, parent)| {
                let parent = self.alias(parents, parent)?;
                let (currency, spend) = self.spent(level, id);
                let alerts = self.has_alert(level, id);
                Some(Candidate { id, name, parent, currency, spend, alerts })
            })
            .collect();
        self.leave_out(level, total - candidates.len());
        self.shown(level, candidates, max, max_each);
    }

    /// Whether an entity has spend or leads in the week.
    fn is_active(&self, level: Level, id: &str) -> bool {
        [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads]
            .into_iter()
            .any(|metric| !self.most(level, id, metric).is_zero())
    }

    fn has_alert(&self, level: Level, id: &str) -> bool {
        AlertRule::METRICS.into_iter().any(|metric| {
            let mut figures = self.figure(level, id, metric, Window::Week);
            figures.any(|figure| figure.status == Some(Status::Alert))
        })
    }

    /// An entity has one currency, so this is its figure of the week, or zero.
    fn most(&self, level: Level, id: &str, metric: Metric) -> Decimal {
        let figures = self.figure(level, id, metric, Window::Week);
        figures.filter_map(|figure| figure.value).max().unwrap_or_default()
    }

    /// What an entity spent in the week, with its currency.
    fn spent(&self, level: Level, id: &str) -> (Option<&'a str>, Decimal) {
        let figures = self.figure(level, id, Metric::Spend, Window::Week);
        let known = figures.filter_map(|figure| Some((&figure.currency, figure.value?)));
        let most = known.max_by_key(|(_, value)| *value);
        let (currency, value) = most.unwrap_or((&None, Decimal::ZERO));
        (currency.as_ref().map(|currency| currency.as_str()), value)
    }

    /// Gives aliases to those with an alert and those that spent most, in the order of their parents. Amounts of two
    /// currencies are not compared: each currency has its turn.
    fn shown(&mut self, level: Level, mut all: Vec<Candidate<'a>>, max: usize, max_each: usize) {
        let total = all.len();
        all.sort_by(|a, b| {
            let spend = || b.spend.cmp(&a.spend).then_with(|| a.id.cmp(b.id));
            b.alerts.cmp(&a.alerts).then_with(spend)
        });
        let mut of_parent: BTreeMap<Alias, usize> = BTreeMap::new();
        all.retain(|candidate| {
            let count = of_parent.entry(candidate.parent).or_default();
            *count += 1;
            *count <= max_each
        });
        let mut of_currency: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        all.sort_by_cached_key(|candidate| {
            let turn = of_currency.entry(candidate.currency).or_default();
            *turn += 1;
            *turn
        });
        all.truncate(max);
        // Stable: within a parent the order by spend stays.
        all.sort_by_key(|candidate| candidate.parent);
        self.leave_out(level, total - all.len());
        for (index, one) in all.into_iter().enumerate() {
            self.entity(Alias::nth(level, index), one.id, one.name, Some(one.parent));
        }
    }

    fn entity(&mut self, alias: Alias, id: &str, name: &str, parent: Option<Alias>) {
        let level = alias.level();
        let named = self
            .input
            .figures
            .figures
            .iter()
            .find(|figure| name.is_empty() && figure.level == level && figure.entity_id == id)
            .map_or(name, |figure| &figure.entity_name);
        let cleaned = clean(named);
        if cleaned.chars().count() > 1 && level != Level::Report {
            self.names.push((cleaned, alias));
        }
        if level != Level::Report {
            self.ids.push((id.to_owned(), alias));
        }
        let name = shown_name(named);
        let attributes = match level {
            Level::Campaign => self.attributes(id),
            Level::Report | Level::Account | Level::AdSet => None,
        };
        let id = id.to_owned();
        self.set.entities.push(Entity { alias, level, id, name, parent, attributes });
    }

    fn attributes(&self, campaign: &str) -> Option<Attributes> {
        let campaign = CampaignId::parse(campaign).ok()?;
        self.input.figures.campaigns.get(&campaign).copied()
    }

    fn leave_out(&mut self, level: Level, count: usize) {
        match self.left_out.iter_mut().find(|(of, _)| *of == level) {
            Some((_, sum)) => *sum += count,
            None => self.left_out.push((level, count)),
        }
    }
}
