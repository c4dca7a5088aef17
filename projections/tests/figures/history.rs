//! History is bitemporal: which week, and known when.

use jiff::ToSpan;
use proptest::prelude::*;
use weekledger_events::payload::WeekObserved;
use weekledger_projections::history::{History, HistoryError, Known, Source};

use crate::world::*;

fn observed(of: &str, when: &str, pulled: [bool; 2], spend: &str) -> WeekObserved {
    let [one, two] = pulled;
    let mut rows = vec![];
    if one {
        rows.push(row(111, spend, [10, 1, 1, 1, 1]));
    }
    if two {
        rows.push(row(211, spend, [10, 1, 1, 1, 1]));
    }
    let accounts = vec![(1, "EUR", one), (2, "EUR", two)];
    let contacts = Some(Contacts::default());
    WorldWeek { week: week(of), accounts, rows, contacts }.observed(at(when)).0
}

const MONDAY: &str = "2026-11-16T04:00:00Z";
const NEXT_MONDAY: &str = "2026-11-23T04:00:00Z";

fn spend(known: &Known, of: &str, number: u32) -> String {
    let account = known.series.week(week(of)).unwrap().account(&account(number)).unwrap();
    account.ad_sets.iter().map(|row| row.measures.spend.to_string()).collect()
}

#[test]
fn given_two_observations_when_asked_between_them_then_the_first_holds() {
    let mut history = History::new();
    let first = event(week("2026-W46"), 3);
    let second = event(week("2026-W47"), 3);
    let before = observed("2026-W46", MONDAY, [true, true], "10");
    let after = observed("2026-W46", NEXT_MONDAY, [true, true], "12");
    history.observe(Source::Event(first.clone()), &before).unwrap();
    history.observe(Source::Event(second.clone()), &after).unwrap();

    let then = history.as_known(at("2026-11-20T00:00:00Z"), week("2026-W47"));
    assert_eq!(spend(&then, "2026-W46", 1), "10");
    assert_eq!(then.inputs, std::slice::from_ref(&first));

    let now = history.as_known(at(NEXT_MONDAY), week("2026-W47"));
    assert_eq!(spend(&now, "2026-W46", 1), "12");
    assert_eq!(now.inputs, [first, second]);
}

#[test]
fn given_an_own_pull_later_than_known_at_then_it_counts_all_the_same() {
    let mut history = History::new();
    history.observe(Source::Own, &observed("2026-W47", NEXT_MONDAY, [true, true], "10")).unwrap();
    let known = history.as_known(at(MONDAY), week("2026-W47"));
    assert_eq!(spend(&known, "2026-W47", 1), "10");
    assert!(known.inputs.is_empty());
}

#[test]
fn given_a_failed_account_then_its_earlier_observation_stays_and_says_so() {
    let mut history = History::new();
    let earlier = event(week("2026-W46"), 3);
    let before = observed("2026-W46", MONDAY, [true, true], "10");
    history.observe(Source::Event(earlier.clone()), &before).unwrap();
    history.observe(Source::Own, &observed("2026-W46", NEXT_MONDAY, [true, false], "12")).unwrap();
    let known = history.as_known(at(NEXT_MONDAY), week("2026-W47"));
    let of = |number| {
        known.series.week(week("2026-W46")).unwrap().account(&account(number)).unwrap().clone()
    };
    assert_eq!(spend(&known, "2026-W46", 1), "12");
    assert_eq!(of(1).observed.unwrap().event, None);
    assert_eq!(spend(&known, "2026-W46", 2), "10");
    assert_eq!(of(2).observed.unwrap().event, Some(earlier));
    assert_eq!(of(2).failed_at, Some(at(NEXT_MONDAY)));
    assert!(of(2).facts.pulled, "the facts are those of the pull that holds");
}

#[test]
fn given_only_failed_pulls_then_the_account_is_there_without_figures() {
    let mut history = History::new();
    history.observe(Source::Own, &observed("2026-W47", MONDAY, [true, false], "10")).unwrap();
    let known = history.as_known(at(MONDAY), week("2026-W47"));
    let missing = known.series.week(week("2026-W47")).unwrap().account(&account(2)).unwrap();
    assert_eq!((missing.observed.clone(), missing.ad_sets.len()), (None, 0));
}

#[test]
fn given_two_failed_pulls_then_no_older_one_is_claimed_to_stand_for_them() {
    let mut history = History::new();
    history.observe(Source::Own, &observed("2026-W47", NEXT_MONDAY, [true, false], "10")).unwrap();
    let earlier = observed("2026-W47", MONDAY, [true, false], "10");
    history.observe(Source::Event(event(week("2026-W47"), 3)), &earlier).unwrap();
    let known = history.as_known(at(NEXT_MONDAY), week("2026-W47"));
    let missing = known.series.week(week("2026-W47")).unwrap().account(&account(2)).unwrap();
    assert_eq!((missing.observed.clone(), missing.failed_at), (None, None));
}

#[test]
fn given_a_crm_that_failed_then_earlier_contacts_stay_and_say_so() {
    let mut history = History::new();
    let mut before = observed("2026-W46", MONDAY, [true, true], "10");
    before.crm.as_mut().unwrap().unattributed = 7;
    let mut after = observed("2026-W46", NEXT_MONDAY, [true, true], "12");
    after.crm = None;
    history.observe(Source::Event(event(week("2026-W46"), 3)), &before).unwrap();
    history.observe(Source::Own, &after).unwrap();
    let known = history.as_known(at(NEXT_MONDAY), week("2026-W46"));
    let crm = known.series.week(week("2026-W46")).unwrap().crm.clone().unwrap();
    assert_eq!((crm.totals.unattributed, crm.failed_at), (7, Some(at(NEXT_MONDAY))));
}

