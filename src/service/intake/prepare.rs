//! What is done with a message before the lane: keeping and reading raw mail, cleaning text, hashing (W7).

use std::collections::BTreeMap;

use super::ingest::MailFacts;
use crate::domain::rejection::Rejection;
use crate::mail::{self, InboundMail, quote, sanitize};
use crate::service::Service;

/// Mails above this many bytes are read beside the tasks that answer calls: taking one apart may take milliseconds.
const READ_ASIDE: usize = 16 * 1024;
/// Message-IDs that are looked for: the nearest ones. Ours is among them in every honest answer.
const ANSWERS: usize = 20;

/// A raw mail, read and kept.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// What it says.
    pub mail: InboundMail,
    /// SHA-256 of its bytes where they are kept.
    pub raw_sha256: Option<String>,
}

/// Reads a raw mail, and keeps its bytes when `keep` is set and the service has a place for them (C2). They are on the
/// disk before the message can be stored.
///
/// # Errors
/// A field fault for bytes that are no mail; [`Rejection::StorageUnavailable`] when the disk refuses.
pub async fn keep_mail(service: &Service, raw: &[u8], keep: bool) -> Result<KeptMail, Rejection> {
    let mail = read_mail(raw).await?;
    let folder = service.mail_folder().filter(|_| keep);
    let raw_sha256 = match folder {
        Some(folder) => Some(folder.keep(raw.to_vec()).await.map_err(|error| error.rejection())?),
        None => None,
    };
    Ok(KeptMail { mail, raw_sha256 })
}

async fn read_mail(raw: &[u8]) -> Result<InboundMail, Rejection> {
    let unreadable = |why: mail::MailRefusal| Rejection::field("message.raw_mail", "INCONSISTENT", why.to_string());
    if raw.len() <= READ_ASIDE {
        return mail::parse(raw).map_err(unreadable);
    }
    let raw = raw.to_vec();
    let read = tokio::task::spawn_blocking(move || mail::parse(&raw)).await;
    read.map_err(|_| Rejection::Internal("reading a mail panicked".to_owned()))?.map_err(unreadable)
}

impl KeptMail {
    /// What the thread of the mail is found by, and what it is.
    pub fn facts(&self) -> MailFacts {
        let mail = &self.mail;
        let mut answers: Vec<String> =
            mail.in_reply_to.iter().rev().chain(mail.references.iter().rev()).cloned().collect();
        answers.truncate(ANSWERS);
        MailFacts {
            mail_id: mail.message_id.clone(),
            // Tokens are written in lower case; some servers fold addresses, so case does not count.
            reply_tokens: mail.reply_tokens.iter().map(|token| token.to_lowercase()).collect(),
            answers,
            raw_sha256: self.raw_sha256.clone(),
            auto_reply: mail.auto_reply,
            bounce: mail.bounce,
            report: mail.report.clone(),
            forwarded: mail.forwarded,
            list: mail.list,
            // What is forwarded is what the mail says.
            cuts: if mail.forwarded { Vec::new() } else { quote::cuts(&mail.text) },
        }
    }
}

/// Cleaned text and HTML; text that is missing is made from the HTML.
pub fn rich_text(text: &str, html: &str) -> (String, String) {
    let cleaned = if html.is_empty() { String::new() } else { sanitize::html(html) };
    let plain = sanitize::plain(text);
    if plain.is_empty() && !cleaned.is_empty() {
        return (sanitize::text_of_html(&cleaned), cleaned);
    }
    (plain, cleaned)
}

/// The answers of a form as text, one to a line.
pub fn form_text(values: &BTreeMap<String, String>) -> String {
    values.iter().map(|(field, answer)| format!("{field}: {answer}")).collect::<Vec<_>>().join("\n")
}
