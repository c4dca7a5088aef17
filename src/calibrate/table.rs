//! What is measured, against what was wanted.
#![expect(clippy::float_arithmetic, reason = "simulated series and their statistics")]

use weekledger_projections::verdict::gates::{BY_SERIES, Gate, Gates};

use super::charts::{ChartRow, charts};
use super::detect::{DetectableRow, Detection, HISTORY, Shift, detectable, detection};
use super::falsely::{Falsely, by_history, falsely, flat_share, unusual_share};
use super::parallel;
use super::reports::{reports, series_of};
use super::worlds::{Lateness, World};
use super::{Plan, Share};

/// Everything that is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub plan: Plan,
    pub charts: Vec<ChartRow>,
    pub falsely: Vec<(World, f64, u32, Falsely)>,
    /// After a low, an ordinary and a high history.
    pub histories: Vec<(World, f64, u32, [Share; 3])>,
    pub detection: Vec<(World, f64, u32, Shift, Detection)>,
    pub flat: Vec<(World, f64, u32, Share)>,
    /// Steps outside of their usual range.
    pub unusual: Vec<(World, f64, u32, Share)>,
    /// By the most series that a row of gates serves.
    pub gates: Vec<GateRow>,
    /// By series and leads a week of each account.
    pub reports: Vec<(World, usize, f64, Share)>,
    pub frontier: Vec<FrontierRow>,
    pub detectable: Vec<(usize, DetectableRow)>,
    pub prints: Vec<Print>,
}

/// One row of gates, over series that wander.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateRow {
    pub series: usize,
    /// At each of `GATE_MEANS`.
    pub alerts: [Share; 5],
    pub halving: Detection,
    pub doubling: Detection,
}

/// A rule that could have been chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontierRow {
    pub gates: Gates,
    pub poisson: Falsely,
    /// AR(1) at 10, 20, 30 and 100 a week.
    pub wandering: [Falsely; 4],
    /// Of 30 a week: Poisson, and AR(1).
    pub halving: [Detection; 2],
    pub doubling: Detection,
}

/// What the first few series of a cell said, one by one: another rule says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    pub cell: String,
    pub hits: u32,
}

pub const AR: World = World::Wandering(0.2, 0.5);
const WORLDS: [World; 8] = [
    World::Poisson,
    World::Overdispersed(1.5),
    World::Overdispersed(2.5),
    World::Scattered(0.2),
    AR,
    World::Seasonal,
    World::Late(Lateness::Unknown),
    World::Late(Lateness::Learned),
];
const MEANS: [f64; 7] = [2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0];
/// The means that are watched after every length of history.
const SOME_MEANS: [f64; 2] = [10.0, 30.0];
/// Those of late worlds, where every Monday looks at five weeks again.
const LATE_MEANS: [f64; 3] = [2.0, 10.0, 30.0];
const HISTORIES: [u32; 4] = [8, 12, 26, 52];
const SHIFTS: [Shift; 7] = [
    Shift::Step(0.2),
    Shift::Step(0.5),
    Shift::Step(0.67),
    Shift::Step(1.5),
    Shift::Step(2.0),
    Shift::Drift(0.95),
    Shift::Drift(1.05),
];
const HALF_AND_DOUBLE: [Shift; 2] = [Shift::Step(0.5), Shift::Step(2.0)];
pub const GATE_MEANS: [f64; 5] = [10.0, 20.0, 30.0, 50.0, 100.0];
/// Accounts of the reports that are watched: the most that each row of gates serves.
const ACCOUNTS: [usize; 6] = [1, 4, 9, 24, 49, 99];
const REPORT_MEANS: [f64; 3] = [10.0, 20.0, 50.0];
const DETECTABLE_MEANS: [u32; 12] = [2, 3, 5, 8, 10, 15, 20, 30, 50, 100, 200, 500];
/// The code quotes these numbers, so that a quick look measures them as well as a long one.
const DETECTABLE_RUNS: u32 = 5_000;
/// What can be found is said of weeks that vary somewhat more than chance alone.
const DETECTABLE_WORLD: World = World::Scattered(0.2);
/// Series whose answers are printed one by one.
const PRINT_RUNS: u32 = 250;

