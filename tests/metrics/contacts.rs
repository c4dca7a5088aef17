//! Contacts: each once, in one week, cut in the zone of its account.

use std::collections::BTreeMap;

use weekledger::metrics::{EarlierContacts, EarlierWeek};
use weekledger_events::payload::{Bucket, MatchedRule, PullOutcome, Shortfall, Trouble};
use weekledger_events::{FindingClass, Severity};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, contact, row, week};

const PAID: (&str, &str) = ("hs_analytics_source", "PAID_SOCIAL");
const RIVERSIDES: (&str, &str) = ("hs_analytics_first_url", "https://a.example/?hsa_cam=10");
const INSIDE: &str = "2026-11-11T09:00:00Z";

fn in_zone(zone: &str, weeks: &[&str]) -> Pull {
    let mut pull = Pull::of(weeks).known(RIVERSIDE, "10", &["Spring"], &[]);
    pull.account_mut(RIVERSIDE).time_zone = Some(zone.to_owned());
    pull
}

/// The weeks of a pull in which a contact of Riverside's campaign lies.
fn weeks_of(zone: &str, weeks: &[&str], created: &str) -> Vec<String> {
    let pull = in_zone(zone, weeks).contacts(vec![contact("1", created, &[RIVERSIDES])]);
    let observed = pull.observe();
    let with = observed.weeks.iter().filter(|week| !week.rows.contacts.is_empty());
    with.map(|week| week.observed.week.to_string()).collect()
}

#[test]
fn weeks_are_cut_in_the_accounts_zone_also_where_clocks_change() {
    // First and last second of a week whose Sunday has 23 or 25 hours, worked by hand from the
    // zones' rules: Berlin +1/+2, New York -5/-4, Auckland +13/+12, Kolkata +5:30 all year,
    // St. John's -3:30/-2:30, Adelaide +10:30/+9:30, Lord Howe +11/+10:30.
    let cases = [
        ("Europe/Berlin", "2026-W13", "2026-03-22T23:00:00Z", "2026-03-29T21:59:59Z"),
        ("Europe/Berlin", "2026-W43", "2026-10-18T22:00:00Z", "2026-10-25T22:59:59Z"),
        ("America/New_York", "2026-W10", "2026-03-02T05:00:00Z", "2026-03-09T03:59:59Z"),
        ("America/New_York", "2026-W44", "2026-10-26T04:00:00Z", "2026-11-02T04:59:59Z"),
        ("Pacific/Auckland", "2026-W14", "2026-03-29T11:00:00Z", "2026-04-05T11:59:59Z"),
        ("Pacific/Auckland", "2026-W39", "2026-09-20T12:00:00Z", "2026-09-27T10:59:59Z"),
        ("Asia/Kolkata", "2026-W46", "2026-11-08T18:30:00Z", "2026-11-15T18:29:59Z"),
        ("America/St_Johns", "2026-W10", "2026-03-02T03:30:00Z", "2026-03-09T02:29:59Z"),
        ("America/St_Johns", "2026-W44", "2026-10-26T02:30:00Z", "2026-11-02T03:29:59Z"),
        ("Australia/Adelaide", "2026-W14", "2026-03-29T13:30:00Z", "2026-04-05T14:29:59Z"),
        ("Australia/Adelaide", "2026-W40", "2026-09-27T14:30:00Z", "2026-10-04T13:29:59Z"),
        ("Australia/Lord_Howe", "2026-W14", "2026-03-29T13:00:00Z", "2026-04-05T13:29:59Z"),
    ];
    let second = jiff::SignedDuration::from_secs(1);
    for (zone, text, first, last) in cases {
        let own = week(text);
        let (before, after) = (own.previous().to_string(), own.next().to_string());
        let pulled = [before.as_str(), text, after.as_str()];
        let (first, last) = (crate::kit::at(first), crate::kit::at(last));
        let found = |at: jiff::Timestamp| weeks_of(zone, &pulled, &at.to_string());
        assert_eq!(found(first), [text], "first second, {zone}");
        assert_eq!(found(last), [text], "last second, {zone}");
        assert_eq!(found(first - second), [before.as_str()], "a second early, {zone}");
        assert_eq!(found(last + second), [after.as_str()], "a second late, {zone}");
    }
}

