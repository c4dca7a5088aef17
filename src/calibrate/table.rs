//! The calibration as a document: what was measured, against what was wanted.
#![expect(clippy::float_arithmetic, reason = "simulated series and their statistics")]

use std::fmt::Write as _;

use weekledger_projections::verdict::gates::{BY_SERIES, Gate, Gates};

use super::charts::{ChartRow, charts};
use super::detect::{DetectableRow, Detection, HISTORY, Shift, detectable, detection};
use super::falsely::{Falsely, falsely, flat_share};
use super::parallel;
use super::worlds::{Lateness, World};
use super::{Plan, Share};

/// Everything that is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub plan: Plan,
    pub charts: Vec<ChartRow>,
    pub falsely: Vec<(World, f64, u32, Falsely)>,
    pub detection: Vec<(World, f64, Shift, Detection)>,
    pub flat: Vec<(World, f64, u32, Share)>,
    /// By the most series that a row of gates serves.
    pub gates: Vec<(usize, [Falsely; 3], Detection, Detection)>,
    pub frontier: Vec<(f64, [Falsely; 4], Detection, Detection)>,
    pub detectable: Vec<(usize, DetectableRow)>,
}

const AR: World = World::Wandering(0.2, 0.5);
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
const MEANS: [f64; 5] = [2.0, 5.0, 10.0, 30.0, 100.0];
const HISTORIES: [u32; 3] = [12, 26, 52];
const SHIFTS: [Shift; 7] = [
    Shift::Step(0.2),
    Shift::Step(0.5),
    Shift::Step(0.67),
    Shift::Step(1.5),
    Shift::Step(2.0),
    Shift::Drift(0.95),
    Shift::Drift(1.05),
];
/// Chances of the frontier.
const CHANCES: [f64; 6] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03];
const DETECTABLE_MEANS: [u32; 12] = [2, 3, 5, 8, 10, 15, 20, 30, 50, 100, 200, 500];
/// What can be found is said of weeks that vary somewhat more than chance alone.
const DETECTABLE_WORLD: World = World::Scattered(0.2);

/// Measures everything.
pub fn calibrate(plan: Plan) -> Calibration {
    let mut false_cells = Vec::new();
    for world in WORLDS {
        for history in HISTORIES {
            let all = history == HISTORY || matches!(world, World::Poisson) || world == AR;
            false_cells.extend(MEANS.iter().filter(|_| all).map(|mean| (world, *mean, history)));
        }
    }
    let mut shift_cells = Vec::new();
    for world in [World::Poisson, AR] {
        for mean in [5.0, 10.0, 30.0, 100.0] {
            shift_cells.extend(SHIFTS.iter().map(|shift| (world, mean, *shift)));
        }
    }
    let flat_cells: Vec<(World, f64, u32)> = [World::Poisson, World::Scattered(0.2), AR]
        .into_iter()
        .flat_map(|world| [12, 26].map(|history| (world, history)))
        .flat_map(|(world, history)| [5.0, 10.0, 30.0, 1000.0].map(|mean| (world, mean, history)))
        .collect();
    let detectable_cells: Vec<(usize, u32)> =
        BY_SERIES.iter().flat_map(|(most, _)| DETECTABLE_MEANS.map(|mean| (*most, mean))).collect();
    let halving = |gates: &Gates| detection(plan, World::Poisson, 30.0, Shift::Step(0.5), gates);
    let doubling = |gates: &Gates| detection(plan, World::Poisson, 10.0, Shift::Step(2.0), gates);
    Calibration {
        plan,
        charts: charts(plan),
        falsely: parallel::each(&false_cells, |_, (world, mean, history)| {
            (*world, *mean, *history, falsely(plan, *world, *mean, *history, &Gates::BASE))
        }),
        detection: parallel::each(&shift_cells, |_, (world, mean, shift)| {
            (*world, *mean, *shift, detection(plan, *world, *mean, *shift, &Gates::BASE))
        }),
        flat: parallel::each(&flat_cells, |_, (world, mean, history)| {
            (*world, *mean, *history, flat_share(plan, *world, *mean, *history))
        }),
        gates: parallel::each(&BY_SERIES, |_, (most, gates)| {
            let of = |mean| falsely(plan, AR, mean, HISTORY, gates);
            (*most, [of(10.0), of(30.0), of(100.0)], halving(gates), doubling(gates))
        }),
        frontier: parallel::each(&CHANCES, |_, chance| {
            let gates = with_chance(*chance);
            let of = |world, mean| falsely(plan, world, mean, HISTORY, &gates);
            let falsely = [of(World::Poisson, 10.0), of(AR, 10.0), of(AR, 30.0), of(AR, 100.0)];
            (*chance, falsely, halving(&gates), doubling(&gates))
        }),
        detectable: parallel::each(&detectable_cells, |_, (most, mean)| {
            let fewer = Plan { runs: plan.runs.div_ceil(4), ..plan };
            (*most, detectable(fewer, DETECTABLE_WORLD, *mean, Gates::for_series(*most)))
        }),
    }
}

