//! Writing mail: one [`Outgoing`] becomes the bytes of one RFC 5322 message.
//!
//! Pure and repeatable: the same mail gives the same bytes, so that one that is handed over twice is the same one twice
//! (its Message-ID lets the receiver notice). Headers are encoded and folded by `lettre`; line breaks and control
//! characters never reach it, so nothing that anybody wrote can become a header (T-25).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lettre::message::header::{self, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox as Written, Message, MultiPart, SinglePart};
use lettre::{Address, address::Envelope};
use thiserror::Error;

use super::model::{Mailbox, limits};
use super::text::one_line;
use crate::domain::time::Timestamp;

/// Why a machine writes (RFC 3834 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// Because something happened: `auto-generated`.
    Generated,
    /// In answer to a mail: `auto-replied`.
    Replied,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingFile {
    /// Its name.
    pub filename: String,
    /// `type/subtype`; anything unreadable goes as `application/octet-stream`.
    pub mime_type: String,
    /// Content-ID by which the HTML shows it; none for a file beside the text.
    pub content_id: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A mail to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Message-ID without angle brackets; boundaries are made from it.
    pub message_id: String,
    /// The Date header.
    pub date: Timestamp,
    /// Who writes.
    pub from: Mailbox,
    /// To whom.
    pub to: Vec<Mailbox>,
    /// Where answers go; none: to `from`.
    pub reply_to: Option<Mailbox>,
    /// Where delivery reports go: the envelope's sender. None: nowhere.
    pub bounces_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML; empty: text only.
    pub html: String,
    /// Message-ID of the mail this answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the mails before it, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Written by a machine.
    pub automatic: Option<Automatic>,
    /// Files.
    pub files: Vec<OutgoingFile>,
}

/// A written mail with its envelope (RFC 5321).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Message-ID, without angle brackets.
    pub message_id: String,
    /// Envelope sender; none for what nobody may answer.
    pub sender: Option<String>,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// Why a mail cannot be written: trying again would not help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unwritable {
    /// An address that no mail server could be told.
    #[error("{0} is no address that mail can be sent to")]
    Address(String),
    /// Nobody to send to.
    #[error("there is nobody to send to")]
    Nobody,
    /// What the writer says.
    #[error("the mail cannot be written: {0}")]
    Other(String),
}

/// Writes a mail.
///
/// # Errors
/// [`Unwritable`] for addresses that cannot be written to, and for a mail to nobody.
pub fn compose(mail: &Outgoing) -> Result<Parcel, Unwritable> {
    if mail.to.is_empty() {
        return Err(Unwritable::Nobody);
    }
    let recipients = mail.to.iter().map(|to| address(&to.address)).collect::<Result<Vec<_>, _>>()?;
    let sender = mail.bounces_to.as_deref().map(address).transpose()?;
    let parcel_recipients = recipients.iter().map(ToString::to_string).collect();
    let envelope = Envelope::new(sender.clone(), recipients).map_err(|error| Unwritable::Other(error.to_string()))?;
    let mut builder = Message::builder().envelope(envelope).date(system_time(mail.date)).from(written(&mail.from)?);
    for to in &mail.to {
        builder = builder.to(written(to)?);
    }
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(written(reply_to)?);
    }
    builder = builder.subject(one_line(&mail.subject, limits::SUBJECT_CHARS));
    let mut message = match content(mail) {
        Content::Single(part) => builder.singlepart(part),
        Content::Multi(part) => builder.multipart(part),
    }
    .map_err(|error| Unwritable::Other(error.to_string()))?;
    for value in machine_headers(mail) {
        message.headers_mut().insert_raw(value);
    }
    Ok(Parcel {
        message_id: mail.message_id.clone(),
        sender: sender.map(|address| address.to_string()),
        recipients: parcel_recipients,
        bytes: message.formatted(),
    })
}

fn system_time(time: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(0))
}

fn address(text: &str) -> Result<Address, Unwritable> {
    let clean = text.chars().all(|c| !c.is_control());
    text.parse().ok().filter(|_| clean).ok_or_else(|| Unwritable::Address(one_line(text, limits::ADDRESS_BYTES)))
}

