//! Configuration: the file that people write, and the settings that a run pins. The live
//! configuration alone knows recipients' addresses; the settings never do.

mod check;
mod defaults;
mod draft;
mod error;
mod load;
mod nearest;
mod schedule;
mod section;
mod settings;
mod zone_names;

use std::fmt;
use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use weekledger_events::{RecipientKey, ReportId};
use weekledger_projections::alerts::AlertRule;

use crate::ports::MailAddress;

pub use draft::RunDraft;
pub use error::{ConfigError, Problem, Problems};
pub use nearest::nearest;
pub use schedule::{SETTLING_HOURS, Schedule, StartDelay, analysis_due};
pub use settings::{
    AccountSettings, AnalystSettings, AttributionSettings, ContactProperty, DeliverySettings,
    HoldSettings, HubspotSettings, MetaPace, MetaSettings, NoteSettings, Provider,
    RecipientSettings, RunSettings, SettingsError, SourceLimits,
};

/// A configuration file, checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub meta: MetaSettings,
    pub hubspot: HubspotSettings,
    pub analyst: AnalystSettings,
    pub mail: MailConfig,
    /// Who is told when something needs a person.
    pub owner: Option<MailAddress>,
    /// API responses are kept for so many days.
    pub keep_raw_days: u32,
    pub limits: SourceLimits,
    pub hold: HoldSettings,
    /// A file with secrets, for those that the environment does not hold.
    pub secrets_file: Option<PathBuf>,
    /// At least one.
    pub reports: Vec<Report>,
    /// What the company did; for one report, or for all.
    pub notes: Vec<(Option<ReportId>, NoteSettings)>,
}

/// A configuration in a store that others write to as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConfig {
    pub text: String,
    /// The store's own mark of these bytes: who writes the next one says what it replaces.
    pub mark: String,
}

/// What every mail has in common.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// With the name that stands before it.
    pub from: MailAddress,
    /// Attempts for one recipient after refusals.
    pub attempts_max: u32,
}

/// A configured deliverable.
#[derive(Debug, Clone)]
pub struct Report {
    pub id: ReportId,
    pub title: String,
    pub time_zone: TimeZone,
    /// On Monday, in the report's zone.
    pub open_at: Time,
    /// On Monday, in the report's zone; later than `open_at`.
    pub deliver_at: Time,
    /// Every report waits for a `send`.
    pub approval: bool,
    /// Whether paid social contacts without a known campaign count here; if the file does not say
    /// it, they do where there is but one report.
    pub count_unattributed: Option<bool>,
    /// At least one.
    pub accounts: Vec<Account>,
    /// At least one.
    pub recipients: Vec<Recipient>,
    /// Which figures may raise an alert.
    pub alerts: AlertRule,
}

/// One client property's ad account.
#[derive(Debug, Clone)]
pub struct Account {
    pub settings: AccountSettings,
    /// The ad account's own zone if the file names it; the provider's word counts in the end.
    pub time_zone: Option<TimeZone>,
}

/// Somebody who gets a report. `Debug` shows neither name nor address.
#[derive(Clone)]
pub struct Recipient {
    pub key: RecipientKey,
    pub name: String,
    pub address: MailAddress,
    pub department: String,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Config {
    pub fn report(&self, id: &ReportId) -> Option<&Report> {
        self.reports.iter().find(|report| report.id == *id)
    }

    /// What a run of `report` pins: everything that its stages may depend on, and no address.
    pub fn settings(&self, report: &Report) -> RunSettings {
        RunSettings {
            report: report.id.clone(),
            title: report.title.clone(),
            time_zone: report.time_zone_name().to_owned(),
            accounts: report.accounts.iter().map(|account| account.settings.clone()).collect(),
            recipients: report.recipients.iter().map(Recipient::settings).collect(),
            meta: self.meta.clone(),
            hubspot: HubspotSettings {
                count_unattributed: report.count_unattributed.unwrap_or(self.reports.len() == 1),
                ..self.hubspot.clone()
            },
            analyst: self.analyst.clone(),
            delivery: DeliverySettings {
                approval: report.approval,
                attempts_max: self.mail.attempts_max,
            },
            hold: self.hold.clone(),
            limits: self.limits.clone(),
            notes: self.notes_of(&report.id),
            alerts: report.alerts.clone(),
        }
    }

    fn notes_of(&self, report: &ReportId) -> Vec<NoteSettings> {
        let ours = |of: &Option<ReportId>| of.as_ref().is_none_or(|of| of == report);
        self.notes.iter().filter(|(of, _)| ours(of)).map(|(_, note)| note.clone()).collect()
    }

    /// Name and address of a recipient, as the file has them now; `None` if it no longer does.
    pub fn recipient_address(
        &self,
        report: &ReportId,
        key: &RecipientKey,
    ) -> Option<(String, MailAddress)> {
        let recipient = self.report(report)?.recipients.iter().find(|one| one.key == *key)?;
        Some((recipient.name.clone(), recipient.address.clone()))
    }
}

impl Report {
    /// The IANA name of the report's zone.
    pub fn time_zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }
}

impl Recipient {
    fn settings(&self) -> RecipientSettings {
        RecipientSettings { key: self.key.clone(), department: self.department.clone() }
    }
}

#[cfg(test)]
mod tests;
