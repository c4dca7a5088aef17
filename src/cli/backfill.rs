//! `backfill`: the figures of past weeks, oldest first, each pulled once, nothing mailed.

use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use weekledger::config::Report;
use weekledger::embedded::Access;
use weekledger_events::{EventId, EventType, ReportId, StreamId, Week};
use weekledger_projections::display;
use weekledger_projections::week_state::{Outcome, RunState};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::status::{LineOutcome, StatusAnswer, StatusLine};
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

Weeks that are there already are not pulled again. With --ledger aws the functions pull, and the
command opens one week after the other; interrupted, it goes on when it is started again. A
backfilled week can still be reported. Weeks whose figures lack something, or would hold a report,
are listed with the reason and the command that repairs them, and the command ends with 1.")]
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
    block_on(async {
        let world = World::open(context, Access::Write).await?;
        let mut lines = Vec::new();
        let mut left = 0;
        for report in world.reports(args.report.as_ref())? {
            week_to_run(report, Some(args.to), context)?;
            let weeks = weeks(args.from, args.to)?;
            let done = backfill(&world, context, report, &weeks).await?;
            left += weeks.len() - done.len();
            lines.extend(done);
        }
        for report in world.reports(args.report.as_ref())? {
            week_run::project(&world, context, &report.id).await;
        }
        let incomplete = lines.iter().filter(|line| !line.complete).count();
        context.answer(&StatusAnswer(lines), args.answer)?;
        if incomplete > 0 {
            let weeks = display::counted(incomplete.into(), "week is", "weeks are");
            context.tell(&format!("{weeks} not complete, see above"));
        }
        if left > 0 {
            let weeks = display::counted(left.into(), "week was", "weeks were");
            context.tell(&format!("{weeks} not begun; run the same command again"));
        }
        Ok(if incomplete == 0 && left == 0 { Exit::Done } else { Exit::Failed })
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
    let mut lines = Vec::new();
    for week in weeks {
        bar.set_message(week.to_string());
        let (line, done) = backfill_week(world, context, report, *week).await?;
        lines.push(line);
        if !done {
            bar.abandon();
            return Ok(lines);
        }
        bar.inc(1);
    }
    bar.finish_with_message("done");
    Ok(lines)
}

/// The week's line, and whether it has figures now.
async fn backfill_week(
    world: &World,
    context: &Context,
    report: &Report,
    week: Week,
) -> Result<(StatusLine, bool), Failure> {
    let stream = StreamId::new(report.id.clone(), week);
    if !week_run::is_pulled(world, &stream, EventId::figures_run(&report.id, week)).await? {
        world.check_secrets().await?;
    }
    let draft = report.backfill_run(week, world.pin(report).await?, context.now());
    let opened = world.chain.open(&stream, &draft).await.map_err(chain_failure)?;
    let patience = SignedDuration::from_mins(60);
    // What is known of other weeks is that of the opening: the next waits for this one.
    week_run::drive_or_wait(world, &context.quietly(), &stream, &opened, patience).await?;
    let loaded = world.load(&stream).await?;
    let state = &loaded.state;
    let own = loaded.run(opened.run).map_err(chain_failure)?;
    let done = state.outcome(own) == Outcome::Figures;
    // A later revision that repaired the week is what counts.
    let computed = |run: &&RunState| state.effective(run, EventType::MetricsComputed).is_some();
    let newest = state.runs.iter().rev().find(computed).filter(|_| done).unwrap_or(own);
    let clock = world.wall_clock(&report.id, context.now());
    let line = line(&loaded, newest, None, context, &clock);
    Ok((StatusLine { outcome: LineOutcome::Of(state.outcome(own)), ..line }, done))
}

/// Hidden by itself where stderr is no terminal.
fn progress_bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    let template = "{prefix} [{bar:30}] week {pos} of {len} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix("backfill");
    bar
}
