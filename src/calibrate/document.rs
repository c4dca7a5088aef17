//! The calibration as a document.
#![expect(clippy::float_arithmetic, reason = "simulated series and their statistics")]

use std::fmt::Write as _;

use weekledger_projections::verdict::gates::Gates;

use super::table::{Calibration, FrontierRow, GATE_MEANS};
use super::{Plan, Share};

impl Calibration {
    /// The document.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let sections = [
            self.head(),
            self.chart_section(),
            self.target_section(),
            self.false_section(),
            self.history_section(),
            self.report_section(),
            self.detection_section(),
            self.frontier_section(),
            self.gate_section(),
            self.detectable_section(),
            self.flat_section(),
            self.unusual_section(),
            self.print_section(),
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
             Printed by `weekledger calibrate --runs {runs} --seed {seed}`. Every share of false alarms is of {runs} \
             simulated series, with a standard error of at most {:.4}; of reports with twenty series and more an eighth \
             as many were watched, and of the rules of the frontier a quarter. Changes are looked for in a quarter as \
             many, those of the targets in all.\n\n\
             The gates: SUSTAINED compares the newest {} weeks with the 8 to 26 before them. It needs a two-sided \
             chance below {} and a rate of at most {} of the baseline's (a fall), or a chance below {} and a \
             baseline of at most {} of the rate (a rise), the newest three weeks on one side, all of it twice in a \
             row. SHOCK, of the newest week alone, needs a chance below {:e} and a factor of {}. The variance is \
             taken to be at least {} times the mean ({} by SHOCK), and by SUSTAINED at least 1 + {} x the weekly \
             mean.\n\n\
             An alert is a false or true *fall* of leads, or of leads per spend: a rise is welcome and named in \
             words only, so the two stand apart.\n",
            (0.25 / f64::from(runs.max(1))).sqrt(),
            base.recent_weeks,
            base.fall.chance,
            base.fall.ratio,
            base.rise.chance,
            base.rise.ratio,
            base.shock.chance,
            base.shock.ratio,
            base.spread_min,
            base.shock_spread_min,
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
            Nothing changes; the share of series that open something within 52 weeks, in percent. Two and five \
            leads a week are low counts. After eight weeks of history nothing is said until the thirteenth.\n\n\
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

    fn history_section(&self) -> String {
        let mut text = "## What the history has to do with it\n\n\
            A baseline is an estimate. False alerts in the year after the tenth of the histories with the fewest \
            leads, after the middle tenth, and after the tenth with the most; in percent, of a tenth of the series.\n\n\
            | world | leads a week | weeks of history | low history | ordinary | high history |\n\
            |---|---|---|---|---|---|\n"
            .to_owned();
        for (world, mean, history, [low, middle, high]) in &self.histories {
            let _ = writeln!(
                text,
                "| {} | {mean} | {history} | {} | {} | {} |",
                world.name(),
                percent(*low),
                percent(*middle),
                percent(*high)
            );
        }
        text
    }

    fn report_section(&self) -> String {
        let mut text = "## False alerts of whole reports\n\n\
            Reports of 1, 4, 9, 24, 49 and 99 accounts: leads and leads per spend of each and of all together, which share \
            their data. Every account has its own rate and its own budget, which wanders by 10 % and takes the \
            leads with it. The share of reports in which any series alerts within 52 weeks, in percent. Nothing \
            is taken off for leads that followed their spend, which the mail does not call an alert.\n\n\
            | world | series | leads a week of an account | any false alert |\n|---|---|---|---|\n"
            .to_owned();
        for (world, series, mean, share) in &self.reports {
            let _ =
                writeln!(text, "| {} | {series} | {mean} | {} |", world.name(), percent(*share));
        }
        text
    }

    fn detection_section(&self) -> String {
        let mut text = "## Changes found\n\n\
             After some ordinary weeks the rate changes for good. Found within eight weeks; in the first \
             week; opened on the wrong side, in percent; weeks until half of what was found was found; weeks open \
             of the first 26 (thirteen, then it is a new level, and more where the newest weeks lie within the \
             band of the old one). After eight weeks of history nothing is said until the thirteenth.\n\n\
             | world | leads a week | weeks of history | change | found | at once | wrong side | weeks until found \
             | weeks open |\n|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (world, mean, history, shift, found) in &self.detection {
            let _ = writeln!(
                text,
                "| {} | {mean} | {history} | {} | {} | {} | {} | {:.0} | {:.1} |",
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
            Other rules, their gates alike for falls and rises: fewer false alarms cost found changes. The rule has \
            the window and the gate of falls of the first row with six weeks; it wants more of rises, which pay \
            less to find. In percent; Poisson unless said.\n\n\
            | weeks | chance | ratio | alert, Poisson 10 | AR 10 | AR 20 | AR 30 | AR 100 | anything, AR 10 \
            | halving found, 30 | weeks | halving found, AR 30 | doubling found, 10 |\n\
            |---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.frontier {
            let [ten, twenty, thirty, hundred] = &row.wandering;
            let [halving, of_ar] = &row.halving;
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {} | {} |",
                row.gates.recent_weeks,
                row.gates.fall.chance,
                row.gates.fall.ratio,
                percent(row.poisson.alert),
                percent(ten.alert),
                percent(twenty.alert),
                percent(thirty.alert),
                percent(hundred.alert),
                percent(ten.any),
                percent(halving.found),
                halving.delay,
                percent(of_ar.found),
                percent(row.doubling.found)
            );
        }
        text.push_str(
            "\nEach rule as weeks/chance/ratio; `a` false alerts of AR 20 (a sign for each fifth of a percent), `h` \
             halvings missed at 30 a week of AR (a sign for each percent):\n\n```\n",
        );
        self.frontier.iter().for_each(|row| text.push_str(&plot(row)));
        text.push_str("```\n");
        text
    }

