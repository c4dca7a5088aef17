//! Verdicts: judged where there is enough to judge, silent where there is not.

use rust_decimal::Decimal;
use weekledger_projections::backtest::backtest;
use weekledger_projections::figure::{Direction, Level, Metric, SignalState, Status};
use weekledger_projections::figures;
use weekledger_projections::judge::{Arrived, Untestable, Verdict, Watch, WeekPoint, judge};

use weekledger_projections::history::{History, Source};
use weekledger_projections::series::{KnownAccount, Series};

use crate::world::*;

/// Weekly counts, oldest first, per week.
fn points(values: &[i64]) -> Vec<WeekPoint> {
    let first = week("2025-W10");
    let weeks = (0..).map(|n| first.plus(n));
    let point = |(week, value): (_, &i64)| WeekPoint {
        week,
        value: Some(Decimal::from(*value)),
        count: Decimal::from(*value),
        exposure: Decimal::ONE,
        delivered: true,
        ordinary: true,
        arrived: Arrived::Full,
    };
    weeks.zip(values).map(point).collect()
}

/// The cost of a lead in weeks of 1,000 spent.
fn cost_points(leads: &[i64]) -> Vec<WeekPoint> {
    let mut points = points(leads);
    for point in &mut points {
        point.exposure = decimal("1000");
        point.value = point.exposure.checked_div(point.count);
    }
    points
}

const TWELVE: [i64; 12] = [10, 12, 9, 11, 10, 13, 8, 10, 11, 12, 9, 10];
/// Half a year of thirty leads a week, give or take.
const HALF_YEAR: [i64; 26] = [
    30, 27, 34, 31, 25, 33, 29, 36, 28, 30, 32, 26, 31, 35, 27, 30, 29, 33, 31, 28, 24, 32, 30, 34,
    29, 31,
];

/// One of four series that may alert, and one that may not beside four that may.
const WATCHED: Watch = Watch { may_alert: true, series: 4 };
const QUIET: Watch = Watch { may_alert: false, series: 4 };

fn with(newest: &[i64]) -> Vec<WeekPoint> {
    points(&[&TWELVE[..], newest].concat())
}

fn half_year_and(newest: &[i64]) -> Vec<WeekPoint> {
    points(&[&HALF_YEAR[..], newest].concat())
}

fn of_leads(points: &[WeekPoint]) -> Verdict {
    judge(Metric::MetaLeads, points, WATCHED)
}

#[test]
fn inside_the_band_of_ordinary_weeks_is_flat() {
    for value in [6, 10, 15] {
        let verdict = of_leads(&with(&[value]));
        assert_eq!(verdict.direction, Some(Direction::Flat), "{value}");
    }
}

