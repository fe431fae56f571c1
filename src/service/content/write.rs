//! Making, changing and deleting texts.

use super::render::{TemplateFault, check};
use crate::domain::access::Permission;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TextBlockId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{LONGEST_EMAIL, LONGEST_EMAIL_HTML, TextBlock, TextBlockKind};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a text; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct BlockChanges {
    /// The kind, which must be the stored one.
    pub kind: Option<TextBlockKind>,
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// What an editor finds it by; may be empty.
    pub shortcut: Option<String>,
    /// Subject of a template; may be empty.
    pub subject: Option<String>,
    /// Plain text and cleaned HTML.
    pub body: Option<(String, String)>,
    /// Out of use.
    pub archived: Option<bool>,
    /// Whether an email is transactional, which must be the stored value.
    pub transactional: Option<bool>,
}

/// Makes a text.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<TextBlockId>,
    /// What it is for.
    pub kind: TextBlockKind,
    /// Its values.
    pub values: BlockChanges,
}

impl UseCase for Create {
    type Outcome = TextBlock;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.content.text_blocks.extend(self.id.clone());
        keys.content.shortcuts.extend(self.values.chosen_shortcut());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<TextBlock, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| TextBlockId::stored(made));
        if self.id.as_ref().is_some_and(|id| desk.world().content.text_blocks.get(id).is_some()) {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::TextBlock(id)) });
        }
        let now = desk.session.now();
        let transactional = self.kind == TextBlockKind::Email && self.values.transactional == Some(true);
        let blank = TextBlock { id, kind: self.kind, transactional, ..TextBlock::blank(now) };
        let block = self.values.apply(desk, &blank)?;
        may_write(desk, &block)?;
        if block.kind == TextBlockKind::Email {
            desk.needs(block.feature())?;
        }
        Ok(save(desk, block, Vec::new()))
    }
}

/// Changes a text.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub block: TextBlockId,
    /// What to change.
    pub changes: BlockChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = TextBlock;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.content.text_blocks.insert(self.block.clone());
        keys.content.shortcuts.extend(self.changes.chosen_shortcut());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<TextBlock, Rejection> {
        let before = find(desk, &self.block)?;
        desk.same_version(&Name::TextBlock(self.block.clone()), self.etag, before.version)?;
        let after = self.changes.apply(desk, &before)?;
        may_write(desk, &after)?;
        if after.kind == TextBlockKind::Email && (after.text != before.text || after.html != before.html) {
            desk.needs(after.feature())?;
        }
        let fields = changed_fields(&before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, after, fields) })
    }
}

/// Deletes a text for good. What was sent with it stays as it went out.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub block: TextBlockId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.content.text_blocks.insert(self.block.clone());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let (name, found) = (Name::TextBlock(self.block.clone()), find(desk, &self.block)?);
        desk.same_version(&name, self.etag, found.version)?;
        may_write(desk, &found)?;
        if let Some(used_by) = used_by(desk, &found) {
            return Err(Rejection::InUse { resource: desk.name(&name), used_by: desk.name(&used_by) });
        }
        desk.session.world.content.text_blocks.remove(&self.block);
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        Ok(())
    }
}

/// Emails that are sent automatically are set up by whom status actions are.
fn may_write(desk: &Desk<'_, '_>, block: &TextBlock) -> Result<(), Rejection> {
    if block.kind != TextBlockKind::Email {
        return Ok(());
    }
    desk.holds(Permission::PipelinesAutomate, &Name::Account)?;
    let long = |text: &str, most: usize| text.chars().count() > most;
    if long(&block.text, LONGEST_EMAIL) || long(&block.html, LONGEST_EMAIL_HTML) {
        let text = "an email has at most 16,384 characters of text and 65,536 of HTML";
        return Err(Rejection::field("text_block.body", "TOO_LONG", text));
    }
    Ok(())
}

/// What keeps an email from being deleted: the account for a ready-made one, else a workflow that sends it.
fn used_by(desk: &Desk<'_, '_>, block: &TextBlock) -> Option<Name> {
    if block.is_ready_made() {
        return Some(Name::Account);
    }
    let workflows = desk.world().people().workflows.values();
    let sends = workflows.filter(|workflow| workflow.definition.emails().contains(&&block.id));
    sends.map(|workflow| &workflow.id).min().cloned().map(Name::Workflow)
}

