//! Handing mail over: to a mail server by SMTP, or to a Maildir as long as none is set.
//!
//! A mail that was handed over may be handed over again when the answer got lost; its Message-ID stays the same.

mod maildir;
mod smtp;

use std::path::PathBuf;

use thiserror::Error;

use crate::mail::compose::Parcel;
use crate::settings::Settings;

use maildir::Maildir;
use smtp::Smtp;

/// Where mail is handed over.
#[derive(Debug, Clone)]
pub struct Mailer(Way);

#[derive(Debug, Clone)]
enum Way {
    Smtp(Smtp),
    Maildir(Maildir),
}

/// Why a mail was not taken; the text is for people and holds nothing of the mail's content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendFault {
    /// It may be taken later.
    #[error("{0}")]
    Later(String),
    /// Nobody could be reached to take it, whichever mail it is.
    #[error("{0}")]
    OutOfReach(String),
    /// It will never be taken.
    #[error("{0}")]
    Never(String),
}

impl Mailer {
    /// The mail server of the settings, or the Maildir.
    ///
    /// # Errors
    /// A file of the settings that cannot be read, in words.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let mail = &settings.mail;
        if !mail.smtp.host.is_empty() {
            return Ok(Self(Way::Smtp(Smtp::new(&mail.smtp, &mail.from_domain)?)));
        }
        let folder: PathBuf = mail.maildir.clone().unwrap_or_else(|| settings.data_dir.join("outbox"));
        Ok(Self(Way::Maildir(Maildir::new(folder))))
    }

    /// Hands one mail over. Returns when it was taken.
    ///
    /// # Errors
    /// [`SendFault`].
    pub async fn send(&self, parcel: &Parcel) -> Result<(), SendFault> {
        match &self.0 {
            Way::Smtp(smtp) => smtp.send(parcel).await,
            Way::Maildir(maildir) => maildir.keep(parcel).await,
        }
    }
}
