//! Search structure: comments by whom they mention. The ticket follows from the comment's conversation, so that it stays
//! true whatever conversations move to.

use sea_orm::entity::prelude::*;

/// A row of `comment_mention`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comment_mention")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Who is mentioned.
    pub user_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The comment.
    pub comment_id: Uuid,
}

super::plain_entity!();