fn find(desk: &Desk<'_, '_>, id: &TextBlockId) -> Result<TextBlock, Rejection> {
    let found = desk.world().content.text_blocks.get(id).cloned();
    found.ok_or_else(|| desk.not_found(&Name::TextBlock(id.clone())))
}

fn save(desk: &mut Desk<'_, '_>, mut block: TextBlock, fields: Vec<FieldChange>) -> TextBlock {
    block.version += 1;
    block.update_time = desk.session.now();
    desk.session.world.content.text_blocks.put(block.id.clone(), block.clone());
    desk.event(EventType::ConfigChanged, &Name::TextBlock(block.id.clone()), fields);
    block
}

impl BlockChanges {
    fn chosen_shortcut(&self) -> Option<String> {
        self.shortcut.clone().filter(|shortcut| !shortcut.is_empty())
    }

    fn apply(&self, desk: &Desk<'_, '_>, before: &TextBlock) -> Result<TextBlock, Rejection> {
        if self.kind.is_some_and(|kind| kind != before.kind) {
            return Err(Rejection::FieldImmutable { field: "text_block.type".to_owned() });
        }
        let email = before.kind == TextBlockKind::Email;
        if self.transactional.is_some_and(|given| email && given != before.transactional) {
            return Err(Rejection::FieldImmutable { field: "text_block.transactional".to_owned() });
        }
        if !email && self.transactional == Some(true) {
            return Err(Rejection::field("text_block.transactional", "INCONSISTENT", "is for automated emails only"));
        }
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.shortcut = self.shortcut.clone().unwrap_or(after.shortcut);
        after.subject = self.subject.clone().unwrap_or(after.subject);
        if let Some((text, html)) = &self.body {
            (after.text, after.html) = (text.clone(), html.clone());
        }
        after.archived = self.archived.unwrap_or(after.archived);
        if after.kind == TextBlockKind::Snippet && !after.subject.is_empty() {
            return Err(Rejection::field("text_block.subject", "INCONSISTENT", "is for templates only"));
        }
        check_source("text_block.subject", &after.subject)?;
        check_source("text_block.body.text", &after.text)?;
        check_source("text_block.body.html", &after.html)?;
        self.check_shortcut(desk, before)?;
        Ok(after)
    }

    fn check_shortcut(&self, desk: &Desk<'_, '_>, before: &TextBlock) -> Result<(), Rejection> {
        let Some(shortcut) = self.chosen_shortcut() else { return Ok(()) };
        match desk.world().content.text_of_shortcut(&shortcut).filter(|holder| *holder != before.id) {
            Some(holder) => Err(Rejection::Duplicate {
                field: "text_block.shortcut",
                value: shortcut,
                existing: desk.name(&Name::TextBlock(holder)),
            }),
            None => Ok(()),
        }
    }
}

/// Whether every brace of a text belongs to a placeholder that exists.
///
/// # Errors
/// A field fault.
pub fn check_source(field: &str, source: &str) -> Result<(), Rejection> {
    check(source).map_err(|fault| match fault {
        TemplateFault::Unknown(name) => {
            Rejection::field(field, "NOT_ALLOWED", format!("there is no placeholder {name}"))
        }
        TemplateFault::Malformed => {
            Rejection::field(field, "PATTERN", "double braces hold a placeholder such as {{contact.first_name}}")
        }
    })
}

fn changed_fields(before: &TextBlock, after: &TextBlock) -> Vec<FieldChange> {
    // The words themselves may be long; that they changed is what the log says.
    let body = (before.text != after.text || before.html != after.html).then(|| FieldChange {
        field: "body".to_owned(),
        before: String::new(),
        after: String::new(),
    });
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("shortcut", &before.shortcut, &after.shortcut),
        FieldChange::of("subject", &before.subject, &after.subject),
        body,
        FieldChange::of("archived", before.archived, after.archived),
    ];
    changes.into_iter().flatten().collect()
}
