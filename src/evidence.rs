//! Evidence: from a mail back to the bytes that an API returned, and the check that they agree.
//!
//! Everything here reads through a [`Store`], so a bundle answers like the ledger it came from.

mod artifact;
mod audit;
pub mod bundle;
mod controls;
mod error;
mod page;
mod recompute;
pub mod rehearsal;
mod revision;
mod store;
mod trail;
mod verify;

pub use artifact::{Kept, Role, lost_pages, references};
pub use audit::{
    AuditBase, AuditInput, AuditRule, AuditTerm, Auditor, Checked, FigureAudit, Kind, RuleName,
};
pub use error::EvidenceError;
pub use revision::{Analysed, Computed, analysed, computed, figures, series};
pub use store::{LedgerStore, Store, read_week};
pub use trail::{ArtifactLine, EventRef, PROMISE, Trail, trail};
pub use verify::{
    Trouble, Verdict, VersionNote, WeekVerdict, verify_archive, verify_archive_objects, verify_week,
};
