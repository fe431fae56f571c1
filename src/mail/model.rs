//! What a parsed mail is made of, and how large each piece may become.

use thiserror::Error;

/// Upper bounds of everything [`super::parse()`] returns (limits L-01 and L-19).
pub mod limits {
    /// Bytes of one raw mail.
    pub const RAW_BYTES: usize = 35 * 1024 * 1024;
    /// Characters of a subject.
    pub const SUBJECT_CHARS: usize = 255;
    /// Bytes of the plain text.
    pub const TEXT_BYTES: usize = 64 * 1024;
    /// Bytes of the sanitized HTML.
    pub const HTML_BYTES: usize = 256 * 1024;
    /// Attachments that are listed; further ones stay in the raw mail only.
    pub const ATTACHMENTS: usize = 100;
    /// Characters of a file name.
    pub const FILE_NAME_CHARS: usize = 255;
    /// Characters of a display name.
    pub const DISPLAY_NAME_CHARS: usize = 128;
    /// Bytes of a mail address (RFC 5321 section 4.5.3.1.3 without the angle brackets).
    pub const ADDRESS_BYTES: usize = 254;
    /// Addresses kept per header (To, Cc, Reply-To).
    pub const ADDRESSES: usize = 100;
    /// Bytes of a Message-ID; a longer one is treated as missing.
    pub const MESSAGE_ID_BYTES: usize = 512;
    /// Message-IDs kept of References and In-Reply-To; of a longer list the last ones.
    pub const REFERENCES: usize = 100;
    /// Bytes of one kept header value.
    pub const HEADER_VALUE_BYTES: usize = 1024;
    /// Kept header fields.
    pub const HEADERS: usize = 50;
    /// Characters of the reason in a delivery report.
    pub const REPORT_REASON_CHARS: usize = 500;
    /// Reply tokens kept.
    pub const REPLY_TOKENS: usize = 10;
}

/// A mail as the help desk sees it. Every text is valid, single-line where it should be, and within [`limits`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts; a mail can be any mixture of them")]
pub struct InboundMail {
    /// Message-ID without angle brackets, case kept.
    pub message_id: Option<String>,
    /// What makes a second delivery of the same mail recognizable: the Message-ID, else the SHA-256 of the raw bytes in
    /// lower-case hexadecimal (decision C2).
    pub external_id: String,
    /// Message-IDs of In-Reply-To, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs of References, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// From, else Sender, else Return-Path: the first of them with a usable address.
    pub sender: Option<Mailbox>,
    /// Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Decoded subject on one line; may be empty.
    pub subject: String,
    /// The Date header in microseconds since 1970 UTC, as the sender claims it; `None` when missing or absurd.
    pub date: Option<i64>,
    /// The best plain text; converted from HTML where the mail has no text of its own. Lines end with `\n`.
    pub text: String,
    /// Sanitized HTML (see [`super::sanitize::html`]); images of the mail itself are referenced as `cid:`.
    pub html: Option<String>,
    /// What else the mail carries, in its order.
    pub attachments: Vec<Attachment>,
    /// Sent by a machine in answer to something, or asking for no automatic answer (RFC 3834).
    pub auto_reply: bool,
    /// A delivery report about an earlier mail (RFC 3464, or what old servers send instead).
    pub bounce: bool,
    /// What that report says.
    pub report: Option<DeliveryReport>,
    /// Came through a mailing list or as a bulk mailing (RFC 2369, RFC 2919).
    pub list: bool,
    /// Forwards another message, by its subject or as an attached message.
    pub forwarded: bool,
    /// The tokens of recipients of the form `local+token@domain`, in the order of To, Cc and the envelope headers. A
    /// customer's own tagged address shows up here too, so each token must be checked.
    pub reply_tokens: Vec<String>,
    /// Headers worth keeping next to the message; names in lower case.
    pub headers: Vec<HeaderField>,
}

impl InboundMail {
    /// Whether no automatic mail may follow from this one, whatever its text (T-24).
    pub fn forbids_automatic_answer(&self) -> bool {
        self.auto_reply
            || self.bounce
            || self.list
            || self.sender.as_ref().is_none_or(|sender| super::classify::is_no_reply_address(&sender.address))
    }
}

/// What became of an earlier mail, as a report says. The worse comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It will not arrive.
    Failed,
    /// It takes longer.
    Delayed,
    /// It arrived.
    Delivered,
}

/// A delivery report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Message-IDs of the mails it may be about, the likeliest first, without angle brackets.
    pub about: Vec<String>,
    /// What became of it.
    pub fate: Fate,
    /// Why, in the words of the mail server; on one line, may be empty.
    pub reason: String,
}

/// An address with the name shown next to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// `local@domain`, the domain in lower case.
    pub address: String,
    /// The name, on one line.
    pub display_name: Option<String>,
}

/// A part of the mail that is neither its text nor its HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// A safe file name without a path; made up where the mail gives none.
    pub filename: String,
    /// `type/subtype` in lower case, as the mail claims it.
    pub mime_type: String,
    /// Bytes after the transfer encoding is undone.
    pub size_bytes: u64,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Shown inside the HTML rather than next to the message.
    pub embedded: bool,
}

/// One kept header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// Field name in lower case.
    pub name: String,
    /// Decoded value on one line.
    pub value: String,
}

/// Why bytes were not taken as a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MailRefusal {
    /// No bytes, or nothing but white space.
    #[error("the mail is empty")]
    Empty,
    /// More than [`limits::RAW_BYTES`].
    #[error("the mail has {size} bytes, more than the {limit} that are accepted")]
    TooLarge {
        /// Bytes received.
        size: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// Neither a header field nor readable text.
    #[error("this is not a mail: it has neither a header field nor readable text")]
    NotAMessage,
}
