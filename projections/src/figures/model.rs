//! The series as figures need it: entities, and the cells that they add up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::Date;
use rust_decimal::Decimal;
use weekledger_events::payload::{AccountWeek, AdSetWeek};
use weekledger_events::{AccountId, AdSetId, CampaignId, Currency, Week};

use super::Subject;
use super::watched::Watched;
use crate::figure::{Level, Window};
use crate::measure::Measure;
use crate::series::{KnownAccount, KnownCrm, KnownWeek, Observed, Series};

/// Entities with delivery or leads within these weeks, the newest included, have figures, if their
/// account is still in the report.
const RECENT_WEEKS: i32 = 8;

/// One additive contribution: an ad set, or some contacts, within a week.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub week: Week,
    pub account: Option<&'a AccountId>,
    pub campaign: Option<&'a CampaignId>,
    pub ad_set: Option<&'a AdSetId>,
    /// The account's; `None` if there is no account.
    pub currency: Option<&'a Currency>,
    pub content: Content<'a>,
    pub observed: &'a Observed,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    Ads(&'a AdSetWeek),
    Contacts(Measure, u64),
}

/// What figures are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EntityKey<'a> {
    Report,
    Account(&'a AccountId),
    Campaign(&'a CampaignId),
    AdSet(&'a AdSetId),
}

/// An entity with everything that adds up to it.
#[derive(Debug)]
pub(crate) struct Entity<'a> {
    pub level: Level,
    pub id: String,
    pub name: String,
    /// Empty for the report, which has all.
    pub accounts: BTreeSet<&'a AccountId>,
    pub campaigns: BTreeSet<&'a CampaignId>,
    /// Those of the recent weeks.
    pub currencies: BTreeSet<&'a Currency>,
    pub cells: BTreeMap<Week, Vec<Cell<'a>>>,
    pub first_delivery: Option<Date>,
}

/// The series up to the subject's week.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub subject: &'a Subject,
    pub weeks: BTreeMap<Week, &'a KnownWeek>,
    /// The weeks of each window but `all_time`, which depends on what is known.
    pub windows: BTreeMap<Window, Vec<Week>>,
    /// By level, then currency, spend of the week and id.
    pub entities: Vec<Entity<'a>>,
    places: BTreeMap<(Level, String), usize>,
    /// Found when it is first asked for.
    pub(super) watched: OnceLock<Watched>,
}

impl<'a> Cell<'a> {
    /// `None` if the cell does not hold such a measure.
    pub fn value(&self, measure: Measure) -> Option<Decimal> {
        match self.content {
            Content::Ads(row) => measure.of(&row.measures),
            Content::Contacts(held, count) => (held == measure).then(|| count.into()),
        }
    }

    fn first_delivery(&self) -> Option<Date> {
        match self.content {
            Content::Ads(row) => row.first_delivery,
            Content::Contacts(..) => None,
        }
    }

    fn is_delivered(&self) -> bool {
        match self.content {
            Content::Ads(row) => {
                row.first_delivery.is_some()
                    || row.measures.impressions > 0
                    || !row.measures.spend.is_zero()
            }
            Content::Contacts(..) => false,
        }
    }

    fn is_active(&self) -> bool {
        match self.content {
            Content::Ads(row) => self.is_delivered() || row.measures.meta_leads > 0,
            Content::Contacts(_, count) => count > 0,
        }
    }

    /// The entities that the cell adds up to.
    fn keys(&self) -> impl Iterator<Item = EntityKey<'a>> {
        [
            Some(EntityKey::Report),
            self.account.map(EntityKey::Account),
            self.campaign.map(EntityKey::Campaign),
            self.ad_set.map(EntityKey::AdSet),
        ]
        .into_iter()
        .flatten()
    }
}

impl<'a> Entity<'a> {
    pub fn cells_in(&self, weeks: &[Week]) -> impl Iterator<Item = &Cell<'a>> {
        weeks.iter().filter_map(|week| self.cells.get(week)).flatten()
    }

    pub fn is_delivered(&self, week: Week) -> bool {
        self.cells_in(&[week]).any(Cell::is_delivered)
    }
}

impl<'a> Model<'a> {
    pub fn new(series: &'a Series, subject: &'a Subject) -> Self {
        let known = series.weeks.iter().filter(|known| known.week <= subject.week);
        let weeks: BTreeMap<Week, &KnownWeek> = known.map(|known| (known.week, known)).collect();
        let mut entities = Builder::new(series, subject).build(&weeks);
        entities.sort_by_cached_key(|entity| rank(entity, subject.week));
        let key = |entity: &Entity<'_>| (entity.level, entity.id.clone());
        let places = entities.iter().enumerate().map(|(n, entity)| (key(entity), n)).collect();
        let (windows, watched) = (windows(subject.week), OnceLock::new());
        Self { subject, weeks, windows, entities, places, watched }
    }

