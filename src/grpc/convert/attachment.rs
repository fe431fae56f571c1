//! Files on the wire.

use crate::domain::attachment::{AttachmentFile, AttachmentState, DeniedTypes, FileKind};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::{actor, name, timestamp};
use crate::grpc::pb::v1;
use crate::mail::file_name;
use crate::service::conversations::Place;
use crate::service::files::{DeleteFile, NewFile, Parent};
use crate::service::grant::Grant;

/// A file as callers see it. `denied` says which are suspicious.
pub fn attachment(account: &AccountId, file: &AttachmentFile, denied: &DeniedTypes) -> v1::Attachment {
    let full = |name: Name| name.within(account);
    let used_by = file.conversation.and_then(|conversation| {
        let message = file.message.map(|id| Name::Message(conversation, id));
        let comment = file.comment.map(|id| Name::Comment(conversation, id));
        message.or(comment).or(file.draft.map(|id| Name::Draft(conversation, id)))
    });
    let came = file.state == AttachmentState::Used && file.kind == FileKind::Part;
    v1::Attachment {
        name: full(Name::Attachment(file.id)),
        filename: file.filename.clone(),
        mime_type: file.mime_type.clone(),
        size_bytes: file.size_bytes,
        sha256: file.sha256.clone(),
        embedded: file.embedded,
        creator: Some(actor(account, &file.creator)),
        used_by: used_by.map(full).unwrap_or_default(),
        suspicious: came && denied.denies(&file.filename, &[&file.mime_type]),
        create_time: Some(timestamp(file.create_time)),
        expire_time: file.expire_time.map(timestamp),
    }
}

/// What a header announces.
///
/// # Errors
/// Names of anything else, and a file name of which nothing is left.
pub fn new_file(grant: &Grant, header: &v1::UploadHeader) -> Result<NewFile, Rejection> {
    let parent = match name::subject(grant, "header.parent", &header.parent)? {
        Name::Conversation(id) => Parent::Place(Place::Conversation(id)),
        Name::Ticket(number) => Parent::Place(Place::Ticket(number)),
        Name::Channel(id) => Parent::Channel(id),
        _ => {
            let field = "header.parent".to_owned();
            return Err(Rejection::NameInvalid { field, value: header.parent.clone() });
        }
    };
    let nameless = || Rejection::field("header.filename", "PATTERN", "must have a name that a file can have");
    Ok(NewFile {
        parent,
        filename: file_name(&header.filename).ok_or_else(nameless)?,
        mime_type: header.mime_type.to_lowercase(),
        size: u64::try_from(header.size_bytes).unwrap_or(0),
        sha256: header.sha256.clone(),
    })
}

/// The use case of a `DeleteAttachment` request.
///
/// # Errors
/// A name of anything else.
pub fn delete(grant: &Grant, request: &v1::DeleteAttachmentRequest) -> Result<DeleteFile, Rejection> {
    Ok(DeleteFile { id: name::attachment(grant, "name", &request.name)? })
}