/// Measures everything.
pub fn calibrate(plan: Plan) -> Calibration {
    let fewer = Plan { runs: plan.runs.div_ceil(4), ..plan };
    let findable = Plan { runs: DETECTABLE_RUNS, ..plan };
    let detectable_cells: Vec<(usize, u32)> =
        BY_SERIES.iter().flat_map(|(most, _)| DETECTABLE_MEANS.map(|mean| (*most, mean))).collect();
    let history_cells = [(World::Poisson, 10.0), (AR, 10.0), (AR, 30.0)];
    Calibration {
        plan,
        charts: charts(plan),
        falsely: parallel::each(&false_cells(), |_, (world, mean, history)| {
            (*world, *mean, *history, falsely(plan, *world, *mean, *history, &Gates::BASE))
        }),
        histories: parallel::each(&history_cells, |_, (world, mean)| {
            (*world, *mean, HISTORY, by_history(plan, *world, *mean, HISTORY, &Gates::BASE))
        }),
        detection: parallel::each(&shift_cells(), |_, (world, mean, history, shift)| {
            let is_target = matches!(world, World::Poisson) && *history == HISTORY;
            let plan = if is_target { plan } else { fewer };
            let found = detection(plan, *world, (*mean, *history), *shift, &Gates::BASE);
            (*world, *mean, *history, *shift, found)
        }),
        flat: parallel::each(&flat_cells(), |_, (world, mean, history)| {
            (*world, *mean, *history, flat_share(plan, *world, *mean, *history))
        }),
        unusual: parallel::each(&unusual_cells(), |_, (world, mean, history)| {
            (*world, *mean, *history, unusual_share(fewer, *world, *mean, *history))
        }),
        gates: parallel::each(&BY_SERIES, |_, (series, gates)| GateRow {
            series: *series,
            alerts: GATE_MEANS.map(|mean| falsely(plan, AR, mean, HISTORY, gates).alert),
            halving: halving(fewer, World::Poisson, gates),
            doubling: doubling(fewer, gates),
        }),
        reports: parallel::each(&report_cells(), |_, (world, accounts, mean)| {
            let series = series_of(*accounts);
            // Of twenty series and more, an eighth of the reports has more series-years.
            let eighth = Plan { runs: plan.runs.div_ceil(8), ..plan };
            let plan = if series > 10 { eighth } else { plan };
            (
                *world,
                series,
                *mean,
                reports(plan, *world, *accounts, *mean, Gates::for_series(series)),
            )
        }),
        frontier: parallel::each(&rules(), |_, gates| frontier_row(fewer, *gates)),
        detectable: parallel::each(&detectable_cells, |_, (most, mean)| {
            (*most, detectable(findable, DETECTABLE_WORLD, *mean, Gates::for_series(*most)))
        }),
        prints: prints(plan.seed),
    }
}

fn false_cells() -> Vec<(World, f64, u32)> {
    let means = |world, history| match (world, history == HISTORY) {
        (World::Late(_), true) => &LATE_MEANS[..],
        (World::Late(_), false) => &SOME_MEANS[..1],
        (_, true) => &MEANS[..],
        (_, false) => &SOME_MEANS[..],
    };
    let mut cells = Vec::new();
    for world in WORLDS {
        for history in HISTORIES {
            cells.extend(means(world, history).iter().map(|mean| (world, *mean, history)));
        }
    }
    cells
}

