//! The CRM's contacts: people whom the advertisements brought, as untidily recorded as in life,
//! and many whom nothing of this brought.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::super::calendar::{days, ordinal};
use super::super::dice::Dice;
use super::Contact;
use super::delivery::{Stage, demand};
use super::invented::Story;
use super::plan::{PROPERTIES, PropertyPlan};

/// Every contact created from the story's first day to `today`, in order of creation.
pub(super) fn contacts(dice: Dice, story: &Story) -> Vec<Contact> {
    let mut all = Vec::new();
    for (number, plan) in PROPERTIES.iter().enumerate() {
        let Ok(zone) = TimeZone::get(plan.timezone) else {
            continue;
        };
        for day in days(story.begins, story.today) {
            let mut book = Book { number, plan, zone: &zone, day, made: 0, all: &mut all, dice };
            book.paid(story);
            book.others();
            book.imports();
        }
    }
    all.sort_by_key(|contact| (contact.created, contact.id));
    all
}

/// One property's new contacts of one day.
struct Book<'a> {
    number: usize,
    plan: &'a PropertyPlan,
    zone: &'a TimeZone,
    day: Date,
    made: u64,
    all: &'a mut Vec<Contact>,
    dice: Dice,
}

type Properties = BTreeMap<&'static str, String>;

impl Book<'_> {
    fn paid(&mut self, story: &Story) {
        let property = self.plan;
        for campaign in property.campaigns {
            for ad_set in campaign.ad_sets {
                let stage = Stage { story, property, campaign, ad_set };
                for lead in 0..demand(self.dice, &stage, self.day) {
                    let roll = self
                        .dice
                        .on("paid")
                        .at(ad_set.id as i64)
                        .at(ordinal(self.day))
                        .at(lead as i64);
                    // Some leads never reach the CRM, or are somebody who is in it already.
                    if roll.on("known").below(1_000) < 880 {
                        self.enter(roll, paid_social(roll, &stage));
                    }
                }
            }
        }
    }

    fn others(&mut self) {
        let day = self.dice.on("others").at(self.number as i64).at(ordinal(self.day));
        for n in 0..day.between(self.plan.other_contacts / 2, self.plan.other_contacts * 3 / 2) {
            let roll = day.at(n as i64);
            let properties = other_source(roll, self.plan);
            self.enter(roll, properties);
        }
    }

    /// Now and then somebody imports a list.
    fn imports(&mut self) {
        let day = self.dice.on("import").at(self.number as i64).at(ordinal(self.day));
        if day.below(1_000) >= 12 {
            return;
        }
        for n in 0..day.on("size").between(15, 60) {
            let properties = source("OFFLINE", Some("IMPORT"), Some("visitors.csv"), "IMPORT");
            self.enter(day.at(n as i64), properties);
        }
    }

    fn enter(&mut self, roll: Dice, mut properties: Properties) {
        // Stable when `today` moves on: made of day, property and place within the day.
        let id = 40_000_000_000
            + u64::try_from(ordinal(self.day)).unwrap_or(0) * 10_000
            + self.number as u64 * 3_000
            + self.made;
        self.made += 1;
        let (created, digits) = self.moment(roll);
        let modified =
            created + jiff::SignedDuration::from_secs(roll.on("modified").between(2, 9_000) as i64);
        let stamp = instant(created, digits);
        properties.insert("hs_object_id", id.to_string());
        properties.insert("hs_all_contact_vids", id.to_string());
        properties.insert("createdate", stamp.clone());
        properties.insert("lastmodifieddate", instant(modified, 3));
        properties.insert("hs_latest_source_timestamp", stamp.clone());
        properties.insert("hs_lifecyclestage_lead_date", stamp);
        properties.insert("lifecyclestage", "lead".to_owned());
        properties.insert("firstname", format!("Test{id}"));
        properties.insert("lastname", "Person".to_owned());
        properties.insert("email", format!("test{id}@example.org"));
        self.all.push(Contact { id, created, properties });
    }

    /// When on this local day, and with how many fraction digits the CRM writes it.
    fn moment(&self, roll: Dice) -> (Timestamp, u32) {
        let at_week_edge = matches!(ordinal(self.day).rem_euclid(7), 0 | 6);
        let second = match (roll.on("edge").below(1_000), at_week_edge) {
            (0..25, _) | (0..60, true) => 86_399 - roll.on("second").below(4),
            (60..85, _) | (60..120, true) => roll.on("second").below(4),
            _ => roll.on("second").between(6 * 3_600, 23 * 3_600),
        };
        let digits = [3, 3, 3, 2, 1, 0][roll.on("digits").below(6) as usize];
        let step = [1_000, 100, 10, 1][digits as usize];
        let millisecond = roll.on("millisecond").below(1_000) / step * step;
        let time = Time::midnight()
            .wrapping_add(jiff::SignedDuration::from_millis((second * 1_000 + millisecond) as i64));
        let created = self.zone.to_ambiguous_timestamp(self.day.to_datetime(time)).compatible();
        (created.unwrap_or(Timestamp::UNIX_EPOCH), digits)
    }
}

