//! `status`: where every week stands.

use weekledger::chain::Loaded;
use weekledger::embedded::Access;
use weekledger_events::{EventType, ReportId};
use weekledger_projections::week_state::RunState;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::needs::{missing, needs};
use crate::output::status::{StatusAnswer, StatusLine};
use crate::world::{World, block_on};

/// Say where every week stands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger status
  weekledger status --all --json

Below the table stands what needs a person: failures, holds, missing data, and how to repair it.

Outcomes: sent, partial, held, failed, figures (backfilled), running, waiting, superseded.")]
pub struct Args {
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// Every revision, not only the newest of each week
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    let world = World::open(context, Access::Read)?;
    block_on(async {
        let mut lines = Vec::new();
        for report in world.reports(args.report.as_ref())? {
            for stream in world.streams(&report.id).await? {
                let loaded = world.load(&stream).await?;
                let runs = loaded.state.runs.iter().rev();
                let shown = if args.all { usize::MAX } else { 1 };
                lines.extend(runs.take(shown).map(|run| line(&loaded, run, context)));
            }
        }
        context.answer(&StatusAnswer(lines), args.answer)?;
        world.show_notices(context)?;
        Ok(Exit::Done)
    })
}

/// One revision's line.
pub fn line(loaded: &Loaded, run: &RunState, context: &Context) -> StatusLine {
    let stream = &loaded.state.stream;
    let last = loaded.state.heads.iter().rev().find(|head| head.run == run.id);
    let computed = loaded.state.effective(run, EventType::MetricsComputed).is_some();
    let lacks = missing(loaded, run).next().is_some();
    StatusLine {
        report: stream.report.clone(),
        week: stream.week,
        revision: run.requested.revision,
        outcome: loaded.state.outcome(run),
        last_event: last.map_or(EventType::RunRequested, |head| head.event_type),
        at: last.map_or(run.requested_at, |head| head.recorded_at),
        complete: computed && !lacks,
        needs: needs(loaded, run),
        repair: (computed && lacks).then(|| {
            context.command(&format!(
                "re-emit {} --report {} --from RunRequested --config-as now --reason 'pulled again'",
                stream.week, stream.report
            ))
        }),
    }
}