#[test]
fn contacts_without_a_campaign_are_cut_in_the_reports_zone() {
    // 23:30 UTC on Sunday is Monday 00:30 in Berlin, where the report is, and Sunday in New York.
    let created = "2026-11-15T23:30:00Z";
    let pull = in_zone("America/New_York", &["2026-W46", "2026-W47"]).contacts(vec![
        contact("1", created, &[RIVERSIDES]),
        contact("2", created, &[PAID]),
        contact("3", created, &[]),
    ]);
    let observed = pull.observe();
    let ids = |n: usize| {
        let rows = &observed.weeks[n].rows.contacts;
        rows.iter().map(|row| row.contact.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(0), ["1"]);
    assert_eq!(ids(1), ["2", "3"]);
    let crm = observed.weeks[1].observed.crm.clone().unwrap();
    assert_eq!((crm.unattributed, crm.other), (1, 1));
}

/// Monday half past midnight in Berlin, Sunday evening in New York.
const SUNDAY_EVENING: &str = "2026-11-08T23:30:00Z";

fn new_york(weeks: &[&str], first_row: &str) -> Pull {
    let mut pull = Pull::of(weeks)
        .ad_sets(RIVERSIDE, vec![row(RIVERSIDE, "10", "1", first_row)])
        .contacts(vec![contact("1", SUNDAY_EVENING, &[RIVERSIDES, PAID])]);
    pull.account_mut(RIVERSIDE).time_zone = Some("America/New_York".to_owned());
    pull
}

fn buckets(pull: &Pull, of: &str) -> Vec<Bucket> {
    let observed = pull.observe();
    let own = observed.weeks.into_iter().find(|seen| seen.observed.week == week(of)).unwrap();
    own.rows.contacts.into_iter().map(|contact| contact.bucket).collect()
}

#[test]
fn a_contact_before_the_first_week_ever_pulled_is_none_of_it() {
    // In its account's zone it came in 2026-W45, of which nothing is known.
    assert_eq!(buckets(&new_york(&["2026-W46"], "2026-11-10"), "2026-W46"), []);
}

#[test]
fn given_a_campaign_without_rows_by_sunday_then_a_contact_of_that_evening_is_unattributed() {
    // A pull of 2026-W45 alone cannot know the campaign; the report's zone puts it into W46.
    let together = new_york(&["2026-W45", "2026-W46"], "2026-11-10");
    assert_eq!(buckets(&together, "2026-W45"), []);
    assert_eq!(buckets(&together, "2026-W46"), [Bucket::Unattributed]);
}

#[test]
fn given_a_campaign_with_rows_by_sunday_then_a_contact_of_that_evening_is_the_old_weeks() {
    let together = new_york(&["2026-W45", "2026-W46"], "2026-11-08");
    assert!(matches!(buckets(&together, "2026-W45")[..], [Bucket::Campaign { .. }]));
    assert_eq!(buckets(&together, "2026-W46"), []);
}

#[test]
fn a_campaign_that_starts_on_a_monday_keeps_its_contacts_of_that_morning() {
    // Half past midnight in Berlin, while it is Sunday in the zone of another account.
    let morning = "2026-11-08T23:30:00Z";
    let in_zones = |weeks: &[&str], known: bool| {
        let mut pull = Pull::of(weeks);
        pull.account_mut(RIVERSIDE).time_zone = Some("Europe/Berlin".to_owned());
        pull.account_mut(HILLTOP).time_zone = Some("America/New_York".to_owned());
        if known {
            pull = pull.ad_sets(RIVERSIDE, vec![row(RIVERSIDE, "10", "1", "2026-11-09")]);
        }
        pull.contacts(vec![contact("1", morning, &[RIVERSIDES, PAID])])
    };
    assert_eq!(buckets(&in_zones(&["2026-W45"], false), "2026-W45"), []);
    for weeks in [&["2026-W46"][..], &["2026-W45", "2026-W46"]] {
        let found = buckets(&in_zones(weeks, true), "2026-W46");
        assert!(matches!(found[..], [Bucket::Campaign { .. }]), "{weeks:?}: {found:?}");
    }
}

#[test]
fn a_campaign_that_starts_east_of_the_report_has_its_first_hours_if_both_weeks_are_pulled() {
    // Monday 01:00 in Auckland is Sunday noon in Berlin.
    let in_auckland = |weeks: &[&str]| {
        let rows = vec![row(RIVERSIDE, "10", "1", "2026-11-09")];
        let mut pull = Pull::of(weeks).ad_sets(RIVERSIDE, rows);
        pull.account_mut(RIVERSIDE).time_zone = Some("Pacific/Auckland".to_owned());
        pull.contacts(vec![contact("1", "2026-11-08T12:00:00Z", &[RIVERSIDES, PAID])])
    };
    let together = in_auckland(&["2026-W45", "2026-W46"]);
    assert_eq!(buckets(&together, "2026-W45"), []);
    assert!(matches!(buckets(&together, "2026-W46")[..], [Bucket::Campaign { .. }]));

    // A pull of the old week alone could not know of it and counted the contact: there it stays,
    // until a pull of both decides anew.
    let mut alone = in_auckland(&["2026-W46"]);
    let known = |foreseen| EarlierWeek {
        week: week("2026-W45"),
        accounts: Vec::new(),
        ad_sets: Vec::new(),
        contacts: Some(EarlierContacts { all: 9, rules: BTreeMap::new(), whole: true, foreseen }),
    };
    alone.knowledge.weeks = vec![known(false)];
    assert_eq!(buckets(&alone, "2026-W46"), []);
    alone.knowledge.weeks = vec![known(true)];
    assert!(matches!(buckets(&alone, "2026-W46")[..], [Bucket::Campaign { .. }]));
}

#[test]
fn only_one_of_several_reports_over_a_crm_counts_contacts_without_a_campaign() {
    let contacts = || {
        let other = ("hs_analytics_first_url", "https://a.example/?hsa_cam=999");
        vec![contact("1", INSIDE, &[PAID, other]), contact("2", INSIDE, &[PAID, RIVERSIDES])]
    };
    let mut pull = in_zone("Europe/Berlin", &["2026-W46"]).contacts(contacts());
    assert_eq!(pull.one_week().observed.crm.unwrap().unattributed, 1);
    assert_eq!(pull.findings(FindingClass::UnattributedLeads).len(), 2);

    pull.settings.hubspot.count_unattributed = false;
    let crm = pull.one_week().observed.crm.unwrap();
    assert_eq!((crm.unattributed, crm.other, crm.campaigns[0].leads), (0, 1, 1));
    // Nobody is sent to look for an account that another report may have.
    let found = pull.findings(FindingClass::UnattributedLeads);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
    assert!(found[0].message.contains("1 paid social contact"), "{}", found[0].message);
}

#[test]
fn what_names_campaigns_gone_from_hubspot_is_told_and_earlier_weeks_stay() {
    let weeks = ["2026-W45", "2026-W46"];
    let placed_by = |rule| {
        let rules = BTreeMap::from([(rule, 9)]);
        EarlierContacts { all: 9, rules, whole: true, foreseen: true }
    };
    let made = |name: &str| {
        let of = |n: i64| {
            let created =
                crate::kit::at("2026-11-04T09:00:00Z") + jiff::SignedDuration::from_hours(12 * n);
            contact(
                &n.to_string(),
                &created.to_string(),
                &[PAID, ("hs_analytics_source_data_2", name)],
            )
        };
        in_zone("Europe/Berlin", &weeks).contacts((0..20).map(of).collect())
    };
    let mut pull = made("Another campaign");
    pull.knowledge.weeks = vec![EarlierWeek {
        week: week("2026-W45"),
        accounts: Vec::new(),
        ad_sets: Vec::new(),
        contacts: Some(placed_by(MatchedRule::UrlId)),
    }];
    let observed = pull.observe();
    assert_eq!(observed.weeks[0].observed.crm, None, "what was known stays");
    let newest = observed.weeks[1].observed.crm.as_ref().unwrap();
    assert_eq!(newest.shortfall, Some(Shortfall::LeadsWithheld));
    let told = |pull: &Pull| {
        let found = pull.findings(FindingClass::IncompletePages);
        found.iter().filter(|one| one.message.contains("hs_analytics_first_url")).count()
    };
    assert_eq!(told(&pull), 1);

    // Where nobody's address ever named a campaign, nothing is gone.
    pull.knowledge.weeks[0].contacts = Some(placed_by(MatchedRule::DrillDownName));
    assert_eq!(told(&pull), 0);
}

#[test]
fn a_contact_of_a_week_not_asked_for_is_left_to_that_week() {
    assert!(weeks_of("Europe/Berlin", &["2026-W46"], "2026-11-15T23:00:00Z").is_empty());
    assert_eq!(weeks_of("Europe/Berlin", &["2026-W46"], "2026-11-15T22:59:59Z"), ["2026-W46"]);
}

#[test]
fn a_contact_that_came_twice_counts_once() {
    let one = || contact("1", INSIDE, &[RIVERSIDES]);
    let pull = in_zone("Europe/Berlin", &["2026-W46"]).contacts(vec![one()]).contacts(vec![one()]);
    assert_eq!(pull.one_week().observed.crm.unwrap().campaigns[0].leads, 1);
    let found = pull.findings(FindingClass::DuplicateContact);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
}

#[test]
fn merged_contacts_count_as_the_one_they_were_merged_into() {
    let merged =
        |id: &str, property: &str, ids: &str| contact(id, INSIDE, &[PAID, (property, ids)]);
    let plain = |id: &str| contact(id, INSIDE, &[PAID]);
    let cases = vec![
        (vec![plain("1"), merged("2", "hs_merged_object_ids", "1;7")], vec!["2"]),
        (vec![plain("1"), merged("2", "hs_calculated_merged_vids", "1:1699999999000")], vec!["2"]),
        // 1 went into 2, and 2 into 0: whatever the order of ids, one is left.
        (
            vec![
                merged("0", "hs_merged_object_ids", "2"),
                plain("1"),
                merged("2", "hs_merged_object_ids", "1"),
            ],
            vec!["0"],
        ),
        (
            vec![
                plain("0"),
                merged("1", "hs_merged_object_ids", "0"),
                merged("2", "hs_merged_object_ids", "1"),
            ],
            vec!["2"],
        ),
        // A contact that names itself, and two that name each other: nobody is lost.
        (vec![merged("5", "hs_merged_object_ids", "5")], vec!["5"]),
        (
            vec![
                merged("5", "hs_merged_object_ids", "6"),
                merged("6", "hs_merged_object_ids", "5"),
            ],
            vec!["5"],
        ),
    ];
    for (contacts, expected) in cases {
        let week = in_zone("Europe/Berlin", &["2026-W46"]).contacts(contacts).one_week();
        let ids: Vec<&str> = week.rows.contacts.iter().map(|row| row.contact.as_str()).collect();
        assert_eq!(ids, expected);
    }
}

#[test]
fn offline_contacts_and_imports_are_counted_apart_unless_configured_otherwise() {
    let all = || {
        vec![
            contact("1", INSIDE, &[("hs_analytics_source", "OFFLINE")]),
            contact("2", INSIDE, &[PAID, ("hs_object_source", "IMPORT")]),
            contact("3", INSIDE, &[PAID, ("hs_object_source_label", "Import")]),
            contact("4", INSIDE, &[PAID, ("hs_object_source_label", "FORM")]),
        ]
    };
    let pull = in_zone("Europe/Berlin", &["2026-W46"]).contacts(all());
    let crm = pull.one_week().observed.crm.unwrap();
    assert_eq!((crm.unattributed, crm.other, crm.offline), (1, 0, 3));

    let mut pull = in_zone("Europe/Berlin", &["2026-W46"]).contacts(all());
    pull.settings.hubspot.exclude_offline = false;
    let crm = pull.one_week().observed.crm.unwrap();
    assert_eq!((crm.unattributed, crm.other, crm.offline), (3, 1, 0));
}

#[test]
fn a_crm_that_is_off_has_no_figures_and_one_that_failed_is_told() {
    let mut pull = in_zone("Europe/Berlin", &["2026-W46"]);
    pull.raw.crm.outcome = PullOutcome::Off;
    assert_eq!(pull.one_week().observed.crm, None);
    assert!(pull.findings(FindingClass::CrmMissing).is_empty());

    pull.raw.crm.outcome = PullOutcome::Failed {
        trouble: Trouble {
            class: "missing_scope".to_owned(),
            sentence: "The key lacks a scope.".to_owned(),
            action: "Add the scope.".to_owned(),
        },
    };
    assert_eq!(pull.one_week().observed.crm, None);
    let found = pull.findings(FindingClass::CrmMissing);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}

#[test]
fn a_pulled_crm_without_contacts_is_zero_and_not_missing() {
    let crm = in_zone("Europe/Berlin", &["2026-W46"]).one_week().observed.crm.unwrap();
    assert_eq!((crm.campaigns.len(), crm.unattributed, crm.other), (0, 0, 0));
}

#[test]
fn contacts_of_a_failed_account_keep_its_zone_where_it_was_known() {
    // Hilltop cannot be read; its zone is the one of the last week known.
    let created = "2026-11-15T23:30:00Z";
    let mut pull = in_zone("America/New_York", &["2026-W45"]);
    let mut known = pull.one_week().observed.accounts[0].clone();
    known.account = HILLTOP.parse().unwrap();
    pull = Pull::of(&["2026-W46", "2026-W47"]).known(HILLTOP, "20", &["Brand"], &[]).fails(HILLTOP);
    pull.knowledge.accounts = vec![known];
    let url = ("hs_analytics_first_url", "https://a.example/?hsa_cam=20");
    let observed = pull.contacts(vec![contact("1", created, &[url])]).observe();
    assert_eq!(observed.weeks[0].rows.contacts.len(), 1);
}

#[test]
fn a_contact_row_points_to_the_contact_in_its_page() {
    let pull = in_zone("Europe/Berlin", &["2026-W46"])
        .contacts(vec![contact("8", INSIDE, &[]), contact("9", INSIDE, &[PAID])]);
    let rows = pull.one_week().rows.contacts;
    for row in rows {
        let page: serde_json::Value =
            serde_json::from_slice(&pull.pages[&row.source.artifact]).unwrap();
        assert_eq!(page.pointer(&row.source.pointer).unwrap()["id"], row.contact.as_str());
    }
}

#[test]
fn contacts_without_any_source_property_are_missing_and_not_zero() {
    let bare = |id: &str| contact(id, INSIDE, &[("lastmodifieddate", INSIDE)]);
    let pull = in_zone("Europe/Berlin", &["2026-W46"]).contacts(vec![bare("1"), bare("2")]);
    assert_eq!(pull.one_week().observed.crm, None);
    let found = pull.findings(FindingClass::CrmMissing);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(found[0].message.contains("None of 2 contacts"), "{}", found[0].message);
    let repair = "weekledger re-emit 2026-W46 --report weekly --from RunRequested --reason TEXT \
                  --deliver --config-as now";
    assert!(found[0].action.as_deref().unwrap().contains(repair), "{:?}", found[0].action);

    let pull = pull.contacts(vec![contact("3", INSIDE, &[("hs_analytics_source", "DIRECT")])]);
    assert_eq!(pull.one_week().observed.crm.unwrap().other, 3);
}

#[test]
fn many_contacts_without_a_source_are_missing_though_their_addresses_can_be_read() {
    let tagged = |id: usize| contact(&id.to_string(), INSIDE, &[RIVERSIDES]);
    let few = in_zone("Europe/Berlin", &["2026-W46"]).contacts((1..=9).map(tagged).collect());
    assert!(few.one_week().observed.crm.is_some(), "nine may have none by chance");

    let many = in_zone("Europe/Berlin", &["2026-W46"]).contacts((1..=10).map(tagged).collect());
    assert_eq!(many.one_week().observed.crm, None);
    assert_eq!(many.findings(FindingClass::CrmMissing).len(), 1);

    let many = many.contacts(vec![contact("11", INSIDE, &[PAID])]);
    assert!(many.one_week().observed.crm.is_some());
}

#[test]
fn given_no_contacts_at_all_where_some_were_known_then_they_are_missing_and_not_zero() {
    let mut pull = in_zone("Europe/Berlin", &["2026-W45", "2026-W46"]);
    let known = |of: &str, contacts: u64| EarlierWeek {
        week: week(of),
        accounts: Vec::new(),
        ad_sets: Vec::new(),
        contacts: Some(EarlierContacts {
            all: contacts,
            rules: BTreeMap::new(),
            whole: true,
            foreseen: true,
        }),
    };
    pull.knowledge.weeks = vec![known("2026-W45", 7)];
    let observed = pull.observe();
    assert!(observed.weeks.iter().all(|week| week.observed.crm.is_none()));
    let found = pull.findings(FindingClass::CrmMissing);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(found[0].message.contains("7 contacts"), "{}", found[0].message);

    // A week that is not pulled again contradicts nothing, and neither does one without contacts.
    pull.knowledge.weeks = vec![known("2026-W44", 7), known("2026-W45", 0)];
    assert!(pull.findings(FindingClass::CrmMissing).is_empty());

    pull.knowledge.weeks = vec![known("2026-W45", 7)];
    let pull = pull.contacts(vec![contact("1", "2026-11-04T09:00:00Z", &[PAID])]);
    let left = pull.observe().weeks;
    let counts = left.iter().map(|week| week.observed.crm.as_ref().unwrap().unattributed);
    assert_eq!(counts.collect::<Vec<_>>(), [1, 0], "a newest week without contacts may be empty");
}

#[test]
fn a_contact_that_no_zone_has_within_the_weeks_was_not_asked_for_and_is_told() {
    let strays = |created: &[&str]| {
        let contacts = created.iter().enumerate();
        let contacts = contacts.map(|(n, at)| contact(&format!("{n}"), at, &[PAID])).collect();
        let pull = in_zone("America/New_York", &["2026-W46"]).contacts(contacts);
        pull.findings(FindingClass::UnusableRow)
    };
    // W46 begins at 23:00 on Sunday in UTC for Berlin, and ends on Monday at 05:00 in New York.
    assert!(strays(&["2026-11-08T23:00:00Z", "2026-11-16T04:59:59Z"]).is_empty());
    let found = strays(&["2026-11-08T22:59:59Z", "2026-11-11T09:00:00Z", "2026-11-16T05:00:00Z"]);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    let said = "HubSpot sent 2 contacts created outside of the time asked for, the first on \
                2026-11-08; they do not count here.";
    assert_eq!(found[0].message, said);
}

#[test]
fn campaigns_of_one_name_are_named_once_with_what_to_do() {
    let named = [PAID, ("hs_analytics_source_data_2", "Spring")];
    let contacts = ["2026-11-04T09:00:00Z", "2026-11-10T09:00:00Z", "2026-11-11T09:00:00Z"];
    let contacts = contacts.iter().enumerate();
    let contacts = contacts.map(|(n, at)| contact(&format!("{n}"), at, &named)).collect();
    let found = in_zone("Europe/Berlin", &["2026-W45", "2026-W46"])
        .known(HILLTOP, "20", &["spring"], &[])
        .contacts(contacts)
        .findings(FindingClass::AmbiguousCampaign);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        found[0].message,
        "In 2026-W46, 2 contacts fit campaigns 10 (\"Spring\") and 20 (\"spring\") alike; not \
         attributed. And 1 more of this kind in earlier weeks."
    );
    assert_eq!(
        found[0].action.as_deref(),
        Some("Give the campaigns 10 and 20 different names, or put ids into the tracked address.")
    );
}
