//! Matches a contact to a campaign by the accounts' ordered rules: ids in the tracked address,
//! configured properties, campaign name in the source drill-down. What is ambiguous is not guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Account;
use super::delivery::shown;
use super::directory::{Directory, Then, fold};
use crate::sources::rows::Contact;
use jiff::tz::TimeZone;
use url::Url;
use weekledger_events::payload::{Bucket, MatchedRule};
use weekledger_events::{AccountId, AdSetId, CampaignId, Week};

pub(super) const SOURCE: &str = "hs_analytics_source";
/// For paid social, the network (HubSpot knowledge base, "original source drill-down").
const NETWORK: &str = "hs_analytics_source_data_1";
/// For paid social, the name of the campaign, never its id (same place).
const CAMPAIGN_NAME: &str = "hs_analytics_source_data_2";
const FIRST_URL: &str = "hs_analytics_first_url";
/// Which tool made the record, as value and as label.
const CREATED_BY: [&str; 2] = ["hs_object_source", "hs_object_source_label"];

/// What names the campaign of a paid social contact, by which rule.
pub(super) const PLACING: [(&str, MatchedRule); 2] =
    [(FIRST_URL, MatchedRule::UrlId), (CAMPAIGN_NAME, MatchedRule::DrillDownName)];

/// What attribution looks at, besides the configured properties.
pub(super) const PROPERTIES: [&str; 6] =
    [SOURCE, NETWORK, CAMPAIGN_NAME, FIRST_URL, CREATED_BY[0], CREATED_BY[1]];

/// Networks whose campaigns are certainly not Meta's, folded.
const OTHER_NETWORKS: [&str; 9] =
    ["google", "linkedin", "pinterest", "reddit", "snapchat", "tiktok", "twitter", "x", "youtube"];

/// What a contact becomes that somebody typed in or imported.
pub(super) fn left_out(contact: &Contact, report_zone: &TimeZone) -> Placed {
    let attributed =
        Attributed { bucket: Bucket::Offline, rule: MatchedRule::Offline, doubt: None };
    Placed { attributed, week: week_of(contact, report_zone) }
}

/// A contact's bucket, the rule that put it there, and what could not be decided.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attributed {
    pub(super) bucket: Bucket,
    pub(super) rule: MatchedRule,
    pub(super) doubt: Option<Doubt>,
}

impl Attributed {
    fn account(&self) -> Option<&AccountId> {
        match &self.bucket {
            Bucket::Campaign { account, .. } => Some(account),
            Bucket::Unattributed | Bucket::Other | Bucket::Offline => None,
        }
    }
}

/// With the one week that the contact counts in.
pub(super) struct Placed {
    pub(super) attributed: Attributed,
    pub(super) week: Week,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// An id that no account of the report knew in the contact's week.
    UnknownId(CampaignId),
    /// Several campaigns fit alike.
    Ambiguous(BTreeSet<CampaignId>),
}

/// True for contacts that somebody typed in or imported: no advertisement brought them.
pub(super) fn is_offline(contact: &Contact) -> bool {
    let imported = CREATED_BY.iter().any(|name| says(contact, name, "import"));
    imported || says(contact, SOURCE, "offline")
}

pub(super) fn is_paid_social(contact: &Contact) -> bool {
    says(contact, SOURCE, "paid_social")
}

fn property<'a>(contact: &'a Contact, name: &str) -> Option<&'a str> {
    contact.properties.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn says(contact: &Contact, name: &str, folded: &str) -> bool {
    property(contact, name).is_some_and(|value| fold(value) == folded)
}

/// Where a rule leads.
enum Lead {
    Nowhere,
    Campaign(CampaignId),
    Several(BTreeSet<CampaignId>),
}

impl From<BTreeSet<CampaignId>> for Lead {
    fn from(mut found: BTreeSet<CampaignId>) -> Self {
        match found.len() {
            0 => Self::Nowhere,
            1 => found.pop_first().map_or(Self::Nowhere, Self::Campaign),
            _ => Self::Several(found),
        }
    }
}

pub(super) struct Attributor<'a> {
    pub(super) accounts: &'a [Account<'a>],
    pub(super) directory: &'a Directory,
    pub(super) report_zone: &'a TimeZone,
    /// Whether paid social contacts without a campaign are leads of this report.
    pub(super) count_unattributed: bool,
    /// Weeks whose contacts are or were decided without those of the week after.
    pub(super) closed: BTreeSet<Week>,
}

