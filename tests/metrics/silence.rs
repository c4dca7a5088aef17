//! Silent tracking: zero leads are told where the usual rate makes them too unlikely, else not.

use serde_json::json;
use weekledger::metrics::EarlierWeek;
use weekledger_events::payload::{AccountWeek, AdSetWeek, Measures, Shortfall};
use weekledger_events::{Currency, Finding, FindingClass, Severity, Week};

use crate::kit::{
    HILLTOP, Pull, RIVERSIDE, account, account_settings, actions, ad_set, campaign, contact, row,
    week, with,
};

const NEWEST: &str = "2026-W46";

/// What the ledger knew of an account's week; no impressions make it one without delivery.
fn known(of: Week, id: &str, leads: u64, impressions: u64) -> EarlierWeek {
    let facts = AccountWeek {
        account: account(id),
        name: id.to_owned(),
        currency: Some(Currency::parse("EUR").unwrap()),
        time_zone: "Europe/Berlin".to_owned(),
        pulled: true,
        shortfall: None,
        lead_rule: account_settings("any", id).lead_rule(),
        lead_actions: vec!["lead".to_owned()],
        attribution_settings: Vec::new(),
    };
    let ad_sets = vec![AdSetWeek {
        account: account(id),
        campaign: campaign("10"),
        campaign_name: "Spring".to_owned(),
        ad_set: ad_set("100"),
        ad_set_name: "Locals".to_owned(),
        objective: None,
        first_delivery: (impressions > 0).then(|| of.monday()),
        delivery_days: 7,
        measures: Measures { impressions, meta_leads: leads, ..Measures::default() },
    }];
    EarlierWeek { week: of, accounts: vec![facts], ad_sets, contacts: None }
}

/// Riverside after weeks with so many leads, oldest first, and in the newest week with none.
fn after(leads: &[u64]) -> Pull {
    let weeks: Vec<(u64, u64)> = leads.iter().map(|leads| (*leads, 1000)).collect();
    delivering(&weeks, 1000)
}

/// Leads and impressions of the weeks before, and impressions of the newest.
fn delivering(weeks: &[(u64, u64)], newest: u64) -> Pull {
    let first = week(NEWEST).plus(-i32::try_from(weeks.len()).unwrap());
    // Clicks are actions, so nothing is withheld.
    let day = with(
        with(
            row(RIVERSIDE, "10", "100", "2026-11-09"),
            json!({ "impressions": newest, "spend": "5" }),
        ),
        actions(&[("link_click", "9")]),
    );
    let mut pull = Pull::of(&[NEWEST]).ad_sets(RIVERSIDE, vec![day]);
    pull.settings.accounts.truncate(1);
    pull.raw.accounts.truncate(1);
    let known_weeks = weeks.iter().enumerate().map(|(at, (leads, impressions))| {
        known(first.plus(i32::try_from(at).unwrap()), RIVERSIDE, *leads, *impressions)
    });
    pull.knowledge.weeks = known_weeks.collect();
    pull
}

fn silent(pull: &Pull) -> Vec<Finding> {
    pull.findings(FindingClass::TrackingSilent)
}

#[test]
fn a_streak_is_told_from_the_week_on_in_which_chance_no_longer_explains_it() {
    // The weeks that exp(-rate * weeks) takes to fall below .001: the table of the silence rule.
    for (rate, weeks) in [(1, 7), (2, 4), (3, 3), (5, 2), (7, 1), (10, 1), (40, 1)] {
        let streak = |weeks: usize| {
            let zeros = vec![0; weeks - 1];
            after(&[vec![rate; 8], zeros].concat())
        };
        let found = silent(&streak(weeks));
        assert_eq!(found.len(), 1, "{rate} a week, {weeks} weeks");
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(found[0].message.contains(&format!("about {rate} a week")), "{found:?}");
        if weeks > 1 {
            assert!(silent(&streak(weeks - 1)).is_empty(), "{rate} a week, a week less");
        }
    }
}

