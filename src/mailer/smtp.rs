//! A mail server that takes what we send (RFC 5321, RFC 6409).

use std::path::Path;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::SendFault;
use crate::mail::compose::Parcel;
use crate::settings::{SmtpSettings, SmtpTls};

/// Characters of a mail server's answer that are kept.
const LONGEST_ANSWER: usize = 400;

/// Answers to signing in (RFC 4954): wrong in our settings, not in the mail, so it is worth trying again.
const SIGNING_IN: [&str; 5] = ["530", "534", "535", "538", "454"];

/// How the client's errors begin that happened before there was a connection; it has no other sign of them.
const NOT_CONNECTED: &str = "Connection error";

/// See the module. Connections are kept and shared by clones.
#[derive(Debug, Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

impl Smtp {
    /// Reads the files of the settings; does not connect yet.
    pub fn new(settings: &SmtpSettings, hello: &str) -> Result<Self, String> {
        let tls = tls(settings)?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(settings.timeout))
            .pool_config(PoolConfig::new().max_size(settings.connections));
        if let Some(file) = &settings.password_file {
            builder = builder.credentials(Credentials::new(settings.user.clone(), password(file)?));
        }
        Ok(Self { transport: builder.build(), timeout: settings.timeout })
    }

    pub async fn send(&self, parcel: &Parcel) -> Result<(), SendFault> {
        let envelope = envelope(parcel)?;
        let sent = self.transport.send_raw(&envelope, &parcel.bytes);
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault(&error)),
            Err(_) => Err(SendFault::Later("the mail server took too long".to_owned())),
        }
    }
}

fn tls(settings: &SmtpSettings) -> Result<Tls, String> {
    let failed = |error: Error| format!("mail.smtp: {error}");
    let parameters = || {
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(file) = &settings.ca {
            let pem = std::fs::read(file).map_err(|error| format!("mail.smtp.ca: {}: {error}", file.display()))?;
            let certificate = Certificate::from_pem(&pem).map_err(failed)?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build().map_err(failed)
    };
    Ok(match settings.tls {
        SmtpTls::Starttls => Tls::Required(parameters()?),
        SmtpTls::Tls => Tls::Wrapper(parameters()?),
        SmtpTls::None => Tls::None,
    })
}

/// The first line of the file.
fn password(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("mail.smtp.password_file: {}: {error}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn envelope(parcel: &Parcel) -> Result<Envelope, SendFault> {
    let address = |text: &String| text.parse::<Address>().map_err(|error| SendFault::Never(format!("{text}: {error}")));
    let sender = parcel.sender.as_ref().map(address).transpose()?;
    let recipients = parcel.recipients.iter().map(address).collect::<Result<_, _>>()?;
    Envelope::new(sender, recipients).map_err(|error| SendFault::Never(error.to_string()))
}

/// A refusal for good (5yz) ends the mail; everything else may be over later. Who could not connect or sign in knows
/// nothing about the mail; who lost the connection in between may have handed it over.
fn fault(error: &Error) -> SendFault {
    let text = told(error);
    let signing_in = error.status().is_some_and(|code| SIGNING_IN.contains(&code.to_string().as_str()));
    if signing_in || error.is_tls() || text.starts_with(NOT_CONNECTED) {
        SendFault::OutOfReach(text)
    } else if error.is_permanent() {
        SendFault::Never(text)
    } else {
        SendFault::Later(text)
    }
}

/// The error with what caused it, on one line.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").chars().take(LONGEST_ANSWER).collect()
}
