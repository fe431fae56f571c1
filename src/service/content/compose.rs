//! A reply with what is inserted into it: texts filled before the lane (W7), and looked at again inside it (C-029).

use std::collections::BTreeMap;

use super::read::{FilledFor, facts_of};
use super::render::{Rendered, render};
use crate::domain::ids::TextBlockId;
use crate::domain::insert::{Insert, InsertKind};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::TextBlockKind;
use crate::mail::sanitize;
use crate::service::Service;
use crate::service::conversations::Place;
use crate::service::desk::Desk;
use crate::service::grant::Grant;
use crate::storage::lane::Keys;
use crate::storage::read;

/// A reply as it goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composed {
    /// Subject of the first template that has one, where the writer gave none.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// What the texts in it were filled with; none: there are none.
    pub filled_for: Option<FilledFor>,
}

/// Puts what is inserted behind the words of a reply, in order. A text that is not there adds nothing: the lane refuses
/// the reply, unless it is the repetition of one that was sent.
///
/// # Errors
/// The storage's.
pub async fn compose(
    service: &Service,
    grant: &Grant,
    place: Place,
    written: Composed,
    inserts: &[Insert],
) -> Result<Composed, Rejection> {
    let open: Vec<&Insert> = inserts.iter().filter(|insert| !insert.placed).collect();
    if open.is_empty() {
        return Ok(written);
    }
    let (texts, filled_for) = filled(service, grant, place, &open).await?;
    let mut composed = written;
    if composed.html.is_empty() && !composed.text.is_empty() {
        composed.html = sanitize::paragraph(&composed.text);
    }
    for insert in open {
        match &insert.block {
            Some(id) => texts.get(id).into_iter().for_each(|text| composed.add(text)),
            None => composed.link(&insert.title, &insert.url),
        }
    }
    let html = sanitize::html(&composed.html);
    Ok(Composed { html, text: sanitize::plain(&composed.text), filled_for, ..composed })
}

async fn filled(
    service: &Service,
    grant: &Grant,
    place: Place,
    inserts: &[&Insert],
) -> Result<(BTreeMap<TextBlockId, Rendered>, Option<FilledFor>), Rejection> {
    let ids: Vec<TextBlockId> = inserts.iter().filter_map(|insert| insert.block.clone()).collect();
    if ids.is_empty() {
        return Ok((BTreeMap::new(), None));
    }
    let account = grant.account()?;
    let blocks = read::text_blocks::some(&service.store, account, &ids).await.map_err(|error| error.rejection())?;
    let (facts, filled_for) = facts_of(service, grant, place).await?;
    let filled = |block: crate::domain::text_block::TextBlock| Some((block.id.clone(), render(&block, &facts).ok()?));
    Ok((blocks.into_iter().filter_map(filled).collect(), Some(filled_for)))
}

impl Composed {
    fn add(&mut self, text: &Rendered) {
        if self.subject.is_empty() {
            self.subject.clone_from(&text.subject);
        }
        self.push(&text.text, &text.html);
    }

    fn link(&mut self, title: &str, url: &str) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let href = escape(url).replace('"', "&quot;");
        let html = format!("<p><a href=\"{href}\">{}</a></p>", escape(title));
        self.push(&format!("{title}: {url}"), &html);
    }

    fn push(&mut self, text: &str, html: &str) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self.html.push_str(html);
    }
}

/// Names the texts that are inserted.
pub fn needs_of_inserts(inserts: &[Insert], keys: &mut Keys) {
    keys.content.text_blocks.extend(inserts.iter().filter_map(|insert| insert.block.clone()));
}

/// Whether every text that is inserted is there, in use, and of the kind that was said (C-029). `field` is the list.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for the first that is not.
pub fn check_inserts(desk: &Desk<'_, '_>, inserts: &[Insert], field: &str) -> Result<(), Rejection> {
    for (at, insert) in inserts.iter().enumerate() {
        let Some(id) = &insert.block else { continue };
        let block = desk.world().content.text_blocks.get(id).filter(|block| !block.archived);
        let fits = block.is_some_and(|block| match insert.kind {
            InsertKind::Snippet => block.kind == TextBlockKind::Snippet,
            InsertKind::Template => block.kind == TextBlockKind::Template,
            _ => false,
        });
        if !fits {
            let resource = desk.name(&Name::TextBlock(id.clone()));
            return Err(Rejection::ReferenceNotFound { field: format!("{field}[{at}].reference"), resource });
        }
    }
    Ok(())
}
