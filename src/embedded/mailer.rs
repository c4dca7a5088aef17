//! The outbox: mails as files that any mail program opens, created once for each intent.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use weekledger_events::payload::SendResult;
use weekledger_events::{EventId, RecipientKey, Revision, StreamId};

use super::Access;
use super::create_only::{CreateOnly, PlaceError, Placed};
use crate::ports::{Mail, Mailer, SentAs};

/// Writes `<report>/<week>/r<revision>-<recipient>-<intent>.eml`, and the HTML part beside it.
pub struct OutboxMailer {
    root: PathBuf,
    access: Access,
    files: CreateOnly,
}

/// Why the outbox cannot be looked into.
#[derive(Debug, thiserror::Error)]
#[error("the outbox at {} cannot be used", .path.display())]
pub struct OutboxError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl OutboxMailer {
    /// Opens the outbox in `root`. For writing, the caller holds the data directory's lock: what
    /// a killed process left unfinished is removed.
    pub fn open(root: &Path, access: Access) -> Result<Self, OutboxError> {
        let files = CreateOnly::new(root);
        if access == Access::Write {
            files.sweep().map_err(|source| OutboxError { path: root.to_owned(), source })?;
        }
        Ok(Self { root: root.to_owned(), access, files })
    }

    /// Where a mail lies once it is sent; its HTML has the same name with `.html`.
    pub fn path_of(&self, mail: &Mail) -> PathBuf {
        self.path(&mail.stream, mail.revision, &mail.recipient, mail.intent)
    }

    fn path(
        &self,
        stream: &StreamId,
        revision: Revision,
        recipient: &RecipientKey,
        intent: EventId,
    ) -> PathBuf {
        let mut intent = intent.to_string();
        intent.truncate(8);
        let name = format!("{}{recipient}-{intent}.eml", prefix(revision));
        self.folder(stream).join(name)
    }

    /// The mails of a revision that lie in the outbox, sorted.
    pub fn paths(
        &self,
        stream: &StreamId,
        revision: Revision,
    ) -> Result<Vec<PathBuf>, OutboxError> {
        let folder = self.folder(stream);
        let failed = |source| OutboxError { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            // Also where something else is in the way: no mail lies there.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(Vec::new());
            }
            entries => entries.map_err(failed)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let is_ours =
                |name: &str| name.starts_with(&prefix(revision)) && name.ends_with(".eml");
            if name.to_str().is_some_and(is_ours) {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn folder(&self, stream: &StreamId) -> PathBuf {
        self.root.join(stream.report.as_str()).join(stream.week.to_string())
    }

    /// The HTML goes first, so that a mail never lies there without it; the mail counts.
    fn send_now(&self, mail: &Mail) -> Result<(), NotSent> {
        if self.access == Access::Read {
            return Err(NotSent::ForGood("the data directory is open for reading only".to_owned()));
        }
        let path = self.path_of(mail);
        let cannot_store = |error| NotSent::UntilMended(cannot_store(&path, &error));
        if !path.try_exists().map_err(cannot_store)? {
            self.write_page(&path.with_extension("html"), &mail.html)?;
        }
        match self.files.place(&path, &mail.mime) {
            Ok(Placed::New) => Ok(()),
            Ok(Placed::Taken) => match holds(&path, &mail.mime) {
                Ok(true) => Ok(()),
                Ok(false) => Err(NotSent::ForGood(holds_another(&path))),
                Err(error) => Err(NotSent::Unknown(cannot_compare(&path, &error))),
            },
            Err(PlaceError::NotPlaced(error)) => Err(cannot_store(error)),
            Err(PlaceError::NotSynced(error)) => {
                Err(NotSent::Unknown(format!("{} may not last: {error}", path.display())))
            }
        }
    }

    /// The page of an earlier attempt that a kill kept from its mail serves as well.
    fn write_page(&self, path: &Path, html: &[u8]) -> Result<(), NotSent> {
        match self.files.place(path, html) {
            Ok(Placed::New) => Ok(()),
            Ok(Placed::Taken) => match holds(path, html) {
                Ok(true) => Ok(()),
                Ok(false) => Err(NotSent::ForGood(holds_another(path))),
                Err(error) => Err(NotSent::UntilMended(cannot_compare(path, &error))),
            },
            Err(PlaceError::NotPlaced(error) | PlaceError::NotSynced(error)) => {
                Err(NotSent::UntilMended(cannot_store(path, &error)))
            }
        }
    }
}

#[async_trait]
impl Mailer for OutboxMailer {
    async fn send(&self, mail: &Mail) -> SendResult {
        match self.send_now(mail) {
            Ok(()) => SendResult::Accepted { message_id: format!("outbox-{}", mail.intent) },
            Err(NotSent::ForGood(sentence)) => SendResult::refused(sentence),
            Err(NotSent::UntilMended(sentence)) => SendResult::until_mended(sentence, MEND),
            Err(NotSent::Unknown(sentence)) => SendResult::Unknown { sentence },
        }
    }

    /// The folder is the whole truth: a mail lies in it, or was never sent.
    async fn look_up(&self, sent: &SentAs<'_>) -> Option<SendResult> {
        let SentAs { intent, stream, revision, recipient } = sent;
        let path = self.path(stream, *revision, recipient, *intent);
        Some(match path.try_exists().ok()? {
            true => SendResult::Accepted { message_id: format!("outbox-{intent}") },
            false => SendResult::not_now("the process ended before the mail was in the outbox"),
        })
    }
}

/// A sentence about a mail that is not, or not surely, in the outbox.
enum NotSent {
    ForGood(String),
    /// A full disk, or missing permissions: every other mail would meet the same.
    UntilMended(String),
    Unknown(String),
}

const MEND: &str = "make room in the outbox, or mend its permissions";

/// Ends with the hyphen, so that revision 1 is no prefix of revision 10.
fn prefix(revision: Revision) -> String {
    format!("r{revision}-")
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let file = File::open(path)?;
    let mut found = Vec::new();
    // One byte more, for a file that only begins alike.
    file.take(bytes.len() as u64 + 1).read_to_end(&mut found)?;
    Ok(found == bytes)
}

fn cannot_store(path: &Path, error: &io::Error) -> String {
    format!("the outbox cannot store {}: {error}", path.display())
}

fn cannot_compare(path: &Path, error: &io::Error) -> String {
    format!("the outbox has {}, which cannot be read: {error}", path.display())
}

fn holds_another(path: &Path) -> String {
    format!("{} holds another mail for this intent; this one was not sent", path.display())
}
