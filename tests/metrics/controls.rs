//! Reconciliation of ad sets with the provider's own totals.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger_events::{FindingClass, Severity};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, actions, control_row, row, with};

const MONDAY: &str = "2026-11-09";
const SUNDAY: &str = "2026-11-15";

/// Spend 100 + 200, impressions 1000 + 2000, clicks 10 + 20, link clicks 5 + 6, leads 1 + 2.
fn ad_sets() -> Vec<Value> {
    let first = with(row(RIVERSIDE, "10", "100", MONDAY), measures("100.00", 1000, 10, 5));
    let second = with(row(RIVERSIDE, "11", "110", SUNDAY), measures("200.00", 2000, 20, 6));
    vec![with(first, actions(&[("lead", "1")])), with(second, actions(&[("lead", "2")]))]
}

fn measures(spend: &str, impressions: u64, clicks: u64, link_clicks: u64) -> Value {
    json!({
        "spend": spend,
        "impressions": impressions.to_string(),
        "clicks": clicks.to_string(),
        "inline_link_clicks": link_clicks.to_string(),
    })
}

fn control(campaign: Option<&str>, day: &str, fields: Value, leads: &str) -> Value {
    with(with(control_row(RIVERSIDE, campaign, day), fields), actions(&[("lead", leads)]))
}

fn campaigns() -> Vec<Value> {
    vec![
        control(Some("10"), MONDAY, measures("100.00", 1000, 10, 5), "1"),
        control(Some("11"), SUNDAY, measures("200.00", 2000, 20, 6), "2"),
    ]
}

/// The account's two days: Monday's as its ad set has them, Sunday's with the rest of the totals.
fn account(totals: Value, leads: &str) -> Vec<Value> {
    let rest = |key: &str, monday: &str| {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        (number(totals[key].as_str().unwrap()) - number(monday)).to_string()
    };
    let sunday = json!({
        "spend": rest("spend", "100.00"),
        "impressions": rest("impressions", "1000"),
        "clicks": rest("clicks", "10"),
        "inline_link_clicks": rest("inline_link_clicks", "5"),
    });
    let leads = leads.parse::<u32>().unwrap() - 1;
    vec![
        control(None, MONDAY, measures("100.00", 1000, 10, 5), "1"),
        control(None, SUNDAY, sunday, &leads.to_string()),
    ]
}

fn pull(campaigns: Vec<Value>, account: Vec<Value>) -> Pull {
    let mut pull = Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, ad_sets())
        .campaign_control(RIVERSIDE, campaigns)
        .account_control(RIVERSIDE, account);
    pull.settings.accounts.truncate(1);
    pull.raw.accounts.truncate(1);
    pull
}

fn gaps(pull: &Pull) -> Vec<(String, String, Decimal, Decimal)> {
    let gaps = pull.observe().reconciliation;
    gaps.into_iter().map(|g| (g.control, g.measure, g.ad_sets, g.control_total)).collect()
}

fn severities(pull: &Pull) -> Vec<Severity> {
    pull.findings(FindingClass::ReconciliationGap).into_iter().map(|f| f.severity).collect()
}

#[test]
fn totals_that_agree_leave_nothing_to_record() {
    let pull = pull(campaigns(), account(measures("300.00", 3000, 30, 11), "3"));
    assert!(gaps(&pull).is_empty());
    assert!(severities(&pull).is_empty());
    assert!(pull.findings(FindingClass::IncompletePages).is_empty());
}

#[test]
fn each_measure_that_differs_is_recorded_with_both_sums() {
    let pull = pull(campaigns(), account(measures("303.00", 3030, 31, 12), "4"));
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let gap = |measure: &str, ours: &str, theirs: &str| {
        ("account".to_owned(), measure.to_owned(), decimal(ours), decimal(theirs))
    };
    let expected = [
        gap("spend", "300.00", "303.00"),
        gap("impressions", "3000", "3030"),
        gap("clicks", "30", "31"),
        gap("link_clicks", "11", "12"),
        gap("meta_leads", "3", "4"),
    ];
    assert_eq!(gaps(&pull), expected);
}

#[test]
fn a_gap_warns_up_to_the_limit_and_holds_past_it() {
    // 300 of 315 is 4.76 % short, 300 of 316 is 5.06 %; the limit is 5 %.
    let within = pull(campaigns(), account(measures("315.00", 3000, 30, 11), "3"));
    assert_eq!(severities(&within), [Severity::Warning]);
    let past = pull(campaigns(), account(measures("316.00", 3000, 30, 11), "3"));
    assert_eq!(severities(&past), [Severity::Hold]);
    let message = &past.findings(FindingClass::ReconciliationGap)[0].message;
    assert_eq!(
        message,
        "In 2026-W46, the ad sets of Riverside do not add up to what Meta says of the account: spend \
         EUR 300.00 against EUR 316.00 (5.06 % apart), on 2026-11-15."
    );
}

#[test]
fn what_both_controls_say_is_told_once() {
    let mut controls = campaigns();
    controls.push(control(Some("12"), MONDAY, measures("60.00", 500, 0, 0), "0"));
    let pull = pull(controls, account(measures("360.00", 3500, 30, 11), "3"));
    assert_eq!(gaps(&pull).len(), 4, "spend and impressions, by either control");
    let found = pull.findings(FindingClass::ReconciliationGap);
    let said = "do not add up to Meta's own totals: spend EUR 300.00 against EUR 360.00 (";
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains(said), "{}", found[0].message);
}

