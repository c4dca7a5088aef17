//! `send`: let a held revision go out, or one that was sent go to those whom it did not reach.

use jiff::SignedDuration;
use weekledger::chain::{Opened, Release, ReleaseError, Released};
use weekledger::embedded::Access;
use weekledger_events::{RecipientKey, ReportId, Revision, Week};

use crate::args::{AnswerArgs, reason};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::run::Outcome;
use crate::week_run;
use crate::world::{World, block_on, chain_failure};

/// Let a held revision go out, or a sent one go to those who did not get it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger show 2026-W47 --revision 2 --text
  weekledger send 2026-W47 --revision 2 --reason 'figures checked with the agency'

  weekledger send 2026-W47 --revision 1        it was sent, and not to everybody

The release is recorded in the ledger and names this very analysis. A revision that was sent goes to
those alone who certainly did not get it. To send it to all once more, use re-emit --deliver.")]
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
    /// Also to those of whom nobody knows whether they got it; they may get it twice
    #[arg(long)]
    also_unknown: bool,
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
        let release = Release {
            revision: args.revision,
            granted_by: "command line",
            reason: &args.reason,
            also_unknown: args.also_unknown,
        };
        let released = world.chain.release(&stream, release).await;
        let released = released.map_err(|error| match error {
            ReleaseError::Chain(error) => chain_failure(error),
            error @ ReleaseError::NoSuchRevision { .. } => {
                Failure::new(Exit::Usage, error).with_fix("weekledger status --all lists them")
            }
            error => Failure::new(Exit::Usage, error),
        })?;
        if let Released::Again(recipients) = released {
            let keys: Vec<&str> = recipients.iter().map(RecipientKey::as_str).collect();
            context.tell(&format!("{stream}: again to {}", keys.join(", ")));
        }
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
