//! `watch`: opens what is missing, wakes what stalled, runs what is due. For a timer.

use weekledger::chain::Stopped;
use weekledger::embedded::Access;
use weekledger::embedded::runner::Ran;
use weekledger_events::{EventId, StreamId};
use weekledger_projections::due::DueTable;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remote;
use crate::world::{World, block_on, chain_failure, failed, runner_failure};
use crate::{doctor, week_run};

/// Open the weeks that the schedule expects, and go on with everything that is due
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger watch
  */5 * * * * cd /srv/weekledger && weekledger watch     as a line of a crontab

One pass and no more: it prepares the newest week after its opening time, sends it at its delivery
time, and resumes whatever was cut short. On the day before a report it makes the checks of doctor
and tells the owner what is wrong.

A week whose own record is damaged stops alone: its owner is told once, every other week and report
goes on, and the command ends with 5.")]
pub struct Args {}

pub fn run(_: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "watch", "the function watch passes every five minutes")?;
    block_on(async {
        let world = World::open(context, Access::Write).await?;
        let embedded = world.embedded()?;
        let now = context.now();
        let before = embedded.ledger.position().map_err(failed)?;
        let mut ready = Ok(());
        let mut expected = Vec::new();
        let mut streams = Vec::new();
        for report in &world.config.reports {
            let week = report.newest_due_week(now);
            let stream = StreamId::new(report.id.clone(), week);
            streams.extend(embedded.active_streams(&report.id)?);
            let run = EventId::report_run(&report.id, week);
            // What has its pages goes on all the same: it needs no secret any more.
            let pulled = match week_run::is_pulled(&world, &stream, run).await {
                // Its owner is told where it is looked after.
                Err(failure) if failure.exit() == Exit::Corrupt => {
                    streams.push(stream);
                    continue;
                }
                pulled => pulled?,
            };
            if !pulled {
                ready = world.check_secrets().await;
            }
            if pulled || ready.is_ok() {
                let draft = report.scheduled_run(week, world.pin(report).await?, now);
                expected.push((stream, draft));
            }
        }
        doctor::on_the_day_before(&world, context).await?;
        let table = DueTable::STANDARD;
        let watched =
            world.chain.watch(&expected, &streams, &table).await.map_err(chain_failure)?;
        for stream in &watched.opened {
            context.tell(&format!("{stream}: opened"));
        }
        // Nothing else runs in this data directory, so whatever can go on may go on now. What
        // was opened just now lies on the bus.
        world.chain.resume_all(&streams).await.map_err(chain_failure)?;
        let worked = week_run::go(&world, &embedded.runner(&world.chain), context, now).await;
        // The history table follows from the whole ledger, so it is made only of something new.
        let grown = embedded.ledger.position().map_err(failed)? != before;
        for report in world.config.reports.iter().filter(|_| grown) {
            week_run::project(&world, context, &report.id).await;
        }
        embedded.tell_notices(context)?;
        embedded.expire_raw(&world.config, context)?;
        let Ran { given_up, .. } = worked?;
        week_run::tell_of(&given_up, context);
        for Stopped { stream, error } in &watched.stopped {
            context.tell(&format!("{stream} stops: {}", error.sentence()));
        }
        ready?;
        let damaged = watched.stopped.iter().map(|_| Exit::Corrupt);
        Ok(Exit::worst(
            damaged.chain(given_up.into_iter().map(|error| runner_failure(error).exit())),
        ))
    })
}