#[test]
fn a_day_too_many_and_a_day_too_few_do_not_cancel_over_the_week() {
    // Both of Monday's 100 and of Sunday's 200 stand on the wrong day: 100 apart on each, 200 of
    // 300, and the week's sums are equal.
    let swapped = vec![
        control(None, MONDAY, measures("200.00", 1000, 10, 5), "1"),
        control(None, SUNDAY, measures("100.00", 2000, 20, 6), "2"),
    ];
    let pull = pull(campaigns(), swapped);
    let gaps = pull.observe().reconciliation;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].ad_sets, gaps[0].control_total);
    let days: Vec<String> = gaps[0].days.iter().map(|day| day.date.to_string()).collect();
    assert_eq!(days, [MONDAY, SUNDAY]);
    assert_eq!(severities(&pull), [Severity::Hold]);
    assert_eq!(
        pull.findings(FindingClass::ReconciliationGap)[0].message,
        "In 2026-W46, the ad sets of Riverside do not add up to what Meta says of the account: spend \
         EUR 300.00 against EUR 300.00 as well, but not day by day (66.67 % apart), on 2026-11-09 \
         and 2026-11-15."
    );
}

#[test]
fn only_days_that_differ_are_recorded() {
    let pull = pull(campaigns(), account(measures("303.00", 3000, 30, 11), "3"));
    let gaps = pull.observe().reconciliation;
    assert_eq!((gaps.len(), gaps[0].days.len()), (1, 1));
    assert_eq!(gaps[0].days[0].date.to_string(), SUNDAY);
}

#[test]
fn exactly_the_limit_does_not_hold() {
    // 300 against 400 is 25 %.
    let mut pull = pull(campaigns(), account(measures("400.00", 3000, 30, 11), "3"));
    pull.settings.hold.reconciliation_percent_max = 25;
    assert_eq!(severities(&pull), [Severity::Warning]);
    pull.settings.hold.reconciliation_percent_max = 24;
    assert_eq!(severities(&pull), [Severity::Hold]);
}

#[test]
fn ad_sets_without_any_control_value_hold() {
    let pull = pull(campaigns(), Vec::new());
    assert_eq!((gaps(&pull).len(), &severities(&pull)[..]), (5, &[Severity::Hold][..]));
    let message = &pull.findings(FindingClass::ReconciliationGap)[0].message;
    let said = "Meta leads 3 against 0 (Meta says zero) and 3 more measures, on 2026-11-09 and";
    assert!(message.contains(said), "{message}");
}

#[test]
fn a_gap_that_rounding_explains_is_a_note() {
    // Sunday's ad-set row and its control row, each off by at most half a hundredth: 0.01 in all.
    let within = pull(campaigns(), account(measures("300.01", 3000, 30, 11), "3"));
    assert_eq!(severities(&within), [Severity::Note]);
    assert_eq!(gaps(&within).len(), 1);
    let past = pull(campaigns(), account(measures("300.02", 3000, 30, 11), "3"));
    assert_eq!(severities(&past), [Severity::Warning]);
}

#[test]
fn a_campaign_that_the_ad_sets_lack_shows_in_the_campaign_control() {
    let mut controls = campaigns();
    controls.push(control(Some("12"), MONDAY, measures("60.00", 0, 0, 0), "0"));
    let pull = pull(controls, account(measures("300.00", 3000, 30, 11), "3"));
    let gaps = gaps(&pull);
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].0.as_str(), gaps[0].1.as_str()), ("campaign", "spend"));
    assert_eq!(severities(&pull), [Severity::Hold]);
}

#[test]
fn leads_of_a_control_are_counted_by_the_same_rule() {
    let days = [
        (MONDAY, measures("100.00", 1000, 10, 5), "1"),
        (SUNDAY, measures("200.00", 2000, 20, 6), "2"),
    ];
    let both = days.map(|(day, fields, leads)| {
        let types = actions(&[("offsite_conversion.fb_pixel_lead", leads), ("lead", leads)]);
        with(with(control_row(RIVERSIDE, None, day), fields), types)
    });
    let pull = pull(campaigns(), both.into());
    assert!(gaps(&pull).is_empty());
}

#[test]
fn a_control_row_that_came_twice_counts_once() {
    let mut twice = campaigns();
    twice.extend(campaigns());
    let pull = pull(twice, account(measures("300.00", 3000, 30, 11), "3"));
    assert!(gaps(&pull).is_empty());
}

#[test]
fn a_control_that_was_not_pulled_is_told_and_not_taken_for_zero() {
    let mut pull = pull(campaigns(), account(measures("300.00", 3000, 30, 11), "3"));
    pull.raw.pages.truncate(2);
    assert!(gaps(&pull).is_empty());
    let found = pull.findings(FindingClass::IncompletePages);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("account control"));
}

#[test]
fn accounts_are_reconciled_each_on_its_own() {
    let pull = Pull::of(&["2026-W46"])
        .ad_sets(RIVERSIDE, ad_sets())
        .campaign_control(RIVERSIDE, campaigns())
        .account_control(RIVERSIDE, account(measures("300.00", 3000, 30, 11), "3"))
        .ad_sets(HILLTOP, Vec::new())
        .campaign_control(HILLTOP, Vec::new())
        .account_control(
            HILLTOP,
            vec![with(control_row(HILLTOP, None, MONDAY), json!({ "clicks": "4" }))],
        );
    let found = pull.observe().reconciliation;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].account.as_str(), found[0].measure.as_str()), (HILLTOP, "clicks"));
}
