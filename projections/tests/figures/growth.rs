//! How much leads usually grow after they are first seen: learned, worked by hand, and traced.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use weekledger_events::payload::WeekRows;
use weekledger_events::{Digest, Week};
use weekledger_projections::figures::{self, Subject};
use weekledger_projections::history::{History, Source};
use weekledger_projections::lineage::{explain, resolve};
use weekledger_projections::restatement::{Thresholds, UsualGrowth, restatements};
use weekledger_projections::series::Series;
use weekledger_projections::supporting::SupportingFigure;

use crate::world::*;

/// Leads of ten weeks as seen on the Monday after them, and five weeks later. The first one did not
/// grow at all, and the last one had lost half of its rows at first.
const TEN: [(u64, u64); 10] = [
    (20, 20),
    (20, 21),
    (20, 22),
    (20, 22),
    (20, 22),
    (20, 22),
    (20, 22),
    (20, 22),
    (20, 24),
    (20, 40),
];
const FIRST: &str = "2026-W31";
const NEWEST: &str = "2026-W47";
const GROWTH: &str = "report:weekly/later_growth/week";

struct Learned {
    history: History,
    rows: BTreeMap<Digest, WeekRows>,
}

/// The Monday so many weeks after a week.
fn monday(of: Week, weeks: i32) -> Timestamp {
    at(&format!("{}T05:00:00Z", of.plus(weeks).monday()))
}

fn one_week(of: Week, leads: u64) -> WorldWeek {
    WorldWeek {
        week: of,
        accounts: vec![(1, "EUR", true)],
        rows: vec![row(111, "100", [1000, 50, 20, 10, leads])],
        contacts: None,
    }
}

impl Learned {
    /// Weeks from the first on, each pulled young and once more when nothing comes any more, and
    /// the newest, pulled young.
    fn from(weeks: &[(u64, u64)]) -> Self {
        let mut learned = Self { history: History::new(), rows: BTreeMap::new() };
        for (index, (early, settled)) in weeks.iter().enumerate() {
            let of = week(FIRST).plus(i32::try_from(index).unwrap());
            learned.see(&one_week(of, *early), monday(of, 1), 3);
            learned.see(&one_week(of, *settled), monday(of, 6), 4);
        }
        let newest = week(NEWEST);
        let (observed, rows) = one_week(newest, 30).observed(monday(newest, 1));
        learned.rows.insert(observed.rows.digest, rows);
        learned.history.observe(Source::Own, &observed).unwrap();
        learned
    }

    fn see(&mut self, world: &WorldWeek, seen: Timestamp, sequence: u32) {
        let (observed, rows) = world.observed(seen);
        self.rows.insert(observed.rows.digest, rows);
        let source = Source::Event(event(world.week, sequence));
        self.history.observe(source, &observed).unwrap();
    }

    fn series(&self) -> Series {
        self.history.as_known(monday(week(NEWEST), 1), week(NEWEST)).series
    }

    fn subject() -> Subject {
        subject(week(NEWEST))
    }

    #[track_caller]
    fn figure(&self, id: &str) -> SupportingFigure {
        let set = figures::compute(&self.series(), &Self::subject());
        set.supporting.into_iter().find(|figure| figure.id == id).unwrap()
    }
}

#[test]
fn it_is_the_ratio_of_sums_without_the_weeks_that_grew_most_and_least() {
    let learned = Learned::from(&TEN);
    // Eight weeks count: 8 x 20 leads at first, 21 + 6 x 22 + 24 now; 17 / 160.
    let growth = learned.figure(GROWTH);
    assert_eq!(growth.value, Some(decimal("0.10625")));
    assert_eq!(growth.display, "+11 %");
    let of_account = learned.figure("account:act_1/later_growth/week");
    assert_eq!(of_account.value, growth.value);
}

