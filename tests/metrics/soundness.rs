//! No silent zero: what was left out, vanished or was withheld is missing or held, never 0.

use serde_json::{Value, json};
use weekledger::metrics::EarlierWeek;
use weekledger_events::payload::{AccountWeek, AdSetWeek, Goal, Measures, Shortfall};
use weekledger_events::{Currency, Finding, FindingClass, Severity};

use crate::kit::{
    HILLTOP, Pull, RIVERSIDE, account, account_settings, actions, ad_set, campaign, control_row,
    row, week, with,
};

const PULLED: [&str; 3] = ["2026-W44", "2026-W45", "2026-W46"];
const MONDAYS: [&str; 3] = ["2026-10-26", "2026-11-02", "2026-11-09"];

/// Riverside as the ledger knew a week: 50 spent, 4 leads.
fn known(of: &str) -> EarlierWeek {
    let facts = AccountWeek {
        account: account(RIVERSIDE),
        name: "Riverside".to_owned(),
        currency: Some(Currency::parse("EUR").unwrap()),
        time_zone: "Europe/Berlin".to_owned(),
        pulled: true,
        shortfall: None,
        lead_rule: account_settings("Riverside", RIVERSIDE).lead_rule(),
        lead_actions: vec!["lead".to_owned()],
        attribution_settings: Vec::new(),
    };
    let ad_sets = vec![AdSetWeek {
        account: account(RIVERSIDE),
        campaign: campaign("10"),
        campaign_name: "Spring".to_owned(),
        ad_set: ad_set("100"),
        ad_set_name: "Locals".to_owned(),
        objective: None,
        first_delivery: Some(week(of).monday()),
        delivery_days: 7,
        measures: Measures {
            spend: "50".parse().unwrap(),
            impressions: 1000,
            meta_leads: 4,
            ..Measures::default()
        },
    }];
    EarlierWeek { week: week(of), accounts: vec![facts], ad_sets, contacts: None }
}

fn day(monday: &str) -> Value {
    let fields = json!({ "spend": "5", "impressions": "100", "inline_link_clicks": "3" });
    with(with(row(RIVERSIDE, "10", "100", monday), fields), actions(&[("lead", "1")]))
}

fn without(mut row: Value, field: &str) -> Value {
    row.as_object_mut().unwrap().remove(field);
    row
}

/// Riverside alone, with every control agreeing.
fn pull(weeks: &[&str], rows: Vec<Value>) -> Pull {
    let control = |row: &Value| without(row.clone(), "adset_id");
    let accounts = |row: &Value| without(control(row), "campaign_id");
    let (campaigns, account): (Vec<_>, Vec<_>) =
        (rows.iter().map(control).collect(), rows.iter().map(accounts).collect());
    let mut pull = Pull::of(weeks)
        .ad_sets(RIVERSIDE, rows)
        .campaign_control(RIVERSIDE, campaigns)
        .account_control(RIVERSIDE, account);
    pull.settings.accounts.truncate(1);
    pull.raw.accounts.truncate(1);
    pull
}

fn five(rows: Vec<Value>, earlier: &[&str]) -> Pull {
    let mut pull = pull(&PULLED, rows);
    pull.knowledge.weeks = earlier.iter().map(|of| known(of)).collect();
    pull
}

/// Whether Riverside has figures, by week.
fn pulled(pull: &Pull) -> Vec<bool> {
    pull.observe().weeks.iter().map(|week| week.observed.accounts[0].pulled).collect()
}

fn holds(pull: &Pull) -> Vec<Finding> {
    let findings = pull.observe().findings;
    findings.into_iter().filter(|finding| finding.severity == Severity::Hold).collect()
}

#[test]
fn an_account_all_of_whose_rows_are_left_out_is_missing_and_not_zero() {
    for fields in [json!({ "account_currency": "USD" }), json!({ "spend": "1,234.50" })] {
        let pull = pull(&["2026-W46"], vec![with(day(MONDAYS[2]), fields)]);
        assert_eq!(pulled(&pull), [false]);
        let missing = pull.findings(FindingClass::AccountMissing);
        assert_eq!((missing.len(), missing[0].severity), (1, Severity::Hold));
        assert_eq!(missing[0].week, Some(week("2026-W46")));
        assert!(pull.one_week().observed.ad_sets.is_empty());
    }
}

