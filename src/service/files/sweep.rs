//! What jobs do with files: let go of those that nothing uses, and of bytes that no row names.

use std::time::Duration;

use uuid::Uuid;

use super::RemoveFiles;
use crate::domain::ids::{AccountId, AttachmentId, ConversationId};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::{StoreError, read};

/// Files of one step.
const CHUNK: u64 = 500;
/// Folders of one run.
const FOLDERS: usize = 10;
/// Bytes without a row are left alone for so long: their row may be on its way.
const GRACE: Duration = Duration::from_hours(24);

/// Deletes bytes; each may be gone already.
///
/// # Errors
/// The storage's.
pub async fn delete_blobs(service: &Service, account: &AccountId, blobs: &[Uuid]) -> Result<(), Rejection> {
    let files = service.files()?;
    for blob in blobs {
        files.blobs.delete(account, *blob).await.map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// Deletes the files of conversations that are gone. Returns whether any may be left.
///
/// # Errors
/// The storage's.
pub async fn forget_files(
    service: &Service,
    account: &AccountId,
    conversations: &[ConversationId],
) -> Result<bool, Rejection> {
    for conversation in conversations {
        let found = read::attachments::of_conversation(&service.store, account, *conversation, CHUNK).await;
        let found = found.map_err(|error| refused(&error))?;
        if !found.is_empty() {
            remove(service, account, found, false).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes files that nothing used until their end, and bytes that no row names in folders after `upto`. Returns the last
/// folder that was looked at, and whether more is due.
///
/// # Errors
/// The storage's.
pub async fn sweep_files(
    service: &Service,
    account: &AccountId,
    upto: String,
    now: Timestamp,
) -> Result<(String, bool), Rejection> {
    let expired = read::attachments::expired(&service.store, account, now, CHUNK).await;
    let expired = expired.map_err(|error| refused(&error))?;
    let more = expired.len() as u64 == CHUNK;
    if !expired.is_empty() {
        remove(service, account, expired, true).await?;
    }
    let Ok(files) = service.files() else { return Ok((upto, more)) };
    // Each folder is looked at once, when nothing can come into it any more.
    let folders = files.blobs.folders(account, &upto, now.minus(GRACE)).await.map_err(|error| refused(&error))?;
    let (mut last, rest) = (upto, folders.len() > FOLDERS);
    for name in folders.into_iter().take(FOLDERS) {
        sweep_folder(service, account, &name).await?;
        last = name;
    }
    Ok((last, more || rest))
}

async fn sweep_folder(service: &Service, account: &AccountId, name: &str) -> Result<(), Rejection> {
    let blobs = &service.files()?.blobs;
    let folder = blobs.in_folder(account, name).await.map_err(|error| refused(&error))?;
    for some in folder.blobs.chunks(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
        let used = read::attachments::in_use(&service.store, account, some).await.map_err(|error| refused(&error))?;
        let orphans: Vec<Uuid> = some.iter().copied().filter(|blob| !used.contains(blob)).collect();
        if !orphans.is_empty() {
            tracing::info!(%account, count = orphans.len(), "bytes that no file names are deleted");
            delete_blobs(service, account, &orphans).await?;
        }
    }
    Ok(())
}

async fn remove(
    service: &Service,
    account: &AccountId,
    ids: Vec<AttachmentId>,
    expired: bool,
) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), "files");
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), RemoveFiles { ids, expired }, encoder).await.map(drop)
}

fn refused(error: &StoreError) -> Rejection {
    error.rejection()
}
