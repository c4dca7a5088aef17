//! `expire`: what was removed.

use serde::Serialize;
use weekledger_projections::display::counted;

use super::Answer;

/// Raw objects that are gone.
#[derive(Debug, Serialize)]
pub struct ExpireAnswer {
    pub older_than_days: u32,
    /// Pages and their checkpoints.
    pub objects: u64,
    pub bytes: u64,
}

impl Answer for ExpireAnswer {
    fn for_people(&self) -> String {
        let Self { older_than_days: days, objects, bytes } = self;
        let days = counted((*days).into(), "day", "days");
        if *objects == 0 {
            return format!("no raw page is older than {days}\n");
        }
        format!(
            "removed {} older than {days}, {}; rows, requests and digests stay\n",
            counted((*objects).into(), "raw object", "raw objects"),
            counted((*bytes).into(), "byte", "bytes"),
        )
    }
}