#[test]
fn spend_that_is_absent_beside_impressions_turns_the_row_down() {
    let rows = vec![without(day("2026-11-10"), "spend"), day("2026-11-09")];
    let pull = pull(&["2026-W46"], rows);
    let found = pull.findings(FindingClass::UnusableRow);
    let grain: Vec<_> = found.iter().filter(|f| f.severity == Severity::Hold).collect();
    assert_eq!(grain.len(), 1);
    assert!(grain[0].message.contains("`spend` is missing"), "{}", grain[0].message);
    assert_eq!(pull.one_week().rows.days.len(), 1);
    // A control that lacks the same row proves nothing.
    assert!(pull.observe().reconciliation.is_empty());
    assert_eq!(pull.findings(FindingClass::IncompletePages).len(), 2);
}

#[test]
fn a_row_without_impressions_may_lack_its_spend() {
    let rows = vec![with(row(RIVERSIDE, "10", "100", "2026-11-09"), actions(&[("lead", "1")]))];
    assert!(holds(&pull(&["2026-W46"], rows)).is_empty());
}

#[test]
fn an_earlier_week_that_lost_a_row_keeps_what_was_known_and_does_not_hold() {
    let bad = with(day(MONDAYS[0]), json!({ "adset_id": "101", "spend": "x" }));
    let rows = vec![day(MONDAYS[0]), bad, day(MONDAYS[1]), day(MONDAYS[2])];
    let known_before = five(rows.clone(), &PULLED[..2]);
    assert_eq!(pulled(&known_before), [false, true, true]);
    assert!(holds(&known_before).is_empty(), "{:#?}", holds(&known_before));

    let unknown = five(rows.clone(), &[]);
    assert_eq!(pulled(&unknown), [true, true, true]);
    assert_eq!(holds(&unknown)[0].week, Some(week("2026-W44")));

    let mut doubtful = five(rows, &PULLED[..2]);
    doubtful.knowledge.doubtful = [(week("2026-W44"), account(RIVERSIDE))].into();
    assert_eq!(pulled(&doubtful), [true, true, true]);
    assert_eq!(holds(&doubtful).len(), 1);
}

#[test]
fn known_spend_is_not_rewritten_to_zero_by_an_empty_answer() {
    let pull = five(vec![day(MONDAYS[1]), day(MONDAYS[2])], &PULLED[..2]);
    assert_eq!(pulled(&pull), [false, true, true]);
    let held = holds(&pull);
    assert_eq!((held.len(), held[0].class), (1, FindingClass::DeliveryStopped));
    assert!(held[0].message.contains("2026-W44"), "{}", held[0].message);
}

#[test]
fn if_all_weeks_come_back_empty_the_newest_is_missing_too() {
    let pull = five(Vec::new(), &PULLED[..2]);
    assert_eq!(pulled(&pull), [false, false, false]);
    let held = holds(&pull);
    assert_eq!(held.len(), 2, "{held:#?}");
    assert_eq!(
        (held[0].class, held[0].week),
        (FindingClass::AccountMissing, Some(week("2026-W46")))
    );
    let more = "And 1 more of this kind in earlier weeks.";
    assert!(held[1].message.ends_with(more), "{}", held[1].message);
}

#[test]
fn a_newest_week_that_is_empty_alone_is_a_stop_and_zero() {
    let pull = five(vec![day(MONDAYS[0]), day(MONDAYS[1])], &PULLED[..2]);
    assert_eq!(pulled(&pull), [true, true, true]);
    assert!(holds(&pull).is_empty());
    assert_eq!(pull.findings(FindingClass::DeliveryStopped)[0].severity, Severity::Warning);
}

