//! `show`: a week's mail, byte for byte as it is archived.

use weekledger::evidence::{self, Store as _};
use weekledger::ports::ArtifactName;
use weekledger::stages::read_evidence;
use weekledger_events::{ArtifactRef, ReportId, Revision, Week};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::revision;
use crate::output::show::{Part, Shown};
use crate::records::{Records, evidence_failure};
use crate::world::block_on;

/// Print the mail of a week as it is archived, sent or not
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger show 2026-W47 > mail.html
  weekledger show 2026-W47 --text
  weekledger show 2026-W47 --revision 1 --json

The bytes are exactly those that were, or would be, sent. --json tells subject, digests and files.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// This revision; the newest one with a mail if it is left out
    #[arg(long, value_name = "N", value_parser = revision)]
    revision: Option<Revision>,
    /// The text part, not the HTML part
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// Which report, if there are several
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let records = Records::open(context).await?;
        let stream = records.stream(args.report.as_ref(), args.week).await?;
        let loaded = records.week(&stream).await?;
        let found = evidence::analysed(&loaded, args.revision).map_err(evidence_failure)?;
        let analysis = found.analysis;
        if args.answer.json {
            let part = |artifact: &ArtifactRef| -> Result<Part, Failure> {
                let path = records.place_of(&ArtifactName::evidence(&artifact.digest))?;
                Ok(Part { path, digest: artifact.digest, length: artifact.length })
            };
            let shown = Shown {
                report: stream.report.clone(),
                week: stream.week,
                revision: found.run.requested.revision,
                outcome: loaded.state.outcome(found.run),
                event: found.event.id(),
                subject: analysis.subject.clone(),
                html: part(&analysis.html)?,
                text: part(&analysis.text)?,
            };
            context.answer(&shown, args.answer)?;
            return Ok(Exit::Done);
        }
        let artifact = if args.text { &analysis.text } else { &analysis.html };
        let bytes = read_evidence(records.store.archive(), artifact).await;
        context.print(&bytes.map_err(|error| evidence_failure(error.into()))?)?;
        Ok(Exit::Done)
    })
}
