//! Two brands, two currencies, three campaigns, ten weeks: every expected figure by hand.
//!
//! Spend, impressions, clicks, link clicks, landing page views, Meta leads:
//!
//! | ad set     | W38 to W43, each             | W44                       | W45                       | W46                         | W47                         |
//! |------------|------------------------------|---------------------------|---------------------------|-----------------------------|-----------------------------|
//! | 111 (EUR)  | 100 10000 200 120 80 4       | 110 11000 220 130 90 5    | 120 12000 240 140 95 6    | 130.50 13000 260 150 100 5  | 140.25 14000 300 160 110 8  |
//! | 112 (EUR)  | 50 5000 100 60 40 1          | 40 4000 80 50 30 0        | 30 3000 60 40 25 1        | 20 2000 40 25 15 0          | 60.75 6000 90 45 30 2       |
//! | 121 (EUR)  | none                         | none                      | none                      | 80 8000 100 50 20 0, from Wednesday | 99 9000 120 60 25 0 |
//! | 211 (USD)  | 200 20000 300 150 100 5      | 210 21000 310 155 105 6   | 190 19000 290 145 95 4    | 180 18000 280 140 90 0      | 250 25000 400 200 130 0     |
//!
//! Contacts: in W47 campaign 11 has 4 (2 of ad set 111, 2 of an unknown one), campaign 21 has 1 of
//! ad set 211, 3 are unattributed, 7 of other sources; in W46 ad set 111 has 2, 1 is unattributed,
//! 5 other; in each earlier week ad set 111 has 1 and 2 are other.
//!
//! Sums by hand:
//!
//! | window              | EUR spend | of campaign 11 | leads 11 | USD spend | leads 21 |
//! |---------------------|-----------|----------------|----------|-----------|----------|
//! | W47                 | 300       | 201            | 10       | 250       | 0        |
//! | W46                 | 230.50    | 150.50         | 5        | 180       | 0        |
//! | W44 to W47          | 830.50    | 651.50         | 27       | 830       | 10       |
//! | W40 to W43          | 600       | 600            | 20       | 800       | 20       |
//! | W38 to W47          | 1730.50   | 1551.50        | 57       | 2030      | 40       |

use weekledger_projections::figure::{Level, Metric, Window};

use crate::world::*;

fn weeks() -> Vec<WorldWeek> {
    let newest = week("2026-W47");
    (0..10).map(|back| world_week(newest.plus(-back), back)).collect()
}

fn world_week(of: Week, back: i32) -> WorldWeek {
    let mut launch = row(121, "80", [8000, 100, 50, 20, 0]);
    launch.first_day = 2;
    let rows = match back {
        0 => vec![
            row(111, "140.25", [14000, 300, 160, 110, 8]),
            row(112, "60.75", [6000, 90, 45, 30, 2]),
            row(121, "99.00", [9000, 120, 60, 25, 0]),
            row(211, "250.00", [25000, 400, 200, 130, 0]),
        ],
        1 => vec![
            row(111, "130.50", [13000, 260, 150, 100, 5]),
            row(112, "20", [2000, 40, 25, 15, 0]),
            launch,
            row(211, "180", [18000, 280, 140, 90, 0]),
        ],
        2 => vec![
            row(111, "120", [12000, 240, 140, 95, 6]),
            row(112, "30", [3000, 60, 40, 25, 1]),
            row(211, "190", [19000, 290, 145, 95, 4]),
        ],
        3 => vec![
            row(111, "110", [11000, 220, 130, 90, 5]),
            row(112, "40", [4000, 80, 50, 30, 0]),
            row(211, "210", [21000, 310, 155, 105, 6]),
        ],
        _ => vec![
            row(111, "100", [10000, 200, 120, 80, 4]),
            row(112, "50", [5000, 100, 60, 40, 1]),
            row(211, "200", [20000, 300, 150, 100, 5]),
        ],
    };
    let contacts = match back {
        0 => Contacts {
            known: vec![(11, 111, 2), (11, 0, 2), (21, 211, 1)],
            unattributed: 3,
            other: 7,
            offline: 3,
        },
        1 => Contacts { known: vec![(11, 111, 2)], unattributed: 1, other: 5, offline: 1 },
        _ => Contacts { known: vec![(11, 111, 1)], unattributed: 0, other: 2, offline: 1 },
    };
    WorldWeek {
        week: of,
        accounts: vec![(1, "EUR", true), (2, "USD", true)],
        rows,
        contacts: Some(contacts),
    }
}