    fn gate_section(&self) -> String {
        let mut text = "## Gates by the number of series\n\n\
            Stricter where more series may alert. False alerts a year of one series (AR(1) 0.5, 20 %) by its leads a \
            week; of any of so many at the worst of these, if they had nothing to do with each other; and of any of \
            a whole report's at the worst (see above). In percent.\n\n\
            | series up to | fall | rise | alert at 10 | at 20 | at 30 | at 50 | at 100 | any, if independent | any, of a report \
            | halving found, 30 | doubling found, 10 |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.gates {
            let gates = Gates::for_series(row.series);
            let worst = row.alerts.iter().map(|share| share.value()).fold(0.0, f64::max);
            let none = (0..row.series).fold(1.0, |all, _| all * (1.0 - worst));
            let alerts = row.alerts.map(percent).join(" | ");
            let _ = writeln!(
                text,
                "| {} | {} / {} | {} / {} | {alerts} | {:.1} | {} | {} | {} |",
                row.series,
                gates.fall.chance,
                gates.fall.ratio,
                gates.rise.chance,
                gates.rise.ratio,
                (1.0 - none) * 100.0,
                percent(self.worst_report(row.series)),
                percent(row.halving.found),
                percent(row.doubling.found)
            );
        }
        text.push_str("\nAlert by leads a week, a sign for each tenth of a percent:\n\n```\n");
        for row in &self.gates {
            for (mean, share) in GATE_MEANS.iter().zip(row.alerts) {
                let bar = "a".repeat(signs(share, 1000));
                let _ = writeln!(text, "{:<3} {mean:<4} {bar}", row.series);
            }
        }
        text.push_str("```\n");
        text
    }

    fn detectable_section(&self) -> String {
        let mut text = "## The smallest change that is found\n\n\
            With 80 % probability within eight weeks, in percent, in steps of 5, of 5000 series; weeks whose rate \
            varies by 20 %. These rows are the table `DETECTABLE` of the code.\n\n\
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

    fn unusual_section(&self) -> String {
        let mut text = "## Usual changes\n\n\
            The share of ordinary weeks whose change on the week before lies outside of the usual range and is \
            called unusual, in percent. The range leaves out about a tenth of further changes: of 12 (13 weeks) \
            15 % are to be expected, of 19 10 %, of 25 8 %, of 39 10 %. Weeks that a note excludes and weeks of a \
            signal are no part of it.\n\n\
            | world | leads a week | weeks of history | unusual |\n|---|---|---|---|\n"
            .to_owned();
        for (world, mean, history, share) in &self.unusual {
            let _ =
                writeln!(text, "| {} | {mean} | {history} | {} |", world.name(), percent(*share));
        }
        text
    }

    fn print_section(&self) -> String {
        let mut text = "## The first series\n\n\
            What the first 250 series of some cells said; a test draws them again and compares.\n\n\
            | cell | of 250 |\n|---|---|\n"
            .to_owned();
        for print in &self.prints {
            let _ = writeln!(text, "| {} | {} |", print.cell, print.hits);
        }
        text
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
            "\nThe limits are of false alerts. Those on anything said falsely count welcome rises as well: a rate of \
             ten leads a week that wanders by 20 % doubles by itself now and then for six weeks, and finding a true \
             doubling in nine cases of ten leaves no room to tell the two apart. No rise is an alert, so the reader \
             pays for one with a sentence, not with an alarm.\n",
        );
        text
    }
}

fn plot(row: &FrontierRow) -> String {
    let [_, twenty, ..] = &row.wandering;
    let [_, of_ar] = &row.halving;
    let missed = Share { hits: of_ar.found.runs - of_ar.found.hits, ..of_ar.found };
    let Gates { recent_weeks, fall, .. } = &row.gates;
    let rule = format!("{recent_weeks}/{}/{}", fall.chance, fall.ratio);
    format!(
        "{rule:<13} {}\n              {}\n",
        "a".repeat(signs(twenty.alert, 500)),
        "h".repeat(signs(missed, 100))
    )
}

/// How many signs of which a whole has so many.
fn signs(share: Share, whole: u32) -> usize {
    (share.hits * whole).div_ceil(share.runs.max(1)) as usize
}

fn percent(share: Share) -> String {
    format!("{:.2}", share.value() * 100.0)
}
