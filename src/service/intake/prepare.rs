//! What is done with a message before the lane: keeping and reading raw mail, cleaning text, hashing (W7).

use std::collections::BTreeMap;

use super::ingest::MailFacts;
use crate::domain::ids::{AccountId, AttachmentId};
use crate::domain::rejection::Rejection;
use crate::mail::{self, InboundMail, quote, sanitize};
use crate::service::Service;
use crate::service::files::{KeptRaw, RawMail, keep_raw, uploaded_raw};
use crate::service::grant::Grant;

/// Mails above this many bytes are read beside the tasks that answer calls: taking one apart may take milliseconds.
const READ_ASIDE: usize = 16 * 1024;
/// Message-IDs that are looked for: the nearest ones. Ours is among them in every honest answer.
const ANSWERS: usize = 20;

/// A raw mail, read and kept.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// What it says.
    pub mail: InboundMail,
    /// Its bytes, where they are kept.
    pub raw: Option<RawMail>,
}

/// Reads a raw mail, and keeps its bytes when `keep` is set and the service has a place for them (C2). They are safe
/// before the message can be stored; the second value lets go of them when it is not.
///
/// # Errors
/// A field fault for bytes that are no mail; [`Rejection::StorageUnavailable`] when the place refuses.
pub async fn keep_mail(
    service: &Service,
    account: &AccountId,
    raw: &[u8],
    keep: bool,
) -> Result<(KeptMail, Option<KeptRaw>), Rejection> {
    let mail = read_mail(raw, "message.raw_mail").await?;
    let kept = if keep { keep_raw(service, account, raw).await? } else { None };
    let (raw, bytes) = kept.unzip();
    Ok((KeptMail { mail, raw }, bytes))
}

/// Reads a mail that the caller uploaded.
///
/// # Errors
/// A field fault for bytes that are no mail; [`Rejection::ReferenceNotFound`] for a file that is not there.
pub async fn uploaded_mail(service: &Service, grant: &Grant, id: AttachmentId) -> Result<KeptMail, Rejection> {
    let field = "message.raw_mail_attachment";
    let (raw, bytes) = uploaded_raw(service, grant, id, field).await?;
    let mail = read_mail(&bytes, field).await?;
    Ok(KeptMail { mail, raw: Some(raw) })
}

async fn read_mail(raw: &[u8], field: &str) -> Result<InboundMail, Rejection> {
    let unreadable = |why: mail::MailRefusal| Rejection::field(field, "INCONSISTENT", why.to_string());
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
            raw: self.raw.clone(),
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
