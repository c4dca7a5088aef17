//! The embedded system: one data directory, its adapters, and the stages in this process.

use std::collections::BTreeSet;
use std::sync::Arc;

use weekledger::chain::{Chain, Ports};
use weekledger::config::Config;
use weekledger::embedded::runner::Runner;
use weekledger::embedded::{
    Access, DataDir, DataDirError, FileArchive, LocalBus, OutboxMailer, SqliteLedger,
};
use weekledger::ports::{
    BusError, HistoryTable, HistoryTableError, LedgerError, MailAddress, OwnerNotice, Secrets,
};
use weekledger::stages::deliver::AddressBook;
use weekledger_events::{Nonce, RecipientKey, ReportId, StreamId};
use weekledger_projections::display;

use super::{failed, no_room, unusable};
use crate::context::Context;
use crate::failure::Failure;

/// What only the embedded system has.
pub struct Embedded {
    pub bus: Arc<LocalBus>,
    pub ledger: Arc<SqliteLedger>,
    pub archive: Arc<FileArchive>,
    pub outbox: Arc<OutboxMailer>,
    /// Keeps the lock.
    data_dir: DataDir,
}

/// An open run that was not written about for so many events has been given up, or its message
/// lies on the bus. A failed stage is tried and recorded anew every few hours.
const RECENT_EVENTS: u32 = 200;

/// The live configuration's addresses.
pub struct Addresses(pub Arc<Config>);

impl AddressBook for Addresses {
    fn sender(&self) -> MailAddress {
        self.0.mail.from.clone()
    }

    fn recipient(&self, report: &ReportId, key: &RecipientKey) -> Option<MailAddress> {
        self.0.recipient_address(report, key).map(|(_, address)| address)
    }
}

impl Embedded {
    pub fn open(context: &Context, access: Access) -> Result<Self, Failure> {
        let data_dir = DataDir::open(&context.data_dir, access).map_err(|error| match error {
            DataDirError::NoSpace(_) => no_room(error),
            other => unusable(other),
        })?;
        let ledger: Arc<SqliteLedger> =
            Arc::new(data_dir.ledger().map_err(|error| match error {
                LedgerError::Refused { .. } => no_room(error),
                other => unusable(other),
            })?);
        let archive = Arc::new(data_dir.archive().map_err(unusable)?);
        let bus = Arc::new(data_dir.bus().map_err(|error| match error {
            BusError::NotStored(_) => no_room(error),
            other => unusable(other),
        })?);
        let outbox = Arc::new(data_dir.outbox().map_err(unusable)?);
        Ok(Self { bus, ledger, archive, outbox, data_dir })
    }

    pub fn ports(&self, secrets: Arc<dyn Secrets>, context: &Context) -> Ports {
        Ports {
            ledger: self.ledger.clone(),
            archive: self.archive.clone(),
            bus: self.bus.clone(),
            mailer: self.outbox.clone(),
            secrets,
            clock: context.clock(),
        }
    }

    /// The projection for other tools.
    pub fn history(&self) -> Result<Arc<dyn HistoryTable>, HistoryTableError> {
        Ok(Arc::new(self.data_dir.history()?))
    }

    /// Runs the stages in this process.
    pub fn runner(&self, chain: &Arc<Chain>) -> Runner {
        Runner::new(chain.clone(), self.bus.clone(), nonce)
    }

    /// Tells the owner's notices on stderr, once: on a laptop, whoever runs commands is the owner.
    pub fn tell_notices(&self, context: &Context) -> Result<(), Failure> {
        for kept in self.bus.notices().map_err(failed)? {
            show(context, &kept.notice);
            self.bus.dismiss(kept.id).map_err(failed)?;
        }
        Ok(())
    }

    /// The same for a command that only reads: what nobody was told yet, because a process was
    /// killed before.
    pub fn show_notices(&self, context: &Context) -> Result<(), Failure> {
        for kept in self.bus.notices().map_err(failed)? {
            show(context, &kept.notice);
        }
        Ok(())
    }

    /// Removes raw pages that are older than the configuration keeps them.
    pub fn expire_raw(&self, config: &Config, context: &Context) -> Result<(), Failure> {
        let days = config.keep_raw_days;
        let expired = self.archive.expire_raw(context.now(), days).map_err(failed)?;
        if expired.objects > 0 {
            let pages = display::counted(expired.objects.into(), "raw page", "raw pages");
            let days = display::counted(days.into(), "day", "days");
            context.tell(&format!("removed {pages} older than {days}"));
        }
        Ok(())
    }

    /// Those streams of a report on which work may be open: what the ledger was written about
    /// last, and what lies on the bus. A ledger of years is not read for every pass.
    pub fn active_streams(&self, report: &ReportId) -> Result<Vec<StreamId>, Failure> {
        let recent = self.ledger.recent_streams(RECENT_EVENTS).map_err(failed)?;
        let waiting = self.bus.streams().map_err(failed)?;
        let active: BTreeSet<StreamId> = recent.into_iter().chain(waiting).collect();
        Ok(active.into_iter().filter(|stream| stream.report == *report).collect())
    }
}

fn show(context: &Context, notice: &OwnerNotice) {
    let OwnerNotice { stream, sentence, action } = notice;
    context.tell(&format!("to the owner: {stream}: {sentence}"));
    if let Some(action) = action {
        context.tell(&format!("  what to do: {action}"));
    }
}

#[expect(clippy::disallowed_methods, reason = "the nonce of an invocation is made at the edge")]
fn nonce() -> Nonce {
    Nonce(uuid::Uuid::new_v4())
}
