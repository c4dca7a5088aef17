//! Which entities get a row, and so an alias: the accounts, and what spent most below them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::name::clean;
use super::super::{Alias, Entity, shown_name};
use super::Chooser;
use crate::figure::{Level, Metric, Window};

/// Rows of the mail's tables. What lies beyond is counted and stands in the figures.
const ACCOUNTS_MAX: usize = 10;
const CAMPAIGNS_MAX: usize = 10;
const AD_SETS_MAX: usize = 12;
const AD_SETS_MAX_PER_CAMPAIGN: usize = 3;

/// An entity that may get a row.
struct Candidate<'a> {
    id: &'a str,
    name: &'a str,
    parent: Alias,
    currency: Option<&'a str>,
    spend: Decimal,
}

impl<'a> Chooser<'a> {
    pub(super) fn entities(&mut self) {
        self.entity(Alias::REPORT, self.input.report.as_str(), self.input.title, None);
        self.accounts();
        self.campaigns();
        self.ad_sets();
        self.ids_of_unique_names();
        self.names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    /// Where two entities bear one name, only the id tells them apart.
    fn ids_of_unique_names(&mut self) {
        let entities = &self.set.entities;
        self.ids.retain(|(_, alias)| {
            let name = |other: Alias| {
                entities.iter().find(|entity| entity.alias == other).map(|entity| &entity.name)
            };
            let alike =
                |other: &&Entity| other.level == alias.level() && Some(&other.name) == name(*alias);
            entities.iter().filter(alike).count() == 1
        });
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
        self.rows(Level::Campaign, candidates, Level::Account, CAMPAIGNS_MAX, usize::MAX);
    }

    fn ad_sets(&mut self) {
        let rows = self.observed.map_or(&[][..], |observed| &observed.ad_sets);
        let candidates = rows
            .iter()
            .map(|row| (row.ad_set.as_str(), row.ad_set_name.as_str(), row.campaign.as_str()))
            .collect();
        let each = AD_SETS_MAX_PER_CAMPAIGN;
        self.rows(Level::AdSet, candidates, Level::Campaign, AD_SETS_MAX, each);
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
                Some(Candidate { id, name, parent, currency, spend })
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

    /// Gives aliases to those that spent most, in the order of their parents. Amounts of two
    /// currencies are not compared: each currency has its turn.
    fn shown(&mut self, level: Level, mut all: Vec<Candidate<'a>>, max: usize, max_each: usize) {
        let total = all.len();
        all.sort_by(|a, b| b.spend.cmp(&a.spend).then_with(|| a.id.cmp(b.id)));
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
        self.set.entities.push(Entity { alias, level, id: id.to_owned(), name, parent });
    }

    fn leave_out(&mut self, level: Level, count: usize) {
        match self.left_out.iter_mut().find(|(of, _)| *of == level) {
            Some((_, sum)) => *sum += count,
            None => self.left_out.push((level, count)),
        }
    }
}