#[test]
fn outside_the_band_has_a_direction() {
    // Of Poisson counts of mean 10.4, 5 % lie at 5 or below and 5 % at 16 or above; that the mean
    // is only estimated widens it.
    assert_eq!(of_leads(&with(&[18])).direction, Some(Direction::Up));
    assert_eq!(of_leads(&with(&[3])).direction, Some(Direction::Down));
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
fn where_not_even_a_fall_to_nothing_would_be_found_nothing_is_judged() {
    let verdict = of_leads(&points(&[[2; 20].as_slice(), &[0]].concat()));
    assert_eq!(verdict.untestable, Some(Untestable::TooFewLeads));
    assert_eq!((verdict.direction, verdict.status), (None, None));
    assert_eq!(of_leads(&points(&[[3; 20].as_slice(), &[0]].concat())).untestable, None);
    let few = points(&[[2; 20].as_slice(), &[0]].concat());
    let impressions = judge(Metric::Impressions, &few, WATCHED);
    assert!(impressions.direction.is_some(), "only leads can be too few");
}

#[test]
fn one_bad_week_is_no_alert_and_a_lasting_fall_is() {
    assert_eq!(of_leads(&half_year_and(&[14])).status, Some(Status::Ok));
    assert_eq!(of_leads(&half_year_and(&[14, 30, 14, 30])).status, Some(Status::Ok));
    let fallen = of_leads(&half_year_and(&[12, 14, 13, 12, 14]));
    assert_eq!(fallen.status, Some(Status::Alert));
    let signal = fallen.signal.unwrap();
    assert!(!signal.favourable && !signal.unconfirmed);
}

#[test]
fn a_lasting_rise_is_named_and_no_alert() {
    let risen = of_leads(&half_year_and(&[62, 58, 66, 61, 64]));
    assert_eq!((risen.direction, risen.status), (Some(Direction::Up), Some(Status::Ok)));
    assert!(risen.signal.unwrap().favourable);
}

#[test]
fn a_collapse_alerts_on_the_first_monday_unconfirmed() {
    let hundred = [100; 26];
    let verdict = of_leads(&points(&[&hundred[..], &[15]].concat()));
    assert_eq!(verdict.status, Some(Status::Alert));
    let signal = verdict.signal.unwrap();
    assert_eq!((signal.state, signal.unconfirmed), (SignalState::Opened, true));
    assert_eq!(signal.words(), "one week, unconfirmed");
}

#[test]
fn an_alert_says_since_when_it_is_open_and_how_it_ended() {
    let hundred = [100; 26];
    let opened = week("2025-W10").plus(26);
    let after = |newest: &[i64]| of_leads(&points(&[&hundred[..], newest].concat()));
    let open = after(&[15, 14]);
    assert_eq!(open.status, Some(Status::Alert));
    assert_eq!(open.signal.unwrap().since, opened);
    assert_eq!(open.signal.unwrap().words(), format!("open since {opened}, unconfirmed"));
    let over = after(&[15, 99, 102]);
    assert_eq!(over.status, Some(Status::Ok));
    assert_eq!(over.signal.unwrap().words(), format!("that of {opened} is over: recovered"));
    assert_eq!(after(&[15, 99, 102, 101]).signal, None);
}

#[test]
fn dear_leads_alert_and_cheap_ones_do_not() {
    let cost = |newest: &[i64]| {
        let points = cost_points(&[&HALF_YEAR[..], newest].concat());
        judge(Metric::SpendPerLead, &points, WATCHED)
    };
    let dear = cost(&[12, 14, 13, 12, 14]);
    assert_eq!((dear.direction, dear.status), (Some(Direction::Up), Some(Status::Alert)));
    let cheap = cost(&[62, 58, 66, 61, 64]);
    assert_eq!((cheap.direction, cheap.status), (Some(Direction::Down), Some(Status::Ok)));
}

#[test]
fn what_would_be_found_is_said_in_terms_of_the_figure() {
    // The table has a fall of 50 % for 30 leads a week in a report of four series: leads halve, or
    // their cost doubles.
    let found = of_leads(&half_year_and(&[30])).detectable.unwrap();
    assert_eq!(found.fall_percent, Some(50));
    let points = cost_points(&[&HALF_YEAR[..], &[30]].concat());
    let cost = judge(Metric::SpendPerLead, &points, WATCHED).detectable.unwrap();
    assert_eq!(cost.rise_percent, Some(100));
    assert_eq!(judge(Metric::MetaLeads, &half_year_and(&[30]), QUIET).detectable, None);
}

#[test]
fn what_may_not_alert_has_a_direction_and_no_status() {
    let bad = half_year_and(&[12, 14, 13, 12, 14]);
    for metric in [Metric::Impressions, Metric::Ctr, Metric::MetaLeads, Metric::SpendPerLead] {
        let verdict = judge(metric, &bad, QUIET);
        assert_eq!((verdict.status, verdict.signal), (None, None), "{metric}");
        assert!(verdict.direction.is_some(), "{metric}");
    }
}

#[test]
fn spend_has_a_usual_change_and_no_verdict() {
    let verdict = judge(Metric::Spend, &half_year_and(&[1]), WATCHED);
    assert!(verdict.usual_change.is_some());
    assert_eq!((verdict.direction, verdict.status, verdict.untestable), (None, None, None));
}

#[test]
fn late_leads_do_not_call_down_on_their_own_lateness() {
    let mut points = half_year_and(&[19]);
    assert_eq!(of_leads(&points).direction, Some(Direction::Down));
    points[26].arrived = Arrived::Unknown { age: 0 };
    assert_eq!(of_leads(&points).direction, Some(Direction::Flat), "a quarter may still come");
    points[26].arrived = Arrived::Usual(decimal("0.95"));
    assert_eq!(of_leads(&points).direction, Some(Direction::Down), "a twentieth usually comes");
}

#[test]
fn a_week_that_a_note_excludes_is_no_baseline() {
    let mut points = half_year_and(&[30]);
    for point in points.iter_mut().take(14) {
        point.count = decimal("90");
    }
    assert_eq!(of_leads(&points).direction, Some(Direction::Down), "against weeks of a campaign");
    for point in points.iter_mut().take(14) {
        point.ordinary = false;
    }
    assert_eq!(of_leads(&points).direction, Some(Direction::Flat));
}

#[test]
fn the_usual_change_is_the_range_of_changes_before_the_newest() {
    // Fourteen weeks: 10 and 20 in turn double and halve.
    let values = [10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 20, 10, 99];
    let verdict = of_leads(&points(&values));
    assert_eq!(verdict.usual_change, Some((decimal("-0.5"), decimal("1"))));
}

#[test]
fn of_many_changes_the_usual_ones_leave_out_one_at_each_end() {
    // Steps of a half down and one up, in turn, and twice a larger one back and forth.
    let mut values: Vec<i64> = [10, 20].repeat(24);
    values[20] = 8;
    values[31] = 24;
    let ends = |weeks: usize| {
        let verdict = of_leads(&points(&values[values.len() - weeks..]));
        verdict.usual_change.unwrap()
    };
    // 37 weeks before the newest take 36 changes, among them all four larger ones.
    assert_eq!(ends(38), (decimal("-0.6"), decimal("1.5")));
    assert_eq!(ends(48), (decimal("-0.5833333333333333333333333333"), decimal("1.4")));
}

#[test]
fn weeks_that_are_not_ordinary_are_in_no_usual_change() {
    let usual = |points: &[WeekPoint]| of_leads(points).usual_change.unwrap();
    let calm = usual(&half_year_and(&[30, 30, 30]));
    let noted = |value: i64, is_noted: bool| {
        let mut points = half_year_and(&[30, 30, 30]);
        points[9].value = Some(Decimal::from(value));
        points[9].count = Decimal::from(value);
        points[9].ordinary = !is_noted;
        points
    };
    assert!(usual(&noted(60, false)).1 > Decimal::ONE, "a launch doubles leads");
    let launch = usual(&noted(60, true));
    assert!(launch.0 >= calm.0 && launch.1 <= calm.1, "{launch:?}, without it {calm:?}");
    // A collapse that was an alert, and the way back.
    let over = usual(&half_year_and(&[2, 30, 31, 29, 30]));
    assert!(over.0 > decimal("-0.4") && over.1 < decimal("0.6"), "{over:?}");
    // An alert that is open, and the step to it.
    let open = usual(&half_year_and(&[2, 3, 1, 4]));
    assert_eq!(open, usual(&half_year_and(&[30])), "those of the weeks before it");
}

#[test]
fn a_step_over_a_missing_week_is_no_usual_change() {
    // Thirteen whole steps of nothing, and one over a gap that triples.
    let mut points = points(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    points.insert(0, WeekPoint { week: week("2025-W08"), ..points[0].clone() });
    points[0].value = Some(decimal("30"));
    assert_eq!(of_leads(&points).usual_change, Some((Decimal::ZERO, Decimal::ZERO)));
}

#[test]
fn a_week_without_delivery_or_value_is_not_judged() {
    let mut paused = with(&[2]);
    paused[12].delivered = false;
    assert_eq!(of_leads(&paused).untestable, Some(Untestable::NoDelivery));
    let mut without = cost_points(&[&TWELVE[..], &[2]].concat());
    without[12].value = None;
    let verdict = judge(Metric::SpendPerLead, &without, WATCHED);
    assert_eq!(verdict.untestable, Some(Untestable::NoValue));
}

#[test]
fn no_points_are_no_history() {
    assert_eq!(of_leads(&[]).untestable, Some(Untestable::NotEnoughHistory));
}

/// Weeks of one account with the leads given, oldest first, and 1,000 spent in each.
fn weeks_with(leads: &[u64]) -> Vec<WorldWeek> {
    let spent = vec!["1000"; leads.len()];
    weeks_of(leads, &spent)
}

fn weeks_of(leads: &[u64], spent: &[&str]) -> Vec<WorldWeek> {
    let newest = week("2026-W47");
    let count = i32::try_from(leads.len()).unwrap();
    let weeks = (0..count).map(|n| newest.plus(n + 1 - count));
    weeks
        .zip(leads.iter().zip(spent))
        .map(|(of, (leads, spent))| WorldWeek {
            week: of,
            accounts: vec![(1, "EUR", true)],
            rows: vec![row(111, spent, [1000, 100, 50, 40, *leads])],
            contacts: Some(Contacts::default()),
        })
        .collect()
}

#[test]
fn verdicts_stand_on_the_figures_of_the_week_alone() {
    let world = pulled(&weeks_with(&fallen()));
    let figure = world.figure("report:weekly/meta_leads/week");
    assert_eq!((figure.direction, figure.status), (Some(Direction::Down), Some(Status::Alert)));
    let signal = figure.signal.unwrap();
    assert_eq!(figure.verdict_note, Some(format!("open since {}", signal.since)));
    let cost = world.figure("account:act_1/spend_per_lead/week/EUR");
    assert_eq!((cost.direction, cost.status), (Some(Direction::Up), Some(Status::Alert)));
    let campaign = world.figure("campaign:11/meta_leads/week");
    assert_eq!((campaign.direction, campaign.status), (Some(Direction::Down), None));
    let spend = world.figure("report:weekly/spend/week/EUR");
    assert_eq!((spend.direction, spend.status), (None, None), "budgets move spend");
    for figure in &world.set.figures {
        let is_week = figure.window == weekledger_projections::figure::Window::Week;
        assert!(is_week || (figure.direction, figure.status) == (None, None), "{}", figure.id);
    }
    let cpl = world.figure("report:weekly/cpl/week/EUR");
    assert_eq!((cpl.direction, cpl.untestable), (None, None), "cost is judged on spend per lead");
}

/// Half a year of thirty leads a week, then six weeks of twelve.
fn fallen() -> Vec<u64> {
    let ordinary = HALF_YEAR.iter().map(|leads| leads.unsigned_abs());
    ordinary.chain([12, 14, 11, 13, 12, 10]).collect()
}

#[test]
fn fewer_leads_on_as_much_less_spend_say_so_and_are_no_alert() {
    let spent: Vec<&str> = (0..32).map(|week| if week < 26 { "1000" } else { "400" }).collect();
    let world = pulled(&weeks_of(&fallen(), &spent));
    let leads = world.figure(LEADS);
    assert_eq!((leads.direction, leads.status), (Some(Direction::Down), Some(Status::Ok)));
    assert!(leads.signal.unwrap().follows_spend);
    assert!(leads.verdict_note.clone().unwrap().ends_with("; spend moved likewise"));
    let cost = world.figure("report:weekly/spend_per_lead/week/EUR");
    assert_eq!((cost.direction, cost.status), (Some(Direction::Flat), Some(Status::Ok)));
    // A little less spend explains no such fall.
    let spent: Vec<&str> = (0..32).map(|week| if week < 26 { "1000" } else { "900" }).collect();
    assert_eq!(pulled(&weeks_of(&fallen(), &spent)).figure(LEADS).status, Some(Status::Alert));
}

#[test]
fn less_spend_explains_no_collapse() {
    // Forty leads on 1,000 a week, and then one week.
    let status = |leads: u64, spent: &'static str| {
        let leads: Vec<u64> = [[40; 28].as_slice(), &[leads]].concat();
        let spent: Vec<&str> = [["1000"; 28].as_slice(), &[spent]].concat();
        pulled(&weeks_of(&leads, &spent)).figure(LEADS).clone()
    };
    for (leads, spent, expected) in [
        (0, "500", Status::Alert),
        (0, "150", Status::Alert),
        (6, "500", Status::Alert),
        (6, "200", Status::Ok),
        (0, "10", Status::Ok),
    ] {
        let figure = status(leads, spent);
        assert_eq!(figure.status, Some(expected), "{leads} leads on {spent}");
        let follows = figure.signal.unwrap().follows_spend;
        assert_eq!(follows, expected == Status::Ok, "{leads} leads on {spent}");
    }
}

#[test]
fn a_note_takes_its_week_out_of_what_is_ordinary() {
    // Five sales widen the band so far that a slow week does not stand out.
    const SALES: [usize; 5] = [3, 7, 11, 15, 19];
    let mut leads: Vec<u64> = HALF_YEAR.iter().map(|leads| leads.unsigned_abs()).collect();
    for sale in SALES {
        leads[sale] = 60;
    }
    leads.extend([30, 18]);
    let mut world = pulled(&weeks_with(&leads));
    let direction_of_leads = |world: &Pulled| world.figure(LEADS).direction;
    for known in &mut world.series.weeks {
        // Pulled again later, so that nothing is late.
        let observed = known.accounts.iter_mut().filter_map(|known| known.observed.as_mut());
        observed.for_each(|observed| observed.at = at("2027-01-11T05:00:00Z"));
    }
    world.set = figures::compute(&world.series, &world.subject);
    assert_eq!(direction_of_leads(&world), Some(Direction::Flat));
    let weeks: Vec<_> = world.series.weeks.iter().map(|known| known.week).collect();
    world.subject.excluded = SALES.iter().map(|sale| weeks[*sale]).collect();
    world.set = figures::compute(&world.series, &world.subject);
    assert_eq!(direction_of_leads(&world), Some(Direction::Down));
}

#[test]
fn the_backtest_says_what_the_rules_would_have_said() {
    let world = pulled(&weeks_with(&fallen()));
    let told = backtest(&world.series, &world.subject);
    let ids: Vec<&str> = told.series.iter().map(|one| one.figure.as_str()).collect();
    // The report's are those of its one account: one event is told once.
    let expected = ["account:act_1/meta_leads/week", "account:act_1/spend_per_lead/week/EUR"];
    assert_eq!(ids, expected);
    for one in &told.series {
        assert_eq!(one.judged_weeks, 20, "32 weeks, less the twelve that a verdict needs");
        assert_eq!(one.openings.len(), 1, "{one:?}");
        assert!(one.openings[0].alert && !one.openings[0].unconfirmed);
        // The fall begins five weeks before the newest.
        let after = one.openings[0].week.weeks_since(world.subject.week.plus(-5));
        assert!((2..=4).contains(&after), "{one:?}");
    }
    assert_eq!(
        told.sentence(),
        "Over the ledger these rules would have raised 2 alerts in 40 judged weeks of 2 series, \
         0.8 series-years."
    );
}

#[test]
fn the_backtest_leaves_a_series_of_the_report_to_the_account_that_makes_it_alone() {
    let told = |accounts: Vec<(u32, &'static str, bool)>, levels: &[Level]| -> Vec<String> {
        let mut weeks = weeks_with(&fallen());
        for week in &mut weeks {
            let other = row(211, "500", [1000, 100, 50, 40, 30]);
            week.rows.extend((accounts.len() > 1).then_some(other));
            week.accounts.clone_from(&accounts);
        }
        let mut world = pulled(&weeks);
        world.subject.alerts.levels = levels.iter().copied().collect();
        let told = backtest(&world.series, &world.subject).series;
        let of_report = told.into_iter().filter(|one| one.figure.starts_with("report:"));
        of_report.map(|one| one.figure.replace("report:weekly/", "")).collect()
    };
    let (leads, euros) = ("meta_leads/week", "spend_per_lead/week/EUR");
    let both = [Level::Report, Level::Account];
    let one = vec![(1, "EUR", true)];
    assert!(told(one.clone(), &both).is_empty());
    assert_eq!(told(one, &[Level::Report]), [leads, euros], "nothing else tells it");
    assert_eq!(told(vec![(1, "EUR", true), (2, "EUR", true)], &both), [leads, euros]);
    assert_eq!(told(vec![(1, "EUR", true), (2, "USD", true)], &both), [leads], "costs stand alone");
}

#[test]
fn a_ledger_that_is_too_young_says_so() {
    let world = pulled(&weeks_with(&[30; 5]));
    let sentence = backtest(&world.series, &world.subject).sentence();
    assert_eq!(sentence, "No week of the ledger could be judged yet.");
}

#[test]
fn the_backtest_counts_only_what_a_mail_would_judge_and_call_an_alert() {
    let few = pulled(&weeks_with(&[1; 32]));
    assert_eq!(backtest(&few.series, &few.subject).judged_weeks(), 0, "too few leads to judge");
    // Spend fell as far as leads: that is said, and alerts nobody.
    let spent: Vec<&str> = (0..32).map(|week| if week < 26 { "1000" } else { "400" }).collect();
    let cut = pulled(&weeks_of(&fallen(), &spent));
    let told = backtest(&cut.series, &cut.subject);
    assert_eq!(told.alerts(), 0);
    assert!(told.series.iter().any(|one| !one.openings.is_empty()), "it is spoken of all the same");
    let record = cut.set.backtest.unwrap();
    assert_eq!(record, told.record(), "the figures hold it");
    assert_eq!((record.alerts, record.judged_weeks, record.series), (0, 40, 2));
}

#[test]
fn what_would_show_stands_beside_an_ordinary_week() {
    let leads: Vec<u64> = fallen().into_iter().take(26).collect();
    let world = pulled(&weeks_with(&leads));
    let leads = world.figure(LEADS);
    assert_eq!((leads.direction, leads.status), (Some(Direction::Flat), Some(Status::Ok)));
    let note = leads.verdict_note.as_deref();
    assert_eq!(note, Some("a lasting fall of 50 % or more would show"));
    let cost = world.figure("account:act_1/spend_per_lead/week/EUR");
    let note = cost.verdict_note.as_deref();
    assert_eq!(note, Some("a lasting rise of 100 % or more would show"), "1 / (1 - 0.5) - 1");
}

#[test]
fn the_newest_leads_are_not_called_down_for_being_late() {
    let mut leads: Vec<u64> = HALF_YEAR.iter().map(|leads| leads.unsigned_abs()).collect();
    leads.push(19);
    let world = pulled(&weeks_with(&leads));
    assert_eq!(world.figure(LEADS).direction, Some(Direction::Flat), "pulled on the next Monday");
    let clicks = world.figure("report:weekly/link_clicks/week");
    assert_eq!(clicks.direction, Some(Direction::Flat));
}

#[test]
fn weeks_are_compared_at_equal_age_once_the_ledger_knows_how_late_leads_are() {
    // Each week was pulled on its Monday with all but one of its leads, and again long after.
    let mut leads: Vec<u64> = HALF_YEAR.iter().map(|leads| leads.unsigned_abs()).collect();
    leads.push(19);
    let mut history = History::new();
    let weeks = weeks_with(&leads);
    let (newest, past) = weeks.split_last().unwrap();
    let monday = |of: &WorldWeek| {
        let day = of.week.next().monday();
        at(&format!("{day}T05:00:00Z"))
    };
    for world in past {
        let mut young = world.clone();
        young.rows[0].counts[4] -= 1;
        history.observe(Source::Own, &young.observed(monday(&young)).0).unwrap();
        let settled = monday(newest).max(at("2027-01-11T05:00:00Z"));
        history.observe(Source::Own, &world.observed(settled).0).unwrap();
    }
    history.observe(Source::Own, &newest.observed(monday(newest)).0).unwrap();
    let known = history.as_known(at("2027-02-01T00:00:00Z"), newest.week).series;
    let early = &known.weeks[0].accounts[0].early;
    let seen: Vec<(usize, u64)> = early.iter().map(|seen| (seen.age, seen.meta_leads)).collect();
    assert_eq!(seen, [(0, 29)]);
    let direction = |series: &Series| {
        let set = figures::compute(series, &subject(newest.week));
        set.figures.into_iter().find(|figure| figure.id == LEADS).unwrap().direction
    };
    assert_eq!(direction(&known), Some(Direction::Down), "one of thirty is usually late");
    let mut ignorant = known.clone();
    for known in ignorant.weeks.iter_mut().flat_map(|week| &mut week.accounts) {
        known.early.clear();
    }
    assert_eq!(direction(&ignorant), Some(Direction::Flat), "a quarter may be late");
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
const CLICKS: &str = "report:weekly/link_clicks/week";

#[test]
fn another_lead_rule_begins_a_new_baseline() {
    let other = |known: &mut KnownAccount| {
        known.facts.lead_rule = weekledger_events::Digest::of(b"another");
    };
    assert_eq!(untestable_after(other, LEADS), Some(Untestable::NotEnoughHistory));
    assert_eq!(untestable_after(other, CLICKS), None, "clicks do not depend on the rule");
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