    pub fn entity(&self, level: Level, id: &str) -> Option<&Entity<'a>> {
        self.entities.get(*self.places.get(&(level, id.to_owned()))?)
    }

    /// The report itself, which always exists and stands first.
    pub fn report(&self) -> Option<&Entity<'a>> {
        self.entities.first()
    }

    /// The accounts that an entity's figures of a week depend on, as known for that week.
    pub fn accounts_of(
        &self,
        entity: &Entity<'_>,
        currency: Option<&Currency>,
        week: Week,
    ) -> impl Iterator<Item = &'a KnownAccount> {
        let accounts = self.weeks.get(&week).map_or(&[][..], |known| &known.accounts);
        accounts.iter().filter(move |known| {
            (entity.level == Level::Report || entity.accounts.contains(&known.facts.account))
                && currency.is_none_or(|currency| may_be(&known.facts, currency))
        })
    }
}

/// An account whose currency was never learned may be missing from the figures of any.
fn may_be(facts: &AccountWeek, currency: &Currency) -> bool {
    facts.currency.as_ref().is_none_or(|known| known == currency)
}

fn windows(week: Week) -> BTreeMap<Window, Vec<Week>> {
    BTreeMap::from([
        (Window::Week, vec![week]),
        (Window::PreviousWeek, vec![week.previous()]),
        (Window::FourWeeks, week.four_ending().to_vec()),
        (Window::PreviousFourWeeks, week.plus(-4).four_ending().to_vec()),
    ])
}

/// The place of an entity. Amounts of different currencies are not compared.
fn rank(entity: &Entity<'_>, week: Week) -> (Level, bool, String, Decimal, String) {
    let currency = entity.currencies.first();
    let cells = entity.cells.get(&week).into_iter().flatten();
    let spend = cells
        .filter(|cell| cell.currency == currency.copied())
        .filter_map(|cell| cell.value(Measure::Spend))
        .fold(Decimal::ZERO, Decimal::saturating_add);
    let code = currency.map(|currency| currency.to_string()).unwrap_or_default();
    (entity.level, currency.is_none(), code, -spend, entity.id.clone())
}

/// Collects cells into entities.
struct Builder<'a> {
    series: &'a Series,
    subject: &'a Subject,
    entities: BTreeMap<EntityKey<'a>, Entity<'a>>,
    /// Keys that have been active in the recent weeks.
    recent: BTreeSet<EntityKey<'a>>,
    /// The newest currency and name of each account.
    accounts: BTreeMap<&'a AccountId, (Option<&'a Currency>, &'a str)>,
}

impl<'a> Builder<'a> {
    fn new(series: &'a Series, subject: &'a Subject) -> Self {
        let (entities, recent, accounts) = Default::default();
        Self { series, subject, entities, recent, accounts }
    }