#[test]
fn it_leads_to_what_each_week_had_at_both_times() {
    let learned = Learned::from(&TEN);
    let explanation = explain(GROWTH, &learned.series(), &Learned::subject()).unwrap();
    let terms: Vec<(&str, Decimal)> =
        explanation.terms.iter().map(|term| (term.name.as_str(), term.value)).collect();
    assert_eq!(
        terms,
        [
            ("Meta leads as known now", decimal("177")),
            ("Meta leads as first seen at this age", decimal("160")),
        ]
    );
    let weeks: Vec<String> =
        explanation.terms[1].parts.iter().map(|part| part.week.to_string()).collect();
    assert_eq!(weeks.first().map(String::as_str), Some("2026-W32"));
    assert_eq!(weeks.last().map(String::as_str), Some("2026-W39"));
    assert!(
        explanation.formula.ends_with(
            "; 8 weeks from 2026-W32 to 2026-W39, without the 2 that grew most and least"
        ),
        "{}",
        explanation.formula
    );
    let inputs = resolve(&explanation, |rows| learned.rows.get(&rows.digest)).unwrap();
    let sum = |term| -> Decimal {
        inputs.iter().filter(|input| input.term == term).map(|input| input.value).sum()
    };
    assert_eq!((sum(0), sum(1)), (decimal("177"), decimal("160")));
    let then: Vec<u64> = inputs.iter().filter(|input| input.term == 1).map(|_| 1).collect();
    assert_eq!(then.len(), 16, "two days of eight weeks");
}

#[test]
fn too_few_weeks_or_leads_tell_nothing() {
    let unknown = |learned: Learned| {
        let figure = learned.figure(GROWTH);
        assert_eq!((figure.value, figure.display.as_str()), (None, "not enough history"));
    };
    unknown(Learned::from(&TEN[..7]));
    assert!(Learned::from(&TEN[..8]).figure(GROWTH).value.is_some(), "eight are enough");
    // 8 x 12 leads of the ten weeks count.
    unknown(Learned::from(&[(10, 12); 10]));
    assert!(Learned::from(&[(10, 13); 10]).figure(GROWTH).value.is_some());
}

#[test]
fn a_week_counts_once_nothing_comes_any_more() {
    let mut learned = Learned::from(&TEN[..7]);
    let eighth = week(FIRST).plus(7);
    learned.see(&one_week(eighth, 20), monday(eighth, 1), 3);
    learned.see(&one_week(eighth, 22), monday(eighth, 4), 4);
    assert_eq!(learned.figure(GROWTH).value, None, "three weeks old");
    learned.see(&one_week(eighth, 22), monday(eighth, 5), 5);
    assert!(learned.figure(GROWTH).value.is_some(), "four weeks old");
}

#[test]
fn leads_by_another_rule_are_no_growth() {
    let mut learned = Learned::from(&TEN[..7]);
    let eighth = week(FIRST).plus(7);
    let mut other = one_week(eighth, 20).observed(monday(eighth, 1)).0;
    other.accounts[0].lead_rule = Digest::of(b"another");
    learned.history.observe(Source::Event(event(eighth, 3)), &other).unwrap();
    learned.see(&one_week(eighth, 22), monday(eighth, 6), 4);
    assert_eq!(learned.figure(GROWTH).value, None);
}

#[test]
fn what_is_known_later_than_the_run_teaches_nothing() {
    let mut learned = Learned::from(&TEN);
    let before = learned.figure(GROWTH);
    let fourth = week(FIRST).plus(3);
    learned.see(&one_week(fourth, 90), monday(week(NEWEST), 2), 9);
    assert_eq!(learned.figure(GROWTH), before);
}

/// Week 46 as mailed and as known a week later, in a ledger that has learned.
#[test]
fn past_weeks_are_listed_beyond_the_growth_that_was_learned() {
    let listed = |weeks: &[(u64, u64)], now: u64| {
        let mut learned = Learned::from(weeks);
        let past = week("2026-W46");
        learned.see(&one_week(past, 40), monday(past, 1), 3);
        let own = one_week(past, now).observed(monday(past, 2)).0;
        learned.history.observe(Source::Own, &own).unwrap();
        let usual = UsualGrowth::learn(&learned.series(), &Learned::subject());
        let known_at = monday(week(NEWEST), 1);
        let thresholds = Thresholds::default();
        let moved = restatements(&learned.history, known_at, week(NEWEST), &thresholds, &usual);
        let listed = moved.into_iter().filter(|moved| moved.listed);
        listed.map(|moved| moved.measure).collect::<Vec<_>>()
    };
    // Of the weeks that count one grew by a fifth: 20 to 24.
    assert_eq!(listed(&TEN, 48), [""; 0], "a fifth more");
    assert_eq!(listed(&TEN, 49), ["meta_leads", "cpl"]);
    assert_eq!(listed(&TEN[..7], 48), ["meta_leads", "cpl"], "nothing is usual yet");
}
