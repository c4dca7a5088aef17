//! What kind of campaign each is: as far as the ledger knows, and no further.

use weekledger_events::payload::Objective;
use weekledger_projections::supporting::{Attributes, FigureSet};

use crate::world::*;

/// Twelve weeks of one account: campaign 10 in all of them, 11 from the day of the week before the
/// newest on that `first_day` says, Monday being 0.
fn twelve_weeks(first_day: i64) -> Vec<WorldWeek> {
    let old = |_| row(100, "50", [1000, 20, 10, 5, 3]);
    let young = Row { first_day, ..row(110, "20", [400, 8, 4, 2, 1]) };
    (0..12)
        .map(|back| {
            let mut rows = vec![old(back)];
            match back {
                0 => rows.push(Row { first_day: 0, ..young.clone() }),
                1 => rows.push(young.clone()),
                _ => {}
            }
            WorldWeek {
                week: week("2026-W47").plus(-back),
                accounts: vec![(1, "EUR", true)],
                rows,
                contacts: None,
            }
        })
        .collect()
}

fn of(set: &FigureSet, number: u32) -> Attributes {
    set.campaigns[&campaign(number)]
}

fn age(set: &FigureSet, number: u32) -> String {
    of(set, number).age.unwrap().to_string()
}

#[test]
fn an_age_is_in_whole_weeks_since_the_first_day_of_delivery() {
    // From Monday of the week before the newest to its Sunday are fourteen days, from Tuesday 13.
    assert_eq!(age(&pulled(&twelve_weeks(0)).set, 11), "2 weeks");
    assert_eq!(age(&pulled(&twelve_weeks(1)).set, 11), "1 week");
}

#[test]
fn one_that_began_in_the_week_itself_is_under_a_week_old() {
    let mut weeks = twelve_weeks(0);
    weeks[1].rows.pop();
    weeks[0].rows[1].first_day = 2;
    assert_eq!(age(&pulled(&weeks).set, 11), "under 1 week");
}

#[test]
fn one_that_ran_in_the_first_known_week_may_be_older() {
    assert_eq!(age(&pulled(&twelve_weeks(0)).set, 10), "at least 12 weeks");
}

#[test]
fn weeks_of_which_the_account_could_not_be_read_show_no_beginning() {
    let mut weeks = twelve_weeks(0);
    weeks[11].accounts = vec![(1, "EUR", false)];
    weeks[11].rows.clear();
    assert_eq!(age(&pulled(&weeks).set, 10), "at least 11 weeks");
}

#[test]
fn an_objective_is_the_newest_that_was_said() {
    let mut weeks = twelve_weeks(0);
    weeks[5].rows[0].objective = Some(Objective::Traffic);
    weeks[3].rows[0].objective = Some(Objective::Leads);
    let set = pulled(&weeks).set;
    assert_eq!(of(&set, 10).objective, Some(Objective::Leads));
    assert_eq!(of(&set, 11).objective, None);
}

#[test]
fn attributes_travel_with_the_archived_figures_and_are_absent_from_older_ones() {
    let set = pulled(&twelve_weeks(0)).set;
    let bytes = set.to_bytes().unwrap();
    assert_eq!(FigureSet::from_bytes(&bytes).unwrap(), set);
    let older = FigureSet { campaigns: Default::default(), ..set };
    let bytes = older.to_bytes().unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("\"campaigns\""));
    assert_eq!(FigureSet::from_bytes(&bytes).unwrap(), older);
}
