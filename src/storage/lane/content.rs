//! What replies are made of, as a batch knows it: drafts, texts, files, and the conversations of a visitor.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::super::StoreError;
use super::super::rows::{Stored, attachment, conversation, draft, text_block};
use super::flush::{erase, save};
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::attachment::AttachmentFile;
use crate::domain::conversation::Conversation;
use crate::domain::draft::Draft;
use crate::domain::event::Actor;
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
    /// The files of an actor that nothing uses yet; those that drafts hold are not among them.
    pub waiting_of: BTreeSet<String>,
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
    waiting_of: Table<String, Vec<AttachmentId>>,
    visitors: Table<String, BTreeSet<ConversationId>>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            drafts: Table::new("draft"),
            text_blocks: Table::new("text block"),
            attachments: Table::new("attachment"),
            drafts_of: Table::new("drafts of conversation"),
            shortcuts: Table::new("shortcut"),
            waiting_of: Table::new("waiting files of actor"),
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

    /// The same as far as they are known, in no order, for needs.
    pub fn peek_drafts_of(&self, conversation: ConversationId) -> impl Iterator<Item = &Draft> {
        self.drafts.values().filter(move |draft| draft.conversation == conversation)
    }

    /// The text that has this shortcut. The database's answer counts unless the batch knows better.
    pub fn text_of_shortcut(&self, shortcut: &str) -> Option<TextBlockId> {
        let known = self.text_blocks.values().find(|block| block.shortcut == shortcut).map(|block| block.id.clone());
        let stored = self.shortcuts.get(&shortcut.to_owned()).cloned();
        known.or(stored.filter(|id| !self.text_blocks.knows(id)))
    }

    /// How many files of an actor wait for something to use them. The database's answer counts unless the batch knows
    /// better. Needs the actor's code among `waiting_of`.
    pub fn waiting_of(&self, creator: &Actor) -> usize {
        let stored = self.waiting_of.get(&creator.code()).into_iter().flatten();
        let waits = |file: &&AttachmentFile| file.expire_time.is_some() && file.creator == *creator;
        stored.filter(|id| !self.attachments.knows(id)).count() + self.attachments.values().filter(waits).count()
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
        self.waiting_of.retain(|key| !known.waiting_of.knows(key));
        self.visitors.retain(|key| !known.visitors.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.drafts_of.is_empty()
            && self.text_blocks.is_empty()
            && self.shortcuts.is_empty()
            && self.attachments.is_empty()
            && self.waiting_of.is_empty()
            && self.visitors.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    drafts(db, world, keys).await?;
    texts(db, world, keys).await?;
    files(db, world, keys).await?;
    waiting(db, world, keys).await?;
    visitors(db, world, keys).await
}

async fn drafts(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use draft::Column;
    static OF_CONVERSATION: Lookup = Lookup::new();
    if keys.drafts_of.is_empty() {
        return Ok(());
    }
    let of = keys.drafts_of.iter().map(|id| vec![Value::from(id.0)]);
    let account = world.account.id.clone();
    for row in OF_CONVERSATION.rows::<draft::Entity>(db, &account, &[Column::ConversationId], of).await? {
        let found = Draft::from_row(row)?;
        world.content.drafts.load(found.id, Some(found));
    }
    keys.drafts_of.iter().for_each(|id| world.content.drafts_of.load(*id, Some(())));
    Ok(())
}

async fn texts(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use text_block::Column;
    static BY_ID: Lookup = Lookup::new();
    static BY_SHORTCUT: Lookup = Lookup::only_where("\"text_block\".\"shortcut\" <> ''");
    let account = world.account.id.clone();
    if !keys.text_blocks.is_empty() {
        let ids = keys.text_blocks.iter().map(|id| vec![Value::from(id.to_string())]);
        for row in BY_ID.rows::<text_block::Entity>(db, &account, &[Column::Id], ids).await? {
            let found = TextBlock::from_row(row)?;
            world.content.text_blocks.load(found.id.clone(), Some(found));
        }
        keys.text_blocks.iter().for_each(|id| world.content.text_blocks.load(id.clone(), None));
    }
    if !keys.shortcuts.is_empty() {
        let shortcuts = keys.shortcuts.iter().map(|shortcut| vec![Value::from(shortcut.clone())]);
        for row in BY_SHORTCUT.rows::<text_block::Entity>(db, &account, &[Column::Shortcut], shortcuts).await? {
            let found = TextBlock::from_row(row)?;
            world.content.shortcuts.load(found.shortcut.clone(), Some(found.id.clone()));
            world.content.text_blocks.load(found.id.clone(), Some(found));
        }
        keys.shortcuts.iter().for_each(|shortcut| world.content.shortcuts.load(shortcut.clone(), None));
    }
    Ok(())
}

async fn files(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use attachment::Column;
    static BY_ID: Lookup = Lookup::new();
    if keys.attachments.is_empty() {
        return Ok(());
    }
    let ids = keys.attachments.iter().map(|id| vec![Value::from(id.0)]);
    for row in BY_ID.rows::<attachment::Entity>(db, &world.account.id.clone(), &[Column::Id], ids).await? {
        let found = AttachmentFile::from_row(row)?;
        world.content.attachments.load(found.id, Some(found));
    }
    keys.attachments.iter().for_each(|id| world.content.attachments.load(*id, None));
    Ok(())
}

async fn waiting(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use attachment::Column;
    static OF_CREATOR: Lookup = Lookup::only_where("\"attachment\".\"expire_time\" IS NOT NULL");
    if keys.waiting_of.is_empty() {
        return Ok(());
    }
    let mut found: BTreeMap<String, Vec<AttachmentId>> =
        keys.waiting_of.iter().map(|creator| (creator.clone(), Vec::new())).collect();
    let creators = keys.waiting_of.iter().map(|creator| vec![Value::from(creator.clone())]);
    let account = world.account.id.clone();
    for row in OF_CREATOR.rows::<attachment::Entity>(db, &account, &[Column::Creator], creators).await? {
        found.entry(row.creator).or_default().push(AttachmentId(row.id));
    }
    for (creator, files) in found {
        world.content.waiting_of.load(creator, Some(files));
    }
    Ok(())
}

async fn visitors(db: &impl ConnectionTrait, world: &mut World, keys: &ContentKeys) -> Result<(), StoreError> {
    use conversation::Column;
    static OF_VISITOR: Lookup = Lookup::only_where("\"conversation\".\"visitor_key\" <> ''");
    if keys.visitors.is_empty() {
        return Ok(());
    }
    let mut found: BTreeMap<String, BTreeSet<ConversationId>> =
        keys.visitors.iter().map(|key| (key.clone(), BTreeSet::new())).collect();
    let visitors = keys.visitors.iter().map(|key| vec![Value::from(key.clone())]);
    let account = world.account.id.clone();
    for row in OF_VISITOR.rows::<conversation::Entity>(db, &account, &[Column::VisitorKey], visitors).await? {
        let one = Conversation::from_row(row)?;
        found.entry(one.visitor_key.clone()).or_default().insert(one.id);
        world.conversations.load(one.id, Some(one));
    }
    for (key, all) in found {
        world.content.visitors.load(key, Some(all));
    }
    Ok(())
}

/// Writes what the batches of a commit did to it.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    erase(db, worlds, |world| &world.content.drafts).await?;
    save(db, worlds, |world| &world.content.drafts).await?;
    save(db, worlds, |world| &world.content.attachments).await?;
    erase(db, worlds, |world| &world.content.attachments).await?;
    erase(db, worlds, |world| &world.content.text_blocks).await?;
    save(db, worlds, |world| &world.content.text_blocks).await
}
