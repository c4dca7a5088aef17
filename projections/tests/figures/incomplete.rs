//! What is missing is said, and no part is shown as the whole.

use weekledger_events::payload::{Shortfall, WeekObserved};
use weekledger_projections::figures;
use weekledger_projections::history::{History, Source};
use weekledger_projections::supporting::FigureSet;

use crate::world::*;

fn plain(of: &str, accounts: &[(u32, &'static str, bool)], rows: Vec<Row>) -> WorldWeek {
    let contacts = Some(Contacts::default());
    WorldWeek { week: week(of), accounts: accounts.to_vec(), rows, contacts }
}

const BOTH: [(u32, &str, bool); 2] = [(1, "EUR", true), (2, "EUR", true)];

/// The figures of a week that the second account lacks something in.
fn lacking(world: &WorldWeek, why: Shortfall) -> FigureSet {
    let (mut seen, _) = world.observed(at(PULLED_AT));
    seen.accounts[1].shortfall = Some(why);
    computed(&seen)
}

fn computed(seen: &WeekObserved) -> FigureSet {
    let mut history = History::new();
    history.observe(Source::Own, seen).unwrap();
    let series = history.as_known(at(PULLED_AT), seen.week).series;
    figures::compute(&series, &subject(seen.week))
}

fn two_rows() -> Vec<Row> {
    vec![row(111, "10", [100, 10, 5, 5, 1]), row(211, "20", [200, 20, 5, 5, 1])]
}

#[test]
fn an_account_that_failed_takes_the_reports_total_with_it() {
    let world = pulled(&[
        plain("2026-W46", &BOTH, two_rows()),
        plain(
            "2026-W47",
            &[(1, "EUR", true), (2, "EUR", false)],
            vec![row(111, "10", [100, 10, 5, 5, 1])],
        ),
    ]);
    let report = world.figure("report:weekly/spend/week/EUR");
    assert_eq!((report.value, report.display.as_str()), (None, "account missing"));
    assert_eq!(report.note.as_deref(), Some("Brand 2 could not be pulled"));
    assert_eq!(world.value("account:act_2/meta_leads/week"), "(account missing)");
    assert_eq!(world.value("campaign:21/spend/week/EUR"), "(account missing)");
    assert_eq!(world.value("account:act_1/spend/week/EUR"), "10", "others stay");
    assert_eq!(world.value("report:weekly/spend/previous_week/EUR"), "30");
    assert_eq!(world.value("report:weekly/spend/week_change/EUR"), "(account missing)");
    assert_eq!(world.supporting("account:act_1/spend_share/week/EUR").value, None);
}

#[test]
fn contacts_are_counted_and_judged_for_the_report_though_an_account_failed() {
    let week = |text: &str, second: bool| {
        let rows = match second {
            true => two_rows(),
            false => vec![row(111, "10", [100, 10, 5, 5, 1])],
        };
        let known = vec![(11, 111, 4), (21, 211, 3)];
        let contacts = Contacts { known, unattributed: 2, ..Contacts::default() };
        let accounts = [(1, "EUR", true), (2, "EUR", second)];
        WorldWeek { contacts: Some(contacts), ..plain(text, &accounts, rows) }
    };
    let world = pulled(&[week("2026-W46", true), week("2026-W47", false)]);
    let leads = world.figure("report:weekly/crm_leads/week");
    assert_eq!(leads.value, Some(decimal("9")));
    let note = "2 unattributed; campaigns of Brand 2 may be unknown";
    assert_eq!(leads.note.as_deref(), Some(note));
    assert_eq!(world.value("report:weekly/crm_leads/week_change"), "0");
    assert_eq!(world.value("account:act_1/crm_leads/week"), "4");
    assert_eq!(world.value("account:act_2/crm_leads/week"), "(account missing)");
    assert_eq!(world.value("report:weekly/crm_cpl/week/EUR"), "(account missing)");
}

#[test]
fn what_is_missing_says_whether_meta_answered() {
    let whys = [
        (Shortfall::NotPulled, "Brand 2 could not be pulled"),
        (Shortfall::NoRows, "Meta sent no rows of Brand 2"),
        (Shortfall::RowsLeftOut, "the rows of Brand 2 cannot be used"),
    ];
    for (why, note) in whys {
        let accounts = [(1, "EUR", true), (2, "EUR", false)];
        let week = plain("2026-W47", &accounts, vec![row(111, "10", [100, 10, 5, 5, 1])]);
        let set = lacking(&week, why);
        let report = set.figures.iter().find(|f| f.id == "report:weekly/spend/week/EUR").unwrap();
        assert_eq!((report.value, report.note.as_deref()), (None, Some(note)));
    }
}

#[test]
fn leads_that_were_withheld_leave_spend_whole() {
    let set = lacking(&plain("2026-W47", &BOTH, two_rows()), Shortfall::LeadsWithheld);
    let note = |id: &str| set.figures.iter().find(|f| f.id == id).unwrap().note.clone();
    assert_eq!(note("report:weekly/spend/week/EUR"), None);
    let said = "not whole: the rows of Brand 2 lack their actions in 2026-W47";
    assert_eq!(note("report:weekly/meta_leads/week").as_deref(), Some(said));
    assert_eq!(note("account:act_1/meta_leads/week"), None, "the other account's are whole");
}

#[test]
fn contacts_that_are_not_all_are_said_beside_their_count() {
    let whys = [
        (Shortfall::NoRows, "not whole: HubSpot sent no contacts in 2026-W47"),
        (Shortfall::RowsLeftOut, "not whole: contacts were left out in 2026-W47"),
        (
            Shortfall::LeadsWithheld,
            "not whole: contacts came without what names their campaign in 2026-W47",
        ),
        (
            Shortfall::SumsApart,
            "not whole: HubSpot announced other contacts than it sent in 2026-W47",
        ),
    ];
    for (why, note) in whys {
        let (mut seen, _) = plain("2026-W47", &BOTH, two_rows()).observed(at(PULLED_AT));
        seen.crm.as_mut().unwrap().shortfall = Some(why);
        let set = computed(&seen);
        let of = |id: &str| set.figures.iter().find(|f| f.id == id).unwrap();
        let leads = of("report:weekly/crm_leads/week");
        assert_eq!((leads.value, leads.note.as_deref()), (Some(decimal("0")), Some(note)));
        assert_eq!(of("report:weekly/meta_leads/week").note, None);
    }
}

#[test]
fn an_account_of_another_currency_leaves_this_currency_whole() {
    let accounts = [(1, "EUR", true), (2, "USD", false)];
    let world = pulled(&[plain("2026-W47", &accounts, vec![row(111, "10", [100, 10, 5, 5, 1])])]);
    assert_eq!(world.value("report:weekly/spend/week/EUR"), "10");
    assert_eq!(world.value("report:weekly/spend/week/USD"), "(account missing)");
    assert_eq!(world.value("report:weekly/impressions/week"), "(account missing)");
}

#[test]
fn windows_with_an_unknown_week_are_not_shown() {
    let world = pulled(&[
        plain("2026-W44", &BOTH, two_rows()),
        plain("2026-W46", &BOTH, two_rows()),
        plain("2026-W47", &BOTH, two_rows()),
    ]);
    assert_eq!(world.value("report:weekly/spend/four_weeks/EUR"), "(not enough history)");
    assert_eq!(world.value("report:weekly/spend/previous_four_weeks/EUR"), "(not enough history)");
    assert_eq!(world.value("report:weekly/spend/four_week_change/EUR"), "(not enough history)");
    let all = world.figure("report:weekly/spend/all_time/EUR");
    assert_eq!(all.value, Some(decimal("60")), "all time begins after the gap");
    assert_eq!(all.note.as_deref(), Some("since 9 Nov 2026; earlier weeks incomplete"));
}

#[test]
fn leads_without_spend_are_late() {
    let world = pulled(&[plain("2026-W47", &BOTH, vec![row(111, "0", [0, 0, 0, 0, 2])])]);
    assert_eq!(world.value("campaign:11/cpl/week/EUR"), "(late leads)");
    assert_eq!(world.value("report:weekly/cpl/week/EUR"), "(late leads)");
    assert_eq!(world.value("report:weekly/spend_per_lead/week/EUR"), "(late leads)");
    assert_eq!(world.value("report:weekly/ctr/week"), "(no impressions)");
    assert_eq!(world.value("report:weekly/cpc/week/EUR"), "(no clicks)");
    assert_eq!(world.value("report:weekly/link_cpc/week/EUR"), "(no link clicks)");
}

#[test]
fn a_crm_that_is_off_differs_from_one_that_is_missing() {
    let mut missing = plain("2026-W47", &BOTH, two_rows());
    missing.contacts = None;
    let mut world = pulled(&[missing]);
    assert_eq!(world.value("report:weekly/crm_leads/week"), "(CRM missing)");
    assert_eq!(world.value("report:weekly/crm_cpl/week/EUR"), "(CRM missing)");
    assert_eq!(world.value("report:weekly/meta_leads/week"), "2");

    world.subject.crm = false;
    world.set = figures::compute(&world.series, &world.subject);
    assert_eq!(world.value("report:weekly/crm_leads/week"), "(CRM off)");
    assert_eq!(world.value("report:weekly/crm_leads/previous_week"), "(CRM off)");
}

#[test]
fn an_account_that_joined_is_named_and_no_change_compares_with_it() {
    let one = &BOTH[..1];
    let first = || vec![row(111, "10", [100, 10, 5, 5, 1])];
    let mut weeks: Vec<WorldWeek> =
        ["2026-W44", "2026-W45", "2026-W46"].map(|of| plain(of, one, first())).into();
    weeks.push(plain("2026-W47", &BOTH, two_rows()));
    let world = pulled(&weeks);
    let four = world.figure("report:weekly/spend/four_weeks/EUR");
    assert_eq!(four.value, Some(decimal("60")));
    assert_eq!(four.note.as_deref(), Some("Brand 2 only since 16 Nov 2026"));
    assert_eq!(world.value("report:weekly/spend/week_change/EUR"), "(accounts changed)");
    assert_eq!(world.value("account:act_1/spend/week_change/EUR"), "0");
    assert_eq!(world.value("account:act_2/spend/week_change/EUR"), "(not enough history)");
}

#[test]
fn an_entity_without_delivery_for_eight_weeks_has_no_figures() {
    let mut weeks = vec![plain("2026-W39", &BOTH, two_rows())];
    for back in 0..8 {
        let of = week("2026-W47").plus(-back).to_string();
        weeks.push(plain(&of, &BOTH, vec![row(211, "20", [200, 20, 5, 5, 1])]));
    }
    let world = pulled(&weeks);
    let has = |id: &str| world.set.figures.iter().any(|figure| figure.entity_id == id);
    assert!(!has("11") && !has("111"));
    assert!(has("act_1"), "the account is still pulled");
    assert_eq!(world.value("report:weekly/spend/all_time/EUR"), "190", "10 + 9 x 20");
}

#[test]
fn sums_beyond_all_digits_are_words_and_no_panic() {
    let huge = "79228162514264337593543950335";
    let rows = vec![row(111, huge, [1, 1, 1, 1, 1]), row(112, huge, [1, 1, 1, 1, 1])];
    let world = pulled(&[plain("2026-W47", &BOTH, rows)]);
    assert_eq!(world.value("campaign:11/spend/week/EUR"), "(too large)");
}

#[test]
fn an_entity_with_delivery_in_the_eighth_week_still_has_figures() {
    let mut weeks = vec![plain("2026-W40", &BOTH, two_rows())];
    for back in 0..7 {
        let of = week("2026-W47").plus(-back).to_string();
        weeks.push(plain(&of, &BOTH, vec![row(211, "20", [200, 20, 5, 5, 1])]));
    }
    let world = pulled(&weeks);
    assert_eq!(world.value("campaign:11/spend/week/EUR"), "0");
    assert_eq!(world.value("campaign:11/spend/previous_four_weeks/EUR"), "10");
}

#[test]
fn a_campaign_that_began_on_the_monday_of_the_week_before_has_a_change() {
    let began = |first_day| {
        let mut first = row(111, "10", [100, 10, 5, 5, 1]);
        first.first_day = first_day;
        let second = row(111, "15", [100, 10, 5, 5, 1]);
        let world = pulled(&[
            plain("2026-W45", &BOTH, vec![]),
            plain("2026-W46", &BOTH, vec![first]),
            plain("2026-W47", &BOTH, vec![second]),
        ]);
        world.value("campaign:11/spend/week_change/EUR")
    };
    assert_eq!(began(0), "0.5");
    assert_eq!(began(1), "(new)");
}

#[test]
fn an_account_that_left_has_no_figures_and_the_report_says_until_when_it_had_them() {
    let world = pulled(&[
        plain("2026-W44", &BOTH, two_rows()),
        plain("2026-W45", &BOTH, two_rows()),
        plain("2026-W46", &BOTH[..1], vec![row(111, "10", [100, 10, 5, 5, 1])]),
        plain("2026-W47", &BOTH[..1], vec![row(111, "10", [100, 10, 5, 5, 1])]),
    ]);
    let four = world.figure("report:weekly/spend/four_weeks/EUR");
    assert_eq!(four.value, Some(decimal("80")), "30 + 30 + 10 + 10");
    assert_eq!(four.note.as_deref(), Some("Brand 2 only until 8 Nov 2026"));
    let left = |entity: &str| !world.set.figures.iter().any(|figure| figure.entity_id == entity);
    assert!(left("act_2") && left("21") && left("211"));
}

#[test]
fn a_week_known_from_an_older_pull_says_since_when() {
    let pulled_twice = |first: &WorldWeek, second: &WorldWeek| {
        let mut history = History::new();
        let earlier = Source::Event(event(week("2026-W47"), 3));
        history.observe(earlier, &first.observed(at("2026-11-23T04:00:00Z")).0).unwrap();
        history.observe(Source::Own, &second.observed(at("2026-11-24T04:00:00Z")).0).unwrap();
        let known = history.as_known(at("2026-11-24T04:00:00Z"), week("2026-W47"));
        figures::compute(&known.series, &subject(week("2026-W47")))
    };
    let failed = [(1, "EUR", true), (2, "EUR", false)];
    let second = plain("2026-W47", &failed, vec![row(111, "11", [100, 10, 5, 5, 1])]);
    let set = pulled_twice(&plain("2026-W47", &BOTH, two_rows()), &second);
    let spend = &set.figures[0];
    assert_eq!(spend.id, "report:weekly/spend/week/EUR");
    assert_eq!(spend.value, Some(decimal("31")), "11 now and 20 as last known");
    assert_eq!(spend.note.as_deref(), Some("Brand 2 as known on 23 Nov 2026"));
}

#[test]
fn a_change_from_below_zero_has_no_value() {
    let world = pulled(&[
        plain("2026-W46", &BOTH, vec![row(111, "-10", [100, 10, 5, 5, 1])]),
        plain("2026-W47", &BOTH, two_rows()),
    ]);
    assert_eq!(world.value("campaign:11/spend/week_change/EUR"), "(was below 0)");
}

#[test]
fn an_account_that_changed_its_currency_has_each_week_in_its_own() {
    let of = |text, code| {
        let mut world = plain(text, &[(1, code, true)], vec![row(111, "40", [100, 10, 5, 5, 1])]);
        world.contacts =
            Some(Contacts { known: vec![(11, 111, 2)], unattributed: 0, other: 0, offline: 0 });
        world
    };
    let world = pulled(&[of("2026-W46", "EUR"), of("2026-W47", "USD")]);
    assert_eq!(world.value("account:act_1/spend/week/USD"), "40");
    assert_eq!(world.value("account:act_1/spend/week/EUR"), "(not enough history)");
    assert_eq!(world.value("account:act_1/crm_cpl/previous_week/EUR"), "20");
    assert_eq!(world.value("account:act_1/crm_cpl/previous_week/USD"), "(not enough history)");
    assert_eq!(world.value("account:act_1/spend/week_change/USD"), "(not enough history)");
}

#[test]
fn a_bar_knows_what_the_ledger_knows_and_what_it_does_not() {
    let failed = [(1, "EUR", true), (2, "EUR", false)];
    let world = pulled(&[
        plain("2026-W45", &BOTH, two_rows()),
        plain("2026-W46", &BOTH, two_rows()),
        plain("2026-W47", &failed, vec![row(111, "10", [100, 10, 5, 5, 1])]),
    ]);
    // The pull of W47 asked for the earlier weeks again, and failed for account 2 there too.
    let mut history = History::new();
    for known in &world.series.weeks {
        let accounts = known.accounts.iter().map(|one| one.facts.clone()).collect();
        let ad_sets = known.accounts.iter().flat_map(|one| one.ad_sets.clone()).collect();
        let seen = WeekObserved {
            week: known.week,
            observed_at: at("2026-11-20T00:00:00Z"),
            rows: known.accounts[0].observed.as_ref().unwrap().rows,
            accounts,
            ad_sets,
            crm: known.crm.as_ref().map(|crm| crm.totals.clone()),
        };
        let mut again = seen.clone();
        again.observed_at = at("2026-11-23T00:00:00Z");
        again.accounts[1].pulled = false;
        again.ad_sets.retain(|row| row.account == account(1));
        history.observe(Source::Event(event(known.week, 1)), &seen).unwrap();
        history.observe(Source::Own, &again).unwrap();
    }
    let series = history.as_known(at("2026-11-24T00:00:00Z"), week("2026-W47")).series;
    let set = figures::compute(&series, &world.subject);
    let bars = |metric: &str| -> Vec<(String, Option<String>)> {
        let of_metric = set.weeks.iter().filter(|one| one.metric.as_str() == metric);
        let shown = of_metric.map(|one| (one.week.to_string(), one.value.map(|v| v.to_string())));
        shown.collect()
    };
    let bar = |week: &str, value: Option<&str>| (week.to_owned(), value.map(str::to_owned));
    // 10 + 20 a week; nobody pulled W44, and account 2 was never read for W47.
    let known = Some("30");
    assert_eq!(
        bars("spend"),
        [
            bar("2026-W44", None),
            bar("2026-W45", known),
            bar("2026-W46", known),
            bar("2026-W47", None)
        ]
    );
    assert_eq!(bars("meta_leads")[1], bar("2026-W45", Some("2")));
    assert_eq!(set.weeks[3].display, "account missing");
    assert_eq!(set.weeks[0].display, "not enough history");
}
