//! Verdicts: judged where there is enough to judge, silent where there is not.

use rust_decimal::Decimal;
use weekledger_projections::figure::{Direction, Level, Metric, Status};
use weekledger_projections::figures;
use weekledger_projections::judge::{Untestable, Verdict, WeekPoint, judge};

use weekledger_projections::series::KnownAccount;

use crate::world::*;

/// Weekly values, oldest first, each with as many leads as its value.
fn points(values: &[i64]) -> Vec<WeekPoint> {
    let first = week("2026-W10");
    let weeks = (0..).map(|n| first.plus(n));
    let point = |(week, value): (_, &i64)| WeekPoint {
        week,
        value: Some(Decimal::from(*value)),
        count: value.unsigned_abs(),
        delivered: true,
    };
    weeks.zip(values).map(point).collect()
}

const TWELVE: [i64; 12] = [10, 12, 9, 11, 10, 13, 8, 10, 11, 12, 9, 10];

fn with(newest: &[i64]) -> Vec<WeekPoint> {
    points(&[&TWELVE[..], newest].concat())
}

fn of_leads(points: &[WeekPoint]) -> Verdict {
    judge(Metric::MetaLeads, Level::Report, points)
}

#[test]
fn inside_the_range_of_the_weeks_before_is_flat() {
    for value in [8, 10, 13] {
        let verdict = of_leads(&with(&[value]));
        assert_eq!(verdict.direction, Some(Direction::Flat), "{value}");
    }
}

#[test]
fn outside_the_range_has_a_direction() {
    assert_eq!(of_leads(&with(&[14])).direction, Some(Direction::Up));
    assert_eq!(of_leads(&with(&[7])).direction, Some(Direction::Down));
}

#[test]
fn eleven_weeks_are_not_enough_history() {
    let verdict = of_leads(&points(&[&TWELVE[..11], &[2]].concat()));
    let expected = Verdict { untestable: Some(Untestable::NotEnoughHistory), ..Verdict::default() };
    assert_eq!(verdict, expected);
}

#[test]
fn weeks_without_delivery_are_no_history() {
    let mut points = with(&[2]);
    points[3].delivered = false;
    assert_eq!(of_leads(&points).untestable, Some(Untestable::NotEnoughHistory));
}

#[test]
fn under_five_leads_a_week_nothing_can_be_told() {
    let twelve = [4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5];
    let verdict = of_leads(&points(&[&twelve[..], &[0]].concat()));
    assert_eq!(verdict.untestable, Some(Untestable::TooFewLeads));
    assert_eq!((verdict.direction, verdict.status), (None, None));
    let enough = [5; 12];
    assert_eq!(of_leads(&points(&[&enough[..], &[0]].concat())).direction, Some(Direction::Down));
    let impressions =
        judge(Metric::Impressions, Level::Report, &points(&[&twelve[..], &[0]].concat()));
    assert_eq!(impressions.direction, Some(Direction::Down), "only leads can be too few");
}

#[test]
fn one_bad_week_is_no_alert_and_two_are() {
    assert_eq!(of_leads(&with(&[10, 7])).status, Some(Status::Ok));
    assert_eq!(of_leads(&with(&[7, 10])).status, Some(Status::Ok));
    assert_eq!(of_leads(&with(&[7, 7])).status, Some(Status::Alert));
    assert_eq!(of_leads(&with(&[14, 15])).status, Some(Status::Ok), "more leads are no alert");
}

#[test]
fn dear_leads_alert_and_cheap_ones_do_not() {
    let cost = |points: &[WeekPoint]| judge(Metric::SpendPerLead, Level::Account, points);
    assert_eq!(cost(&with(&[14, 15])).status, Some(Status::Alert));
    assert_eq!(cost(&with(&[7, 7])).status, Some(Status::Ok));
}

#[test]
fn few_series_may_alert() {
    let two_bad = with(&[7, 7]);
    for (metric, level) in [
        (Metric::Spend, Level::Report),
        (Metric::Ctr, Level::Account),
        (Metric::MetaLeads, Level::Campaign),
        (Metric::SpendPerLead, Level::AdSet),
    ] {
        let verdict = judge(metric, level, &two_bad);
        assert_eq!(verdict.status, None, "{metric} of {level}");
        assert!(verdict.direction.is_some(), "{metric} of {level}");
    }
}

#[test]
fn with_twelve_weeks_before_the_newest_there_is_a_direction_but_no_status_yet() {
    let verdict = of_leads(&with(&[7]));
    assert_eq!(verdict.direction, Some(Direction::Down));
    assert_eq!(verdict.status, None, "an alert compares two weeks with twelve others");
}

#[test]
fn the_usual_change_is_the_range_of_changes_before_the_newest() {
    // Fourteen weeks: 10 and 20 in turn double and halve.
    let values = [10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 99];
    let verdict = of_leads(&points(&values));
    assert_eq!(verdict.usual_change, Some((decimal("-0.5"), decimal("1"))));
}

