//! Drafts on the wire.

use crate::domain::draft::Draft;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::conversation::{attachments, named_files, place, shown, subject, way};
use crate::grpc::convert::{content, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::conversations::{DeleteDraft, SaveDraft};
use crate::service::desk::{etag, version_of};
use crate::service::files::FileRules;
use crate::service::grant::Grant;
use crate::service::intake::rich_text;

/// A draft as its writer sees it, cleaned again.
pub fn draft(account: &AccountId, draft: &Draft) -> v1::Draft {
    let full = |name: Name| name.within(account);
    v1::Draft {
        name: full(Name::Draft(draft.conversation, draft.id)),
        user: full(Name::User(draft.user.clone())),
        thread: draft.thread.map(|id| full(Name::Thread(draft.conversation, id))).unwrap_or_default(),
        channel: full(Name::Channel(draft.channel.clone())),
        body: Some(shown(&draft.text, &draft.html)),
        inserts: draft.inserts.iter().map(|insert| content::insert(account, insert)).collect(),
        attachments: attachments(account, &draft.attachments),
        subject: draft.subject.clone(),
        create_time: Some(timestamp(draft.create_time)),
        update_time: Some(timestamp(draft.update_time)),
        etag: etag(draft.version),
    }
}

/// What was saved.
pub fn saved(grant: &Grant, saved: &Draft) -> v1::SaveDraftResponse {
    let draft = grant.account().ok().map(|account| self::draft(account, saved));
    v1::SaveDraftResponse { draft, mutation: None }
}

/// The use case of a `SaveDraft` request.
///
/// # Errors
/// References that cannot exist, and links that no reply may have.
pub fn save(
    grant: &Grant,
    request: v1::SaveDraftRequest,
    hosts: &[String],
    rules: FileRules,
) -> Result<SaveDraft, Rejection> {
    let place = place(grant, "parent", &request.parent)?;
    let draft = name::required("draft", request.draft)?;
    let way = way(grant, ["draft.thread", &draft.thread], ["draft.channel", &draft.channel])?;
    let body = draft.body.unwrap_or_default();
    let (text, html) = rich_text(&body.text, &body.html);
    let inserts = content::inserts(grant, "draft.inserts", &draft.inserts, hosts)?;
    let (subject, etag) = (subject(&draft.subject), version_of(&request.etag));
    let files = named_files(grant, "draft.attachments", &draft.attachments, rules)?;
    Ok(SaveDraft { place, way, subject, text, html, inserts, files, etag })
}

/// The use case of a `DeleteDraft` request.
///
/// # Errors
/// A name of anything else.
pub fn delete(grant: &Grant, request: v1::DeleteDraftRequest, rules: FileRules) -> Result<DeleteDraft, Rejection> {
    let v1::DeleteDraftRequest { name: draft, etag, .. } = request;
    let (conversation, draft) = name::draft(grant, "name", &draft)?;
    Ok(DeleteDraft { conversation, draft, rules, etag: version_of(&etag) })
}
