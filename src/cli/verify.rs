//! `verify`: is the evidence whole, and does the present code make the same of it?

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use weekledger::evidence::bundle::{BUNDLE_BYTES_MAX, Bundle, BundleError};
use weekledger::evidence::{self, Store, Verdict};
use weekledger::producer::producer;
use weekledger_events::{ReportId, StreamId, Week};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::verify::Verified;
use crate::records::{Records, evidence_failure};
use crate::world::{block_on, failed};

/// Check chain, anchors and archive, and make figures and mails anew
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger verify                       every week, and every archived object
  weekledger verify 2026-W47
  weekledger verify --bundle week47.tar   an export, without ledger and network

Three answers: the same; made by another version (named); corrupt (what and why). The first two end
with 0, the last with 5. Pages that have expired are said to be; the figures then follow from the
recorded rows.")]
pub struct Args {
    /// Only this week
    #[arg(value_name = "WEEK")]
    week: Option<Week>,
    /// Every week, as without a week
    #[arg(long, conflicts_with_all = ["week", "bundle"])]
    all: bool,
    /// A file that `export` wrote
    #[arg(long, value_name = "FILE", conflicts_with = "week")]
    bundle: Option<PathBuf>,
    /// Only this report
    #[arg(long, value_name = "REPORT", conflicts_with = "bundle")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let verified = match &args.bundle {
            Some(file) => of_bundle(file).await?,
            None => of_ledger(&args, context).await?,
        };
        context.answer(&verified, args.answer)?;
        Ok(match verified.verdict {
            Verdict::Same | Verdict::OtherVersion => Exit::Done,
            Verdict::Corrupt => Exit::Corrupt,
        })
    })
}

async fn of_bundle(file: &Path) -> Result<Verified, Failure> {
    let bytes = read(file)?;
    let bundle = match Bundle::from_bytes(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => return Err(Failure::new(bundle_exit(&error), error)),
    };
    let mut verified = Verified::new(producer());
    verified.add(week(&bundle, bundle.stream()).await?);
    verified
        .add_archive(evidence::verify_archive_objects(&bundle).await.map_err(evidence_failure)?);
    Ok(verified)
}

fn bundle_exit(error: &BundleError) -> Exit {
    match error {
        BundleError::Newer { .. } | BundleError::TooLarge | BundleError::TooMany => Exit::Usage,
        _ => Exit::Corrupt,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |error| Failure::new(Exit::Usage, NotRead { path: path.to_owned(), source: error });
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(BUNDLE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", .path.display())]
struct NotRead {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

async fn of_ledger(args: &Args, context: &Context) -> Result<Verified, Failure> {
    let records = Records::open(context).await?;
    let mut verified = Verified::new(producer());
    if let Some(only) = args.week {
        let stream = records.stream(args.report.as_ref(), only).await?;
        verified.add(week(&records.store, &stream).await?);
        return Ok(verified);
    }
    let streams = records.streams(args.report.as_ref()).await?;
    for stream in &streams {
        verified.add(week(&records.store, stream).await?);
    }
    if args.report.is_none() {
        let troubles = evidence::verify_archive(&records.store).await;
        verified.add_archive(troubles.map_err(evidence_failure)?);
    }
    if streams.is_empty() && verified.verdict == Verdict::Same {
        return Err(failed("the ledger is empty\n  fix: weekledger run, or another --data-dir"));
    }
    Ok(verified)
}

async fn week(store: &dyn Store, stream: &StreamId) -> Result<evidence::WeekVerdict, Failure> {
    evidence::verify_week(store, stream, &producer()).await.map_err(evidence_failure)
}
