//! The contacts of a pull: each once, in one bucket and in one week.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use weekledger_events::payload::{
    Bucket, CampaignCrmLeads, ContactRow, CrmPull, CrmWeek, MatchedRule, Shortfall,
};
use weekledger_events::{Finding, FindingClass, Week};
use weekledger_projections::display;

use super::attribution::{
    Attributed, Attributor, Doubt, PLACING, PROPERTIES, Placed, SOURCE, is_offline, is_paid_social,
    left_out,
};
use super::findings::Findings;
use super::knowledge::Knowledge;
use super::pages::Sourced;
use crate::config::AccountSettings;
use crate::sources::rows::Contact;

/// Ids of contacts that were merged into this one, divided by semicolons; the older property adds
/// `:` and a time to each (HubSpot property list).
const MERGED: [&str; 2] = ["hs_merged_object_ids", "hs_calculated_merged_vids"];

/// So many contacts without a source say that sources cannot be read, whatever else they carry.
const SOURCELESS_MIN: usize = 10;

/// How many contacts came, if none of them carries anything that attribution rests on, or none of
/// many its source. HubSpot gives every contact one, so a whole pull without was cut short.
pub(super) fn without_sources(
    received: &[Sourced<Contact>],
    accounts: &[AccountSettings],
) -> Option<usize> {
    let rules = accounts.iter().flat_map(|account| &account.attribution.properties);
    let asked: BTreeSet<&str> =
        PROPERTIES.into_iter().chain(rules.map(|rule| rule.property.as_str())).collect();
    let says = |contact: &Contact| asked.iter().any(|name| contact.properties.contains_key(*name));
    let has_source = |contact: &Contact| contact.properties.contains_key(SOURCE);
    let any = |has: &dyn Fn(&Contact) -> bool| received.iter().any(|sourced| has(&sourced.row));
    let silent = !received.is_empty() && !any(&says);
    let sourceless = received.len() >= SOURCELESS_MIN && !any(&has_source);
    (silent || sourceless).then_some(received.len())
}

/// How many contacts are known of the weeks asked for, if now not a single one came. Contacts are
/// deleted or merged one by one, so an empty answer says that they may no longer be read.
pub(super) fn vanished(
    received: &[Sourced<Contact>],
    weeks: &[Week],
    knowledge: &Knowledge,
) -> Option<u64> {
    let known = weeks.iter().filter_map(|week| knowledge.week(*week));
    let contacts = known.filter_map(|known| known.contacts.as_ref());
    let contacts = contacts.fold(0, |sum: u64, contacts| sum.saturating_add(contacts.all));
    (received.is_empty() && contacts > 0).then_some(contacts)
}

/// The contacts of every week asked for.
pub(super) type ContactWeeks = BTreeMap<Week, Vec<ContactRow>>;

/// What the CRM said.
pub(super) struct Contacts {
    pub(super) weeks: ContactWeeks,
    /// Of the weeks that there are probably more contacts of.
    pub(super) shortfalls: BTreeMap<Week, Shortfall>,
}

/// Which weeks are probably not whole. Where it cannot be told which, it may be any. How much may
/// be missing before the report is held is another question.
pub(super) fn shortfalls(
    crm: &CrmPull,
    left_out: bool,
    silent: &[Week],
    gone: Option<&'static str>,
    weeks: &ContactWeeks,
) -> BTreeMap<Week, Shortfall> {
    let too_few = crm.announced.is_some_and(|announced| announced > crm.received);
    let whys = [
        (left_out, Shortfall::RowsLeftOut),
        (too_few, Shortfall::SumsApart),
        (gone.is_some(), Shortfall::LeadsWithheld),
    ];
    let any = whys.into_iter().find(|(is_so, _)| *is_so).map(|(_, why)| why);
    let why = |week| if silent.contains(week) { Some(Shortfall::NoRows) } else { any };
    weeks.keys().filter_map(|week| Some((*week, why(week)?))).collect()
}

/// Weeks before the newest that say what campaigns used to be read from.
const PLACED_WEEKS: i32 = 8;

/// What campaigns used to be read from, if none of many paid social contacts has it any more.
/// HubSpot leaves a property that does not exist, or may not be read, out of its answer without a
/// word.
pub(super) fn gone_property(
    received: &[Sourced<Contact>],
    newest: Week,
    knowledge: &Knowledge,
) -> Option<&'static str> {
    let paid: Vec<&Contact> =
        received.iter().map(|sourced| &sourced.row).filter(|one| is_paid_social(one)).collect();
    if paid.len() < SOURCELESS_MIN {
        return None;
    }
    let was_used = |rule: MatchedRule| {
        let recent =
            knowledge.before(newest).filter(|known| known.week >= newest.plus(-PLACED_WEEKS));
        recent.filter_map(|known| known.contacts.as_ref()).any(|one| one.rules.contains_key(&rule))
    };
    let absent = |name: &str| !paid.iter().any(|contact| contact.properties.contains_key(name));
    let gone = PLACING.into_iter().find(|(name, rule)| was_used(*rule) && absent(name));
    gone.map(|(name, _)| name)
}

