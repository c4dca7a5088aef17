//! Laws that hold in every small world, checked against sums over the world's own rows.

use proptest::prelude::*;
use rust_decimal::Decimal;
use weekledger_events::Week;
use weekledger_projections::diff::diff;
use weekledger_projections::figure::{Figure, Level, Metric, Window};
use weekledger_projections::figures;
use weekledger_projections::lineage::{Explainer, resolve};

use crate::world::*;

const NEWEST: &str = "2026-W47";

/// Two ad sets in each of two campaigns of each of three accounts.
const AD_SETS: [u32; 12] = [111, 112, 121, 122, 211, 212, 221, 222, 311, 312, 321, 322];

fn a_row() -> impl Strategy<Value = Row> {
    let count = || prop_oneof![2 => Just(0_u64), 3 => 1..50_u64];
    let cents = prop_oneof![1 => Just(0_i64), 3 => 1..100_000_i64];
    (
        prop::sample::select(&AD_SETS[..]),
        cents,
        [count(), count(), count(), count(), count()],
        0..6_i64,
    )
        .prop_map(|(ad_set, cents, counts, first_day)| Row {
            ad_set,
            spend: Decimal::new(cents, 2),
            counts,
            first_day,
            objective: None,
        })
}

fn contacts() -> impl Strategy<Value = Contacts> {
    let known = (prop::sample::select(&AD_SETS[..]), any::<bool>(), 1..4_u64)
        .prop_map(|(ad_set, placed, count)| (ad_set / 10, if placed { ad_set } else { 0 }, count));
    (prop::collection::vec(known, 0..4), 0..3_u64, 0..3_u64).prop_map(
        |(known, unattributed, other)| Contacts { known, unattributed, other, offline: other / 2 },
    )
}

/// One week; accounts fail and weeks are missing now and then.
fn a_week(back: i32, failures: bool) -> impl Strategy<Value = Option<WorldWeek>> {
    let rows = prop::collection::vec(a_row(), 0..8);
    let mostly = || if failures { prop::bool::weighted(0.9).boxed() } else { Just(true).boxed() };
    (rows, [mostly(), mostly(), mostly()], mostly(), contacts(), mostly()).prop_map(
        move |(mut rows, pulled, present, contacts, crm)| {
            rows.sort_by_key(|row| row.ad_set);
            rows.dedup_by_key(|row| row.ad_set);
            rows.retain(|row| pulled[(row.ad_set / 100 - 1) as usize]);
            let accounts = [(1, "EUR"), (2, "USD"), (3, "EUR")];
            let accounts = accounts.into_iter().zip(pulled);
            present.then(|| WorldWeek {
                week: week(NEWEST).plus(-back),
                accounts: accounts.map(|((n, code), pulled)| (n, code, pulled)).collect(),
                rows,
                contacts: crm.then_some(contacts),
            })
        },
    )
}

/// Ten weeks, the newest always present.
fn worlds(failures: bool) -> impl Strategy<Value = Vec<WorldWeek>> {
    let older: Vec<_> = (1..10).map(|back| a_week(back, failures)).collect();
    (a_week(0, false), older)
        .prop_map(|(newest, older)| newest.into_iter().chain(older.into_iter().flatten()).collect())
}

fn covered(window: Window) -> Vec<Week> {
    let newest = week(NEWEST);
    let weeks = |range: std::ops::Range<i32>| range.map(|back| newest.plus(-back)).collect();
    match window {
        Window::Week => weeks(0..1),
        Window::PreviousWeek => weeks(1..2),
        Window::FourWeeks => weeks(0..4),
        Window::PreviousFourWeeks => weeks(4..8),
        Window::AllTime => weeks(0..10),
        _ => vec![],
    }
}

fn currency_of(row: &Row) -> &'static str {
    if row.ad_set / 100 == 2 { "USD" } else { "EUR" }
}

