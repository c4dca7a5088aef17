//! `export`: one week as a file that `verify --bundle` checks anywhere.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use weekledger::evidence::bundle;
use weekledger_events::{Digest, ReportId, Week};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::export::Exported;
use crate::records::{Records, evidence_failure};
use crate::world::{block_on, failed};

/// Write one week, with everything that its verification needs, into one file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger export 2026-W47 --out week47.tar
  weekledger verify --bundle week47.tar

The file is a tar: events, anchors, archived objects (raw pages as far as they are kept), and the
events of other weeks that the figures rest on. The same week gives the same bytes. It holds names
of campaigns and figures, but no addresses and no secrets.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// Where to; the file must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
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
        let bundle = bundle::collect(&records.store, &stream).await.map_err(evidence_failure)?;
        let bytes = bundle.to_bytes().map_err(failed)?;
        write(&args.out, &bytes)?;
        let exported = Exported {
            report: stream.report,
            week: stream.week,
            file: args.out.clone(),
            digest: Digest::of(&bytes),
            length: bytes.len() as u64,
            objects: bundle.objects(),
        };
        context.answer(&exported, args.answer)?;
        Ok(Exit::Done)
    })
}

/// Never overwrites, and leaves no half of a file behind.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refused = |source| NotWritten { path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        let exit =
            if error.kind() == ErrorKind::AlreadyExists { Exit::Usage } else { Exit::Failed };
        Failure::new(exit, refused(error))
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        drop(fs::remove_file(path));
        failed(refused(error))
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", .path.display())]
struct NotWritten {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}