fn with_chance(chance: f64) -> Gates {
    let base = Gates::BASE;
    Gates { fall: Gate { chance, ..base.fall }, rise: Gate { chance, ..base.rise }, ..base }
}

impl Calibration {
    /// The document.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let sections = [
            self.head(),
            self.chart_section(),
            self.target_section(),
            self.false_section(),
            self.detection_section(),
            self.frontier_section(),
            self.gate_section(),
            self.detectable_section(),
            self.flat_section(),
        ];
        for section in sections {
            text.push_str(&section);
            text.push('\n');
        }
        text
    }

    fn head(&self) -> String {
        let Plan { seed, runs } = self.plan;
        let base = Gates::BASE;
        format!(
            "# Calibration of the verdicts\n\n\
             Printed by `weekledger calibrate --runs {runs} --seed {seed}`. Every share is of {runs} simulated \
             series (of what can be found: a quarter of them); its standard error is at most {:.4}.\n\n\
             The gates: SUSTAINED needs a two-sided chance below {} and a rate of at most {} of the baseline's \
             (a fall) or a baseline of at most {} of it (a rise), twice in a row; SHOCK a chance below {:e} and a \
             factor of {}. The variance is taken to be at least {} times the mean, and at least 1 + {} x the weekly \
             mean for four weeks.\n\n\
             An alert is a false or true *fall* of leads, or of leads per spend: a rise is welcome and named in \
             words only, so the two stand apart.\n",
            (0.25 / f64::from(runs.max(1))).sqrt(),
            base.fall.chance,
            base.fall.ratio,
            base.rise.ratio,
            base.shock.chance,
            base.shock.ratio,
            base.spread_min,
            base.wander,
        )
    }

    fn chart_section(&self) -> String {
        let mut text = "## The harness against exact results\n\n\
            Mean points until a signal, of charts of Champ and Woodall (1987); their values as printed in the \
            manual of R's package spc.\n\n\
            | rules | shift | published | simulated | standard errors apart |\n|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.charts {
            let _ = writeln!(
                text,
                "| {} | {} | {:.2} | {:.2} ± {:.2} | {:+.1} |",
                row.chart.name,
                row.shift,
                row.published,
                row.simulated.mean,
                row.simulated.error,
                row.distance()
            );
        }
        text
    }

    fn false_section(&self) -> String {
        let mut text = "## False alarms in a year of one series\n\n\
            Nothing changes; the share of series that open something within 52 weeks, in percent.\n\n\
            | world | leads a week | weeks of history | alert | of these by SHOCK | welcome rise | anything |\n\
            |---|---|---|---|---|---|---|\n"
            .to_owned();
        for (world, mean, history, found) in &self.falsely {
            let _ = writeln!(
                text,
                "| {} | {mean} | {history} | {} | {} | {} | {} |",
                world.name(),
                percent(found.alert),
                percent(found.shock),
                percent(found.rise),
                percent(found.any)
            );
        }
        text
    }

    fn detection_section(&self) -> String {
        let mut text = format!(
            "## Changes found\n\n\
             After {HISTORY} ordinary weeks the rate changes for good. Found within eight weeks; in the first \
             week; opened on the wrong side, in percent; weeks until half of what was found was found; weeks open \
             of the first 26 (at most 13 and the week of the end: then it is a new level).\n\n\
             | world | leads a week | change | found | at once | wrong side | weeks until found | weeks open |\n\
             |---|---|---|---|---|---|---|---|\n"
        );
        for (world, mean, shift, found) in &self.detection {
            let _ = writeln!(
                text,
                "| {} | {mean} | {} | {} | {} | {} | {:.0} | {:.1} |",
                world.name(),
                shift.name(),
                percent(found.found),
                percent(found.at_once),
                percent(found.wrong),
                found.delay,
                found.open_weeks
            );
        }
        text
    }

    fn frontier_section(&self) -> String {
        let mut text = "## The frontier\n\n\
            Both gates of SUSTAINED at other chances: fewer false alarms cost found changes. In percent.\n\n\
            | chance | alert, Poisson 10 | AR 10 | AR 30 | AR 100 | anything, AR 10 | halving found, 30 | doubling found, 10 |\n\
            |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (chance, [poisson, ten, thirty, hundred], halving, doubling) in &self.frontier {
            let _ = writeln!(
                text,
                "| {chance} | {} | {} | {} | {} | {} | {} | {} |",
                percent(poisson.alert),
                percent(ten.alert),
                percent(thirty.alert),
                percent(hundred.alert),
                percent(ten.any),
                percent(halving.found),
                percent(doubling.found)
            );
        }
        text.push_str(
            "\nEach line is a chance; `a` false alerts of AR 30 (a sign for each half percent), `h` halvings \
             missed (a sign for each percent):\n\n```\n",
        );
        for (chance, [_, _, thirty, _], halving, _) in &self.frontier {
            let missed = Share { hits: halving.found.runs - halving.found.hits, ..halving.found };
            let bar = |sign: &str, share: Share, unit: u32| {
                sign.repeat((share.hits * unit).div_ceil(share.runs.max(1)) as usize)
            };
            let _ = writeln!(text, "{chance:<6} {}", bar("a", thirty.alert, 200));
            let _ = writeln!(text, "       {}", bar("h", missed, 100));
        }
        text.push_str("```\n");
        text
    }

    fn gate_section(&self) -> String {
        let mut text = "## Gates by the number of series\n\n\
            Stricter where more series may alert. False alerts a year of one series (AR(1) 0.5, 20 %), and of any of \
            so many independent ones at 30 a week; in percent. A report of four such series raises a false alert in \
            about a fifth of the years if its rates do wander so far by themselves, and in less than one of a \
            hundred if they do not (Poisson).\n\n\
            | series up to | chance | alert at 10 | at 30 | at 100 | any series at 30 | halving found, 30 | doubling found, 10 |\n\
            |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (most, [ten, thirty, hundred], halving, doubling) in &self.gates {
            let chance = Gates::for_series(*most).fall.chance;
            let none = (0..*most).fold(1.0, |all, _| all * (1.0 - thirty.alert.value()));
            let _ = writeln!(
                text,
                "| {most} | {chance} | {} | {} | {} | {:.1} | {} | {} |",
                percent(ten.alert),
                percent(thirty.alert),
                percent(hundred.alert),
                (1.0 - none) * 100.0,
                percent(halving.found),
                percent(doubling.found)
            );
        }
        text
    }

    fn detectable_section(&self) -> String {
        let mut text = "## The smallest change that is found\n\n\
            With 80 % probability within eight weeks, in percent, in steps of 5; weeks whose rate varies by 20 %. \
            These rows are the table `DETECTABLE` of the code.\n\n\
            | series up to | leads a week | fall | rise |\n|---|---|---|---|\n"
            .to_owned();
        let shown =
            |found: Option<u32>| found.map_or("none".to_owned(), |percent| percent.to_string());
        for (most, row) in &self.detectable {
            let _ = writeln!(
                text,
                "| {most} | {} | {} | {} |",
                row.mean,
                shown(row.fall),
                shown(row.rise)
            );
        }
        text
    }

    fn flat_section(&self) -> String {
        let mut text = "## Direction\n\n\
            The share of ordinary weeks that are called FLAT, in percent; 90 are meant, and counts are whole, so \
            that small ones are called flat more often.\n\n\
            | world | a week | weeks of history | flat |\n|---|---|---|---|\n"
            .to_owned();
        for (world, mean, history, share) in &self.flat {
            let _ =
                writeln!(text, "| {} | {mean} | {history} | {} |", world.name(), percent(*share));
        }
        text
    }

    fn alert(&self, world: World, mean: f64) -> Falsely {
        let cell = self
            .falsely
            .iter()
            .find(|(of, at, history, _)| *of == world && same(*at, mean) && *history == HISTORY);
        cell.map(|(.., found)| *found).unwrap_or_default()
    }

    fn found(&self, mean: f64, factor: f64) -> Detection {
        let cell = self.detection.iter().find(|(of, at, shift, _)| {
            *of == World::Poisson && same(*at, mean) && *shift == Shift::Step(factor)
        });
        cell.map(|(.., found)| *found).unwrap_or_default()
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
        vec![
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
        ]
    }

    fn target_section(&self) -> String {
        let mut text = "## Against the targets\n\n\
            | target | wanted | measured | |\n|---|---|---|---|\n"
            .to_owned();
        for target in self.targets() {
            let met = if target.met { "met" } else { "missed" };
            let (what, wanted) = (&target.what, &target.wanted);
            let _ = writeln!(text, "| {what} | {wanted} | {} % | {met} |", percent(target.found));
        }
        text.push_str(
            "\nWhat is missed is missed by welcome rises: a rate that wanders by 20 % doubles by itself now and then \
             for four weeks, and finding a true doubling of ten leads a week in nine cases of ten leaves no room to \
             tell the two apart. No rise is an alert, so the reader pays for one with a sentence, not with an alarm.\n",
        );
        text
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

fn percent(share: Share) -> String {
    format!("{:.2}", share.value() * 100.0)
}
