//! The configured rules behind a figure of leads: which ordered list of action types, and which
//! attribution of contacts, was in force for each account and week.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use weekledger_events::payload::{InputRef, MatchedRule};
use weekledger_events::{AccountId, Digest, Week};
use weekledger_projections::lineage::{Explanation, Input, Part};
use weekledger_projections::measure::Measure;

use super::Auditor;
use crate::config::{AccountSettings, AttributionSettings, RunSettings};
use crate::evidence::revision::settings;
use crate::evidence::store::read_week;

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// Which action of a row are its leads: the first present of the list.
    LeadActions,
    /// Which campaign a contact belongs to: the first that applies.
    CrmAttribution,
}

/// A rule as it was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRule {
    pub rule: RuleName,
    pub accounts: Vec<AccountId>,
    pub weeks: Vec<Week>,
    /// Best first; `None` if the configuration of that pull is not at hand.
    pub order: Option<Vec<String>>,
}

/// The rule that decided about one value.
pub(super) fn of_input(input: &Input) -> Option<String> {
    input.lead_action.clone().or_else(|| input.matched.map(|rule| in_words(rule).to_owned()))
}

fn in_words(rule: MatchedRule) -> &'static str {
    match rule {
        MatchedRule::UrlId => "id in the tracked address",
        MatchedRule::Property => "contact property",
        MatchedRule::DrillDownName => "campaign name in the source drill-down",
        MatchedRule::PaidSocial => "paid social, no campaign named",
        MatchedRule::Ambiguous => "paid social, several campaigns fit",
        MatchedRule::Offline => "entered offline or imported",
        MatchedRule::OtherSource => "another source",
    }
}

/// A rule, and its order where that is known.
type Ordered = (RuleName, Option<Vec<String>>);

type InForce = BTreeMap<Ordered, (BTreeSet<AccountId>, BTreeSet<Week>)>;

impl Auditor<'_> {
    /// Every rule that had a say in an explanation.
    pub(super) async fn rules(&self, explanation: &Explanation) -> Vec<AuditRule> {
        let mut found = InForce::new();
        let mut pinned: BTreeMap<Option<InputRef>, Option<RunSettings>> = BTreeMap::new();
        for part in explanation.terms.iter().flat_map(|term| &term.parts) {
            if part.measure != Measure::MetaLeads && !part.measure.is_crm() {
                continue;
            }
            let event = &part.observed.event;
            if !pinned.contains_key(event) {
                pinned.insert(event.clone(), self.pinned(event.as_ref()).await);
            }
            let pinned = pinned.get(event).and_then(Option::as_ref);
            for (account, key) in self.of_part(part, pinned) {
                let (accounts, weeks) = found.entry(key).or_default();
                accounts.insert(account);
                weeks.insert(part.week);
            }
        }
        let rule = |((rule, order), (accounts, weeks)): (_, (BTreeSet<_>, BTreeSet<_>))| {
            let (accounts, weeks) = (Vec::from_iter(accounts), Vec::from_iter(weeks));
            AuditRule { rule, accounts, weeks, order }
        };
        found.into_iter().map(rule).collect()
    }

    /// The settings of the pull that a part was seen by, where they are at hand.
    async fn pinned(&self, event: Option<&InputRef>) -> Option<RunSettings> {
        let Some(event) = event else { return Some(self.base.settings.clone()) };
        let loaded = read_week(self.store, &event.stream).await.ok()?;
        let seen = loaded.events.iter().find(|seen| seen.sequence() == event.sequence)?;
        settings(self.store, &loaded, seen).await.ok()
    }

    fn of_part(&self, part: &Part, pinned: Option<&RunSettings>) -> Vec<(AccountId, Ordered)> {
        if part.measure == Measure::MetaLeads {
            let Some(account) = &part.account else { return Vec::new() };
            let order = self.lead_actions(account, part.week, pinned);
            return vec![(account.clone(), (RuleName::LeadActions, order))];
        }
        // A contact that is no campaign's was looked at by the rules of every account.
        let all = pinned.unwrap_or(&self.base.settings).accounts.iter();
        let concerned =
            all.filter(|one| part.account.as_ref().is_none_or(|own| one.account == *own));
        concerned
            .map(|account| {
                let order = pinned.map(|_| attribution(&account.attribution));
                (account.account.clone(), (RuleName::CrmAttribution, order))
            })
            .collect()
    }

    /// The list whose digest was recorded with the week.
    fn lead_actions(
        &self,
        account: &AccountId,
        week: Week,
        pinned: Option<&RunSettings>,
    ) -> Option<Vec<String>> {
        let known = self.base.series.weeks.iter().find(|known| known.week == week)?;
        let recorded: Digest = known.account(account)?.facts.lead_rule;
        let candidates = pinned.into_iter().chain([&self.base.settings]);
        let own = |settings: &RunSettings| {
            let is_it =
                |one: &&AccountSettings| one.account == *account && one.lead_rule() == recorded;
            settings.accounts.iter().find(is_it).map(|one| one.lead_actions.clone())
        };
        candidates.into_iter().find_map(own)
    }
}

/// The rules of an account in the order in which they are tried.
fn attribution(rules: &AttributionSettings) -> Vec<String> {
    let AttributionSettings { campaign_parameters, ad_set_parameters, properties, .. } = rules;
    let mut order: Vec<String> = Vec::new();
    for (what, parameters) in [("campaign", campaign_parameters), ("ad set", ad_set_parameters)] {
        if !parameters.is_empty() {
            let names = parameters.join(", ");
            order.push(format!("{what} id in the tracked address, in the first of {names}"));
        }
    }
    order.extend(properties.iter().map(|one| format!("contact property {}", one.property)));
    if rules.drill_down_names {
        order.push("campaign name in the source drill-down, of paid social contacts".to_owned());
    }
    order
}
