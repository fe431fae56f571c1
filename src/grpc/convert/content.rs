//! Texts that replies insert, and inserts, on the wire.

use crate::domain::ids::{AccountId, TextBlockId};
use crate::domain::insert::{BadLink, Insert, InsertKind, check_link};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{TextBlock, TextBlockKind};
use crate::grpc::convert::conversation::{shown, subject};
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::content::{BlockChanges, Create, Delete, Rendered, Update};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::intake::rich_text;

/// Paths that an update changes; `type` and `transactional` are among them so that another value can be refused.
const CHANGEABLE: [&str; 9] =
    ["type", "display_name", "shortcut", "subject", "body", "body.text", "body.html", "archived", "transactional"];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];

/// A text as callers see it, cleaned again.
pub fn text_block(account: &AccountId, block: &TextBlock) -> v1::TextBlock {
    v1::TextBlock {
        name: Name::TextBlock(block.id.clone()).within(account),
        r#type: match block.kind {
            TextBlockKind::Snippet => v1::TextBlockType::Snippet,
            TextBlockKind::Template => v1::TextBlockType::Template,
            TextBlockKind::Email => v1::TextBlockType::AutomatedEmail,
        }
        .into(),
        display_name: block.display_name.clone(),
        shortcut: block.shortcut.clone(),
        subject: block.subject.clone(),
        body: Some(shown(&block.text, &block.html)),
        archived: block.archived,
        transactional: block.transactional,
        create_time: Some(timestamp(block.create_time)),
        update_time: Some(timestamp(block.update_time)),
        etag: etag(block.version),
    }
}

/// A filled text.
pub fn rendered(rendered: Rendered) -> v1::RenderTextBlockResponse {
    v1::RenderTextBlockResponse {
        subject: rendered.subject,
        body: Some(v1::RichText { text: rendered.text, html: rendered.html }),
        missing_placeholders: rendered.missing.into_iter().collect(),
    }
}

/// Which kind is asked for; unset is any.
pub fn kind(kind: v1::TextBlockType) -> Option<TextBlockKind> {
    match kind {
        v1::TextBlockType::Unspecified => None,
        v1::TextBlockType::Snippet => Some(TextBlockKind::Snippet),
        v1::TextBlockType::Template => Some(TextBlockKind::Template),
        v1::TextBlockType::AutomatedEmail => Some(TextBlockKind::Email),
    }
}

fn body(given: Option<v1::RichText>) -> Result<(String, String), Rejection> {
    let given = given.unwrap_or_default();
    let (text, html) = rich_text(&given.text, &given.html);
    if text.trim().is_empty() {
        return Err(Rejection::field("text_block.body", "REQUIRED", "must say something"));
    }
    Ok((text, html))
}