#[test]
fn weeks_that_are_all_empty_and_new_are_told_against_an_older_delivery() {
    let pull = five(Vec::new(), &["2026-W42"]);
    let found = pull.findings(FindingClass::DeliveryStopped);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(found[0].message.contains("it last delivered in 2026-W42"), "{}", found[0].message);
    assert!(five(Vec::new(), &["2026-W30"]).findings(FindingClass::DeliveryStopped).is_empty());
}

#[test]
fn actions_that_no_row_holds_are_told_and_held_if_clicks_contradict() {
    let bare = |monday: &str| without(day(monday), "actions");
    let pull = five(PULLED.iter().zip(MONDAYS).map(|(_, m)| bare(m)).collect(), &PULLED[..2]);
    assert_eq!(pulled(&pull), [false, false, true]);
    let found = pull.findings(FindingClass::TrackingSilent);
    assert_eq!((found.len(), found[0].severity), (2, Severity::Hold));
    assert_eq!((found[0].week, found[1].week), (Some(week("2026-W46")), Some(week("2026-W45"))));
    assert_eq!(found[1].severity, Severity::Warning);
    assert!(found[0].message.contains("permission") || found[0].message.contains("token"));
}

#[test]
fn an_account_that_never_had_leads_may_lack_actions() {
    let pull = five(vec![without(day(MONDAYS[2]), "actions")], &[]);
    assert!(pull.findings(FindingClass::TrackingSilent).is_empty());
    let rows = vec![day("2026-11-10"), without(day("2026-11-09"), "actions")];
    assert!(five(rows, &PULLED[..2]).findings(FindingClass::TrackingSilent).is_empty());
}

#[test]
fn ad_sets_of_different_lead_types_agree_with_controls_that_hold_both() {
    const PIXEL: &str = "offsite_conversion.fb_pixel_lead";
    let measured = |row: Value| with(row, json!({ "spend": "5", "impressions": "100" }));
    let set = |id: &str, kind: &str, leads: &str| {
        with(measured(row(RIVERSIDE, "10", id, "2026-11-09")), actions(&[(kind, leads)]))
    };
    let twice = |row: Value, pixel: &str| {
        let row = with(row, json!({ "spend": "10", "impressions": "200" }));
        with(row, actions(&[("lead", "2"), (PIXEL, pixel)]))
    };
    let build = |pixel: &str| {
        let mut pull = Pull::of(&["2026-W46"])
            .ad_sets(RIVERSIDE, vec![set("100", "lead", "2"), set("101", PIXEL, "3")])
            .campaign_control(
                RIVERSIDE,
                vec![twice(control_row(RIVERSIDE, Some("10"), "2026-11-09"), pixel)],
            )
            .account_control(
                RIVERSIDE,
                vec![twice(control_row(RIVERSIDE, None, "2026-11-09"), pixel)],
            );
        pull.settings.accounts.truncate(1);
        pull.raw.accounts.truncate(1);
        pull
    };
    let agreeing = build("3");
    assert!(agreeing.observe().reconciliation.is_empty());
    assert_eq!(agreeing.findings(FindingClass::LeadTypesMixed).len(), 1);
    // A pixel lead that the ad sets lack is seen within its type.
    let gaps = build("4").observe().reconciliation;
    assert_eq!(gaps.len(), 2);
    assert_eq!(gaps[0].measure, "meta_leads (offsite_conversion.fb_pixel_lead)");
}

#[test]
fn one_account_that_is_spoiled_leaves_the_other_alone() {
    let bad = with(day(MONDAYS[2]), json!({ "spend": "x" }));
    let good = with(row(HILLTOP, "20", "200", MONDAYS[2]), json!({ "spend": "5" }));
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![bad]).ad_sets(HILLTOP, vec![good]);
    let accounts = pull.one_week().observed.accounts;
    assert_eq!((accounts[0].pulled, accounts[1].pulled), (false, true));
}

/// Why Riverside's figures are missing or too few, by week.
fn shortfalls(pull: &Pull) -> Vec<Option<Shortfall>> {
    pull.observe().weeks.iter().map(|week| week.observed.accounts[0].shortfall).collect()
}

