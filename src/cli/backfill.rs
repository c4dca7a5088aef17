//! `backfill`: the figures of past weeks, oldest first, each pulled once, nothing mailed.

use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use weekledger::config::Report;
use weekledger::embedded::Access;
use weekledger_events::{ReportId, RunId, StreamId, Week};
use weekledger_projections::week_state::Outcome;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::status::{StatusAnswer, StatusLine};
use crate::run::{week_to_run, weeks};
use crate::status::line;
use crate::week_run;
use crate::world::{World, block_on, chain_failure};

/// Pull the figures of past weeks, and mail nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger backfill --from 2026-W21 --to 2026-W46
  weekledger backfill --report hotels --from 2026-W21 --to 2026-W46

Weeks that are there already are not pulled again. A backfilled week can still be reported.")]
pub struct Args {
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// The oldest week
    #[arg(long, value_name = "WEEK")]
    from: Week,
    /// The newest week
    #[arg(long, value_name = "WEEK")]
    to: Week,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    let world = World::open(context, Access::Write)?;
    block_on(async {
        let mut lines = Vec::new();
        for report in world.reports(args.report.as_ref())? {
            week_to_run(report, Some(args.to), context)?;
            lines.extend(backfill(&world, context, report, &weeks(args.from, args.to)?).await?);
        }
        for report in world.reports(args.report.as_ref())? {
            week_run::project(&world, context, &report.id).await;
        }
        let complete = lines.iter().all(|line| line.outcome == Outcome::Figures);
        context.answer(&StatusAnswer(lines), args.answer)?;
        Ok(if complete { Exit::Done } else { Exit::Failed })
    })
}

/// Pulls weeks one after the other; stops at the first that fails, since the next would too.
pub async fn backfill(
    world: &World,
    context: &Context,
    report: &Report,
    weeks: &[Week],
) -> Result<Vec<StatusLine>, Failure> {
    let bar = progress_bar(weeks.len());
    let quiet = context.quietly();
    let mut lines = Vec::new();
    for week in weeks {
        bar.set_message(week.to_string());
        let (line, reason) = backfill_week(world, &quiet, report, *week).await?;
        let done = line.outcome == Outcome::Figures;
        lines.push(line);
        if !done {
            bar.abandon();
            context.tell(&format!("{week}: {}", reason.unwrap_or_default()));
            return Ok(lines);
        }
        bar.inc(1);
    }
    bar.finish_with_message("complete");
    Ok(lines)
}

async fn backfill_week(
    world: &World,
    context: &Context,
    report: &Report,
    week: Week,
) -> Result<(StatusLine, Option<String>), Failure> {
    let stream = StreamId::new(report.id.clone(), week);
    let draft = report.backfill_run(week, world.pin(report).await?, context.now());
    let opened = world.chain.open(&stream, &draft).await.map_err(chain_failure)?;
    let patience = SignedDuration::from_mins(60);
    week_run::drive(world, context, &stream, &opened, patience).await?;
    let loaded = world.load(&stream).await?;
    let run: RunId = opened.run;
    let found = loaded.run(run).map_err(chain_failure)?;
    let trouble = loaded.state.standing_failure(found);
    let reason = trouble.map(|failure| {
        let action = failure.failed.action.as_deref().unwrap_or("start the command again later");
        format!("{}; {action}", failure.failed.sentence)
    });
    Ok((line(&loaded, found), reason))
}

/// Hidden by itself where stderr is no terminal.
fn progress_bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    let template = "{prefix} [{bar:30}] {pos}/{len} weeks {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix("backfill");
    bar
}
