//! This machine: can the data directory be written to, and does nobody else read the secrets?

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Check, Grade, Place};
use crate::config::Report;

const AREA: &str = "machine";

/// A system that runs on one machine.
#[derive(Debug, Clone)]
pub struct LocalPlace {
    pub data_dir: PathBuf,
    pub secrets_file: Option<PathBuf>,
}

#[async_trait]
impl Place for LocalPlace {
    async fn checks(&self, _: &[&Report], _: Timestamp) -> Vec<Check> {
        let secrets = self.secrets_file.as_deref().map(secrets_file);
        std::iter::once(data_dir(&self.data_dir)).chain(secrets).collect()
    }
}

/// Permissions alone do not tell: the disk may be read-only or full.
fn data_dir(path: &Path) -> Check {
    let subject = path.display().to_string();
    // Where it would be made, if it is not there. A relative path begins where the process stands.
    let existing = path.ancestors().find(|folder| folder.exists());
    let folder = existing.unwrap_or(Path::new("."));
    let scratch = folder.join(format!(".weekledger-doctor-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&scratch);
    // Whatever became of it, nothing is left behind.
    let removed = written.and_then(|_| fs::remove_file(&scratch));
    match removed {
        Ok(()) if path.is_dir() => {
            Check::pass(AREA, "data_dir", subject, "The data directory can be written to.")
        }
        Ok(()) => {
            let sentence = "There is no data directory yet; it can be made.";
            Check::pass(AREA, "data_dir", subject, sentence)
        }
        Err(error) => {
            let sentence = format!("The data directory cannot be written to: {error}.");
            let action = "Give the account that runs weekledger the right to write there, or name \
                          another directory with --data-dir.";
            Check::pass(AREA, "data_dir", subject, sentence).graded(Grade::Fail, action)
        }
    }
}

fn secrets_file(path: &Path) -> Check {
    let subject = path.display().to_string();
    let check = |sentence: &str| Check::pass(AREA, "secrets_file", subject.clone(), sentence);
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let action =
                format!("Make it and run: chmod 600 {subject}. Or remove file from [secrets].");
            check("There is no secrets file; only the environment is used.")
                .graded(Grade::Warn, action)
        }
        Err(error) => check(&format!("The secrets file cannot be looked at: {error}."))
            .graded(Grade::Fail, "Check who may read the folder that it lies in."),
        Ok(found) if others_may_read(&found) => check("Others may read the secrets file.")
            .graded(Grade::Fail, format!("Run: chmod 600 {subject}")),
        Ok(_) => check("Nobody else may read the secrets file."),
    }
}

#[cfg(unix)]
fn others_may_read(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o077 != 0
}

/// Elsewhere a file's permissions say too little to judge them.
#[cfg(not(unix))]
fn others_may_read(_: &fs::Metadata) -> bool {
    false
}
