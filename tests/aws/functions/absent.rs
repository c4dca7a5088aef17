//! Ports for looking at a stack: nothing is sent, and no secret is needed.

use async_trait::async_trait;
use weekledger::ports::{Mail, Mailer, Secret, SecretName, Secrets, SecretsError, SentAs};
use weekledger_events::payload::SendResult;

pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _: &Mail) -> SendResult {
        panic!("a test sends no mail")
    }

    async fn look_up(&self, _: &SentAs<'_>) -> Option<SendResult> {
        None
    }
}

pub struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}
