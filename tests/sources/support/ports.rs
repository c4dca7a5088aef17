//! Archive, secrets and clock in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use weekledger::ports::{
    Archive, ArchiveError, ArtifactName, Clock, Created, Secret, SecretName, Secrets, SecretsError,
};

#[derive(Default)]
pub struct MemoryArchive(pub Mutex<BTreeMap<ArtifactName, Vec<u8>>>);

impl MemoryArchive {
    pub fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let objects = self.0.lock().unwrap();
        objects.iter().map(|(name, bytes)| (name.to_string(), bytes.clone())).collect()
    }
}

#[async_trait]
impl Archive for MemoryArchive {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        let mut objects = self.0.lock().unwrap();
        match objects.get(name) {
            Some(there) if there == bytes => Ok(Created::Same),
            Some(there) => Ok(Created::Other(there.clone())),
            None => {
                objects.insert(name.clone(), bytes.to_vec());
                Ok(Created::New)
            }
        }
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        Ok(self.0.lock().unwrap().contains_key(name))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let objects = self.0.lock().unwrap();
        Ok(objects.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }
}

/// Serves the first token of a list until it is told to forget, then the next.
#[derive(Default)]
pub struct MemorySecrets(pub Mutex<BTreeMap<SecretName, Vec<String>>>);

impl MemorySecrets {
    pub fn set(&self, name: SecretName, tokens: &[&str]) {
        let tokens = tokens.iter().map(|token| (*token).to_owned()).collect();
        self.0.lock().unwrap().insert(name, tokens);
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        let secrets = self.0.lock().unwrap();
        let token = secrets.get(&name).and_then(|tokens| tokens.first());
        token.map(|token| Secret::new(token)).ok_or(SecretsError::Missing(name))
    }

    async fn forget(&self, name: SecretName) {
        let mut secrets = self.0.lock().unwrap();
        if let Some(tokens) = secrets.get_mut(&name)
            && tokens.len() > 1
        {
            tokens.remove(0);
        }
    }
}

/// Time passes only by sleeping.
pub struct VirtualClock {
    now: Mutex<Timestamp>,
    pub slept: Mutex<Vec<Duration>>,
}

impl VirtualClock {
    pub fn at(now: Timestamp) -> Self {
        Self { now: Mutex::new(now), slept: Mutex::default() }
    }

    /// All sleeps together.
    pub fn slept(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(duration).unwrap();
        self.slept.lock().unwrap().push(duration);
    }
}
