//! Secrets in Secrets Manager: each one by itself, or all in one JSON secret.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};

use super::Lazy;
use super::failure::Failure;
use super::role::Role;
use crate::ports::{Clock, Secret, SecretName, Secrets, SecretsError, Unsigned};

/// How long a secret is used before it is read again. A rotation is seen at once where the old
/// secret is refused: whoever notices calls `forget`.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Where the secrets lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsPlace {
    /// One secret each, named by this prefix and the secret's name.
    Each { prefix: String },
    /// One secret with a JSON object of them, by name or ARN.
    Json { id: String },
}

/// Reads a secret when it is asked for, and keeps it for some minutes.
pub struct ManagedSecrets {
    client: Lazy<Client>,
    place: SecretsPlace,
    clock: Arc<dyn Clock>,
    role: Role,
    known: Mutex<BTreeMap<SecretName, Known>>,
}

struct Known {
    secret: Secret,
    read_at: Timestamp,
}

impl ManagedSecrets {
    pub(super) fn new(
        client: Lazy<Client>,
        place: SecretsPlace,
        clock: Arc<dyn Clock>,
        role: Role,
    ) -> Self {
        Self { client, place, clock, role, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<SecretName, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that was set back makes nothing last longer.
    fn still_good(&self, name: SecretName) -> Option<Secret> {
        let now = self.clock.now();
        let known = self.known();
        let known = known.get(&name)?;
        let age = now.duration_since(known.read_at);
        (age >= SignedDuration::ZERO && age < KEPT_FOR).then(|| known.secret.clone())
    }

    async fn look_up(&self, name: SecretName) -> Result<Secret, SecretsError> {
        let found = match &self.place {
            SecretsPlace::Each { prefix } => {
                self.fetch(name, &format!("{prefix}{}", name.as_str())).await?
            }
            SecretsPlace::Json { id } => match self.fetch(name, id).await? {
                Some(text) => member(name, id, &text)?,
                None => None,
            },
        };
        let secret = found.map(|text| Secret::new(&text)).filter(|text| !text.expose().is_empty());
        secret.ok_or(SecretsError::Missing(name))?.for_header(name)
    }

    /// The current version of a secret; `None` if there is no such secret.
    async fn fetch(&self, name: SecretName, id: &str) -> Result<Option<String>, SecretsError> {
        match self.client.get_secret_value().secret_id(id).send().await {
            Ok(found) => match found.secret_string {
                Some(text) => Ok(Some(text)),
                None => Err(unusable(name, format!("the secret {id} holds bytes, not text"))),
            },
            Err(error) => {
                if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) {
                    return Ok(None);
                }
                let failure = Failure::new("Secrets Manager GetSecretValue", &error);
                if failure.is_refused() {
                    return Err(unusable(name, failure.to_string()));
                }
                Err(SecretsError::Unavailable(Box::new(failure)))
            }
        }
    }
}

#[async_trait]
impl Secrets for ManagedSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        if let Some(secret) = self.still_good(name) {
            return Ok(secret);
        }
        // Before the call, so that it never counts as younger than it is.
        let read_at = self.clock.now();
        let secret = self.look_up(name).await?;
        self.known().insert(name, Known { secret: secret.clone(), read_at });
        Ok(secret)
    }

    async fn forget(&self, name: SecretName) {
        self.known().remove(&name);
    }

    async fn sign(&self, of: Unsigned<'_>) -> Result<Vec<(&'static str, Secret)>, SecretsError> {
        self.role.sign(of, self.clock.now()).await
    }
}

/// One member of a JSON secret. The parser's own message quotes the text: it is not kept.
fn member(name: SecretName, id: &str, text: &str) -> Result<Option<String>, SecretsError> {
    let members: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| {
        unusable(name, format!("the secret {id} is not a JSON object whose values are texts"))
    })?;
    Ok(members.into_iter().find(|(key, _)| key == name.as_str()).map(|(_, value)| value))
}

fn unusable(name: SecretName, why: String) -> SecretsError {
    SecretsError::Unusable { name, why }
}
