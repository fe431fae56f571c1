//! What a service without mail server has sent: the mails of its Maildir.

use std::path::Path;

use helpdesk::mail::{InboundMail, parse};

use super::app::App;

/// A mail that went out, as its receiver reads it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub mail: InboundMail,
    pub raw: String,
}

impl App {
    /// Works off what is due and returns every mail sent so far, oldest first.
    pub async fn outbox(&self) -> Vec<Sent> {
        self.running().worker.run_until_idle().await.expect("worked");
        read(&self.data_folder().join("outbox/new"))
    }
}

/// The mails of a folder, by their dates and ids.
pub fn read(folder: &Path) -> Vec<Sent> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let bytes = entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("readable"));
    let mut sent: Vec<Sent> = bytes.map(|bytes| sent(&bytes)).collect();
    sent.sort_by_key(|sent| (sent.mail.date, sent.mail.message_id.clone()));
    sent
}

/// A mail out of its bytes.
pub fn sent(bytes: &[u8]) -> Sent {
    Sent { mail: parse(bytes).expect("a mail"), raw: String::from_utf8_lossy(bytes).into_owned() }
}

impl Sent {
    /// The lines of the header, unfolded, that begin with `name`.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&prefix))?;
        Some(line[prefix.len()..].trim().to_owned())
    }
}
