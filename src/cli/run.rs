//! `run`: a week from pull to mail.

use jiff::SignedDuration;
use weekledger::config::Report;
use weekledger::embedded::Access;
use weekledger_events::{EventId, EventType, ReportId, Revision, RunId, StreamId, Week};
use weekledger_projections::week_state::Outcome as Standing;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::run::{RunAnswer, SentBefore};
use crate::week_run;
use crate::world::{System, World, block_on, chain_failure};

/// Pull a week, compute, write and mail its report
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger run                               the newest complete week of every report
  weekledger run --report hotels --week 2026-W47
  weekledger run --json                        for scripts; look at outcome and the exit code

With --json it prints one object a line, one for each report (JSON Lines). Of several reports the
worst decides the exit code. A report whose own record is damaged fails alone; the others go out.

A week is reported once. Started again, the command resumes an unfinished run and never mails a
second time; to report a week anew, use re-emit. With --ledger aws it opens the run, and the
functions do the work.")]
pub struct Args {
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// This week instead of the newest complete one
    #[arg(long, value_name = "WEEK")]
    week: Option<Week>,
    /// Wait so many minutes at most for a provider that asks to come back later or is out of order,
    /// and then go on without it; less than a minute is no waiting
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    wait: u16,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let world = World::open(context, Access::Write).await?;
        let mut exits = Vec::new();
        for report in world.reports(args.report.as_ref())? {
            let week = week_to_run(report, args.week, context)?;
            let patience = SignedDuration::from_mins(i64::from(args.wait));
            let answer = match report_week(&world, context, report, week, patience).await {
                // The other reports go out all the same.
                Err(failure) if failure.exit() == Exit::Corrupt => {
                    stopped(&world, context, &report.id, week, failure).await?
                }
                answered => answered?,
            };
            context.answer_line(&answer, args.answer)?;
            exits.push(answer.exit());
        }
        Ok(Exit::worst(exits))
    })
}

/// The answer of a week whose own record is damaged: nothing of it can be told. Its owner is told
/// of it, as `watch` does.
async fn stopped(
    world: &World,
    context: &Context,
    report: &ReportId,
    week: Week,
    failure: Failure,
) -> Result<RunAnswer, Failure> {
    // Elsewhere the function watch tells.
    if let System::Embedded(embedded) = &world.system {
        let stream = StreamId::new(report.clone(), week);
        world.chain.resume_all(&[stream]).await.map_err(chain_failure)?;
        embedded.tell_notices(context)?;
    }
    let (message, action) = (failure.sentence(), failure.fix().map(str::to_owned));
    Ok(RunAnswer::unreadable(report.clone(), week, message, action))
}

/// Opens or resumes a week's run by hand and drives it to its end.
pub async fn report_week(
    world: &World,
    context: &Context,
    report: &Report,
    week: Week,
    patience: SignedDuration,
) -> Result<RunAnswer, Failure> {
    let stream = StreamId::new(report.id.clone(), week);
    let sent_before = sent_before(world, context, &stream).await?;
    if !week_run::is_pulled(world, &stream, EventId::report_run(&report.id, week)).await? {
        world.check_secrets().await?;
    }
    if let System::Embedded(embedded) = &world.system {
        let streams = embedded.active_streams(&report.id)?;
        world.chain.resume_all(&streams).await.map_err(chain_failure)?;
    }
    let draft = report.run_by_hand(week, world.pin(report).await?, context.now());
    let opened = world.chain.open(&stream, &draft).await.map_err(chain_failure)?;
    let driven = week_run::drive(world, context, &stream, &opened, patience).await;
    if let Err(failure) = driven {
        return week_run::broken_off(world, context, &stream, opened.run, failure).await;
    }
    week_run::project(world, context, &report.id).await;
    let loaded = world.load(&stream).await?;
    let run = loaded.run(opened.run).map_err(chain_failure)?;
    let counts = week_run::counts(&loaded, run).id;
    let answer = week_run::answer(world, context, &stream, counts).await?;
    Ok(RunAnswer { sent_before, ..answer })
}

/// The report of the week, if it went out before this command was given.
async fn sent_before(
    world: &World,
    context: &Context,
    stream: &StreamId,
) -> Result<Option<SentBefore>, Failure> {
    let StreamId { report, week } = stream;
    let loaded = world.load(stream).await?;
    let run = RunId(EventId::report_run(report, *week));
    let Some(run) = loaded.state.run(run).map(|run| week_run::counts(&loaded, run)) else {
        return Ok(None);
    };
    let mut own = loaded.events.iter().filter(|event| event.run() == run.id);
    let sent = own.rfind(|event| event.envelope.event_type == EventType::ReportSent);
    let Some(at) = sent.map(|sent| sent.envelope.recorded_at) else { return Ok(None) };
    if !run.closed || run.reached_nobody() {
        return Ok(None);
    }
    let said = world.wall_clock(report, context.now()).happened(at);
    let what = match run.requested.revision {
        Revision::FIRST => "the report".to_owned(),
        later => format!("revision {later} of the report"),
    };
    let missed = match loaded.state.outcome(run) {
        Standing::Partial => ", though not to everybody",
        _ => "",
    };
    Ok(Some(SentBefore {
        at,
        message: format!("{what} went out before, {said}{missed}; nothing was mailed now"),
        action: format!(
            "for a new revision, which is held until you send it, run `weekledger re-emit {week} \
             --report {report} --from RunRequested --reason TEXT --config-as now`"
        ),
    }))
}

/// A week that is not over has no figures yet.
pub fn week_to_run(
    report: &Report,
    wanted: Option<Week>,
    context: &Context,
) -> Result<Week, Failure> {
    let newest = report.last_complete_week(context.now());
    match wanted {
        Some(week) if week > newest => Err(Failure::new(
            Exit::Usage,
            format!(
                "{week} is not over yet in every zone of {}\n  fix: use {newest} or an earlier week",
                report.id
            ),
        )),
        wanted => Ok(wanted.unwrap_or(newest)),
    }
}

/// What is wrong with a range of weeks, if anything is.
pub fn check_order(from: Week, to: Week) -> Result<(), Failure> {
    if from <= to {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("{from} is later than {to}\n  fix: exchange the two")))
}

/// The weeks of a range, oldest first, at most ten years of them.
pub fn weeks(from: Week, to: Week) -> Result<Vec<Week>, Failure> {
    check_order(from, to)?;
    let count = to.weeks_since(from);
    if count > 530 {
        let message = "a range may span ten years at most\n  fix: begin at a later week";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok((0..=count).map(|n| from.plus(n)).collect())
}
