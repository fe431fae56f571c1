//! The files of a message, for those who send it on.

use super::{download, raw};
use crate::domain::attachment::FileKind;
use crate::domain::conversation::Attachment;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::mail::compose::OutgoingFile;
use crate::service::Service;
use crate::storage::read;

/// The files that a message lists, with their bytes, in order; those that are listed only are left out. A job that sends
/// the message holds all of them in memory: they are bounded by what one message may have.
///
/// # Errors
/// [`Rejection::AttachmentLost`] where trying again does not help; [`Rejection::StorageUnavailable`] where it may.
pub async fn outgoing(
    service: &Service,
    account: &AccountId,
    attachments: &[Attachment],
) -> Result<Vec<OutgoingFile>, Rejection> {
    let mut found = Vec::new();
    for (listed, id) in attachments.iter().filter(|listed| !listed.raw).filter_map(|one| Some((one, one.id?))) {
        let row = read::attachments::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
        let Some(file) = row else { continue };
        let files = service.files()?;
        let bytes = match file.kind {
            FileKind::Part => raw::part(files, account, &file).await?,
            FileKind::Upload | FileKind::Raw => {
                let read = files.blobs.whole(account, file.blob).await.map_err(|error| error.rejection())?;
                read.ok_or_else(|| download::lost(account, &file))?
            }
        };
        found.push(OutgoingFile {
            filename: listed.filename.clone(),
            mime_type: listed.mime_type.clone(),
            content_id: (listed.embedded && !listed.content_id.is_empty()).then(|| listed.content_id.clone()),
            bytes: bytes.to_vec(),
        });
    }
    Ok(found)
}
