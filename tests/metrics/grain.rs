//! The grain: which rows count, and what is said of those that do not.

use rust_decimal::Decimal;
use serde_json::json;
use weekledger::metrics::ObserveError;
use weekledger_events::payload::Objective;
use weekledger_events::{ArtifactRef, FindingClass, Severity};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, row, week, with};

fn spend(pull: &Pull) -> Decimal {
    let observed = pull.observe();
    let rows = observed.weeks.iter().flat_map(|week| &week.observed.ad_sets);
    rows.map(|row| row.measures.spend).sum()
}

fn cents(value: i64) -> Decimal {
    Decimal::new(value, 2)
}

#[test]
fn every_week_asked_for_is_observed_be_it_empty() {
    let rows = vec![with(row(RIVERSIDE, "10", "100", "2026-11-15"), json!({ "spend": "4.20" }))];
    let pull = Pull::of(&["2026-W45", "2026-W46"]).ad_sets(RIVERSIDE, rows);
    let observed = pull.observe();
    assert_eq!(observed.weeks[0].observed.week, week("2026-W45"));
    assert!(observed.weeks[0].observed.ad_sets.is_empty());
    assert_eq!(observed.weeks[1].observed.ad_sets[0].measures.spend, cents(420));
}

#[test]
fn a_row_outside_of_the_weeks_asked_for_does_not_count_and_is_told() {
    // The Sunday before W46 and the Monday after it.
    let rows = vec![
        with(row(RIVERSIDE, "10", "100", "2026-11-08"), json!({ "spend": "1" })),
        with(row(RIVERSIDE, "10", "100", "2026-11-09"), json!({ "spend": "2" })),
        with(row(RIVERSIDE, "10", "100", "2026-11-16"), json!({ "spend": "4" })),
    ];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert_eq!(spend(&pull), cents(200));
    assert_eq!(pull.findings(FindingClass::UnusableRow).len(), 2);
}

#[test]
fn rows_beyond_those_told_are_counted_by_name_right_behind_them() {
    // Seven before the week, five of which are told; then one without a number.
    let days = (1..=7).map(|day| format!("2026-11-0{day}"));
    let mut rows: Vec<_> =
        days.map(|day| with(row(RIVERSIDE, "10", "100", &day), json!({ "spend": "1" }))).collect();
    rows.push(with(row(RIVERSIDE, "10", "100", "2026-11-09"), json!({ "spend": "many" })));
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    let found = pull.findings(FindingClass::UnusableRow);
    assert_eq!(found.len(), 6);
    let more = format!("And 2 more unusable rows of {RIVERSIDE}, not listed one by one.");
    assert_eq!(found[5].message, more);
    let all = pull.observe().findings;
    let at = all.iter().position(|one| one.message == more).unwrap();
    assert_eq!(all[at - 1].class, FindingClass::UnusableRow, "{all:#?}");
}

#[test]
fn a_row_of_another_account_does_not_count_and_is_told() {
    let rows = vec![with(row("act_77", "10", "100", "2026-11-10"), json!({ "spend": "1" }))];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert_eq!(spend(&pull), Decimal::ZERO);
    let found = pull.findings(FindingClass::UnusableRow);
    assert!(found[0].message.contains("account_id"), "{found:#?}");
}

#[test]
fn a_row_in_another_currency_is_never_added() {
    let fields = json!({ "spend": "1", "account_currency": "USD" });
    let rows = vec![with(row(RIVERSIDE, "10", "100", "2026-11-10"), fields)];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert_eq!(spend(&pull), Decimal::ZERO);
    assert!(pull.findings(FindingClass::UnusableRow)[0].message.contains("account_currency"));
}

#[test]
fn the_same_row_twice_counts_once_and_is_noted() {
    let one = with(row(RIVERSIDE, "10", "100", "2026-11-10"), json!({ "spend": "1.50" }));
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![one.clone(), one]);
    assert_eq!(spend(&pull), cents(150));
    let found = pull.findings(FindingClass::DuplicateRow);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
}

#[test]
fn of_differing_rows_the_one_received_last_counts() {
    let fields = |spend: &str| json!({ "spend": spend });
    let one = |spend| with(row(RIVERSIDE, "10", "100", "2026-11-10"), fields(spend));
    let pull = Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, vec![one("9.00")])
        .ad_sets(RIVERSIDE, vec![one("1.50")]);
    assert_eq!(spend(&pull), cents(150));
    let found = pull.findings(FindingClass::DuplicateRow);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}