/// The rows behind a figure, found without the code under test.
fn rows_of<'w>(world: &'w [WorldWeek], figure: &Figure) -> Vec<&'w Row> {
    let weeks = covered(figure.window);
    let in_entity = |row: &Row| match figure.level {
        Level::Report => true,
        Level::Account => row.account().as_str() == figure.entity_id,
        Level::Campaign => row.campaign().as_str() == figure.entity_id,
        Level::AdSet => row.ad_set.to_string() == figure.entity_id,
    };
    let in_currency =
        |row: &Row| figure.currency.as_ref().is_none_or(|code| code.as_str() == currency_of(row));
    let rows = world.iter().filter(|world| weeks.contains(&world.week)).flat_map(|w| &w.rows);
    rows.filter(|row| in_entity(row) && in_currency(row)).collect()
}

fn total(rows: &[&Row], column: usize) -> Decimal {
    rows.iter().map(|row| Decimal::from(row.counts[column])).sum()
}

fn spent(rows: &[&Row]) -> Decimal {
    rows.iter().map(|row| row.spend).sum()
}

/// Numerator and denominator of a ratio, or a sum over one.
fn by_rows(figure: &Figure, rows: &[&Row]) -> Option<(Decimal, Option<Decimal>)> {
    let leads = |row: &&&Row| {
        let same = rows.iter().filter(|other| other.campaign() == row.campaign());
        same.map(|other| other.counts[4]).sum::<u64>() > 0
    };
    let with_leads: Vec<&Row> = match figure.level {
        Level::Report | Level::Account => rows.iter().filter(leads).copied().collect(),
        _ => rows.to_vec(),
    };
    Some(match figure.metric {
        Metric::Spend => (spent(rows), None),
        Metric::Impressions => (total(rows, 0), None),
        Metric::Clicks => (total(rows, 1), None),
        Metric::LinkClicks => (total(rows, 2), None),
        Metric::LandingPageViews => (total(rows, 3), None),
        Metric::MetaLeads => (total(rows, 4), None),
        Metric::Ctr => (total(rows, 1), Some(total(rows, 0))),
        Metric::Cpc => (spent(rows), Some(total(rows, 1))),
        Metric::LinkCtr => (total(rows, 2), Some(total(rows, 0))),
        Metric::LinkCpc => (spent(rows), Some(total(rows, 2))),
        Metric::Cpm => (spent(rows) * Decimal::ONE_THOUSAND, Some(total(rows, 0))),
        Metric::Cpl => (spent(&with_leads), Some(total(&with_leads, 4))),
        Metric::SpendPerLead => (spent(rows), Some(total(rows, 4))),
        Metric::CrmLeads | Metric::CrmCpl => return None,
    })
}

