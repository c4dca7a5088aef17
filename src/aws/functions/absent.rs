//! What a function does not have: it links no client for it, and says so when it is asked.

use async_trait::async_trait;
use weekledger_events::payload::SendResult;
use weekledger_events::{Payload, RecipientKey, ReportId};

use crate::ports::{Mail, MailAddress, Mailer, Secret, SecretName, Secrets, SecretsError, SentAs};
use crate::stages::StageError;
use crate::stages::deliver::AddressBook;
use crate::stages::job::{Job, SendJob, Stages};

/// Sends nothing.
pub(super) struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _: &Mail) -> SendResult {
        SendResult::not_now("this function sends no mail")
    }

    async fn look_up(&self, _: &SentAs<'_>) -> Option<SendResult> {
        None
    }
}

/// Holds no secret.
pub(super) struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}

/// Performs no stage.
pub struct NoStages;

const NO_STAGES: &str = "this function performs no stage";

#[async_trait]
impl Stages for NoStages {
    async fn perform(&self, _: Job<'_>) -> Result<Payload, StageError> {
        Err(StageError::Retryable(NO_STAGES.into()))
    }

    async fn compose(&self, _: SendJob<'_>) -> Result<Mail, SendResult> {
        Err(SendResult::not_now(NO_STAGES))
    }
}

/// Knows no recipient.
pub(super) struct NoAddresses;

impl AddressBook for NoAddresses {
    fn sender(&self) -> MailAddress {
        MailAddress::new(String::new())
    }

    fn recipient(&self, _: &ReportId, _: &RecipientKey) -> Option<MailAddress> {
        None
    }
}
