//! Taking in one file: its bytes outside of lanes (W9), its row through the lane.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::Files;
use crate::domain::access::Permission;
use crate::domain::attachment::{AttachmentFile, AttachmentState, FileKind, contradicts};
use crate::domain::event::{Actor, EventType};
use crate::domain::ids::{AccountId, AttachmentId, ChannelId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::mail::limits;
use crate::service::conversations::{self, Place};
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Service, tickets};
use crate::storage::blobs::BlobWriter;
use crate::storage::dialect::hex;
use crate::storage::lane::{Keys, World};
use crate::storage::read;

/// First bytes that say what kind of file it is.
const HEAD: usize = 8 * 1024;

/// What a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parent {
    /// A message, comment or draft there.
    Place(Place),
    /// A message of this channel, by its adapter.
    Channel(ChannelId),
}

/// A file that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// What it is for.
    pub parent: Parent,
    /// Its name, cleaned.
    pub filename: String,
    /// Its media type; may be empty.
    pub mime_type: String,
    /// Its size; 0 when it was not said.
    pub size: u64,
    /// SHA-256 in lower-case hexadecimal; empty when it was not said.
    pub sha256: String,
}

/// A file that is coming. Dropped before its end, it leaves nothing.
pub struct Upload {
    files: Arc<Files>,
    account: AccountId,
    new: NewFile,
    limit: u64,
    id: AttachmentId,
    creator: Actor,
    writer: BlobWriter,
    digest: Context,
    head: Vec<u8>,
    judged: bool,
    size: u64,
    _turn: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Upload {
    /// Begins, if the caller may put a file there and it can be one that is taken.
    ///
    /// # Errors
    /// What [`AddFile`] is refused for as far as it is known now; [`Rejection::AttachmentRefused`] by name and announced
    /// size; [`Rejection::Overloaded`].
    pub async fn begin(service: &Service, grant: &Grant, new: NewFile) -> Result<Self, Rejection> {
        let files = service.files()?.clone();
        let account = grant.account()?.clone();
        let limit = files.limit(&new.parent);
        if new.size > limit {
            return Err(too_large(limit));
        }
        if files.options.denied.denies(&new.filename, &[&new.mime_type]) {
            return Err(Rejection::AttachmentRefused { cause: "TYPE_DENIED", limit: 0 });
        }
        look(service, grant, &new.parent).await?;
        let turn = files.uploads.clone().try_acquire_owned().map_err(|_| Rejection::Overloaded)?;
        let id = AttachmentId(service.ids.uuid(service.clock.now()));
        let writer = files.blobs.writer(&account, id.0);
        Ok(Self {
            files,
            account,
            new,
            limit,
            id,
            creator: grant.actor(),
            writer,
            digest: Context::new(&SHA256),
            head: Vec::new(),
            judged: false,
            size: 0,
            _turn: turn,
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Rejection::AttachmentRefused`] as soon as they are too many or of a kind that is not taken.
    pub async fn take(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        self.size += chunk.len() as u64;
        if self.size > self.limit {
            return Err(too_large(self.limit));
        }
        if self.new.size > 0 && self.size > self.new.size {
            return Err(Rejection::AttachmentRefused { cause: "SIZE_MISMATCH", limit: 0 });
        }
        self.digest.update(&chunk);
        if !self.judged {
            let missing = HEAD.saturating_sub(self.head.len()).min(chunk.len());
            self.head.extend_from_slice(&chunk[..missing]);
            if self.head.len() >= HEAD {
                self.judge()?;
            }
        }
        self.writer.write(chunk).await.map_err(|error| error.rejection())
    }

    /// Keeps the bytes and makes the operation that makes them a file.
    ///
    /// # Errors
    /// [`Rejection::AttachmentRefused`], [`Rejection::ChecksumMismatch`].
    pub async fn end(mut self) -> Result<AddFile, Rejection> {
        if self.size == 0 {
            return Err(Rejection::AttachmentRefused { cause: "EMPTY", limit: 0 });
        }
        if self.new.size > 0 && self.size < self.new.size {
            return Err(Rejection::AttachmentRefused { cause: "SIZE_MISMATCH", limit: 0 });
        }
        self.judge()?;
        let sha256 = hex(self.digest.finish().as_ref());
        if !self.new.sha256.is_empty() && self.new.sha256 != sha256 {
            return Err(Rejection::ChecksumMismatch);
        }
        self.writer.finish().await.map_err(|error| error.rejection())?;
        let NewFile { parent, filename, mime_type, .. } = self.new;
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let (files, account, creator) = (self.files, self.account, self.creator);
        Ok(AddFile { id: self.id, parent, filename, mime_type, size, sha256, creator, files, account })
    }

    /// Looks at the first bytes: what they are, and whether that is taken.
    fn judge(&mut self) -> Result<(), Rejection> {
        if std::mem::replace(&mut self.judged, true) {
            return Ok(());
        }
        let found = infer::get(&self.head).map(|kind| kind.mime_type());
        self.head = Vec::new();
        let declared = self.new.mime_type.as_str();
        if let Some(found) = found {
            if self.files.options.denied.denies(&self.new.filename, &[found]) {
                return Err(Rejection::AttachmentRefused { cause: "TYPE_DENIED", limit: 0 });
            }
            if !declared.is_empty() && contradicts(declared, found) {
                return Err(Rejection::AttachmentRefused { cause: "TYPE_MISMATCH", limit: 0 });
            }
        }
        if declared.is_empty() {
            found.unwrap_or("application/octet-stream").clone_into(&mut self.new.mime_type);
        }
        Ok(())
    }
}

impl Files {
    /// Bytes of one file. An adapter may bring a whole mail (L-01).
    fn limit(&self, parent: &Parent) -> u64 {
        match parent {
            Parent::Place(_) => self.options.max_size,
            Parent::Channel(_) => self.options.max_size.max(limits::RAW_BYTES as u64),
        }
    }
}

fn too_large(limit: u64) -> Rejection {
    Rejection::AttachmentRefused { cause: "TOO_LARGE", limit }
}

/// What the lane would say, before anything was sent for nothing.
async fn look(service: &Service, grant: &Grant, parent: &Parent) -> Result<(), Rejection> {
    ask(grant.rights(), parent, grant.account()?)?;
    match parent {
        Parent::Place(Place::Conversation(id)) => conversations::conversation(service, grant, *id).await.map(drop),
        Parent::Place(Place::Ticket(number)) => tickets::get(service, grant, *number).await.map(drop),
        Parent::Channel(id) => {
            let name = || Name::Channel(id.clone()).within(grant.account().unwrap_or(&AccountId::stored("")));
            let found = read::channels::get(&service.store, grant.account()?, id).await;
            match found.map_err(|error| error.rejection())? {
                Some(channel) if channel.enabled => Ok(()),
                Some(_) => Err(Rejection::ChannelDisabled { channel: name() }),
                None => Err(Rejection::NotFound { resource: name() }),
            }
        }
    }
}

fn ask(rights: &crate::domain::access::Rights, parent: &Parent, account: &AccountId) -> Result<(), Rejection> {
    let permission = match parent {
        Parent::Place(_) => Permission::TicketsView,
        Parent::Channel(_) => Permission::IngressWrite,
    };
    if rights.has(permission) {
        return Ok(());
    }
    Err(Rejection::PermissionMissing { permission, resource: Name::Account.within(account) })
}

/// Makes kept bytes a file of the caller.
#[derive(Debug, Clone)]
pub struct AddFile {
    /// Made id, and that of the bytes.
    pub id: AttachmentId,
    /// SHA-256 of the bytes.
    pub sha256: String,
    parent: Parent,
    filename: String,
    mime_type: String,
    size: i64,
    creator: Actor,
    files: Arc<Files>,
    account: AccountId,
}

impl AddFile {
    /// Where the bytes are, to let go of them when they do not become a file.
    pub fn bytes(&self) -> KeptBytes {
        KeptBytes { files: self.files.clone(), account: self.account.clone(), id: self.id }
    }
}

/// Bytes without a row.
#[derive(Debug)]
pub struct KeptBytes {
    files: Arc<Files>,
    account: AccountId,
    id: AttachmentId,
}

impl KeptBytes {
    /// Nothing names them: they go. Not while it is unknown whether something does.
    pub fn discard(self) {
        self.files.blobs.discard(&self.account, self.id.0);
    }
}

impl UseCase for AddFile {
    type Outcome = AttachmentFile;

    fn needs(&self, world: &World, keys: &mut Keys) {
        if let Parent::Place(place) = &self.parent {
            place.needs(world, keys);
        }
        keys.content.attachments.insert(self.id);
        keys.content.waiting_of.insert(self.creator.code());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<AttachmentFile, Rejection> {
        ask(&desk.rights, &self.parent, &desk.account())?;
        let (conversation, channel, ticket) = match &self.parent {
            Parent::Place(place) => {
                let (conversation, ticket) = place.find(desk)?;
                (Some(conversation.id), None, ticket.map(|ticket| ticket.number))
            }
            Parent::Channel(id) => {
                let name = Name::Channel(id.clone());
                let channel = desk.world().people().channels.get(id).ok_or_else(|| desk.not_found(&name))?;
                if !channel.enabled {
                    return Err(Rejection::ChannelDisabled { channel: desk.name(&name) });
                }
                (None, Some(id.clone()), None)
            }
        };
        desk.session.made_before(&self.id.to_string());
        let (options, creator, now) = (&self.files.options, self.creator.clone(), desk.session.now());
        if desk.world().content.waiting_of(&creator) >= options.waiting {
            return Err(Rejection::Quota { quota: "unused_attachments", limit: options.waiting as u64 });
        }
        let file = AttachmentFile {
            id: self.id,
            blob: self.id.0,
            kind: FileKind::Upload,
            part: 0,
            filename: self.filename.clone(),
            mime_type: self.mime_type.clone(),
            size_bytes: self.size,
            sha256: self.sha256.clone(),
            state: AttachmentState::Ready,
            conversation,
            channel,
            message: None,
            comment: None,
            draft: None,
            content_id: String::new(),
            embedded: false,
            creator,
            create_time: now,
            expire_time: Some(now.plus(options.keep)),
        };
        desk.session.world.content.attachments.put(file.id, file.clone());
        let name = Name::Attachment(file.id).to_string();
        desk.session.record(EventType::AttachmentAdded, name, ticket, Vec::new(), None);
        Ok(file)
    }
}
