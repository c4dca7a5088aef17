//! The embedded adapters keep every contract; what only they promise is tested below.

use tempfile::TempDir;
use weekledger::embedded::{Access, FileArchive, SqliteLedger};
use weekledger::ports::{Archive, Ledger};

use crate::place::Place;

mod archive;
mod ledger;

/// A ledger file in a folder of its own.
pub struct LedgerFile(pub TempDir);

impl LedgerFile {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn ledger(&self, access: Access) -> SqliteLedger {
        SqliteLedger::open(&self.0.path().join("ledger.sqlite3"), access).unwrap()
    }
}

impl Place for LedgerFile {
    type Port = dyn Ledger;

    async fn open(&self) -> Box<dyn Ledger> {
        Box::new(self.ledger(Access::Write))
    }
}

/// An archive in a folder of its own.
pub struct ArchiveFolder(pub TempDir);

impl ArchiveFolder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn archive(&self, access: Access) -> FileArchive {
        FileArchive::open(self.0.path(), access).unwrap()
    }
}

impl Place for ArchiveFolder {
    type Port = dyn Archive;

    async fn open(&self) -> Box<dyn Archive> {
        Box::new(self.archive(Access::Write))
    }
}

mod contracts {
    mod sqlite_ledger {
        ledger_contract!(super::super::LedgerFile::new());
    }

    mod file_archive {
        archive_contract!(super::super::ArchiveFolder::new());
    }
}
