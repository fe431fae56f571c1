//! Settings: one commented default file, then a file, the environment and flags, in that order.
//!
//! This module owns reading, checking and printing settings. It knows neither the database nor gRPC: `app` hands each
//! part of the house the section it needs.

mod layers;
mod load;
mod risk;
mod seal_key;
mod secret;
mod sections;
mod self_check;
pub mod units;
mod unsafe_setups;
mod validate;

pub use load::{DEFAULT_TOML, SettingsError, Sources, load, load_unchecked};
pub use risk::{Problem, Risk};
pub use seal_key::{SealKey, SealKeyError, seal_key};
pub use secret::{DatabaseUrl, Engine, HIDDEN, Secret};
pub use sections::{
    AttachmentSettings, AuthSettings, BlobSettings, DatabaseSettings, DrainSettings, EventSettings, Http2Settings,
    JobSettings, LaneSettings, LimitSettings, LogFormat, MailSettings, Mode, RequestSettings, S3Settings,
    ServerSettings, Settings, SmtpSettings, SmtpTls, TelemetrySettings, TlsSettings, TokenAlgorithm, TokenSealSettings,
    WatchSettings, WebhookSettings,
};
pub use self_check::self_check;

impl Settings {
    /// The settings of the default file, for tests and for programs that change a few by hand.
    pub fn defaults() -> Self {
        load_unchecked(&Sources::default()).expect("the default file is part of the program and read by a test")
    }

    /// The settings as TOML with every secret hidden.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings hold nothing that TOML cannot write")
    }
}