use weekledger_events::Week;

/// The value, compared to as many digits as were worked out by hand.
#[track_caller]
fn begins(world: &Pulled, id: &str, digits: &str) {
    let value = world.value(id);
    assert!(value.starts_with(digits), "{id} is {value}, by hand {digits}");
    assert!(value.len() >= 27, "{id} is {value}: a quotient has 28 digits");
}

#[test]
fn every_sum_of_the_week_is_that_of_the_table() {
    let world = pulled(&weeks());
    for (id, by_hand) in [
        ("report:weekly/spend/week/EUR", "300"),
        ("report:weekly/spend/week/USD", "250"),
        ("report:weekly/impressions/week", "54000"),
        ("report:weekly/clicks/week", "910"),
        ("report:weekly/link_clicks/week", "465"),
        ("report:weekly/landing_page_views/week", "295"),
        ("report:weekly/meta_leads/week", "10"),
        ("report:weekly/crm_leads/week", "8"),
        ("account:act_1/spend/week/EUR", "300"),
        ("account:act_1/crm_leads/week", "4"),
        ("account:act_2/meta_leads/week", "0"),
        ("campaign:11/spend/week/EUR", "201"),
        ("campaign:12/impressions/week", "9000"),
        ("ad_set:112/meta_leads/week", "2"),
        ("ad_set:211/crm_leads/week", "1"),
        ("ad_set:121/crm_leads/week", "0"),
    ] {
        assert_eq!(world.value(id), by_hand, "{id}");
    }
}

#[test]
fn windows_add_up_their_weeks() {
    let world = pulled(&weeks());
    for (id, by_hand) in [
        ("report:weekly/spend/previous_week/EUR", "230.5"),
        ("report:weekly/spend/four_weeks/EUR", "830.5"),
        ("report:weekly/spend/four_weeks/USD", "830"),
        ("report:weekly/spend/previous_four_weeks/EUR", "600"),
        ("report:weekly/spend/all_time/EUR", "1730.5"),
        ("report:weekly/spend/all_time/USD", "2030"),
        ("report:weekly/meta_leads/four_weeks", "37"),
        ("report:weekly/meta_leads/all_time", "97"),
        ("campaign:12/spend/four_weeks/EUR", "179"),
        ("campaign:12/spend/previous_four_weeks/EUR", "0"),
    ] {
        assert_eq!(world.value(id), by_hand, "{id}");
    }
    let note = world.figure("report:weekly/spend/all_time/EUR").note.as_deref();
    assert_eq!(note, Some("since 14 Sep 2026"));
}

#[test]
fn ratios_are_ratios_of_sums() {
    let world = pulled(&weeks());
    begins(&world, "report:weekly/ctr/week", "0.01685185185185185185185");
    begins(&world, "report:weekly/link_ctr/week", "0.00861111111111111111");
    begins(&world, "report:weekly/cpc/week/EUR", "0.58823529411764705882");
    begins(&world, "report:weekly/link_cpc/week/EUR", "1.13207547169811320754");
    begins(&world, "report:weekly/cpm/week/EUR", "10.3448275862068965517");
    assert_eq!(world.value("report:weekly/cpc/week/USD"), "0.625");
    assert_eq!(world.figure("report:weekly/ctr/week").display, "1.69 %");
    assert_eq!(world.figure("report:weekly/cpm/week/EUR").display, "EUR 10.34");
}

