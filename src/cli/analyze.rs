//! `analyze --dry-run`: a past week's words once more, beside those that were recorded.

use weekledger::embedded::Access;
use weekledger::evidence::rehearsal::{RehearsalError, Stagehands, recorded, rehearse};
use weekledger::evidence::{self, LedgerStore, read_week};
use weekledger_events::{ReportId, Revision, StreamId, Week};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::revision;
use crate::output::analyze::Rehearsed;
use crate::records::evidence_failure;
use crate::remote;
use crate::world::{World, block_on, failed};

/// Try the configured analyst on a past week, beside what was recorded
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger analyze 2026-W47 --dry-run
  weekledger analyze 2026-W47 --dry-run --model claude-sonnet-5-5 --json

Uses the prompts of this version and the [analyst] of the configuration. Asks the model and costs
what that costs; writes nothing, neither to the ledger nor to the archive. A week is analysed for
good by its run, or anew by `re-emit`.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// Required: there is no other way to use this command
    #[arg(long, required = true)]
    dry_run: bool,
    /// Another model than the configured one
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The figures of this revision; of the newest one with figures if it is left out
    #[arg(long, value_name = "N", value_parser = revision)]
    revision: Option<Revision>,
    /// Which report, if there are several
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "analyze", "its secrets belong to the functions")?;
    block_on(async {
        let world = World::open(context, Access::Read).await?;
        let report = world.one_report(args.report.as_ref())?;
        let mut settings = world.config.settings(report);
        if let Some(model) = &args.model {
            settings.analyst.model.clone_from(model);
        }
        let stream = StreamId::new(report.id.clone(), args.week);
        let store = LedgerStore::new(world.ports.ledger.clone(), world.ports.archive.clone());
        let loaded = read_week(&store, &stream).await.map_err(evidence_failure)?;
        let of = evidence::computed(&loaded, args.revision).map_err(evidence_failure)?;
        let hands = Stagehands {
            settings: &settings,
            secrets: world.ports.secrets.clone(),
            clock: world.ports.clock.clone(),
        };
        let before = match evidence::analysed(&loaded, args.revision) {
            Ok(analysed) => Some(recorded(&store, analysed).await.map_err(evidence_failure)?),
            Err(_) => None,
        };
        let now = rehearse(&store, &loaded, of, &hands).await.map_err(|error| match error {
            RehearsalError::Evidence(error) => evidence_failure(error),
            RehearsalError::Stage(_) => failed(error),
        })?;
        let rehearsed = Rehearsed { report: stream.report.clone(), week: args.week, before, now };
        context.answer(&rehearsed, args.answer)?;
        Ok(Exit::Done)
    })
}