impl Attributor<'_> {
    /// The campaigns by id, each with its newest name.
    pub(super) fn names(&self, campaigns: &BTreeSet<CampaignId>) -> Vec<String> {
        let named = |id: &CampaignId| match self.directory.newest_name(id) {
            Some(name) => format!("{id} (\"{}\")", shown(name)),
            None => id.to_string(),
        };
        campaigns.iter().map(named).collect()
    }

    /// Bucket and week. Where zones put the contact into several weeks, they are gone through as
    /// pulls go through them: a campaign has it if it was known by the end of the very week that the
    /// contact came in by the campaign's own zone. If none has it, it counts in the report's week;
    /// where that was decided without a look at the week after, it stays as it was decided. So it
    /// counts once, whichever weeks are pulled together.
    pub(super) fn attribute(&self, contact: &Contact) -> Placed {
        let of_report = week_of(contact, self.report_zone);
        let weeks: BTreeMap<AccountId, Week> = self
            .accounts
            .iter()
            .map(|account| (account.id().clone(), week_of(contact, &account.zone)))
            .collect();
        let (mut week, mut latest) = (of_report, of_report);
        for own in weeks.values() {
            (week, latest) = (week.min(*own), latest.max(*own));
        }
        let query = Query::of(contact);
        let known_until = if self.closed.contains(&of_report) { of_report } else { latest };
        loop {
            let known = self.directory.by(week.min(known_until), &weeks);
            let matcher = Matcher { attributor: self, contact, query: &query, known };
            let attributed = matcher.attribute();
            let own = attributed.account().and_then(|account| weeks.get(account));
            if own == Some(&week) {
                return Placed { attributed, week };
            }
            if week == latest {
                let attributed = if own.is_some() { matcher.unplaced(None) } else { attributed };
                return Placed { attributed, week: of_report };
            }
            week = week.next();
        }
    }
}

fn week_of(contact: &Contact, zone: &TimeZone) -> Week {
    Week::containing(contact.created_at.to_zoned(zone.clone()).date())
}

/// Knows the campaigns by the end of one week.
struct Matcher<'a> {
    attributor: &'a Attributor<'a>,
    contact: &'a Contact,
    query: &'a Query,
    known: Then<'a>,
}