#[test]
fn cost_per_lead_rests_on_the_campaigns_with_leads_and_says_so() {
    let world = pulled(&weeks());
    let week = world.figure("report:weekly/cpl/week/EUR");
    assert_eq!(week.value, Some(decimal("20.1")));
    assert_eq!(week.display, "EUR 20.10");
    assert_eq!(week.note.as_deref(), Some("on 201 of 300 spent; 1 campaign without leads"));
    begins(&world, "report:weekly/cpl/four_weeks/EUR", "24.1296296296296296296");
    assert_eq!(
        world.figure("report:weekly/cpl/four_weeks/EUR").note.as_deref(),
        Some("on 652 of 831 spent; 1 campaign without leads")
    );
    let earlier = world.figure("report:weekly/cpl/previous_four_weeks/EUR");
    assert_eq!(earlier.display, "EUR 30.00");
    assert_eq!(earlier.note.as_deref(), Some("on 600 of 600 spent"));
}

#[test]
fn spend_per_lead_takes_all_spend() {
    let world = pulled(&weeks());
    assert_eq!(world.value("report:weekly/spend_per_lead/week/EUR"), "30");
    begins(&world, "report:weekly/spend_per_lead/four_weeks/EUR", "30.759259259259259259");
    assert_eq!(world.value("report:weekly/spend_per_lead/four_weeks/USD"), "83");
}

#[test]
fn without_leads_there_is_no_cost_per_lead() {
    let world = pulled(&weeks());
    assert_eq!(world.value("report:weekly/cpl/week/USD"), "(no leads)");
    assert_eq!(world.value("report:weekly/spend_per_lead/week/USD"), "(no leads)");
    assert_eq!(world.value("campaign:12/cpl/week/EUR"), "(no leads)");
    let note = world.figure("report:weekly/cpl/week/USD").note.as_deref();
    assert_eq!(note, Some("on 0 of 250 spent; 1 campaign without leads"));
}

#[test]
fn changes_are_relative_but_rates_change_in_points() {
    let world = pulled(&weeks());
    begins(&world, "report:weekly/spend/week_change/EUR", "0.3015184381778741865509");
    assert_eq!(world.figure("report:weekly/spend/week_change/EUR").display, "+30 %");
    begins(&world, "report:weekly/cpl/week_change/EUR", "-0.332225913621262458471");
    assert_eq!(world.figure("report:weekly/cpl/week_change/EUR").display, "-33 %");
    assert_eq!(world.value("report:weekly/meta_leads/week_change"), "1");
    begins(&world, "report:weekly/spend/four_week_change/EUR", "0.38416666666666666666");
    begins(&world, "report:weekly/ctr/week_change", "0.00026648599819331526648");
    assert_eq!(world.figure("report:weekly/ctr/week_change").display, "+0.03 pt");
}

#[test]
fn changes_from_nothing_say_what_there_was() {
    let world = pulled(&weeks());
    assert_eq!(world.value("account:act_2/meta_leads/week_change"), "(was 0)");
    assert_eq!(world.value("account:act_2/cpl/week_change/USD"), "(no leads)");
    assert_eq!(world.value("ad_set:112/cpl/week_change/EUR"), "(had no leads)");
}

#[test]
fn a_campaign_that_began_within_the_week_before_is_new() {
    let world = pulled(&weeks());
    assert_eq!(world.value("campaign:12/spend/week_change/EUR"), "(new)");
    assert_eq!(world.value("campaign:12/spend/four_week_change/EUR"), "(new)");
    assert_eq!(world.value("ad_set:121/ctr/week_change"), "(new)");
    assert_eq!(world.value("campaign:12/spend/previous_week/EUR"), "80");
}