fn shift_cells() -> Vec<(World, f64, u32, Shift)> {
    let mut cells = Vec::new();
    for world in WORLDS {
        let shifts = match world {
            World::Poisson | World::Wandering(..) => &SHIFTS[..],
            _ => &HALF_AND_DOUBLE[..],
        };
        for mean in [5.0, 10.0, 30.0, 100.0] {
            cells.extend(shifts.iter().map(|shift| (world, mean, HISTORY, *shift)));
        }
        for history in [8, 12, 52] {
            let of = |mean| HALF_AND_DOUBLE.map(|shift| (world, mean, history, shift));
            cells.extend([10.0, 30.0].into_iter().flat_map(of));
        }
    }
    cells
}

fn flat_cells() -> Vec<(World, f64, u32)> {
    [World::Poisson, World::Scattered(0.2), AR]
        .into_iter()
        .flat_map(|world| [12, 26].map(|history| (world, history)))
        .flat_map(|(world, history)| [5.0, 10.0, 30.0, 1000.0].map(|mean| (world, mean, history)))
        .collect()
}

fn unusual_cells() -> Vec<(World, f64, u32)> {
    let of = |world| {
        [13, 20, 26, 40, 52].map(|history| [10.0, 30.0, 100.0].map(|mean| (world, mean, history)))
    };
    [World::Poisson, AR].into_iter().flat_map(of).flatten().collect()
}

fn report_cells() -> Vec<(World, usize, f64)> {
    let of = |accounts| REPORT_MEANS.map(move |mean| (AR, accounts, mean));
    let steady = ACCOUNTS.map(|accounts| (World::Poisson, accounts, 10.0));
    ACCOUNTS.into_iter().flat_map(of).chain(steady).collect()
}

fn halving(plan: Plan, world: World, gates: &Gates) -> Detection {
    detection(plan, world, (30.0, HISTORY), Shift::Step(0.5), gates)
}

fn doubling(plan: Plan, gates: &Gates) -> Detection {
    detection(plan, World::Poisson, (10.0, HISTORY), Shift::Step(2.0), gates)
}

/// Rules around the chosen one: other windows, chances and sizes, alike for falls and rises.
fn rules() -> Vec<Gates> {
    let with = |recent_weeks, chance, ratio| {
        let gate = Gate { chance, ratio };
        Gates { recent_weeks, fall: gate, rise: gate, ..Gates::BASE }
    };
    let mut rules: Vec<Gates> = [4, 5, 6, 8].map(|weeks| with(weeks, 0.01, 0.63)).into();
    rules.extend([0.001, 0.002, 0.004, 0.02, 0.04].map(|chance| with(6, chance, 0.63)));
    rules.extend([0.55, 0.6, 0.66].map(|ratio| with(6, 0.01, ratio)));
    rules
}

fn frontier_row(plan: Plan, gates: Gates) -> FrontierRow {
    let of = |world, mean| falsely(plan, world, mean, HISTORY, &gates);
    FrontierRow {
        gates,
        poisson: of(World::Poisson, 10.0),
        wandering: [10.0, 20.0, 30.0, 100.0].map(|mean| of(AR, mean)),
        halving: [World::Poisson, AR].map(|world| halving(plan, world, &gates)),
        doubling: doubling(plan, &gates),
    }
}

/// Few series, so that a test can draw them again: what each row of gates makes of the very same ones.
pub fn prints(seed: u64) -> Vec<Print> {
    let plan = Plan { seed, runs: PRINT_RUNS };
    let mut prints = Vec::new();
    for (series, gates) in BY_SERIES {
        let mut add = |what: &str, share: Share| {
            let cell = format!("gates of {series}: {what}");
            prints.push(Print { cell, hits: share.hits });
        };
        let year = falsely(plan, AR, 20.0, HISTORY, &gates);
        add("anything said of AR(1) at 20", year.any);
        add("halving of AR(1) at 30 found", halving(plan, AR, &gates).found);
        add("doubling of Poisson at 10 found", doubling(plan, &gates).found);
        let fifth = detection(plan, AR, (30.0, HISTORY), Shift::Step(0.2), &gates);
        add("a fall to a fifth of AR(1) at 30 found at once", fifth.at_once);
        let tenths = |found: Detection| Share { hits: (found.open_weeks * 10.0) as u32, runs: 0 };
        add("tenths of weeks open after it", tenths(fifth));
        let late = World::Late(Lateness::Unknown);
        let late = detection(plan, late, (20.0, HISTORY), Shift::Step(0.5), &gates);
        add("halving of late leads at 20 found", late.found);
    }
    prints
}