#[test]
fn an_account_that_scatters_more_than_chance_may_be_silent_for_longer() {
    // Mean 8, variance 490 / 7 = 70: 8.75 times that of chance, so that one silent week is nothing.
    let scattered = [0, 16, 1, 15, 0, 18, 0, 14];
    assert!(silent(&after(&scattered)).is_empty());
    assert_eq!(silent(&after(&[8; 8])).len(), 1);
}

#[test]
fn weeks_without_delivery_neither_count_nor_end_a_streak() {
    // Three a week take three silent weeks; two of the five delivered nothing.
    let mut weeks = vec![(3, 1000); 8];
    weeks.extend([(0, 1000), (0, 0), (0, 0)]);
    assert!(silent(&delivering(&weeks, 1000)).is_empty(), "two silent weeks of delivery");
    weeks.push((0, 1000));
    assert_eq!(silent(&delivering(&weeks, 1000)).len(), 1, "three");
    assert!(silent(&delivering(&weeks, 0)).is_empty(), "no delivery, nothing to expect");
}

#[test]
fn a_week_of_little_delivery_counts_for_little() {
    let usual = vec![(10, 1000); 8];
    assert_eq!(silent(&delivering(&usual, 1000)).len(), 1);
    // A tenth of the impressions: one lead was to be expected.
    assert!(silent(&delivering(&usual, 100)).is_empty());
}

#[test]
fn a_rate_is_not_known_before_four_weeks() {
    assert!(silent(&after(&[10, 10, 10])).is_empty());
    assert_eq!(silent(&after(&[10, 10, 10, 10])).len(), 1);
}

#[test]
fn more_silent_accounts_than_the_configuration_allows_hold_the_report() {
    let mut pull = Pull::of(&[NEWEST]);
    let before = |at: i32| {
        let of = week(NEWEST).plus(-at);
        let mut both = known(of, RIVERSIDE, 10, 1000);
        let hilltop = known(of, HILLTOP, 12, 1000);
        both.accounts.extend(hilltop.accounts);
        both.ad_sets.extend(hilltop.ad_sets);
        both
    };
    pull.knowledge.weeks = (1..=8).rev().map(before).collect();
    for (id, campaign, ad_set) in [(RIVERSIDE, "10", "100"), (HILLTOP, "20", "200")] {
        let day = row(id, campaign, ad_set, "2026-11-09");
        let day = with(day, json!({ "impressions": "1000", "spend": "5" }));
        pull = pull.ad_sets(id, vec![with(day, actions(&[("link_click", "9")]))]);
    }
    let severities = |pull: &Pull| -> Vec<Severity> {
        silent(pull).into_iter().map(|found| found.severity).collect()
    };
    assert_eq!(severities(&pull), [Severity::Hold, Severity::Hold]);
    pull.settings.hold.accounts_silent_max = 2;
    assert_eq!(severities(&pull), [Severity::Warning, Severity::Warning]);
}

#[test]
fn a_newest_week_without_a_single_contact_is_told_and_not_taken_for_whole() {
    const PULLED: [&str; 5] = ["2026-W42", "2026-W43", "2026-W44", "2026-W45", NEWEST];
    let build = |each: usize| {
        let mut pull = Pull::of(&PULLED);
        let referral = [("hs_analytics_source", "REFERRALS")];
        let contacts = PULLED[..4].iter().flat_map(|of| (0..each).map(move |n| (of, n)));
        let contacts = contacts.map(|(of, n)| {
            let created = format!("{}T09:00:{n:02}Z", week(of).monday().tomorrow().unwrap());
            contact(&format!("{of}{n}").replace("2026-W", "9"), &created, &referral)
        });
        pull = pull.contacts(contacts.collect());
        let newest = pull.observe().weeks.pop().unwrap().observed.crm.unwrap();
        (silent(&pull), newest.shortfall)
    };
    let (found, shortfall) = build(8);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert_eq!((found[0].subject.as_str(), found[0].week), ("HubSpot", Some(week(NEWEST))));
    assert!(found[0].message.contains("about 8 a week"), "{}", found[0].message);
    assert_eq!(shortfall, Some(Shortfall::NoRows));
    // exp(-6) is .0025: that may be chance.
    let (found, shortfall) = build(6);
    assert!(found.is_empty() && shortfall.is_none());
}
