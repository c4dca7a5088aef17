//! `send`: let a held revision go out.

use jiff::SignedDuration;
use weekledger::chain::{Opened, ReleaseError};
use weekledger::embedded::Access;
use weekledger_events::{ReportId, Revision, Week};

use crate::args::{AnswerArgs, reason};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::run::Outcome;
use crate::week_run;
use crate::world::{World, block_on, chain_failure};

/// Let a held revision go out
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger show 2026-W47 --revision 2 --text
  weekledger send 2026-W47 --revision 2 --reason 'figures checked with the agency'

The release is recorded in the ledger and names this very analysis.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// The revision, as status shows it
    #[arg(long, value_name = "N", value_parser = revision)]
    revision: Revision,
    /// Why, for whoever reads the ledger later
    #[arg(
        long, value_name = "TEXT", default_value = "released on the command line",
        value_parser = reason
    )]
    reason: String,
    /// Which report, if there are several
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Revisions count from 1.
pub fn revision(text: &str) -> Result<Revision, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(Revision(number)),
        _ => Err("write a number from 1 on".to_owned()),
    }
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let world = World::open(context, Access::Write).await?;
        let report = world.one_report(args.report.as_ref())?;
        let stream = world.stream(report, Some(args.week)).await?;
        let released =
            world.chain.release(&stream, args.revision, "command line", &args.reason).await;
        released.map_err(|error| match error {
            ReleaseError::Chain(error) => chain_failure(error),
            error @ ReleaseError::NoSuchRevision { .. } => {
                Failure::new(Exit::Usage, error).with_fix("weekledger status --all lists them")
            }
            error => Failure::new(Exit::Usage, error),
        })?;
        let loaded = world.load(&stream).await?;
        let run = loaded.state.revision(args.revision).map(|run| run.id);
        let run = run.ok_or_else(|| crate::world::failed("the revision is gone"))?;
        let opened = Opened { run, revision: args.revision, pointer: None, new: false };
        let patience = SignedDuration::from_mins(60);
        week_run::drive(&world, context, &stream, &opened, patience).await?;
        let mut answer = week_run::answer(&world, context, &stream, run).await?;
        let wants_findings = args.answer.json || context.is_verbose();
        if answer.outcome == Outcome::Sent && !wants_findings {
            // Whoever releases a report has read them before.
            answer.findings.clear();
        }
        context.answer(&answer, args.answer)?;
        Ok(answer.exit())
    })
}
