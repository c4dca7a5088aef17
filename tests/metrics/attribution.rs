//! Which bucket a contact falls into, by which rule.

use weekledger_events::payload::{Bucket, ContactRow, MatchedRule};
use weekledger_events::{FindingClass, Severity};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, account, ad_set, campaign, contact, row};

const CREATED: &str = "2026-11-11T09:00:00Z";
const SOURCE: &str = "hs_analytics_source";
const URL: &str = "hs_analytics_first_url";
const NAME: &str = "hs_analytics_source_data_2";

/// Riverside has campaigns 10 "Spring Offer" and 11 "Brand"; Hilltop has 20 "Brand" and 21 "Jobs".
/// Earlier weeks knew 10 as "Spring  Teaser" and Hilltop's 29 "Retired", which has no row now.
fn pull() -> Pull {
    let named = |account, id: &str, ad_set: &str, name: &str| {
        let mut row = row(account, id, ad_set, "2026-11-10");
        row["campaign_name"] = name.into();
        row
    };
    let rows =
        vec![named(RIVERSIDE, "10", "100", "Spring Offer"), named(RIVERSIDE, "11", "110", "Brand")];
    Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, rows)
        .ad_sets(
            HILLTOP,
            vec![named(HILLTOP, "20", "200", "Brand"), named(HILLTOP, "21", "210", "Jobs")],
        )
        .known(RIVERSIDE, "10", &["Spring  Teaser"], &["101"])
        .known(HILLTOP, "29", &["Retired"], &["290"])
}