/// The use case of a `CreateTextBlock` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateTextBlockRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let block = name::required("text_block", request.text_block)?;
    let kind = name::required("text_block.type", kind(block.r#type()))?;
    let values = BlockChanges {
        kind: None,
        display_name: Some(display_name("text_block.display_name", &block.display_name)?),
        subject: Some(subject(&block.subject)),
        shortcut: Some(block.shortcut),
        archived: Some(block.archived),
        transactional: Some(block.transactional),
        body: Some(body(block.body)?),
    };
    let id = (!request.text_block_id.is_empty()).then(|| TextBlockId::stored(request.text_block_id));
    Ok(Create { id, kind, values })
}

/// The use case of an `UpdateTextBlock` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateTextBlockRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let block = name::required("text_block", request.text_block)?;
    let id = name::text_block(grant, "text_block.name", &block.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes = BlockChanges {
        kind: asked("type").then(|| kind(block.r#type())).flatten(),
        shortcut: asked("shortcut").then(|| block.shortcut.clone()),
        subject: asked("subject").then(|| subject(&block.subject)),
        archived: asked("archived").then_some(block.archived),
        transactional: asked("transactional").then_some(block.transactional),
        ..BlockChanges::default()
    };
    if asked("display_name") {
        changes.display_name = Some(display_name("text_block.display_name", &block.display_name)?);
    }
    if asked("body") || asked("body.text") || asked("body.html") {
        changes.body = Some(body(block.body)?);
    }
    Ok(Update { block: id, changes, etag: version_of(&block.etag) })
}

/// The use case of a `DeleteTextBlock` request.
///
/// # Errors
/// A name of anything else.
pub fn delete(grant: &Grant, request: v1::DeleteTextBlockRequest) -> Result<Delete, Rejection> {
    let v1::DeleteTextBlockRequest { name: block, etag, .. } = request;
    Ok(Delete { block: name::text_block(grant, "name", &block)?, etag: version_of(&etag) })
}

/// An insert as callers see it.
pub fn insert(account: &AccountId, insert: &Insert) -> v1::Insert {
    let reference = insert.block.clone().map(|id| Name::TextBlock(id).within(account)).unwrap_or_default();
    v1::Insert {
        kind: insert_kind(insert.kind).into(),
        reference,
        display_name: insert.title.clone(),
        url: insert.url.clone(),
        placed: insert.placed,
    }
}

fn insert_kind(kind: InsertKind) -> v1::InsertKind {
    match kind {
        InsertKind::Article => v1::InsertKind::Article,
        InsertKind::Snippet => v1::InsertKind::Snippet,
        InsertKind::Video => v1::InsertKind::Video,
        InsertKind::Meeting => v1::InsertKind::Meeting,
        InsertKind::Document => v1::InsertKind::Document,
        InsertKind::Quote => v1::InsertKind::Quote,
        InsertKind::Template => v1::InsertKind::Template,
    }
}

/// What is to be inserted; `field` is the list. Only `hosts` may be linked to, where there are any.
///
/// # Errors
/// A field fault for one that is neither a text nor a link of its kind, [`Rejection::ReferenceNotFound`] for what cannot
/// exist and for a foreign host (C-029).
pub fn inserts(grant: &Grant, field: &str, given: &[v1::Insert], hosts: &[String]) -> Result<Vec<Insert>, Rejection> {
    let one = |(at, insert): (usize, &v1::Insert)| one_insert(grant, &format!("{field}[{at}]"), insert, hosts);
    given.iter().enumerate().map(one).collect()
}

fn one_insert(grant: &Grant, field: &str, given: &v1::Insert, hosts: &[String]) -> Result<Insert, Rejection> {
    let kind = match given.kind() {
        v1::InsertKind::Unspecified => None,
        v1::InsertKind::Article => Some(InsertKind::Article),
        v1::InsertKind::Snippet => Some(InsertKind::Snippet),
        v1::InsertKind::Video => Some(InsertKind::Video),
        v1::InsertKind::Meeting => Some(InsertKind::Meeting),
        v1::InsertKind::Document => Some(InsertKind::Document),
        v1::InsertKind::Quote => Some(InsertKind::Quote),
        v1::InsertKind::Template => Some(InsertKind::Template),
    };
    let kind = name::required(&format!("{field}.kind"), kind)?;
    let (reference, url) = (format!("{field}.reference"), format!("{field}.url"));
    let is_text = matches!(kind, InsertKind::Snippet | InsertKind::Template);
    let (extra, there) = if is_text { (&url, &given.url) } else { (&reference, &given.reference) };
    if !there.is_empty() {
        return Err(Rejection::field(extra, "INCONSISTENT", "belongs to another kind of insert"));
    }
    let block = name::text_block_ref(grant, &reference, &given.reference)?;
    if is_text {
        name::required(&reference, block.as_ref())?;
    } else {
        check_link(&given.url, hosts).map_err(|fault| match fault {
            BadLink::Malformed => Rejection::field(&url, "URI", "must be an https link to a host by name"),
            BadLink::ForeignHost => Rejection::ReferenceNotFound { field: url.clone(), resource: given.url.clone() },
        })?;
    }
    let title = subject(&given.display_name);
    let title = if title.is_empty() { given.url.clone() } else { title };
    Ok(Insert { kind, block, title, url: given.url.clone(), placed: given.placed })
}