#[test]
fn contacts_stand_in_their_buckets() {
    let world = pulled(&weeks());
    let leads = world.figure("report:weekly/crm_leads/week");
    assert_eq!(leads.note.as_deref(), Some("3 unattributed"));
    begins(&world, "report:weekly/crm_leads/week_change", "1.666666666666666666666");
    assert_eq!(world.value("ad_set:111/crm_leads/week"), "(ad set unknown)");
    assert_eq!(world.value("ad_set:111/crm_cpl/week/EUR"), "(ad set unknown)");
    assert_eq!(world.value("ad_set:111/crm_leads/previous_week"), "2");
    assert_eq!(world.value("report:weekly/crm_cpl/week/EUR"), "50.25");
    assert_eq!(
        world.figure("report:weekly/crm_cpl/week/EUR").note.as_deref(),
        Some("on 201 of 300 spent; 1 campaign without CRM leads")
    );
    assert_eq!(world.value("ad_set:211/crm_cpl/week/USD"), "250");
}

#[test]
fn supporting_figures_are_those_that_the_notes_show() {
    let world = pulled(&weeks());
    for (id, by_hand) in [
        ("report:weekly/spend_with_leads/week/EUR", "EUR 201.00"),
        ("report:weekly/campaigns_without_leads/week/EUR", "1"),
        ("report:weekly/campaigns_without_leads/previous_four_weeks/EUR", "0"),
        ("account:act_1/spend_with_crm_leads/week/EUR", "EUR 201.00"),
        ("report:weekly/unattributed_contacts/week", "3"),
        ("report:weekly/other_contacts/four_weeks", "16"),
        ("report:weekly/offline_contacts/week", "3"),
        ("report:weekly/offline_contacts/four_weeks", "6"),
        ("campaign:11/spend_share/week/EUR", "67.00 %"),
        ("campaign:12/spend_share/week/EUR", "33.00 %"),
        ("account:act_2/spend_share/week/USD", "100.00 %"),
    ] {
        assert_eq!(world.supporting(id).display, by_hand, "{id}");
    }
}

#[test]
fn every_entity_has_every_metric_in_every_window_once_per_currency() {
    let world = pulled(&weeks());
    // Nine entities below the report with 15 metrics; the report's 7 money metrics exist twice.
    assert_eq!(world.set.figures.len(), 9 * 15 * 7 + (8 + 2 * 7) * 7);
    let mut ids: Vec<&str> = world.set.figures.iter().map(|figure| figure.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), world.set.figures.len(), "ids are unique");
}

#[test]
fn figures_stand_by_level_then_currency_then_spend() {
    let world = pulled(&weeks());
    let spend_of_week = |metric, window| metric == Metric::Spend && window == Window::Week;
    let order: Vec<(Level, &str)> = world
        .set
        .figures
        .iter()
        .filter(|figure| spend_of_week(figure.metric, figure.window))
        .map(|figure| (figure.level, figure.entity_id.as_str()))
        .collect();
    assert_eq!(
        order,
        [
            (Level::Report, "weekly"),
            (Level::Report, "weekly"),
            (Level::Account, "act_1"),
            (Level::Account, "act_2"),
            (Level::Campaign, "11"),
            (Level::Campaign, "12"),
            (Level::Campaign, "21"),
            (Level::AdSet, "111"),
            (Level::AdSet, "121"),
            (Level::AdSet, "112"),
            (Level::AdSet, "211"),
        ]
    );
}

#[test]
fn the_artifacts_read_back_as_what_was_written() {
    let world = pulled(&weeks());
    let series = world.series.to_bytes().unwrap();
    let again = weekledger_projections::series::Series::from_bytes(&series).unwrap();
    assert_eq!(again, world.series);
    let figures = world.set.to_bytes().unwrap();
    let read = weekledger_projections::supporting::FigureSet::from_bytes(&figures).unwrap();
    assert_eq!(read, world.set);
    assert_eq!(
        weekledger_projections::figures::compute(&again, &world.subject).to_bytes().unwrap(),
        figures,
        "the series alone gives the figures"
    );
}