#[track_caller]
fn attribute(pull: Pull, properties: &[(&str, &str)]) -> ContactRow {
    let mut rows = pull.contacts(vec![contact("1", CREATED, properties)]).one_week().rows.contacts;
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn in_campaign(of: &str, id: &str, set: Option<&str>) -> Bucket {
    Bucket::Campaign { account: account(of), campaign: campaign(id), ad_set: set.map(ad_set) }
}

/// What it is about, the contact's properties, and where it belongs.
type Case = (&'static str, Vec<(&'static str, &'static str)>, Bucket, MatchedRule);

const PAID: (&str, &str) = (SOURCE, "PAID_SOCIAL");

#[test]
fn contacts_fall_into_buckets_as_the_table_says() {
    use MatchedRule::{Ambiguous, DrillDownName, OtherSource, PaidSocial, Property, UrlId};
    let spring = || in_campaign(RIVERSIDE, "10", None);
    let unattributed = || Bucket::Unattributed;
    let cases: Vec<Case> = vec![
        // Ids in the tracked address.
        ("id in the address", vec![PAID, (URL, "https://a.example/?hsa_cam=10")], spring(), UrlId),
        (
            "id and ad set",
            vec![PAID, (URL, "https://a.example/?hsa_cam=10&hsa_grp=100")],
            in_campaign(RIVERSIDE, "10", Some("100")),
            UrlId,
        ),
        (
            "an ad set of an earlier week",
            vec![PAID, (URL, "https://a.example/?hsa_cam=10&hsa_grp=101")],
            in_campaign(RIVERSIDE, "10", Some("101")),
            UrlId,
        ),
        (
            "an ad set of another campaign is not taken over",
            vec![PAID, (URL, "https://a.example/?hsa_cam=10&hsa_grp=110")],
            spring(),
            UrlId,
        ),
        (
            "an ad set alone names its campaign",
            vec![PAID, (URL, "https://a.example/?utm_content=210")],
            in_campaign(HILLTOP, "21", Some("210")),
            UrlId,
        ),
        (
            "a campaign of earlier weeks without a row now",
            vec![PAID, (URL, "https://a.example/?hsa_cam=29")],
            in_campaign(HILLTOP, "29", None),
            UrlId,
        ),
        ("keys in capitals", vec![PAID, (URL, "https://a.example/?HSA_Cam=10")], spring(), UrlId),
        (
            "an encoded value with blanks",
            vec![PAID, (URL, "https://a.example/?hsa_cam=%2010%20")],
            spring(),
            UrlId,
        ),
        ("no scheme", vec![PAID, (URL, "www.a.example/x?hsa_cam=10")], spring(), UrlId),
        (
            "an id of ours counts whatever the source says",
            vec![(SOURCE, "DIRECT_TRAFFIC"), (URL, "https://a.example/?hsa_cam=10")],
            spring(),
            UrlId,
        ),
        (
            "the better parameter counts",
            vec![PAID, (URL, "https://a.example/?utm_campaign=11&hsa_cam=10")],
            spring(),
            UrlId,
        ),
        (
            "the next parameter where the better one holds a name",
            vec![PAID, (URL, "https://a.example/?hsa_cam=spring&utm_campaign=10")],
            spring(),
            UrlId,
        ),
        (
            "ids of two accounts are not decided",
            vec![PAID, (URL, "https://a.example/?hsa_cam=10&hsa_cam=20")],
            unattributed(),
            Ambiguous,
        ),
        // Macros and unknown ids.
        (
            "an unfilled macro",
            vec![PAID, (URL, "https://a.example/?hsa_cam={{campaign.id}}")],
            unattributed(),
            PaidSocial,
        ),
        (
            "an unfilled macro, encoded",
            vec![PAID, (URL, "https://a.example/?hsa_cam=%7B%7Bcampaign.id%7D%7D")],
            unattributed(),
            PaidSocial,
        ),
        (
            "an unfilled macro, encoded twice",
            vec![PAID, (URL, "https://a.example/?hsa_cam=%257B%257Bcampaign.id%257D%257D")],
            unattributed(),
            PaidSocial,
        ),
        (
            "an unfilled macro leaves room for the name",
            vec![PAID, (URL, "https://a.example/?hsa_cam={{campaign.id}}"), (NAME, "Jobs")],
            in_campaign(HILLTOP, "21", None),
            DrillDownName,
        ),
        (
            "an unknown id",
            vec![PAID, (URL, "https://a.example/?hsa_cam=999")],
            unattributed(),
            PaidSocial,
        ),
        (
            "an unknown id outweighs a name that fits",
            vec![PAID, (URL, "https://a.example/?hsa_cam=999"), (NAME, "Jobs")],
            unattributed(),
            PaidSocial,
        ),
        (
            "an unknown id of another source, such as a search campaign's",
            vec![(SOURCE, "PAID_SEARCH"), (URL, "https://a.example/?hsa_cam=999")],
            Bucket::Other,
            OtherSource,
        ),
        // Configured properties.
        ("id in a property", vec![PAID, ("campaign_of_record", "10")], spring(), Property),
        (
            "name in a property",
            vec![(SOURCE, "REFERRALS"), ("campaign_of_record", " spring  OFFER ")],
            spring(),
            Property,
        ),
        (
            "a property with a name borne twice",
            vec![PAID, ("campaign_of_record", "Brand")],
            unattributed(),
            Ambiguous,
        ),
        (
            "the address goes before the property",
            vec![PAID, (URL, "https://a.example/?hsa_cam=10"), ("campaign_of_record", "21")],
            spring(),
            UrlId,
        ),
        (
            "the property goes before the name",
            vec![PAID, ("campaign_of_record", "10"), (NAME, "Jobs")],
            spring(),
            Property,
        ),
        // Names in the source drill-down.
        ("the name", vec![PAID, (NAME, "Spring Offer")], spring(), DrillDownName),
        ("case and blanks", vec![PAID, (NAME, "  spring   oFFer ")], spring(), DrillDownName),
        ("a former name", vec![PAID, (NAME, "Spring Teaser")], spring(), DrillDownName),
        ("a name borne twice", vec![PAID, (NAME, "brand")], unattributed(), Ambiguous),
        ("a name nobody bears", vec![PAID, (NAME, "Autumn")], unattributed(), PaidSocial),
        (
            "a name of another network",
            vec![PAID, ("hs_analytics_source_data_1", "LinkedIn"), (NAME, "Jobs")],
            unattributed(),
            PaidSocial,
        ),
        (
            "a name of the network itself",
            vec![PAID, ("hs_analytics_source_data_1", "Facebook"), (NAME, "Jobs")],
            in_campaign(HILLTOP, "21", None),
            DrillDownName,
        ),
        (
            "a name without paid social",
            vec![(SOURCE, "PAID_SEARCH"), (NAME, "Jobs")],
            Bucket::Other,
            OtherSource,
        ),
        // Nothing at all.
        ("paid social alone", vec![PAID], unattributed(), PaidSocial),
        ("another source", vec![(SOURCE, "ORGANIC_SEARCH")], Bucket::Other, OtherSource),
        ("no source", vec![("hs_object_source", "FORM")], Bucket::Other, OtherSource),
        (
            "an address that is none",
            vec![PAID, (URL, "::not an address::")],
            unattributed(),
            PaidSocial,
        ),
    ];
    for (case, properties, bucket, rule) in cases {
        let found = attribute(pull(), &properties);
        assert_eq!((found.bucket, found.rule), (bucket, rule), "{case}");
    }
}

#[test]
fn names_do_not_count_where_an_account_switched_them_off() {
    let mut off = pull();
    off.settings_mut(HILLTOP).attribution.drill_down_names = false;
    assert_eq!(attribute(off, &[PAID, (NAME, "Jobs")]).bucket, Bucket::Unattributed);

    // Riverside still matches by name, but Hilltop bears the name as well.
    let mut off = pull();
    off.settings_mut(HILLTOP).attribution.drill_down_names = false;
    assert_eq!(attribute(off, &[PAID, (NAME, "Brand")]).rule, MatchedRule::Ambiguous);
}

#[test]
fn parameters_of_one_account_do_not_match_campaigns_of_another() {
    let mut pull = pull();
    pull.settings_mut(RIVERSIDE).attribution.campaign_parameters = vec!["own".to_owned()];
    let properties = [PAID, (URL, "https://a.example/?hsa_cam=10")];
    assert_eq!(attribute(pull, &properties).bucket, Bucket::Unattributed);
}

#[test]
fn ambiguity_is_told_with_the_campaigns_and_the_count() {
    let contacts = ["1", "2"].map(|id| contact(id, CREATED, &[PAID, (NAME, "Brand")]));
    let found = pull().contacts(contacts.to_vec()).findings(FindingClass::AmbiguousCampaign);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Warning);
    let said = "2 contacts fit campaigns 11 (\"Brand\") and 20 (\"Brand\") alike";
    assert!(found[0].message.contains(said), "{found:#?}");
}

#[test]
fn an_unknown_id_is_told() {
    let contacts = vec![contact("1", CREATED, &[PAID, (URL, "https://a.example/?hsa_cam=999")])];
    let found = pull().contacts(contacts).findings(FindingClass::UnattributedLeads);
    assert!(found.iter().any(|f| f.message.contains("campaign id 999")), "{found:#?}");
    assert!(
        found.iter().any(|f| f.message.contains("2026-W46, 1 paid social contact")),
        "{found:#?}"
    );
}

#[test]
fn doubts_are_told_of_the_week_that_they_are_about() {
    let unknown = [PAID, (URL, "https://a.example/?hsa_cam=999")];
    let twice = [PAID, (NAME, "Brand")];
    let rows = |account, ids: [&str; 2]| {
        ids.map(|id| {
            let mut row = row(account, id, &format!("{id}0"), "2026-11-02");
            row["campaign_name"] = "Brand".into();
            row
        })
    };
    let pull = Pull::of(&["2026-W45", "2026-W46"])
        .ad_sets(RIVERSIDE, rows(RIVERSIDE, ["10", "11"]).to_vec())
        .contacts(vec![
            contact("1", "2026-11-03T09:00:00Z", &unknown),
            contact("2", CREATED, &unknown),
            contact("3", CREATED, &unknown),
            contact("4", "2026-11-04T09:00:00Z", &twice),
        ]);
    let told = |class| -> Vec<(String, String)> {
        let found = pull.findings(class).into_iter();
        let found = found.filter(|finding| finding.message.contains("attributed"));
        found.map(|finding| (finding.week.unwrap().to_string(), finding.message)).collect()
    };
    let by_id = told(FindingClass::UnattributedLeads);
    let weeks: Vec<&str> = by_id.iter().map(|(week, _)| week.as_str()).collect();
    assert_eq!(weeks, ["2026-W46"], "the newest week's stands for the earlier one's");
    assert!(by_id[0].1.starts_with("In 2026-W46, 2 paid social contacts carry campaign id 999"));
    assert!(by_id[0].1.ends_with("And 1 more of this kind in earlier weeks."), "{by_id:?}");
    let by_name = told(FindingClass::AmbiguousCampaign);
    assert_eq!(by_name.len(), 1);
    assert_eq!(by_name[0].0, "2026-W45");
    assert!(by_name[0].1.starts_with("In 2026-W45, 1 contact fits campaigns 10 (\"Brand\")"));
}

#[test]
fn no_finding_repeats_what_a_contacts_address_holds() {
    let url = "https://a.example/?hsa_cam=jane%40example.org&email=jane%40example.org";
    let pull = pull().contacts(vec![contact("1", CREATED, &[PAID, (URL, url)])]);
    let observed = pull.observe();
    let all = format!("{:?}", observed.findings);
    assert!(!all.contains("jane"));
    assert!(!String::from_utf8(observed.weeks[0].rows_bytes.clone()).unwrap().contains("jane"));
}

#[test]
fn buckets_are_counted_with_their_ad_sets() {
    let with_set = [PAID, (URL, "https://a.example/?hsa_cam=10&hsa_grp=100")];
    let pull = pull().contacts(vec![
        contact("1", CREATED, &with_set),
        contact("2", CREATED, &with_set),
        contact("3", CREATED, &[PAID, (NAME, "Spring Offer")]),
        contact("4", CREATED, &[PAID]),
        contact("5", CREATED, &[(SOURCE, "EMAIL_MARKETING")]),
        contact("6", CREATED, &[]),
    ]);
    let crm = pull.one_week().observed.crm.unwrap();
    assert_eq!((crm.unattributed, crm.other), (1, 2));
    assert_eq!(crm.campaigns.len(), 1);
    assert_eq!(crm.campaigns[0].leads, 3);
    assert_eq!(crm.campaigns[0].ad_sets.get(&ad_set("100")), Some(&2));
    assert_eq!(crm.campaigns[0].ad_sets.len(), 1);
}
