//! Who may read a file: its uploader while nothing uses it, then whoever may read what has it.

use crate::domain::access::{Permission, Standing};
use crate::domain::attachment::{AttachmentFile, AttachmentState, FileKind};
use crate::domain::ids::AttachmentId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::grant::Grant;
use crate::service::{Service, conversations};
use crate::storage::read;

/// What is known of a file.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or out of reach.
pub async fn get(service: &Service, grant: &Grant, id: AttachmentId) -> Result<AttachmentFile, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::NotFound { resource: Name::Attachment(id).within(account) };
    let found = read::attachments::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let file = found.ok_or_else(missing)?;
    if may_read(service, grant, &file).await? { Ok(file) } else { Err(missing()) }
}

/// The same for its bytes.
///
/// # Errors
/// As [`get`]; [`Rejection::StandingTooLow`] for a whole mail below full standing: it has more than what was said.
pub(super) async fn readable(service: &Service, grant: &Grant, id: AttachmentId) -> Result<AttachmentFile, Rejection> {
    let file = get(service, grant, id).await?;
    let standing = grant.rights().standing;
    if file.kind == FileKind::Raw && standing < Standing::Full {
        return Err(Rejection::StandingTooLow {
            required: Standing::Full,
            standing,
            method: grant.method().to_owned(),
        });
    }
    Ok(file)
}

async fn may_read(service: &Service, grant: &Grant, file: &AttachmentFile) -> Result<bool, Rejection> {
    if file.state == AttachmentState::Ready {
        return Ok(file.creator == grant.actor());
    }
    let rights = grant.rights();
    // An adapter sends the files of messages, and no other: comments never leave the house.
    if file.message.is_some() && rights.has(Permission::IngressWrite) {
        return Ok(true);
    }
    match file.conversation {
        Some(id) if rights.has(Permission::TicketsView) => {
            match conversations::conversation(service, grant, id).await {
                Ok(_) => Ok(true),
                Err(Rejection::NotFound { .. }) => Ok(false),
                Err(other) => Err(other),
            }
        }
        _ => Ok(false),
    }
}
