//! Past weeks that the provider has changed: what was reported beside what is known now.

use weekledger_events::FindingClass;
use weekledger_events::payload::Restatement;
use weekledger_projections::history::{History, Source};
use weekledger_projections::measure::Measure;
use weekledger_projections::restatement::{Thresholds, UsualGrowth, findings, restatements};

use crate::world::*;

const REPORTED: &str = "2026-11-16T04:00:00Z";
const NOW: &str = "2026-11-23T04:00:00Z";

fn one_week(of: &str, spend: &str, leads: u64) -> WorldWeek {
    WorldWeek {
        week: week(of),
        accounts: vec![(1, "EUR", true)],
        rows: vec![row(111, spend, [1000, 50, 20, 10, leads])],
        contacts: None,
    }
}

/// Week 46 as reported and as known now; week 47 is new.
fn history(before: (&str, u64), now: (&str, u64)) -> History {
    let mut history = History::new();
    let earlier = event(week("2026-W46"), 3);
    let older = one_week("2026-W46", "1", 1).observed(at("2026-11-15T04:00:00Z")).0;
    history.observe(Source::Event(event(week("2026-W45"), 3)), &older).unwrap();
    let reported = one_week("2026-W46", before.0, before.1).observed(at(REPORTED)).0;
    history.observe(Source::Event(earlier), &reported).unwrap();
    history.observe(Source::Own, &one_week("2026-W46", now.0, now.1).observed(at(NOW)).0).unwrap();
    history.observe(Source::Own, &one_week("2026-W47", "7", 7).observed(at(NOW)).0).unwrap();
    history
}

fn found(history: &History, usual: &UsualGrowth) -> Vec<Restatement> {
    restatements(history, at(NOW), week("2026-W47"), &Thresholds::default(), usual)
}

/// Without the costs that follow from them.
fn of_leads(found: &[Restatement]) -> Vec<Restatement> {
    found.iter().filter(|moved| !moved.measure.contains("cpl")).cloned().collect()
}

#[test]
fn given_leads_that_came_later_then_both_values_and_the_earlier_event_are_named() {
    let found = of_leads(&found(&history(("100", 40), ("100", 46)), &UsualGrowth::default()));
    let expected = Restatement {
        week: week("2026-W46"),
        account: account(1),
        measure: "meta_leads".into(),
        before: decimal("40"),
        now: decimal("46"),
        earlier: event(week("2026-W46"), 3),
        reported: false,
        listed: true,
    };
    assert_eq!(found, [expected]);
}

#[test]
fn given_a_week_that_did_not_move_then_nothing_is_restated() {
    assert_eq!(found(&history(("100", 40), ("100.00", 40)), &UsualGrowth::default()), []);
}

#[test]
fn small_moves_are_recorded_and_not_listed() {
    let listed = |before, now| -> Vec<bool> {
        let found = of_leads(&found(&history(before, now), &UsualGrowth::default()));
        found.iter().map(|moved| moved.listed).collect()
    };
    assert_eq!(listed(("100", 10), ("100", 12)), [false], "two leads are too few");
    assert_eq!(listed(("100", 10), ("100", 13)), [true], "three are enough");
    assert_eq!(listed(("100", 100), ("100", 104)), [false], "4 % are too few");
    assert_eq!(listed(("100", 100), ("100", 105)), [true], "5 % are enough");
    assert_eq!(listed(("100", 9), ("104.99", 9)), [false]);
    assert_eq!(listed(("100", 9), ("105", 9)), [true]);
    assert_eq!(listed(("100", 9), ("95", 9)), [true], "less is a restatement too");
    assert_eq!(listed(("0", 0), ("5", 3)), [true, true], "from nothing");
}

#[test]
fn the_cost_per_lead_is_restated_with_what_it_rests_on() {
    // (before, now, listed) of the cost of week 46; 100 / 40 and 100 / 46.
    let cost = |before, now| -> Option<(String, String, bool)> {
        let found = found(&history(before, now), &UsualGrowth::default());
        let cost = found.into_iter().find(|moved| moved.measure == "cpl")?;
        Some((cost.before.to_string(), cost.now.round_dp(4).to_string(), cost.listed))
    };
    let moved = |before: &str, now: &str, listed| Some((before.into(), now.into(), listed));
    assert_eq!(cost(("100", 40), ("100", 46)), moved("2.5", "2.1739", true));
    assert_eq!(cost(("100", 40), ("110", 40)), moved("2.5", "2.75", true));
    assert_eq!(cost(("100", 10), ("100", 12)), moved("10", "8.3333", false), "two leads");
    assert_eq!(cost(("100", 40), ("115", 46)), None, "both moved alike");
    assert_eq!(cost(("100", 0), ("100", 9)), None, "there was no cost per lead");
}

