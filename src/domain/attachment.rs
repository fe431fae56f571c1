//! Files: uploaded for a reply or a comment, or come with a message.

use super::codes::coded;
use super::conversation::Attachment;
use super::event::Actor;
use super::ids::{AttachmentId, ChannelId, CommentId, ConversationId, DraftId, MessageId};
use super::time::Timestamp;
use uuid::Uuid;

coded! {
    /// How far a file has come. What is never USED is swept at its end.
    AttachmentState { Ready = "ready", Used = "used" }
}

coded! {
    /// Where a file is from.
    FileKind {
        /// Somebody uploaded it.
        Upload = "upload",
        /// It is part of a mail, whose bytes hold it.
        Part = "part",
        /// It is a whole mail.
        Raw = "raw",
    }
}

/// A file. Its bytes lie outside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentFile {
    /// Made id.
    pub id: AttachmentId,
    /// Where its bytes are; those of a part are in the blob of its mail.
    pub blob: Uuid,
    /// Where it is from.
    pub kind: FileKind,
    /// Which of the mail's files it is, from 0.
    pub part: i64,
    /// Name without folders.
    pub filename: String,
    /// Media type.
    pub mime_type: String,
    /// Size in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the bytes in lower-case hexadecimal; empty for parts of mails.
    pub sha256: String,
    /// How far it has come.
    pub state: AttachmentState,
    /// The conversation it belongs to; access follows it. None while a channel's upload waits for its message.
    pub conversation: Option<ConversationId>,
    /// The channel it was uploaded for, by an adapter.
    pub channel: Option<ChannelId>,
    /// The message that carries it.
    pub message: Option<MessageId>,
    /// The comment that carries it.
    pub comment: Option<CommentId>,
    /// The draft that holds it.
    pub draft: Option<DraftId>,
    /// Content-ID of an embedded part; may be empty.
    pub content_id: String,
    /// Shown inside the text.
    pub embedded: bool,
    /// Who brought it.
    pub creator: Actor,
    /// When.
    pub create_time: Timestamp,
    /// When it is swept unless it is used by then; none once it is, and while a draft holds it.
    pub expire_time: Option<Timestamp>,
}

impl AttachmentFile {
    /// How what carries it lists it.
    pub fn listed(&self) -> Attachment {
        Attachment {
            id: Some(self.id),
            filename: self.filename.clone(),
            mime_type: self.mime_type.clone(),
            size_bytes: self.size_bytes,
            content_id: self.content_id.clone(),
            embedded: self.embedded,
            raw: self.kind == FileKind::Raw,
        }
    }
}

/// What of a file is refused, by settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeniedTypes {
    /// Endings of names, without dot, in lower case.
    endings: Vec<String>,
    /// Media types.
    media: Vec<String>,
}

impl DeniedTypes {
    /// Entries with a slash are media types, others are endings.
    pub fn new(entries: &[String]) -> Self {
        let (media, endings) = entries.iter().map(|entry| entry.to_lowercase()).partition(|entry| entry.contains('/'));
        Self { endings, media }
    }

    /// Whether a file of this name or one of these media types is refused. Every ending counts that Windows would act on: also
    /// that of `a.exe.` and `a.exe `.
    pub fn denies(&self, filename: &str, media: &[&str]) -> bool {
        let name = filename.trim_end_matches(['.', ' ']).to_lowercase();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| self.endings.iter().any(|denied| denied == ending))
            || media.iter().any(|given| self.media.iter().any(|denied| denied.eq_ignore_ascii_case(given)))
    }
}

/// Whether bytes that are known to be `found` contradict the media type that was `declared`: an image, sound or film is
/// what it says, and nothing that a browser would read as a page comes as something else.
pub fn contradicts(declared: &str, found: &str) -> bool {
    let kind = |media: &str| media.split('/').next().unwrap_or_default().to_owned();
    let (declared, found) = (declared.to_lowercase(), found.to_lowercase());
    if declared == "application/octet-stream" || declared == found {
        return false;
    }
    let shown = |media: &str| matches!(kind(media).as_str(), "image" | "audio" | "video");
    let words = |media: &str| kind(media) == "text" || media.ends_with("xml") || media.ends_with("html");
    if shown(&declared) {
        // Containers of sound and film share their first bytes; a drawing in SVG is XML.
        let film = |media: &str| matches!(kind(media).as_str(), "audio" | "video" | "application");
        let drawing = declared == "image/svg+xml" && words(&found);
        return !(drawing || kind(&declared) == kind(&found) || (kind(&declared) != "image" && film(&found)));
    }
    found == "text/html" && !words(&declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_media_types_are_denied() {
        let denied = DeniedTypes::new(&["exe".to_owned(), "JS".to_owned(), "application/x-msdownload".to_owned()]);
        for name in ["a.exe", "A.EXE", "a.pdf.exe", "a.exe. ", "b.js"] {
            assert!(denied.denies(name, &[]), "{name}");
        }
        for name in ["a.exe.txt", "exe", "ajs", "a.jsx"] {
            assert!(!denied.denies(name, &[]), "{name}");
        }
        assert!(denied.denies("a.bin", &["text/plain", "application/X-MsDownload"]));
    }

    #[test]
    fn bytes_that_contradict_their_type_are_seen() {
        for (declared, found) in [
            ("image/png", "text/html"),
            ("image/png", "application/pdf"),
            ("image/jpeg", "video/mp4"),
            ("application/pdf", "text/html"),
            ("audio/mpeg", "image/png"),
        ] {
            assert!(contradicts(declared, found), "{declared} {found}");
        }
        for (declared, found) in [
            ("image/png", "image/png"),
            ("image/jpg", "image/jpeg"),
            ("application/octet-stream", "text/html"),
            ("text/plain", "text/html"),
            ("image/svg+xml", "text/xml"),
            ("audio/ogg", "application/ogg"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"),
        ] {
            assert!(!contradicts(declared, found), "{declared} {found}");
        }
    }
}
