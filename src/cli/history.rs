//! `history`: a figure week by week, as it was reported and as it is known now.

use weekledger::hindsight::{HindsightError, Wanted, look_back};
use weekledger_events::{ReportId, Week};
use weekledger_projections::figure::Level;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::history::Weeks;
use crate::records::{Records, evidence_failure};
use crate::world::block_on;

/// Print a figure week by week, as it was reported and as it is known now
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger history
  weekledger history report:weekly/meta_leads/week
  weekledger history campaign:120210483300010401 --from 2026-W40
  weekledger history account:act_1018340275511096 --changed --json

FIGURE is a figure's id as `weekledger figures --json` lists it, or LEVEL:ENTITY for all of that entity's
figures of the week. Without it, the report's own; with
--changed those of its accounts as well. Where no mail of a week went out, what its own newest
revision recorded stands in the place of what was reported.")]
pub struct Args {
    /// A figure, or an entity
    #[arg(value_name = "FIGURE", value_parser = Wanted::parse)]
    figure: Option<Wanted>,
    /// Only this report
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// The oldest week
    #[arg(long, value_name = "WEEK")]
    from: Option<Week>,
    /// Only what differs from what was reported
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let records = Records::open(context).await?;
        let streams = records.streams(args.report.as_ref()).await?;
        let mut reports: Vec<ReportId> = streams.iter().map(|one| one.report.clone()).collect();
        reports.dedup();
        let mut found = Vec::new();
        for report in &reports {
            let whole = || match args.changed {
                true => Wanted::Totals,
                false => Wanted::Entity { level: Level::Report, id: report.to_string() },
            };
            let wanted = args.figure.clone().unwrap_or_else(whole);
            let looked = look_back(&records.store, &streams, report, &wanted).await;
            found.extend(looked.map_err(unreadable)?);
        }
        if found.is_empty() {
            return Err(Failure::new(Exit::Usage, NOTHING));
        }
        found.retain(|one| args.from.is_none_or(|from| one.week >= from));
        found.retain(|one| one.changed || !args.changed);
        let weeks = Weeks { found, changed: args.changed };
        context.answer(&weeks, args.answer)?;
        Ok(Exit::Done)
    })
}

const NOTHING: &str =
    "the ledger has no such figure\n  fix: weekledger figures --json lists the ids";

fn unreadable(error: HindsightError) -> Failure {
    match error {
        HindsightError::Evidence(error) => evidence_failure(error),
        error @ HindsightError::History { .. } => Failure::new(Exit::Corrupt, error),
    }
}