#[test]
fn growth_that_is_usual_for_the_account_is_not_listed() {
    let usual = |age, at_most| {
        UsualGrowth::default().and(account(1), Measure::MetaLeads, age, decimal(at_most))
    };
    let listed = |now, usual| found(&history(("100", 40), ("100", now)), &usual)[0].listed;
    assert!(!listed(48, usual(0, "0.20")), "20 % more is usual");
    assert!(listed(49, usual(0, "0.20")), "more than 20 % is not");
    assert!(listed(32, usual(0, "0.20")), "fewer leads never are");
    assert!(listed(48, usual(1, "0.20")), "after a week it would be");
}

#[test]
fn given_a_mailed_value_then_it_is_compared_and_not_what_was_known_since() {
    let mut history = history(("100", 40), ("100", 46));
    // The Monday after, the mailed week was pulled with another one and had grown already.
    let since = one_week("2026-W46", "100", 45).observed(at("2026-11-20T04:00:00Z")).0;
    history.observe(Source::Event(event(week("2026-W45"), 5)), &since).unwrap();
    let series = history.as_known(at(NOW), week("2026-W47")).series;
    let told = |history: &History| {
        let found = found(history, &UsualGrowth::default());
        let told = findings(&found, &series).iter().map(|f| f.message.clone()).collect::<Vec<_>>();
        (found[0].reported, found[0].before, told)
    };
    assert_eq!(told(&history).1, decimal("45"), "nothing was mailed, and one more is ordinary");

    // A mail of another week shows nothing of this one.
    history.report(event(week("2026-W45"), 5));
    assert!(!told(&history).0);

    history.report(event(week("2026-W46"), 3));
    let leads = "Brand 1, 2026-W46: meta leads 40 as reported, 46 as known now".to_owned();
    let cost = "Brand 1, 2026-W46: cost per lead EUR 2.50 as reported, EUR 2.17 as known now";
    assert_eq!(told(&history), (true, decimal("40"), vec![leads, cost.to_owned()]));
}

#[test]
fn given_an_account_that_the_mail_lacked_then_what_was_known_since_is_compared() {
    let mut history = History::new();
    let mut failed = one_week("2026-W46", "0", 0);
    failed.accounts[0].2 = false;
    failed.rows.clear();
    let mailed = event(week("2026-W46"), 3);
    history.observe(Source::Event(mailed.clone()), &failed.observed(at(REPORTED)).0).unwrap();
    history.report(mailed);
    let since = one_week("2026-W46", "100", 40).observed(at("2026-11-20T04:00:00Z")).0;
    history.observe(Source::Event(event(week("2026-W45"), 5)), &since).unwrap();
    let own = one_week("2026-W46", "100", 46).observed(at(NOW)).0;
    history.observe(Source::Own, &own).unwrap();
    let found = found(&history, &UsualGrowth::default());
    assert_eq!((found[0].before, found[0].reported), (decimal("40"), false));
}

#[test]
fn findings_name_the_week_in_words_and_sum_up_ordinary_growth() {
    let history = history(("100", 40), ("101.5", 46));
    let series = history.as_known(at(NOW), week("2026-W47")).series;
    let findings = findings(&found(&history, &UsualGrowth::default()), &series);
    let texts: Vec<(FindingClass, &str)> =
        findings.iter().map(|finding| (finding.class, finding.message.as_str())).collect();
    assert_eq!(
        texts,
        [
            (
                FindingClass::Restated,
                "Brand 1, 2026-W46: meta leads 40 as known before, 46 as known now"
            ),
            (
                FindingClass::Restated,
                "Brand 1, 2026-W46: cost per lead EUR 2.50 as known before, EUR 2.21 as known now"
            ),
            (
                FindingClass::OrdinaryGrowth,
                "figures of past weeks changed as they usually do after they are first seen"
            ),
        ]
    );
}

