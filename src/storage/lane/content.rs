//! What replies are made of, as a batch knows it: drafts, texts, files, and the conversations of a visitor.

use std::collections::BTreeSet;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value};

use super::super::StoreError;
use super::super::dialect::among;
use super::super::rows::{Stored, attachment, conversation, draft, text_block};
use super::flush::{erase, save};
use super::table::Table;
use super::world::World;
use crate::domain::attachment::AttachmentFile;
use crate::domain::conversation::Conversation;
use crate::domain::draft::Draft;
use crate::domain::ids::{AttachmentId, ConversationId, DraftId, TextBlockId};
use crate::domain::text_block::TextBlock;

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct ContentKeys {
    /// Every draft in a conversation.
    pub drafts_of: BTreeSet<ConversationId>,
    /// Texts.
    pub text_blocks: BTreeSet<TextBlockId>,
    /// Texts that have this shortcut.
    pub shortcuts: BTreeSet<String>,
    /// Files.
    pub attachments: BTreeSet<AttachmentId>,
    /// Conversations that a visitor began.
    pub visitors: BTreeSet<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Content {
    /// Drafts.
    pub drafts: Table<DraftId, Draft>,
    /// Texts.
    pub text_blocks: Table<TextBlockId, TextBlock>,
    /// Files.
    pub attachments: Table<AttachmentId, AttachmentFile>,
    drafts_of: Table<ConversationId, ()>,
    shortcuts: Table<String, TextBlockId>,
    visitors: Table<String, BTreeSet<ConversationId>>,
}

/// A place in it to come back to.
pub type Mark = [usize; 3];

impl Default for Content {
    fn default() -> Self {
        Self {
            drafts: Table::new("draft"),
            text_blocks: Table::new("text block"),
            attachments: Table::new("attachment"),
            drafts_of: Table::new("drafts of conversation"),
            shortcuts: Table::new("shortcut"),
            visitors: Table::new("conversations of visitor"),
        }
    }
}

impl Content {
    /// The drafts in a conversation, in order of id.
    pub fn drafts_of(&self, conversation: ConversationId) -> Vec<&Draft> {
        let _ = self.drafts_of.get(&conversation);
        let mut found: Vec<&Draft> = self.drafts.values().filter(|draft| draft.conversation == conversation).collect();
        found.sort_by_key(|draft| draft.id);
        found
    }

    /// The text that has this shortcut. The database's answer counts unless the batch knows better.
    pub fn text_of_shortcut(&self, shortcut: &str) -> Option<TextBlockId> {
        let known = self.text_blocks.values().find(|block| block.shortcut == shortcut).map(|block| block.id.clone());
        let stored = self.shortcuts.get(&shortcut.to_owned()).cloned();
        known.or(stored.filter(|id| !self.text_blocks.knows(id)))
    }

    /// A place to come back to.
    pub fn mark(&self) -> Mark {
        [self.drafts.mark(), self.text_blocks.mark(), self.attachments.mark()]
    }

    /// Undoes everything after `mark`.
    pub fn rewind(&mut self, mark: Mark) {
        self.drafts.rewind(mark[0]);
        self.text_blocks.rewind(mark[1]);
        self.attachments.rewind(mark[2]);
    }
}

impl World {
    /// The conversations that a visitor began, tied to a contact or not. Needs their key among the visitors.
    pub fn conversations_of_visitor(&self, key: &str) -> BTreeSet<ConversationId> {
        let mut found = self.content.visitors.get(&key.to_owned()).cloned().unwrap_or_default();
        let made = self.conversations.values().filter(|conversation| conversation.visitor_key == key);
        found.extend(made.map(|conversation| conversation.id));
        found
    }

    /// The same as far as it is known, for needs.
    pub fn peek_visitor(&self, key: &str) -> impl Iterator<Item = ConversationId> {
        self.content.visitors.peek(&key.to_owned()).into_iter().flatten().copied()
    }
}

impl ContentKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Content) -> Self {
        self.drafts_of.retain(|key| !known.drafts_of.knows(key));
        self.text_blocks.retain(|key| !known.text_blocks.knows(key));
        self.shortcuts.retain(|key| !known.shortcuts.knows(key));
        self.attachments.retain(|key| !known.attachments.knows(key));
        self.visitors.retain(|key| !known.visitors.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.drafts_of.is_empty()
            && self.text_blocks.is_empty()
            && self.shortcuts.is_empty()
            && self.attachments.is_empty()
            && self.visitors.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    drafts(db, world, keys).await?;
    texts(db, world, keys).await?;
    files(db, world, keys).await?;
    visitors(db, world, keys).await
}

async fn drafts(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use draft::Column;
    if keys.drafts_of.is_empty() {
        return Ok(());
    }
    let of = keys.drafts_of.iter().map(|id| Value::from(id.0));
    let rows = draft::Entity::find()
        .filter(Column::AccountId.eq(world.account.id.as_str()))
        .filter(among(db.get_database_backend(), Column::ConversationId, of))
        .all(db)
        .await?;
    for row in rows {
        let found = Draft::from_row(row)?;
        world.content.drafts.load(found.id, Some(found));
    }
    keys.drafts_of.iter().for_each(|id| world.content.drafts_of.load(*id, Some(())));
    Ok(())
}

async fn texts(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use text_block::Column;
    let backend = db.get_database_backend();
    if keys.text_blocks.is_empty() && keys.shortcuts.is_empty() {
        return Ok(());
    }
    let ids = keys.text_blocks.iter().map(|id| Value::from(id.to_string()));
    let shortcuts = keys.shortcuts.iter().map(|shortcut| Value::from(shortcut.clone()));
    let named = among(backend, Column::Id, ids).or(among(backend, Column::Shortcut, shortcuts));
    let rows = text_block::Entity::find()
        .filter(Column::AccountId.eq(world.account.id.as_str()))
        .filter(named)
        .all(db)
        .await?;
    for row in rows {
        let found = TextBlock::from_row(row)?;
        if keys.shortcuts.contains(&found.shortcut) {
            world.content.shortcuts.load(found.shortcut.clone(), Some(found.id.clone()));
        }
        world.content.text_blocks.load(found.id.clone(), Some(found));
    }
    keys.text_blocks.iter().for_each(|id| world.content.text_blocks.load(id.clone(), None));
    keys.shortcuts.iter().for_each(|shortcut| world.content.shortcuts.load(shortcut.clone(), None));
    Ok(())
}

async fn files(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use attachment::Column;
    if keys.attachments.is_empty() {
        return Ok(());
    }
    let ids = keys.attachments.iter().map(|id| Value::from(id.0));
    let rows = attachment::Entity::find()
        .filter(Column::AccountId.eq(world.account.id.as_str()))
        .filter(among(db.get_database_backend(), Column::Id, ids))
        .all(db)
        .await?;
    for row in rows {
        let found = AttachmentFile::from_row(row)?;
        world.content.attachments.load(found.id, Some(found));
    }
    keys.attachments.iter().for_each(|id| world.content.attachments.load(*id, None));
    Ok(())
}

async fn visitors(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use conversation::Column;
    for key in &keys.visitors {
        // Written out, so that the partial index serves.
        let rows = conversation::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::VisitorKey.eq(key.as_str()))
            .filter(Column::VisitorKey.ne(""))
            .all(db)
            .await?;
        let mut found = BTreeSet::new();
        for row in rows {
            let one = Conversation::from_row(row)?;
            found.insert(one.id);
            world.conversations.load(one.id, Some(one));
        }
        world.content.visitors.load(key.clone(), Some(found));
    }
    Ok(())
}

/// Writes what the batch did to it.
pub(super) async fn flush(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    let (account, content) = (&world.account.id, &world.content);
    erase(db, account, &content.drafts).await?;
    save(db, account, &content.drafts).await?;
    save(db, account, &content.attachments).await?;
    erase(db, account, &content.attachments).await?;
    erase(db, account, &content.text_blocks).await?;
    save(db, account, &content.text_blocks).await
}
