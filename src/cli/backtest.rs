//! `backtest`: the rules of the verdicts over one's own ledger.

use weekledger::evidence;
use weekledger_events::{ReportId, StreamId};
use weekledger_projections::backtest::backtest;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::backtest::{BacktestAnswer, ReportBacktest};
use crate::records::{Records, evidence_failure};
use crate::world::block_on;

/// Say how often the verdicts would have spoken over the ledger
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger backtest
  weekledger backtest --report weekly --json

Each series that may alert is judged week by week, as its weeks are known now. What happened in a
week decides whether an alert was right: write it down with `weekledger note`.")]
pub struct Args {
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let records = Records::open(context).await?;
        let streams = records.streams(args.report.as_ref()).await?;
        let mut reports: Vec<ReportBacktest> = Vec::new();
        for stream in streams.into_iter().rev() {
            if reports.iter().any(|known| known.report == stream.report) {
                continue;
            }
            reports.extend(of_week(&records, &stream).await?);
        }
        reports.reverse();
        if reports.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "no week has figures yet\n  fix: weekledger run, or weekledger backfill",
            ));
        }
        context.answer(&BacktestAnswer(reports), args.answer)?;
        Ok(Exit::Done)
    })
}

/// `None` if the week has no figures.
async fn of_week(records: &Records, stream: &StreamId) -> Result<Option<ReportBacktest>, Failure> {
    let loaded = records.week(stream).await?;
    let Ok(computed) = evidence::computed(&loaded, None) else { return Ok(None) };
    let known = evidence::series(&records.store, &loaded, &computed).await;
    let (series, subject) = known.map_err(evidence_failure)?;
    let backtest = backtest(&series, &subject);
    Ok(Some(ReportBacktest {
        report: stream.report.clone(),
        newest_week: stream.week,
        sentence: backtest.sentence(),
        backtest,
    }))
}
