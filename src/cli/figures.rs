//! `figures`: the exact figures of a week.

use weekledger::chain::Loaded;
use weekledger::evidence::{self, EvidenceError};
use weekledger_events::{ReportId, Revision, StreamId, Week};
use weekledger_projections::figure::{Figure, Level, Metric, Window};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::figures::{Figures, FiguresWithIds};
use crate::records::{Records, evidence_failure};
use crate::world::{block_on, failed};

/// Print the figures of a week, exact
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger figures
  weekledger figures 2026-W47 --level report --window week
  weekledger figures 2026-W47 --metric cpl --json
  weekledger figures 2026-W47 --level account --ids     the ids that audit --figure takes
  weekledger figures 2026-W47 --csv > figures.csv

Levels: report, account, campaign, ad_set.
Windows: week, previous_week, four_weeks, previous_four_weeks, all_time, week_change,
four_week_change.")]
pub struct Args {
    /// The week; the newest one with figures if it is left out
    #[arg(value_name = "WEEK")]
    week: Option<Week>,
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// Only this level
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Only this metric
    #[arg(long, value_name = "METRIC")]
    metric: Option<Metric>,
    /// Only this window
    #[arg(long, value_name = "WINDOW")]
    window: Option<Window>,
    /// As this revision has them; the newest one with figures if it is left out
    #[arg(long, value_name = "N", value_parser = revision)]
    revision: Option<Revision>,
    /// Show the id of each figure, for `audit --figure`; JSON and CSV always have it
    #[arg(long)]
    ids: bool,
    /// Answer in CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Revisions count from one.
pub fn revision(text: &str) -> Result<Revision, String> {
    match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Revision(number)),
        _ => Err("revisions are counted 1, 2, 3 …".to_owned()),
    }
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let records = Records::open(context).await?;
        let mut figures = Vec::new();
        for stream in weeks(&records, &args).await? {
            figures.extend(of_week(&records, &stream, args.revision).await?);
        }
        figures.retain(|figure| args.shows(figure));
        let figures = Figures(figures);
        if args.csv {
            context.print(&figures.to_csv().map_err(failed)?)?;
        } else if args.ids {
            context.answer(&FiguresWithIds(figures), args.answer)?;
        } else {
            context.answer(&figures, args.answer)?;
        }
        Ok(Exit::Done)
    })
}

impl Args {
    fn shows(&self, figure: &Figure) -> bool {
        self.level.is_none_or(|level| figure.level == level)
            && self.metric.is_none_or(|metric| figure.metric == metric)
            && self.window.is_none_or(|window| figure.window == window)
    }
}

/// The week asked for, or of each report the newest one with figures.
async fn weeks(records: &Records, args: &Args) -> Result<Vec<StreamId>, Failure> {
    let streams = records.streams(args.report.as_ref()).await?;
    if let Some(week) = args.week {
        let found: Vec<StreamId> =
            streams.into_iter().filter(|stream| stream.week == week).collect();
        if found.is_empty() {
            records.stream(args.report.as_ref(), week).await?;
        }
        return Ok(found);
    }
    let mut newest: Vec<StreamId> = Vec::new();
    for stream in streams.into_iter().rev() {
        let is_open = !newest.iter().any(|known| known.report == stream.report);
        if is_open && has_figures(&records.week(&stream).await?) {
            newest.push(stream);
        }
    }
    newest.reverse();
    if newest.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "no week has figures yet\n  fix: weekledger run, or weekledger backfill",
        ));
    }
    Ok(newest)
}

fn has_figures(loaded: &Loaded) -> bool {
    evidence::computed(loaded, None).is_ok()
}

async fn of_week(
    records: &Records,
    stream: &StreamId,
    revision: Option<Revision>,
) -> Result<Vec<Figure>, Failure> {
    let loaded = records.week(stream).await?;
    let read = async {
        let computed = evidence::computed(&loaded, revision)?;
        let set = evidence::figures(&records.store, computed.metrics).await?;
        Ok::<_, EvidenceError>(set.figures)
    };
    read.await.map_err(evidence_failure)
}