/// How contacts are put into weeks.
pub(super) struct Calendar<'a> {
    /// Oldest first.
    pub(super) weeks: &'a [Week],
    /// From and until when contacts were asked for.
    pub(super) asked: Option<(Timestamp, Timestamp)>,
}

impl Calendar<'_> {
    /// True if the provider was not asked for the contact. Those that only some zone has within the
    /// weeks are another pull's.
    fn is_stray(&self, contact: &Contact) -> bool {
        let created = contact.created_at;
        self.asked.is_some_and(|(from, until)| created < from || created >= until)
    }
}

/// Attributes the contacts and puts them into their weeks, in the order of creation.
pub(super) fn contact_weeks(
    received: &[Sourced<Contact>],
    attributor: &Attributor<'_>,
    calendar: &Calendar<'_>,
    exclude_offline: bool,
    findings: &mut Findings,
) -> ContactWeeks {
    let mut weeks: ContactWeeks = calendar.weeks.iter().map(|w| (*w, Vec::new())).collect();
    let mut doubts: BTreeMap<(Week, Doubt), usize> = BTreeMap::new();
    let mut strays = Vec::new();
    for (id, sourced) in distinct(received, findings) {
        let contact = &sourced.row;
        // Pulls cover all zones, so the week may be one that was not asked for.
        let Placed { attributed, week } = match exclude_offline && is_offline(contact) {
            true => left_out(contact, attributor.report_zone),
            false => attributor.attribute(contact),
        };
        let Attributed { bucket, rule, doubt } = attributed;
        let Some(rows) = weeks.get_mut(&week) else {
            strays.extend(calendar.is_stray(&sourced.row).then_some(&sourced.row));
            continue;
        };
        let (contact, created_at) = (id.to_owned(), sourced.row.created_at);
        rows.push(ContactRow { contact, created_at, bucket, rule, source: sourced.source() });
        if let Some(doubt) = doubt {
            *doubts.entry((week, doubt)).or_default() += 1;
        }
    }
    for rows in weeks.values_mut() {
        rows.sort_by(|a, b| (a.created_at, &a.contact).cmp(&(b.created_at, &b.contact)));
    }
    tell_strays(&strays, findings);
    tell_doubts(&doubts, attributor, findings);
    tell_unattributed(&weeks, findings);
    weeks
}

/// One entry for each contact, by id: of repeated ids the one received last, of merged contacts
/// the one that they were merged into.
fn distinct<'a>(
    received: &'a [Sourced<Contact>],
    findings: &mut Findings,
) -> BTreeMap<&'a str, &'a Sourced<Contact>> {
    let mut contacts = BTreeMap::new();
    for sourced in received {
        contacts.insert(sourced.row.id.as_str(), sourced);
    }
    let repeated = received.len() - contacts.len();
    let merged = merged_away(&contacts);
    contacts.retain(|id, _| !merged.contains(*id));
    let contacts_of = |count: usize| display::counted(count.into(), "contact", "contacts");
    if repeated > 0 {
        let verb = display::noun(repeated.into(), "counts", "count");
        let message = format!("{} came more than once and {verb} once each", contacts_of(repeated));
        findings.note(FindingClass::DuplicateContact, Finding::CRM, message);
    }
    if !merged.is_empty() {
        let count = merged.len();
        let message = format!(
            "{} {} merged into others of the pull and {} not count on {} own",
            contacts_of(count),
            display::noun(count.into(), "was", "were"),
            display::noun(count.into(), "does", "do"),
            display::noun(count.into(), "its", "their"),
        );
        findings.note(FindingClass::DuplicateContact, Finding::CRM, message);
    }
    contacts
}

/// Contacts that another one of the pull has swallowed, directly or by way of a third. Of two that
/// claim each other the one with the smaller id stays.
fn merged_away(contacts: &BTreeMap<&str, &Sourced<Contact>>) -> BTreeSet<String> {
    let mut away: BTreeSet<String> = BTreeSet::new();
    for (id, survivor) in contacts {
        if away.contains(*id) {
            continue;
        }
        let mut found: Vec<String> = merged_ids(&survivor.row).collect();
        while let Some(next) = found.pop() {
            let Some(inner) = contacts.get(next.as_str()) else { continue };
            if next != *id && away.insert(next) {
                found.extend(merged_ids(&inner.row));
            }
        }
    }
    away
}