#[test]
fn a_backfilled_week_that_nobody_mailed_is_compared_also_under_a_stopped_clock() {
    let mut history = History::new();
    let backfilled = one_week("2026-W46", "100", 40).observed(at(NOW)).0;
    history.observe(Source::Event(event(week("2026-W46"), 3)), &backfilled).unwrap();
    let own = one_week("2026-W46", "0", 0).observed(at(NOW)).0;
    history.observe(Source::Own, &own).unwrap();
    let moved = found(&history, &UsualGrowth::default());
    let moved: Vec<(&str, bool)> = moved.iter().map(|m| (m.measure.as_str(), m.listed)).collect();
    assert_eq!(moved, [("spend", true), ("meta_leads", true)]);
}

#[test]
fn an_own_pull_is_not_compared_with_a_later_one() {
    let mut history = History::new();
    let later = one_week("2026-W46", "100", 50).observed(at(NOW)).0;
    history.observe(Source::Event(event(week("2026-W47"), 3)), &later).unwrap();
    let own = one_week("2026-W46", "100", 40).observed(at(REPORTED)).0;
    history.observe(Source::Own, &own).unwrap();
    assert_eq!(found(&history, &UsualGrowth::default()), []);
}

#[test]
fn an_account_that_failed_now_restates_nothing() {
    let mut history = History::new();
    let reported = one_week("2026-W46", "100", 40).observed(at(REPORTED)).0;
    history.observe(Source::Event(event(week("2026-W46"), 3)), &reported).unwrap();
    let mut failed = one_week("2026-W46", "100", 40);
    failed.accounts[0].2 = false;
    failed.rows.clear();
    history.observe(Source::Own, &failed.observed(at(NOW)).0).unwrap();
    assert_eq!(found(&history, &UsualGrowth::default()), []);
}

/// Week 46 with CRM leads as reported and as known now; `None` where the CRM could not be pulled.
fn crm_history(mailed: Option<u64>, since: Option<u64>, now: Option<u64>) -> History {
    let observed = |leads: Option<u64>, seen: &str| {
        let known = |leads| Contacts { known: vec![(11, 111, leads)], ..Contacts::default() };
        let mut week = one_week("2026-W46", "100", 40);
        week.contacts = leads.map(known);
        week.observed(at(seen)).0
    };
    let mut history = History::new();
    let (first, later) = (event(week("2026-W46"), 3), event(week("2026-W45"), 5));
    history.observe(Source::Event(first.clone()), &observed(mailed, REPORTED)).unwrap();
    history.observe(Source::Event(later), &observed(since, "2026-11-20T04:00:00Z")).unwrap();
    history.observe(Source::Own, &observed(now, NOW)).unwrap();
    history.report(first);
    history
}

#[test]
fn crm_leads_of_a_past_week_are_compared_and_listed_as_leads_are() {
    let moved = |mailed, since, now| -> Vec<(String, String, bool, bool)> {
        let found = found(&crm_history(mailed, since, now), &UsualGrowth::default());
        let found = of_leads(&found);
        let texts = found.into_iter().map(|m| {
            assert_eq!(m.measure, "crm_leads");
            (m.before.to_string(), m.now.to_string(), m.reported, m.listed)
        });
        texts.collect()
    };
    let one = |before: &str, now: &str, reported, listed| {
        vec![(before.to_owned(), now.to_owned(), reported, listed)]
    };
    assert_eq!(moved(Some(63), Some(63), Some(21)), one("63", "21", true, true));
    assert_eq!(moved(Some(10), Some(10), Some(12)), one("10", "12", true, false), "too few");
    assert_eq!(moved(Some(63), Some(63), Some(63)), []);
    assert_eq!(moved(Some(63), Some(63), None), [], "a missing CRM restates nothing");
    assert_eq!(moved(None, Some(63), Some(21)), one("63", "21", false, true), "the mail had none");
}

#[test]
fn crm_leads_that_changed_are_told_by_name() {
    let history = crm_history(Some(63), Some(63), Some(21));
    let series = history.as_known(at(NOW), week("2026-W47")).series;
    let told = findings(&found(&history, &UsualGrowth::default()), &series);
    let texts: Vec<&str> = told.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Brand 1, 2026-W46: CRM leads 63 as reported, 21 as known now",
            "Brand 1, 2026-W46: cost per CRM lead EUR 1.59 as reported, EUR 4.76 as known now",
        ]
    );
}