fn written(mailbox: &Mailbox) -> Result<Written, Unwritable> {
    let name = mailbox.display_name.as_deref().map(|name| one_line(name, limits::DISPLAY_NAME_CHARS));
    Ok(Written::new(name.filter(|name| !name.is_empty()), address(&mailbox.address)?))
}

/// Headers of ids and machines: plain ASCII, written as they are.
fn machine_headers(mail: &Outgoing) -> Vec<HeaderValue> {
    let mut headers = vec![raw("Message-ID", bracketed(&mail.message_id))];
    if let Some(id) = &mail.in_reply_to {
        headers.push(raw("In-Reply-To", bracketed(id)));
    }
    if !mail.references.is_empty() {
        // One id to a line: no line grows too long, and no id is cut.
        let ids: Vec<String> = mail.references.iter().map(|id| bracketed(id)).collect();
        headers.push(raw("References", ids.join("\r\n ")));
    }
    if let Some(automatic) = mail.automatic {
        let (value, precedence, suppressed) = match automatic {
            Automatic::Generated => ("auto-generated", "bulk", "All"),
            // Whoever waits for the answer is to be told when it does not arrive: delivery reports are not suppressed.
            Automatic::Replied => ("auto-replied", "auto_reply", "OOF, AutoReply"),
        };
        headers.push(raw("Auto-Submitted", value.to_owned()));
        // For those who never heard of RFC 3834.
        headers.push(raw("Precedence", precedence.to_owned()));
        headers.push(raw("X-Auto-Response-Suppress", suppressed.to_owned()));
    }
    headers
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// An id in angle brackets, without anything that could end it or its line.
fn bracketed(id: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_ascii_graphic() && !"<>".contains(*c)).collect();
    format!("<{id}>")
}

enum Content {
    Single(SinglePart),
    Multi(MultiPart),
}

/// `mixed(related(alternative(text, html), shown files), files)`, each layer only where it is needed.
fn content(mail: &Outgoing) -> Content {
    let text = SinglePart::plain(lines(&mail.text));
    if mail.html.is_empty() && mail.files.is_empty() {
        return Content::Single(text);
    }
    let (shown, beside): (Vec<_>, Vec<_>) =
        mail.files.iter().partition(|file| file.content_id.is_some() && !mail.html.is_empty());
    let mut layer = if mail.html.is_empty() {
        Content::Single(text)
    } else {
        let html = SinglePart::html(lines(&mail.html));
        let boundary = boundary(mail, "a");
        Content::Multi(MultiPart::alternative().boundary(boundary).singlepart(text).singlepart(html))
    };
    if !shown.is_empty() {
        layer = with_files(MultiPart::related().boundary(boundary(mail, "r")), layer, &shown);
    }
    if !beside.is_empty() {
        layer = with_files(MultiPart::mixed().boundary(boundary(mail, "m")), layer, &beside);
    }
    layer
}

fn with_files(outer: lettre::message::MultiPartBuilder, inner: Content, files: &[&OutgoingFile]) -> Content {
    let outer = match inner {
        Content::Single(part) => outer.singlepart(part),
        Content::Multi(part) => outer.multipart(part),
    };
    Content::Multi(files.iter().fold(outer, |outer, file| outer.singlepart(part(file))))
}

fn part(file: &OutgoingFile) -> SinglePart {
    let octets = || ContentType::parse("application/octet-stream").expect("a media type");
    let kind = ContentType::parse(&file.mime_type).unwrap_or_else(|_| octets());
    let name = one_line(&file.filename, limits::FILE_NAME_CHARS);
    let attachment = match &file.content_id {
        // A shown file keeps its name too.
        Some(id) => Attachment::new_inline_with_name(bracketed(id).trim_matches(['<', '>']).to_owned(), name),
        None => Attachment::new(name),
    };
    let body = Body::new_with_encoding(file.bytes.clone(), header::ContentTransferEncoding::Base64);
    // Base64 takes any bytes.
    attachment.body(body.unwrap_or_else(Body::new), kind)
}

/// Text that `lettre` may end lines of: no lone carriage returns, no NUL.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\0'], "\n")
}

/// A boundary of this mail and no other, the same each time it is written.
fn boundary(mail: &Outgoing, layer: &str) -> String {
    let id: String = mail.message_id.chars().filter(char::is_ascii_alphanumeric).take(48).collect();
    format!("_{layer}_{id}_")
}

#[cfg(test)]
mod tests;