fn merged_ids(contact: &Contact) -> impl Iterator<Item = String> {
    MERGED
        .iter()
        .filter_map(|name| contact.properties.get(*name))
        .flat_map(|list| list.split(';'))
        .filter_map(|entry| entry.split(':').next())
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
}

/// Counts rows into their buckets.
pub fn crm_week(rows: &[ContactRow]) -> CrmWeek {
    let mut week = CrmWeek::default();
    let mut campaigns = BTreeMap::new();
    for row in rows {
        match &row.bucket {
            Bucket::Unattributed => week.unattributed += 1,
            Bucket::Other => week.other += 1,
            Bucket::Offline => week.offline += 1,
            Bucket::Campaign { account, campaign, ad_set } => {
                *week.rules.entry(row.rule).or_default() += 1;
                let leads = campaigns.entry((account, campaign)).or_insert_with(|| {
                    let (account, campaign) = (account.clone(), campaign.clone());
                    CampaignCrmLeads { account, campaign, leads: 0, ad_sets: BTreeMap::new() }
                });
                leads.leads += 1;
                if let Some(ad_set) = ad_set {
                    *leads.ad_sets.entry(ad_set.clone()).or_default() += 1;
                }
            }
        }
    }
    week.campaigns = campaigns.into_values().collect();
    week
}

/// What was not asked for belongs to no week of the pull. It says that the provider did not search
/// as it was told, so that others may be missing.
fn tell_strays(strays: &[&Contact], findings: &mut Findings) {
    let Some(first) = strays.iter().min_by_key(|contact| contact.created_at) else { return };
    let count = strays.len();
    let message = format!(
        "HubSpot sent {} created outside of the time asked for, the first on {}; {} not count here",
        display::counted(count.into(), "contact", "contacts"),
        first.created_at.to_zoned(TimeZone::UTC).date(),
        display::noun(count.into(), "it does", "they do"),
    );
    let action = "Compare the number of CRM leads with a contact list in HubSpot filtered by create \
                  date; if it comes back, tell the maintainers.";
    findings.warn(FindingClass::UnusableRow, Finding::CRM, message, action);
}

fn tell_doubts(
    doubts: &BTreeMap<(Week, Doubt), usize>,
    attributor: &Attributor<'_>,
    findings: &mut Findings,
) {
    for ((week, doubt), count) in doubts {
        let count = Decimal::from(*count);
        let counted = |one, many| display::counted(count, one, many);
        let mut about = findings.about(Some(*week));
        match doubt {
            Doubt::UnknownId(id) => {
                let verb = display::noun(count, "carries", "carry");
                let message = format!(
                    "In {week}, {} {verb} campaign id {id}, of which no account of the report had \
                     a row by then; not attributed",
                    counted("paid social contact", "paid social contacts")
                );
                let action = "Check whether an ad account is missing in the configuration.";
                about.warn(FindingClass::UnattributedLeads, Finding::CRM, message, action);
            }
            Doubt::Ambiguous(campaigns) => {
                let ids: Vec<&str> = campaigns.iter().map(|id| id.as_str()).collect();
                let names = attributor.names(campaigns);
                let message = format!(
                    "In {week}, {} {} campaigns {} alike; not attributed",
                    counted("contact", "contacts"),
                    display::noun(count, "fits", "fit"),
                    names.join(" and ")
                );
                let action = format!(
                    "Give the campaigns {} different names, or put ids into the tracked address.",
                    ids.join(" and ")
                );
                about.warn(FindingClass::AmbiguousCampaign, ids.join(", "), message, &action);
            }
        }
    }
}

/// For the newest week only: earlier ones were told when they were the newest.
fn tell_unattributed(weeks: &ContactWeeks, findings: &mut Findings) {
    let Some((week, rows)) = weeks.last_key_value() else { return };
    let left_out = rows
        .iter()
        .filter(|row| row.bucket == Bucket::Other && row.rule == MatchedRule::PaidSocial)
        .count();
    if left_out > 0 {
        let message = format!(
            "In {week}, {} without a campaign of this report {} not count here, as several reports \
             read this HubSpot",
            display::counted(left_out.into(), "paid social contact", "paid social contacts"),
            display::noun(left_out.into(), "does", "do"),
        );
        findings.about(Some(*week)).note(FindingClass::UnattributedLeads, Finding::CRM, message);
    }
    let count = rows.iter().filter(|row| row.bucket == Bucket::Unattributed).count();
    if count > 0 {
        let message = format!(
            "In {week}, {} could not be matched to a campaign and {} for the report only",
            display::counted(count.into(), "paid social contact", "paid social contacts"),
            display::noun(count.into(), "counts", "count"),
        );
        findings.about(Some(*week)).note(FindingClass::UnattributedLeads, Finding::CRM, message);
    }
}