fn find<'f>(figures: &'f [Figure], id: &str) -> Option<&'f Figure> {
    figures.iter().find(|figure| figure.id == id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_sums_and_ratios_are_ratios_of_sums(world in worlds(false)) {
        let pulled = pulled(&world);
        for figure in pulled.set.figures.iter().filter(|figure| figure.window.compares().is_none()) {
            let Some((over, under)) = by_rows(figure, &rows_of(&world, figure)) else { continue };
            let expected = match under {
                None => Some(over),
                Some(under) if under.is_zero() => None,
                Some(_) if figure.metric.is_about_leads() && over.is_zero() => None,
                Some(under) => Some(over / under),
            };
            prop_assert_eq!(figure.value, expected, "{}", figure.id);
        }
    }

    #[test]
    fn a_change_is_the_step_between_its_two_windows(world in worlds(true)) {
        let figures = pulled(&world).set.figures;
        for figure in &figures {
            let (Some((now, before)), Some(change)) = (figure.window.compares(), figure.value) else {
                continue;
            };
            let other = |window: Window| {
                let id = figure.id.replace(figure.window.as_str(), window.as_str());
                find(&figures, &id).and_then(|figure| figure.value).unwrap()
            };
            let (now, before) = (other(now), other(before));
            let expected =
                if figure.metric.is_rate() { now - before } else { (now - before) / before };
            prop_assert_eq!(change, expected, "{}", &figure.id);
        }
    }

    #[test]
    fn the_report_is_the_sum_of_its_accounts(world in worlds(true)) {
        let figures = pulled(&world).set.figures;
        let additive = [
            Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::LinkClicks,
            Metric::LandingPageViews, Metric::MetaLeads,
        ];
        let of_report = figures.iter().filter(|figure| {
            figure.level == Level::Report
                && additive.contains(&figure.metric)
                && figure.window.compares().is_none()
                && figure.window != Window::AllTime
        });
        for report in of_report {
            let accounts: Vec<&Figure> = figures
                .iter()
                .filter(|figure| figure.level == Level::Account)
                .filter(|figure| (figure.metric, figure.window) == (report.metric, report.window))
                .filter(|figure| figure.currency == report.currency)
                .collect();
            let sum: Option<Decimal> = accounts.iter().map(|figure| figure.value).sum();
            prop_assert_eq!(report.value, sum, "{}", &report.id);
        }
    }

    #[test]
    fn spend_in_one_currency_leaves_the_other_untouched(world in worlds(true)) {
        let mut dearer = world.clone();
        let rows = dearer.iter_mut().flat_map(|world| &mut world.rows);
        for row in rows.filter(|row| row.ad_set / 100 == 2) {
            row.spend = row.spend * Decimal::TWO + Decimal::ONE;
        }
        let (before, after) = (pulled(&world).set.figures, pulled(&dearer).set.figures);
        for figure in &before {
            if figure.currency.as_ref().is_some_and(|code| code.as_str() == "EUR") {
                let then = find(&after, &figure.id).unwrap();
                prop_assert_eq!(figure.value, then.value, "{}", &figure.id);
            }
        }
        prop_assert!(before.iter().all(|figure| figure.metric.is_money() == figure.currency.is_some()));
    }

    #[test]
    fn the_order_of_what_was_observed_does_not_matter(
        (world, shuffled) in worlds(true).prop_flat_map(|world| {
            let shuffled = Just(world.clone()).prop_shuffle().prop_perturb(|mut world, mut rng| {
                for week in &mut world {
                    if rng.random_bool(0.5) {
                        week.accounts.reverse();
                        week.rows.reverse();
                    }
                }
                world
            });
            (Just(world), shuffled)
        }),
    ) {
        let (one, other) = (pulled(&world), pulled(&shuffled));
        prop_assert!(one.set == other.set);
        prop_assert!(diff(&one.set.figures, &other.set.figures).is_empty());
    }

    #[test]
    fn later_weeks_do_not_change_a_weeks_figures(world in worlds(true)) {
        let mut earlier = pulled(&world);
        earlier.subject.week = week(NEWEST).plus(-2);
        let with_later = figures::compute(&earlier.series, &earlier.subject);
        earlier.series.weeks.retain(|known| known.week <= earlier.subject.week);
        prop_assert_eq!(with_later, figures::compute(&earlier.series, &earlier.subject));
    }

    #[test]
    fn every_figure_explains_to_its_value_and_its_inputs_add_up(world in worlds(true)) {
        let pulled = pulled(&world);
        let explainer = Explainer::new(&pulled.series, &pulled.subject);
        let figures = pulled.set.figures.iter();
        let shown = figures.map(|figure| (&figure.id, figure.value, &figure.display, &figure.note));
        let supporting = pulled.set.supporting.iter();
        let beside =
            supporting.map(|figure| (&figure.id, figure.value, &figure.display, &figure.note));
        for (id, value, display, note) in shown.chain(beside) {
            let explanation = explainer.explain(id).unwrap();
            prop_assert_eq!(explanation.value, value, "{}", id);
            prop_assert_eq!((&explanation.display, &explanation.note), (display, note), "{}", id);
            let inputs = resolve(&explanation, |rows| pulled.rows.get(&rows.digest)).unwrap();
            for (place, term) in explanation.terms.iter().enumerate() {
                let of_term = inputs.iter().filter(|input| input.term == place);
                let sum: Decimal = of_term.map(|input| input.value).sum();
                prop_assert_eq!(sum, term.value, "{} of {}", &term.name, id);
            }
        }
    }

    #[test]
    fn no_figure_without_value_looks_like_one(world in worlds(true)) {
        for figure in pulled(&world).set.figures {
            let has_digit = figure.display.chars().any(|c| c.is_ascii_digit());
            let says_was_0 = figure.display == "was 0";
            prop_assert_eq!(figure.value.is_some(), has_digit && !says_was_0, "{:?}", figure);
        }
    }
}
