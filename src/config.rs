//! Configuration: the file that people write, and the settings that a run pins.

mod settings;

pub use settings::{
    AccountSettings, AnalystSettings, AttributionSettings, ContactProperty, DeliverySettings,
    HoldSettings, HubspotSettings, MetaSettings, Provider, RecipientSettings, RunSettings,
    SettingsError, SourceLimits,
};
