//! `export`: what was written.

use std::path::PathBuf;

use serde::Serialize;
use weekledger_events::{Digest, ReportId, Week};
use weekledger_projections::display::counted;

use super::Answer;

/// An exported week.
#[derive(Debug, Serialize)]
pub struct Exported {
    pub report: ReportId,
    pub week: Week,
    pub file: PathBuf,
    /// Of the whole file.
    pub digest: Digest,
    /// In bytes.
    pub length: u64,
    pub objects: usize,
}

impl Answer for Exported {
    fn for_people(&self) -> String {
        let Self { report, week, file, digest, length, objects } = self;
        let file = file.display();
        let objects = counted((*objects).into(), "object", "objects");
        let length = counted((*length).into(), "byte", "bytes");
        format!(
            "{report} {week}: {objects}, {length} in {file}\n  digest {digest}\n  next: \
             weekledger verify --bundle {file}\n"
        )
    }
}