/// ISO 8601 in UTC with exactly `digits` fraction digits.
fn instant(at: Timestamp, digits: u32) -> String {
    match digits {
        0 => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        1 => at.strftime("%Y-%m-%dT%H:%M:%S.%1fZ").to_string(),
        2 => at.strftime("%Y-%m-%dT%H:%M:%S.%2fZ").to_string(),
        _ => at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
    }
}

/// The drill-down properties, first and latest alike.
fn source(kind: &str, first: Option<&str>, second: Option<&str>, label: &str) -> Properties {
    let mut properties = Properties::new();
    for (name, value) in [
        ("hs_analytics_source", Some(kind)),
        ("hs_latest_source", Some(kind)),
        ("hs_analytics_source_data_1", first),
        ("hs_latest_source_data_1", first),
        ("hs_analytics_source_data_2", second),
        ("hs_latest_source_data_2", second),
        ("hs_object_source", Some(label)),
        ("hs_object_source_label", Some(label)),
    ] {
        if let Some(value) = value {
            properties.insert(name, value.to_owned());
        }
    }
    properties
}

fn visit(properties: &mut Properties, site: &str, query: &str) {
    let url = format!("https://{site}/enquiry{}{query}", if query.is_empty() { "" } else { "?" });
    properties.insert("hs_analytics_first_url", url.clone());
    properties.insert("hs_analytics_last_url", url);
    properties.insert("num_conversion_events", "1".to_owned());
    properties.insert("first_conversion_event_name", "Enquiry form".to_owned());
    properties.insert("recent_conversion_event_name", "Enquiry form".to_owned());
}

/// A lead from an advertisement, in one of the ways in which portals record it.
fn paid_social(roll: Dice, stage: &Stage<'_>) -> Properties {
    let (campaign, ad_set) = (stage.campaign, stage.ad_set);
    let named = |name: &str| source("PAID_SOCIAL", Some("Facebook"), Some(name), "FORM");
    let ids = format!(
        "hsa_acc={}&hsa_cam={}&hsa_grp={}&hsa_ad={}&hsa_net=facebook&hsa_src=fb&hsa_ver=3",
        stage.property.account,
        campaign.id,
        ad_set.id,
        ad_set.id + 1_000_000,
    );
    let (mut properties, query) = match roll.on("record").below(1_000) {
        0..480 => (named(campaign.name), ids),
        480..680 => (named(campaign.name), String::new()),
        680..720 => (named(&campaign.name.to_lowercase()), String::new()),
        720..760 => (named(&format!("  {} ", campaign.name.replace(' ', "  "))), String::new()),
        760..830 => (source("PAID_SOCIAL", Some("Facebook"), None, "FORM"), String::new()),
        830..880 => {
            let macros =
                "hsa_cam={{campaign.id}}&hsa_grp={{adset.id}}&utm_campaign={{campaign.name}}";
            (named("{{campaign.name}}"), macros.to_owned())
        }
        880..930 => {
            let tags = format!(
                "utm_source=facebook&utm_campaign={}&utm_content={}",
                campaign.id, ad_set.id
            );
            (source("PAID_SOCIAL", Some("Facebook"), None, "FORM"), tags)
        }
        // Somebody edited the source by hand: the drill-downs are gone, the address is not.
        930..960 => (source("OTHER_CAMPAIGNS", None, None, "FORM"), ids),
        _ => (named("Campaign of another portal"), String::new()),
    };
    visit(&mut properties, stage.property.site, &query);
    properties.insert("hs_facebook_click_id", format!("IwAR{:016x}", roll.on("fbclid").bits()));
    properties
}

/// A contact that no paid advertisement on Meta brought.
fn other_source(roll: Dice, plan: &PropertyPlan) -> Properties {
    let mut properties = match roll.on("source").below(100) {
        0..34 => source("ORGANIC_SEARCH", Some("Unknown keywords (SSL)"), None, "FORM"),
        34..58 => source("DIRECT_TRAFFIC", Some(plan.site), None, "FORM"),
        58..70 => source("REFERRALS", Some("travel-blog.example"), Some("/weekend"), "FORM"),
        70..80 => source("EMAIL_MARKETING", Some("Newsletter"), Some("Autumn letter"), "FORM"),
        // Unpaid posts: Facebook in the drill-down, and still no advertisement.
        80..88 => source("SOCIAL_MEDIA", Some("Facebook"), None, "FORM"),
        88..94 => source("PAID_SEARCH", Some("Brand search"), Some("brand name"), "FORM"),
        94..98 => source("OFFLINE", Some("CRM_UI"), Some("userId:7011"), "CRM_UI"),
        _ => source("OTHER_CAMPAIGNS", Some("flyer"), None, "FORM"),
    };
    if properties.get("hs_analytics_source").is_some_and(|kind| kind != "OFFLINE") {
        visit(&mut properties, plan.site, "");
    }
    properties
}
