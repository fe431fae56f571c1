//! Texts that replies insert.

use super::{Corrupt, Stored, known};
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, TextBlockId};
use crate::domain::text_block::{TextBlock, TextBlockKind};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `text_block`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_block")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The text.
    pub id: String,
    /// What it is for; an email counts as a template here.
    pub kind: String,
    /// Of an email: `marketing` or `transactional`; else empty.
    pub automated: String,
    /// Display name.
    pub display_name: String,
    /// The name folded for search.
    pub name_folded: String,
    /// Shortcut.
    pub shortcut: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// Html.
    pub html: String,
    /// Archived.
    pub archived: bool,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

const TRANSACTIONAL: &str = "transactional";
const MARKETING: &str = "marketing";

/// The kind as it stands in the column `kind`.
pub fn stored_kind(kind: TextBlockKind) -> TextBlockKind {
    if kind == TextBlockKind::Email { TextBlockKind::Template } else { kind }
}

impl Stored for TextBlock {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            kind: stored_kind(self.kind).code().to_owned(),
            automated: match (self.kind, self.transactional) {
                (TextBlockKind::Email, true) => TRANSACTIONAL,
                (TextBlockKind::Email, false) => MARKETING,
                _ => "",
            }
            .to_owned(),
            display_name: self.display_name.clone(),
            name_folded: fold(&self.display_name),
            shortcut: self.shortcut.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            archived: self.archived,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let kind = known(TextBlockKind::from_code(&row.kind), "text_block", "kind")?;
        Ok(Self {
            kind: if row.automated.is_empty() { kind } else { TextBlockKind::Email },
            transactional: row.automated == TRANSACTIONAL,
            id: TextBlockId::stored(row.id),
            display_name: row.display_name,
            shortcut: row.shortcut,
            subject: row.subject,
            text: row.text,
            html: row.html,
            archived: row.archived,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