#[test]
fn what_is_missing_or_too_little_carries_its_reason() {
    let bad = with(day("2026-11-10"), json!({ "spend": "1,234.50" }));
    let partly = pull(&["2026-W46"], vec![day(MONDAYS[2]), bad.clone()]);
    assert_eq!(
        (pulled(&partly), shortfalls(&partly)),
        (vec![true], vec![Some(Shortfall::RowsLeftOut)])
    );
    let all = pull(&["2026-W46"], vec![bad]);
    assert_eq!((pulled(&all), shortfalls(&all)), (vec![false], vec![Some(Shortfall::RowsLeftOut)]));
    let whole = pull(&["2026-W46"], vec![day(MONDAYS[2])]);
    assert_eq!(shortfalls(&whole), [None]);
    let failed = pull(&["2026-W46"], Vec::new()).fails(RIVERSIDE);
    assert_eq!(shortfalls(&failed), [Some(Shortfall::NotPulled)]);
    let vanished = five(vec![day(MONDAYS[1]), day(MONDAYS[2])], &PULLED[..2]);
    assert_eq!(shortfalls(&vanished), [Some(Shortfall::NoRows), None, None]);
    let withheld = five(vec![without(day(MONDAYS[2]), "actions")], &PULLED[..2]);
    assert_eq!(shortfalls(&withheld)[2], Some(Shortfall::LeadsWithheld));
}

#[test]
fn no_rows_where_a_control_has_some_are_missing_and_not_zero() {
    let account = with(control_row(RIVERSIDE, None, MONDAYS[2]), json!({ "spend": "5" }));
    let mut pull = Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, Vec::new())
        .campaign_control(RIVERSIDE, Vec::new())
        .account_control(RIVERSIDE, vec![account]);
    pull.settings.accounts.truncate(1);
    pull.raw.accounts.truncate(1);
    assert_eq!((pulled(&pull), shortfalls(&pull)), (vec![false], vec![Some(Shortfall::NoRows)]));
    assert_eq!(holds(&pull).len(), 1);
}

#[test]
fn a_week_that_is_known_to_be_short_gives_way_to_whatever_comes_next() {
    // W44 is known with rows left out. Pulled again with a row left out once more, it is taken as
    // it comes; what was whole would have stayed.
    let bad = with(day("2026-10-27"), json!({ "spend": "x" }));
    let rows = vec![day(MONDAYS[0]), bad, day(MONDAYS[1]), day(MONDAYS[2])];
    let mut pull = five(rows, &PULLED[..2]);
    assert_eq!(pulled(&pull), [false, true, true]);
    pull.knowledge.weeks[0].accounts[0].shortfall = Some(Shortfall::RowsLeftOut);
    assert_eq!(pulled(&pull), [true, true, true]);
    assert_eq!(shortfalls(&pull)[0], Some(Shortfall::RowsLeftOut));
}

#[test]
fn the_repair_of_an_account_works_as_it_stands() {
    let failed = || pull(&["2026-W46"], Vec::new()).fails(RIVERSIDE);
    let command = |pull: Pull| {
        let found = pull.findings(FindingClass::AccountMissing);
        let action = found[0].action.clone().unwrap();
        action.split('`').nth(1).unwrap().to_owned()
    };
    assert_eq!(
        command(failed()),
        "weekledger re-emit 2026-W46 --report weekly --from RunRequested --reason TEXT --deliver \
         --config-as now"
    );
    // A backfilled week is no mail.
    let mut backfilled = failed();
    backfilled.goal = Goal::Figures;
    assert!(!command(backfilled).contains("--deliver"));
}

#[test]
fn a_lead_value_that_is_no_whole_number_is_shown() {
    let long = "1.5".to_owned() + &"0".repeat(10) + "1";
    for value in ["1.5", &long] {
        let halved = with(day("2026-11-10"), actions(&[("lead", value)]));
        let found =
            pull(&["2026-W46"], vec![day(MONDAYS[2]), halved]).findings(FindingClass::NotANumber);
        let said = format!("its field `lead` \"{value}\" is not a whole number");
        assert!(found[0].message.contains(&said), "{}", found[0].message);
    }
}
