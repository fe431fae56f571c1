//! Whole mails, and the files inside them.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use uuid::Uuid;

use super::download::lost;
use super::{Carrier, Files, used};
use crate::domain::attachment::{AttachmentFile, AttachmentState, FileKind};
use crate::domain::conversation::Attachment;
use crate::domain::ids::{AccountId, AttachmentId, ConversationId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::mail;
use crate::service::Service;
use crate::service::desk::Desk;
use crate::service::grant::Grant;
use crate::storage::dialect::hex;
use crate::storage::read;

/// A whole mail whose bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMail {
    /// Where they are.
    pub blob: Uuid,
    /// Their SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// How many.
    pub size: usize,
    /// The file that they were uploaded as.
    pub upload: Option<AttachmentId>,
}

/// Bytes of a mail that no row names yet.
#[derive(Debug)]
pub struct KeptRaw {
    files: Arc<Files>,
    account: AccountId,
    blob: Uuid,
}

impl KeptRaw {
    /// Nothing names them: they go. Not while it is unknown whether something does.
    pub fn discard(self) {
        self.files.blobs.discard(&self.account, self.blob);
    }
}

/// Keeps the bytes of a mail, when the service has a place for them (C2). They are safe before the message can be stored.
///
/// # Errors
/// [`Rejection::StorageUnavailable`] when the place refuses.
pub async fn keep_raw(
    service: &Service,
    account: &AccountId,
    raw: &[u8],
) -> Result<Option<(RawMail, KeptRaw)>, Rejection> {
    let Ok(files) = service.files() else { return Ok(None) };
    let blob = service.ids.uuid(service.clock.now());
    let bytes = Bytes::copy_from_slice(raw);
    files.blobs.put(account, blob, bytes).await.map_err(|error| error.rejection())?;
    let sha256 = hex(digest(&SHA256, raw).as_ref());
    let kept = KeptRaw { files: files.clone(), account: account.clone(), blob };
    Ok(Some((RawMail { blob, sha256, size: raw.len(), upload: None }, kept)))
}

/// The bytes of a mail that the caller uploaded for a channel. Whether it may be used is the lane's to say.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for a file that is not the caller's own.
pub async fn uploaded_raw(
    service: &Service,
    grant: &Grant,
    id: AttachmentId,
    field: &str,
) -> Result<(RawMail, Bytes), Rejection> {
    let account = grant.account()?;
    let missing =
        || Rejection::ReferenceNotFound { field: field.to_owned(), resource: Name::Attachment(id).within(account) };
    let found = read::attachments::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let file = found.filter(|file| file.creator == grant.actor() && file.channel.is_some()).ok_or_else(missing)?;
    let size = usize::try_from(file.size_bytes).unwrap_or(usize::MAX);
    if size > mail::limits::RAW_BYTES {
        let limit = mail::limits::RAW_BYTES as u64;
        return Err(Rejection::AttachmentRefused { cause: "TOO_LARGE", limit });
    }
    let read = service.files()?.blobs.whole(account, file.blob).await.map_err(|error| error.rejection())?;
    let bytes = read.ok_or_else(|| lost(account, &file))?;
    Ok((RawMail { blob: file.blob, sha256: file.sha256, size, upload: Some(id) }, bytes))
}

impl RawMail {
    /// Stores the mail and the files inside it with their message, and says how the message lists them; the mail itself
    /// is the last.
    pub(in crate::service) fn store(
        &self,
        desk: &mut Desk<'_, '_>,
        parts: &[Attachment],
        conversation: ConversationId,
        message: MessageId,
    ) -> Vec<Attachment> {
        let mut listed = Vec::new();
        for (part, one) in parts.iter().enumerate() {
            let part = i64::try_from(part).unwrap_or(i64::MAX);
            let id = AttachmentId(desk.session.new_id());
            let file = AttachmentFile { part, kind: FileKind::Part, ..self.file(desk, id, one) };
            listed.extend(used::give(desk, vec![file], conversation, Carrier::Message(message)));
        }
        let whole = Attachment {
            id: None,
            filename: "mail.eml".to_owned(),
            mime_type: "message/rfc822".to_owned(),
            size_bytes: i64::try_from(self.size).unwrap_or(i64::MAX),
            content_id: String::new(),
            embedded: false,
            raw: true,
        };
        let uploaded = self.upload.and_then(|id| desk.world().content.attachments.get(&id).cloned());
        let file = if let Some(file) = uploaded {
            AttachmentFile { kind: FileKind::Raw, ..file }
        } else {
            let id = AttachmentId(desk.session.new_id());
            AttachmentFile { sha256: self.sha256.clone(), ..self.file(desk, id, &whole) }
        };
        listed.extend(used::give(desk, vec![file], conversation, Carrier::Message(message)));
        listed
    }

    fn file(&self, desk: &Desk<'_, '_>, id: AttachmentId, one: &Attachment) -> AttachmentFile {
        AttachmentFile {
            id,
            blob: self.blob,
            kind: FileKind::Raw,
            part: 0,
            filename: one.filename.clone(),
            mime_type: one.mime_type.clone(),
            size_bytes: one.size_bytes,
            sha256: String::new(),
            state: AttachmentState::Used,
            conversation: None,
            channel: None,
            message: None,
            comment: None,
            draft: None,
            content_id: one.content_id.clone(),
            embedded: one.embedded,
            creator: desk.session.actor.clone(),
            create_time: desk.session.now(),
            expire_time: None,
        }
    }
}

/// The bytes of a file inside a mail.
///
/// # Errors
/// [`Rejection::AttachmentLost`] when the mail is not there or has no such file.
pub(super) async fn part(files: &Files, account: &AccountId, file: &AttachmentFile) -> Result<Bytes, Rejection> {
    let _turn = files.large_mails.acquire().await;
    let mail = files.blobs.whole(account, file.blob).await.map_err(|error| error.rejection())?;
    let mail = mail.ok_or_else(|| lost(account, file))?;
    let index = usize::try_from(file.part).unwrap_or(usize::MAX);
    let taken = tokio::task::spawn_blocking(move || mail::file_of(&mail, index)).await;
    let bytes = taken.map_err(|_| Rejection::Internal("taking a mail apart panicked".to_owned()))?;
    let bytes = bytes.filter(|bytes| i64::try_from(bytes.len()) == Ok(file.size_bytes));
    bytes.map(Bytes::from).ok_or_else(|| lost(account, file))
}
