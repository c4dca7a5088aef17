//! `expire`: what was removed.

use serde::Serialize;

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
        if *objects == 0 {
            return format!("no raw page is older than {days} days\n");
        }
        format!(
            "removed {objects} raw objects older than {days} days, {bytes} bytes; rows, requests and \
             digests stay\n"
        )
    }
}