#[test]
fn a_step_over_a_missing_week_is_no_usual_change() {
    // Thirteen whole steps of nothing, and one over a gap that triples.
    let mut points = points(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    points.insert(0, WeekPoint { week: week("2026-W08"), ..points[0].clone() });
    points[0].value = Some(decimal("30"));
    assert_eq!(of_leads(&points).usual_change, Some((Decimal::ZERO, Decimal::ZERO)));
}

#[test]
fn a_week_without_delivery_or_value_is_not_judged() {
    let mut paused = with(&[2]);
    paused[12].delivered = false;
    assert_eq!(of_leads(&paused).untestable, Some(Untestable::NoDelivery));
    let mut without = with(&[2]);
    without[12].value = None;
    let verdict = judge(Metric::SpendPerLead, Level::Report, &without);
    assert_eq!(verdict.untestable, Some(Untestable::NoValue));
}

#[test]
fn no_points_are_no_history() {
    assert_eq!(of_leads(&[]).untestable, Some(Untestable::NotEnoughHistory));
}

/// Fourteen weeks of one account with the leads given, oldest first.
fn weeks_with(leads: &[u64]) -> Vec<WorldWeek> {
    let newest = week("2026-W47");
    let count = i32::try_from(leads.len()).unwrap();
    let weeks = (0..count).map(|n| newest.plus(n + 1 - count));
    weeks
        .zip(leads)
        .map(|(of, leads)| WorldWeek {
            week: of,
            accounts: vec![(1, "EUR", true)],
            rows: vec![row(111, "100", [1000, 100, 50, 40, *leads])],
            contacts: Some(Contacts::default()),
        })
        .collect()
}

#[test]
fn verdicts_stand_on_the_figures_of_the_week_alone() {
    let world = pulled(&weeks_with(&FOURTEEN));
    let figure = world.figure("report:weekly/meta_leads/week");
    assert_eq!((figure.direction, figure.status), (Some(Direction::Down), Some(Status::Alert)));
    let cost = world.figure("account:act_1/spend_per_lead/week/EUR");
    assert_eq!((cost.direction, cost.status), (Some(Direction::Up), Some(Status::Alert)));
    let campaign = world.figure("campaign:11/meta_leads/week");
    assert_eq!((campaign.direction, campaign.status), (Some(Direction::Down), None));
    let spend = world.figure("report:weekly/spend/week/EUR");
    assert_eq!((spend.direction, spend.status), (Some(Direction::Flat), None));
    for figure in &world.set.figures {
        let is_week = figure.window == weekledger_projections::figure::Window::Week;
        assert!(is_week || (figure.direction, figure.status) == (None, None), "{}", figure.id);
    }
    let cpl = world.figure("report:weekly/cpl/week/EUR");
    assert_eq!((cpl.direction, cpl.untestable), (None, None), "cost is judged on spend per lead");
}

#[test]
fn the_usual_change_stands_beside_the_change() {
    let leads = [10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 15];
    let world = pulled(&weeks_with(&leads));
    let change = world.figure("report:weekly/meta_leads/week_change");
    assert_eq!(change.display, "+50 %");
    let usual = change.usual.clone().unwrap();
    assert_eq!((usual.low, usual.high), (decimal("-0.5"), decimal("1")));
    assert_eq!(usual.display, "usual -50 % to +100 %");
}

const FOURTEEN: [u64; 14] = [10, 12, 9, 11, 10, 13, 8, 10, 11, 12, 9, 10, 7, 6];

/// The reason why the report's leads are not judged, after the oldest two weeks were altered.
fn untestable_after(alter: impl Fn(&mut KnownAccount), id: &str) -> Option<Untestable> {
    let mut world = pulled(&weeks_with(&FOURTEEN));
    for known in world.series.weeks.iter_mut().take(2) {
        known.accounts.iter_mut().for_each(&alter);
    }
    world.set = figures::compute(&world.series, &world.subject);
    world.figure(id).untestable
}

const LEADS: &str = "report:weekly/meta_leads/week";
const SPEND: &str = "report:weekly/spend/week/EUR";

#[test]
fn another_lead_rule_begins_a_new_baseline() {
    let other = |known: &mut KnownAccount| {
        known.facts.lead_rule = weekledger_events::Digest::of(b"another");
    };
    assert_eq!(untestable_after(other, LEADS), Some(Untestable::NotEnoughHistory));
    assert_eq!(untestable_after(other, SPEND), None, "spend does not depend on the rule");
}

#[test]
fn another_attribution_setting_begins_a_new_baseline() {
    let settings = |settings: &'static [&'static str]| {
        move |known: &mut KnownAccount| {
            known.facts.attribution_settings =
                settings.iter().map(|setting| (*setting).to_owned()).collect();
        }
    };
    let other = settings(&["1d_click"]);
    assert_eq!(untestable_after(other, LEADS), Some(Untestable::NotEnoughHistory));
    let one_of_two = settings(&["1d_click", "7d_click_1d_view"]);
    assert_eq!(untestable_after(one_of_two, LEADS), None);
    assert_eq!(untestable_after(settings(&[]), LEADS), None, "unknown settings say nothing");
}

#[test]
fn another_set_of_accounts_begins_a_new_baseline() {
    let other = |known: &mut KnownAccount| {
        known.facts.account = account(9);
    };
    assert_eq!(untestable_after(other, LEADS), Some(Untestable::NotEnoughHistory));
}

#[test]
fn the_first_week_is_no_baseline_if_delivery_began_within_it() {
    let leads = &FOURTEEN[1..];
    let mut weeks = weeks_with(leads);
    assert_eq!(pulled(&weeks).figure(LEADS).untestable, None, "twelve whole weeks before");
    weeks[0].rows[0].first_day = 1;
    let untestable = pulled(&weeks).figure(LEADS).untestable;
    assert_eq!(untestable, Some(Untestable::NotEnoughHistory));
}