impl Calibration {
    fn alert(&self, world: World, mean: f64) -> Falsely {
        let cell = self
            .falsely
            .iter()
            .find(|(of, at, history, _)| *of == world && same(*at, mean) && *history == HISTORY);
        cell.map(|(.., found)| *found).unwrap_or_default()
    }

    fn found(&self, mean: f64, factor: f64) -> Detection {
        let cell = self.detection.iter().find(|(of, at, history, shift, _)| {
            *of == World::Poisson
                && same(*at, mean)
                && *history == HISTORY
                && *shift == Shift::Step(factor)
        });
        cell.map(|(.., found)| *found).unwrap_or_default()
    }

    /// The largest share of reports of so many series with a false alert in a year.
    pub fn worst_report(&self, series: usize) -> Share {
        let of = self.reports.iter().filter(|(_, at, ..)| *at == series).map(|(.., share)| *share);
        of.max_by(|a, b| a.value().total_cmp(&b.value())).unwrap_or_default()
    }

    /// What was wanted, what came of it, and whether that is enough.
    pub fn targets(&self) -> Vec<Target> {
        let at_most = |what: &str, share: Share, most: f64| Target {
            what: what.to_owned(),
            wanted: format!("at most {most} %"),
            found: share,
            met: share.value() * 100.0 <= most,
        };
        let at_least = |what: &str, share: Share, least: f64| Target {
            what: what.to_owned(),
            wanted: format!("at least {least} %"),
            found: share,
            met: share.value() * 100.0 >= least,
        };
        let poisson = self.alert(World::Poisson, 10.0);
        let [ten, thirty, hundred] = [10.0, 30.0, 100.0].map(|mean| self.alert(AR, mean));
        let report = |series| {
            let what = format!("false alerts a year of a report of {series} series, AR(1)");
            at_most(&what, self.worst_report(series), 10.0)
        };
        let mut targets = vec![
            at_most("false alerts a year, Poisson, 10 a week", poisson.alert, 0.5),
            at_most("false alerts a year, AR(1) 0.5 and 20 %, 10 a week", ten.alert, 3.0),
            at_most("the same, 30 a week", thirty.alert, 10.0),
            at_most("the same, 100 a week", hundred.alert, 10.0),
            at_most("false SHOCK alerts a year, AR(1), 10 a week", ten.shock, 0.1),
            at_most("the same, 30 a week", thirty.shock, 0.7),
            at_most("the same, 100 a week", hundred.shock, 2.2),
            at_least("doubling found in eight weeks, 10 a week", self.found(10.0, 2.0).found, 90.0),
            at_least("halving found in eight weeks, 30 a week", self.found(30.0, 0.5).found, 96.0),
            at_least(
                "a fall to a fifth found at once, 100 a week",
                self.found(100.0, 0.2).at_once,
                96.0,
            ),
            at_most("anything said falsely a year, Poisson, 10 a week", poisson.any, 0.5),
            at_most("the same, AR(1), 10 a week", ten.any, 3.0),
            at_most("the same, AR(1), 30 a week", thirty.any, 10.0),
            at_most("the same, AR(1), 100 a week", hundred.any, 10.0),
        ];
        targets.extend(BY_SERIES.map(|(series, _)| report(series)));
        targets
    }
}

/// One of the things wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub what: String,
    pub wanted: String,
    pub found: Share,
    pub met: bool,
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}