#[test]
fn one_ad_set_id_in_two_accounts_is_two_ad_sets() {
    let fields = json!({ "spend": "1.00" });
    let pull = Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, vec![with(row(RIVERSIDE, "10", "100", "2026-11-10"), fields.clone())])
        .ad_sets(HILLTOP, vec![with(row(HILLTOP, "10", "100", "2026-11-10"), fields)]);
    assert_eq!(spend(&pull), cents(200));
    assert!(pull.findings(FindingClass::DuplicateRow).is_empty());
}

#[test]
fn what_is_not_a_number_is_left_out_and_named() {
    let rows = vec![
        with(row(RIVERSIDE, "10", "100", "2026-11-10"), json!({ "spend": "12,50" })),
        with(row(RIVERSIDE, "10", "100", "2026-11-11"), json!({ "spend": "2.50" })),
    ];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert_eq!(spend(&pull), cents(250));
    let found = pull.findings(FindingClass::NotANumber);
    assert_eq!(found.len(), 1);
    let message = &found[0].message;
    assert!(
        ["`spend`", "Riverside", "2026-11-10", "12,50"].iter().all(|part| message.contains(part)),
        "{message}"
    );
}

#[test]
fn numbers_beyond_all_reason_do_not_overflow_a_sum() {
    let fields = json!({ "spend": "1", "impressions": "18446744073709551615" });
    let rows = vec![
        with(row(RIVERSIDE, "10", "100", "2026-11-10"), fields.clone()),
        with(row(RIVERSIDE, "10", "101", "2026-11-10"), fields),
        with(
            row(RIVERSIDE, "10", "102", "2026-11-10"),
            json!({ "spend": "79228162514264337593543950335" }),
        ),
    ];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert!(pull.one_week().observed.ad_sets.is_empty());
    assert_eq!(pull.findings(FindingClass::NotANumber).len(), 3);
}

#[test]
fn a_flood_of_bad_rows_is_counted_and_not_told_one_by_one() {
    let rows = (0..40)
        .map(|n| with(row(RIVERSIDE, "10", &n.to_string(), "2026-11-10"), json!({ "spend": "x" })))
        .collect();
    let found = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows).findings(FindingClass::NotANumber);
    assert_eq!(found.len(), 6);
    assert!(found[5].message.starts_with("And 35 more"), "{}", found[5].message);
}

#[test]
fn names_are_those_of_the_newest_day() {
    let rows = vec![
        with(row(RIVERSIDE, "10", "100", "2026-11-12"), json!({ "campaign_name": "New" })),
        with(row(RIVERSIDE, "10", "100", "2026-11-10"), json!({ "campaign_name": "Old" })),
    ];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    assert_eq!(pull.one_week().observed.ad_sets[0].campaign_name, "New");
}

#[test]
fn an_objective_is_that_of_the_newest_day_that_says_one() {
    let with_objective = |day: &str, word: &str| {
        with(row(RIVERSIDE, "10", "100", day), json!({ "objective": word }))
    };
    let rows = vec![
        row(RIVERSIDE, "10", "100", "2026-11-13"),
        with_objective("2026-11-12", "OUTCOME_SALES"),
        with_objective("2026-11-10", "OUTCOME_LEADS"),
        row(RIVERSIDE, "10", "101", "2026-11-13"),
    ];
    let week = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows).one_week();
    let said: Vec<_> = week.observed.ad_sets.iter().map(|row| row.objective).collect();
    assert_eq!(said, [Some(Objective::Sales), None]);
}

#[test]
fn the_rows_artifact_is_the_digest_of_the_rows_bytes() {
    let rows = vec![row(RIVERSIDE, "10", "100", "2026-11-10")];
    let week = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows).one_week();
    assert_eq!(week.observed.rows, ArtifactRef::of(&week.rows_bytes));
    assert_eq!(
        serde_json::from_slice::<weekledger_events::payload::WeekRows>(&week.rows_bytes).unwrap(),
        week.rows
    );
}

#[test]
fn a_page_that_is_not_at_hand_is_an_error_and_not_an_empty_week() {
    let mut pull =
        Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![row(RIVERSIDE, "10", "100", "2026-11-10")]);
    pull.pages.clear();
    assert!(matches!(pull.try_observe(), Err(ObserveError::MissingPage { .. })));
}

#[test]
fn the_body_of_an_error_is_not_taken_for_rows() {
    let mut pull =
        Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![row(RIVERSIDE, "10", "100", "2026-11-10")]);
    pull.raw.pages[0].http_status = 500;
    pull.pages.clear();
    assert!(pull.one_week().observed.ad_sets.is_empty());
}
