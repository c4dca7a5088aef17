//! `backtest`: what the rules would have said, series by series.

use std::fmt::Write as _;

use serde::Serialize;
use weekledger_events::{ReportId, Week};
use weekledger_projections::backtest::{Backtest, Spoken};

use super::{Align, Answer, Table};

/// The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct BacktestAnswer(pub Vec<ReportBacktest>);

/// One report over all that its newest week knows.
#[derive(Debug, Serialize)]
pub struct ReportBacktest {
    pub report: ReportId,
    pub newest_week: Week,
    pub sentence: String,
    #[serde(flatten)]
    pub backtest: Backtest,
}

impl Answer for BacktestAnswer {
    fn for_people(&self) -> String {
        let mut text = String::new();
        for report in &self.0 {
            let mut table = Table::new([
                ("SERIES", Align::Left),
                ("JUDGED WEEKS", Align::Right),
                ("ALERTS", Align::Left),
                ("WELCOME", Align::Left),
            ]);
            for series in &report.backtest.series {
                table.row([
                    series.figure.clone(),
                    series.judged_weeks.to_string(),
                    weeks(&series.openings, true),
                    weeks(&series.openings, false),
                ]);
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{}, as known in {}\n{table}", report.report, report.newest_week);
            let _ = writeln!(text, "{}", report.sentence);
        }
        text
    }
}

fn weeks(openings: &[Spoken], alerts: bool) -> String {
    let chosen = openings.iter().filter(|spoken| spoken.alert == alerts);
    let shown: Vec<String> = chosen
        .map(|spoken| match spoken.unconfirmed {
            true => format!("{} (one week)", spoken.week),
            false => spoken.week.to_string(),
        })
        .collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
