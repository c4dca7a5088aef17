//! A place for every embedded adapter: a temporary folder, or nothing at all.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use weekledger::embedded::{
    Access, FileArchive, LocalBus, LocalSecrets, OutboxMailer, SetClock, SqliteHistory,
    SqliteLedger, SystemClock,
};
use weekledger::ports::{
    Archive, Bus, Clock, HistoryTable, Ledger, Mailer, Message, SecretName, Secrets,
};

use crate::bus::BusPlace;
use crate::mailer::MailPlace;
use crate::place::Place;
use crate::secrets::SecretsPlace;

/// Declares a place that is a temporary folder, and how a handle for an access is opened in it.
macro_rules! folder_place {
    ($place:ident, $port:ident, $adapter:ident, $file:literal) => {
        pub struct $place(pub TempDir);

        impl $place {
            pub fn new() -> Self {
                Self(tempfile::tempdir().unwrap())
            }

            pub fn path(&self) -> PathBuf {
                self.0.path().join($file)
            }

            pub fn handle(&self, access: Access) -> $adapter {
                $adapter::open(&self.path(), access).unwrap()
            }
        }

        impl Place for $place {
            type Port = dyn $port;

            async fn open(&self) -> Box<dyn $port> {
                Box::new(self.handle(Access::Write))
            }
        }
    };
}

folder_place!(LedgerFile, Ledger, SqliteLedger, "ledger.sqlite3");
folder_place!(ArchiveFolder, Archive, FileArchive, "archive");
folder_place!(BusFile, Bus, LocalBus, "bus.sqlite3");
folder_place!(HistoryFile, HistoryTable, SqliteHistory, "history.sqlite3");
folder_place!(Outbox, Mailer, OutboxMailer, "outbox");

impl BusPlace for BusFile {
    async fn received(&self) -> Vec<Message> {
        let bus = self.handle(Access::Write);
        let notices = bus.notices().unwrap().into_iter().map(|kept| Message::Notice(kept.notice));
        let mut received: Vec<_> = notices.collect();
        while let Some(delivery) = bus.take("2026-11-23T05:00:00Z".parse().unwrap()).unwrap() {
            bus.acknowledge(delivery.id).unwrap();
            received.push(delivery.message);
        }
        received
    }
}

impl MailPlace for Outbox {
    async fn sent(&self) -> Vec<Vec<u8>> {
        let folder = self.path().join("hotels/2026-W47");
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .map(|path| fs::read(path).unwrap())
            .collect()
    }
}

/// Stands for the environment, which a test must not change.
pub struct SecretsEnvironment(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl SecretsEnvironment {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    pub fn handle(&self, file: Option<PathBuf>) -> LocalSecrets {
        let variables = Arc::clone(&self.0);
        let read = move |name: &str| {
            variables.lock().unwrap().get(name).cloned().ok_or(VarError::NotPresent)
        };
        LocalSecrets::new(Box::new(read), file)
    }
}

impl Place for SecretsEnvironment {
    type Port = dyn Secrets;

    async fn open(&self) -> Box<dyn Secrets> {
        Box::new(self.handle(None))
    }
}

impl SecretsPlace for SecretsEnvironment {
    fn set(&self, name: SecretName, text: Option<&str>) {
        let mut variables = self.0.lock().unwrap();
        match text {
            Some(text) => variables.insert(name.as_str(), text.to_owned()),
            None => variables.remove(name.as_str()),
        };
    }
}

/// A secrets file with the permissions that are demanded.
pub struct SecretsFile {
    pub folder: TempDir,
    values: Mutex<BTreeMap<&'static str, String>>,
}

impl SecretsFile {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), values: Mutex::default() }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("weekledger.secrets.toml")
    }

    pub fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
        self.permit(0o600);
    }

    pub fn permit(&self, mode: u32) {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(self.path(), permissions).unwrap();
    }
}

impl Place for SecretsFile {
    type Port = dyn Secrets;

    async fn open(&self) -> Box<dyn Secrets> {
        Box::new(SecretsEnvironment::new().handle(Some(self.path())))
    }
}

impl SecretsPlace for SecretsFile {
    fn set(&self, name: SecretName, text: Option<&str>) {
        let mut values = self.values.lock().unwrap();
        match text {
            Some(text) => values.insert(name.as_str(), text.to_owned()),
            None => values.remove(name.as_str()),
        };
        self.write(&toml::to_string(&*values).unwrap());
    }
}

pub struct MachineTime;

impl Place for MachineTime {
    type Port = dyn Clock;

    async fn open(&self) -> Box<dyn Clock> {
        Box::new(SystemClock)
    }
}

pub struct TimeAsSet;

impl Place for TimeAsSet {
    type Port = dyn Clock;

    async fn open(&self) -> Box<dyn Clock> {
        Box::new(SetClock::new("2026-11-23T05:00:00Z".parse().unwrap()))
    }
}
