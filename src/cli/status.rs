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
use crate::output::run::{Class, FindingLine};
use crate::output::status::{LineOutcome, MailLine, StatusAnswer, StatusLine};
use crate::world::{System, World, block_on};

/// Say where every week stands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger status
  weekledger status --all --json

Below the table stands what needs a person: failures, holds, missing data, and how to repair it.

With --ledger aws it also tells what became of the mails: delivered, bounced, complained of.

Outcomes: sent; partial (not to everybody); held; failed; figures (backfilled); running; waiting (a
stage tries again by itself at a known time); superseded; damaged (the week's own record cannot be
read: nothing is sent from it, and the command ends with 5).")]
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
                let loaded = match world.load(&stream).await {
                    Err(failure) if failure.exit() == Exit::Corrupt => {
                        lines.push(damaged(&stream, &failure));
                        continue;
                    }
                    loaded => loaded?,
                };
                let runs = loaded.state.runs.iter().rev();
                let shown = if args.all { usize::MAX } else { 1 };
                let mails = world.mails(&stream).await?;
                let clock = world.wall_clock(&report.id, context.now());
                let line = |run| line(&loaded, run, mails.as_deref(), context, &clock);
                lines.extend(runs.take(shown).map(line));
            }
        }
        let is_damaged = lines.iter().any(|line| line.revision.is_none());
        context.answer(&StatusAnswer(lines), args.answer)?;
        if let System::Embedded(embedded) = &world.system {
            embedded.show_notices(context)?;
        }
        Ok(if is_damaged { Exit::Corrupt } else { Exit::Done })
    })
}

/// The line of a week whose own record is damaged: what is wrong with it, and what to do.
fn damaged(stream: &StreamId, failure: &Failure) -> StatusLine {
    let need = FindingLine {
        class: Class::Damaged,
        subject: "ledger".to_owned(),
        name: None,
        message: failure.sentence(),
        action: failure.fix().map(str::to_owned),
        retry_at: None,
    };
    StatusLine {
        report: stream.report.clone(),
        week: stream.week,
        revision: None,
        outcome: LineOutcome::Damaged,
        last_event: None,
        at: None,
        complete: false,
        mails: None,
        needs: vec![need],
        repair: None,
    }
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
        revision: Some(run.requested.revision),
        outcome: LineOutcome::Of(loaded.state.outcome(run)),
        last_event: Some(last.map_or(EventType::RunRequested, |head| head.event_type)),
        at: Some(last.map_or(run.requested_at, |head| head.recorded_at)),
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
