//! `audit`: from a mail, or from one figure of it, back to what the providers answered.

use std::collections::BTreeSet;

use weekledger::evidence::{self, AuditBase, Auditor, Checked, FigureAudit};
use weekledger::ports::ArtifactName;
use weekledger_events::{ReportId, Revision, StreamId, Week};
use weekledger_projections::week_state::RunState;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::revision;
use crate::records::{Records, evidence_failure};
use crate::world::block_on;

/// Follow a mail, or one figure, back to the bytes that the providers sent
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger audit 2026-W47
  weekledger audit 2026-W47 --figure report:weekly/meta_leads/week
  weekledger audit 2026-W47 --figure c12 --json

Without --figure: mail, analysis, metrics, pages and requests, with their digests. With it: the
formula and every contributing value with the archived page and the JSON Pointer where it stands;
each is looked up there (checked: true, false, or expired). For leads also the configured list of
action types, or the attribution rules, that were in force, and what each value took. The ids are in
`figures --csv` and `figures --json`; the numbers of a mail are claims c1, c2 and so on. Ends with 5
if anything does not agree.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// This revision; the newest one if it is left out
    #[arg(long, value_name = "N", value_parser = revision)]
    revision: Option<Revision>,
    /// A figure's id, or a claim of the mail
    #[arg(long, value_name = "ID")]
    figure: Option<String>,
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
        let Some(figure) = &args.figure else {
            let trail = match chosen(&loaded.state.runs, args.revision) {
                Some(run) => evidence::trail(&records.store, &loaded, run).await,
                None => return Err(no_revision(&args)),
            };
            context.answer(&trail.map_err(evidence_failure)?, args.answer)?;
            let lost = evidence::lost_pages(&records.store, &loaded).await;
            return refuse_lost(&lost.map_err(evidence_failure)?).map(|()| Exit::Done);
        };
        let base = AuditBase::read(&records.store, &loaded, args.revision).await;
        let base = base.map_err(evidence_failure)?;
        let audit = Auditor::new(&records.store, &base).figure(figure).await;
        let audit = audit.map_err(evidence_failure)?;
        context.answer(&audit, args.answer)?;
        refuse_lost(&lost_inputs(&records, &stream, &audit).await?)?;
        Ok(if audit.agrees { Exit::Done } else { Exit::Corrupt })
    })
}

/// The pages of a figure's inputs that are gone and did not expire.
async fn lost_inputs(
    records: &Records,
    own: &StreamId,
    audit: &FigureAudit,
) -> Result<Vec<ArtifactName>, Failure> {
    let gone = || audit.inputs.iter().filter(|input| input.checked == Checked::Expired);
    let mut lost = Vec::new();
    // A past week's value may stand on a page of that week's pull or of this one.
    let weeks: BTreeSet<Week> = gone().map(|input| input.week).collect();
    for stream in records.streams(Some(&own.report)).await? {
        if stream != *own && !weeks.contains(&stream.week) || weeks.is_empty() {
            continue;
        }
        let loaded = records.week(&stream).await?;
        let pages =
            evidence::lost_pages(&records.store, &loaded).await.map_err(evidence_failure)?;
        let is_input = |page: &ArtifactName| {
            gone().any(|input| page.as_str().ends_with(&input.artifact.to_string()))
        };
        lost.extend(pages.into_iter().filter(is_input));
    }
    Ok(lost)
}

fn refuse_lost(lost: &[ArtifactName]) -> Result<(), Failure> {
    let Some(first) = lost.first() else { return Ok(()) };
    let more = match lost.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = format!(
        "{first}{more} is missing from the archive and has not expired: other pages of its pull are \
         there"
    );
    Err(Failure::new(Exit::Corrupt, what).with_fix("restore it from a backup, then run verify"))
}

/// The revision asked for; else the newest that was sent, else the newest.
fn chosen(runs: &[RunState], wanted: Option<Revision>) -> Option<&RunState> {
    match wanted {
        Some(revision) => runs.iter().find(|run| run.requested.revision == revision),
        None => runs.iter().rev().find(|run| run.sent.is_some()).or(runs.last()),
    }
}

fn no_revision(args: &Args) -> Failure {
    let revision = args.revision.map_or_else(String::new, |revision| format!(" {revision}"));
    let week = args.week;
    Failure::new(
        Exit::Usage,
        format!("{week} has no revision{revision}\n  fix: weekledger status --all lists them"),
    )
}