    fn build(mut self, weeks: &BTreeMap<Week, &'a KnownWeek>) -> Vec<Entity<'a>> {
        self.touch(EntityKey::Report);
        for known in weeks.values() {
            for account in &known.accounts {
                let facts = &account.facts;
                self.accounts.insert(&facts.account, (facts.currency.as_ref(), &facts.name));
            }
        }
        for known in weeks.values() {
            for account in &known.accounts {
                self.add_account(known.week, account);
            }
            if let Some(crm) = known.crm.as_ref().filter(|_| self.subject.crm) {
                self.add_contacts(known, crm);
            }
        }
        let newest = weeks.get(&self.subject.week).map_or(&[][..], |known| &known.accounts);
        let listed: BTreeSet<&AccountId> =
            newest.iter().map(|known| &known.facts.account).collect();
        let Self { entities, recent, .. } = self;
        let is_shown = |(key, entity): &(EntityKey<'_>, Entity<'_>)| {
            *key == EntityKey::Report
                || recent.contains(key) && !entity.accounts.is_disjoint(&listed)
        };
        entities.into_iter().filter(is_shown).map(|(_, entity)| entity).collect()
    }

    fn is_recent(&self, week: Week) -> bool {
        self.subject.week.weeks_since(week) < RECENT_WEEKS
    }

    fn add_account(&mut self, week: Week, account: &'a KnownAccount) {
        let facts = &account.facts;
        let recent = self.is_recent(week);
        let key = EntityKey::Account(&facts.account);
        for key in [EntityKey::Report, key] {
            let entity = self.touch(key);
            if recent {
                entity.currencies.extend(&facts.currency);
            }
        }
        if recent {
            self.recent.insert(key);
        }
        let Some(observed) = &account.observed else { return };
        for row in &account.ad_sets {
            self.add(Cell {
                week,
                account: Some(&facts.account),
                campaign: Some(&row.campaign),
                ad_set: Some(&row.ad_set),
                currency: facts.currency.as_ref(),
                content: Content::Ads(row),
                observed,
            });
        }
    }

    fn add_contacts(&mut self, known: &'a KnownWeek, crm: &'a KnownCrm) {
        let cell = |measure, count| Cell {
            week: known.week,
            account: None,
            campaign: None,
            ad_set: None,
            currency: None,
            content: Content::Contacts(measure, count),
            observed: &crm.observed,
        };
        self.add(cell(Measure::CrmUnattributed, crm.totals.unattributed));
        self.add(cell(Measure::CrmOther, crm.totals.other));
        self.add(cell(Measure::CrmOffline, crm.totals.offline));
        for leads in &crm.totals.campaigns {
            let facts =
                known.account(&leads.account).and_then(|known| known.facts.currency.as_ref());
            let newest = self.accounts.get(&leads.account).and_then(|(currency, _)| *currency);
            let of_campaign = |ad_set, count| Cell {
                account: Some(&leads.account),
                campaign: Some(&leads.campaign),
                ad_set,
                currency: facts.or(newest),
                ..cell(Measure::CrmLeads, count)
            };
            for (ad_set, count) in &leads.ad_sets {
                self.add(of_campaign(Some(ad_set), *count));
            }
            let placed = leads.ad_sets.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
            let rest = leads.leads.saturating_sub(placed);
            if rest > 0 {
                self.add(of_campaign(None, rest));
            }
        }
    }

    fn add(&mut self, cell: Cell<'a>) {
        let recent = self.is_recent(cell.week);
        for key in cell.keys() {
            let is_counted = cell.is_active() && recent;
            let entity = self.touch(key);
            entity.cells.entry(cell.week).or_default().push(cell);
            entity.first_delivery =
                [entity.first_delivery, cell.first_delivery()].into_iter().flatten().min();
            entity.accounts.extend(cell.account.filter(|_| entity.level != Level::Report));
            entity.campaigns.extend(cell.campaign);
            if is_counted {
                entity.currencies.extend(cell.currency);
                self.recent.insert(key);
            }
            self.rename(key, &cell);
        }
    }

    /// Weeks are added oldest first, so the newest name stays.
    fn rename(&mut self, key: EntityKey<'a>, cell: &Cell<'a>) {
        let Content::Ads(row) = cell.content else { return };
        let name = match key {
            EntityKey::Campaign(_) => &row.campaign_name,
            EntityKey::AdSet(_) => &row.ad_set_name,
            EntityKey::Report | EntityKey::Account(_) => return,
        };
        self.touch(key).name.clone_from(name);
    }

    fn touch(&mut self, key: EntityKey<'a>) -> &mut Entity<'a> {
        let Self { series, subject, accounts, .. } = self;
        self.entities.entry(key).or_insert_with(|| new_entity(key, series, subject, accounts))
    }
}

fn new_entity<'a>(
    key: EntityKey<'a>,
    series: &Series,
    subject: &Subject,
    accounts: &BTreeMap<&'a AccountId, (Option<&'a Currency>, &'a str)>,
) -> Entity<'a> {
    let (level, id, name) = match key {
        EntityKey::Report => {
            (Level::Report, subject.report.to_string(), Some(subject.title.as_str()))
        }
        EntityKey::Account(id) => {
            (Level::Account, id.to_string(), accounts.get(id).map(|(_, name)| *name))
        }
        EntityKey::Campaign(id) => (Level::Campaign, id.to_string(), last_name(series, id)),
        EntityKey::AdSet(id) => (Level::AdSet, id.to_string(), None),
    };
    Entity {
        level,
        name: name.unwrap_or(&id).to_owned(),
        id,
        accounts: match key {
            EntityKey::Account(id) => BTreeSet::from([id]),
            _ => BTreeSet::new(),
        },
        campaigns: BTreeSet::new(),
        currencies: BTreeSet::new(),
        cells: BTreeMap::new(),
        first_delivery: None,
    }
}

/// Of a campaign that is known from contacts only.
fn last_name<'s>(series: &'s Series, campaign: &CampaignId) -> Option<&'s str> {
    let names = series.campaigns.iter().find(|names| names.campaign == *campaign)?;
    names.names.last().map(String::as_str)
}
