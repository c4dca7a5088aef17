//! `status`: where every week stands.

use weekledger::chain::{Loaded, without_pull_again};
use weekledger::embedded::Access;
use weekledger_events::payload::Goal;
use weekledger_events::{EventType, ReportId, StreamId};
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
    let repair = (computed && lacks).then(|| repair(stream, run, context));
    let mut needs = needs(loaded, run);
    if repair.is_some() {
        // One command repairs all of them; it stands below them.
        for action in needs.iter_mut().filter_map(|need| need.action.as_mut()) {
            *action = without_pull_again(action, stream.week);
        }
    }
    StatusLine {
        report: stream.report.clone(),
        week: stream.week,
        revision: run.requested.revision,
        outcome: loaded.state.outcome(run),
        last_event: last.map_or(EventType::RunRequested, |head| head.event_type),
        at: last.map_or(run.requested_at, |head| head.recorded_at),
        complete: computed && !lacks,
        needs,
        repair,
    }
}

/// The command that makes a week anew; one that was only pulled for its figures is not mailed.
fn repair(stream: &StreamId, run: &RunState, context: &Context) -> String {
    let deliver = if run.requested.goal == Goal::Figures { "" } else { " --deliver" };
    context.command(&format!(
        "re-emit {} --report {} --from RunRequested --reason TEXT{deliver} --config-as now",
        stream.week, stream.report
    ))
}
