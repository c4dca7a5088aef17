//! `status`: where every week stands.

use weekledger::chain::Loaded;
use weekledger::embedded::Access;
use weekledger::ports::MailEvent;
use weekledger::repair::{Repair, without_pull_again};
use weekledger_events::{EventType, ReportId, StreamId};
use weekledger_projections::week_state::RunState;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::needs::{missing, needs};
use crate::output::WallClock;
use crate::output::run::Class;
use crate::output::status::{MailLine, StatusAnswer, StatusLine};
use crate::world::{System, World, block_on};

/// Say where every week stands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger status
  weekledger status --all --json

Below the table stands what needs a person: failures, holds, missing data, and how to repair it.

With --ledger aws it also tells what became of the mails: delivered, bounced, complained of.

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
    block_on(async {
        let world = World::open(context, Access::Read).await?;
        let mut lines = Vec::new();
        for report in world.reports(args.report.as_ref())? {
            for stream in world.streams(&report.id).await? {
                let loaded = world.load(&stream).await?;
                let runs = loaded.state.runs.iter().rev();
                let shown = if args.all { usize::MAX } else { 1 };
                let mails = world.mails(&stream).await?;
                let clock = world.wall_clock(&report.id, context.now());
                let line = |run| line(&loaded, run, mails.as_deref(), context, &clock);
                lines.extend(runs.take(shown).map(line));
            }
        }
        context.answer(&StatusAnswer(lines), args.answer)?;
        if let System::Embedded(embedded) = &world.system {
            embedded.show_notices(context)?;
        }
        Ok(Exit::Done)
    })
}

/// One revision's line. `mails` is what the mail service told of the week.
pub fn line(
    loaded: &Loaded,
    run: &RunState,
    mails: Option<&[MailEvent]>,
    context: &Context,
    clock: &WallClock,
) -> StatusLine {
    let stream = &loaded.state.stream;
    let last = loaded.state.heads.iter().rev().find(|head| head.run == run.id);
    let computed = loaded.state.effective(run, EventType::MetricsComputed).is_some();
    let lacks = missing(loaded, run).next().is_some();
    let repair = (computed && lacks).then(|| repair(stream, run, context));
    let mut needs = needs(loaded, run, clock);
    if repair.is_some() {
        // One command repairs all of them; it stands below them.
        let others = needs.iter_mut().filter(|need| !matches!(need.class, Class::Held));
        for action in others.filter_map(|need| need.action.as_mut()) {
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
        mails: mails.map(|mails| of_run(mails, run)),
        needs,
        repair,
    }
}

fn of_run(mails: &[MailEvent], run: &RunState) -> Vec<MailLine> {
    let is_own = |mail: &&MailEvent| run.intents.iter().any(|intent| intent.id == mail.intent);
    mails.iter().filter(is_own).map(MailLine::from).collect()
}

/// The command that makes a week anew.
fn repair(stream: &StreamId, run: &RunState, context: &Context) -> String {
    let repair = Repair::new(&stream.report, stream.week, run.requested.goal);
    context.command(&repair.to_string())
}