impl Matcher<'_> {
    fn attribute(&self) -> Attributed {
        let mut unknown = None;
        let leads = [
            (MatchedRule::UrlId, self.by_url(&mut unknown)),
            (MatchedRule::Property, self.by_property(&mut unknown)),
        ];
        for (rule, lead) in leads {
            match lead {
                Lead::Nowhere => {}
                Lead::Campaign(campaign) => return self.matched(campaign, rule),
                Lead::Several(found) => return ambiguous(found),
            }
        }
        // An id that belongs to none of the accounts says more than a name that happens to fit.
        if !is_paid_social(self.contact) || unknown.is_some() {
            return self.unplaced(unknown);
        }
        match self.by_name() {
            Lead::Nowhere => self.unplaced(None),
            Lead::Campaign(campaign) => self.matched(campaign, MatchedRule::DrillDownName),
            Lead::Several(found) => ambiguous(found),
        }
    }

    /// A contact without a campaign. Where several reports read one CRM, only one of them may count
    /// those that paid social brought.
    fn unplaced(&self, unknown: Option<CampaignId>) -> Attributed {
        let paid_social = is_paid_social(self.contact);
        let counts = paid_social && self.attributor.count_unattributed;
        Attributed {
            bucket: if counts { Bucket::Unattributed } else { Bucket::Other },
            rule: if paid_social { MatchedRule::PaidSocial } else { MatchedRule::OtherSource },
            doubt: unknown.filter(|_| counts).map(Doubt::UnknownId),
        }
    }

    fn by_url(&self, unknown: &mut Option<CampaignId>) -> Lead {
        let mut found = BTreeSet::new();
        for account in self.attributor.accounts {
            let rules = &account.settings.attribution;
            let campaigns = rules.campaign_parameters.iter().map(|name| {
                let ids = self.query.values(name).filter_map(|text| CampaignId::parse(text).ok());
                ids.filter(|id| self.knows(account.id(), id, unknown)).collect::<BTreeSet<_>>()
            });
            // Every parameter is looked at, so that an unknown id is seen; the best known one counts.
            let campaigns: Vec<_> = campaigns.filter(|ids| !ids.is_empty()).collect();
            match campaigns.into_iter().next() {
                Some(best) => found.extend(best),
                None => found.extend(self.ad_sets(account).map(|(campaign, _)| campaign)),
            }
        }
        found.into()
    }

    /// Whether the campaign is one of the account's. Remembers an id that no account knows.
    fn knows(
        &self,
        account: &AccountId,
        id: &CampaignId,
        unknown: &mut Option<CampaignId>,
    ) -> bool {
        let owner = self.known.account_of(id);
        if owner.is_none() && unknown.as_ref().is_none_or(|other| id < other) {
            *unknown = Some(id.clone());
        }
        owner == Some(account)
    }

    fn ad_sets<'q>(
        &'q self,
        account: &'q Account<'_>,
    ) -> impl Iterator<Item = (CampaignId, AdSetId)> + 'q {
        let parameters = &account.settings.attribution.ad_set_parameters;
        parameters.iter().flat_map(|name| self.query.values(name)).filter_map(|text| {
            let ad_set = AdSetId::parse(text).ok()?;
            let campaign = self.known.campaign_of(&ad_set)?;
            let own = self.known.account_of(campaign) == Some(account.id());
            own.then(|| (campaign.clone(), ad_set))
        })
    }

    fn by_property(&self, unknown: &mut Option<CampaignId>) -> Lead {
        let mut found = BTreeSet::new();
        for account in self.attributor.accounts {
            let properties = account.settings.attribution.properties.iter();
            let own = properties
                .filter_map(|configured| property(self.contact, &configured.property))
                .map(|value| self.by_id_or_name(account.id(), value, unknown))
                .find(|campaigns| !campaigns.is_empty());
            found.extend(own.into_iter().flatten());
        }
        found.into()
    }

    /// A name may consist of digits, so an id that is not known may still be one.
    fn by_id_or_name(
        &self,
        account: &AccountId,
        value: &str,
        unknown: &mut Option<CampaignId>,
    ) -> BTreeSet<CampaignId> {
        let bearers: BTreeSet<CampaignId> = self.known.bearers(value).cloned().collect();
        let id = CampaignId::parse(value).ok();
        if let Some(id) = id.filter(|id| bearers.is_empty() || self.known.account_of(id).is_some())
        {
            return self.knows(account, &id, unknown).then_some(id).into_iter().collect();
        }
        let own = bearers.iter().any(|id| self.known.account_of(id) == Some(account));
        if own { bearers } else { BTreeSet::new() }
    }

    /// All bearers of a name are looked at, also where an account does not match by name: a name
    /// that is borne twice tells nothing.
    fn by_name(&self) -> Lead {
        let network = property(self.contact, NETWORK).map(fold).unwrap_or_default();
        if OTHER_NETWORKS.contains(&network.as_str()) {
            return Lead::Nowhere;
        }
        let Some(name) = property(self.contact, CAMPAIGN_NAME) else {
            return Lead::Nowhere;
        };
        let bearers: BTreeSet<CampaignId> = self.known.bearers(name).cloned().collect();
        let by_name = |id: &CampaignId| {
            let owner = self.known.account_of(id);
            let mut accounts = self.attributor.accounts.iter();
            let owner = accounts.find(|account| Some(account.id()) == owner);
            owner.is_some_and(|account| account.settings.attribution.drill_down_names)
        };
        if bearers.iter().any(by_name) { bearers.into() } else { Lead::Nowhere }
    }

    fn matched(&self, campaign: CampaignId, rule: MatchedRule) -> Attributed {
        let owner = self.known.account_of(&campaign);
        let mut accounts = self.attributor.accounts.iter();
        let Some(account) = accounts.find(|account| Some(account.id()) == owner) else {
            return self.unplaced(None);
        };
        let mut ad_sets = self.ad_sets(account).filter(|(owner, _)| *owner == campaign);
        let ad_set = ad_sets.next().map(|(_, ad_set)| ad_set);
        let bucket = Bucket::Campaign { account: account.id().clone(), campaign, ad_set };
        Attributed { bucket, rule, doubt: None }
    }
}

fn ambiguous(found: BTreeSet<CampaignId>) -> Attributed {
    Attributed {
        bucket: Bucket::Unattributed,
        rule: MatchedRule::Ambiguous,
        doubt: Some(Doubt::Ambiguous(found)),
    }
}

/// The parameters of the tracked address, decoded, with folded keys. A tag that the provider never
/// filled in, such as `{{campaign.id}}`, does not parse as an id and so counts as absent.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(contact: &Contact) -> Self {
        let Some(url) = property(contact, FIRST_URL).and_then(parse_url) else {
            return Self(Vec::new());
        };
        let pairs = url.query_pairs().map(|(key, value)| (fold(&key), value.trim().to_owned()));
        Self(pairs.collect())
    }

    fn values(&self, parameter: &str) -> impl Iterator<Item = &str> {
        let wanted = fold(parameter);
        self.0.iter().filter(move |(key, _)| *key == wanted).map(|(_, value)| value.as_str())
    }
}

/// HubSpot leaves the scheme out where the tracking code did not see it.
fn parse_url(text: &str) -> Option<Url> {
    let whole = Url::parse(text).ok().filter(Url::has_host);
    whole.or_else(|| Url::parse(&format!("https://{}", text.trim_start_matches('/'))).ok())
}
