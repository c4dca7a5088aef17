//! SES: may this account send, from the configured address, and to whom?

use serde_json::Value;
use url::form_urlencoded;

use super::{StackPlace, check, unanswered};
use crate::aws::ask::{Question, Service};
use crate::aws::failure::Failure;
use crate::config::Report;
use crate::doctor::{Check, Grade};

const ACCOUNT: &str = "mail_account";
const SANDBOX: &str = "mail_sandbox";
const SENDER: &str = "mail_sender";

const DASHBOARD: &str = "Look at the console of SES, Account dashboard, and do what it says there.";
const PRODUCTION: &str = "Ask for production access: console of SES, Account dashboard.";

impl StackPlace<'_> {
    pub(super) async fn mail(&self, reports: &[&Report]) -> Vec<Check> {
        let mut checks = match self.ses("SES GetAccount", "/v2/email/account").await {
            Err(failure) => vec![unanswered(ACCOUNT, "SES", &failure)],
            Ok(account) => vec![account_check(&account), self.sandbox(&account, reports).await],
        };
        checks.push(match self.other_sender() {
            Some(check) => check,
            None => self.sender().await,
        });
        checks
    }

    /// In the sandbox only addresses that SES has verified are mailed.
    async fn sandbox(&self, account: &Value, reports: &[&Report]) -> Check {
        if account["ProductionAccessEnabled"] == true {
            return check(SANDBOX, "SES", "SES sends to every address.");
        }
        let mut unverified = Vec::new();
        for recipient in reports.iter().flat_map(|report| &report.recipients) {
            match self.is_verified(recipient.address.as_str()).await {
                Ok(Some(true)) => {}
                Ok(_) => unverified.push(recipient.key.as_str()),
                Err(failure) => return unanswered(SANDBOX, "SES", &failure),
            }
        }
        if unverified.is_empty() {
            let sentence = "SES is in its sandbox: it sends to verified addresses only. All \
                            recipients are verified.";
            return check(SANDBOX, "SES", sentence).graded(Grade::Warn, PRODUCTION);
        }
        let sentence = format!(
            "SES is in its sandbox: it sends to verified addresses only, and these recipients are \
             not verified: {}.",
            unverified.join(", ")
        );
        let action = format!("{PRODUCTION} Or verify the address of each recipient there.");
        check(SANDBOX, "SES", sentence).graded(Grade::Fail, action)
    }

    /// The stack's role may send from one address only.
    fn other_sender(&self) -> Option<Check> {
        let (may, from) = (self.names.sender.as_deref()?, self.config.mail.from.as_str());
        if may.eq_ignore_ascii_case(from) {
            return None;
        }
        let sentence = format!(
            "[mail] from is {from}, and the stack may send from {may} only: every mail would be \
             refused."
        );
        let action = format!(
            "Deploy the stack with Sender={from}, or set [mail] from to {may} and push the \
             configuration."
        );
        Some(check(SENDER, from, &sentence).graded(Grade::Fail, action))
    }

    async fn sender(&self) -> Check {
        let address = self.config.mail.from.as_str();
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
        let action = format!(
            "Enter the DKIM records that `aws sesv2 get-email-identity --email-identity {domain}` \
             shows into the DNS of {domain}, and wait until SES has seen them."
        );
        match self.is_verified(address).await {
            Err(failure) => unanswered(SENDER, domain, &failure),
            Ok(Some(true)) => check(SENDER, domain, "SES may send from this domain or address."),
            Ok(Some(false)) => {
                let sentence = "SES knows the sender and has not verified it: mails are refused.";
                check(SENDER, domain, sentence).graded(Grade::Fail, action)
            }
            Ok(None) => {
                let sentence = "SES does not know the sender of [mail] from: mails are refused.";
                let action = "Deploy the stack with the domain of [mail] from as MailIdentity.";
                check(SENDER, domain, sentence).graded(Grade::Fail, action)
            }
        }
    }

    /// Whether SES has verified an address, by itself or by its domain; `None` if it knows neither.
    async fn is_verified(&self, address: &str) -> Result<Option<bool>, Failure> {
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
        let mut known = None;
        for identity in [domain, address] {
            let encoded: String = form_urlencoded::byte_serialize(identity.as_bytes()).collect();
            let path = format!("/v2/email/identities/{encoded}");
            match self.ses("SES GetEmailIdentity", &path).await {
                Ok(found) if found["VerifiedForSendingStatus"] == true => return Ok(Some(true)),
                Ok(_) => known = Some(false),
                Err(failure) if failure.code == "NotFoundException" => {}
                // An identity can hold a recipient's address: it is not repeated.
                Err(failure) => return Err(failure.without_addresses(&[address])),
            }
        }
        Ok(known)
    }

    async fn ses(&self, operation: &'static str, path: &str) -> Result<Value, Failure> {
        self.ask().json(Question { operation, service: Service::Ses, path }).await
    }
}

fn account_check(account: &Value) -> Check {
    let ses = |sentence: &str| check(ACCOUNT, "SES", sentence);
    match account["EnforcementStatus"].as_str() {
        _ if account["SendingEnabled"] == false => {
            ses("SES sends nothing for this account: sending is switched off.")
                .graded(Grade::Fail, DASHBOARD)
        }
        Some("SHUTDOWN") => {
            ses("SES has suspended this account: mails are refused.").graded(Grade::Fail, DASHBOARD)
        }
        Some("PROBATION") => {
            ses("SES has this account under review and may suspend it: too many mails bounced or \
                 were reported as unwanted.")
            .graded(Grade::Warn, DASHBOARD)
        }
        _ => ses("SES sends for this account."),
    }
}