#[test]
fn given_later_weeks_then_they_are_not_part_of_an_earlier_ones_series() {
    let mut history = History::new();
    history.observe(Source::Own, &observed("2026-W46", MONDAY, [true, true], "10")).unwrap();
    let later = observed("2026-W47", NEXT_MONDAY, [true, true], "10");
    history.observe(Source::Event(event(week("2026-W47"), 3)), &later).unwrap();
    let known = history.as_known(at(NEXT_MONDAY), week("2026-W46"));
    let weeks: Vec<_> = known.series.weeks.iter().map(|known| known.week).collect();
    assert_eq!(weeks, [week("2026-W46")]);
    assert!(known.inputs.is_empty());
}

#[test]
fn given_a_renamed_campaign_then_every_name_is_known_and_the_newest_stands_last() {
    let mut history = History::new();
    for (of, name) in [("2026-W45", "Spring"), ("2026-W46", "Sommer"), ("2026-W47", "Spring")] {
        let mut observed = observed(of, NEXT_MONDAY, [true, false], "10");
        observed.ad_sets[0].campaign_name = name.to_owned();
        history.observe(Source::Own, &observed).unwrap();
    }
    let known = history.as_known(at(NEXT_MONDAY), week("2026-W47"));
    assert_eq!(known.series.campaigns.len(), 1);
    assert_eq!(known.series.campaigns[0].names, ["Sommer", "Spring"]);
}

#[test]
fn an_ad_set_of_an_account_that_is_not_listed_is_refused() {
    let mut observed = observed("2026-W47", MONDAY, [true, true], "10");
    observed.accounts.pop();
    let error = History::new().observe(Source::Own, &observed).unwrap_err();
    let expected = HistoryError::UnlistedAccount { week: week("2026-W47"), account: account(2) };
    assert_eq!(error, expected);
}

#[test]
fn an_account_that_is_listed_twice_is_refused() {
    let mut observed = observed("2026-W47", MONDAY, [true, true], "10");
    observed.accounts.push(observed.accounts[0].clone());
    let error = History::new().observe(Source::Own, &observed).unwrap_err();
    assert!(matches!(error, HistoryError::AccountTwice { .. }));
}

/// Up to twelve observations of three weeks at five moments, some of accounts that failed.
fn observations() -> impl Strategy<Value = Vec<(Source, WeekObserved)>> {
    let one = (0..3_i32, 0..5_i64, any::<[bool; 2]>(), 0..1000_u32, any::<bool>());
    prop::collection::vec(one, 0..12).prop_map(|drawn| {
        let made = drawn.into_iter().enumerate().map(|(n, (back, day, pulled, cents, crm))| {
            let of = week("2026-W47").plus(-back);
            let when = at(MONDAY) + (day * 24).hours();
            let spend = format!("{}.{:02}", cents / 100, cents % 100);
            let mut observed = observed(&of.to_string(), &when.to_string(), pulled, &spend);
            observed.crm = observed.crm.filter(|_| crm);
            let number = u32::try_from(n).unwrap() + 1;
            (Source::Event(event(of, number)), observed)
        });
        made.collect()
    })
}

fn history_of(observations: &[(Source, WeekObserved)]) -> History {
    let mut history = History::new();
    for (source, observed) in observations {
        history.observe(source.clone(), observed).unwrap();
    }
    history
}

proptest! {
    #[test]
    fn what_is_known_only_ever_becomes_more_and_newer(
        made in observations(), earlier in 0..6_i64, later in 0..6_i64,
    ) {
        let history = history_of(&made);
        let moment = |day: i64| at(MONDAY) + (day * 24).hours();
        let known = |day| history.as_known(moment(day), week("2026-W47"));
        let (before, after) = (known(earlier.min(later)), known(earlier.max(later)));
        for input in &before.inputs {
            prop_assert!(after.inputs.contains(input));
        }
        for known in &before.series.weeks {
            let now = after.series.week(known.week);
            prop_assert!(now.is_some());
            for account in &known.accounts {
                let now = now.unwrap().account(&account.facts.account).unwrap();
                let at = |known: &weekledger_projections::series::KnownAccount| {
                    known.observed.as_ref().map(|observed| observed.at)
                };
                prop_assert!(at(account) <= at(now), "{account:?} became {now:?}");
            }
        }
    }

    #[test]
    fn nothing_is_known_that_was_observed_later(made in observations(), day in 0..6_i64) {
        let moment = at(MONDAY) + (day * 24).hours();
        let known = history_of(&made).as_known(moment, week("2026-W47"));
        for week in &known.series.weeks {
            let observed = week.accounts.iter().filter_map(|account| account.observed.as_ref());
            for observed in observed.chain(week.crm.as_ref().map(|crm| &crm.observed)) {
                prop_assert!(observed.at <= moment);
            }
        }
    }

    #[test]
    fn the_order_of_observing_does_not_matter(
        (made, shuffled) in observations().prop_flat_map(|made| {
            (Just(made.clone()), Just(made).prop_shuffle())
        }),
        day in 0..6_i64,
    ) {
        let moment = at(MONDAY) + (day * 24).hours();
        let newest = week("2026-W47");
        prop_assert_eq!(
            history_of(&made).as_known(moment, newest),
            history_of(&shuffled).as_known(moment, newest)
        );
    }
}
